package allocation

import "math"

// The same seed must give the same data on every machine, but the compiler may fuse a multiplication and an addition into
// one instruction where the processor has it, and math's functions may be assembly. The two functions below only use
// operations that IEEE 754 fixes to the last bit; the conversions to float64 forbid fusing (Go specification,
// "Floating-point operators").

// logarithm is the natural logarithm of a positive number: the exponent by ln 2, the fraction by the series of atanh.
func logarithm(x float64) float64 {
	fraction, exponent := math.Frexp(x) // in [0.5, 1)
	if fraction < math.Sqrt2/2 {
		fraction *= 2
		exponent--
	}
	t := (fraction - 1) / (fraction + 1) // |t| <= 0.1716
	square := float64(t * t)
	sum, power := 0.0, t
	for k := 1.0; k < 24; k += 2 {
		sum += float64(power / k)
		power = float64(power * square)
	}
	return float64(2*sum) + float64(float64(exponent)*math.Ln2)
}

// exponential is e to the x, for |x| < 700: x = k ln 2 + r, and the series of e to the r.
func exponential(x float64) float64 {
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	r := x - float64(k*math.Ln2)
	sum, term := 1.0, 1.0
	for i := 1.0; i < 20; i++ {
		term = float64(float64(term*r) / i)
		sum += term
	}
	return math.Ldexp(sum, int(k))
}
