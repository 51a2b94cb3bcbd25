package stats

import (
	"math/rand/v2"
	"testing"
)

func TestMaxT(t *testing.T) {
	t.Parallel()
	apart := Feature{Before: []float64{1, 2, 3, 4}, After: []float64{11, 12, 13, 14}}
	same := Feature{Before: []float64{1, 2, 3, 4}, After: []float64{2, 3, 1, 4}}
	got := MaxT([]Feature{apart, same}, 0.05)
	if want := 2.0 / 70; got.Least != want || got.P[0] != want {
		t.Errorf("least %v, p %v; want %v for both", got.Least, got.P[0], want)
	}
	if got.P[1] < 0.5 {
		t.Errorf("p %v of two samples that are alike", got.P[1])
	}
	if d := got.Detectable(apart); d <= 0 || d > 10 {
		t.Errorf("a difference of 10 is found, but the least to be found is %v", d)
	}
	if got := MaxT([]Feature{{Before: []float64{1, 2}, After: []float64{9, 10}}}, 0.05); got.Least != 2.0/6 {
		t.Errorf("least %v of two against two, want %v", got.Least, 2.0/6)
	}
	// Values that agree by chance are no difference if so much is noise.
	lucky := Feature{Before: []float64{5, 5, 5, 5}, After: []float64{6, 6, 6, 6}, Noise: 100}
	if got := MaxT([]Feature{lucky, same}, 0.05); got.P[0] < 0.5 {
		t.Errorf("p %v of what the noise explains", got.P[0])
	}
	if got := MaxT(nil, 0.05); len(got.P) != 0 {
		t.Errorf("p %v of no feature", got.P)
	}
}

// TestMaxTLevel: of comparisons without any difference, in which fifty features are looked at, at most 5 % call one.
func TestMaxTLevel(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	const comparisons = 400
	called, found := 0, 0
	for range comparisons {
		features := make([]Feature, 50)
		for i := range features {
			for range 5 {
				features[i].Before = append(features[i].Before, random.ExpFloat64()) // far from normal
				features[i].After = append(features[i].After, random.ExpFloat64())
			}
		}
		if anyBelow(features, 0.05) {
			called++
		}
		for j := range features[7].After {
			features[7].After[j] += 10
		}
		if anyBelow(features, 0.05) {
			found++
		}
	}
	if called > comparisons/14 { // 5 % and two standard errors
		t.Errorf("%d of %d comparisons without a difference call one", called, comparisons)
	}
	if found < comparisons*9/10 {
		t.Errorf("%d of %d clear differences found", found, comparisons)
	}
}

func anyBelow(features []Feature, level float64) bool {
	for _, v := range MaxT(features, level).P {
		if v <= level {
			return true
		}
	}
	return false
}
