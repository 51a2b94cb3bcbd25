package stats

import "math"

// Wilson is the interval that a share lies in with 95 % confidence, given hits of n independent observations. It is
// good for small n and for shares near 0 and 1. For n = 0 it is all from 0 to 1. See Wilson (1927).
func Wilson(hits, n float64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.959963984540054 // the normal distribution's 97.5 % quantile
	p := hits / n
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}
