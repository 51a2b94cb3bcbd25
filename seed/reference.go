package seed

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// reference is a foreign key: which row of the parent each row points to.
type reference struct {
	key     *schema.ForeignKey
	parent  *TablePlan
	source  *source  // the parent's rows
	self    bool     // the parent is the table itself
	counted uint64   // the number of the parent's rows when this was laid out
	allowed []uint64 // the parent's rows that constraints leave; nil: all
	fresh   bool     // only rows that are made are chosen, none that were there before
	ahead   bool     // the parent is planned later, since foreign keys go round in a circle, and there must be one
	own     []string // columns that are this table's own key, which the parent takes from here

	mark value.Mark
	// pick gives the parent's row (its number in source), or not ok where there is none: the root of a tree.
	pick func(row uint64) (parent uint64, ok bool)
	// nulls are the columns that are null where the key is; the others, which it shares, stay.
	nulls []string
	// wish tells in which rows the key is null although nothing demands it; nil: in none.
	wish      func(row uint64) bool
	nullShare float64 // in what share of the rows
	// presence has what CHECK constraints demand of the key's columns.
	presence []func(row uint64) value.Presence

	lost atomic.Bool // the parent's table could not be loaded, or which of its rows will do can't be known: the key is null
	from string      // explanation
}

// size is the number of parent's rows to choose from.
func (r *reference) size() uint64 {
	switch {
	case r.allowed != nil:
		return uint64(len(r.allowed))
	case r.fresh:
		return r.source.made
	}
	return r.source.rows()
}

// selfExisting is the index of the first row that was there before, for a table that references itself: it must fit into the
// four bytes of a choice, and is beyond the numbers of rows that are searched.
const selfExisting = math.MaxUint32 - 2*existingRows

// before chooses, in a table that references itself, among the rows that were there before, one time in four where there
// are some, and the rows from first that come before another one. It gives an index for at; not ok if there is nothing.
func (r *reference) before(row, first uint64, s *random.Source) (index uint64, ok bool) {
	there := r.source.there
	switch {
	case there > 0 && (row == first || s.Below(4) == 0):
		return selfExisting + s.Below(there), true
	case row > first:
		return first + s.Below(row-first), true
	}
	return 0, false
}

// at gives the i-th parent's row to choose from; for a table that references itself, the row itself.
func (r *reference) at(i uint64) uint64 {
	switch {
	case r.self && i >= selfExisting && i < selfExisting+r.source.there:
		return existing + i - selfExisting
	case r.self:
		return i
	case r.allowed != nil:
		return r.allowed[i]
	}
	return r.source.at(i)
}

// row gives the row of the parent that a row points to.
func (r *reference) row(m *value.Memory, row uint64) (parent uint64, null bool) {
	demanded := value.Free
	for _, presence := range r.presence {
		if p := presence(row); p != value.Free {
			demanded = p
		}
	}
	if demanded == value.Null || r.lost.Load() || demanded == value.Free && r.wish != nil && r.wish(row) {
		return 0, true
	}
	parent, ok := r.picked(m, row)
	if !ok && demanded == value.NotNull && r.self {
		if r.source.there > 0 && len(r.key.Columns) == 1 {
			return existing + row%r.source.there, false
		}
		return row, false // a root, where there must be a parent: itself
	}
	return parent, !ok
}

// picked is pick with the help of a memory.
func (r *reference) picked(m *value.Memory, row uint64) (parent uint64, ok bool) {
	if parent, ok = m.Recall(&r.mark, row); ok {
		return parent, true
	}
	if parent, ok = r.pick(row); ok {
		m.Remember(&r.mark, row, parent)
	}
	return parent, ok
}

// column gives the generator of one of the key's columns: that of the column it references, at the parent's row.
func (r *reference) column(db *schema.Database, table *schema.Table, name string) value.Generator {
	referenced := r.key.ReferencedColumns[slices.Index(r.key.Columns, name)]
	target := r.source.reserve(referenced)
	from, to := r.parent.table.Column(referenced), table.Column(name)
	return converted(db, &pointer{reference: r, target: target, stays: !slices.Contains(r.nulls, name)}, from, to)
}

// pointer is the generator of a foreign key's column.
type pointer struct {
	reference *reference
	target    *later
	stays     bool // has a value even where the key as a whole is null
}

// Unasked gives the values that the column has wherever it has one: what decides on whether it has one may ask for these.
func (p *pointer) Unasked() value.Generator {
	return &pointer{reference: p.reference, target: p.target, stays: true}
}

func (p *pointer) ready(depth int) bool {
	return p.reference.source.made == 0 || depth > 0 && readyWithin(p.target.Generator, depth-1)
}

// Append implements value.Generator.
func (p *pointer) Append(dst []byte, row uint64) ([]byte, bool) { return p.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (p *pointer) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	var parent uint64
	var null bool
	if p.stays {
		var ok bool
		parent, ok = p.reference.picked(m, row)
		null = !ok
	} else {
		parent, null = p.reference.row(m, row)
	}
	if null {
		return dst, true
	}
	return p.target.AppendWith(m, dst, parent)
}

// absent is a column that is null in the rows in which a CHECK constraint wants it to be.
type absent struct {
	value.Generator
	presence func(row uint64) value.Presence
}

func (a *absent) ready(depth int) bool { return readyWithin(a.Generator, depth) }

// Unasked gives the values that the column has wherever it has one.
func (a *absent) Unasked() value.Generator { return unasked(a.Generator) }

// Append implements value.Generator.
func (a *absent) Append(dst []byte, row uint64) ([]byte, bool) { return a.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (a *absent) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	if a.presence(row) == value.Null {
		return dst, true
	}
	return value.AppendWith(m, a.Generator, dst, row)
}

// nullable tells whether a foreign key can be null: MATCH SIMPLE needs one null column, MATCH FULL all of them.
func nullable(table *schema.Table, key *schema.ForeignKey) bool {
	may := func(name string) bool { return !table.Column(name).NotNull }
	if key.MatchFull {
		return !slices.ContainsFunc(key.Columns, func(name string) bool { return !may(name) })
	}
	return slices.ContainsFunc(key.Columns, may)
}
