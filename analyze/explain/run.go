package explain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

// preparedName names the one statement that a session has prepared at a time.
const preparedName = "pgassay_statement"

// SQLSTATEs that the session reacts to.
const (
	queryCanceled    = "57014"
	lockNotAvailable = "55P03"
	readOnly         = "25006"
	unknownParameter = "42P18"
	diskFull         = "53400" // configuration_limit_exceeded: temp_file_limit
)

// run plans a statement that was looked through, and executes it if the verdict allows it.
func (s *Session) run(ctx context.Context, sql string, request Request, result *Result) error {
	err := s.prepare(ctx, sql, result)
	if err == nil {
		defer s.forget(ctx)
		err = s.bind(ctx, sql, request, result)
	}
	if err == nil && result.Verdict.Level == Run {
		err = s.execute(ctx, sql, result)
	}
	if result.volatile && result.Executed() {
		_ = s.Close(ctx) // whatever it left in the session goes with it
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && result.Plan == nil {
		result.Err = refused
		return nil
	}
	return err
}

// prepare has the server parse the statement: it refuses more than one, and says the parameters' types.
func (s *Session) prepare(ctx context.Context, sql string, result *Result) error {
	return s.transaction(ctx, false, func() error {
		description, err := s.conn.PgConn().Prepare(ctx, preparedName, sql, nil)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == unknownParameter {
			return errUnknownTypes
		}
		if err != nil {
			return err
		}
		result.Types = description.ParamOIDs
		return nil
	})
}

var errUnknownTypes = &pgconn.PgError{Severity: "ERROR", Code: unknownParameter, Message: "the type of a parameter can't be told from the statement: write $1::integer or what it is"}

func (s *Session) forget(ctx context.Context) {
	if !s.conn.IsClosed() {
		_ = s.conn.PgConn().Deallocate(context.WithoutCancel(ctx), preparedName)
	}
}

// bind finds values for the parameters and plans the statement with them; without values it takes the generic plan.
func (s *Session) bind(ctx context.Context, sql string, request Request, result *Result) error {
	var values []*string
	switch {
	case len(result.Types) == 0:
	case len(request.Binds) == len(result.Types):
		if err := s.generic(ctx, result); err != nil {
			return err
		}
		result.Generic = result.Plan
		values, result.Values = request.Binds, "given"
	default:
		if err := s.generic(ctx, result); err != nil {
			return err
		}
		result.Generic = result.Plan
		found, common, missing, err := s.fromStatistics(ctx, result.Plan, expr.Scan(sql), result.Types)
		if err != nil {
			return err
		}
		if missing > 0 {
			result.Verdict.strictest(PlanOnly, "no value for $%d can be had from the statistics", missing)
			return nil
		}
		values, result.Values, result.common = found, "statistics", common
	}
	err := s.explain(ctx, sql, values, "EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON) ", result)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && result.Values == "statistics" { // a value that does not fit: the generic plan stands
		result.Values = "generic"
		result.Verdict.strictest(PlanOnly, "the statistics have no value that fits its parameters")
		return nil
	}
	if err == nil {
		err = s.inspect(ctx, result)
	}
	return err
}

// generic plans the prepared statement without values.
func (s *Session) generic(ctx context.Context, result *Result) error {
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", len(result.Types)), ", ")
	result.Values = "generic"
	return s.transaction(ctx, false, func() error {
		// Without this the server would plan for NULLs: "One-Time Filter: false".
		if _, err := s.conn.Exec(ctx, "SET LOCAL plan_cache_mode = force_generic_plan"); err != nil {
			return err
		}
		return s.read(ctx, fmt.Sprintf("EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON) EXECUTE %s(%s)", preparedName, nulls), nil, result)
	})
}

// explain runs one EXPLAIN with these values, in a transaction of its own.
func (s *Session) explain(ctx context.Context, sql string, values []*string, prefix string, result *Result) error {
	write := result.Class == Change && s.opts.AllowDML
	err := s.transaction(ctx, write, func() error { return s.read(ctx, prefix+sql, values, result) })
	if err == nil {
		result.setBinds(values)
	}
	return err
}

func (r *Result) setBinds(values []*string) { r.values = values }

// read sends one EXPLAIN through the extended protocol and parses its answer.
func (s *Session) read(ctx context.Context, sql string, values []*string, result *Result) error {
	binds := make([][]byte, len(values))
	for i, value := range values {
		if value != nil {
			binds[i] = []byte(*value)
		}
	}
	answer := s.conn.PgConn().ExecParams(ctx, sql, binds, result.Types[:len(binds)], nil, nil).Read()
	if answer.Err != nil {
		return answer.Err
	}
	var raw strings.Builder
	for _, row := range answer.Rows {
		raw.Write(row[0])
	}
	plans, err := plan.ParseJSON([]byte(raw.String()))
	if err != nil {
		return err
	}
	result.Plan, result.Raw = plans[0], []byte(raw.String())
	for _, more := range plans[1:] { // rules made several statements of one: the dearest stands for all
		if more.Root.TotalCost > result.Plan.Root.TotalCost {
			result.Plan = more
		}
	}
	return nil
}

// inspect is the second net: what the planner made of the statement is looked through like its text.
func (s *Session) inspect(ctx context.Context, result *Result) error {
	if result.Verdict.Level < Run {
		return nil
	}
	var text strings.Builder
	for _, n := range result.Plan.Nodes() {
		switch {
		case n.Type == "Foreign Scan":
			result.Verdict.strictest(PlanOnly, "%s is a foreign table, which another server or program reads", n.QualifiedRelation())
		case n.Type == "Custom Scan":
			result.Verdict.strictest(PlanOnly, "an extension's own kind of scan is in its plan")
		case n.Type == "LockRows" && !s.opts.AllowDML:
			result.Verdict.strictest(PlanOnly, "it locks rows, and --allow-dml was not given")
		case n.Type == "ModifyTable" && !s.opts.AllowDML:
			result.Verdict.strictest(PlanOnly, "it changes data, and --allow-dml was not given")
		case n.Type == "ModifyTable":
			result.Class = Change
		}
		for _, e := range n.Expressions() {
			text.WriteString(e.Text + "\n")
		}
		if n.Function != "" {
			text.WriteString(n.Function + "()\n")
		}
	}
	if result.Verdict.Level < Run {
		return nil
	}
	var verdict Verdict
	err := s.lookUp(ctx, func() error {
		var err error
		var volatile bool
		g := &guard{db: s.conn, version: s.Version}
		verdict, volatile, err = g.check(ctx, expr.Scan(text.String()), result.Class == Change, false)
		result.volatile = result.volatile || volatile
		return err
	})
	if err != nil {
		return fmt.Errorf("look through the plan: %w", err)
	}
	if verdict.Level < Run {
		result.Verdict.strictest(PlanOnly, "%s", verdict.Reason)
	}
	return nil
}

// execute climbs down the ladder: everything measured, without the nodes' times, not executed at all.
func (s *Session) execute(ctx context.Context, sql string, result *Result) error {
	options := "ANALYZE, BUFFERS, VERBOSE, SETTINGS"
	if result.Class == Change && s.Version >= 130000 {
		options += ", WAL"
	}
	err := s.explain(ctx, sql, result.values, "EXPLAIN ("+options+", FORMAT JSON) ", result)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == queryCanceled && ctx.Err() == nil {
		err = s.explain(ctx, sql, result.values, "EXPLAIN ("+options+", TIMING OFF, FORMAT JSON) ", result)
	}
	if !errors.As(err, &refused) || ctx.Err() != nil {
		return err
	}
	switch refused.Code {
	case queryCanceled:
		result.Verdict.strictest(PlanOnly, "it took longer than %s", s.opts.StatementTimeout)
	case lockNotAvailable:
		result.Verdict.strictest(PlanOnly, "it waited for a lock longer than %s", s.opts.LockTimeout)
	case readOnly:
		result.Verdict.strictest(PlanOnly, "the server refuses it in a READ ONLY transaction")
	case diskFull:
		result.Verdict.strictest(PlanOnly, "it wrote more temporary files than its limit")
	default:
		result.Verdict.strictest(PlanOnly, "executing it failed (SQLSTATE %s)", refused.Code)
	}
	return nil
}
