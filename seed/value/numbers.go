package value

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

const (
	second = int64(1_000_000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// ordered gives the line of a base or enum type with its modifier. It is false for types without one.
func (b *builder) ordered(typ *schema.Type, mod int32) (*ordered, bool) {
	if typ.Kind == schema.EnumType {
		if len(typ.Labels) == 0 {
			return nil, false
		}
		return &ordered{Line: solve.Line{Unit: solve.Enum, Max: int64(len(typ.Labels) - 1), Step: 1, Labels: typ.Labels}, form: formEnum}, true
	}
	if typ.Schema != "pg_catalog" || typ.Kind != schema.BaseType {
		return nil, false
	}
	whole := func(low, high int64, form form) (*ordered, bool) {
		return &ordered{Line: solve.Line{Min: low, Max: high, Step: 1}, form: form}, true
	}
	// Years 1 to 9999, so that arithmetic on them stays within the types.
	const firstDay, lastDay = -730119, 2921939
	temporal := func(unit solve.Unit, form form) (*ordered, bool) {
		step := int64(1)
		if mod >= 0 && mod < 6 {
			step = wire.PowersOfTen[6-mod]
		}
		return &ordered{Line: solve.Line{Unit: unit, Min: firstDay * day, Max: lastDay * day, Step: step}, form: form}, true
	}
	switch typ.Name {
	case "int2":
		return whole(math.MinInt16, math.MaxInt16, formInt2)
	case "int4":
		return whole(math.MinInt32, math.MaxInt32, formInt4)
	case "int8":
		return whole(math.MinInt64, math.MaxInt64, formInt8)
	case "oid", "regproc", "regprocedure", "regoper", "regoperator", "regclass", "regtype", "regrole", "regnamespace", "regconfig", "regdictionary", "regcollation", "xid", "cid":
		return whole(1, math.MaxInt32, formInt4)
	case "xid8", "pg_lsn":
		return whole(0, math.MaxInt64, formInt8)
	case "money":
		return &ordered{Line: solve.Line{Scale: 2, Min: -1e17, Max: 1e17, Step: 1}, form: formInt8}, true
	case "numeric":
		return numericLine(mod), true
	case "float4":
		return &ordered{Line: solve.Line{Scale: 2, Min: -1e9, Max: 1e9, Step: 1, Float: true}, form: formFloat4}, true
	case "float8":
		return &ordered{Line: solve.Line{Scale: 6, Min: -1e15, Max: 1e15, Step: 1, Float: true}, form: formFloat8}, true
	case "bool":
		return &ordered{Line: solve.Line{Unit: solve.Bool, Max: 1, Step: 1}, form: formBool}, true
	case "date":
		return &ordered{Line: solve.Line{Unit: solve.Date, Min: firstDay, Max: lastDay, Step: 1}, form: formInt4}, true
	case "timestamp":
		return temporal(solve.Timestamp, formInt8)
	case "timestamptz":
		return temporal(solve.TimestampTZ, formInt8)
	case "time", "timetz":
		o, _ := temporal(solve.Time, formInt8)
		o.Min, o.Max = 0, day-1
		if typ.Name == "timetz" {
			o.form = formTimeTZ
		}
		return o, true
	case "interval":
		o := &ordered{Line: solve.Line{Unit: solve.Interval, Min: -100_000 * day, Max: 100_000 * day, Step: 1}, form: formInterval}
		o.Step = intervalStep(mod)
		return o, true
	}
	return nil, false
}

// intervalStep is the least unit that an interval's modifier lets through (src/include/utils/timestamp.h).
func intervalStep(mod int32) int64 {
	if mod < 0 {
		return 1
	}
	const secondBit, minuteBit, hourBit, dayBit, monthBit, yearBit = 1 << 12, 1 << 11, 1 << 10, 1 << 3, 1 << 1, 1 << 2
	fields, precision := mod>>16&0x7fff, mod&0xffff
	switch {
	case fields&secondBit != 0 || fields == 0x7fff:
		if precision < 6 {
			return wire.PowersOfTen[6-precision]
		}
		return 1
	case fields&minuteBit != 0:
		return minute
	case fields&hourBit != 0:
		return hour
	case fields&dayBit != 0:
		return day
	case fields&monthBit != 0:
		return 30 * day
	case fields&yearBit != 0:
		return 360 * day // the server, too, takes a month for thirty days
	}
	return 1
}

// numericLine is the line of numeric(p,s): as many digits as an int64 of ticks holds.
func numericLine(mod int32) *ordered {
	precision, scale := 1000, 4
	if mod >= 4 {
		precision = int((mod-4)>>16) & 0xffff
		scale = (int((mod-4)&0x7ff) ^ 1024) - 1024
	}
	display := scale
	if scale > 15 {
		// More decimals than ticks can count: leave the last ones zero.
		precision -= scale - 15
		scale = 15
	}
	high := int64(9e17)
	if precision < 18 {
		high = wire.PowersOfTen[max(0, precision)] - 1
	}
	return &ordered{Line: solve.Line{Scale: scale, Min: -high, Max: high, Step: 1}, form: formNumeric, display: display}
}

// makeOrdered makes ordered values.
func (b *builder) makeOrdered(o *ordered, w wish) (*source, error) {
	spans := o.All()
	if w.set.Spans != nil {
		spans = spans.Intersect(w.set.Spans)
		o.allowed = spans
	}
	if w.set.Step > 1 {
		o.Step = max(o.Step, w.set.Step)
	}
	if o.Step > 1 {
		spans = aligned(spans, o.Step)
	}
	if len(spans) == 0 {
		return nil, unfitf("no value of type %s satisfies the checks", w.typ.Formatted)
	}
	d := draw{spans: spans, step: o.Step}
	if strings.HasPrefix(w.typ.Name, "reg") && w.set.Spans == nil {
		if src := b.objects(o, w); src != nil {
			return src, nil
		}
	}
	switch {
	case w.draw != nil:
		d = *w.draw
		if d.spans == nil {
			d.spans = spans
		} else if d.spans = d.spans.Intersect(spans); len(d.spans) == 0 {
			return nil, unfitf("the values asked for do not satisfy the checks")
		}
		d.step = o.Step
	case o.Unit == solve.Bool:
		b.drawBool(&d, w)
	case o.Unit == solve.Enum:
		b.drawLabels(&d, o, w)
	case o.Unit == solve.Number:
		b.drawNumbers(&d, o, w)
	default:
		b.drawTimes(&d, o, w)
	}
	src := &source{
		maker: &scalar{o, d}, order: o, draw: &d, width: o.width(), from: w.meaning.Name,
		domain: &counted{o, spans, d.step}, rising: o.Unit == solve.Number && o.Scale == 0,
	}
	if o.Unit == solve.Number && (w.meaning.Name == "latitude" || w.meaning.Name == "longitude") && w.draw == nil && o.Scale > 0 {
		src.alone = &coordinate{ordered: o, draw: d, places: b.place(w.meaning.Group), latitude: w.meaning.Name == "latitude"}
	}
	// The domain begins with the usual values: positive numbers, recent dates.
	best := d.spans
	if src.rising && w.draw == nil {
		best = spans.Intersect(solve.Spans{{Low: 1, High: math.MaxInt64}})
		d.step = max(1, o.Step)
	}
	if len(best) > 0 && o.Unit != solve.Bool && o.Unit != solve.Enum {
		step := max(d.step, o.Step, 1)
		if o.Unit == solve.Timestamp || o.Unit == solve.TimestampTZ {
			step = max(step, second)
		}
		first := &counted{o, best, step}
		rest := &counted{o, best.Complement(spans), step}
		src.domain = first
		if rest.Size() > 0 {
			src.domain = &counted{o, slices.Concat(best, rest.spans), step}
		}
		src.block = first.Size()
	}
	return src, nil
}

// catalogs tells where the objects of the reg* types are.
var catalogs = map[string]string{
	"regproc": "pg_proc", "regprocedure": "pg_proc", "regoper": "pg_operator", "regoperator": "pg_operator", "regclass": "pg_class",
	"regtype": "pg_type", "regrole": "pg_roles", "regnamespace": "pg_namespace", "regconfig": "pg_ts_config",
	"regdictionary": "pg_ts_dict", "regcollation": "pg_collation",
}

// objects makes references to system objects that are there. nil if there is no server to name some.
func (b *builder) objects(o *ordered, w wish) *source {
	catalog := catalogs[w.typ.Name]
	rows, err := b.trials.query(b.ctx, "SELECT oid FROM pg_catalog."+catalog+" WHERE oid < 16384 ORDER BY oid LIMIT 5000", nil, nil, nil)
	if catalog == "" || err != nil || len(rows) == 0 {
		return nil
	}
	v := &values{}
	for _, row := range rows {
		v.list = append(v.list, row[0])
	}
	return &source{maker: v, domain: v, order: o, width: 4, from: "objects of " + catalog}
}

// aligned cuts spans to their first and last multiples of a step.
func aligned(spans solve.Spans, step int64) solve.Spans {
	var out solve.Spans
	for _, span := range spans {
		low := floorTo(span.Low, step)
		if low < span.Low {
			low += step
		}
		if high := floorTo(span.High, step); low <= high {
			out = append(out, solve.Span{Low: low, High: high})
		}
	}
	return out
}

func (b *builder) drawBool(d *draw, w wish) {
	if d.spans.Size() < 2 {
		return
	}
	share := w.meaning.True
	if w.meaning.Name == "" {
		switch w.preset {
		case "true":
			share = 0.85
		case "false":
			share = 0.15
		default:
			share = 0.5
		}
	}
	d.shape, d.list, d.shares = listed, []int64{1, 0}, []float64{share, 1}
}

// drawLabels makes the default of an enum the most frequent label, and those after it in their order.
func (b *builder) drawLabels(d *draw, o *ordered, w wish) {
	d.shape = listed
	for _, span := range d.spans {
		for tick := span.Low; tick <= span.High; tick++ {
			d.list = append(d.list, tick)
		}
	}
	if i := slices.Index(o.Labels, w.preset); i >= 0 {
		if at := slices.Index(d.list, int64(i)); at > 0 {
			d.list = append([]int64{int64(i)}, slices.Delete(d.list, at, at+1)...)
		}
	}
}

// ticksOf converts a number of the rules to ticks, cut to the line.
func ticksOf(o *ordered, f float64) int64 {
	f = math.Round(f * math.Pow10(o.Scale))
	return int64(math.Max(float64(o.Min), math.Min(float64(o.Max), f)))
}

func (b *builder) drawNumbers(d *draw, o *ordered, w wish) {
	m := w.meaning
	if len(m.Labels) > 0 {
		for _, label := range m.Labels {
			if f, err := strconv.ParseFloat(label, 64); err == nil {
				if tick := ticksOf(o, f); d.spans.Contains(tick) {
					d.list = append(d.list, tick)
				}
			}
		}
		if len(d.list) > 0 {
			d.shape = listed
			return
		}
	}
	whole := d.spans
	if m.Name != "" && m.High > m.Low {
		usual := d.spans.Intersect(solve.Spans{{Low: ticksOf(o, m.Low), High: ticksOf(o, m.High)}})
		if len(usual) > 0 {
			d.spans = usual
			b.shapeNumbers(d, o, m)
			return
		}
	}
	// Nothing is known: from 0 or the least value on, some thousand values.
	d.spans = comfortable(whole, ticksOf(o, 1000))
	if o.Scale > 0 && d.spans.Size() > uint64(ticksOf(o, 10)) {
		d.step = max(d.step, wire.PowersOfTen[min(18, max(0, o.Scale-2))]) // two decimals
	}
	d.spans = keepAligned(d.spans, &d.step)
}

// keepAligned drops a step that no value of the spans is a multiple of.
func keepAligned(spans solve.Spans, step *int64) solve.Spans {
	if *step > 1 {
		if cut := aligned(spans, *step); len(cut) > 0 {
			return cut
		}
		*step = 1
	}
	return spans
}

func (b *builder) shapeNumbers(d *draw, o *ordered, m meaning.Meaning) {
	power := math.Pow10(o.Scale)
	if o.Scale > m.Decimals {
		d.step = max(d.step, wire.PowersOfTen[min(18, o.Scale-m.Decimals)])
		d.spans = keepAligned(d.spans, &d.step)
	}
	low := d.spans[0].Low
	switch m.Shape {
	case meaning.LogNormal:
		d.shape, d.factor = logNormal, random.NewLogNormal(m.Sigma)
		d.origin = max(low, 0)
		d.median = math.Max(1, m.Median*power-float64(d.origin))
		if high := float64(d.spans[len(d.spans)-1].High); float64(d.origin)+d.median > high {
			d.shape = uniform
		}
	case meaning.Normal:
		d.shape, d.sigma, d.median = normal, m.Sigma*power, m.Median*power
	case meaning.Zipf:
		d.shape = zipf
		if d.step > 1 {
			d.shape = uniform
		}
	}
}

// comfortable cuts spans down to a part of some width near zero.
func comfortable(spans solve.Spans, width int64) solve.Spans {
	width = max(width, 10)
	if cut := spans.Intersect(solve.Spans{{Low: 0, High: width}}); len(cut) > 0 && cut.Size() > 1 {
		return cut
	}
	for _, span := range spans { // the first one above zero
		if span.Low >= 0 {
			high := span.High
			if uint64(high)-uint64(span.Low) > uint64(width) {
				high = span.Low + width
			}
			return solve.Spans{{Low: span.Low, High: high}}
		}
	}
	last := spans[len(spans)-1]
	if uint64(last.High)-uint64(last.Low) > uint64(width) {
		last.Low = last.High - width
	}
	return solve.Spans{last}
}

func (b *builder) drawTimes(d *draw, o *ordered, w wish) {
	m := w.meaning
	whole := d.spans
	var usual solve.Span
	switch o.Unit {
	case solve.Time:
		usual = solve.Span{Low: 6 * hour, High: 22 * hour}
		if m.Name == "opening-time" {
			usual = solve.Span{Low: int64(m.Low) * hour, High: int64(m.High) * hour}
		}
		d.step = max(d.step, 5*minute)
	case solve.Interval:
		usual = solve.Span{Low: minute, High: 2 * day}
		d.shape, d.origin, d.median, d.factor = logNormal, 0, float64(hour), random.NewLogNormal(1.2)
		d.step = max(d.step, minute)
		if o.Step > minute {
			usual, d.median = solve.Span{Low: o.Step, High: 400 * o.Step}, float64(20*o.Step)
		}
	default:
		low, high := -2*365.0, 0.0
		d.shape = recent
		if m.Name != "" && m.High > m.Low {
			low, high = m.Low, m.High
			if m.Shape == meaning.Uniform {
				d.shape = uniform
			}
		}
		usual = b.days(o, low, high)
		if o.Unit != solve.Date && (m.Life >= 60 || d.shape == uniform) {
			d.step = max(d.step, minute)
		}
	}
	if cut := d.spans.Intersect(solve.Spans{usual}); len(cut) > 0 {
		d.spans = cut
	} else {
		// The constraints want something unusual: stay near to what is usual.
		span := nearest(whole, usual)
		width := usual.High - usual.Low
		if span.Low > usual.High {
			span.High = min(span.High, span.Low+width)
			d.shape = uniform
		} else {
			span.Low = max(span.Low, span.High-width)
		}
		d.spans = solve.Spans{span}
		if o.Unit == solve.Interval {
			d.shape = uniform
		}
	}
	d.spans = keepAligned(d.spans, &d.step)
}

// days gives a span of days before and after the present on a line of dates or timestamps.
func (b *builder) days(o *ordered, low, high float64) solve.Span {
	from, to := b.present+int64(low*float64(day)), b.present+int64(high*float64(day))
	if high == 0 {
		to = b.present - minute // what has happened is past
	}
	if o.Unit == solve.Date {
		return solve.Span{Low: floorTo(from, day) / day, High: floorTo(to, day) / day}
	}
	return solve.Span{Low: from, High: to}
}

// nearest is the span that is nearest to another one.
func nearest(spans solve.Spans, to solve.Span) solve.Span {
	best, distance := spans[0], uint64(math.MaxUint64)
	for _, span := range spans {
		away := uint64(0)
		switch {
		case span.Low > to.High:
			away = uint64(span.Low) - uint64(to.High)
		case span.High < to.Low:
			away = uint64(to.Low) - uint64(span.High)
		}
		if away < distance {
			best, distance = span, away
		}
	}
	return best
}
