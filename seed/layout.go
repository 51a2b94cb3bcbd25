package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// distinct is a column that must differ in every row, and the expressions over it that have to, too.
type distinct struct {
	value.Distinct
	expressions []string // such as lower(email)
}

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
	distinct []distinct
	slots    []*exclusion
	excluded []uniqueSet          // EXCLUDE constraints that are kept like unique indexes
	loose    []uniqueSet          // sets that are left to agreement
	strict   bool                 // leave none, as that did not do
	loosely  uint64               // how many rows kept everything before strict; 0: not tried
	dropped  []*schema.ForeignKey // are null, as their values are not known while they are needed
	refused  map[string]bool      // CHECK constraints that the server found broken, by name
	tries    int                  // how often agreement left some rows out
	given    map[string]value.Generator
	from     map[string]string                  // explanations of given columns
	checks   []*schema.Check                    // more conditions for the values
	accept   map[string]func(value []byte) bool // which values of foreign keys' columns go with the rest of a row
	unknown  []string                           // given columns whose values are not known while the others are solved: of the table's own rows
	domains  map[string]value.Domain
	leaves   map[string]value.Domain // of JSON documents, by the expressions that read them
	tuples   map[string]*takenTuples // by column names

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

	// place is a row's number among the rows of the same parent, where these are counted; most is how many one parent has.
	place func(row uint64) uint64
	most  uint64

	changed map[uint64]uint32 // rows that agreement has given another choice
	per     *config.Per       // how many rows each parent's row has; nil: not said
}

func (a *atom) columns() []string {
	if a.ref == nil {
		return []string{a.column}
	}
	if len(a.ref.own) == 0 {
		return a.ref.key.Columns
	}
	return slices.DeleteFunc(slices.Clone(a.ref.key.Columns), func(name string) bool { return slices.Contains(a.ref.own, name) })
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
	l.domains, l.leaves = map[string]value.Domain{}, map[string]value.Domain{}
	for {
		rows, dropped := l.rows, len(l.dropped)
		if err := l.once(ctx); err != nil || l.rows == rows && len(l.dropped) == dropped || l.rows == 0 {
			return err
		}
	}
}

func (l *layout) once(ctx context.Context) error {
	l.given, l.from = map[string]value.Generator{}, map[string]string{}
	l.refs, l.atoms, l.distinct, l.slots, l.checks, l.loose = nil, nil, nil, nil, nil, nil
	l.table.source.made = l.rows
	switch {
	case l.routing.check == nil:
	case !l.suppliedWhole(l.routing.check):
		l.checks = append(l.checks, l.routing.check)
	case l.routing.landsNowhere(): // the rows referred to land in a partition; none do without one
		l.checks = append(l.checks, there(columnsIn(l.table.table, l.routing.check.Expression)))
	}
	l.checks = append(l.checks, l.routing.own...)
	if !l.table.deaf {
		l.checks = append(l.checks, l.table.asked.checks()...)
	}
	if err := l.collect(ctx); err != nil {
		return err
	}
	l.slots, l.excluded = l.exclusions()
	sets := uniqueSets(l.table.table, l.excluded...)
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
	return l.giveSlots(ctx)
}

// there is a condition that columns are not null.
func there(columns []string) *schema.Check {
	tests := make([]string, len(columns))
	for i, name := range columns {
		tests[i] = schema.Quote(name) + " IS NOT NULL"
	}
	expression := strings.Join(tests, " AND ")
	return &schema.Check{Name: partitionsName, Expression: expression, Validated: true, Definition: "CHECK (" + expression + ")"}
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
