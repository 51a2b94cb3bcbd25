package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
)

// unwind puts the tables of a circle of foreign keys in the order in which they are planned: each after those that it can't do
// without, as far as that goes. Keys that may be null give way first. Where that leaves a circle, tables come first that
// have keys which share columns with others: what these demand of the tables to come is promised to them, and those come next.
func (p *Plan) unwind(tables []*TablePlan) []*TablePlan {
	if len(tables) == 1 {
		return tables
	}
	open := slices.Clone(tables)
	ordered := make([]*TablePlan, 0, len(tables))
	waits := map[*TablePlan][]wait{}
	for _, t := range tables {
		waits[t] = p.waits(t, tables)
	}
	promised := map[*TablePlan]bool{}
	for len(open) > 0 {
		var next *TablePlan
		var best [6]int
		for _, t := range open {
			rank := rankOf(waits[t], open)
			if !promised[t] {
				rank[0] = 1
			}
			if next == nil || slices.Compare(rank[:], best[:]) < 0 {
				next, best = t, rank
			}
		}
		ordered = append(ordered, next)
		open = slices.DeleteFunc(open, func(t *TablePlan) bool { return t == next })
		for _, w := range waits[next] {
			promised[w.parent] = promised[w.parent] || w.must && w.promises && slices.Contains(open, w.parent)
		}
	}
	return ordered
}

// wait is a foreign key to another table of the circle.
type wait struct {
	parent *TablePlan
	must   bool // it can't be null
	// promises: it has several columns, and what it demands of the parent's rows is known here. stuck: it has several, and it is
	// not.
	promises, stuck bool
}

func (p *Plan) waits(t *TablePlan, circle []*TablePlan) []wait {
	var all []wait
	l := &layout{plan: p, table: t}
	for _, key := range t.table.ForeignKeys {
		parent := p.byName[key.ReferencedName()]
		if parent == t || !slices.Contains(circle, parent) || l.comesBack(key) {
			continue
		}
		w := wait{parent: parent, must: !nullable(t.table, key)}
		if len(key.Columns) > 1 {
			w.promises = l.knowsSome(key, parent)
			w.stuck = !w.promises
		}
		all = append(all, w)
	}
	return all
}

// knowsSome tells whether a column of a foreign key is in another one, or comes round to the table itself.
func (l *layout) knowsSome(key *schema.ForeignKey, parent *TablePlan) bool {
	for i, name := range key.Columns {
		if l.elsewhere(key, name) ||
			l.plan.refersTo(parent, key.ReferencedColumns[i:i+1], l.table, key.Columns[i:i+1], backSteps) {
			return true
		}
	}
	return false
}

// rankOf tells how well a table can be planned before the open ones: the less the better, the first difference counts. In
// turn: whether nothing is promised of it (for the caller to set), whether it must wait for one of them, how many keys promise
// something (less), how many are stuck, how many it must wait for, and how many it would like to.
func rankOf(waits []wait, open []*TablePlan) (rank [6]int) {
	for _, w := range waits {
		switch {
		case !slices.Contains(open, w.parent):
		case !w.must:
			rank[5]++
		default:
			rank[1] = 1
			rank[4]++
			if w.promises {
				rank[2]--
			}
			if w.stuck {
				rank[3]++
			}
		}
	}
	return rank
}

// lookAhead notes whether a foreign key refers to a table that is planned later. Of its columns, those that are a key of
// the table itself stay its own: header (id, current) references revision (header_id, number), whose header_id references
// header (id).
func (l *layout) lookAhead(ref *reference) {
	if ref.self || ref.parent.planned || nullable(l.table.table, ref.key) && !l.mirrored(ref.key) {
		return
	}
	ref.ahead = true
	for i, name := range ref.key.Columns {
		if !l.elsewhere(ref.key, name) && l.comesRound(ref, i) && uniqueWithin(l.table.table, []string{name}) {
			ref.own = append(ref.own, name)
		}
	}
}

// implied lists the foreign keys that follow from those to tables that are planned later: where such a table has a column
// from a third one that is planned, so has this table, and the search needs to know what from.
func (l *layout) implied() []*reference {
	var all []*reference
	known := map[string]bool{}
	for _, ref := range l.refs {
		for i, name := range ref.key.Columns {
			if len(ref.key.Columns) == 1 || !ref.ahead || known[name] || slices.Contains(ref.own, name) || slices.ContainsFunc(l.refs, func(r *reference) bool {
				return !r.ahead && slices.Contains(r.key.Columns, name)
			}) {
				continue
			}
			source, column := l.plan.origin(ref.parent, ref.key.ReferencedColumns[i], l.table, backSteps)
			if source == nil {
				continue
			}
			known[name] = true
			key := &schema.ForeignKey{
				Name: ref.key.Name + " by way of " + ref.parent.table.Name, Columns: []string{name}, ReferencedSchema: source.table.Schema,
				ReferencedTable: source.table.Name, ReferencedColumns: []string{column}, Definition: ref.key.Definition,
			}
			all = append(all, &reference{key: key, parent: source, source: source.source, counted: source.source.rows(), from: "foreign key to " + source.Table})
		}
	}
	return all
}

// origin follows a column of a table that is planned later by the schema's foreign keys to one of a table that is planned.
func (p *Plan) origin(from *TablePlan, column string, avoid *TablePlan, steps int) (*TablePlan, string) {
	if steps == 0 {
		return nil, ""
	}
	for _, key := range from.table.ForeignKeys {
		i := slices.Index(key.Columns, column)
		parent := p.byName[key.ReferencedName()]
		if i < 0 || parent == nil || parent == from || parent == avoid {
			continue
		}
		if parent.planned && parent.source.rows() > 0 {
			return parent, key.ReferencedColumns[i]
		}
		if !parent.planned {
			if source, name := p.origin(parent, key.ReferencedColumns[i], avoid, steps-1); source != nil {
				return source, name
			}
		}
	}
	return nil, ""
}

// comesRound tells whether the i-th of several columns of a foreign key is, by foreign keys of tables that are planned later, the column
// itself.
func (l *layout) comesRound(ref *reference, i int) bool {
	return ref.ahead && len(ref.key.Columns) > 1 && l.plan.refersTo(ref.parent, ref.key.ReferencedColumns[i:i+1], l.table, ref.key.Columns[i:i+1], backSteps)
}

// promises lists the columns of a foreign key to a table that is planned later whose values are known here first: that
// table's rows will have to have them.
func (l *layout) promises(a *atom) []string {
	if a.ref == nil || !a.ref.ahead {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.ref.key.Columns), func(name string) bool {
		return !slices.Contains(a.ref.own, name) && !slices.ContainsFunc(l.atoms, func(b *atom) bool { return b != a && slices.Contains(b.columns(), name) })
	})
}
