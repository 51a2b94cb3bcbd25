package solve

import (
	"math/big"
	"strings"
	"time"

	"github.com/pgassay/pgassay/seed/value/check"
)

// rounded reads what says that a column is round: date_trunc('month', d) = d, n = round(n, 1), n = floor(n). It is false for
// anything else.
func (e *expander) rounded(c *Column, x *check.Expr) (Set, bool) {
	for x.Kind == check.Cast {
		x = x.Args[0]
	}
	if c.Line == nil || x.Kind != check.Call || len(x.Args) == 0 {
		return Set{}, false
	}
	bare := func(arg *check.Expr) bool {
		for arg.Kind == check.Cast {
			arg = arg.Args[0]
		}
		return arg.Kind == check.Column
	}
	switch x.Name {
	case "date_trunc":
		unit, err := e.eval.Eval(x.Args[0])
		text, ok := textOf(unit)
		if err != nil || !ok || len(x.Args) != 2 || !bare(x.Args[1]) {
			return Set{}, false
		}
		return c.Line.every(strings.ToLower(text))
	case "round", "trunc", "floor", "ceil", "ceiling":
		digits := 0
		if len(x.Args) == 2 {
			n, ok := e.number(x.Args[1])
			if !ok {
				return Set{}, false
			}
			digits = n
		}
		if c.Line.Unit != Number || !bare(x.Args[0]) || digits < 0 {
			return Set{}, false
		}
		return Set{Some: true, Step: c.Line.power(digits)}, true
	}
	return Set{}, false
}

// power is how many ticks one unit of a decimal place is.
func (l Line) power(digits int) int64 {
	step := int64(1)
	for range min(l.Scale-digits, 18) {
		step *= 10
	}
	return step
}

// every gives the beginnings of days, months and so on.
func (l Line) every(unit string) (Set, bool) {
	const second = int64(1_000_000)
	steps := map[string]int64{
		"microseconds": 1, "milliseconds": 1000, "second": second, "minute": 60 * second, "hour": 3600 * second, "day": 24 * 3600 * second,
	}
	var months int
	switch step, ok := steps[unit]; {
	case ok && (l.Unit == Timestamp || l.Unit == TimestampTZ):
		return Set{Some: true, Step: step}, true
	case ok && l.Unit == Date:
		return Set{Some: true}, true
	case unit == "week":
	case unit == "month":
		months = 1
	case unit == "quarter":
		months = 3
	case unit == "year":
		months = 12
	default:
		return Set{}, false
	}
	if l.Unit != Date && l.Unit != Timestamp && l.Unit != TimestampTZ {
		return Set{}, false
	}
	set := Set{Some: true}
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() < 2060; { // a Monday
		tick := int64(t.Sub(epoch).Hours()) / 24 * (Date.micros() / l.Unit.micros())
		set.Spans = append(set.Spans, Span{tick, tick})
		if t = t.AddDate(0, months, 0); months == 0 {
			t = t.AddDate(0, 0, 7)
		}
	}
	return set, true
}

// remainder reads column % 5 = 0, mod(column, 5) = 0 and extract(day from column) = 1.
func (e *expander) remainder(c *Column, x *check.Expr, name string, v check.Value) (Set, bool) {
	n, isNumber := v.(check.Num)
	if f, isFloat := v.(float64); isFloat {
		n, isNumber = check.Num{R: decimalOf(f)}, true
	}
	if c.Line == nil || name != "=" || len(x.Args) != 2 || !isNumber {
		return Set{}, false
	}
	switch {
	case x.Kind == check.Operator && x.Name == "%" || x.Kind == check.Call && x.Name == "mod":
		by, err := e.eval.Eval(x.Args[1])
		divisor, ok := by.(check.Num)
		if err != nil || !ok || n.R.Sign() != 0 || c.Line.Unit != Number || strip(x.Args[0]).Kind != check.Column {
			return Set{}, false
		}
		step := c.Line.round(new(big.Rat).Abs(divisor.R))
		return Set{Some: true, Step: step.tick}, step.exact && step.tick > 0
	case x.Kind == check.Call && (x.Name == "extract" || x.Name == "date_part"):
		field, err := e.eval.Eval(x.Args[0])
		text, ok := textOf(field)
		if err != nil || !ok || strip(x.Args[1]).Kind != check.Column || n.R.Cmp(rational(1)) != 0 {
			return Set{}, false
		}
		switch strings.ToLower(text) {
		case "day":
			return c.Line.every("month")
		case "isodow":
			return c.Line.every("week")
		case "doy":
			return c.Line.every("year")
		}
	}
	return Set{}, false
}
