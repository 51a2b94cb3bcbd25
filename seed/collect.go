package seed

import (
	"context"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// collect gathers the foreign keys that have to be made as atoms: each once, without those that another one brings about.
func (l *layout) collect(ctx context.Context) error {
	var keys []*schema.ForeignKey
	for _, key := range l.table.table.ForeignKeys {
		if !slices.ContainsFunc(keys, func(k *schema.ForeignKey) bool { return sameKey(k, key) }) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if l.comesBack(key) && !l.mirrored(key) {
			l.leaveNull(key, "null: its other columns are this table's own key, which "+key.ReferencedName()+" refers to")
		}
	}
	for _, key := range l.dropped {
		l.leaveNull(key, "null: it shares columns with other foreign keys, and goes round in a circle with them")
	}
	for _, key := range keys {
		if u, refused := l.plan.unchecked[key]; refused && !u.comesOff {
			l.uncheckable(key, u)
		}
	}
	for _, key := range keys {
		if u, refused := l.plan.unchecked[key]; refused && !u.comesOff {
			continue
		}
		parent := l.plan.byName[key.ReferencedName()]
		if parent == nil || parent != l.table && parent.source.rows() == 0 {
			l.without(key, parent)
			continue
		}
		if uncomputed(key, parent) {
			if nullable(l.table.table, key) {
				l.leaveNull(key, "null: what it references is generated, and not known")
			} else {
				l.fail(&Unfillable{
					Table: l.table.Table, Constraint: key.Name, Definition: key.Definition, Reason: "it references a generated column of " + key.ReferencedName() + " whose values are not known",
					Advice: "leave the table out: tables: {" + l.table.Table + ": skip}",
				})
			}
			continue
		}
		if l.isNull(key) {
			continue
		}
		if parent != l.table && leadsTo(parent, key.ReferencedColumns, l.table, key.Columns, nil, 16) {
			// The parent's columns are those of one of this table's rows: where every row has its own, as between a table and
			// its one-to-one extension, the key is kept by them.
			continue
		}
		ref := &reference{key: key, parent: parent, source: parent.source, counted: parent.source.rows(), self: parent == l.table, mark: value.NewMark(l.random("→ " + key.Name).Key()), from: "foreign key to " + parent.Table}
		if parent == l.table {
			ref.counted = 0 // as many as it gets
		}
		l.lookAhead(ref)
		l.refs = append(l.refs, ref)
	}
	l.refs = append(l.refs, l.implied()...)
	l.refs = slices.DeleteFunc(l.refs, func(r *reference) bool {
		return slices.ContainsFunc(l.refs, func(by *reference) bool { return by != r && l.brings(by, r) })
	})
	if per := l.table.per(); per != nil && !slices.ContainsFunc(l.refs, func(r *reference) bool { return sameKey(r.key, per.Key) }) {
		l.plan.misfit(per.Line, "rows_per %s: that foreign key of %s follows from another one: name the other one's table", per.Parent, l.table.Table)
	}
	l.contradict()
	if err := l.keepers(ctx); err != nil {
		return err
	}
	for _, ref := range l.refs {
		per := l.table.per()
		ref.fresh = per != nil && sameKey(per.Key, ref.key) && l.table.first > 0
		if err := l.filter(ctx, ref); err != nil {
			return err
		}
		a := &atom{ref: ref, size: ref.size()}
		if per != nil && sameKey(per.Key, ref.key) {
			a.per = per
			l.lower(per.Range.Total(a.size), "only %s may be referred to", a)
		}
		ref.pick = func(row uint64) (uint64, bool) {
			i, ok := a.pick(row)
			if !ok {
				return 0, false
			}
			return ref.at(i), true
		}
		ref.nulls = l.nullColumns(ref)
		ref.wish = l.nullWish(ref, a.per != nil)
		l.atoms = append(l.atoms, a)
	}
	return nil
}

func sameKey(a, b *schema.ForeignKey) bool {
	return a.ReferencedName() == b.ReferencedName() && slices.Equal(a.Columns, b.Columns) && slices.Equal(a.ReferencedColumns, b.ReferencedColumns)
}

// keptValues is how many values a column gets that rows share with those which they refer to: enough of each for some choice.
const keptValues = 8

// keepers makes atoms of the columns that a foreign key to the table itself maps to themselves and that no other foreign
// key makes: in (tenant, parent) references (tenant, id), parents must be sought among the rows of the same tenant. The same
// goes for columns that come round to themselves by way of tables that are planned later.
func (l *layout) keepers(ctx context.Context) error {
	for _, ref := range l.refs {
		for i, name := range ref.key.Columns {
			keeps := ref.parent == l.table && ref.key.ReferencedColumns[i] == name || l.comesRound(ref, i) && !slices.Contains(ref.own, name)
			if !keeps || l.atomOf(name) != nil {
				continue
			}
			if slices.ContainsFunc(l.refs, func(r *reference) bool {
				return r != ref && r.parent != l.table && slices.Contains(r.key.Columns, name) && !(r.ahead && l.comesRound(r, slices.Index(r.key.Columns, name)))
			}) {
				continue
			}
			d, err := l.domain(ctx, name)
			if err != nil {
				return err
			}
			if d != nil && d.Size() > 0 {
				l.atoms = append(l.atoms, &atom{column: name, domain: d, size: min(d.Size(), keptValues)})
			}
		}
	}
	// A key of nothing but such columns needs as many values as there are rows, in the last of them.
	for _, s := range uniqueSets(l.table.table, l.excluded...) {
		combinations := uint64(1)
		var last *atom
		for _, name := range s.columns {
			if last = l.atomOf(name); last == nil || last.ref != nil {
				last = nil
				break
			}
			combinations *= last.size
		}
		if last != nil && combinations < 2*l.rows {
			last.size = min(last.domain.Size(), 2*l.rows/(combinations/last.size)+1)
		}
	}
	return nil
}

// without deals with a foreign key whose table has no rows: it must be null.
func (l *layout) without(key *schema.ForeignKey, parent *TablePlan) {
	if nullable(l.table.table, key) {
		l.leaveNull(key, "null: "+key.ReferencedName()+" has no rows")
		return
	}
	reason, advice := "it references "+key.ReferencedName()+", which has no rows", "give that table rows"
	if parent == nil {
		reason, advice = "it references "+key.ReferencedName()+", which is not filled", "load it first"
	}
	l.fail(&Unfillable{Table: l.table.Table, Constraint: key.Name, Definition: key.Definition, Reason: reason, Advice: advice})
}

// leaveNull makes a foreign key null in every row.
func (l *layout) leaveNull(key *schema.ForeignKey, why string) {
	for _, name := range key.Columns {
		if !l.table.table.Column(name).NotNull {
			l.given[name] = nothing{}
			l.from[name] = why
		}
	}
}

// isNull tells whether a foreign key is null in every row since one of its columns is.
func (l *layout) isNull(key *schema.ForeignKey) bool {
	is := func(name string) bool { _, null := l.given[name].(nothing); return null }
	if key.MatchFull {
		return !slices.ContainsFunc(key.Columns, func(name string) bool { return !is(name) })
	}
	return slices.ContainsFunc(key.Columns, is)
}

// fail gives the table up.
func (l *layout) fail(u *Unfillable) {
	if !slices.ContainsFunc(l.unfillable, func(v *Unfillable) bool { return *v == *u }) {
		l.unfillable = append(l.unfillable, u)
	}
}

// unsolved gives the table up for a constraint that no values were found for.
func (l *layout) unsolved(u value.Unsolved) {
	l.fail(&Unfillable{
		Table: l.table.Table, Column: u.Column, Constraint: u.Constraint, Definition: u.Definition, Reason: u.Reason, Advice: u.Advice, Where: u.Where,
	})
}

// nothing is the generator of a column that is always null.
type nothing struct{}

// AlwaysNull tells the solver of constraints.
func (nothing) AlwaysNull() bool { return true }

// Append implements value.Generator.
func (nothing) Append(dst []byte, _ uint64) ([]byte, bool) { return dst, true }

// brings tells whether a foreign key is kept whenever another one is: tenant_id references tenants, and (tenant_id,
// user_id) references users, whose tenant_id references tenants.
func (l *layout) brings(by, key *reference) bool {
	if !containsAll(by.key.Columns, key.key.Columns) || by.parent == l.table {
		return false
	}
	if sameColumns := len(by.key.Columns) == len(key.key.Columns); sameColumns && l.brought(key, by) {
		// Each brings the other about: the first one stays.
		return slices.Index(l.refs, by) < slices.Index(l.refs, key) && l.brought(by, key)
	}
	return l.brought(by, key)
}

func (l *layout) brought(by, key *reference) bool {
	columns := make([]string, len(key.key.Columns))
	for i, name := range key.key.Columns {
		place := slices.Index(by.key.Columns, name)
		if place < 0 {
			return false
		}
		columns[i] = by.key.ReferencedColumns[place]
	}
	// Not by way of this table: what comes back to its own columns does not say what they are.
	return leadsTo(by.parent, columns, key.parent, key.key.ReferencedColumns, l.table, 16)
}

// leadsTo tells whether columns of a table are, by its foreign keys, certain columns of one row of another table, on a way
// that goes on from no row of a third one (nil: any).
func leadsTo(from *TablePlan, columns []string, to *TablePlan, target []string, avoid *TablePlan, depth int) bool {
	if from == to && slices.Equal(columns, target) {
		return true
	}
	if depth == 0 || from == avoid {
		return false
	}
	for _, ref := range from.refs {
		if ref.parent == from || !containsAll(ref.key.Columns, columns) || slices.ContainsFunc(columns, func(c string) bool { return from.supply[c] != ref || slices.Contains(ref.nulls, c) }) {
			continue
		}
		next := make([]string, len(columns))
		for i, name := range columns {
			next[i] = ref.key.ReferencedColumns[slices.Index(ref.key.Columns, name)]
		}
		if leadsTo(ref.parent, next, to, target, avoid, depth-1) {
			return true
		}
	}
	return false
}

// nullColumns lists the columns that are null where a foreign key is null: those that may be null, are in no other
// foreign key and are not referenced themselves.
func (l *layout) nullColumns(ref *reference) []string {
	if !nullable(l.table.table, ref.key) {
		return nil
	}
	var columns []string
	for _, name := range ref.key.Columns {
		shared := slices.ContainsFunc(l.refs, func(r *reference) bool { return r != ref && slices.Contains(r.key.Columns, name) })
		if !l.table.table.Column(name).NotNull && !shared && !l.plan.referenced[l.table][name] {
			columns = append(columns, name)
		}
	}
	if ref.key.MatchFull && len(columns) < len(ref.key.Columns) {
		return nil
	}
	return columns
}

// optionalShare is the share of nulls in foreign keys that may be null, unless the options say otherwise.
const optionalShare = 0.1

// nullWish decides in which rows an optional foreign key is null.
// Those of which every parent has a number of rows never are.
func (l *layout) nullWish(ref *reference, counted bool) func(uint64) bool {
	share := optionalShare
	if s := l.plan.opts.NullShare; s >= 0 {
		share = s
	}
	for _, said := range l.table.saidOf(ref) {
		if said.NullShare != nil {
			share = *said.NullShare
		}
	}
	if counted || len(ref.nulls) == 0 || share == 0 || ref.parent == l.table {
		return nil
	}
	for _, index := range l.table.table.Indexes {
		if index.Unique && (index.NullsNotDistinct || slices.ContainsFunc(index.Elements, func(e schema.IndexElement) bool { return e.Column == "" })) {
			for _, e := range index.Elements {
				if slices.Contains(ref.nulls, e.Column) || e.Column == "" && slices.ContainsFunc(columnsIn(l.table.table, e.Expression), func(c string) bool { return slices.Contains(ref.nulls, c) }) {
					return nil
				}
			}
		}
	}
	ref.nullShare = share
	stream := l.random("null " + ref.key.Name)
	return func(row uint64) bool {
		r := stream.At(row)
		return r.Float64() < share
	}
}

// give turns what was laid out into generators.
func (l *layout) give() {
	l.table.supply = map[string]*reference{}
	for _, a := range l.atoms {
		if a.ref == nil {
			l.given[a.column] = &picked{domain: a.domain, pick: func(row uint64) (uint64, bool) { return a.pick(row) }}
			if l.from[a.column] == "" {
				l.from[a.column] = "part of a key"
			}
			continue
		}
		for i, name := range a.ref.key.Columns {
			if a.ref.parent == l.table && a.ref.key.ReferencedColumns[i] == name {
				continue // the row's own value, which its parent shares
			}
			if slices.Contains(l.promises(a), name) {
				continue // the parent takes it from here
			}
			// Where foreign keys share a column, one that can't be null has the say: the search may leave any other one out.
			if s := l.table.supply[name]; s == nil || slices.Contains(s.nulls, name) && !slices.Contains(a.ref.nulls, name) || len(s.nulls) > 0 && len(a.ref.nulls) == 0 {
				l.table.supply[name] = a.ref
				l.given[name] = a.ref.column(l.plan.db, l.table.table, name)
				l.from[name] = a.ref.from
			}
		}
	}
	l.table.refs = l.refs
}

// picked is the generator of a column whose values are picked from a domain.
type picked struct {
	domain value.Domain
	pick   func(uint64) (uint64, bool)
}

// Append implements value.Generator.
func (p *picked) Append(dst []byte, row uint64) ([]byte, bool) {
	i, ok := p.pick(row)
	if !ok {
		return dst, true
	}
	return p.domain.Append(dst, i), false
}

// relationsOf lists the comparisons that tie atoms of a component together.
func (l *layout) relationsOf(c component) []value.Relation {
	var found []value.Relation
	for _, r := range l.relations {
		for _, a := range c.atoms {
			if slices.Contains(a.columns(), r.Left) || slices.Contains(a.columns(), r.Right) {
				found = append(found, r)
				break
			}
		}
	}
	return found
}
