// Package pgtest gives every test an empty database of its own on a real PostgreSQL.
//
// All tests share the server of internal/pgtest/withserver when they run under it, as make test does. Without it every
// test binary starts a server for itself, which ends with the binary.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgserver"
)

// Variable names the environment variable in which withserver passes the server's address.
const Variable = "PGASSAY_TEST_DSN"

// T is what this package needs of a test: a *testing.T, a *testing.B, or what stands for one in a testscript.
type T interface {
	Helper()
	Context() context.Context
	Cleanup(f func())
	Skip(args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Options are how servers for tests are started: what a test writes need not survive a power cut.
func Options() pgserver.Options {
	return pgserver.Options{
		Source: pgserver.Source{
			BinDir: os.Getenv("PGASSAY_PG_BIN"), Repository: os.Getenv("PGASSAY_PG_REPOSITORY"), CacheDir: os.Getenv("PGASSAY_CACHE"),
		},
		Settings: map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300",
		},
	}
}

// server returns the address of the server that this process's tests share. The server is never stopped: its guardian
// does that when this process ends.
var server = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv(Variable); dsn != "" {
		return dsn, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	started, err := pgserver.Start(ctx, Options())
	if err != nil {
		return "", err
	}
	return started.DSN(), nil
})

// Server returns the address of the server that the tests of this process share, connected as a superuser. It fails the
// test if there is none; on a machine without PostgreSQL it skips it, but in CI it fails.
func Server(t T) string {
	t.Helper()
	dsn, err := server()
	started(t, err)
	return dsn
}

// Start starts a server of the test's own, for what would disturb other tests on the shared one, and stops it when the test
// is done. Without PostgreSQL it does what Server does, but a folder of binaries that opts name must hold one.
func Start(t T, opts pgserver.Options) *pgserver.Server {
	t.Helper()
	own, err := pgserver.Start(t.Context(), opts)
	if err != nil && opts.BinDir != "" {
		t.Fatal(err)
	}
	started(t, err)
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Fatal(err)
		}
	})
	return own
}

// started ends the test if a server did not start.
func started(t T, err error) {
	t.Helper()
	if errors.Is(err, pgserver.ErrNoBinaries) && os.Getenv("CI") == "" {
		t.Skip("needs PostgreSQL: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Database makes an empty database for the test, returns its address, and drops it when the test is done.
func Database(t T) string {
	t.Helper()
	return Named(t, "test")
}

// Named is Database, with a name that begins with what is given.
func Named(t T, prefix string) string {
	t.Helper()
	address, err := url.Parse(Server(t))
	if err != nil {
		t.Fatalf("%s is not the URL of a server", Variable)
	}
	name := prefix + "_" + strings.ToLower(rand.Text()[:12])
	execute(t, address.String(), "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, address.String(), "DROP DATABASE "+name+" WITH (FORCE)") })
	own := *address
	own.Path = "/" + name
	return own.String()
}

// With makes a database for the test, runs statements in it, such as those that make a schema, and returns a connection.
func With(t T, statements string) *pgx.Conn {
	t.Helper()
	conn := Connect(t, Database(t))
	Execute(t, conn, statements)
	return conn
}

// Extension makes an extension. Where the server has it not, the test is skipped, but in CI it fails.
func Extension(t T, conn *pgx.Conn, name string) {
	t.Helper()
	available := Value[bool](t, conn, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", name)
	if !available && os.Getenv("CI") == "" {
		t.Skip("needs the extension ", name)
	}
	Execute(t, conn, "CREATE EXTENSION "+pgx.Identifier{name}.Sanitize())
}

// Connect connects to a database and closes the connection when the test is done.
func Connect(t T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// Execute runs a statement; without arguments it may be several. It fails the test if the server refuses one.
func Execute(t T, conn *pgx.Conn, statement string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Value returns the one value that a query gives. It fails the test on an error, also where there is no row.
func Value[V any](t T, conn *pgx.Conn, query string, args ...any) V {
	t.Helper()
	var v V
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// Values returns the values of a query's only column. It fails the test on an error.
func Values[V any](t T, conn *pgx.Conn, query string, args ...any) []V {
	t.Helper()
	rows, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[V])
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// execute runs one statement on a connection of its own. It also works in a test's clean-up, when its context is over.
func execute(t T, dsn, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
