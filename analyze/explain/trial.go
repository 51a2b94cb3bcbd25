package explain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/plan"
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
	if err := s.alive(ctx); err != nil {
		return nil, err
	}
	script := fmt.Sprintf(`BEGIN READ WRITE; SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d;
		SET LOCAL idle_in_transaction_session_timeout = %d; SET LOCAL standard_conforming_strings = on`,
		timeout.Milliseconds(), s.opts.LockTimeout.Milliseconds(), (timeout + s.opts.StatementTimeout + time.Minute).Milliseconds())
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
	return Measurement{
		Plan: again.Plan, Duration: time.Duration(again.Plan.TotalMS() * float64(time.Millisecond)),
		Pages: again.Plan.Pages(), Rows: again.Plan.Root.Rows(),
	}, nil
}

// ReadOnly runs f in a READ ONLY transaction with the session's limits, for look-ups in the catalogs.
func (s *Session) ReadOnly(ctx context.Context, f func(conn *pgx.Conn) error) error {
	if err := s.alive(ctx); err != nil {
		return err
	}
	return s.transaction(ctx, false, func() error { return f(s.conn) })
}
