package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Feature is one quantity, measured in several runs before and after something.
type Feature struct {
	Before, After []float64
	// Noise is the variance that each value is known to have at least, such as that of counting. It keeps a handful of
	// values that agree by chance from looking exact.
	Noise float64
}

// maxPermutations is how many relabellings are looked at; all of them if there are no more.
const maxPermutations = 5000

// Family is the result of comparing many features at once.
type Family struct {
	P        []float64 // for each feature
	Least    float64   // the smallest P that so few runs can give: if it is above the level, nothing can be found
	critical float64   // the t from which on a feature differs at the level
}

// MaxT compares many features at once: how likely is it that relabelling the runs makes any feature differ as much as
// this one does? The probabilities may be compared with the level directly: with no difference at all, one feature or
// more falls below 5 % in no more than 5 % of comparisons, however many features there are and however they hang
// together. It assumes only that without a difference the runs could have been labelled otherwise.
//
// This is the single-step maxT procedure of Westfall and Young, Resampling-Based Multiple Testing (1993), on Student's t.
// All features must have the same number of runs. The result is the same at every call.
func MaxT(features []Feature, level float64) Family {
	result := Family{P: make([]float64, len(features)), Least: 1}
	if len(features) == 0 {
		return result
	}
	before, after := len(features[0].Before), len(features[0].After)
	n := before + after
	values := make([][]float64, len(features))
	observed := make([]float64, len(features))
	isBefore := make([]bool, n)
	for i := range before {
		isBefore[i] = true
	}
	for i, f := range features {
		values[i] = append(append(make([]float64, 0, n), f.Before...), f.After...)
		observed[i] = student(values[i], isBefore, before, f.Noise)
	}
	all := choose(n, before)
	exceeded := make([]int, len(features))
	var maxima []float64 // of each labelling
	look := func(labels []bool) {
		largest := 0.0
		for i, f := range features {
			largest = max(largest, student(values[i], labels, before, f.Noise))
		}
		maxima = append(maxima, largest)
		for i := range features {
			if largest >= observed[i]*(1-1e-9) {
				exceeded[i]++
			}
		}
	}
	if all <= maxPermutations {
		combinations(n, before, look)
	} else {
		random := rand.New(rand.NewPCG(1, 1))
		labels := append([]bool(nil), isBefore...)
		look(labels) // the labels as they are count as one
		for len(maxima) < maxPermutations {
			random.Shuffle(n, func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
			look(labels)
		}
	}
	for i := range features {
		result.P[i] = float64(exceeded[i]) / float64(len(maxima))
	}
	result.Least = 1 / math.Min(all, maxPermutations)
	if before == after {
		result.Least *= 2 // swapping the sides changes no difference's size
	}
	slices.Sort(maxima)
	result.critical = maxima[min(len(maxima)-1, int(float64(len(maxima))*(1-level)))]
	return result
}

// Detectable is the difference from which on a feature would have been found to differ.
func (f Family) Detectable(feature Feature) float64 {
	values := append(append([]float64(nil), feature.Before...), feature.After...)
	isBefore := make([]bool, len(values))
	for i := range feature.Before {
		isBefore[i] = true
	}
	_, standardError := difference(values, isBefore, len(feature.Before), feature.Noise)
	return f.critical * standardError
}

// student is the size of Student's t for a labelling.
func student(values []float64, isBefore []bool, before int, noise float64) float64 {
	size, standardError := difference(values, isBefore, before, noise)
	if size == 0 {
		return 0
	}
	return size / standardError
}

// difference is the size of the means' difference, and its standard error from the pooled variance, which is noise at
// least.
func difference(values []float64, isBefore []bool, before int, noise float64) (size, standardError float64) {
	after := len(values) - before
	var sums, squares [2]float64
	for i, v := range values {
		side := 1
		if isBefore[i] {
			side = 0
		}
		sums[side] += v
		squares[side] += v * v
	}
	b, a := float64(before), float64(after)
	spread := squares[0] - sums[0]*sums[0]/b + squares[1] - sums[1]*sums[1]/a
	variance := max(noise, spread/max(1, b+a-2), 1e-300)
	return math.Abs(sums[1]/a - sums[0]/b), math.Sqrt(variance * (1/b + 1/a))
}

// combinations calls do for every way to choose k of n.
func combinations(n, k int, do func([]bool)) {
	labels := make([]bool, n)
	var place func(from, left int)
	place = func(from, left int) {
		if left == 0 {
			do(labels)
			return
		}
		for i := from; i <= n-left; i++ {
			labels[i] = true
			place(i+1, left-1)
			labels[i] = false
		}
	}
	place(0, k)
}

// choose is n over k.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}
