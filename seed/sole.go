package seed

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/value"
)

// solve satisfies a set that one column can satisfy alone: a foreign key that is one to one, or a column with enough
// values of its own.
func (l *layout) solve(ctx context.Context, s *uniqueSet) error {
	if s.constant {
		l.lower(1-min(1, l.table.first), "unique index %s has no column: one row at most", schema.Quote(s.name))
		return nil
	}
	if l.settled(s) {
		return nil
	}
	if len(s.columns) == 1 {
		return l.single(ctx, s)
	}
	// A column that has more values than anybody will ask for does it alone; text and uuid first. A whole number beside
	// a foreign key is more likely a number within it: that is left to the combination.
	best, bestRank := "", 0
	for _, name := range s.columns {
		if l.atomOf(name) != nil || l.given[name] != nil || !s.tells(name, s.expressions[name]) {
			continue
		}
		d, err := l.domainIn(ctx, s, name)
		if err != nil {
			return err
		}
		if rank := l.rank(s, name, d); rank > bestRank {
			best, bestRank = name, rank
		}
	}
	switch {
	case !s.simple() && bestRank <= 3 && l.leave(s):
		return nil
	case best == "" && l.partial(s) && l.scarce(s) && l.leave(s):
		return nil
	case best == "":
		return nil
	}
	return l.differ(ctx, s, best)
}

// rank tells how well a column serves to make a set unique alone; 0: not at all.
func (l *layout) rank(s *uniqueSet, name string, d value.Domain) int {
	if d == nil || d.Size() < l.table.first+l.rows {
		return 0
	}
	combined := slices.ContainsFunc(s.columns, func(c string) bool { return c != name && l.atomOf(c) != nil })
	t := l.plan.db.Type(l.table.table.Column(name).TypeOID)
	switch {
	case t == nil:
		return 1
	case !l.keeps(s, name):
		return 2
	case t.Category == "S" || t.Category == "U":
		return 9
	case !combined && t.Category == "N":
		return 8
	case !combined:
		return 5
	case t.Category == "N" && !ordinal(name):
		return 4
	case t.Category == "D" && t.Name != "date" || len(s.expressions) > 0:
		return 3
	}
	return 0 // a number within a parent, a date: left to the combination
}

// leave leaves a set to agreement: rows are made as if it were not there, and those that break it get other parents or
// values. It tells whether it did.
func (l *layout) leave(s *uniqueSet) bool {
	if l.strict || l.rows > agreeRows || l.table.per() != nil || l.request.Server == nil {
		return false
	}
	l.loose = append(l.loose, *s)
	return true
}

// partial tells whether the predicate of a set reads something else than the set itself, so that a row can be kept out of it.
func (l *layout) partial(s *uniqueSet) bool {
	return slices.ContainsFunc(columnsIn(l.table.table, s.predicate), func(name string) bool { return !slices.Contains(s.columns, name) })
}

// scarce tells whether a set has not many more combinations than there are rows.
func (l *layout) scarce(s *uniqueSet) bool {
	combinations := uint64(1)
	var counted []*atom
	for _, name := range s.columns {
		size := uint64(value.Unlimited)
		if a := l.atomOf(name); a != nil && containsAll(s.columns, a.columns()) {
			if slices.Contains(counted, a) {
				continue
			}
			counted = append(counted, a)
			size = a.size
		} else if d := l.domains[name]; d != nil {
			size = d.Size()
		}
		combinations = allocation.Product(combinations, size)
	}
	return combinations < 4*(l.table.first+l.rows)
}

// single satisfies a set of one column.
func (l *layout) single(ctx context.Context, s *uniqueSet) error {
	name := s.columns[0]
	if s.yesOrNo() && s.predicate != "" && l.leave(s) {
		return nil
	}
	if s.yesOrNo() {
		if s.predicate != "" {
			l.checks = append(l.checks, never(s))
		} else {
			answers := uint64(2)
			if l.table.table.Column(name).NotNull && s.asksForNull() {
				answers = 1
			}
			l.lower(answers-min(answers, l.table.first), "unique index %s has room for %s", schema.Quote(s.name), counted(answers, "row"))
		}
		return nil
	}
	if a := l.atomOf(name); a != nil && a.ref != nil && len(a.ref.key.Columns) == 1 {
		if !l.partial(s) || a.sole || !l.leave(s) {
			l.oneToOne(a, s)
		}
		return nil
	} else if a != nil {
		return nil // part of a foreign key of several columns: left to the search
	}
	d, err := l.domainIn(ctx, s, name)
	if err != nil {
		return err
	}
	size := uint64(value.Unlimited)
	if d != nil {
		size = d.Size()
	}
	if need := l.table.first + l.rows; size < need {
		if s.predicate != "" && l.leave(s) {
			return nil
		}
		if s.predicate != "" {
			l.checks = append(l.checks, never(s))
			return nil
		}
		if l.table.table.Column(name).NotNull || s.notDistinct {
			l.lower(size-min(size, l.table.first), "%s is unique and has only %s", schema.Quote(name), counted(size, "value"))
		}
	}
	if !l.keeps(s, name) && l.leave(s) {
		return nil
	}
	return l.differ(ctx, s, name)
}

func counted(n uint64, thing string) string {
	if n == 1 {
		return "one " + thing
	}
	return units.Count(int64(min(n, math.MaxInt64))) + " " + thing + "s"
}

// never is a check that keeps every row out of a partial unique index.
func never(s *uniqueSet) *schema.Check {
	return &schema.Check{Name: s.name, Expression: "NOT (" + s.predicate + ")", Validated: true, Definition: "CHECK (NOT (" + s.predicate + "))"}
}

// differ makes a column of a set distinct in every row.
func (l *layout) differ(ctx context.Context, s *uniqueSet, name string) error {
	expressions := s.expressions[name]
	noNulls := s.notDistinct || len(s.columns) == 1 && s.fillsNull(l.table.table, name)
	for i := range l.distinct {
		if d := &l.distinct[i]; d.Column == name {
			d.NoNulls = d.NoNulls || noNulls
			d.read(l, s)
			for _, e := range expressions {
				if !slices.Contains(d.expressions, e) {
					d.expressions = append(d.expressions, e)
				}
			}
			return nil
		}
	}
	d := distinct{Distinct: value.Distinct{Column: name, First: l.table.next[name], NoNulls: noNulls}, expressions: slices.Clone(expressions)}
	d.read(l, s)
	if d.First == 0 || l.table.first <= takenRows { // of more rows it is enough to go on after the largest
		var err error
		if d.Except, err = l.takenValues(ctx, name); err != nil {
			return err
		}
	}
	l.distinct = append(l.distinct, d)
	return nil
}

// settled tells whether a set is satisfied already, because some column or foreign key in it differs in every row.
func (l *layout) settled(s *uniqueSet) bool {
	if s.constant || slices.ContainsFunc(l.checks, func(c *schema.Check) bool { return c.Name == s.name }) {
		return true
	}
	if slices.ContainsFunc(l.loose, func(other uniqueSet) bool { return other.name == s.name }) {
		return true
	}
	if l.slotted(s) {
		return true
	}
	for _, d := range l.distinct {
		if s.tells(d.Column, d.expressions) {
			return true
		}
	}
	return slices.ContainsFunc(l.atoms, func(a *atom) bool {
		return a.sole && containsAll(s.columns, a.columns()) && s.simple()
	})
}

// oneToOne lets every row point to another parent.
func (l *layout) oneToOne(a *atom, s *uniqueSet) {
	if a.sole {
		return
	}
	optional := nullable(l.table.table, a.ref.key) && !s.notDistinct
	if a.ref.parent == l.table { // a chain: every row but the first has one before it
		first := l.table.first
		a.sole = true
		a.pick = func(row uint64) (uint64, bool) { return row - 1, row > first }
		if !optional {
			a.pick = func(row uint64) (uint64, bool) { return row, true } // itself: there is nothing else
		}
		a.ref.from = "foreign key to " + a.ref.parent.Table + ": a chain"
		return
	}
	if a.per != nil && a.per.Range.High > 1 {
		l.plan.misfit(a.per.Line, "rows_per %s: %s rows each can't be, as %s is unique in %s", a.per.Parent, a.per.Range, strings.Join(a.columns(), ", "), l.table.Table)
		a.per = nil
	}
	if l.rows > a.size && !optional {
		l.lower(a.size, "%s is one to one with %s", schema.Quote(s.name), a)
	}
	shuffle, first := permutation.New(a.size, l.random("→ "+a.ref.key.Name).Key()), l.table.first
	spread := max(l.rows, a.size)
	slots := permutation.New(spread, l.random("slot "+a.ref.key.Name).Key())
	if spread == a.size {
		a.pick = func(row uint64) (uint64, bool) { return shuffle.At(row - first), true }
	} else {
		a.pick = func(row uint64) (uint64, bool) { i := slots.At(row - first); return i, i < shuffle.Len() }
	}
	a.sole = true
	a.ref.from = "foreign key to " + a.ref.parent.Table + ": one to one"
}
