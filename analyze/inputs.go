package analyze

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/nplusone"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/sqltext"
	"github.com/pgassay/pgassay/schema"
)

// Inputs reads SQL files and logs, analyses their statements on the database, and searches what the logs recorded for
// loops of statements. Without a database (config is nil) it judges the loops, and the plans that auto_explain logged.
func Inputs(ctx context.Context, config *pgx.ConnConfig, inputs []workload.Input, read workload.Options, opts Options) (*Result, error) {
	var tables *schema.Database
	var conn *pgx.Conn
	if config != nil {
		var err error
		if conn, err = pgx.ConnectConfig(ctx, config); err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		defer conn.Close(context.WithoutCancel(ctx))
		if tables, err = schema.Load(ctx, conn, schema.Options{}); err != nil && !errors.Is(err, schema.ErrNoTables) {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
	}
	loops := loopOptions(opts.Rules)
	loops.Schema = tables
	detector := nplusone.New(loops)
	read.Events = detector.Add
	w, err := workload.Read(ctx, inputs, read)
	if err != nil {
		return nil, err
	}
	result, err := runWorkload(ctx, config, w, opts)
	if err != nil {
		return nil, err
	}
	result.Warnings = append(readWarnings(w), result.Warnings...)
	for _, loop := range detector.Loops() {
		f := loop.Finding()
		if conn != nil {
			f.Table = qualified(tables, f.Table)
			proof, err := loop.Prove(ctx, conn, nil)
			switch {
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case err == nil:
				f.Proof = proof
			}
		}
		if !opts.Rules.Off[f.Rule] {
			result.Findings = append(result.Findings, f)
		}
	}
	result.finish(opts)
	return result, nil
}

// qualified is the full name of the table that a name in a statement means, or the name as it stands where the schema is
// not known or does not tell.
func qualified(tables *schema.Database, name string) string {
	if tables == nil || name == "" {
		return name
	}
	if t := tables.Table(name); t != nil {
		return t.QualifiedName()
	}
	return name
}

func runWorkload(ctx context.Context, config *pgx.ConnConfig, w *workload.Workload, opts Options) (*Result, error) {
	var statements []Statement
	result := &Result{Version: 1, Statements: []StatementResult{}, Findings: []Finding{}, Warnings: []string{}, showValues: opts.ShowValues}
	for _, s := range w.Statements {
		if config == nil {
			result.logged(s, opts)
			continue
		}
		statements = append(statements, fromWorkload(s))
	}
	if config == nil {
		j := judge{result: result, settings: opts.Rules}
		return result, j.run(ctx)
	}
	return Run(ctx, config, statements, opts)
}

// fromWorkload takes a statement with the values that it was executed with, if they are known in full.
func fromWorkload(s *workload.Statement) Statement {
	one := Statement{SQL: s.Text(), Name: s.Name, Source: s.Source, Count: s.Count, Total: s.TotalTime, Logged: s.Count > 0 || s.Errors > 0, statistics: s.Stats != nil}
	if len(s.Samples) == 0 {
		return one
	}
	one.Cut = s.Samples[0].Cut
	if p := loggedPlan(s); p != nil && p.Analyzed {
		one.Plan = p
	}
	for _, b := range s.Samples[0].Binds {
		if b.Cut {
			one.Binds = nil
			break
		}
		value := &b.Text
		if b.Null {
			value = nil
		}
		one.Binds = append(one.Binds, value)
	}
	return one
}

// logged files a statement by the plan that a log has of it, and leaves out one without.
func (r *Result) logged(s *workload.Statement, opts Options) {
	if p := loggedPlan(s); p != nil {
		explained := &explain.Result{Plan: p, Verdict: explain.Verdict{Level: explain.PlanOnly, Reason: "its plan is the log's"}}
		r.Statements = append(r.Statements, describe(fromWorkload(s), s.Fingerprint, explained, opts))
	}
}

// loggedPlan reads the plan that auto_explain logged of a statement's slowest execution, or returns nil.
func loggedPlan(s *workload.Statement) *plan.Plan {
	for _, l := range s.Plans {
		plans, err := plan.Parse(l.Text)
		if err != nil {
			continue
		}
		p := plans[0]
		if p.ExecutionMS == 0 && p.Analyzed {
			p.ExecutionMS = float64(l.Duration) / float64(time.Millisecond)
		}
		return p
	}
	return nil
}

// Statistics analyses the statements that pg_stat_statements has counted on the database's server.
func Statistics(ctx context.Context, config *pgx.ConnConfig, read workload.Options, opts Options) (*Result, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	var database string // the server's choice if none is named
	if err := conn.QueryRow(ctx, "SELECT current_database()").Scan(&database); err != nil {
		return nil, errors.Join(fmt.Errorf("ask for the database's name: %w", err), conn.Close(context.WithoutCancel(ctx)))
	}
	w, err := workload.StatStatements(ctx, conn, read)
	if closeErr := conn.Close(context.WithoutCancel(ctx)); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	all := len(w.Statements)
	w.Statements = slices.DeleteFunc(w.Statements, func(s *workload.Statement) bool { return s.Database != database })
	if others := all - len(w.Statements); others > 0 {
		w.Warnings = append(w.Warnings, fmt.Sprintf("%d statements of other databases are left out: connect to each of them", others))
	}
	result, err := runWorkload(ctx, config, w, opts)
	if err != nil {
		return nil, err
	}
	result.Warnings = append(readWarnings(w), result.Warnings...)
	result.finish(opts)
	return result, nil
}

// readWarnings says what was not read.
func readWarnings(w *workload.Workload) []string {
	warnings := append([]string{}, w.Warnings...)
	if w.Unread.Count > 0 {
		warnings = append(warnings, fmt.Sprintf("%d lines could not be read", w.Unread.Count))
	}
	if w.Dropped > 0 {
		warnings = append(warnings, fmt.Sprintf("the recorder dropped %d executions", w.Dropped))
	}
	if w.Left > 0 {
		warnings = append(warnings, fmt.Sprintf("%d statements with less time were left out", w.Left))
	}
	return warnings
}

// Plans judges plans that someone sends, without a database. Source names where they come from.
func Plans(ctx context.Context, plans []*plan.Plan, source string, opts Options) (*Result, error) {
	r := &Result{Version: 1, Statements: []StatementResult{}, Findings: []Finding{}, Warnings: []string{}, showValues: opts.ShowValues}
	for i, p := range plans {
		explained := &explain.Result{Plan: p, Verdict: explain.Verdict{Level: explain.PlanOnly, Reason: "its plan was given"}}
		where := source
		if len(plans) > 1 {
			where = fmt.Sprintf("%s, plan %d", source, i+1)
		}
		s := describe(Statement{SQL: p.QueryText, Source: where}, "", explained, opts)
		if p.QueryText != "" {
			s.Fingerprint = sqltext.Fingerprint(p.QueryText)
		}
		r.Statements = append(r.Statements, s)
	}
	j := judge{result: r, settings: opts.Rules}
	if err := j.run(ctx); err != nil {
		return nil, err
	}
	r.finish(opts)
	return r, nil
}
