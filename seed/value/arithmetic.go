package value

import (
	"math/bits"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// arithmetic is an expression over the ordered columns of a row, evaluated without allocating. Numbers are exact
// decimals; instants count in microseconds.
type arithmetic struct {
	op       arithmeticOp
	args     []*arithmetic
	constant decimal
	place    int // of a column
	unit     solve.Unit
	scale    int
	digits   int // of round and trunc
}

// eachColumn tells the place of every column in it.
func (a *arithmetic) eachColumn(tell func(place int)) {
	if a.op == opColumn {
		tell(a.place)
	}
	for _, arg := range a.args {
		arg.eachColumn(tell)
	}
}

type arithmeticOp uint8

const (
	opConstant arithmeticOp = iota
	opColumn
	opAdd
	opSubtract
	opMultiply
	opDivide
	opNegate
	opRound
	opTruncate
	opFloor
	opCeiling
	opAbs
	opGreatest
	opLeast
	opToDate
)

// decimal is mantissa × 10^-scale. exact is false where digits were lost.
type decimal struct {
	mantissa int64
	scale    int
	inexact  bool
}

var arithmeticOps = map[string]arithmeticOp{
	"+": opAdd, "-": opSubtract, "*": opMultiply, "/": opDivide, "round": opRound, "trunc": opTruncate, "floor": opFloor, "ceil": opCeiling,
	"ceiling": opCeiling, "abs": opAbs, "greatest": opGreatest, "least": opLeast,
}

// newArithmetic compiles an expression. places gives a column's place and type. It is false for what it does not know.
func newArithmetic(x *check.Expr, places func(string) (int, *ordered, bool)) (*arithmetic, bool) {
	switch x.Kind {
	case check.Column:
		place, o, ok := places(x.Name)
		if !ok {
			return nil, false
		}
		return &arithmetic{op: opColumn, place: place, unit: o.Unit, scale: max(0, o.Scale)}, true
	case check.Cast:
		if x.Name == "date" {
			arg, ok := newArithmetic(x.Args[0], places)
			return &arithmetic{op: opToDate, args: []*arithmetic{arg}}, ok
		}
		if x.Args[0].Kind != check.Literal {
			return newArithmetic(x.Args[0], places)
		}
	}
	if x.Constant() {
		return constantArithmetic(x)
	}
	op, ok := arithmeticOps[x.Name]
	if !ok || x.Kind != check.Operator && x.Kind != check.Call {
		return nil, false
	}
	a := &arithmetic{op: op}
	args := x.Args
	switch {
	case op == opSubtract && len(args) == 1:
		a.op = opNegate
	case op == opRound || op == opTruncate:
		if len(args) == 2 {
			digits, ok := constantArithmetic(args[1])
			if !ok || digits.constant.scale != 0 {
				return nil, false
			}
			a.digits, args = int(digits.constant.mantissa), args[:1]
		}
	}
	for _, arg := range args {
		part, ok := newArithmetic(arg, places)
		if !ok {
			return nil, false
		}
		a.args = append(a.args, part)
	}
	return a, len(a.args) > 0
}

func constantArithmetic(x *check.Expr) (*arithmetic, bool) {
	v, err := (&check.Evaluator{}).Eval(x)
	if err != nil {
		return nil, false
	}
	switch v := v.(type) {
	case check.Num:
		text := v.R.FloatString(12)
		whole, fraction, _ := strings.Cut(text, ".")
		fraction = strings.TrimRight(fraction, "0")
		n, err := parseInt(whole + fraction)
		return &arithmetic{constant: decimal{mantissa: n, scale: len(fraction)}}, err == nil
	case check.Interval:
		return &arithmetic{constant: decimal{mantissa: (v.Months*30+v.Days)*day + v.Micros}}, true
	case check.Timestamp:
		return &arithmetic{constant: decimal{mantissa: int64(v)}}, true
	case check.TimestampTZ:
		return &arithmetic{constant: decimal{mantissa: int64(v)}}, true
	case check.Date:
		return &arithmetic{constant: decimal{mantissa: int64(v) * day}}, true
	}
	return nil, false
}

// eval computes the value for a row; ok is false if a column is null or the numbers get too large.
func (a *arithmetic) eval(m *Memory, sc *scenario, dst []byte, row uint64) (v decimal, ok bool) {
	switch a.op {
	case opConstant:
		return a.constant, true
	case opColumn:
		tick, null := sc.tick(m, dst, a.place, row)
		if a.unit == solve.Date {
			tick *= day
		}
		return decimal{mantissa: tick, scale: a.scale}, !null
	}
	v, ok = a.args[0].eval(m, sc, dst, row)
	if !ok {
		return v, false
	}
	switch a.op {
	case opNegate:
		v.mantissa = -v.mantissa
		return v, true
	case opAbs:
		v.mantissa = max(v.mantissa, -v.mantissa)
		return v, true
	case opRound, opTruncate, opFloor, opCeiling:
		return v.rounded(a.op, a.digits), true
	case opToDate:
		v.mantissa = floorTo(v.mantissa, day)
		return v, true
	}
	for _, arg := range a.args[1:] {
		next, ok := arg.eval(m, sc, dst, row)
		if !ok {
			return v, false
		}
		if v, ok = combine(a.op, v, next); !ok {
			return v, false
		}
	}
	return v, true
}

func combine(op arithmeticOp, a, b decimal) (decimal, bool) {
	lost := a.inexact || b.inexact
	switch op {
	case opMultiply:
		product, ok := mulAdd(0, a.mantissa, b.mantissa)
		return decimal{product, a.scale + b.scale, lost}, ok
	case opDivide:
		return divide(a, b)
	}
	for a.scale < b.scale {
		n, ok := mulAdd(0, a.mantissa, 10)
		if !ok {
			return a, false
		}
		a.mantissa, a.scale = n, a.scale+1
	}
	for b.scale < a.scale {
		n, ok := mulAdd(0, b.mantissa, 10)
		if !ok {
			return b, false
		}
		b.mantissa, b.scale = n, b.scale+1
	}
	a.inexact = lost
	switch op {
	case opAdd:
		n, ok := mulAdd(a.mantissa, 1, b.mantissa)
		a.mantissa = n
		return a, ok
	case opSubtract:
		n, ok := mulAdd(a.mantissa, -1, b.mantissa)
		a.mantissa = n
		return a, ok
	case opGreatest:
		a.mantissa = max(a.mantissa, b.mantissa)
	case opLeast:
		a.mantissa = min(a.mantissa, b.mantissa)
	}
	return a, true
}

// divide gives twelve decimals, cut off.
func divide(a, b decimal) (decimal, bool) {
	if b.mantissa == 0 {
		return a, false
	}
	const more = 12
	negative := (a.mantissa < 0) != (b.mantissa < 0)
	n, d := uint64(max(a.mantissa, -a.mantissa)), uint64(max(b.mantissa, -b.mantissa))
	high, low := bits.Mul64(n, uint64(wire.PowersOfTen[more]))
	if high >= d {
		return a, false
	}
	quotient, rest := bits.Div64(high, low, d)
	if quotient > 1<<62 {
		return a, false
	}
	v := decimal{int64(quotient), a.scale - b.scale + more, rest != 0 || a.inexact || b.inexact}
	if negative {
		v.mantissa = -v.mantissa
	}
	for v.scale > 0 && v.mantissa%10 == 0 && v.mantissa != 0 {
		v.mantissa, v.scale = v.mantissa/10, v.scale-1
	}
	return v, true
}

func (d decimal) rounded(op arithmeticOp, digits int) decimal {
	if d.scale <= digits || digits < 0 || d.scale-digits > 18 {
		return d
	}
	power := wire.PowersOfTen[d.scale-digits]
	quotient, rest := d.mantissa/power, d.mantissa%power
	switch op {
	case opRound:
		if 2*rest >= power {
			quotient++
		} else if 2*rest <= -power {
			quotient--
		}
	case opFloor:
		if rest < 0 {
			quotient--
		}
	case opCeiling:
		if rest > 0 {
			quotient++
		}
	}
	return decimal{quotient, digits, false}
}

// toScale gives the ticks of a type between which the value lies: the same twice if it is one.
func (d decimal) toScale(o *ordered) (low, high int64, ok bool) {
	if o.Unit == solve.Date {
		low = floorTo(d.mantissa, day) / day
		if high = low; low*day != d.mantissa {
			high++
		}
		return low, high, d.scale == 0
	}
	scale := o.Scale
	for ; d.scale < scale; d.scale++ {
		if d.mantissa, ok = mulAdd(0, d.mantissa, 10); !ok {
			return 0, 0, false
		}
	}
	low = d.mantissa
	for exact := true; ; d.scale-- {
		if d.scale == scale {
			high = low
			if !exact || d.inexact {
				high++
			}
			return low, high, true
		}
		exact = exact && low%10 == 0
		low = floorTo(low, 10) / 10
	}
}
