// Package solve finds out what values the columns of a table may take for its CHECK constraints to hold: a set for each
// column, relations between columns, and where constraints have alternatives, several scenarios of both.
package solve

import (
	"math"
	"math/big"
	"slices"

	"github.com/pgassay/pgassay/seed/value/check"
)

// Unit tells what a tick of a Line is.
type Unit uint8

// The units of a Line.
const (
	Number      Unit = iota // 10^-Scale
	Date                    // a day; 0 is 2000-01-01
	Time                    // a microsecond since midnight
	Timestamp               // a microsecond; 0 is 2000-01-01 00:00
	TimestampTZ             // a microsecond; 0 is 2000-01-01 00:00 UTC
	Interval                // a microsecond
	Enum                    // a place among Labels
	Bool                    // 0 is false, 1 is true
)

// Line is how the values of an ordered type are counted: each is a number of ticks.
type Line struct {
	Unit     Unit
	Scale    int      // of Number: a tick is 10^-Scale; may be negative
	Min, Max int64    // the least and the greatest value of the type, in ticks
	Step     int64    // values are multiples of it: timestamp(0) has whole seconds; at least 1
	Float    bool     // the type is real or double precision
	Labels   []string // of Enum
}

// All is every value of the line.
func (l Line) All() Spans { return Spans{{l.Min, l.Max}} }

// micros is how many microseconds a tick of a time unit is.
func (u Unit) micros() int64 {
	if u == Date {
		return 24 * 60 * 60 * 1_000_000
	}
	return 1
}

// Value gives the value at a tick.
func (l Line) Value(tick int64) check.Value {
	switch l.Unit {
	case Date:
		return check.Date(tick)
	case Time:
		return check.Time(tick)
	case Timestamp:
		return check.Timestamp(tick)
	case TimestampTZ:
		return check.TimestampTZ(tick)
	case Interval:
		const day = 24 * 60 * 60 * 1_000_000
		return check.Interval{Days: tick / day, Micros: tick % day}
	case Enum:
		return check.Label{Text: l.Labels[tick], Place: int(tick)}
	case Bool:
		return tick != 0
	}
	if l.Float {
		f, _ := check.Decimal(tick, l.Scale).R.Float64()
		return f
	}
	n := check.Decimal(tick, l.Scale)
	n.Integer = l.Scale == 0
	return n
}

// position is the place of a value on a line: exactly there, or strictly between tick and tick+1.
type position struct {
	tick  int64
	exact bool
}

// locate finds the place of a value. It is false for a value of another kind.
func (l Line) locate(v check.Value) (position, bool) {
	switch v := v.(type) {
	case check.Untyped:
		if l.Unit == Enum {
			i := slices.Index(l.Labels, v.Text)
			return position{int64(i), true}, i >= 0
		}
		typed, err := check.ParseText(v.Text, l.typeName(), nil)
		if err != nil {
			return position{}, false
		}
		return l.locate(typed)
	case check.Num:
		if l.Unit == Number {
			return l.round(v.R), true
		}
	case float64:
		if l.Unit == Number && !math.IsNaN(v) {
			if math.IsInf(v, 0) {
				return position{clampFloat(v), false}, true
			}
			// A decimal constant such as 0.1 means that decimal, not the float next to it.
			return l.round(decimalOf(v)), true
		}
	case bool:
		if l.Unit == Bool {
			if v {
				return position{1, true}, true
			}
			return position{0, true}, true
		}
	case check.Date, check.Timestamp, check.TimestampTZ:
		if l.Unit == Date || l.Unit == Timestamp || l.Unit == TimestampTZ {
			return l.instant(v), true
		}
	case check.Time:
		if l.Unit == Time {
			return position{int64(v), true}, true
		}
	case check.Interval:
		if l.Unit == Interval {
			days := v.Months*30 + v.Days
			if high := new(big.Int).Mul(big.NewInt(days), big.NewInt(Date.micros())); high.IsInt64() {
				return position{days*Date.micros() + v.Micros, true}, true
			}
		}
	case check.Label:
		if l.Unit == Enum {
			return position{int64(v.Place), true}, true
		}
	}
	return position{}, false
}

// Exactly gives the tick of a value. It is false if there is none.
func (l Line) Exactly(v check.Value) (int64, bool) {
	at, ok := l.locate(v)
	return at.tick, ok && at.exact && at.tick >= l.Min && at.tick <= l.Max
}

func (l Line) typeName() string {
	return [...]string{
		Number: "numeric", Date: "date", Time: "time without time zone", Timestamp: "timestamp without time zone",
		TimestampTZ: "timestamp with time zone", Interval: "interval", Enum: "unknown", Bool: "boolean",
	}[l.Unit]
}

func decimalOf(f float64) *big.Rat {
	r, ok := new(big.Rat).SetString(new(big.Float).SetFloat64(f).Text('g', 15))
	if !ok {
		return new(big.Rat)
	}
	return r
}

func clampFloat(f float64) int64 {
	if f < 0 {
		return math.MinInt64
	}
	return math.MaxInt64
}

// round finds the place of a number.
func (l Line) round(r *big.Rat) position {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(l.Scale, -l.Scale))), nil))
	ticks := new(big.Rat).Mul(r, power)
	if l.Scale < 0 {
		ticks.Quo(r, power)
	}
	whole, rest := new(big.Int).DivMod(ticks.Num(), ticks.Denom(), new(big.Int))
	if !whole.IsInt64() {
		if whole.Sign() < 0 {
			return position{math.MinInt64, false}
		}
		return position{math.MaxInt64, false}
	}
	return position{whole.Int64(), rest.Sign() == 0}
}

func (l Line) instant(v check.Value) position {
	var micros int64
	switch v := v.(type) {
	case check.Date:
		if v == math.MaxInt64 || v == -math.MaxInt64 {
			return position{int64(v), false}
		}
		micros = int64(v) * Date.micros()
	case check.Timestamp:
		micros = int64(v)
	case check.TimestampTZ:
		micros = int64(v)
	}
	if micros == math.MaxInt64 || micros == -math.MaxInt64 {
		return position{micros, false}
	}
	unit := l.Unit.micros()
	tick := micros / unit
	if micros%unit < 0 {
		tick--
	}
	return position{tick, tick*unit == micros}
}

// compared gives the values of the line that stand in an order to v: those for which "value operator v" is true. It is
// false for an operator that is no comparison, or a value of another kind.
func (l Line) compared(operator string, v check.Value) (Spans, bool) {
	at, ok := l.locate(v)
	if !ok {
		return nil, false
	}
	below, above := at.tick, increment(at.tick) // the greatest value < v, the least one > v
	if at.exact {
		below = decrement(at.tick)
	}
	var spans Spans
	switch operator {
	case "=":
		if at.exact {
			spans = Spans{{at.tick, at.tick}}
		}
	case "<>":
		if !at.exact {
			return l.All(), true
		}
		spans = Spans{{l.Min, below}, {above, l.Max}}
	case "<":
		spans = Spans{{l.Min, below}}
	case "<=":
		spans = Spans{{l.Min, at.tick}}
	case ">":
		spans = Spans{{above, l.Max}}
	case ">=":
		if !at.exact {
			at.tick = above
		}
		spans = Spans{{at.tick, l.Max}}
	default:
		return nil, false
	}
	return spans.Intersect(l.All()), true
}

func increment(n int64) int64 {
	if n == math.MaxInt64 {
		return n
	}
	return n + 1
}

func decrement(n int64) int64 {
	if n == math.MinInt64 {
		return n
	}
	return n - 1
}

// Span is the values from Low to High, both included; none if High is less.
type Span struct{ Low, High int64 }

// Spans is a set of ticks: spans that rise and do not touch.
type Spans []Span

// Intersect gives what is in both.
func (s Spans) Intersect(other Spans) Spans {
	var both Spans
	for _, a := range s {
		for _, b := range other {
			if low, high := max(a.Low, b.Low), min(a.High, b.High); low <= high {
				both = append(both, Span{low, high})
			}
		}
	}
	return both.sorted()
}

// Union gives what is in either.
func (s Spans) Union(other Spans) Spans { return slices.Concat(s, other).sorted() }

// sorted puts spans in order, leaves empty ones out and joins those that touch.
func (s Spans) sorted() Spans {
	slices.SortFunc(s, func(a, b Span) int {
		switch {
		case a.Low < b.Low:
			return -1
		case a.Low > b.Low:
			return 1
		}
		return 0
	})
	var out Spans
	for _, span := range s {
		if span.High < span.Low {
			continue
		}
		if n := len(out); n > 0 && (out[n-1].High == math.MaxInt64 || span.Low <= out[n-1].High+1) {
			out[n-1].High = max(out[n-1].High, span.High)
			continue
		}
		out = append(out, span)
	}
	return out
}

// Complement gives what is not in s, within all.
func (s Spans) Complement(all Spans) Spans {
	out := all
	for _, span := range s {
		var rest Spans
		if span.Low > math.MinInt64 {
			rest = append(rest, Span{math.MinInt64, span.Low - 1})
		}
		if span.High < math.MaxInt64 {
			rest = append(rest, Span{span.High + 1, math.MaxInt64})
		}
		out = out.Intersect(rest)
	}
	return out
}

// Contains tells whether a tick is in the set.
func (s Spans) Contains(tick int64) bool {
	for _, span := range s {
		if span.Low <= tick && tick <= span.High {
			return true
		}
	}
	return false
}

// Size is the number of ticks, at most 2^63.
func (s Spans) Size() uint64 {
	const most = uint64(1) << 63
	sum := uint64(0)
	for _, span := range s {
		width := uint64(span.High) - uint64(span.Low)
		if width >= most || sum+width+1 >= most {
			return most
		}
		sum += width + 1
	}
	return sum
}

// At gives the tick at an index below Size.
func (s Spans) At(index uint64) int64 {
	for _, span := range s {
		width := uint64(span.High) - uint64(span.Low)
		if index <= width {
			return int64(uint64(span.Low) + index)
		}
		index -= width + 1
	}
	return 0
}
