package profile

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// every makes a series with one value each 30 s.
func every(values ...float64) series {
	s := series{values: values}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range values {
		s.times = append(s.times, start.Add(time.Duration(i)*30*time.Second))
	}
	return s
}

// made computes n values.
func made(n int, value func(i float64) float64) series {
	values := make([]float64, n)
	for i := range values {
		values[i] = value(float64(i))
	}
	return every(values...)
}

// TestJudge is the corpus of series that a verdict must be right on: in MiB, with what is known to have happened.
func TestJudge(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	noise := rand.New(rand.NewPCG(7, 7))
	normal := func(mean, deviation float64) float64 { return mean + deviation*noise.NormFloat64() }
	for _, test := range []struct {
		name string
		s    series
		want Trend
	}{
		{"nothing yet", every(10), TooFew},
		{"three that rise", every(10, 20, 30), TooFew},
		{"four that rise", every(10, 20, 30, 40), TooFew},
		{"five that rise evenly", every(10, 20, 30, 40, 50), Grows},
		{"rise with noise", made(8, func(i float64) float64 { return normal(40+12*i, 3) }), Grows},
		{"slow leak on a large heap", made(12, func(i float64) float64 { return normal(900+15*i, 4) }), Grows},
		{"slow leak, many snapshots", made(40, func(i float64) float64 { return normal(300+4*i, 6) }), Grows},
		{"faster and faster", made(8, func(i float64) float64 { return 20 + 3*i*i }), Grows},
		{"rising saw", made(16, func(i float64) float64 { return 100 + 12*i + 15*math.Mod(i, 4) }), Grows},
		{"one dip while it rises", every(50, 62, 75, 71, 98, 110, 124, 131), Grows},
		{"a table that doubles among entries that grow", every(20, 26, 32, 46, 52, 58, 64, 78, 84, 90), Grows},
		{"flat", every(48, 48, 48, 48, 48, 48), Plateau},
		{"flat with noise", made(10, func(float64) float64 { return normal(64, 4) }), Plateau},
		{"shrinks", every(90, 80, 70, 60, 50, 40), Plateau},
		{"saw", every(40, 60, 80, 42, 61, 83, 41, 62, 81, 43), Plateau},
		{"saw that ends high", every(40, 60, 80, 42, 61, 83, 41, 62, 81), Plateau},
		{"warm-up", made(10, func(i float64) float64 { return 120 * (1 - math.Exp(-i/2)) }), Plateau},
		{"slow warm-up", made(16, func(i float64) float64 { return 200 * (1 - math.Exp(-i/4)) }), Plateau},
		{"warm-up with noise", made(12, func(i float64) float64 { return normal(30+100*(1-math.Exp(-i/2)), 2) }), Plateau},
		{"fills up to a bound", every(10, 40, 70, 100, 128, 128, 128, 128, 128), Plateau},
		{"one late jump", every(48.9, 48.9, 48.9, 48.9, 48.9, 48.9, 48.9, 48.9, 143.7), Step},
		{"one jump", every(48, 48, 48, 144, 144, 144, 144), Step},
		{"two jumps", every(48, 48, 96, 96, 96, 144, 144, 144), Step},
		{"jump with noise", made(10, func(i float64) float64 { return normal(50+100*min(1, math.Floor(i/5)), 1) }), Step},
		{"tiny but steady", every(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), Plateau},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := series{times: test.s.times}
			for _, v := range test.s.values {
				s.values = append(s.values, v*mib)
			}
			largest := 0.0
			for _, v := range s.values {
				largest = max(largest, v)
			}
			j := judge(s, mib, math.Sqrt(largest*(512<<10)), showBytes)
			if j.trend != test.want {
				t.Errorf("%v: %s (%s; spread %.2f, p %.3g, tail %.2f), want %s", test.s.values, j.trend, j.reason, j.steadied, j.p, j.tail, test.want)
			}
		})
	}
}

// TestJudgeFalseAlarms: of series without any trend next to none is said to grow.
func TestJudgeFalseAlarms(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	const series = 5000
	called := 0
	for range series {
		s := made(6, func(float64) float64 { return 100<<20 + 20<<20*random.NormFloat64() })
		if judge(s, 1<<20, 1<<20, showBytes).trend == Grows {
			called++
		}
	}
	if called > series/100 {
		t.Errorf("%d of %d series of noise are said to grow", called, series)
	}
}
