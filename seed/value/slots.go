package value

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// Slots asks for values that do not overlap each other, as EXCLUDE … WITH && wants them.
type Slots struct {
	Column       string // of a range, multirange, network, geometric or array type; "": Lower and Upper
	Lower, Upper string // two columns of one type, the bounds of a range
	Count        uint64 // how many there are to be
	After        []byte // a bound, in binary form, above which the first range must begin; nil: anywhere
}

// SlotsOf gives the values of slot 0 and those after it, for each of the columns that it was asked for. There may be fewer
// slots than were asked for: the domains' size says so. They are nil if there is no such thing; the text then says why. An
// error is of the server alone.
func SlotsOf(ctx context.Context, r Request, s Slots) (map[string]Domain, string, error) {
	b := newBuilder(ctx, r)
	name := s.Column
	if name == "" {
		name = s.Lower
	}
	c := r.Table.Column(name)
	if c == nil {
		return nil, "there is no column " + name, nil
	}
	r.Distinct = append(r.Distinct[:len(r.Distinct):len(r.Distinct)], Distinct{Column: name})
	set, pc, err := b.columnSet(r, c)
	if err != nil {
		return nil, "", fmt.Errorf("column %s: %w", name, err)
	}
	src, w, err := b.domainSource(c, pc, set)
	var reason unfit
	if errors.As(err, &reason) {
		return nil, reason.reason, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("column %s: %w", name, err)
	}
	if s.Column == "" {
		return b.slotBounds(r, s, src)
	}
	switch d := src.domain.(type) {
	case nil:
		return nil, "values of type " + c.Type + " cannot be counted off", nil
	case *slots:
		return map[string]Domain{name: d.after(s)}, explain(src, w), nil
	case multirange:
		if inner, ok := d.domain.(*slots); ok {
			d.domain = inner.after(s)
		}
		return map[string]Domain{name: d}, explain(src, w), nil
	}
	return map[string]Domain{name: src.domain}, explain(src, w), nil
}

// after gives slots above a bound, so far apart that those which are asked for fill the usual time.
func (d *slots) after(s Slots) *slots {
	out := *d
	if tick, ok := d.tick(s.After); ok && tick >= out.first {
		out.count -= min(out.count, uint64(tick-out.first)/uint64(d.width+d.gap)+1)
		out.first = tick + d.gap
	}
	return &out
}

// slotBounds makes the two columns of a range's bounds. How long the ranges are is tried: the table's own constraints may
// want them to be whole days, or no longer than an hour.
func (b *builder) slotBounds(r Request, s Slots, src *source) (map[string]Domain, string, error) {
	p, err := b.newPuzzle(r)
	if err != nil {
		return nil, "", err
	}
	lower, upper := p.columns[s.Lower], p.columns[s.Upper]
	if lower == nil || upper == nil || lower.order == nil || upper.order == nil || src.draw == nil {
		return nil, fmt.Sprintf("%s and %s are not bounds that can be counted off", s.Lower, s.Upper), nil
	}
	if lower.order.form != upper.order.form || lower.order.Unit != upper.order.Unit || lower.order.Scale != upper.order.Scale {
		return nil, fmt.Sprintf("%s and %s have different types", s.Lower, s.Upper), nil
	}
	var checks []tableCheck
	for _, c := range p.checks {
		if len(c.columns) > 0 && c.sql != "" && containsAll([]string{s.Lower, s.Upper}, c.columns) {
			checks = append(checks, c)
		}
	}
	a := &assembly{builder: b, request: r, puzzle: p, out: &Solution{Columns: map[string]Column{}}}
	for _, width := range widths(src.order) {
		d := spread(src, width, s)
		if d == nil {
			continue
		}
		low, high := &slotBound{d, 0}, &slotBound{d, width}
		good, err := a.slotsPass(checks, map[string]Domain{s.Lower: low, s.Upper: high}, min(d.count, s.Count))
		if err != nil {
			return nil, "", err
		}
		if good {
			return map[string]Domain{s.Lower: low, s.Upper: high}, fmt.Sprintf("bounds of ranges that do not overlap, for EXCLUDE (%s to %s)", schema.Quote(s.Lower), schema.Quote(s.Upper)), nil
		}
	}
	return nil, fmt.Sprintf("no length of the range from %s to %s satisfies the checks", s.Lower, s.Upper), nil
}

// widths lists lengths of ranges, in ticks, the most usual first.
func widths(o *ordered) []int64 {
	switch o.Unit {
	case solve.Date:
		return []int64{7, 1, 2, 30, 90, 365}
	case solve.Timestamp, solve.TimestampTZ:
		return []int64{hour, 30 * minute, 15 * minute, day, 2 * hour, minute, 7 * day, 30 * day, 365 * day}
	case solve.Time:
		return []int64{15 * minute, minute, second}
	case solve.Enum, solve.Bool, solve.Interval:
		return nil
	}
	unit := max(o.Step, wire.PowersOfTen[min(max(o.Scale, 0), 18)])
	return []int64{9 * unit, 99 * unit, unit, 999 * unit}
}

// spread gives slots of a width, spread over the usual values of their lower bound, or beyond if these are too few.
func spread(src *source, width int64, s Slots) *slots {
	o := src.order
	unit := int64(1)
	if width >= minute && (o.Unit == solve.Timestamp || o.Unit == solve.TimestampTZ || o.Unit == solve.Time) {
		unit = minute
	}
	spans := src.draw.spans
	first, last := spans[0].Low, spans[len(spans)-1].High
	if tick, ok := o.tick(s.After); ok && tick >= first {
		first = tick + unit
	}
	if up := floorTo(first+width-1, max(unit, min(width, day))); up > first {
		first = up
	}
	gap := unit
	if last > first && s.Count > 0 {
		if room := (uint64(last) - uint64(first)) / s.Count; room > uint64(width+unit) {
			gap = min(int64(min(room, 1<<62))-width, 8*width)
		}
		gap = max(unit, floorTo(gap, unit))
	}
	if first > o.Max-width {
		return nil
	}
	return &slots{ordered: o, first: first, width: width, gap: gap, count: (uint64(o.Max-width)-uint64(first))/uint64(width+gap) + 1}
}

// slotsPass tries checks on some of the first count slots.
func (a *assembly) slotsPass(checks []tableCheck, domains map[string]Domain, count uint64) (bool, error) {
	if len(checks) == 0 || a.trials.server == nil || count == 0 {
		return true, nil
	}
	const most = 50
	n := min(count, most)
	tuples := map[string][][]byte{}
	for name, d := range domains {
		for i := range n {
			tuples[name] = append(tuples[name], d.Append(nil, i*(count-1)/max(1, n-1)))
		}
	}
	verdicts, err := a.judge(checks, make([]uint64, n), tuples)
	return err == nil && !slices.ContainsFunc(verdicts, func(v verdict) bool { return v.bad > 0 }), err
}

// slotBound is one bound of slots.
type slotBound struct {
	*slots
	offset int64
}

// Append implements Domain.
func (d *slotBound) Append(dst []byte, index uint64) []byte {
	return d.append(dst, d.first+int64(index)*(d.width+d.gap)+d.offset)
}
