package schema

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// ApplyOptions choose how Apply runs a script. The zero value is strict: everything or nothing.
type ApplyOptions struct {
	File string // how messages call the script; "" means script

	// Tolerant goes on after a statement that fails, and lists it in Applied.Skipped. It is for scripts that come from
	// another server: roles, extensions, tablespaces and collations that are missing here are done without. Every
	// statement commits by itself unless the script says otherwise. Roles are not created, since they would outlive the
	// database.
	Tolerant bool

	// EachCommits lets every statement commit by itself, as psql -f does. The first error ends it, and what was done
	// before stays. Scripts with more objects than max_locks_per_transaction has room for need it.
	EachCommits bool
}

// Applied says what Apply did.
type Applied struct {
	Statements int       `json:"statements"` // that were run
	Tables     []string  `json:"tables"`     // quoted qualified names of the tables that were not there before, sorted
	Skipped    []Skipped `json:"skipped"`    // statements that failed and were done without; empty unless tolerant
	Warnings   []string  `json:"warnings"`   // parts of the script that were left out, and why
}

// Skipped is a statement that a tolerant Apply did without.
type Skipped struct {
	Line      int    `json:"line"`
	Statement string `json:"statement"` // its start
	Reason    string `json:"reason"`    // the server's message
	Missing   string `json:"missing"`   // role, extension, … where the reason is that the server lacks one; else ""
}

// Apply runs a script of schema definitions, hand-written or made by pg_dump: the rows of COPY … FROM stdin are loaded,
// psql's backslash commands and statements about other databases are left out with a warning. It all happens in one
// transaction, so that a script which fails has changed nothing; the script's own BEGIN and COMMIT become savepoints, and
// CONCURRENTLY is left out. A script that would make a table which is there already is refused, whether it says IF NOT
// EXISTS or drops the table first: no table of before is touched by accident.
//
// An error of a statement is an *ApplyError. The session's settings and role are reset afterwards, so the connection can
// be used for something else.
func Apply(ctx context.Context, conn *pgx.Conn, script string, opts ApplyOptions) (Applied, error) {
	if opts.File == "" {
		opts.File = "script"
	}
	a := applier{
		conn: conn, opts: opts, inBlock: false,
		done: Applied{Tables: []string{}, Skipped: []Skipped{}, Warnings: []string{}},
	}
	if err := checkText(script); err != nil {
		return a.done, fmt.Errorf("%s %w", opts.File, err)
	}
	err := a.run(ctx, sqltext.Split(strings.TrimPrefix(script, "\ufeff")))
	if ctx.Err() != nil {
		// The connection is closed; the server would only notice when it next wants to send something.
		cancelCtx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		_ = conn.PgConn().CancelRequest(cancelCtx)
	}
	return a.done, err
}

// checkText refuses what can't be a script.
func checkText(script string) error {
	switch {
	case strings.HasPrefix(script, "PGDMP"):
		return errors.New("is an archive of pg_dump: turn it into SQL with pg_restore --schema-only --file schema.sql FILE")
	case strings.HasPrefix(script, "\x1f\x8b") || strings.HasPrefix(script, "\x28\xb5\x2f\xfd"):
		return errors.New("is compressed: unpack it first, with gunzip or unzstd")
	case strings.ContainsRune(script, 0):
		return errors.New("is no SQL text: it has zero bytes in it")
	}
	return nil
}

type applier struct {
	conn    *pgx.Conn
	opts    ApplyOptions
	done    Applied
	before  map[string]bool // the tables that were there, by qualified name
	inBlock bool            // within the script's own BEGIN … COMMIT
	skipIf  int             // how deep in \if … \endif, whose parts are left out
}

// oneTransaction tells whether all of the script is to be undone if a part of it fails.
func (a *applier) oneTransaction() bool { return !a.opts.Tolerant && !a.opts.EachCommits }

func (a *applier) run(ctx context.Context, statements []sqltext.Statement) (err error) {
	if len(statements) == 0 {
		return fmt.Errorf("%s has no statement in it", a.opts.File)
	}
	if a.before, err = a.tables(ctx); err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	if a.oneTransaction() {
		if err := a.exec(ctx, "BEGIN"); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
	}
	defer func() { err = a.finish(ctx, err) }()
	for _, s := range statements {
		if err := a.statement(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// finish commits or rolls back, resets what the script set, and finds out which tables are new.
func (a *applier) finish(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if a.conn.IsClosed() {
		return err
	}
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	if a.conn.PgConn().TxStatus() != 'I' {
		if endErr := a.exec(ctx, end); err == nil && endErr != nil {
			err = fmt.Errorf("commit: %w", endErr) // a deferred constraint, for example
		}
	}
	if resetErr := a.exec(ctx, "RESET SESSION AUTHORIZATION; RESET ALL"); err == nil && resetErr != nil {
		err = fmt.Errorf("reset settings: %w", resetErr)
	}
	after, listErr := a.tables(ctx)
	if listErr != nil {
		return errors.Join(err, fmt.Errorf("list tables: %w", listErr))
	}
	for name := range after {
		if !a.before[name] {
			a.done.Tables = append(a.done.Tables, name)
		}
	}
	slices.Sort(a.done.Tables)
	return err
}

//go:embed table_names.sql
var tableNamesSQL string

// tables lists the tables of all schemas that are not the system's.
func (a *applier) tables(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	var schema, name string
	err := eachRow(ctx, a.conn, tableNamesSQL, nil, []any{&schema, &name}, func() error {
		found[QualifiedName(schema, name)] = true
		return nil
	})
	return found, err
}

// statement runs one statement, or leaves it out.
func (a *applier) statement(ctx context.Context, s sqltext.Statement) error {
	if s.Kind == sqltext.Meta {
		return a.meta(s)
	}
	if a.skipIf > 0 {
		return nil
	}
	p := plan(s, a.opts)
	if p.skip != "" {
		a.warn(s, p.skip)
		return nil
	}
	switch p.control {
	case begin, commit, rollback:
		return a.control(ctx, s, p.control)
	}
	if p.creates != "" && !a.opts.Tolerant {
		if err := a.refuseExisting(ctx, s, p.creates); err != nil {
			return err
		}
	}
	run := func() error { return a.exec(ctx, p.text) }
	if s.Kind == sqltext.CopyIn {
		run = func() error {
			_, err := a.conn.PgConn().CopyFrom(ctx, strings.NewReader(s.Data), p.text)
			return err
		}
	}
	err := a.guarded(ctx, p, run)
	if err == nil {
		a.done.Statements++
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return &ApplyError{File: a.opts.File, Line: s.Line, Statement: excerpt(s.Text), Err: err}
	}
	if slices.Contains(p.optional, server.Code) {
		a.warn(s, server.Message)
		return nil
	}
	if !a.opts.Tolerant {
		return newApplyError(a.opts, s, server)
	}
	return a.tolerate(ctx, s, server)
}

// guarded runs a statement so that its failure does not end the transaction, where the script is to go on after it.
func (a *applier) guarded(ctx context.Context, p planned, run func() error) error {
	if a.conn.PgConn().TxStatus() == 'I' || !a.opts.Tolerant && len(p.optional) == 0 {
		return run()
	}
	if err := a.exec(ctx, "SAVEPOINT pgassay_statement"); err != nil {
		return err
	}
	err := run()
	if err != nil {
		if rollbackErr := a.exec(ctx, "ROLLBACK TO SAVEPOINT pgassay_statement"); rollbackErr != nil {
			return errors.Join(err, rollbackErr)
		}
	}
	if a.conn.PgConn().TxStatus() == 'T' {
		if releaseErr := a.exec(ctx, "RELEASE SAVEPOINT pgassay_statement"); err == nil {
			err = releaseErr
		}
	}
	return err
}

// tolerate tries a failed statement again without what the server lacks, and else notes it.
func (a *applier) tolerate(ctx context.Context, s sqltext.Statement, server *pgconn.PgError) error {
	missing := missingObject(server)
	if text, ok := without(missing, s.Text); ok {
		err := a.guarded(ctx, planned{}, func() error { return a.exec(ctx, text) })
		if err == nil {
			a.done.Statements++
			a.warn(s, server.Message+": done without it")
			return nil
		}
	}
	a.done.Skipped = append(a.done.Skipped, Skipped{Line: s.Line, Statement: excerpt(s.Text), Reason: server.Message, Missing: missing})
	return ctx.Err()
}

// control carries out the script's own transaction control.
func (a *applier) control(ctx context.Context, s sqltext.Statement, control controlKind) error {
	if !a.oneTransaction() {
		err := a.exec(ctx, s.Text)
		var server *pgconn.PgError
		if errors.As(err, &server) {
			return newApplyError(a.opts, s, server)
		}
		return err
	}
	var err error
	switch {
	case control == begin && !a.inBlock:
		a.inBlock = true
		err = a.exec(ctx, "SAVEPOINT pgassay_block")
	case control == commit && a.inBlock:
		a.inBlock = false
		err = a.exec(ctx, "RELEASE SAVEPOINT pgassay_block")
	case control == rollback && a.inBlock:
		a.inBlock = false
		err = a.exec(ctx, "ROLLBACK TO SAVEPOINT pgassay_block; RELEASE SAVEPOINT pgassay_block")
	}
	if err != nil {
		return fmt.Errorf("%s:%d: %w", a.opts.File, s.Line, err)
	}
	return nil
}

// refuseExisting ends the work if a table that the script is about to make was there before.
func (a *applier) refuseExisting(ctx context.Context, s sqltext.Statement, name string) error {
	folded, _, err := parseName(name)
	if err != nil {
		return nil // the server will say what is wrong
	}
	if len(folded) == 1 {
		var current *string
		if err := a.conn.QueryRow(ctx, "SELECT current_schema()", pgx.QueryExecModeExec).Scan(&current); err != nil {
			return fmt.Errorf("read current schema: %w", err)
		}
		if current == nil {
			return nil
		}
		folded = []string{*current, folded[0]}
	}
	if table := QualifiedName(folded[0], folded[1]); a.before[table] {
		return &ApplyError{File: a.opts.File, Line: s.Line, Statement: excerpt(s.Text), Err: &TableExistsError{Table: table}, undone: a.oneTransaction()}
	}
	return nil
}

// exec runs SQL of one or more statements and reads past their results.
func (a *applier) exec(ctx context.Context, sql string) error {
	return a.conn.PgConn().Exec(ctx, sql).Close()
}

func (a *applier) warn(s sqltext.Statement, why string) {
	a.done.Warnings = append(a.done.Warnings, fmt.Sprintf("%s:%d: %s: %s", a.opts.File, s.Line, excerpt(s.Text), why))
}

// excerpt is the start of a statement in one line, in whole words where they are short.
func excerpt(text string) string {
	const most = 60
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= most {
		return string(line)
	}
	start := string(line[:most])
	if i := strings.LastIndexByte(start, ' '); i > most/2 {
		start = start[:i]
	}
	return start + " …"
}
