package value

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// form is the binary form of an ordered type.
type form uint8

const (
	formInt2 form = iota
	formInt4      // also date
	formInt8      // also timestamps, time, money
	formNumeric
	formFloat4
	formFloat8
	formTimeTZ
	formInterval
	formBool
	formEnum
)

// ordered is a type whose values are counted off on a line.
type ordered struct {
	solve.Line
	form    form
	display int         // decimals of numeric, where they are more than Scale counts
	allowed solve.Spans // what the column's own constraints allow; nil: all
}

// append writes the value at a tick.
func (o *ordered) append(dst []byte, tick int64) []byte {
	switch o.form {
	case formInt2:
		return wire.Int2(dst, int16(tick))
	case formInt4:
		return wire.Int4(dst, int32(tick))
	case formInt8:
		return wire.Int8(dst, tick)
	case formNumeric:
		at := len(dst)
		dst = wire.Numeric(dst, tick, o.Scale)
		if o.display > o.Scale {
			binary.BigEndian.PutUint16(dst[at+6:], uint16(o.display))
		}
		return dst
	case formFloat4:
		return wire.Float4(dst, float32(float64(tick)/math.Pow10(o.Scale)))
	case formFloat8:
		return wire.Float8(dst, float64(tick)/math.Pow10(o.Scale))
	case formTimeTZ:
		return wire.TimeTZ(dst, tick, 0)
	case formInterval:
		if o.Step >= 30*day {
			return wire.Interval(dst, 0, 0, int32(tick/(30*day)))
		}
		return wire.Interval(dst, tick%day, int32(tick/day), 0)
	case formBool:
		return wire.Bool(dst, tick != 0)
	}
	return append(dst, o.Labels[tick]...)
}

// tick reads a value back. It is false for what has no tick on this line: a numeric with more digits, an interval with
// months, NaN.
func (o *ordered) tick(src []byte) (int64, bool) {
	switch o.form {
	case formInt2:
		if len(src) == 2 {
			return int64(int16(binary.BigEndian.Uint16(src))), true
		}
	case formInt4:
		if len(src) == 4 {
			return int64(int32(binary.BigEndian.Uint32(src))), true
		}
	case formInt8:
		if len(src) == 8 {
			return int64(binary.BigEndian.Uint64(src)), true
		}
	case formNumeric:
		return numericTick(src, o.Scale)
	case formFloat4:
		if len(src) == 4 {
			return floatTick(float64(math.Float32frombits(binary.BigEndian.Uint32(src))), o.Scale)
		}
	case formFloat8:
		if len(src) == 8 {
			return floatTick(math.Float64frombits(binary.BigEndian.Uint64(src)), o.Scale)
		}
	case formTimeTZ:
		if len(src) == 12 {
			return int64(binary.BigEndian.Uint64(src)), true
		}
	case formInterval:
		if len(src) == 16 {
			days := int64(int32(binary.BigEndian.Uint32(src[8:]))) + 30*int64(int32(binary.BigEndian.Uint32(src[12:])))
			return int64(binary.BigEndian.Uint64(src)) + days*day, true
		}
	case formBool:
		if len(src) == 1 {
			return int64(src[0]), true
		}
	case formEnum:
		for i, label := range o.Labels {
			if label == string(src) {
				return int64(i), true
			}
		}
	}
	return 0, false
}

func floatTick(f float64, scale int) (int64, bool) {
	f = math.Round(f * math.Pow10(scale))
	if math.IsNaN(f) || math.Abs(f) > 1e18 {
		return 0, false
	}
	return int64(f), true
}

// numericTick reads a numeric, without an allocation.
func numericTick(src []byte, scale int) (int64, bool) {
	if len(src) < 8 {
		return 0, false
	}
	n := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := binary.BigEndian.Uint16(src[4:])
	if sign&0x8000 != 0 || len(src) < 8+2*n || scale < 0 {
		return 0, false
	}
	tick := int64(0)
	digits := 0 // after the point, so far
	for i := range n {
		group := int64(binary.BigEndian.Uint16(src[8+2*i:]))
		if tick > (math.MaxInt64-9999)/10000 {
			return 0, false
		}
		tick = tick*10000 + group
	}
	digits = 4 * (n - 1 - weight)
	for ; digits > scale; digits-- {
		if tick%10 != 0 {
			return 0, false
		}
		tick /= 10
	}
	for ; digits < scale; digits++ {
		if tick > math.MaxInt64/10 {
			return 0, false
		}
		tick *= 10
	}
	if sign != 0 {
		tick = -tick
	}
	return tick, true
}

// width is the mean size of a value.
func (o *ordered) width() float64 {
	switch o.form {
	case formInt2:
		return 2
	case formInt4, formFloat4:
		return 4
	case formNumeric:
		return 12
	case formTimeTZ:
		return 12
	case formInterval:
		return 16
	case formBool:
		return 1
	case formEnum:
		return 8
	}
	return 8
}

// draw is a distribution of ticks.
type draw struct {
	shape  shape
	spans  solve.Spans       // what may come out; not empty
	step   int64             // what comes out is a multiple of it, where the spans hold one
	median float64           // of logNormal, in ticks above the origin; mean of normal
	sigma  float64           // deviation of normal
	factor *random.LogNormal // of logNormal, by which the median is multiplied
	origin int64             // of logNormal and falling: the value that counts as zero
	list   []int64           // of listed
	shares []float64         // of listed: cumulative, the last is 1; nil for Zipf's
}

type shape uint8

const (
	uniform   shape = iota
	logNormal       // many small ones, few great ones
	normal
	recent // more and more towards the upper end
	zipf   // the first ones of the spans most often
	listed // one of a list, the first ones most often
)

// ticks gives a tick by chance.
func (d *draw) ticks(s random.Source) int64 {
	switch d.shape {
	case logNormal:
		return d.fit(d.origin+int64(math.Min(d.median*d.factor.Draw(&s), 9e18/2)), s)
	case normal:
		return d.fit(int64(d.median+d.sigma*s.Normal()), s)
	case recent:
		low, high := d.spans[0].Low, d.spans[len(d.spans)-1].High
		u := s.Float64()
		back := float64(uint64(high)-uint64(low)) * u * u * math.Sqrt(u)
		return d.fit(high-int64(back), s)
	case zipf:
		return d.spans.At(s.Zipf(d.spans.Size()))
	case listed:
		if d.shares == nil {
			return d.list[s.Zipf(uint64(len(d.list)))]
		}
		u := s.Float64()
		for i, share := range d.shares {
			if u < share {
				return d.list[i]
			}
		}
		return d.list[len(d.list)-1]
	}
	return d.fit(d.spans.At(s.Below(d.spans.Size())), s)
}

// fit moves a tick to a multiple of the step within the spans.
func (d *draw) fit(tick int64, s random.Source) int64 {
	if d.step > 1 {
		tick = floorTo(tick, d.step)
	}
	if d.spans.Contains(tick) {
		return tick
	}
	// Outside: anywhere in the span that is nearest.
	best, distance := d.spans[0], uint64(math.MaxUint64)
	for _, span := range d.spans {
		away := uint64(0)
		switch {
		case tick < span.Low:
			away = uint64(span.Low) - uint64(tick)
		case tick > span.High:
			away = uint64(tick) - uint64(span.High)
		}
		if away < distance {
			best, distance = span, away
		}
	}
	s.Uint64()
	at := s.Between(best.Low, best.High)
	if d.step > 1 {
		if low := floorTo(at, d.step); low >= best.Low {
			return low
		}
		if high := floorTo(best.High, d.step); high >= best.Low {
			return high
		}
	}
	return at
}

func floorTo(tick, step int64) int64 {
	rest := tick % step
	if rest < 0 {
		rest += step
	}
	return tick - rest
}

// scalar makes ordered values by chance.
type scalar struct {
	*ordered
	draw draw
}

func (m *scalar) make(dst []byte, _ uint64, s random.Source) []byte {
	return m.append(dst, m.draw.ticks(s))
}

// counted is a set of ordered values.
type counted struct {
	*ordered
	spans solve.Spans
	step  int64
}

// Size implements Domain.
func (d *counted) Size() uint64 {
	if d.step <= 1 {
		return d.spans.Size()
	}
	sum := uint64(0)
	for _, span := range d.spans {
		if first := floorTo(span.Low+d.step-1, d.step); first <= span.High {
			sum += (uint64(span.High)-uint64(first))/uint64(d.step) + 1
		}
	}
	return sum
}

// Append implements Domain.
func (d *counted) Append(dst []byte, index uint64) []byte { return d.append(dst, d.at(index)) }

func (d *counted) at(index uint64) int64 {
	if d.step <= 1 {
		return d.spans.At(index)
	}
	for _, span := range d.spans {
		first := floorTo(span.Low+d.step-1, d.step)
		if first > span.High {
			continue
		}
		if n := (uint64(span.High)-uint64(first))/uint64(d.step) + 1; index >= n {
			index -= n
			continue
		}
		return first + int64(index)*d.step
	}
	return 0
}

func parseInt(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// appendText writes the value at a tick as text.
func (o *ordered) appendText(dst []byte, tick int64) []byte {
	switch o.Unit {
	case solve.Enum:
		return append(dst, o.Labels[tick]...)
	case solve.Bool:
		return strconv.AppendBool(dst, tick != 0)
	case solve.Date:
		return clock(tick*day).AppendFormat(dst, "2006-01-02")
	case solve.Timestamp, solve.TimestampTZ:
		return clock(tick).AppendFormat(dst, "2006-01-02 15:04:05")
	case solve.Time:
		return clock(tick).AppendFormat(dst, "15:04:05")
	case solve.Interval:
		return strconv.AppendInt(dst, tick/second, 10)
	}
	if o.Scale <= 0 {
		return strconv.AppendInt(dst, tick*wire.PowersOfTen[min(18, -o.Scale)], 10)
	}
	power := wire.PowersOfTen[min(18, o.Scale)]
	if tick < 0 {
		dst, tick = append(dst, '-'), -tick
	}
	dst = append(strconv.AppendInt(dst, tick/power, 10), '.')
	return appendDigits(dst, uint64(tick%power), o.Scale)
}

// clock gives an instant in microseconds since 2000-01-01 as a time in UTC.
func clock(micros int64) time.Time { return time.UnixMicro(micros + epochMicros).UTC() }
