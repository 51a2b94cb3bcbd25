package random

import (
	"math"
	"testing"
)

func TestStreamsDiffer(t *testing.T) {
	t.Parallel()
	keys := map[uint64]string{}
	for _, names := range [][2]string{{"ab", "c"}, {"a", "bc"}, {"", "abc"}, {"abc", ""}, {"c", "ab"}, {"", ""}} {
		for seed := range uint64(3) {
			s := NewStream(seed, names[0], names[1])
			for _, stream := range []Stream{s, s.Sub("x"), s.Sub("y"), s.Sub("")} {
				if other, seen := keys[stream.Key()]; seen {
					t.Errorf("%q has the key of %s", names, other)
				}
				keys[stream.Key()] = names[0] + "." + names[1]
			}
		}
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	s := NewStream(1, "t", "c")
	seen := map[uint64]bool{}
	for row := range uint64(10_000) {
		a, b := s.At(row), s.At(row)
		if a.Uint64() != b.Uint64() {
			t.Fatal("a row's numbers differ from call to call")
		}
		seen[a.Uint64()] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("%d different numbers in 10000 rows", len(seen))
	}
}

func TestDistributions(t *testing.T) {
	t.Parallel()
	const n = 200_000
	stream := NewStream(7, "t", "c")
	mean := func(draw func(*Source) float64) (mean, deviation float64) {
		var sum, squares float64
		for row := range uint64(n) {
			s := stream.At(row)
			x := draw(&s)
			sum += x
			squares += x * x
		}
		mean = sum / n
		return mean, math.Sqrt(squares/n - mean*mean)
	}
	tests := []struct {
		name            string
		draw            func(*Source) float64
		mean, deviation float64
	}{
		{"float", (*Source).Float64, 0.5, 0.2887},
		{"below", func(s *Source) float64 { return float64(s.Below(11)) }, 5, 3.162},
		{"between", func(s *Source) float64 { return float64(s.Between(-3, 3)) }, 0, 2},
		{"normal", (*Source).Normal, 0, 1},
		{"log-normal", func(s *Source) float64 { return math.Log(math.E * NewLogNormal(0.5).Draw(s)) }, 1, 0.5},
		{"zipf is 0", func(s *Source) float64 {
			if s.Zipf(100) == 0 {
				return 1
			}
			return 0
		}, math.Ln2 / math.Log(101), 0.357},
	}
	for _, test := range tests {
		m, d := mean(test.draw)
		if math.Abs(m-test.mean) > 0.02*max(1, test.deviation) || math.Abs(d-test.deviation) > 0.02*max(1, test.deviation) {
			t.Errorf("%s: mean %.4f deviation %.4f, want %.4f and %.4f", test.name, m, d, test.mean, test.deviation)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	stream := NewStream(9, "t", "c")
	for row := range uint64(100_000) {
		s := stream.At(row)
		if k := s.Zipf(3); k > 2 {
			t.Fatalf("Zipf(3) = %d", k)
		}
		if k := s.Between(math.MinInt64, math.MaxInt64-1); k == math.MaxInt64 {
			t.Fatal("Between left its bounds")
		}
		if k := s.Between(4, 4); k != 4 {
			t.Fatalf("Between(4, 4) = %d", k)
		}
		if x := s.Float64(); x < 0 || x >= 1 {
			t.Fatalf("Float64() = %v", x)
		}
	}
}
