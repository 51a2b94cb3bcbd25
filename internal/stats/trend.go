// Package stats holds the statistics that measurements are judged with.
package stats

import (
	"math"
	"slices"
)

// MannKendall tests whether a series rises. It returns Kendall's S, the number of pairs that rise minus those that fall,
// and the probability of an S at least as high in a series without any trend. It assumes nothing about the values'
// distribution. Without ties the probability is exact; with ties it is the usual normal approximation with the variance
// corrected for them. See Mann (1945), Kendall (1975).
func MannKendall(values []float64) (s int, p float64) {
	n := len(values)
	for i := range values {
		for _, later := range values[i+1:] {
			switch {
			case later > values[i]:
				s++
			case later < values[i]:
				s--
			}
		}
	}
	if n < 2 {
		return s, 1
	}
	ties := tieSizes(values)
	if len(ties) == 0 && n <= 60 {
		return s, atLeast(n, s)
	}
	variance := kendallVariance(n)
	for _, size := range ties {
		variance -= kendallVariance(size)
	}
	if variance <= 0 {
		return s, 1
	}
	return s, normalTail((float64(s) - 1) / math.Sqrt(variance)) // 1 is the correction for continuity
}

func kendallVariance(n int) float64 {
	f := float64(n)
	return f * (f - 1) * (2*f + 5) / 18
}

// tieSizes returns how often each value that occurs more than once occurs.
func tieSizes(values []float64) []int {
	sorted := slices.Sorted(slices.Values(values))
	var sizes []int
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		if j-i > 1 {
			sizes = append(sizes, j-i)
		}
		i = j
	}
	return sizes
}

// atLeast is the share of the permutations of n values whose S is at least s. S is the number of pairs minus twice the
// number of inversions, and the inversions are counted by inserting one value after the other.
func atLeast(n, s int) float64 {
	pairs := n * (n - 1) / 2
	inversions := make([]float64, pairs+1) // the share of permutations with so many inversions
	inversions[0] = 1
	for size := 2; size <= n; size++ {
		next := make([]float64, pairs+1)
		for count, probability := range inversions {
			if probability == 0 {
				continue
			}
			for added := range size {
				if count+added <= pairs {
					next[count+added] += probability / float64(size)
				}
			}
		}
		inversions = next
	}
	var p float64
	for count, probability := range inversions {
		if pairs-2*count >= s {
			p += probability
		}
	}
	return min(p, 1)
}

// normalTail is the probability of a standard normal value above z.
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// TheilSen is the median of the slopes between all pairs of points: the trend of y over x, whatever a few outliers
// do. It is NaN if no two points differ in x. See Sen (1968).
func TheilSen(x, y []float64) float64 {
	var slopes []float64
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			if x[i] != x[j] {
				slopes = append(slopes, (y[j]-y[i])/(x[j]-x[i]))
			}
		}
	}
	return median(slopes)
}

// median is the middle value, or the mean of the two middle ones; NaN if there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
