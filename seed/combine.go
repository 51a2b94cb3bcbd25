package seed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/random"
)

// free lets a foreign key point where it likes: to a skewed choice of parents, or in a table that references itself, to
// a row before.
func (l *layout) free(a *atom) {
	stream := l.random("→ " + a.name())
	if a.ref == nil {
		shuffle := permutation.New(a.size, stream.Key())
		a.pick = func(row uint64) (uint64, bool) { return shuffle.At(row % shuffle.Len()), true }
		return
	}
	if a.ref.parent == l.table {
		a.pick = tree(stream, l.table.first, nullable(l.table.table, a.ref.key), a.ref)
		a.ref.from = "foreign key to " + a.ref.parent.Table + ": a tree"
		return
	}
	shares, how := l.shares(a, stream, skew, 0)
	first := l.table.first
	a.pick = func(row uint64) (uint64, bool) {
		return shares.Parent(row - first), true
	}
	a.count(shares, first)
	a.ref.from = "foreign key to " + a.ref.parent.Table + ": " + how
}

// count notes a row's place among those of its parent.
func (a *atom) count(shares *allocation.Allocation, first uint64) {
	a.most = shares.Count(shares.Ranked(0)) + 1 // rounding may give the next one more
	a.place = func(row uint64) uint64 {
		_, place := shares.At(row - first)
		return place
	}
}

// skew is the exponent of the Zipf distribution of foreign keys about which nothing else is known.
const skew = 1.0

func (a *atom) name() string {
	if a.ref != nil {
		return a.ref.key.Name
	}
	return a.column
}

// tree gives every row but the first, and one in twenty of the others, a parent with a smaller number, or one that was there
// before. A root has none, or, where there must be one, one that was there before, or itself.
func tree(stream random.Stream, first uint64, optional bool, ref *reference) func(uint64) (uint64, bool) {
	return func(row uint64) (uint64, bool) {
		r := stream.At(row)
		root := row == first && ref.source.there == 0 || r.Below(20) == 0
		if root && (optional || ref.source.there == 0) {
			return row, !optional
		}
		return ref.before(row, first, &r)
	}
}

// combine makes a set of several atoms unique: row numbers are shuffled over the product of the atoms' sizes, taken
// apart as digits. With a foreign key among them, its parents get skewed shares of the rows, and a row's place among its
// parent's rows is shuffled over the product of the others.
func (l *layout) combine(c component) error {
	atoms := slices.SortedStableFunc(slices.Values(c.atoms), anchorFirst)
	product := uint64(1)
	for _, a := range atoms {
		product = allocation.Product(product, a.size)
	}
	if s := c.sets[0]; product < l.table.first+l.rows {
		if s.predicate != "" && !slices.ContainsFunc(columnsIn(l.table.table, s.predicate), func(name string) bool { return l.atomOf(name) != nil }) {
			l.avoid(&s, atoms)
			return nil
		}
		l.lower(product-min(product, l.table.first), "%s is unique and there are only %s", schema.Quote(s.name), joined(atoms))
	}
	if l.rows == 0 {
		return nil
	}
	stream := l.random("combination " + c.sets[0].name)
	anchor, rest := atoms[0], atoms[1:]
	if anchor.per != nil && l.table.first > 0 {
		l.plan.misfit(anchor.per.Line, "rows_per %s: with --append the rows that are there would have to be counted, as %s is unique: say how many rows", anchor.per.Parent, schema.Quote(c.sets[0].name))
	}
	if anchor.ref == nil || l.table.first > 0 {
		l.digits(atoms, permutation.New(min(product, 1<<62), stream.Key()))
		return nil
	}
	others := uint64(1)
	for _, a := range rest {
		others = allocation.Product(others, a.size)
	}
	if anchor.per != nil && anchor.per.Range.High > others {
		l.plan.misfit(anchor.per.Line, "rows_per %s: %s rows each can't be, as %s is unique and there are only %s", anchor.per.Parent, anchor.per.Range, schema.Quote(c.sets[0].name), joined(rest))
		anchor.per = nil
	}
	shares, how := l.shares(anchor, stream, skew/2, others)
	anchor.pick = func(row uint64) (uint64, bool) {
		return shares.Parent(row), true
	}
	anchor.count(shares, 0)
	anchor.ref.from = fmt.Sprintf("foreign key to %s: unique with %s", anchor.ref.parent.Table, names(rest))
	if how != "Zipf" {
		anchor.ref.from += ", " + how
	}
	divisor := uint64(1)
	inOrder := len(rest) == 1 && rest[0].ref == nil && ordinal(rest[0].column)
	for _, a := range rest {
		scale, size := divisor, a.size
		a.pick = func(row uint64) (uint64, bool) {
			parent, place := shares.At(row)
			if !inOrder {
				// A permutation of its own for each parent.
				shuffle := permutation.New(others, stream.Key()+parent*0x9e3779b97f4a7c15)
				place = shuffle.At(place)
			}
			return place / scale % size, true
		}
		divisor = allocation.Product(divisor, a.size)
		l.explain(a, fmt.Sprintf("unique with %s", names(slices.DeleteFunc(slices.Clone(atoms), func(b *atom) bool { return b == a }))))
	}
	return nil
}

// anchorFirst orders atoms: the one that decides on the others, whose parents have a number of rows each, then foreign
// keys, and the larger before the smaller.
func anchorFirst(a, b *atom) int {
	before := func(a, b bool) int { // what has it comes first
		switch {
		case a == b:
			return 0
		case a:
			return -1
		}
		return 1
	}
	return cmp.Or(before(a.per != nil, b.per != nil), before(a.ref != nil, b.ref != nil), -cmp.Compare(a.size, b.size))
}

// avoid has no row fall under the predicate of a unique index for whose columns there are too few values.
func (l *layout) avoid(s *uniqueSet, atoms []*atom) {
	if !l.leave(s) {
		l.checks = append(l.checks, never(s))
	}
	for _, a := range atoms {
		if a.ref != nil {
			l.free(a)
		}
	}
	l.atoms = slices.DeleteFunc(l.atoms, func(a *atom) bool { return a.ref == nil && slices.Contains(atoms, a) })
}

// digits takes the shuffled row number apart.
func (l *layout) digits(atoms []*atom, shuffle permutation.Permutation) {
	divisor := uint64(1)
	for _, a := range atoms {
		scale, size := divisor, a.size
		a.pick = func(row uint64) (uint64, bool) { return shuffle.At(row) / scale % size, true }
		divisor = allocation.Product(divisor, a.size)
		l.explain(a, fmt.Sprintf("unique with %s", names(slices.DeleteFunc(slices.Clone(atoms), func(b *atom) bool { return b == a }))))
	}
}

// ordinal tells whether a column numbers the rows of its parent: its values then run from the first without gaps.
func ordinal(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"position", "ordinal", "sort", "rank", "seq", "number", "line", "index", "idx", "order", "version", "revision", "step", "page", "level", "pos"},
		func(word string) bool { return strings.Contains(name, word) })
}

func (l *layout) explain(a *atom, text string) {
	if a.ref != nil {
		a.ref.from = fmt.Sprintf("foreign key to %s: %s", a.ref.parent.Table, text)
		return
	}
	l.from[a.column] = text
}

func joined(atoms []*atom) string {
	texts := make([]string, len(atoms))
	for i, a := range atoms {
		texts[i] = a.String()
	}
	return strings.Join(texts, " × ")
}

func names(atoms []*atom) string {
	var all []string
	for _, a := range atoms {
		all = append(all, a.columns()...)
	}
	return strings.Join(all, ", ")
}
