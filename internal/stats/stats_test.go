package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 || math.IsNaN(a) && math.IsNaN(b) }

func TestMannKendall(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		values []float64
		s      int
		p      float64
	}{
		{"nothing", nil, 0, 1},
		{"one", []float64{1}, 0, 1},
		{"rising 4", []float64{1, 2, 3, 4}, 6, 1.0 / 24},
		{"rising 5", []float64{1, 2, 3, 4, 5}, 10, 1.0 / 120},
		{"one inversion of 5", []float64{1, 2, 3, 5, 4}, 8, 5.0 / 120}, // Kendall's table: 0.042
		{"falling 5", []float64{5, 4, 3, 2, 1}, -10, 1},
		{"ten values", []float64{1, 2, 3, 7, 4, 10, 5, 8, 6, 9}, 29, 0.0046},
		{"all equal", []float64{7, 7, 7, 7}, 0, 1},
		{"ties", []float64{1, 1, 2, 2, 3, 3}, 12, 0.0144}, // z = (12-1)/sqrt(28.33-3)
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, p := MannKendall(test.values)
			if s != test.s || !near(p, test.p) {
				t.Errorf("S %d, p %.4f; want %d, %.4f", s, p, test.s, test.p)
			}
		})
	}
}

// TestMannKendallLevel: of random series as many are called rising as the level says.
func TestMannKendallLevel(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	called := 0
	for range 20_000 {
		values := make([]float64, 8)
		for i := range values {
			values[i] = random.Float64()
		}
		if _, p := MannKendall(values); p <= 0.055 { // the exact level of S >= 14 for n = 8
			called++
		}
	}
	if share := float64(called) / 20_000; share < 0.048 || share > 0.060 {
		t.Errorf("%.4f of random series are called rising at level 0.054", share)
	}
}

func TestTheilSen(t *testing.T) {
	t.Parallel()
	x := []float64{0, 1, 2, 3, 4, 5}
	if got := TheilSen(x, []float64{1, 3, 5, 7, 9, 1000}); got != 2 {
		t.Errorf("slope %v with an outlier, want 2", got)
	}
	if got := TheilSen([]float64{1, 1}, []float64{1, 2}); !math.IsNaN(got) {
		t.Errorf("slope %v of one point in time, want NaN", got)
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ hits, n, low, high float64 }{
		{0, 0, 0, 1},
		{50, 100, 0.4038, 0.5962},
		{0, 10, 0, 0.2775},
		{10, 10, 0.7225, 1},
	} {
		low, high := Wilson(test.hits, test.n)
		if !near(low, test.low) || !near(high, test.high) {
			t.Errorf("%v of %v: %.4f to %.4f, want %.4f to %.4f", test.hits, test.n, low, high, test.low, test.high)
		}
	}
}
