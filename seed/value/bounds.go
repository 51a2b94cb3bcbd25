package value

import (
	"math"
	"math/bits"
	"slices"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// bounds is what the relations leave of a column in a row.
type bounds struct {
	low, high int64
	not       [4]int64 // values that may not be
	nots      int
	follows   bool // the lower bound is another column of the row
}

// limit narrows bounds by a relation. With usual, columns that are not known yet are taken to have usual values.
func (sc *scenario) limit(m *Memory, b *bounds, l *limit, dst []byte, row uint64, usual bool) {
	least, most := l.constant, l.constant
	follows := l.temporal && len(l.others) == 1
	for _, o := range l.others {
		low, high := o.all.Low, o.all.High
		if usual {
			low, high = o.usual.Low, o.usual.High
		}
		if o.later {
			follows = false
		} else {
			tick, null := sc.tick(m, dst, int(o.place), row)
			if null {
				return // a null satisfies it
			}
			low, high = tick, tick
		}
		if o.factor < 0 {
			low, high = high, low
		}
		var ok, ok2 bool
		if least, ok = mulAdd(least, o.factor, low); !ok {
			return
		}
		if most, ok2 = mulAdd(most, o.factor, high); !ok2 {
			return
		}
	}
	switch l.operator {
	case "<>":
		if least == most && least%l.factor == 0 && b.nots < len(b.not) {
			b.not[b.nots] = -least / l.factor
			b.nots++
		}
	case "=":
		b.bound(-least, l.factor, true)
		b.bound(-most, l.factor, false)
	default:
		b.bound(-least, l.factor, true)
		b.follows = b.follows || follows
	}
}

// bound notes factor × x <= n, or with upper false factor × x >= n.
func (b *bounds) bound(n, factor int64, upper bool) {
	quotient := n / factor
	exact := quotient*factor == n
	floor := quotient
	if !exact && (n < 0) != (factor < 0) {
		floor--
	}
	if (factor > 0) == upper {
		b.high = min(b.high, floor)
		return
	}
	if !exact {
		floor++
	}
	b.low = max(b.low, floor)
}

// mulAdd is a + b × c; false where that does not fit.
func mulAdd(a, b, c int64) (int64, bool) {
	high, low := bits.Mul64(uint64(b), uint64(c))
	// The signed product's high word.
	high -= uint64(b>>63)&uint64(c) + uint64(c>>63)&uint64(b)
	product := int64(low)
	if int64(high) != product>>63 {
		return 0, false
	}
	sum := a + product
	return sum, (a >= 0) != (product >= 0) || (sum >= 0) == (a >= 0)
}

func (sc *scenario) result(m *Memory, b *bounds, c *member, r *result, dst []byte, row uint64) {
	v, ok := r.value.eval(m, sc, dst, row)
	if !ok {
		return
	}
	low, high, ok := v.toScale(c.order)
	if !ok {
		return
	}
	switch r.operator {
	case "=":
		b.low, b.high = max(b.low, low), min(b.high, high)
	case "<>":
		if low == high && b.nots < len(b.not) {
			b.not[b.nots] = low
			b.nots++
		}
	case "<":
		b.high = min(b.high, high-1)
		if low != high {
			b.high = min(b.high, low)
		}
	case "<=":
		b.high = min(b.high, low)
	case ">":
		b.low = max(b.low, low+1)
	case ">=":
		b.low = max(b.low, high)
	}
}

// within gives a tick by chance within the bounds that the relations leave, moved to a value of the column.
func (c *member) within(b *bounds, s random.Source) int64 {
	draw := s
	s.Uint64() // go on after the draw
	low, high := b.low, b.high
	if low > high {
		return low // there is no such value; the constraint will say so
	}
	if low == high {
		return low
	}
	spans := c.draw.spans
	var tick int64
	if b.follows && c.gap.spans != nil {
		tick = c.near(low, high, s)
	} else if tick = c.draw.ticks(draw); tick < low || tick > high {
		if usual, ok := usualWithin(spans, low, high); ok {
			tick = s.Between(usual.Low, usual.High)
		} else {
			tick = c.near(low, high, s)
		}
	}
	for step := range int64(8) {
		moved := c.settle(tick, low, high)
		if !b.excludes(moved) {
			return moved
		}
		if tick = moved + max(1, c.draw.step); tick > high || !c.mayBe(tick) {
			tick = max(low, moved-(step+1)*max(1, c.draw.step))
			if !c.mayBe(tick) && len(spans) > 0 {
				tick = spans.At(s.Below(spans.Size()))
			}
		}
	}
	return tick
}

// usualWithin gives the part of the first span that lies within bounds.
func usualWithin(spans solve.Spans, low, high int64) (solve.Span, bool) {
	for _, span := range spans {
		if cut := (solve.Span{Low: max(span.Low, low), High: min(span.High, high)}); cut.Low <= cut.High {
			return cut, true
		}
	}
	return solve.Span{}, false
}

// near gives a value near the bound that decides: the lower one if there is one.
func (c *member) near(low, high int64, s random.Source) int64 {
	all, spans := c.order.All(), c.draw.spans
	gap := int64(0)
	if c.gap.spans != nil {
		gap = c.gap.ticks(s)
	}
	if low > math.MinInt64 {
		limit := min(high, all[0].High)
		if last := spans[len(spans)-1].High; last > low {
			limit = min(limit, last)
		}
		if tick := low + gap; tick >= low && tick <= limit {
			return tick
		}
		return s.Between(low, max(low, limit))
	}
	if tick := high - gap; tick >= all[0].Low {
		return tick
	}
	return s.Between(min(high, all[0].Low), high)
}

// leaves tells whether bounds leave any value of the column.
func (c *member) leaves(b *bounds) bool {
	if b.low > b.high {
		return false
	}
	for _, spans := range [...]solve.Spans{c.draw.spans, c.order.allowed} {
		if len(spans) > 0 && (b.low > spans[len(spans)-1].High || b.high < spans[0].Low) {
			return false
		}
	}
	return true
}

// takes tells whether the column can have a value within bounds, be it an unusual one.
func (c *member) takes(b *bounds) bool {
	low, high := max(b.low, c.order.Min), min(b.high, c.order.Max)
	if low > high {
		return false
	}
	allowed := c.order.allowed
	return allowed == nil || slices.ContainsFunc(allowed, func(s solve.Span) bool { return s.Low <= high && s.High >= low })
}

func (c *member) mayBe(tick int64) bool { return c.draw.spans.Contains(tick) }

func (b *bounds) excludes(tick int64) bool {
	return slices.Contains(b.not[:b.nots], tick)
}

// settle moves a tick to a multiple of the step, and into what the column's own constraints allow.
func (c *member) settle(tick, low, high int64) int64 {
	if step := c.draw.step; step > 1 {
		switch down := floorTo(tick, step); {
		case down >= low:
			tick = down
		case down+step <= high:
			tick = down + step
		}
	}
	allowed := c.order.allowed
	if allowed == nil || allowed.Contains(tick) {
		return tick
	}
	best, distance := tick, uint64(math.MaxUint64)
	for _, span := range allowed {
		near := max(span.Low, low)
		if last := min(span.High, high); near > last {
			continue
		} else if tick > last {
			near = last
		}
		if away := uint64(max(near-tick, tick-near)); away < distance {
			best, distance = near, away
		}
	}
	return best
}

// gapOf is how far a column usually is from another one that it follows.
func gapOf(o *ordered, d *draw) draw {
	switch o.Unit {
	case solve.Date:
		return draw{shape: logNormal, median: 5, factor: random.NewLogNormal(1.2), spans: solve.Spans{{Low: 0, High: 3650}}}
	case solve.Timestamp, solve.TimestampTZ:
		return draw{shape: logNormal, median: float64(2 * day), factor: random.NewLogNormal(1.8), spans: solve.Spans{{Low: 0, High: 3650 * day}}}
	case solve.Time:
		return draw{spans: solve.Spans{{Low: 0, High: 8 * hour}}}
	case solve.Interval:
		return draw{spans: solve.Spans{{Low: 0, High: 8 * hour}}}
	}
	width := int64(100)
	if d != nil && len(d.spans) > 0 {
		width = max(1, min(int64(min(d.spans.Size(), 1<<62)), 1<<40)/2)
	}
	return draw{spans: solve.Spans{{Low: 0, High: width}}}
}
