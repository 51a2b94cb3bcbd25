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
	if errors.Is(err, pgserver.ErrNoBinaries) && os.Getenv("CI") == "" {
		t.Skip("needs PostgreSQL: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dsn
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

// Extension makes an extension. Where the server has it not, the test is skipped, but in CI it fails.
func Extension(t T, conn *pgx.Conn, name string) {
	t.Helper()
	available := false
	if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", name).Scan(&available); err != nil {
		t.Fatal(err)
	}
	if !available && os.Getenv("CI") == "" {
		t.Skip("needs the extension ", name)
	}
	if _, err := conn.Exec(t.Context(), "CREATE EXTENSION "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
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
