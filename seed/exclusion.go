package seed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
	"github.com/pgassay/pgassay/seed/value/check"
)

// exclusion is an EXCLUDE constraint, or a key WITHOUT OVERLAPS, that is kept by giving rows slots: ranges that do not
// overlap, one after the other. Rows that differ in the columns compared with = may share a slot.
type exclusion struct {
	name   string
	slots  value.Slots
	anchor *schema.ForeignKey // its parents number their own slots; nil: every row has one of its own
}

// columns lists what the slots make.
func (e *exclusion) columns() []string {
	if e.slots.Column != "" {
		return []string{e.slots.Column}
	}
	return []string{e.slots.Lower, e.slots.Upper}
}

// exclusions finds out how each EXCLUDE constraint is kept: by slots, or by rows that all differ in what is compared with
// =, like a unique index.
func (l *layout) exclusions() (bySlots []*exclusion, bySet []uniqueSet) {
	table := l.table.table
	for _, x := range allExclusions(table) {
		set := uniqueSet{name: x.Name, predicate: x.Predicate}
		var slots []value.Slots
		for _, e := range x.Elements {
			switch e.Operator {
			case "=":
				set.add(table, e.Column, e.Expression)
			case "&&", "@>", "<@", "-|-":
				if s, ok := l.slotsOf(e); ok {
					slots = append(slots, s)
				}
			}
		}
		known := func(s value.Slots) *exclusion {
			i := slices.IndexFunc(bySlots, func(e *exclusion) bool { return slices.Equal(e.columns(), (&exclusion{slots: s}).columns()) })
			if i < 0 {
				return nil
			}
			return bySlots[i]
		}
		taken := func(s value.Slots) bool {
			return slices.ContainsFunc(bySlots, func(e *exclusion) bool {
				return slices.ContainsFunc((&exclusion{slots: s}).columns(), func(name string) bool { return slices.Contains(e.columns(), name) })
			})
		}
		switch {
		case slices.ContainsFunc(slots, func(s value.Slots) bool { return known(s) != nil }):
			e := known(slots[slices.IndexFunc(slots, func(s value.Slots) bool { return known(s) != nil })])
			if e.anchor != nil && !containsAll(set.columns, e.anchor.Columns) {
				e.anchor = nil // the same range is compared among other rows, too
			}
		case len(slots) > 0 && !taken(slots[0]):
			e := &exclusion{name: x.Name, slots: slots[0]}
			e.anchor = l.anchorOf(e, set)
			bySlots = append(bySlots, e)
		case len(set.columns) > 0:
			bySet = append(bySet, set)
		case set.predicate != "":
			l.checks = append(l.checks, never(&set))
		default:
			l.lower(1, "what EXCLUDE constraint %s compares is not understood: one row at most", schema.Quote(x.Name))
		}
	}
	return bySlots, bySet
}

// allExclusions lists a table's EXCLUDE constraints, keys WITHOUT OVERLAPS as what they are short for.
func allExclusions(table *schema.Table) []*schema.Exclusion {
	all := slices.Clone(table.Exclusions)
	for _, key := range append(slices.Clone(table.Uniques), table.PrimaryKey) {
		if key == nil || !key.WithoutOverlaps {
			continue
		}
		x := &schema.Exclusion{Name: key.Name}
		for i, name := range key.Columns {
			operator := "="
			if i == len(key.Columns)-1 {
				operator = "&&"
			}
			x.Elements = append(x.Elements, schema.ExclusionElement{Column: name, Operator: operator})
		}
		all = append(all, x)
	}
	return all
}

// slotsOf reads what an element of an EXCLUDE constraint compares: a column that can hold slots, or a range made of two
// columns, as in tstzrange(starts_at, ends_at).
func (l *layout) slotsOf(e schema.ExclusionElement) (value.Slots, bool) {
	table := l.table.table
	expression := e.Expression
	if c := table.Column(e.Column); c != nil {
		if c.Generated == "" {
			return value.Slots{Column: e.Column}, l.mayBeSlots(e.Column)
		}
		expression = c.Generated
	}
	x, err := check.Parse(expression)
	if err != nil {
		return value.Slots{}, false
	}
	for x.Kind == check.Cast {
		x = x.Args[0]
	}
	if x.Kind == check.Column {
		return value.Slots{Column: x.Name}, l.mayBeSlots(x.Name)
	}
	if x.Kind != check.Call || len(x.Args) < 2 || len(x.Args) > 3 {
		return value.Slots{}, false
	}
	lower, okLower := boundColumn(x.Args[0])
	upper, okUpper := boundColumn(x.Args[1])
	s := value.Slots{Lower: lower, Upper: upper}
	return s, okLower && okUpper && lower != upper && l.mayBeSlots(lower) && l.mayBeSlots(upper)
}

// boundColumn gives the column that is a bound of a range: plain, cast, or with something in its place where it is null.
func boundColumn(x *check.Expr) (string, bool) {
	for {
		switch {
		case x.Kind == check.Column:
			return x.Name, true
		case x.Kind == check.Cast, x.Kind == check.Call && x.Name == "coalesce" && len(x.Args) > 0:
			x = x.Args[0]
		default:
			return "", false
		}
	}
}

// mayBeSlots tells whether the layout is free to choose a column's values: no foreign key makes them, and no index looks
// at something else than the column itself.
func (l *layout) mayBeSlots(name string) bool {
	table := l.table.table
	c := table.Column(name)
	if c == nil || c.Generated != "" || slices.ContainsFunc(table.ForeignKeys, func(key *schema.ForeignKey) bool { return slices.Contains(key.Columns, name) }) {
		return false
	}
	return !slices.ContainsFunc(table.Indexes, func(index *schema.Index) bool {
		return index.Unique && slices.ContainsFunc(index.Elements, func(e schema.IndexElement) bool {
			return e.Column == "" && slices.Contains(columnsIn(table, e.Expression), name)
		})
	})
}

// anchorOf gives the foreign key whose parents can each number their own slots: it must be compared with =, and stand in
// every other set that the slots are to keep unique.
func (l *layout) anchorOf(e *exclusion, set uniqueSet) *schema.ForeignKey {
	for _, ref := range l.refs {
		if ref.parent == l.table || !containsAll(set.columns, ref.key.Columns) || l.table.first > 0 ||
			slices.ContainsFunc(ref.key.Columns, func(name string) bool { return !slices.Contains(set.plain, name) }) {
			continue
		}
		inAll := true
		for _, s := range uniqueSets(l.table.table) {
			holdsSlot := slices.ContainsFunc(e.columns(), func(name string) bool { return slices.Contains(s.columns, name) })
			inAll = inAll && (!holdsSlot || containsAll(s.columns, ref.key.Columns))
		}
		if inAll {
			return ref.key
		}
	}
	return nil
}

// slotted tells whether slots make a set unique.
func (l *layout) slotted(s *uniqueSet) bool {
	return s.simple() && slices.ContainsFunc(l.slots, func(e *exclusion) bool {
		return slices.ContainsFunc(e.columns(), func(name string) bool { return slices.Contains(s.columns, name) }) &&
			(e.anchor == nil || containsAll(s.columns, e.anchor.Columns))
	})
}

// giveSlots makes the columns of slots.
func (l *layout) giveSlots(ctx context.Context) error {
	for _, e := range l.slots {
		var err error
		if e.slots.After, err = l.lastBound(ctx, e.slots); err != nil {
			return err
		}
		slot, count := l.slotOf(e)
		ask := e.slots
		ask.Count = count
		domains, text, err := value.SlotsOf(ctx, l.request, ask)
		if err != nil {
			return fmt.Errorf("slots for %s: %w", schema.Quote(e.name), err)
		}
		if domains == nil {
			l.lower(1, "EXCLUDE constraint %s: %s: one row at most", schema.Quote(e.name), text)
			return nil
		}
		for _, name := range e.columns() {
			d := domains[name]
			if d.Size() < count {
				l.lower(d.Size(), "EXCLUDE constraint %s leaves room for %s", schema.Quote(e.name), counted(d.Size(), "value"))
				return nil
			}
			l.given[name] = &picked{domain: d, pick: func(row uint64) (uint64, bool) { return slot(row), true }}
			l.from[name] = text
		}
	}
	return nil
}

// slotOf gives the slot of each row, and how many there are: a row's place among those of the same parent, where the
// anchor's rows are counted, else its number.
func (l *layout) slotOf(e *exclusion) (slot func(row uint64) uint64, count uint64) {
	for _, a := range l.atoms {
		if e.anchor != nil && a.ref != nil && a.ref.key == e.anchor && a.place != nil {
			return a.place, a.most
		}
	}
	first := l.table.first
	if len(e.slots.After) == 0 {
		return func(row uint64) uint64 { return row }, first + l.rows
	}
	return func(row uint64) uint64 { return row - first }, l.rows
}

// lastBound asks for the greatest upper bound among the rows that are there already, which new slots must lie above.
func (l *layout) lastBound(ctx context.Context, s value.Slots) ([]byte, error) {
	if l.table.first == 0 || l.request.Server == nil {
		return nil, nil
	}
	expression := schema.Quote(s.Upper)
	if s.Column != "" {
		t := l.plan.db.BaseType(l.table.table.Column(s.Column).TypeOID)
		if t == nil || t.Kind != schema.RangeType && t.Kind != schema.MultirangeType {
			return nil, nil
		}
		expression = "upper(" + schema.Quote(s.Column) + ")"
	}
	result := l.request.Server.ExecParams(ctx, fmt.Sprintf("SELECT max(%s) FROM %s", expression, l.table.Table), nil, nil, nil, []int16{1}).Read()
	if pgErr := (*pgconn.PgError)(nil); result.Err != nil && !errors.As(result.Err, &pgErr) {
		return nil, result.Err
	}
	if result.Err != nil || len(result.Rows) == 0 {
		return nil, ctx.Err() // not allowed to read it: the load itself will tell
	}
	return result.Rows[0][0], nil
}
