package seed

import "github.com/pgassay/pgassay/seed/value"

// source is the rows of a table as others refer to them. Rows that are being made have their row numbers; rows that were
// there before are numbered from existing on.
type source struct {
	first   uint64 // number of the first row that is made
	made    uint64 // how many are made
	there   uint64 // how many were there before and are known
	columns map[string]*later
}

// existing is the number of the first row that was there before.
const existing = 1 << 63

// rows is how many rows there are to choose from.
func (s *source) rows() uint64 { return s.made + s.there }

// at gives the number of the i-th row to choose from.
func (s *source) at(i uint64) uint64 {
	if i < s.made {
		return s.first + i
	}
	return existing + i - s.made
}

// later is a column's generator that may not be known yet, as foreign keys that make a circle refer to tables that are
// planned later, and beside it the values of the rows that were there before.
type later struct {
	value.Generator
	pool *pool
}

// Append implements value.Generator.
func (l *later) Append(dst []byte, row uint64) ([]byte, bool) { return l.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (l *later) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	if row >= existing {
		return l.pool.Append(dst, row-existing)
	}
	return value.AppendWith(m, l.Generator, dst, row)
}

func (l *later) ready(depth int) bool { return readyWithin(l.Generator, depth) }

// AlwaysNull tells whether the column has no value in any row.
func (l *later) AlwaysNull() bool {
	n, ok := l.Generator.(interface{ AlwaysNull() bool })
	return ok && l.pool == nil && n.AlwaysNull()
}

// Unasked gives the values that the column has wherever it has one.
func (l *later) Unasked() value.Generator { return &later{unasked(l.Generator), l.pool} }

func unasked(g value.Generator) value.Generator {
	if u, ok := g.(interface{ Unasked() value.Generator }); ok {
		return u.Unasked()
	}
	return g
}

// generator gives a column's generator, or nil if it is not known yet, or not known for the rows that were there before.
func (s *source) generator(column string) value.Generator {
	if g := s.columns[column]; g != nil && (s.made == 0 || ready(g.Generator)) && (s.there == 0 || g.pool != nil) {
		return g
	}
	return nil
}

// own gives the generator of a column for the rows that are made, or nil if it is not known yet.
func (s *source) own(column string) value.Generator {
	if g := s.columns[column]; g != nil && ready(g.Generator) {
		return g
	}
	return nil
}

// readyDepth is how many tables a value is followed through: foreign keys that go round in a circle make none.
const readyDepth = 64

// ready tells whether a generator, and those that it asks in turn, are known.
func ready(g value.Generator) bool { return readyWithin(g, readyDepth) }

func readyWithin(g value.Generator, depth int) bool {
	if g == nil {
		return false
	}
	d, asks := g.(interface{ ready(depth int) bool })
	return !asks || d.ready(depth)
}

// reserve gives the place where a column's generator will be.
func (s *source) reserve(column string) *later {
	if s.columns == nil {
		s.columns = map[string]*later{}
	}
	g := s.columns[column]
	if g == nil {
		g = &later{}
		s.columns[column] = g
	}
	return g
}

// set makes a column's generator known.
func (s *source) set(column string, g value.Generator) { s.reserve(column).Generator = g }

// pool is the values of a column in the rows that were there before.
type pool struct {
	data []byte
	ends []uint64 // where each value ends in data; the highest bit marks null
}

const poolNull = 1 << 63

// Append implements value.Generator.
func (p *pool) Append(dst []byte, row uint64) ([]byte, bool) {
	// Where foreign keys go round in a circle, a table may be given up after others have chosen among its rows.
	if p == nil || row >= uint64(len(p.ends)) || p.ends[row]&poolNull != 0 {
		return dst, true
	}
	start := uint64(0)
	if row > 0 {
		start = p.ends[row-1] &^ poolNull
	}
	return append(dst, p.data[start:p.ends[row]]...), false
}

// add appends a value; nil is null.
func (p *pool) add(b []byte) {
	p.data = append(p.data, b...)
	end := uint64(len(p.data))
	if b == nil {
		end |= poolNull
	}
	p.ends = append(p.ends, end)
}
