package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
)

// backSteps is how many tables a foreign key is followed through until it comes back.
const backSteps = 8

// comesBack tells whether a foreign key that may be null has a unique key of its own table in it, whose values the
// referenced table takes from there: header (id, current) references revision (id, number), and revision (id) references
// header (id). Neither can have its values from the other then; the key of the table comes first.
func (l *layout) comesBack(key *schema.ForeignKey) bool {
	parent := l.plan.byName[key.ReferencedName()]
	if parent == nil || parent == l.table || key.MatchFull || !nullable(l.table.table, key) {
		return false
	}
	var own, referenced []string // columns that are never null, and what they reference
	for i, name := range key.Columns {
		if !l.table.table.Column(name).NotNull {
			continue
		}
		if slices.ContainsFunc(l.table.table.ForeignKeys, func(k *schema.ForeignKey) bool { return k != key && slices.Contains(k.Columns, name) }) {
			return false // another foreign key says what it is
		}
		own, referenced = append(own, name), append(referenced, key.ReferencedColumns[i])
	}
	if !uniqueWithin(l.table.table, own) {
		return false
	}
	return l.plan.refersTo(parent, referenced, l.table, own, backSteps)
}

// uniqueWithin tells whether some of the columns are a unique key of all rows.
func uniqueWithin(t *schema.Table, columns []string) bool {
	return slices.ContainsFunc(t.Indexes, func(index *schema.Index) bool {
		return index.Unique && index.Predicate == "" && len(index.Elements) > 0 &&
			!slices.ContainsFunc(index.Elements, func(e schema.IndexElement) bool { return e.Column == "" || !slices.Contains(columns, e.Column) })
	})
}

// refersTo tells whether foreign keys, as the schema has them, lead from columns of one table to columns of another.
func (p *Plan) refersTo(from *TablePlan, columns []string, to *TablePlan, target []string, steps int) bool {
	if steps == 0 {
		return false
	}
	for _, key := range from.table.ForeignKeys {
		if !containsAll(key.Columns, columns) {
			continue
		}
		next := make([]string, len(columns))
		for i, name := range columns {
			next[i] = key.ReferencedColumns[slices.Index(key.Columns, name)]
		}
		parent := p.byName[key.ReferencedName()]
		if parent == to && slices.Equal(next, target) || parent != nil && parent != from && p.refersTo(parent, next, to, target, steps-1) {
			return true
		}
	}
	return false
}
