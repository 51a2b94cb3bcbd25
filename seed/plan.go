// Package seed fills a database with made-up rows that keep every constraint: it plans what to make (Prepare), then
// generates the rows and loads them through COPY (Load).
//
// A row is a pure function of the seed, the table and the row's number, and so is the row that its foreign keys point
// to: nothing is looked up and nothing is remembered, so that the data do not depend on the number of workers, on chunks,
// on shards or on where an interrupted run was taken up again.
package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/value"
)

// Plan is what will be made, and from what it was inferred.
type Plan struct {
	Version    int           `json:"version"`
	Database   string        `json:"database"`
	Tables     []*TablePlan  `json:"tables"` // each after those that it references, circles aside
	Rows       uint64        `json:"rows"`
	Bytes      int64         `json:"bytes"` // estimate of what will be sent
	Unfillable []*Unfillable `json:"unfillable"`
	Warnings   []string      `json:"warnings"`

	db     *schema.Database
	config *pgx.ConnConfig
	opts   Options
	byName map[string]*TablePlan // by qualified name
	said   map[*schema.Table]*config.Table
	// referenced has the columns that some foreign key references.
	referenced map[*TablePlan]map[string]bool
	problems   config.Problems // of the configuration
	journal    string          // the schema of the journal that a run which did not end has left, or ""
	// landing has, of foreign keys that the schema has to a partition, that partition.
	landing map[*schema.ForeignKey]*schema.Table
	closed  map[uint32]bool // partitions that no rows go to, by OID
	// unchecked has the foreign keys that let nobody insert rows.
	unchecked map[*schema.ForeignKey]unchecked
	again     bool // a table was asked for other rows than it had been planned with
}

// TablePlan is what will be made of one table.
type TablePlan struct {
	Table   string       `json:"table"`
	Rows    uint64       `json:"rows"`
	Bytes   int64        `json:"bytes"`         // estimate of what will be sent
	Why     string       `json:"why,omitempty"` // why so many rows, where the command line does not say it
	Columns []ColumnPlan `json:"columns"`

	lasting
	source   *source
	refs     []*reference
	supply   map[string]*reference // the foreign key that makes a column
	presence map[string]func(uint64) value.Presence
	planned  bool // in this round
	promised promises
	// conditions must hold besides the table's own CHECK constraints: rows must land in a partition, say.
	conditions []*schema.Check
	encoder    *encoder
}

// lasting is what stays of a table's plan where everything is planned once more.
type lasting struct {
	table     *schema.Table
	wished    bool              // its number of rows was asked for
	said      *config.Table     // what the configuration says of it, or nil
	first     uint64            // number of the first row
	next      map[string]uint64 // with rows that were there before: one more than the largest value of whole numbers
	start     uint64            // the rows that it is to have before it turns out how many it can
	asked     asked
	deaf      bool             // it can't be what it was asked to
	timid     bool             // it promises nothing for the sake of foreign keys that may be null, as that did not do
	lookups   []*TablePlan     // tables that functions in CHECK constraints may read
	functions []stagedFunction // functions that name the schemas of such tables
}

// ColumnPlan is how a column is filled.
type ColumnPlan struct {
	Name string `json:"name"`
	Type string `json:"type"`
	From string `json:"from"` // what it was inferred from

	Generator string  `json:"generator,omitempty"` // its name in a configuration; "" where there is none
	Nulls     float64 `json:"nulls"`               // share of nulls, from 0 to 1
	Spread    string  `json:"spread,omitempty"`    // how the values are distributed, in words
	Example   string  `json:"example,omitempty"`   // a value, as PostgreSQL writes it, where Options ask for it

	cast bool // sent as text that the server must turn into the type
}

// Prepare reads the schema and decides what rows to make. It changes nothing.
func Prepare(ctx context.Context, config *pgx.ConnConfig, opts Options) (*Plan, error) {
	conn, err := pgx.ConnectConfig(ctx, session(config))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer closeConn(ctx, conn)
	db, err := schema.Load(ctx, conn, schema.Options{})
	if err != nil {
		return nil, err
	}
	if opts.SchemaOnly {
		for _, t := range db.Tables {
			t.HasRows = t.Kind == schema.Foreign
		}
	}
	if opts.Resume || opts.sharded() {
		if err := recall(ctx, conn, db); err != nil {
			return nil, err
		}
	}
	if opts.Present.IsZero() {
		opts.Present = DefaultPresent
	}
	p := &Plan{
		Version: 1, Database: db.Name, Unfillable: []*Unfillable{}, Warnings: []string{},
		db: db, config: config, opts: opts, byName: map[string]*TablePlan{},
	}
	p.adopt()
	if err := p.configure(); err != nil {
		return nil, err
	}
	if err := p.chooseTables(ctx, conn); err != nil {
		return nil, err
	}
	if err := p.findLookups(ctx, conn); err != nil {
		return nil, err
	}
	if err := p.findUnchecked(ctx, conn); err != nil {
		return nil, err
	}
	trial, err := trialSession(ctx, config)
	if err != nil {
		return nil, err
	}
	defer closeConn(ctx, trial)
	if err := p.planTables(ctx, trial); err != nil {
		return nil, err
	}
	if err := p.misconfigured(); err != nil {
		return nil, err
	}
	if opts.Examples {
		return p, p.exemplify(ctx, trial)
	}
	return p, nil
}

func (p *Plan) noteReferenced() {
	p.referenced = map[*TablePlan]map[string]bool{}
	for _, t := range p.Tables {
		for _, key := range t.table.ForeignKeys {
			parent := p.byName[key.ReferencedName()]
			if parent == nil {
				continue
			}
			if p.referenced[parent] == nil {
				p.referenced[parent] = map[string]bool{}
			}
			for _, name := range key.ReferencedColumns {
				p.referenced[parent][name] = true
			}
		}
	}
}

// planTable works out how the columns of a table are filled.
func (p *Plan) planTable(ctx context.Context, trial *pgx.Conn, t *TablePlan) error {
	p.scale(t)
	t.planned = true
	wished := t.Rows
	if wished == 0 {
		return nil
	}
	l := &layout{plan: p, table: t}
	if t.table.Kind == schema.Partitioned {
		var err error
		if l.routing, err = readRouting(ctx, trial, p.db, t.table, p.closed); err != nil {
			return err
		}
		if l.routing.none {
			p.leaveUnrouted(l)
			return nil
		}
	}
	for {
		solution, err := p.attempt(ctx, trial, l)
		if err != nil {
			return err
		}
		if l.routing.optional && slices.ContainsFunc(l.unfillable, func(u *Unfillable) bool { return u.Constraint == partitionsName }) {
			l.routing.check, l.unfillable = nil, nil // the default partition takes everything
			continue
		}
		if solution != nil && len(solution.Relations) > 0 && len(l.relations) == 0 {
			l.relations, l.unfillable = solution.Relations, nil // lay it out once more, with them
			continue
		}
		if l.refuse(wished) || l.shrink(wished) {
			continue
		}
		if solution != nil && l.narrows(solution) {
			l.accept, l.unfillable = solution.Accept, nil // lay it out once more, with parents that will do
			continue
		}
		if len(l.unfillable) > 0 || l.rows == 0 {
			p.giveUp(l)
			return nil
		}
		t.take(l, solution)
		p.finish(t)
		if again, err := p.settleAgreement(ctx, trial, l, solution); err != nil {
			return err
		} else if again {
			continue
		}
		if len(l.unfillable) > 0 {
			if l.shrink(wished) {
				continue
			}
			p.giveUp(l)
			t.Columns, t.Bytes = []ColumnPlan{}, 0
			return nil
		}
		refused, err := p.rehearse(ctx, trial, t)
		if err != nil {
			return err
		}
		if refused != nil && refused.Constraint == partitionsName && l.routing.optional {
			l.routing.check = nil // the default partition takes everything
			continue
		}
		if refused != nil && l.demand(refused) {
			continue
		}
		if refused != nil {
			l.fail(refused)
			if l.refuse(wished) || l.shrink(wished) {
				continue
			}
			p.giveUp(l)
			t.Columns, t.Bytes = []ColumnPlan{}, 0
			return nil
		}
		break
	}
	if err := p.compute(ctx, trial, t); err != nil {
		return err
	}
	if t.Rows < wished {
		p.sayFewer(l, wished)
	}
	p.Rows += t.Rows
	p.Bytes += t.Bytes
	return nil
}

// leaveUnrouted leaves a partitioned table empty that has no partition to take rows. That is a fault only if it was asked for.
func (p *Plan) leaveUnrouted(l *layout) {
	t := l.table
	if t.wished {
		l.fail(&Unfillable{Table: t.Table, Reason: "it is partitioned and has no partition", Advice: "create a partition"})
		p.giveUp(l)
		return
	}
	p.Warnings = append(p.Warnings, t.Table+" has no partition that could take rows and is left out")
	t.Rows, t.source.made = 0, 0
}

// sayFewer says that a table gets fewer rows than wished, and why: as a fault of the configuration that names their number,
// else as a warning.
func (p *Plan) sayFewer(l *layout, wished uint64) {
	t, why := l.table, strings.Join(l.notes, "; ")
	got, all := units.Count(int64(t.Rows)), units.Count(int64(wished))
	if t.said != nil && t.said.Rows != nil && !t.wished {
		p.misfit(t.said.RowsAt, "table %s can't have %s rows, but at most %s: %s", t.Table, all, got, why)
		return
	}
	p.Warnings = append(p.Warnings, fmt.Sprintf("%s gets %s of %s rows: %s", t.Table, got, all, why))
}

// attempt lays a table out and has its other columns solved.
func (p *Plan) attempt(ctx context.Context, trial *pgx.Conn, l *layout) (*value.Solution, error) {
	t := l.table
	l.request = value.Request{
		Database: p.db, Table: l.asAsked(), Seed: p.opts.Seed, First: t.first, Rows: t.Rows, Present: p.opts.Present,
		Server: trial.PgConn(), NullShare: p.opts.NullShare, Overrides: t.overrides(),
	}
	if l.routing.check != nil { // a column of a key has values that land in a partition
		l.request.Table = withChecks(t.table, l.routing.check)
	}
	if err := l.run(ctx); err != nil || len(l.unfillable) > 0 || l.rows == 0 {
		return nil, err
	}
	request := l.request
	request.Rows = l.rows
	request.Given = map[string]value.Generator{}
	for _, d := range l.distinct {
		request.Distinct = append(request.Distinct, d.Distinct)
	}
	request.Table = withChecks(t.table, l.checks...)
	l.unknown = nil
	for name, g := range l.given {
		t.source.set(name, g)
		request.Given[name] = t.source.own(name)
		if request.Given[name] == nil {
			l.unknown = append(l.unknown, name)
		}
	}
	for _, ref := range l.refs {
		request.Parents = append(request.Parents, value.Parent{Key: ref.key, Row: ref.row, Column: ref.source.generator})
	}
	solution, err := value.Columns(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, u := range solution.Unsolved {
		l.unsolved(u)
	}
	for _, u := range solution.Demands {
		if !l.changes(u) {
			l.unsolved(u)
		}
	}
	return solution, nil
}

// withChecks is a table with further checks.
func withChecks(table *schema.Table, checks ...*schema.Check) *schema.Table {
	out := *table
	out.Checks = append(slices.Clone(table.Checks), checks...)
	return &out
}

// giveUp leaves a table empty. Those that need it follow.
func (p *Plan) giveUp(l *layout) {
	t := l.table
	t.Rows, t.source.made = 0, 0
	p.forgetPromises(t.table)
	p.release(t)
	if len(l.unfillable) == 0 && t.first > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s gets no more rows: %s", t.Table, strings.Join(l.notes, "; ")))
		return
	}
	if len(l.unfillable) == 0 {
		l.fail(&Unfillable{Table: t.Table, Reason: strings.Join(l.notes, "; "), Advice: "give the tables that it references rows"})
	}
	p.Unfillable = append(p.Unfillable, l.unfillable...)
}

// take makes a layout and a solution the table's plan.
func (t *TablePlan) take(l *layout, solution *value.Solution) {
	t.Rows, t.source.made = l.rows, l.rows
	t.Columns, t.Bytes = []ColumnPlan{}, 0
	t.presence = solution.Presence
	t.conditions = l.checks
	for _, ref := range l.refs {
		for _, name := range ref.nulls {
			if presence := solution.Presence[name]; presence != nil {
				ref.presence = append(ref.presence, presence)
			}
		}
	}
	for name, presence := range solution.Presence {
		if ref := t.supply[name]; l.given[name] != nil && (ref == nil || !slices.Contains(ref.nulls, name)) {
			t.source.set(name, &absent{t.source.columns[name].Generator, presence}) // those who look at it must see what is loaded
		}
	}
	for _, c := range t.table.Columns {
		if made, ok := solution.Columns[c.Name]; ok {
			t.source.set(c.Name, t.promised.keep(c.Name, made.Generator))
			t.Columns = append(t.Columns, ColumnPlan{
				Name: c.Name, Type: c.Type, From: made.From, Generator: made.Meaning, Nulls: made.Nulls, Spread: made.Spread, cast: made.Cast,
			})
			t.Bytes += int64((made.Width + 4) * float64(t.Rows))
		} else if l.given[c.Name] != nil {
			t.Columns = append(t.Columns, ColumnPlan{Name: c.Name, Type: c.Type, From: l.from[c.Name], Nulls: t.givenNulls(c.Name, l)})
			t.Bytes += int64(12 * t.Rows)
		}
	}
}

// rehearse tries rows of a table, if all of its generators are known by now.
func (p *Plan) rehearse(ctx context.Context, trial *pgx.Conn, t *TablePlan) (*Unfillable, error) {
	if !t.ready() {
		return nil, nil
	}
	return rehearse(ctx, trial, t)
}

// ready tells whether all of the table's generators are known.
func (t *TablePlan) ready() bool {
	return !slices.ContainsFunc(t.encoder.fields, func(f field) bool { return !ready(f.generator) })
}

// knows tells whether the generators of columns are known, and those of what generated ones among them are made of.
func (t *TablePlan) knows(columns []string) bool {
	all := slices.Clone(columns)
	for _, name := range columns {
		if c := t.table.Column(name); c != nil && c.Generated != "" { // no generated column is made of another one
			all = append(all, columnsIn(t.table, c.Generated)...)
		}
	}
	return !slices.ContainsFunc(all, func(name string) bool {
		at := slices.IndexFunc(t.Columns, func(c ColumnPlan) bool { return c.Name == name })
		return at >= 0 && !ready(t.encoder.fields[at].generator)
	})
}

// finish builds the encoder.
func (p *Plan) finish(t *TablePlan) {
	t.encoder = &encoder{}
	for _, c := range t.Columns {
		f := field{generator: t.source.columns[c.Name].Generator, presence: t.presence[c.Name]}
		f.remembers, _ = f.generator.(value.Rememberer)
		t.encoder.fields = append(t.encoder.fields, f)
	}
}

// columnNames lists the columns in the order in which they are sent.
func (t *TablePlan) columnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Run is Prepare and Load. Where the load fails, the result says what was loaded nevertheless.
func Run(ctx context.Context, config *pgx.ConnConfig, opts Options) (*Result, error) {
	p, err := Prepare(ctx, config, opts)
	if err != nil {
		return nil, err
	}
	return p.Load(ctx)
}
