package check

import (
	"math"
	"math/big"
)

func numberFunction(name string, n Num, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	decimals, _ := int64At(args, 1)
	switch name {
	case "abs":
		return Num{new(big.Rat).Abs(n.R), n.Integer}, nil, true
	case "sign":
		return Num{new(big.Rat).SetInt64(int64(n.R.Sign())), n.Integer}, nil, true
	case "ceil", "ceiling", "floor", "trunc", "round":
		if decimals < 0 || decimals > 30 {
			return nil, nil, false
		}
		return Num{R: toDecimals(name, n.R, int(decimals))}, nil, true
	case "mod":
		if other, ok := at(args, 1).(Num); ok {
			v, err := exact("%", n, other)
			return v, err, true
		}
	case "int4", "int8", "int2":
		return Num{roundRat(n.R, 0), true}, nil, true
	case "numeric":
		return Num{R: n.R}, nil, len(args) == 1
	case "float8":
		f, _ := n.R.Float64()
		return f, nil, true
	case "power", "pow":
		if other, ok := at(args, 1).(Num); ok && !(n.Integer && other.Integer) {
			v, err := exact("^", n, other)
			return v, err, true
		}
	}
	return nil, nil, false
}

func floatFunction(name string, f float64) (v Value, known bool) {
	switch name {
	case "abs":
		return math.Abs(f), true
	case "ceil", "ceiling":
		return math.Ceil(f), true
	case "floor":
		return math.Floor(f), true
	case "trunc":
		return math.Trunc(f), true
	case "round":
		return math.RoundToEven(f), true
	case "sign":
		if f == 0 {
			return 0.0, true
		}
		return math.Copysign(1, f), true
	}
	return nil, false
}

func toDecimals(name string, r *big.Rat, decimals int) *big.Rat {
	if name == "round" {
		return roundRat(r, decimals)
	}
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	scaled := new(big.Rat).Mul(r, power)
	whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom())) // towards zero
	switch order := scaled.Cmp(whole); {
	case order > 0 && (name == "ceil" || name == "ceiling"):
		whole.Add(whole, big.NewRat(1, 1))
	case order < 0 && name == "floor":
		whole.Sub(whole, big.NewRat(1, 1))
	}
	return whole.Quo(whole, power)
}

// roundRat rounds to a number of decimals, halves away from zero.
func roundRat(r *big.Rat, decimals int) *big.Rat {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(decimals, -decimals))), nil))
	scaled := new(big.Rat).Mul(r, power)
	if decimals < 0 {
		scaled.Quo(r, power)
	}
	negative := scaled.Sign() < 0
	scaled.Abs(scaled)
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
	if negative {
		whole.Neg(whole)
	}
	if decimals < 0 {
		return whole.Mul(whole, power)
	}
	return whole.Quo(whole, power)
}
