package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/schema/verify"
	"github.com/pgassay/pgassay/seed"
)

// outcome is what came of one file.
type outcome struct {
	File     string
	Tables   int // that can hold rows
	Filled   int
	Lost     int // tables of the file that this server could not make
	Failures []failure
	Notes    []string // what is no failure of seeding: statements that this server can't run, tables that can't hold rows
	Took     time.Duration
}

// failure is one thing that is not as it must be.
type failure struct {
	Table  string // or "" for the file as a whole
	Reason string
}

func (o outcome) whole() bool {
	return len(o.Failures) == 0 && o.Lost == 0 && o.Tables > 0 && o.Filled == o.Tables
}

func (o *outcome) fail(table, format string, args ...any) {
	o.Failures = append(o.Failures, failure{table, fmt.Sprintf(format, args...)})
}

// summary is what fits into a row: the first failure, and how many more there are.
func (o outcome) summary() string {
	const most = 110
	var parts []string
	if len(o.Failures) > 0 {
		first := o.Failures[0].String()
		if r := []rune(first); len(r) > most {
			first = string(r[:most-1]) + "…"
		}
		parts = append(parts, first)
	}
	if n := len(o.Failures) - 1; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	if o.Lost > 0 {
		parts = append(parts, fmt.Sprintf("%d not made", o.Lost))
	}
	if len(o.Notes) > 0 {
		parts = append(parts, "("+o.Notes[0]+")")
	}
	return strings.Join(parts, " ")
}

func (f failure) String() string {
	reason := strings.Join(strings.Fields(f.Reason), " ")
	if f.Table == "" {
		return reason
	}
	return f.Table + ": " + reason
}

// details lists all failures and notes, one per line.
func details(outcomes []outcome) string {
	var s strings.Builder
	for _, o := range outcomes {
		for _, f := range o.Failures {
			fmt.Fprintf(&s, "%s\t%s\n", o.File, f)
		}
		for _, note := range o.Notes {
			fmt.Fprintf(&s, "%s\tnote: %s\n", o.File, note)
		}
	}
	return s.String()
}

// measure does one file in a database of its own. Its error is one of the tool: what goes wrong with the file is in the
// outcome.
func measure(ctx context.Context, server *pgserver.Server, database, file string, opts options) (outcome, error) {
	o := outcome{File: filepath.Base(file)}
	dsn, err := server.CreateDatabase(ctx, database)
	if err != nil {
		return o, err
	}
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, opts.timeout)
	o, err = opts.one(limited, dsn, file, opts)
	cancel()
	o.Took = time.Since(start)
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	if err != nil || opts.keep {
		return o, err
	}
	return o, drop(ctx, server, database)
}

// drop removes a database, so that a long run needs no more disk than its largest file.
func drop(ctx context.Context, server *pgserver.Server, database string) error {
	conn, err := pgx.Connect(ctx, server.DSN())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{database}.Sanitize()+" WITH (FORCE)")
	return err
}

// try applies, fills and verifies.
func (o *outcome) try(ctx context.Context, config *pgx.ConnConfig, script string, opts options) {
	before, err := o.apply(ctx, config, script)
	if err != nil {
		o.fail("", "%s", err)
		return
	}
	rows, err := o.verify(ctx, config, before)
	if err != nil {
		o.fail("", "verify before: %s", err)
		return
	}
	broken := o.Failures // by the file's own rows
	o.Failures = nil
	for _, f := range broken {
		o.Notes = append(o.Notes, "before seeding: "+f.String())
	}
	o.Tables = len(rows)
	reasons := o.seed(ctx, config, rows, opts)
	after, err := load(ctx, config)
	if err != nil {
		o.fail("", "load after: %s", err)
		return
	}
	now, err := o.verify(ctx, config, after)
	if err != nil {
		o.fail("", "verify: %s", err)
		return
	}
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		switch reason := reasons[table]; {
		case now[table] > rows[table]:
			o.Filled++
		case reason == "" && rows[table] > 0 && reasons[""] == "":
			o.Filled++ // its own rows leave no room: its keys allow no more
		case reason != "":
			o.fail(table, "%s", reason)
		default:
			o.fail(table, "got no rows")
		}
	}
	if reason := reasons[""]; reason != "" && o.Filled == o.Tables {
		o.fail("", "%s", reason)
	}
	o.compare(before, after)
}

// apply runs the script and loads what it made.
func (o *outcome) apply(ctx context.Context, config *pgx.ConnConfig, script string) (*schema.Database, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	applied, err := schema.Apply(ctx, conn, script, schema.ApplyOptions{File: o.File, Tolerant: true})
	closeErr := conn.Close(ctx)
	if err != nil {
		return nil, err
	}
	if closeErr != nil {
		return nil, closeErr
	}
	o.Lost, o.Notes = skipped(applied.Skipped)
	return load(ctx, config)
}

// skipped counts the tables that could not be made, but not those that have a type of an extension that is missing here,
// and sums up for what reasons statements could not be run, each reason with an example.
func skipped(statements []schema.Skipped) (lost int, notes []string) {
	count := map[string]int{}
	first := map[string]schema.Skipped{}
	withoutExtension, typeless := false, 0
	for _, s := range statements {
		withoutExtension = withoutExtension || s.Missing == "extension"
		switch create := strings.HasPrefix(strings.ToUpper(s.Statement), "CREATE TABLE"); {
		case create && withoutExtension && strings.HasPrefix(s.Reason, "type "):
			typeless++
		case create:
			lost++
		}
		kind := s.Missing
		if kind == "" {
			kind = "other"
		}
		if count[kind]++; count[kind] == 1 {
			first[kind] = s
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		what := "not run for want of: " + kind
		if kind == "other" {
			what = "not run"
		}
		notes = append(notes, fmt.Sprintf("%d %s, line %d: %s", count[kind], what, first[kind].Line, first[kind].Reason))
	}
	if typeless > 0 {
		notes = slices.Insert(notes, 0, fmt.Sprintf("%d tables left out that need a type of an extension", typeless))
	}
	return lost, notes
}

func load(ctx context.Context, config *pgx.ConnConfig) (*schema.Database, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db, err := schema.Load(ctx, conn, schema.Options{})
	return db, errors.Join(err, conn.Close(ctx))
}

// verify checks all constraints and returns the rows of the tables that can hold some: partitioned tables without a
// partition can't.
func (o *outcome) verify(ctx context.Context, config *pgx.ConnConfig, db *schema.Database) (map[string]int64, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	found, err := verify.Run(ctx, conn, db)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return nil, err
	}
	for _, v := range found.Violations {
		o.fail("", "constraint broken: %s", v)
	}
	rows := map[string]int64{}
	for _, t := range found.Tables {
		if holdsRows(db, db.Table(t.Table)) {
			rows[t.Table] = t.Rows
		}
	}
	return rows, nil
}

// seed fills the tables the way the command does and returns why some were not, by table; what is about all of them is
// under "".
func (o *outcome) seed(ctx context.Context, config *pgx.ConnConfig, rows map[string]int64, opts options) map[string]string {
	seedOpts := seed.Options{Rows: opts.rows, Seed: 1, NullShare: -1, SkipUnfillable: true}
	for _, n := range rows {
		seedOpts.Append = seedOpts.Append || n > 0 // the file brings rows of its own
	}
	reasons := map[string]string{}
	plan, err := seed.Prepare(ctx, config, seedOpts)
	if err != nil {
		reasons[""] = err.Error()
		for table := range rows {
			reasons[table] = err.Error()
		}
		return reasons
	}
	unfillable := plan.Unfillable
	result, err := plan.Load(ctx)
	done := map[string]bool{}
	if result != nil {
		unfillable = append(unfillable, result.Unfillable...)
		for _, t := range result.Tables {
			done[t.Table] = true
		}
	}
	for _, u := range unfillable {
		reasons[u.Table] = strings.TrimSpace(fmt.Sprintf("%s%s %s", u.Column, u.Constraint, u.Definition)) + ": " + u.Reason
	}
	if err == nil {
		return reasons
	}
	reasons[""] = err.Error()
	for table := range rows {
		if reasons[table] == "" && !done[table] {
			reasons[table] = err.Error()
		}
	}
	return reasons
}

// compare notes what of the definitions is gone or no longer what it was.
func (o *outcome) compare(before, after *schema.Database) {
	now := definitions(after)
	then := definitions(before)
	for _, name := range slices.Sorted(maps.Keys(then)) {
		if got, ok := now[name]; !ok {
			o.fail("", "gone: %s %s", name, then[name])
		} else if got != then[name] {
			o.fail("", "changed: %s from %s to %s", name, then[name], got)
		}
	}
}

// definitions lists what seeding may take off and must put back.
func definitions(db *schema.Database) map[string]string {
	all := map[string]string{}
	for _, t := range db.Tables {
		name := t.QualifiedName()
		all[name] = fmt.Sprintf("unlogged=%t row_security=%v replica=%s", t.Unlogged, t.RowSecurity, t.Replica)
		for _, fk := range t.ForeignKeys {
			all[name+" foreign key "+fk.Name] = fmt.Sprintf("%s validated=%t", fk.Definition, fk.Validated)
		}
		for _, c := range t.Checks {
			all[name+" check "+c.Name] = fmt.Sprintf("%s validated=%t", c.Definition, c.Validated)
		}
		for _, k := range t.Uniques {
			all[name+" unique "+k.Name] = k.Definition
		}
		if t.PrimaryKey != nil {
			all[name+" primary key"] = t.PrimaryKey.Definition
		}
		for _, x := range t.Exclusions {
			all[name+" exclusion "+x.Name] = x.Definition
		}
		for _, x := range t.Indexes {
			all[name+" index "+x.Name] = fmt.Sprintf("%s valid=%t clustered=%t replica=%t constraint=%s", x.Definition, x.Valid, x.Clustered, x.ReplicaIdentity, x.Constraint)
		}
		for _, g := range t.Triggers {
			all[name+" trigger "+g.Name] = g.Definition + " " + g.Enabled
		}
	}
	return all
}
