// Package explain runs statements that nobody vouched for under EXPLAIN, and makes sure that nothing changes: not in the
// database, not on disk, not in other sessions, whoever is connected, a superuser too.
//
// A transaction that is READ ONLY is not enough: in it pg_advisory_lock, pg_notify, lo_create, nextval, COPY TO PROGRAM
// and others still act. So a statement is looked through first, see guard; only what can do nothing is executed, in a
// READ ONLY transaction with timeouts, and rolled back. Everything else is planned, or refused, and the result says why.
package explain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Options choose how statements are run. The zero value is safe and right for most.
type Options struct {
	AllowDML         bool          // execute INSERT, UPDATE, DELETE and MERGE too, rolled back; otherwise they are planned
	StatementTimeout time.Duration // of one execution; 0 means 30 s
	LockTimeout      time.Duration // 0 means 1 s
	TempFileKB       int64         // limit of temporary files; 0 means 4 GiB; set where the role may
}

// maxMessage bounds what the server may send in one message: a plan can hold a constant of any size.
const maxMessage = 64 << 20

// Session runs statements one after another on a connection of its own. It is not safe for concurrent use.
type Session struct {
	Version int // server_version_num

	config *pgx.ConnConfig
	conn   *pgx.Conn
	opts   Options

	limitsTemp bool // the role may limit its temporary files, and nobody limited them to less
}

// Open connects. The caller closes the session.
func Open(ctx context.Context, config *pgx.ConnConfig, opts Options) (*Session, error) {
	if opts.StatementTimeout == 0 {
		opts.StatementTimeout = 30 * time.Second
	}
	if opts.LockTimeout == 0 {
		opts.LockTimeout = time.Second
	}
	if opts.TempFileKB == 0 {
		opts.TempFileKB = 4 << 20
	}
	config = config.Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // no prepared statements of pgx's own
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		frontend := pgproto3.NewFrontend(r, w)
		frontend.SetMaxBodyLen(maxMessage)
		return frontend
	}
	s := &Session{config: config, opts: opts}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) connect(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	s.conn = conn
	var limit int64
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, setting::bigint FROM pg_settings WHERE name = 'temp_file_limit'`).
		Scan(&s.Version, &limit)
	if err != nil {
		return fmt.Errorf("read server version: %w", err)
	}
	s.limitsTemp = limit < 0 || limit > s.opts.TempFileKB
	if s.limitsTemp {
		_, err := conn.PgConn().Exec(ctx, fmt.Sprintf("BEGIN; SET LOCAL temp_file_limit = %d; ROLLBACK", s.opts.TempFileKB)).ReadAll()
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			s.limitsTemp = false
			_, err = conn.Exec(ctx, "ROLLBACK")
		}
		if err != nil {
			return fmt.Errorf("limit temporary files: %w", err)
		}
	}
	return nil
}

// Close closes the connection.
func (s *Session) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.conn.Close(ctx)
}

// Request is one statement to explain.
type Request struct {
	SQL    string
	Binds  []*string // values of $1, $2, … in text format, nil for NULL; empty means that they are not known
	NoRun  bool      // plan it only
	Reason string    // with NoRun: why
}

// Result is what became of a statement.
type Result struct {
	Class   Class
	Plan    *plan.Plan // nil if it was refused or failed
	Generic *plan.Plan // the plan for any values, not executed; nil unless it has parameters and was executed with values
	Verdict Verdict
	Values  string   // where parameters' values came from: "", "given", "statistics", "generic"
	Types   []uint32 // of the parameters
	Err     error    // the server refused it: a *pgconn.PgError, or why values for its parameters can't be had
	Raw     []byte   // the plan as the server printed it

	values   []*string // used for the parameters; never to be shown unasked
	common   []*string // the same with the most common values; nil if there are none
	volatile bool      // it calls something volatile, if harmless
}

// Executed tells whether the statement was executed and measured.
func (r *Result) Executed() bool { return r.Plan != nil && r.Plan.Analyzed }

// Runs tells whether the statement may be executed again, and was.
func (r *Result) Runs() bool { return r.Executed() && r.Verdict.Level == Run }

// Adopt takes the plan of an execution that someone else measured, such as one that auto_explain logged, for the one that
// was planned here. Schemas that it does not name are those of the relations in our plan.
func (r *Result) Adopt(measured *plan.Plan) {
	if r.Plan != nil {
		schemas := map[string]string{}
		for _, n := range r.Plan.Nodes() {
			schemas[n.Relation] = n.Schema
		}
		for _, n := range measured.Nodes() {
			if n.Schema == "" && n.Relation != "" {
				n.Schema = schemas[n.Relation]
			}
		}
	}
	r.Plan = measured
}

// Explain explains one statement. An error means that the session can't go on; what is wrong with the statement itself
// is in the result.
func (s *Session) Explain(ctx context.Context, request Request) (*Result, error) {
	sql := strings.TrimRight(strings.TrimSpace(request.SQL), "; \t\r\n")
	tokens := expr.Scan(sql)
	class, reason := classify(tokens)
	result := &Result{Class: class}
	if class == Utility {
		result.Verdict = Verdict{Refuse, reason}
		return result, nil
	}
	if err := s.alive(ctx); err != nil {
		return nil, err
	}
	err := s.lookUp(ctx, func() error {
		g := &guard{db: s.conn, version: s.Version}
		var err error
		result.Verdict, result.volatile, err = g.check(ctx, tokens, class == Change, class == Change && inserts(tokens))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look through the statement: %w", err)
	}
	if result.Verdict.Level == Refuse {
		return result, nil
	}
	if class == Change && !s.opts.AllowDML {
		result.Verdict.strictest(PlanOnly, "it changes data, and --allow-dml was not given")
	}
	if request.NoRun {
		result.Verdict.strictest(PlanOnly, "%s", request.Reason)
	}
	return result, s.run(ctx, sql, request, result)
}

func inserts(tokens []expr.Token) bool {
	for _, t := range tokens {
		if t.Is("insert") || t.Is("merge") || t.Is("default") { // SET id = DEFAULT asks an identity for its next number
			return true
		}
	}
	return false
}

// alive reconnects if the connection was lost or thrown away.
func (s *Session) alive(ctx context.Context) error {
	if !s.conn.IsClosed() {
		return nil
	}
	return s.connect(ctx)
}

// lookUpTimeout is for what we ask the catalogs ourselves, which the limit of one execution does not concern.
const lookUpTimeout = 2 * time.Minute

// lookUp is transaction for look-ups in the catalogs. They go without JIT: it takes far longer than they do.
func (s *Session) lookUp(ctx context.Context, f func() error) error {
	return s.limited(ctx, false, max(s.opts.StatementTimeout, lookUpTimeout), func() error {
		if _, err := s.conn.Exec(ctx, "SET LOCAL jit = off"); err != nil {
			return fmt.Errorf("switch JIT off: %w", err)
		}
		return f()
	})
}

// transaction runs f in a transaction that is READ ONLY unless it may write, with every limit set, and rolls it back.
func (s *Session) transaction(ctx context.Context, write bool, f func() error) error {
	return s.limited(ctx, write, s.opts.StatementTimeout, f)
}

func (s *Session) limited(ctx context.Context, write bool, timeout time.Duration, f func() error) error {
	begin := "BEGIN READ ONLY"
	if write {
		begin = "BEGIN READ WRITE"
	}
	// One message of our own making; a role that may not limit its temporary files goes without the limit.
	script := fmt.Sprintf(`%s;
		SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d;
		SET LOCAL standard_conforming_strings = on;`,
		begin, timeout.Milliseconds(), s.opts.LockTimeout.Milliseconds(), (timeout + time.Minute).Milliseconds())
	if s.limitsTemp {
		script += fmt.Sprintf("SET LOCAL temp_file_limit = %d;", s.opts.TempFileKB)
	}
	if _, err := s.conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
		return err
	}
	defer s.rollback(ctx)
	return f()
}

// rollback ends the transaction whatever happened in it; where it can't, the connection goes.
func (s *Session) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if s.conn.IsClosed() {
		return
	}
	if _, err := s.conn.Exec(ctx, "ROLLBACK"); err != nil {
		_ = s.conn.Close(ctx)
	}
}

// Second opens another session like this one.
func (s *Session) Second(ctx context.Context) (*Session, error) { return Open(ctx, s.config, s.opts) }

// BindsUsed are the values that the parameters had, for explaining a like statement. They are never to be shown unasked.
func (r *Result) BindsUsed() []*string { return r.values }

// Common are other values for the parameters, the most common ones; nil if those used were the most common or were given.
func (r *Result) Common() []*string { return r.common }
