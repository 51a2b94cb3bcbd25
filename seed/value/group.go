package value

import (
	"bytes"
	"math"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// group is columns whose values depend on each other. Every row follows one scenario, in which each column follows those
// before it.
type group struct {
	stream    random.Stream
	mark      Mark
	names     []string
	scenarios []*scenario
	shares    []float64 // cumulative
	// pool, if there is one, has numbers of rows that are known to satisfy the constraints: a row takes the values of one
	// of them. With inOrder row n takes those of the nth.
	pool    []uint64
	inOrder bool
	first   uint64 // the row that takes those of the first one, with inOrder
	tuples  *tuplePool
}

type scenario struct {
	weight float64
	cells  []member // by place in names
	// What must hold of the given columns for a row to follow the scenario: relations of which each is a limit on the
	// column at its place, and pairs.
	limits []guardLimit
	pairs  []guardPair
	// asked is the scenario with the values that given columns have where they have one. Whether they do is for the scenario
	// to say, so that it must not be asked for in turn. nil: the scenario itself.
	asked *scenario
}

type guardLimit struct {
	place int
	limit
}

type guardPair struct {
	left, right int
	equal       bool
}

// member is a column in a scenario.
type member struct {
	stream  random.Stream
	mark    Mark
	nulls   float64 // share of nulls; 1 is always
	maker   maker
	alone   maker    // in place of maker, where no other column follows this one
	order   *ordered // nil: the type has no order
	draw    *draw    // of an ordered column
	fixed   Generator
	parent  *parentColumn     // fixed, where it is one
	guard   func([]byte) bool // whether a given value goes with the scenario; nil: any does
	limits  []limit
	results []result
	pairs   []pair
	join    *joined // a text that is put together from others; nil: it is not
	gap     draw    // how far from a bound, where a bound decides
}

// limit is a linear relation that a column obeys: factor × tick + the others + constant, compared to zero.
type limit struct {
	factor, constant int64
	operator         string
	soft             bool // given up where it leaves nothing
	temporal         bool // it says that a time is after another one
	others           []other
}

type other struct {
	place, factor int64
	later         bool       // not known yet: only its bounds count
	usual, all    solve.Span // its usual values, and all that it may have
}

// result is a comparison with arithmetic on columns that come before.
type result struct {
	operator string
	value    *arithmetic
	soft     bool // given up where the column can't have such a value
}

// pair is a column without order that this one equals or differs from.
type pair struct {
	place int
	equal bool
}

// virtual gives the row whose values a row takes.
func (g *group) virtual(row uint64) uint64 {
	if g.pool == nil {
		return row
	}
	if g.inOrder {
		return g.pool[(row-g.first)%uint64(len(g.pool))]
	}
	s := g.stream.At(^row)
	return g.pool[s.Below(uint64(len(g.pool)))]
}

// pick gives the scenario of a row.
func (g *group) pick(m *Memory, dst []byte, row uint64) *scenario {
	if len(g.scenarios) == 1 {
		return g.scenarios[0]
	}
	if i, ok := m.Recall(&g.mark, row); ok {
		return g.scenarios[i]
	}
	i := g.choose(m, dst, row)
	m.Remember(&g.mark, row, uint64(i))
	return g.scenarios[i]
}

// choose gives the number of the scenario of a row.
func (g *group) choose(m *Memory, dst []byte, row uint64) int {
	s := g.stream.At(row)
	u := s.Float64()
	at := 0
	for at < len(g.shares)-1 && u >= g.shares[at] {
		at++
	}
	for i := range len(g.scenarios) { // the next one that goes with the values that are given
		if next := (at + i) % len(g.scenarios); g.scenarios[next].allows(m, dst, row) {
			return next
		}
	}
	return at
}

func (sc *scenario) allows(m *Memory, dst []byte, row uint64) bool {
	if sc.asked != nil {
		return sc.asked.allows(m, dst, row)
	}
	for i := range sc.cells {
		c := &sc.cells[i]
		if c.guard == nil || c.fixed == nil || c.nulls == 1 {
			continue
		}
		if out, null := AppendWith(m, c.fixed, dst, row); !null && !c.guard(out[len(dst):]) {
			return false
		}
	}
	for i := range sc.limits {
		l := &sc.limits[i]
		tick, null := sc.tick(m, dst, l.place, row)
		if null {
			continue
		}
		b := bounds{low: math.MinInt64, high: math.MaxInt64}
		if sc.limit(m, &b, &l.limit, dst, row, false); tick < b.low || tick > b.high || b.excludes(tick) {
			return false
		}
	}
	for _, p := range sc.pairs {
		left, null := sc.append(m, dst, p.left, row)
		if null {
			continue
		}
		right, null := sc.append(m, left, p.right, row)
		if !null && bytes.Equal(left[len(dst):], right[len(left):]) != p.equal {
			return false
		}
	}
	return true
}

// groupColumn is the generator of one column of a group.
type groupColumn struct {
	*group
	place int
}

// Append implements Generator.
func (g *groupColumn) Append(dst []byte, row uint64) (out []byte, null bool) {
	return g.AppendWith(nil, dst, row)
}

// AppendWith implements Rememberer.
func (g *groupColumn) AppendWith(m *Memory, dst []byte, row uint64) (out []byte, null bool) {
	row = g.virtual(row)
	if g.tuples != nil {
		return g.tuples.append(dst, g.place, row)
	}
	return g.pick(m, dst, row).append(m, dst, g.place, row)
}

// presence tells whether a given column must be null in a row.
func (g *groupColumn) presence(row uint64) Presence {
	var scratch [64]byte
	c := &g.pick(nil, scratch[:0], row).cells[g.place]
	switch {
	case c.nulls == 1:
		return Null
	case c.nulls < 0:
		return NotNull
	}
	return Free
}

func (sc *scenario) append(m *Memory, dst []byte, place int, row uint64) (out []byte, null bool) {
	c := &sc.cells[place]
	switch {
	case c.join != nil:
		return c.join.put(m, dst, sc, c, row)
	case c.fixed != nil:
		if c.nulls == 1 {
			return dst, true
		}
		return AppendWith(m, c.fixed, dst, row)
	case c.nulls == 1, c.maker == nil: // a given one that is not known yet is taken to be null
		return dst, true
	case len(c.limits) > 0 || len(c.results) > 0:
		tick, null := sc.tick(m, dst, place, row)
		if null {
			return dst, true
		}
		return c.order.append(dst, tick), false
	}
	s := c.stream.At(row)
	if c.nulls > 0 && s.Chance(c.nulls) {
		return dst, true
	}
	if len(c.pairs) > 0 {
		return sc.paired(m, dst, c, row, s)
	}
	return c.maker.make(dst, row, s), false
}

// paired makes a value that equals or differs from those of other columns.
func (sc *scenario) paired(m *Memory, dst []byte, c *member, row uint64, s random.Source) (out []byte, null bool) {
	start := len(dst)
	for _, p := range c.pairs {
		if p.equal {
			if out, null := sc.append(m, dst, p.place, row); !null {
				return out, false
			}
		}
	}
	for try := 0; ; try++ {
		dst = c.maker.make(dst[:start], row, s)
		clash := false
		for _, p := range c.pairs {
			end := len(dst)
			with, null := sc.append(m, dst, p.place, row)
			clash = clash || !null && bytes.Equal(with[end:], dst[start:end])
		}
		if !clash || try > 20 {
			return dst, false
		}
		s = s.Split()
	}
}

// tick gives the tick of an ordered column in a row.
func (sc *scenario) tick(m *Memory, dst []byte, place int, row uint64) (tick int64, null bool) {
	c := &sc.cells[place]
	if c.nulls == 1 {
		return 0, true
	}
	if c.fixed != nil {
		return c.given(m, dst, row)
	}
	s := c.stream.At(row)
	if c.draw == nil || c.nulls > 0 && s.Chance(c.nulls) { // without a draw it is given, but not known yet
		return 0, true
	}
	if len(c.limits) == 0 && len(c.results) == 0 {
		return c.draw.ticks(s), false
	}
	if tick, ok := m.Recall(&c.mark, row); ok {
		return int64(tick), false
	}
	b := bounds{low: math.MinInt64, high: math.MaxInt64}
	for i := range c.limits {
		if c.limits[i].soft {
			continue
		}
		narrowed := b
		if sc.limit(m, &narrowed, &c.limits[i], dst, row, true); !c.leaves(&narrowed) {
			narrowed = b
			sc.limit(m, &narrowed, &c.limits[i], dst, row, false)
		}
		b = narrowed
	}
	for i := range c.results {
		wished := b
		if sc.result(m, &wished, c, &c.results[i], dst, row); !c.results[i].soft || c.takes(&wished) {
			b = wished
		}
	}
	for i := range c.limits {
		if c.limits[i].soft {
			wished := b
			if sc.limit(m, &wished, &c.limits[i], dst, row, false); c.leaves(&wished) {
				b = wished
			}
		}
	}
	tick = c.within(&b, s)
	m.Remember(&c.mark, row, uint64(tick))
	return tick, false
}

// given gives the tick of a column that somebody else makes.
func (c *member) given(m *Memory, dst []byte, row uint64) (tick int64, null bool) {
	if c.order == nil {
		return 0, true
	}
	if c.parent == nil {
		out, null := AppendWith(m, c.fixed, dst, row)
		if null {
			return 0, true
		}
		tick, ok := c.order.tick(out[len(dst):])
		return tick, !ok
	}
	at, null := c.parent.at(m, row)
	if null {
		return 0, true
	}
	if known, ok := m.recallParent(&c.mark, at); ok {
		return int64(known), false
	}
	out, null := AppendWith(m, c.parent.column, dst, at)
	if null {
		return 0, true
	}
	tick, ok := c.order.tick(out[len(dst):])
	if ok {
		m.rememberParent(&c.mark, at, uint64(tick))
	}
	return tick, !ok
}

// tuplePool is values of all columns of a group together that were tried and found good.
type tuplePool struct {
	rows   [][][]byte // nil is null
	stream random.Stream
}

func (p *tuplePool) append(dst []byte, place int, row uint64) (out []byte, null bool) {
	s := p.stream.At(row)
	v := p.rows[s.Below(uint64(len(p.rows)))][place]
	return append(dst, v...), v == nil
}
