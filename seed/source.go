package seed

import "github.com/pgassay/pgassay/seed/value"

// source is the rows of a table as others refer to them: how many there are, and what is in their columns. Rows are
// numbered from 0; with rows that were there before, those come after the ones that are being made.
type source struct {
	rows    uint64
	columns map[string]*later
}

// later is a generator that may not be known yet: foreign keys that make a circle refer to tables that are planned later.
type later struct{ value.Generator }

// ready tells whether the generator, and those that it asks in turn, are known.
func (l *later) ready() bool {
	if l.Generator == nil {
		return false
	}
	if d, ok := l.Generator.(interface{ ready() bool }); ok {
		return d.ready()
	}
	return true
}

// generator gives a column's generator, or nil if it is not known yet.
func (s *source) generator(column string) value.Generator {
	if g := s.columns[column]; g != nil && g.ready() {
		return g.Generator
	}
	return nil
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

func (s *source) set(column string, g value.Generator) { s.reserve(column).Generator = g }
