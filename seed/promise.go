package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// promises are values that rows of a table must have, because rows of tables that were planned before refer to them by
// foreign keys that share these columns with others. By column, by row.
type promises map[string]map[uint64]promise

// promise is a value: that of a column of the table that refers to the row.
type promise struct {
	by     *reference // the foreign key by which it does
	values value.Generator
	row    uint64
}

// of tells whether something is promised of some of the columns.
func (p promises) of(columns []string) bool {
	return slices.ContainsFunc(columns, func(name string) bool { return len(p[name]) > 0 })
}

// value gives what is promised of a column in a row, if anything is and if it is known.
func (p promises) value(column string, row uint64) (v []byte, ok bool) {
	made, ok := p[column][row]
	if !ok || !ready(made.values) {
		return nil, false
	}
	v, null := made.values.Append([]byte{}, made.row)
	return v, !null
}

// keep lets a column have what is promised, and its own values elsewhere.
func (p promises) keep(column string, own value.Generator) value.Generator {
	if len(p[column]) == 0 {
		return own
	}
	return &kept{own, p, column}
}

type kept struct {
	value.Generator
	promised promises
	column   string
}

func (k *kept) ready(depth int) bool { return readyWithin(k.Generator, depth) }

// Append implements value.Generator.
func (k *kept) Append(dst []byte, row uint64) ([]byte, bool) { return k.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (k *kept) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	if v, ok := k.promised.value(k.column, row); ok {
		return append(dst, v...), false
	}
	return value.AppendWith(m, k.Generator, dst, row)
}

// promise notes what the rows that a foreign key picks must have in some of its columns, in place of what was noted of it
// before.
func (l *layout) promise(ref *reference, columns []string) func(row, parent uint64) {
	own := ref.key
	forget(ref.parent.promised, func(p promise) bool { return p.by.key == own })
	if ref.parent.promised == nil {
		ref.parent.promised = promises{}
	}
	values := make([]value.Generator, len(columns))
	referenced := make([]string, len(columns))
	for i, name := range columns {
		referenced[i] = own.ReferencedColumns[slices.Index(own.Columns, name)]
		values[i] = converted(l.plan.db, l.table.source.reserve(name), l.table.table.Column(name), ref.parent.table.Column(referenced[i]))
		if ref.parent.promised[referenced[i]] == nil {
			ref.parent.promised[referenced[i]] = map[uint64]promise{}
		}
	}
	return func(row, parent uint64) {
		for i, name := range referenced {
			if _, made := ref.parent.promised[name][parent]; !made {
				ref.parent.promised[name][parent] = promise{ref, values[i], row}
			}
		}
	}
}

// shrink tells whether a table that promised something for the sake of a foreign key that may be null can't be filled: it is
// laid out with null there, then.
func (l *layout) shrink(wished uint64) bool {
	if len(l.unfillable) == 0 || !slices.ContainsFunc(l.refs, func(r *reference) bool { return r.ahead && nullable(l.table.table, r.key) }) {
		return false
	}
	l.table.timid, l.unfillable, l.notes, l.rows, l.table.Rows = true, nil, nil, wished, wished
	l.plan.forgetPromises(l.table.table)
	return true
}

// release has everything planned once more without what was promised of a table that is given up, as far as those who did could
// do without.
func (p *Plan) release(t *TablePlan) {
	for _, by := range p.Tables {
		for _, ref := range by.refs {
			if ref.parent == t && ref.ahead && nullable(by.table, ref.key) && !by.timid {
				by.timid, p.again = true, true
			}
		}
	}
}

func forget(all promises, which func(promise) bool) {
	for _, rows := range all {
		for row, p := range rows {
			if which(p) {
				delete(rows, row)
			}
		}
	}
}

// forgetPromises drops what a table that is given up demanded of others.
func (p *Plan) forgetPromises(by *schema.Table) {
	for _, t := range p.Tables {
		forget(t.promised, func(made promise) bool {
			return slices.Contains(by.ForeignKeys, made.by.key)
		})
	}
}
