package explain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// A Trial is a transaction in which something was built that only it can see, such as an index, and which is always
// rolled back. After the building it is READ ONLY.
type Trial struct {
	session *Session
	closed  bool
}

// ErrTrial says that what was to be tried could not be built. It wraps the server's error.
var ErrTrial = errors.New("it could not be built")

// Try begins a transaction, builds, and makes the rest of it READ ONLY. The caller closes the trial; nothing else may
// use the session until then. An error that wraps ErrTrial leaves the session usable.
func (s *Session) Try(ctx context.Context, timeout time.Duration, build func(ctx context.Context, conn *pgx.Conn) error) (*Trial, error) {
	return s.trial(ctx, "BEGIN READ WRITE", timeout, build)
}

// Imagine is Try for what changes nothing, so that it also works on a standby and for a role that may only read.
func (s *Session) Imagine(ctx context.Context, timeout time.Duration, imagine func(ctx context.Context, conn *pgx.Conn) error) (*Trial, error) {
	return s.trial(ctx, "BEGIN READ ONLY", timeout, imagine)
}

func (s *Session) trial(ctx context.Context, begin string, timeout time.Duration, build func(ctx context.Context, conn *pgx.Conn) error) (*Trial, error) {
	if err := s.alive(ctx); err != nil {
		return nil, err
	}
	script := fmt.Sprintf(`%s; SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d;
		SET LOCAL idle_in_transaction_session_timeout = %d; SET LOCAL standard_conforming_strings = on`,
		begin, timeout.Milliseconds(), s.opts.LockTimeout.Milliseconds(), (timeout + s.opts.StatementTimeout + time.Minute).Milliseconds())
	if _, err := s.conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
		return nil, fmt.Errorf("begin a trial: %w", err)
	}
	t := &Trial{session: s}
	err := build(ctx, s.conn)
	if err == nil {
		_, err = s.conn.PgConn().Exec(ctx, fmt.Sprintf("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = %d", s.opts.StatementTimeout.Milliseconds())).ReadAll()
	}
	if err != nil {
		t.Close(ctx)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && ctx.Err() == nil {
			return nil, fmt.Errorf("%w: %w", ErrTrial, err)
		}
		return nil, err
	}
	return t, nil
}

// Close rolls the trial back.
func (t *Trial) Close(ctx context.Context) {
	if !t.closed {
		t.closed = true
		t.session.rollback(ctx)
	}
}

// Plan plans an explained statement again, with the values that it was explained with.
func (t *Trial) Plan(ctx context.Context, sql string, result *Result) (*plan.Plan, error) {
	again := &Result{Types: result.Types}
	err := t.session.read(ctx, "EXPLAIN (VERBOSE, FORMAT JSON) "+sql, result.values, again)
	return again.Plan, err
}

// Measurement is one execution.
type Measurement struct {
	Plan     *plan.Plan // its nodes are not timed
	Duration time.Duration
	Pages    float64
	Rows     float64
}

// Measure executes a statement that was executed before once more, its nodes not timed.
func (t *Trial) Measure(ctx context.Context, sql string, result *Result) (Measurement, error) {
	return t.session.measure(ctx, sql, result)
}

// Measure is Trial.Measure without a trial: the statement as things are.
func (s *Session) Measure(ctx context.Context, sql string, result *Result) (m Measurement, err error) {
	if err := s.alive(ctx); err != nil {
		return m, err
	}
	err = s.transaction(ctx, result.Class == Change && s.opts.AllowDML, func() error {
		m, err = s.measure(ctx, sql, result)
		return err
	})
	return m, err
}

func (s *Session) measure(ctx context.Context, sql string, result *Result) (Measurement, error) {
	if result.Verdict.Level != Run {
		return Measurement{}, fmt.Errorf("measure: the statement may not be executed: %s", result.Verdict.Reason)
	}
	again := &Result{Types: result.Types}
	if err := s.read(ctx, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, VERBOSE, FORMAT JSON) "+sql, result.values, again); err != nil {
		return Measurement{}, err
	}
	return measurement(again.Plan), nil
}

func measurement(p *plan.Plan) Measurement {
	return Measurement{Plan: p, Duration: time.Duration(p.TotalMS() * float64(time.Millisecond)), Pages: p.Pages(), Rows: p.Root.Rows()}
}

// MeasureWith is Measure with settings that hold for this execution alone.
func (s *Session) MeasureWith(ctx context.Context, sql string, result *Result, settings map[string]string) (m Measurement, err error) {
	if err := s.alive(ctx); err != nil {
		return m, err
	}
	err = s.transaction(ctx, result.Class == Change && s.opts.AllowDML, func() error {
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			if _, err := s.conn.Exec(ctx, fmt.Sprintf("SET LOCAL %s = %s", sqltext.QuoteIdent(name), quoteLiteral(settings[name]))); err != nil {
				return err
			}
		}
		m, err = s.measure(ctx, sql, result)
		return err
	})
	return m, err
}

// MeasureGeneric executes an explained statement with its generic plan.
func (s *Session) MeasureGeneric(ctx context.Context, sql string, result *Result) (m Measurement, err error) {
	if result.Verdict.Level != Run || len(result.values) == 0 {
		return m, errors.New("measure generic plan: the statement has no values or may not be executed")
	}
	if err := s.alive(ctx); err != nil {
		return m, err
	}
	again := &Result{Types: result.Types}
	if err := s.prepare(ctx, sql, again); err != nil {
		return m, err
	}
	defer s.forget(ctx)
	values := make([]string, len(result.values))
	for i, v := range result.values {
		values[i] = "NULL"
		if v != nil {
			values[i] = quoteLiteral(*v)
		}
	}
	err = s.transaction(ctx, false, func() error {
		if _, err := s.conn.Exec(ctx, "SET LOCAL plan_cache_mode = force_generic_plan"); err != nil {
			return err
		}
		return s.read(ctx, fmt.Sprintf("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, VERBOSE, FORMAT JSON) EXECUTE %s(%s)", preparedName, strings.Join(values, ", ")), nil, again)
	})
	if err != nil {
		return m, err
	}
	return measurement(again.Plan), nil
}

// quoteLiteral writes a string constant; standard_conforming_strings is on in every transaction of a session.
func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ReadOnly runs f in a READ ONLY transaction with the session's limits, for look-ups in the catalogs.
func (s *Session) ReadOnly(ctx context.Context, f func(conn *pgx.Conn) error) error {
	if err := s.alive(ctx); err != nil {
		return err
	}
	return s.lookUp(ctx, func() error { return f(s.conn) })
}
