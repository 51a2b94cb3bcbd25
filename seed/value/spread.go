package value

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// meaning gives the name under which the configuration can ask for what was inferred of a column; "" if there is none.
func (b *builder) meaning(pc *puzzleColumn) string {
	m := pc.wish.meaning
	named, ok := meaning.Named(m.Name, b.class(pc.typ))
	if !ok || pc.wish.fixed != nil || pc.wish.draw != nil {
		return ""
	}
	named.Group, named.Why, named.Null, named.Life = m.Group, m.Why, m.Null, m.Life
	if !reflect.DeepEqual(named, m) {
		return ""
	}
	return m.Name
}

// spread says how the values of a source are distributed, for people.
func (src *source) spread(distinct bool) string {
	switch {
	case distinct && src.rising && src.order != nil:
		return "counting up"
	case distinct:
		return ""
	case src.draw != nil && src.order != nil:
		return src.draw.describe(src.order)
	}
	switch m := src.maker.(type) {
	case *values:
		return m.describe()
	case *prose:
		return fmt.Sprintf("log-normal around %.0f characters", m.median)
	}
	return ""
}

// followed says, in place of a distribution, what decides on a column's values: another time of the row that they come
// after, or the columns that they are computed from. "" if nothing does.
func (a *assembly) followed(g *assembled, place int) string {
	c := &g.scenarios[0].cells[place]
	if c.fixed != nil {
		return ""
	}
	var from, after []string
	add := func(names *[]string, place int) {
		name := cmp.Or(a.puzzle.columns[g.names[place]].standsFor, g.names[place])
		if !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	for _, r := range c.results {
		if r.operator == "=" {
			r.value.eachColumn(func(place int) { add(&from, place) })
		}
	}
	for _, l := range c.limits {
		if l.temporal && l.operator != "<>" && l.operator != "=" && !l.others[0].later && c.gap.spans != nil {
			add(&after, int(l.others[0].place))
		}
	}
	switch {
	case len(from) > 0:
		return "computed from " + strings.Join(from, ", ")
	case len(after) > 0:
		return "after " + strings.Join(after, ", ")
	}
	return ""
}

// describe says how ticks are distributed.
func (d *draw) describe(o *ordered) string {
	write := func(tick int64) string { return string(o.appendShort(nil, tick)) }
	if d.shape == listed {
		labels := make([]string, len(d.list))
		for i, tick := range d.list {
			labels[i] = write(tick)
		}
		return shared(labels, d.shares, d.shares == nil)
	}
	low, high := d.spans[0].Low, d.spans[len(d.spans)-1].High
	if low == high {
		return "always " + write(low)
	}
	text := write(low) + " to " + write(high)
	middle := func(ticks float64) string { return write(int64(math.Round(ticks))) }
	switch d.shape {
	case logNormal:
		return text + ", log-normal around " + middle(float64(d.origin)+d.median)
	case normal:
		return text + ", normal around " + middle(d.median)
	case recent:
		return text + ", more of late"
	case zipf:
		return text + ", the low ones most"
	}
	return text
}

// describe says how often the values of a list come up.
func (v *values) describe() string {
	labels := make([]string, 0, len(v.list))
	for _, text := range v.list {
		for _, c := range text {
			if c < ' ' || c > '~' {
				return fmt.Sprintf("one of %d", len(v.list)) // not text, or not to be cut
			}
		}
		labels = append(labels, string(text))
	}
	return shared(labels, v.shares, v.skew)
}

// shared lists labels with their shares: the cumulative ones, or with skew Zipf's.
func shared(labels []string, cumulative []float64, skew bool) string {
	const most = 4
	var out []string
	for i, label := range labels {
		if i == most {
			out = append(out, "…")
			break
		}
		share := 1 / float64(len(labels))
		switch {
		case cumulative != nil:
			share = cumulative[i]
			if i > 0 {
				share -= cumulative[i-1]
			}
		case skew:
			share = math.Log(float64(i+2)/float64(i+1)) / math.Log(float64(len(labels)+1))
		}
		out = append(out, fmt.Sprintf("%s %.0f%%", label, 100*share))
	}
	return strings.Join(out, ", ")
}

// appendShort is appendText without needless zeros, and with a day in place of a moment.
func (o *ordered) appendShort(dst []byte, tick int64) []byte {
	switch o.Unit {
	case solve.Timestamp, solve.TimestampTZ:
		return clock(tick).AppendFormat(dst, "2006-01-02")
	case solve.Interval:
		return append(dst, units.Duration(clock(tick).Sub(clock(0)))...)
	case solve.Number:
		if o.Scale > 0 {
			dst = o.appendText(dst, tick)
			text := strings.TrimRight(string(dst), "0")
			return append(dst[:0], strings.TrimSuffix(text, ".")...)
		}
	}
	return o.appendText(dst, tick)
}
