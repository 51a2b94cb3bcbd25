package seed_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// faultOptions are small enough to be quick, and large enough for constraints to come off.
var faultOptions = seed.Options{
	Tables: []seed.Wish{{Table: "a", Rows: 6000}, {Table: "b", Rows: 25_000}, {Table: "c", Rows: 30_000}}, Seed: 3, NullShare: -1, Workers: 2,
	LockWait: 200 * time.Millisecond,
}

// fault is a database with crashSchema to which something happens during a load.
type fault struct {
	dsn  string
	conn *pgx.Conn // of a superuser
	want []string  // definitions
}

func newFault(t *testing.T) *fault {
	t.Helper()
	return faultAt(t, pgtest.Database(t))
}

func faultAt(t *testing.T, dsn string) *fault {
	t.Helper()
	f := &fault{dsn: dsn, conn: pgtest.Connect(t, dsn)}
	pgtest.Execute(t, f.conn, crashSchema)
	f.want = definitions(t, f.conn)
	return f
}

// check makes sure that an error says what it should, and that the database is as it was, every table whole or empty; or
// else that the error names the command that makes it so, which then does.
func (f *fault) check(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("the load went well")
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
	if strings.Contains(err.Error(), "pgassay seed repair") {
		if _, err := seed.Repair(t.Context(), config(t, f.dsn), 2); err != nil {
			t.Fatal(err)
		}
	}
	if f.conn.IsClosed() || f.conn.Ping(t.Context()) != nil {
		f.conn = pgtest.Connect(t, f.dsn)
	}
	if diff := cmp.Diff(f.want, definitions(t, f.conn)); diff != "" {
		t.Errorf("definitions after %v (-want +got)\n%s", err, diff)
	}
	if tables := partial(t, f.conn, faultOptions); tables != nil {
		t.Errorf("neither whole nor empty: %q", tables)
	}
}

// during runs a load and does something while rows of b are sent, until that says that it has worked.
func (f *fault) during(t *testing.T, dsn string, do func() bool) error {
	t.Helper()
	done := false
	opts := faultOptions
	opts.Progress = func(e seed.Event) { // never from two goroutines at once
		if e.Kind == seed.Loaded && e.Table == "public.b" {
			done = done || do()
		}
	}
	_, err := seed.Run(t.Context(), config(t, dsn), opts)
	return err
}

// copying selects the sessions that load.
const copying = " FROM pg_stat_activity WHERE application_name = 'pgassay seed' AND datname = current_database() AND state = 'active' AND query LIKE 'COPY %'"

// signal has the server do something to the sessions that load, and tells whether there was one.
func (f *fault) signal(t *testing.T, function string) bool {
	t.Helper()
	tag, err := f.conn.Exec(t.Context(), "SELECT "+function+"(pid)"+copying)
	if err != nil {
		t.Error(err)
	}
	return tag.RowsAffected() > 0
}

func TestCancelledQuery(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	err := f.during(t, f.dsn, func() bool { return f.signal(t, "pg_cancel_backend") })
	f.check(t, err, "somebody cancelled the statement on the server: start again")
}

func TestTerminatedBackend(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	err := f.during(t, f.dsn, func() bool { return f.signal(t, "pg_terminate_backend") })
	f.check(t, err, "start again")
}

// TestLostConnection cuts the connections in the middle of a load; those that are made later work again.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	p := newProxy(t, f.dsn)
	err := f.during(t, p.dsn, p.cut)
	f.check(t, err, "the connection to the server is lost", "start again")
}

// TestLockTimeout: another session holds a table.
func TestLockTimeout(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	other := pgtest.Connect(t, f.dsn)
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE b IN ROW EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	_, err = seed.Run(t.Context(), config(t, f.dsn), faultOptions)
	if rollbackErr := tx.Rollback(t.Context()); rollbackErr != nil {
		t.Fatal(rollbackErr)
	}
	f.check(t, err, fmt.Sprintf("process %d (idle in transaction) has locked b", other.PgConn().PID()), "nothing was loaded")
}

// TestRoleTimeouts: what a role has for its application does not end a load.
func TestRoleTimeouts(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	name := pgx.Identifier{f.conn.Config().Database}.Sanitize()
	for _, setting := range []string{"statement_timeout = '20ms'", "lock_timeout = '1ms'", "idle_in_transaction_session_timeout = '20ms'"} {
		pgtest.Execute(t, f.conn, "ALTER DATABASE "+name+" SET "+setting)
	}
	if _, err := seed.Run(t.Context(), config(t, f.dsn), faultOptions); err != nil {
		t.Fatal(err)
	}
}

// TestNoPermission: a role that owns nothing. It can load, constraints in place, what it has the rights for.
func TestNoPermission(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	database := f.conn.Config().Database
	role := "seeder_" + strings.TrimPrefix(database, "test_")
	run := func(script string) {
		t.Helper()
		pgtest.Execute(t, f.conn, script)
	}
	run("DROP TRIGGER loud ON b; DROP TRIGGER always ON b; CREATE ROLE " + role + " LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON a, b, c TO " + role)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := f.conn.Exec(ctx, "DROP OWNED BY "+role+"; DROP ROLE "+role); err != nil {
			t.Error(err)
		}
	})
	f.want = definitions(t, f.conn)
	as, err := url.Parse(f.dsn)
	if err != nil {
		t.Fatal(err)
	}
	as.User = url.UserPassword(role, "x")
	_, err = seed.Run(t.Context(), config(t, as.String()), faultOptions)
	f.check(t, err, "go round in a circle, and only the tables' owner", "connect as the owner")

	run("ALTER TABLE a DROP COLUMN main_b; REVOKE INSERT ON b FROM " + role)
	f.want = definitions(t, f.conn)
	_, err = seed.Run(t.Context(), config(t, as.String()), faultOptions)
	f.check(t, err, "permission denied for table b", "have it grant INSERT, SELECT and TRUNCATE on them to this role")

	opts := faultOptions
	opts.Resume, opts.Truncate = true, false
	run("TRUNCATE a, b, c; GRANT INSERT ON b TO " + role)
	_, err = seed.Run(t.Context(), config(t, as.String()), opts)
	f.check(t, err, "takes the right to create a schema", "leave out --resume and --shard")
	if _, err = seed.Run(t.Context(), config(t, as.String()), faultOptions); err != nil {
		t.Errorf("with the rights to load alone: %v", err)
	}
}

// TestReadOnly: a database that takes no writes is left alone, and the error says why.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	f := newFault(t)
	pgtest.Execute(t, f.conn, "ALTER DATABASE "+pgx.Identifier{f.conn.Config().Database}.Sanitize()+" SET default_transaction_read_only = on")
	_, err := seed.Run(t.Context(), config(t, f.dsn), faultOptions)
	f.check(t, err, "read-only", "connect to the primary", "nothing was loaded")
}

// TestServerCrash kills a server process in the middle of a load: the server ends all connections, recovers and goes on.
func TestServerCrash(t *testing.T) {
	t.Parallel()
	dsn, err := pgtest.Start(t, pgtest.Options()).CreateDatabase(t.Context(), "crash")
	if err != nil {
		t.Fatal(err)
	}
	f := faultAt(t, dsn)
	err = f.during(t, f.dsn, func() bool {
		var pid int
		return f.conn.QueryRow(t.Context(), "SELECT pid"+copying+" LIMIT 1").Scan(&pid) == nil && syscall.Kill(pid, syscall.SIGKILL) == nil
	})
	f.check(t, err, "start again")
}

// TestDiskFull loads into a database on a small file system, which only root can make.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("needs to mount a small file system, which only root can")
	}
	t.Parallel()
	shared := pgtest.Connect(t, pgtest.Server(t))
	dir, err := os.MkdirTemp("/tmp", "pgassay-full-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=40m,mode=777"); err != nil {
		t.Skip("needs to mount a small file system: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	data := pgtest.Value[string](t, shared, "SELECT current_setting('data_directory')")
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "space")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(folder, int(info.Sys().(*syscall.Stat_t).Uid), -1); err != nil {
		t.Fatal(err)
	}
	name := "full_" + strings.ToLower(rand.Text()[:8])
	t.Cleanup(func() {
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "DROP TABLESPACE " + name} {
			if _, err := shared.Exec(context.WithoutCancel(t.Context()), statement); err != nil {
				t.Error(err)
			}
		}
	})
	for _, statement := range []string{"CREATE TABLESPACE " + name + " LOCATION '" + folder + "'", "CREATE DATABASE " + name + " TABLESPACE " + name} {
		pgtest.Execute(t, shared, statement)
	}
	address, err := url.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	f := faultAt(t, address.String())
	opts := faultOptions
	opts.Tables = []seed.Wish{{Table: "a", Rows: 6000}, {Table: "b", Rows: 500_000}}
	plan, err := seed.Prepare(t.Context(), config(t, f.dsn), opts)
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := plan.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var full *seed.FullError
	if err := forecast.CheckDisk(); !errors.As(err, &full) {
		t.Errorf("%d bytes on a disk of which %+v is known: error %v", forecast.SizeBytes, forecast.Disk, err)
	}
	_, err = plan.Load(t.Context())
	f.check(t, err, "No space left on device", "the server's disk is full: make room there, or ask for fewer rows")
	_ = f.conn.Close(t.Context()) // so that the database can go
}

// proxy is a proxy before a server, whose connections can be cut.
type proxy struct {
	dsn string

	mu    sync.Mutex
	conns []net.Conn
}

// newProxy starts a proxy that ends with the test.
func newProxy(t *testing.T, dsn string) *proxy {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := config(t, dsn)
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	address.Host, address.RawQuery = listener.Addr().String(), "sslmode=disable"
	p := &proxy{dsn: address.String()}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			network, where := pgconn.NetworkAddress(server.Host, server.Port)
			back, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), network, where)
			if err != nil {
				_ = client.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, back)
			p.mu.Unlock()
			wait.Go(func() { _, _ = io.Copy(back, client); _ = back.Close() })
			wait.Go(func() { _, _ = io.Copy(client, back); _ = client.Close() })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.cut()
		wait.Wait()
	})
	return p
}

// cut cuts all connections that there are.
func (p *proxy) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	return true
}
