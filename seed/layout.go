package seed

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// layout works out how the keys of one table are made: which columns must differ from row to row, which rows the foreign
// keys point to, and how unique sets of several columns come about. Where a wish for rows exceeds what the keys allow, it
// lowers it.
//
// What it chooses from are atoms: a foreign key is one (its values are the parent's rows), and so is a column with a
// small domain that is part of a key. Atoms that no two constraints tie together are computed from the row number;
// those that are tied together in more than one way are searched for row by row and kept (tabulate).
type layout struct {
	plan    *Plan
	table   *TablePlan
	request value.Request // for questions about single columns
	rows    uint64
	notes   []string // why there are fewer rows

	refs     []*reference
	atoms    []*atom
	distinct []value.Distinct
	disjoint []string
	given    map[string]value.Generator
	from     map[string]string // explanations of given columns
	checks   []*schema.Check   // more conditions for the values
	domains  map[string]value.Domain

	routing    routing
	relations  []value.Relation // comparisons between columns that are given
	unfillable []*Unfillable
}

// atom is a choice that a row makes: a parent's row, or a value of a small domain.
type atom struct {
	ref    *reference
	column string
	domain value.Domain
	size   uint64
	pick   func(row uint64) (index uint64, ok bool) // nil until it is laid out
	sole   bool                                     // differs in every row
}

func (a *atom) columns() []string {
	if a.ref != nil {
		return a.ref.key.Columns
	}
	return []string{a.column}
}

func (a *atom) String() string {
	if a.ref != nil {
		return fmt.Sprintf("%s rows of %s", units.Count(int64(a.size)), a.ref.parent.Table)
	}
	return fmt.Sprintf("%s values of %s", units.Count(int64(a.size)), schema.Quote(a.column))
}

// run lays the table out, again if that showed that there can only be fewer rows.
func (l *layout) run(ctx context.Context) error {
	l.rows = l.table.Rows
	l.domains = map[string]value.Domain{}
	for {
		rows := l.rows
		if err := l.once(ctx); err != nil || l.rows == rows || l.rows == 0 {
			return err
		}
	}
}

func (l *layout) once(ctx context.Context) error {
	l.given, l.from = map[string]value.Generator{}, map[string]string{}
	l.refs, l.atoms, l.distinct, l.disjoint, l.checks = nil, nil, nil, nil, nil
	l.table.source.made = l.rows
	if l.routing.check != nil && !l.suppliedWhole(l.routing.check) {
		l.checks = append(l.checks, l.routing.check)
	}
	if err := l.collect(ctx); err != nil {
		return err
	}
	sets := uniqueSets(l.table.table)
	for i := range sets {
		if err := l.solve(ctx, &sets[i]); err != nil {
			return err
		}
	}
	var open []uniqueSet // sets of several atoms
	for _, s := range sets {
		if !l.settled(&s) {
			open = append(open, s)
		}
	}
	for _, component := range l.components(open) {
		if err := l.layOut(ctx, component); err != nil {
			return err
		}
	}
	l.give()
	return nil
}

// suppliedWhole tells whether all columns of a condition belong to one foreign key, whose rows are filtered by it.
func (l *layout) suppliedWhole(c *schema.Check) bool {
	columns := columnsIn(l.table.table, c.Expression)
	return slices.ContainsFunc(l.table.table.ForeignKeys, func(key *schema.ForeignKey) bool { return containsAll(key.Columns, columns) })
}

// random gives the stream of something in the table.
func (l *layout) random(name string) random.Stream {
	return random.NewStream(l.plan.opts.Seed, l.table.Table, name)
}

// lower reduces the number of rows and says why.
func (l *layout) lower(rows uint64, format string, args ...any) {
	if rows >= l.rows {
		return
	}
	l.notes = append(l.notes, fmt.Sprintf(format, args...))
	l.rows = rows
}

// solve satisfies a set that one column can satisfy alone: a foreign key that is one to one, or a column with enough
// values of its own.
func (l *layout) solve(ctx context.Context, s *uniqueSet) error {
	if s.constant {
		l.lower(1, "unique index %s has no column: one row at most", schema.Quote(s.name))
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
		if l.atomOf(name) != nil || l.given[name] != nil {
			continue
		}
		d, err := l.domain(ctx, name)
		if err != nil {
			return err
		}
		if rank := l.rank(s, name, d); rank > bestRank {
			best, bestRank = name, rank
		}
	}
	if best != "" {
		l.differ(best, s.expressions[best])
	}
	return nil
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

// single satisfies a set of one column.
func (l *layout) single(ctx context.Context, s *uniqueSet) error {
	name := s.columns[0]
	if a := l.atomOf(name); a != nil && a.ref != nil && len(a.ref.key.Columns) == 1 {
		l.oneToOne(a, s)
		return nil
	} else if a != nil {
		return nil // part of a foreign key of several columns: left to the search
	}
	d, err := l.domain(ctx, name)
	if err != nil {
		return err
	}
	size := uint64(value.Unlimited)
	if d != nil {
		size = d.Size()
	}
	if need := l.table.first + l.rows; size < need {
		if s.predicate != "" {
			l.checks = append(l.checks, never(s))
			return nil
		}
		if l.table.table.Column(name).NotNull || s.notDistinct {
			l.lower(size-min(size, l.table.first), "%s is unique and has only %s", schema.Quote(name), counted(size, "value"))
		}
	}
	l.differ(name, s.expressions[name])
	return nil
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

// differ makes a column distinct in every row.
func (l *layout) differ(name string, expressions []string) {
	for i := range l.distinct {
		if d := &l.distinct[i]; d.Column == name {
			for _, e := range expressions {
				if !slices.Contains(d.Expressions, e) {
					d.Expressions = append(d.Expressions, e)
				}
			}
			return
		}
	}
	l.distinct = append(l.distinct, value.Distinct{Column: name, Expressions: slices.Clone(expressions), First: l.table.next[name]})
}

// settled tells whether a set is satisfied already, because some column or foreign key in it differs in every row.
func (l *layout) settled(s *uniqueSet) bool {
	if s.constant || slices.ContainsFunc(l.checks, func(c *schema.Check) bool { return c.Name == s.name }) {
		return true
	}
	for _, d := range l.distinct {
		if slices.Contains(s.columns, d.Column) && containsAll(d.Expressions, s.expressions[d.Column]) {
			return true
		}
	}
	return slices.ContainsFunc(l.atoms, func(a *atom) bool {
		return a.sole && containsAll(s.columns, a.columns()) && len(s.expressions) == 0
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

// domain gives the values that a column may have, or nil if they can't be counted off.
func (l *layout) domain(ctx context.Context, name string) (value.Domain, error) {
	if d, known := l.domains[name]; known {
		return d, nil
	}
	d, _, err := value.DomainOf(ctx, l.request, name, value.Bound{})
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", schema.Quote(name), err)
	}
	l.domains[name] = d
	return d, nil
}

// atomOf gives the atom that a column belongs to, foreign keys of fewer columns first.
func (l *layout) atomOf(column string) *atom {
	var best *atom
	for _, a := range l.atoms {
		if slices.Contains(a.columns(), column) && (best == nil || len(a.columns()) < len(best.columns())) {
			best = a
		}
	}
	return best
}

// component is atoms that constraints tie together.
type component struct {
	atoms []*atom
	sets  []uniqueSet
}

// components parts the atoms: two belong together if they share a column or stand in the same open set. Columns of open
// sets that are in no foreign key become atoms.
func (l *layout) components(open []uniqueSet) []component {
	for _, s := range open {
		for _, name := range s.columns {
			if d := l.domains[name]; l.atomOf(name) == nil && d != nil {
				l.atoms = append(l.atoms, &atom{column: name, domain: d, size: min(d.Size(), max(2*l.rows, 1000))})
			}
		}
	}
	group := make([]int, len(l.atoms))
	for i := range group {
		group[i] = i
	}
	join := func(columns []string) {
		first := -1
		for i, a := range l.atoms {
			if !slices.ContainsFunc(a.columns(), func(c string) bool { return slices.Contains(columns, c) }) {
				continue
			}
			if first < 0 {
				first = group[i]
			}
			for j, g := range group {
				if g == group[i] && g != first {
					group[j] = first
				}
			}
		}
	}
	for _, a := range l.atoms {
		join(a.columns())
	}
	for _, s := range open {
		join(s.columns)
	}
	byGroup := map[int]*component{}
	var order []int
	for i, a := range l.atoms {
		c := byGroup[group[i]]
		if c == nil {
			c = &component{}
			byGroup[group[i]] = c
			order = append(order, group[i])
		}
		c.atoms = append(c.atoms, a)
	}
	var all []component
	for _, g := range order {
		c := byGroup[g]
		for _, s := range open {
			if slices.ContainsFunc(c.atoms, func(a *atom) bool {
				return slices.ContainsFunc(a.columns(), func(name string) bool { return slices.Contains(s.columns, name) })
			}) {
				c.sets = append(c.sets, s)
			}
		}
		all = append(all, *c)
	}
	return all
}

// layOut decides how the atoms of one component are picked.
func (l *layout) layOut(ctx context.Context, c component) error {
	relations := l.relationsOf(c)
	shared := l.sharesColumns(c)
	switch {
	case len(c.atoms) == 1 && len(c.sets) == 0 && len(relations) == 0:
		if c.atoms[0].pick == nil {
			l.free(c.atoms[0])
		}
		return nil
	case !shared && len(c.sets) == 0 && len(relations) == 0:
		for _, a := range c.atoms {
			if a.pick == nil {
				l.free(a)
			}
		}
		return nil
	case !shared && len(c.sets) == 1 && len(relations) == 0 && l.whole(c) && !slices.ContainsFunc(c.atoms, func(a *atom) bool {
		return a.pick != nil || a.ref != nil && a.ref.parent == l.table
	}):
		return l.combine(c)
	}
	return l.tabulate(ctx, c, relations)
}

// sharesColumns tells whether two atoms have a column in common.
func (l *layout) sharesColumns(c component) bool {
	for i, a := range c.atoms {
		for _, b := range c.atoms[:i] {
			if slices.ContainsFunc(a.columns(), func(name string) bool { return slices.Contains(b.columns(), name) }) {
				return true
			}
		}
	}
	return false
}

// whole tells whether the component's only set has all columns of every atom, and nothing else.
func (l *layout) whole(c component) bool {
	s := c.sets[0]
	var columns []string
	for _, a := range c.atoms {
		if !containsAll(s.columns, a.columns()) {
			return false
		}
		columns = append(columns, a.columns()...)
	}
	return containsAll(columns, s.columns) && len(s.expressions) == 0
}

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
		a.pick = tree(stream, l.table.first, nullable(l.table.table, a.ref.key))
		a.ref.from = "foreign key to " + a.ref.parent.Table + ": a tree"
		return
	}
	popularity := random.NewStream(l.plan.opts.Seed, a.ref.parent.Table, "popularity").Key()
	shares := allocation.New(l.rows, a.size, allocation.Shape{Exponent: skew}, stream.Key(), popularity)
	first := l.table.first
	a.pick = func(row uint64) (uint64, bool) {
		return shares.Parent(row - first), true
	}
	a.ref.from = "foreign key to " + a.ref.parent.Table + ": Zipf"
}

// skew is the exponent of the Zipf distribution of foreign keys about which nothing else is known.
const skew = 1.0

func (a *atom) name() string {
	if a.ref != nil {
		return a.ref.key.Name
	}
	return a.column
}

// tree gives every row but the first, and one in twenty of the others, a parent with a smaller number. A root has none,
// or, where there must be one, itself.
func tree(stream random.Stream, first uint64, optional bool) func(uint64) (uint64, bool) {
	return func(row uint64) (uint64, bool) {
		r := stream.At(row)
		if row == first || r.Below(20) == 0 {
			return row, !optional
		}
		return first + r.Below(row-first), true
	}
}

// combine makes a set of several atoms unique: row numbers are shuffled over the product of the atoms' sizes, taken
// apart as digits. With a foreign key among them, its parents get skewed shares of the rows, and a row's place among its
// parent's rows is shuffled over the product of the others.
func (l *layout) combine(c component) error {
	atoms := slices.Clone(c.atoms)
	slices.SortStableFunc(atoms, func(a, b *atom) int {
		if (a.ref != nil) != (b.ref != nil) {
			if a.ref != nil {
				return -1
			}
			return 1
		}
		return -cmp.Compare(a.size, b.size)
	})
	product := uint64(1)
	for _, a := range atoms {
		product = allocation.Product(product, a.size)
	}
	if s := c.sets[0]; product < l.table.first+l.rows {
		if s.predicate != "" && !slices.ContainsFunc(columnsIn(l.table.table, s.predicate), func(name string) bool { return l.atomOf(name) != nil }) {
			l.checks = append(l.checks, never(&s))
			for _, a := range atoms {
				if a.ref != nil {
					l.free(a)
				}
			}
			l.atoms = slices.DeleteFunc(l.atoms, func(a *atom) bool { return a.ref == nil && slices.Contains(atoms, a) })
			return nil
		}
		l.lower(product-min(product, l.table.first), "%s is unique and there are only %s", schema.Quote(s.name), joined(atoms))
	}
	if l.rows == 0 {
		return nil
	}
	stream := l.random("combination " + c.sets[0].name)
	anchor, rest := atoms[0], atoms[1:]
	if anchor.ref == nil || l.table.first > 0 {
		l.digits(atoms, permutation.New(min(product, 1<<62), stream.Key()))
		return nil
	}
	others := uint64(1)
	for _, a := range rest {
		others = allocation.Product(others, a.size)
	}
	popularity := random.NewStream(l.plan.opts.Seed, anchor.ref.parent.Table, "popularity").Key()
	shares := allocation.New(l.rows, anchor.size, allocation.Shape{Exponent: skew / 2, Max: others}, stream.Key(), popularity)
	anchor.pick = func(row uint64) (uint64, bool) {
		return shares.Parent(row), true
	}
	anchor.ref.from = fmt.Sprintf("foreign key to %s: unique with %s", anchor.ref.parent.Table, names(rest))
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
