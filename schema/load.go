package schema

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// oldest is the first server version whose catalogs Load knows.
const oldest = 140000

// Querier begins the transaction that Load reads in; *pgx.Conn, *pgxpool.Conn and *pgxpool.Pool do.
type Querier interface {
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
}

// Options choose what Load reads. The zero value reads every user schema.
type Options struct {
	Schemas          []string      // names as the catalogs have them; empty means all but the system's own
	ExtensionTables  bool          // tables that belong to an extension too, such as PostGIS's spatial_ref_sys
	StatementTimeout time.Duration // of each catalog query; 0 means one minute
	LockTimeout      time.Duration // how long to wait for a table that another session has locked; 0 means five seconds
}

// ErrNoTables is what Load's error wraps if there is nothing to read.
var ErrNoTables = errors.New("no tables")

// Load reads the structure of the database that q is connected to, in one READ ONLY, REPEATABLE READ transaction and with
// a number of queries that does not depend on the number of tables. It reads the catalogs alone, except that it looks
// for one row in tables that may be empty (HasRows). Expressions are deparsed with an empty search path, so that every
// name in them that is not PostgreSQL's own is qualified, and with UTC and ISO dates.
//
// It returns an error that wraps ErrNoTables if there is nothing to read. What it could not find out, but can go on
// without, is in Warnings.
func Load(ctx context.Context, q Querier, opts Options) (*Database, error) {
	db, err := load(ctx, q, opts)
	for again := 0; again < 10 && dropped(err); again++ {
		db, err = load(ctx, q, opts)
	}
	if err != nil && !errors.Is(err, ErrNoTables) {
		return nil, fmt.Errorf("load schema: %w", explainLock(ctx, q, err))
	}
	return db, err
}

func load(ctx context.Context, q Querier, opts Options) (*Database, error) {
	tx, err := q.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // it only read
	}()
	l := loader{
		tx: tx, opts: opts,
		db: &Database{
			Extensions: []Extension{}, Tables: []*Table{}, Types: []*Type{}, Warnings: []string{},
			tables: map[uint32]*Table{}, names: map[string]*Table{}, types: map[uint32]*Type{},
		},
	}
	for _, step := range []struct {
		name string
		read func(context.Context) error
	}{
		{"session", l.session},
		{"extensions", l.extensions},
		{"tables", l.readTables},
		{"partitioning", l.partitioning},
		{"columns", l.tableColumns},
		{"constraints", l.constraints},
		{"indexes", l.indexes},
		{"triggers", l.triggers},
		{"types", l.readTypes},
		{"rows", l.hasRows},
	} {
		if err := step.read(ctx); err != nil {
			if errors.Is(err, ErrNoTables) {
				return nil, err
			}
			return nil, fmt.Errorf("read %s: %w", step.name, err)
		}
	}
	return l.db, nil
}

// dropped tells whether a query failed because another session has dropped a table meanwhile: functions that deparse look at
// the catalogs as they are now, not as they were when the transaction began.
func dropped(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (server.Code == undefinedTable || server.Code == internalError) // cache lookup failed, could not open relation
}

// loader carries what the steps of one Load share.
type loader struct {
	tx   pgx.Tx
	opts Options
	db   *Database
	oids []uint32 // of the tables
}

//go:embed session.sql
var sessionSQL string

// session fixes the settings that catalog functions depend on, for this transaction alone.
func (l *loader) session(ctx context.Context) error {
	statement, lock := l.opts.StatementTimeout, l.opts.LockTimeout
	if statement == 0 {
		statement = time.Minute
	}
	if lock == 0 {
		lock = 5 * time.Second
	}
	var set []string // set_config returns what it set
	err := l.tx.QueryRow(ctx, sessionSQL, pgx.QueryExecModeExec, milliseconds(statement), milliseconds(lock)).
		Scan(&l.db.Name, &l.db.ServerVersion, &set)
	if err != nil {
		return err
	}
	if l.db.ServerVersion < oldest {
		return fmt.Errorf("the server is PostgreSQL %s: pgassay reads version 14 and later", serverVersion(l.db.ServerVersion))
	}
	return nil
}

// milliseconds writes a timeout for a setting, where 0 would mean none.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10)
}

// serverVersion writes a server_version_num the way PostgreSQL does: 15.18 from 150018, 9.6.24 from 90624.
func serverVersion(n int) string {
	if n < 100000 {
		return fmt.Sprintf("%d.%d.%d", n/10000, n/100%100, n%100)
	}
	return fmt.Sprintf("%d.%d", n/10000, n%10000)
}

// each runs a query and calls row for every row of it, scanned into dest.
func (l *loader) each(ctx context.Context, sql string, args, dest []any, row func() error) error {
	return eachRow(ctx, l.tx, forVersion(sql, l.db.ServerVersion), args, dest, row)
}

// eachRow runs a query and calls row for every row of it, scanned into dest. It leaves no prepared statement behind, which
// connection poolers could not keep, and needs one round trip.
func eachRow(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, sql string, args, dest []any, row func() error,
) error {
	rows, err := q.Query(ctx, sql, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, dest, row)
	return err
}

var versionMark = regexp.MustCompile(`-- (since|before) ([0-9]+)$`)

// forVersion leaves out the lines of a query that the server has no columns for: those that end in "-- since 18" on
// servers before PostgreSQL 18, and those that end in "-- before 18" on it and later ones.
func forVersion(sql string, version int) string {
	lines := strings.Split(sql, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool {
		mark := versionMark.FindStringSubmatch(line)
		if mark == nil {
			return false
		}
		n, _ := strconv.Atoi(mark[2])
		return (mark[1] == "since") != (version >= n*10000)
	}), "\n")
}

//go:embed locks.sql
var locksSQL string

// explainLock adds to a lock timeout's error which tables are locked, and by whom. Catalog functions that open a table
// wait for ALTER TABLE, VACUUM FULL and whatever else takes an ACCESS EXCLUSIVE lock.
func explainLock(ctx context.Context, q Querier, err error) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != lockNotAvailable {
		return err
	}
	var held []string
	tx, beginErr := q.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if beginErr == nil {
		var name string
		var pid int
		_ = eachRow(ctx, tx, locksSQL, nil, []any{&name, &pid}, func() error { // without it the error is only less clear
			held = append(held, fmt.Sprintf("%s by process %d", name, pid))
			return nil
		})
		_ = tx.Rollback(ctx)
	}
	if len(held) == 0 {
		held = []string{"by another session"}
	}
	return fmt.Errorf("%w: a table is locked (%s): wait until that session is done and try again", err, strings.Join(held, ", "))
}
