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

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
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
}

// TablePlan is what will be made of one table.
type TablePlan struct {
	Table   string       `json:"table"`
	Rows    uint64       `json:"rows"`
	Bytes   int64        `json:"bytes"`         // estimate of what will be sent
	Why     string       `json:"why,omitempty"` // why so many rows, where it was not asked for
	Columns []ColumnPlan `json:"columns"`

	table    *schema.Table
	first    uint64 // number of the first row
	source   *source
	refs     []*reference
	presence map[string]func(uint64) value.Presence
	encoder  *encoder
}

// ColumnPlan is how a column is filled.
type ColumnPlan struct {
	Name string `json:"name"`
	Type string `json:"type"`
	From string `json:"from"` // what it was inferred from
}

// Unfillable is a table for which no rows can be made.
type Unfillable struct {
	Table      string `json:"table"`
	Column     string `json:"column,omitempty"`
	Constraint string `json:"constraint,omitempty"`
	Definition string `json:"definition,omitempty"`
	Reason     string `json:"reason"`
	Advice     string `json:"advice"` // what to write in seed.yaml
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
	if opts.Present.IsZero() {
		opts.Present = DefaultPresent
	}
	p := &Plan{
		Version: 1, Database: db.Name, Unfillable: []*Unfillable{}, Warnings: []string{},
		db: db, config: config, opts: opts, byName: map[string]*TablePlan{},
	}
	if err := p.chooseTables(); err != nil {
		return nil, err
	}
	trial, err := trialSession(ctx, config)
	if err != nil {
		return nil, err
	}
	defer closeConn(ctx, trial)
	for _, t := range p.Tables {
		if err := p.planTable(ctx, trial, t); err != nil {
			return nil, fmt.Errorf("plan %s: %w", t.Table, err)
		}
	}
	for _, t := range p.Tables {
		p.finish(t)
	}
	return p, nil
}

// planTable works out how the columns of a table are filled.
func (p *Plan) planTable(ctx context.Context, trial *pgx.Conn, t *TablePlan) error {
	if t.Rows == 0 {
		return nil
	}
	t.references(p)
	request := value.Request{
		Database: p.db, Table: t.table, Seed: p.opts.Seed, First: t.first, Rows: t.Rows, Present: p.opts.Present,
		Server: trial.PgConn(), Given: map[string]value.Generator{}, NullShare: p.opts.NullShare,
	}
	for _, ref := range t.refs {
		for i, column := range ref.key.Columns {
			request.Given[column] = ref.column(i)
		}
		request.Parents = append(request.Parents, value.Parent{Key: ref.key, Row: ref.row, Column: ref.parent.generator})
	}
	request.Distinct = t.distinct()
	solution, err := value.Columns(ctx, request)
	if err != nil {
		return err
	}
	for _, u := range solution.Unsolved {
		p.Unfillable = append(p.Unfillable, &Unfillable{
			Table: t.Table, Column: u.Column, Constraint: u.Constraint, Definition: u.Definition, Reason: u.Reason, Advice: u.Advice,
		})
	}
	t.presence = solution.Presence
	for _, c := range t.table.Columns {
		if made, ok := solution.Columns[c.Name]; ok {
			t.source.set(c.Name, made.Generator)
			t.Columns = append(t.Columns, ColumnPlan{Name: c.Name, Type: c.Type, From: made.From})
			t.Bytes += int64((made.Width + 4) * float64(t.Rows))
		} else if ref := t.refOf(c.Name); ref != nil {
			t.Columns = append(t.Columns, ColumnPlan{Name: c.Name, Type: c.Type, From: ref.from})
			t.Bytes += int64(12 * t.Rows)
		}
	}
	p.Rows += t.Rows
	p.Bytes += t.Bytes
	return nil
}

// finish builds the encoder, once every table's generators are known.
func (p *Plan) finish(t *TablePlan) {
	t.encoder = &encoder{}
	for _, c := range t.Columns {
		f := field{generator: t.source.generator(c.Name), presence: t.presence[c.Name]}
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

func (t *TablePlan) refOf(column string) *reference {
	for _, ref := range t.refs {
		if slices.Contains(ref.key.Columns, column) {
			return ref
		}
	}
	return nil
}

// Run is Prepare and Load. Where the load fails, the result says what was loaded nevertheless.
func Run(ctx context.Context, config *pgx.ConnConfig, opts Options) (*Result, error) {
	p, err := Prepare(ctx, config, opts)
	if err != nil {
		return nil, err
	}
	return p.Load(ctx)
}
