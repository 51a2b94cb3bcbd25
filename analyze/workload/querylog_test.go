package workload_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/pgassay/pgassay/analyze/querylog"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// record runs statements with a recorder on a connection and returns what it wrote.
func record(t *testing.T, setup func(*pgx.ConnConfig), run func(ctx context.Context, conn *pgx.Conn)) []*workload.Event {
	t.Helper()
	var log bytes.Buffer
	recorder := querylog.New(&log, querylog.Options{})
	conn := connect(t, recorder, setup)
	run(t.Context(), conn)
	if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	if err := recorder.Close(); err != nil {
		t.Error(err)
	}
	return readLog(t, &log)
}

// connect connects to a database of the test's own, with a recorder. setup may change how; nil changes nothing.
func connect(t *testing.T, recorder *querylog.Recorder, setup func(*pgx.ConnConfig)) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	config.Tracer = recorder
	if setup != nil {
		setup(config)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func readLog(t *testing.T, log io.Reader) []*workload.Event {
	t.Helper()
	reader := workload.NewQueryLog(log)
	var events []*workload.Event
	for {
		e, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if reader.Unread.Count > 0 {
		t.Errorf("lines that can't be read: %q", reader.Unread.Samples)
	}
	for _, e := range events {
		if e.Statement == "" {
			t.Errorf("no text for the statement sent at %s", e.CallSite)
		}
	}
	return events
}

func exec(t *testing.T, ctx context.Context, conn interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
}, sql string, args ...any,
) {
	t.Helper()
	if _, err := conn.Exec(ctx, sql, args...); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func find(t *testing.T, events []*workload.Event, sql string) []*workload.Event {
	t.Helper()
	fingerprint := sqltext.Fingerprint(sql)
	var found []*workload.Event
	for _, e := range events {
		if e.Fingerprint == fingerprint {
			found = append(found, e)
		}
	}
	return found
}

func one(t *testing.T, events []*workload.Event, sql string) *workload.Event {
	t.Helper()
	found := find(t, events, sql)
	if len(found) != 1 {
		t.Fatalf("%d executions of %s, want 1", len(found), sql)
	}
	return found[0]
}

func here() string {
	_, file, line, _ := runtime.Caller(1)
	return "analyze/workload/" + filepath.Base(file) + ":" + strconv.Itoa(line)
}

func TestRecordedExecution(t *testing.T) {
	t.Parallel()
	var place string
	events := record(t, nil, func(ctx context.Context, conn *pgx.Conn) {
		exec(t, ctx, conn, "CREATE TABLE t (id int PRIMARY KEY, name text)")
		ctx = querylog.WithRequest(ctx, "GET /things/{id}")
		place = here()
		_, err := conn.Exec(ctx, "INSERT INTO t SELECT g, 'n' || g FROM generate_series(1, $1) g", 7)
		if err != nil {
			t.Error(err)
		}
		_, err = conn.Exec(ctx, "INSERT INTO t VALUES (1, 'again') /*action='x%20y'*/")
		if err == nil {
			t.Error("no error")
		}
	})
	e := one(t, events, "INSERT INTO t SELECT g, 'n' || g FROM generate_series(1, $1) g")
	if e.Rows != 7 || e.Route != "GET /things/{id}" || e.Scope == "" || e.Duration <= 0 || e.Time.IsZero() || len(e.Args) != 3 || e.Code != "" {
		t.Errorf("got %+v", e)
	}
	if e.Transaction != "" {
		t.Errorf("in transaction %s, want none", e.Transaction)
	}
	file, line, _ := strings.Cut(place, ":")
	number, _ := strconv.Atoi(line)
	if want := file + ":" + strconv.Itoa(number+1); e.CallSite != want {
		t.Errorf("call site %s, want %s", e.CallSite, want)
	}
	failed := one(t, events, "INSERT INTO t VALUES (1, 'again')")
	if failed.Code != "23505" || failed.Tags["action"] != "x y" {
		t.Errorf("got %+v", failed)
	}
	if failed.Session != e.Session || failed.Scope != e.Scope {
		t.Error("same connection and request, but not so recorded")
	}
	if one(t, events, "CREATE TABLE t (id int PRIMARY KEY, name text)").Scope != "" {
		t.Error("a scope without a request")
	}
}

// A result's keys and the binds that carry them have the same hashes, whatever the Go type and the wire format.
func TestResultsFlowIntoArguments(t *testing.T) {
	t.Parallel()
	const parent = "SELECT id, small, big, uid, slug, 'some text' AS body FROM t ORDER BY id DESC"
	const child = "SELECT $1::text"
	modes := map[string]pgx.QueryExecMode{
		"cached statements": pgx.QueryExecModeCacheStatement, "cached descriptions": pgx.QueryExecModeCacheDescribe,
		"describe": pgx.QueryExecModeDescribeExec, "exec": pgx.QueryExecModeExec, "simple protocol": pgx.QueryExecModeSimpleProtocol,
	}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const uid = "6b2a1e3c-9a55-4f0e-8f6a-0d5e3b1c2d4f"
			events := record(t, func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = mode }, func(ctx context.Context, conn *pgx.Conn) {
				exec(t, ctx, conn, "CREATE TABLE t (id int, small int2, big int8, uid uuid, slug text)")
				exec(t, ctx, conn, "INSERT INTO t VALUES (808464432, 2, 3, '"+uid+"', 'one'), (-4, 5, 6, NULL, '12')")
				for range 2 { // the second time without a description
					rows, err := conn.Query(ctx, parent)
					if err != nil {
						t.Fatal(err)
					}
					rows.Close()
				}
				for _, arg := range []any{"808464432", "-4", "2", "3", "6", uid, "one", "12"} {
					var s *string
					if err := conn.QueryRow(ctx, child, arg).Scan(&s); err != nil {
						t.Error(err)
					}
				}
			})
			parents, children := find(t, events, parent), find(t, events, child)
			if len(parents) != 2 || len(children) != 8 {
				t.Fatalf("%d parents, %d children", len(parents), len(children))
			}
			arg := func(i int) uint64 { return children[i].Args[0] }
			for i, p := range parents {
				columns := map[string][]uint64{}
				for _, c := range p.Results {
					columns[c.Name] = c.Hashes
				}
				if diff := cmp.Diff([]uint64{arg(0), arg(1)}, columns["id"]); diff != "" {
					t.Errorf("run %d: id (-want +got)\n%s", i, diff)
				}
				if columns["small"][0] != arg(2) || columns["big"][0] != arg(3) || columns["big"][1] != arg(4) {
					t.Errorf("run %d: small %v and big %v", i, columns["small"], columns["big"])
				}
				if diff := cmp.Diff([]uint64{arg(5)}, columns["uid"]); diff != "" { // NULL is no key
					t.Errorf("run %d: uid (-want +got)\n%s", i, diff)
				}
				if diff := cmp.Diff([]uint64{arg(6), arg(7)}, columns["slug"]); diff != "" {
					t.Errorf("run %d: slug (-want +got)\n%s", i, diff)
				}
				if columns["body"] != nil {
					t.Error("kept hashes of a text that is no key")
				}
			}
		})
	}
}

type named int64

func TestArgumentsOfAllTypes(t *testing.T) {
	t.Parallel()
	number, text := int32(42), "42"
	same := []any{42, int64(42), int32(42), int16(42), uint8(42), "42", &number, &text, named(42), []byte("42"), sql.NullInt64{Int64: 42, Valid: true}, 42.0}
	var log bytes.Buffer
	recorder := querylog.New(&log, querylog.Options{})
	conn := connect(t, recorder, func(c *pgx.ConnConfig) { c.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol })
	for _, arg := range append(same, 43, nil, "needle", []int{42}, true, []string{"needle"}, struct{ S string }{"needle"}) {
		rows, err := conn.Query(t.Context(), "SELECT $1", arg)
		if err == nil {
			rows.Close()
		}
	}
	exec(t, t.Context(), conn, "SELECT @a::int", pgx.NamedArgs{"a": 42})
	exec(t, t.Context(), conn, "SELECT 'needle' AS name")
	if err := recorder.Close(); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "needle") {
		t.Error("a value is in the log")
	}
	events := readLog(t, &log)
	want := events[0].Args
	for i, e := range find(t, events, "SELECT $1") {
		if got := slices.Equal(e.Args, want); got != (i < len(same)) {
			t.Errorf("argument %d: equal is %t", i, got)
		}
	}
	if e := one(t, events, "SELECT $1::int"); !slices.Equal(e.Args, want) {
		t.Error("a named argument has another hash")
	}
}

// A literal in the text and a bind with the same value are the same argument; a list's elements count together.
func TestLiteralsAreArguments(t *testing.T) {
	t.Parallel()
	events := record(t, nil, func(ctx context.Context, conn *pgx.Conn) {
		exec(t, ctx, conn, "CREATE TABLE t (a int, b text)")
		exec(t, ctx, conn, "SELECT * FROM t WHERE b = 'x' AND a = $1", 7)
		exec(t, ctx, conn, "SELECT * FROM t WHERE b = 'x' AND a = 7")
		exec(t, ctx, conn, "SELECT * FROM t WHERE b = $1 AND a = 8", "x")
		exec(t, ctx, conn, "SELECT * FROM t WHERE a IN (7)")
		exec(t, ctx, conn, "SELECT * FROM t WHERE a IN (7, 8)")
		exec(t, ctx, conn, "SELECT * FROM t WHERE a IN ($1, $2)", 7, 8)
		exec(t, ctx, conn, "SELECT * FROM t WHERE a IN ($2, $1)", 7, 8)
	})
	single := find(t, events, "SELECT * FROM t WHERE b = 'x' AND a = 7")
	lists := find(t, events, "SELECT * FROM t WHERE a IN (7)")
	if len(single) != 3 || len(lists) != 4 {
		t.Fatalf("%d and %d executions", len(single), len(lists))
	}
	if !slices.Equal(single[0].Args, single[1].Args) || slices.Equal(single[0].Args, single[2].Args) || single[0].Args[0] != single[2].Args[0] {
		t.Errorf("got %v, %v, %v", single[0].Args, single[1].Args, single[2].Args)
	}
	if lists[0].Args[0] != single[0].Args[1] || lists[1].Args[0] != lists[2].Args[0] || lists[1].Args[0] == lists[3].Args[0] || lists[0].Args[0] == lists[1].Args[0] {
		t.Errorf("got %v, %v, %v, %v", lists[0].Args, lists[1].Args, lists[2].Args, lists[3].Args)
	}
}

func TestTransactionsAndBatches(t *testing.T) {
	t.Parallel()
	events := record(t, nil, func(ctx context.Context, conn *pgx.Conn) {
		exec(t, ctx, conn, "CREATE TABLE t (a int)")
		for range 2 {
			tx, err := conn.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			exec(t, ctx, tx, "INSERT INTO t VALUES (1)")
			exec(t, ctx, tx, "INSERT INTO t VALUES (2)")
			if err := tx.Commit(ctx); err != nil {
				t.Error(err)
			}
		}
		var batch pgx.Batch
		for i := range 3 {
			batch.Queue("SELECT a FROM t WHERE a = $1", i)
		}
		if err := conn.SendBatch(ctx, &batch).Close(); err != nil {
			t.Error(err)
		}
		if n, err := conn.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"a"}, pgx.CopyFromRows([][]any{{5}, {6}})); n != 2 || err != nil {
			t.Error(n, err)
		}
		if _, err := conn.Prepare(ctx, "by_a", "SELECT * FROM t WHERE a > $1"); err != nil {
			t.Error(err)
		}
		exec(t, ctx, conn, "by_a", 1)
	})
	inserts := find(t, events, "INSERT INTO t VALUES (1)")
	if len(inserts) != 4 || inserts[0].Transaction == "" || inserts[0].Transaction != inserts[1].Transaction || inserts[0].Transaction == inserts[2].Transaction {
		t.Errorf("got %+v", inserts)
	}
	if begin := find(t, events, "begin"); len(begin) != 2 || begin[0].Transaction != inserts[0].Transaction {
		t.Errorf("BEGIN is not in its transaction: %+v", begin)
	}
	batched := find(t, events, "SELECT a FROM t WHERE a = $1")
	if len(batched) != 3 || batched[0].Batch == 0 || batched[0].Batch != batched[2].Batch || len(batched[1].Args) != 1 {
		t.Errorf("got %+v", batched)
	}
	if e := one(t, events, `COPY t (a) FROM STDIN`); e.Rows != 2 {
		t.Errorf("got %+v", e)
	}
	if e := one(t, events, `SELECT * FROM t WHERE a > $1`); e.Rows != 4 {
		t.Errorf("got %+v", e)
	}
}

func TestPoolAndDatabaseSQL(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	recorder := querylog.New(&log, querylog.Options{})
	dsn := pgtest.Database(t)
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Tracer = recorder
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	var places []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pool/{id}", func(_ http.ResponseWriter, r *http.Request) {
		places = append(places, here())
		rows, _ := pool.Query(r.Context(), "SELECT 1 AS id FROM generate_series(1, 3)")
		rows.Close()
	})
	mux.HandleFunc("/sql", func(_ http.ResponseWriter, r *http.Request) {
		places = append(places, here())
		rows, err := db.QueryContext(r.Context(), "SELECT 2 AS id, 3")
		if err != nil {
			t.Error(err)
			return
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
	})
	handler := querylog.Handler(mux)
	for _, path := range []string{"/pool/7", "/sql", "/pool/8"} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		request.Header.Set("Traceparent", "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01")
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
	// The stack goes through the pool's and database/sql's code.
	pool.Close()
	if err := errors.Join(db.Close(), recorder.Close()); err != nil {
		t.Error(err)
	}
	events := readLog(t, &log)
	pooled := find(t, events, "SELECT 1 AS id FROM generate_series(1, 3)")
	if len(pooled) != 2 || pooled[0].Route != "GET /pool/{id}" || pooled[0].Scope == pooled[1].Scope || pooled[0].Rows != 3 {
		t.Errorf("got %+v", pooled)
	}
	if got := pooled[0].Tags["traceparent"]; !strings.HasPrefix(got, "00-5bd") {
		t.Errorf("traceparent %q", got)
	}
	one := one(t, events, "SELECT 2 AS id, 3")
	if one.Route != "GET /sql" {
		t.Errorf("route %q", one.Route)
	}
	for i, e := range []*workload.Event{pooled[0], one} {
		file, line, _ := strings.Cut(places[i], ":")
		number, _ := strconv.Atoi(line)
		if want := file + ":" + strconv.Itoa(number+1); e.CallSite != want {
			t.Errorf("call site %s, want %s", e.CallSite, want)
		}
	}
}

// TestSetRoute has a middleware say what the router matched, with statements before and after.
func TestSetRoute(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	recorder := querylog.New(&log, querylog.Options{})
	conn := connect(t, recorder, nil)
	handler := querylog.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		exec(t, r.Context(), conn, "SELECT 1")
		querylog.SetRoute(r.Context(), "GET /users/:name")
		exec(t, r.Context(), conn, "SELECT 2, 3")
	}))
	for _, path := range []string{"/users/ann", "/users/bob"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	}
	querylog.SetRoute(t.Context(), "nothing") // no request: nothing happens
	exec(t, t.Context(), conn, "SELECT 3, 4, 5")
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	events := readLog(t, &log)
	var routes []string
	for _, e := range events {
		routes = append(routes, e.Route)
	}
	if want := []string{"GET /users/ann", "GET /users/:name", "GET /users/bob", "GET /users/:name", ""}; !slices.Equal(routes, want) {
		t.Errorf("routes %q, want %q", routes, want)
	}
	if events[0].Scope != events[1].Scope || events[1].Scope == events[2].Scope || events[4].Scope != "" {
		t.Error("the statements are not told apart by request")
	}
}

// TestDefinitionAfterUse reads logs in which executions stand before the definitions of their statements: the end of a log,
// or one that was truncated under the recorder.
func TestDefinitionAfterUse(t *testing.T) {
	t.Parallel()
	const definitions = `{"statement":"a","sql":"SELECT 1"}` + "\n" + `{"statement":"b","sql":"SELECT 2"}` + "\n"
	run := func(fingerprint string) string {
		return `{"time":"2026-01-01T00:00:00Z","duration_ns":12,"session":"` + strings.Repeat("s", 100) + `","fingerprint":"` + fingerprint + `"}` + "\n"
	}
	for _, test := range []struct{ name, log, want string }{
		{"before", definitions + run("a") + run("b"), "a:SELECT 1 b:SELECT 2"},
		{"after", run("a") + run("b") + definitions + run("a"), "a:SELECT 1 b:SELECT 2 a:SELECT 1"},
		{"one of them after", `{"statement":"b","sql":"SELECT 2"}` + "\n" + run("b") + run("a") + run("b") + definitions + run("b"), "b:SELECT 2 a:SELECT 1 b:SELECT 2 b:SELECT 2"},
		{"never", run("c") + run("a") + definitions + run("c"), "c: a:SELECT 1 c:"},
		{"of a later version", run("a") + `{"pgassay":"querylog","version":2}` + "\n" + definitions, "a: error"},
	} {
		reader := workload.NewQueryLog(strings.NewReader(test.log))
		var got []string
		for {
			e, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				got = append(got, "error")
				break
			}
			got = append(got, e.Fingerprint+":"+e.Statement)
		}
		if all := strings.Join(got, " "); all != test.want {
			t.Errorf("%s: got %s, want %s", test.name, all, test.want)
		}
	}

	// The definition of one statement is waited for, but not for ever, and only once.
	line := run("a")
	const megabyte = 1 << 20
	log := strings.NewReader(run("c") + definitions + strings.Repeat(line, 40*megabyte/len(line)) + run("c") + strings.Repeat(line, 8*megabyte/len(line)))
	reader := workload.NewQueryLog(log)
	for read := 0; ; read++ {
		e, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if left := log.Len(); read == 0 && left < 10*megabyte {
			t.Errorf("the first execution came with only %d bytes of the log left", left)
		}
		if e.Fingerprint == "c" && read > 0 {
			break
		}
	}
	if left := log.Len(); left < 5*megabyte {
		t.Errorf("the statement without definition was waited for again: only %d bytes of the log are left", left)
	}
}

func TestRecorderSurvivesRotation(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "queries.jsonl")
	recorder, err := querylog.Open(path, querylog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, recorder, nil)
	exec(t, t.Context(), conn, "SELECT 1")
	long := "SELECT 1 WHERE 1<2" + strings.Repeat(" AND 1<2", 6000) // longer with its literals taken out than the recorder remembers
	exec(t, t.Context(), conn, long)
	if err := recorder.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	// The name is looked at once a second; until then the old file takes what comes.
	for {
		exec(t, t.Context(), conn, "SELECT 1")
		if err := recorder.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			break
		}
	}
	exec(t, t.Context(), conn, long)
	if err := recorder.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{path, path + ".1"} {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		start := make([]byte, 64)
		if _, err := file.ReadAt(start, 0); err != nil || !workload.IsQueryLog(start) {
			t.Errorf("%s starts with %q", name, start)
		}
		if events := readLog(t, file); len(events) == 0 {
			t.Errorf("nothing in %s", name)
		}
		file.Close()
	}
}

// blocked is a disk that hangs until it is released.
type blocked struct {
	release chan struct{}
	bytes.Buffer
}

func (b *blocked) Write(p []byte) (int, error) {
	<-b.release
	return b.Buffer.Write(p)
}

func TestRecorderNeverBlocks(t *testing.T) {
	t.Parallel()
	disk := &blocked{release: make(chan struct{})}
	recorder := querylog.New(disk, querylog.Options{BufferBytes: 4096})
	conn := connect(t, recorder, nil)
	const runs = 500
	for range runs {
		exec(t, t.Context(), conn, "SELECT 1")
	}
	stats := recorder.Stats()
	if stats.Dropped == 0 || stats.Events+stats.Dropped != runs {
		t.Errorf("got %+v", stats)
	}
	close(disk.release)
	if err := errors.Join(conn.Close(t.Context()), recorder.Close()); err != nil {
		t.Error(err)
	}
	reader := workload.NewQueryLog(&disk.Buffer)
	events := int64(0)
	for {
		if _, err := reader.Next(); err != nil {
			break
		}
		events++
	}
	if events != stats.Events || reader.Dropped != stats.Dropped {
		t.Errorf("log has %d events and says %d were dropped, want %+v", events, reader.Dropped, stats)
	}
}
