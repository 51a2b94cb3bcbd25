package workload_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/analyze/workload/logsynth"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

func text(s string) workload.Input { return content([]byte(s)) }

func read(t *testing.T, opts workload.Options, inputs ...workload.Input) *workload.Workload {
	t.Helper()
	w, err := workload.Read(t.Context(), inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReadSQL(t *testing.T) {
	t.Parallel()
	w := read(t, workload.Options{}, text("\ufeff-- LOG: not a log\n-- name: One :one\nSELECT 1 /*action='x'*/;\n\\timing\nSELECT ';';\nCOPY t FROM stdin;\n1\n\\.\nSELECT 1;"))
	var got []string
	for _, s := range w.Statements {
		got = append(got, s.Source+" "+s.Name+" "+s.Text())
	}
	if diff := cmp.Diff([]string{"log:3 One SELECT 1 /*action='x'*/", "log:5  SELECT ';'", "log:9  SELECT 1"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if w.Statements[0].Tags["action"] != "x" || w.Statements[0].Fingerprint != sqltext.Fingerprint("SELECT 2") {
		t.Errorf("got %+v", w.Statements[0])
	}
	if len(w.Warnings) != 2 {
		t.Errorf("warnings %q", w.Warnings)
	}
}

const pairLog = `2026-01-02 12:00:00.000 UTC [1] app@shop LOG:  duration: 5.000 ms  statement: SELECT 1 FROM a
2026-01-02 12:00:10.000 UTC [1] app@shop LOG:  duration: 50.000 ms  statement: SELECT 1 FROM b
2026-01-02 12:00:20.000 UTC [2] web@blog LOG:  duration: 1.000 ms  statement: SELECT 1 FROM c
2026-01-02 12:00:30.000 UTC [2] web@blog LOG:  duration: 2.000 ms  statement: SELECT 2 FROM c
2026-01-02 12:00:40.000 UTC [2] web@blog LOG:  duration: 3.000 ms  fastpath function call: "lo_open" (OID 952)
2026-01-02 12:00:50.000 UTC [3] app@shop LOG:  duration: 9.000 ms  statement: SELECT 1 FROM a
`

func TestReadOptions(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2026, 1, 2, 12, 0, second, 0, time.UTC) }
	for _, test := range []struct {
		name string
		opts workload.Options
		want []string
	}{
		{"all, the most time first", workload.Options{}, []string{"b 1", "a 2", "c 2"}},
		{"since", workload.Options{Since: at(20)}, []string{"a 1", "c 2"}},
		{"until", workload.Options{Until: at(20)}, []string{"b 1", "a 1"}},
		{"database", workload.Options{Databases: []string{"blog", "other"}}, []string{"c 2"}},
		{"user", workload.Options{Users: []string{"app"}}, []string{"b 1", "a 2"}},
		{"top", workload.Options{Top: 1}, []string{"b 1"}},
		{"a prefix that fits nothing", workload.Options{Prefix: "nonsense %p "}, []string{"b 1", "a 2", "c 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := read(t, test.opts, text(pairLog))
			var got []string
			for _, s := range w.Statements {
				got = append(got, s.Text()[len(s.Text())-1:]+" "+string(rune('0'+s.Count)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if test.opts.Top > 0 && w.Left != 2 {
				t.Errorf("%d left out, want 2", w.Left)
			}
		})
	}
	a := read(t, workload.Options{}, text(pairLog)).Statements[1]
	if a.TotalTime != 14*time.Millisecond || a.MaxTime != 9*time.Millisecond || !a.First.Equal(at(0)) || !a.Last.Equal(at(50)) || a.Rows != -1 {
		t.Errorf("got %+v", a)
	}
	c := read(t, workload.Options{}, text(pairLog)).Statements[2]
	if len(c.Samples) != 2 || c.Samples[0].Text != "SELECT 2 FROM c" || c.User != "web" {
		t.Errorf("got %+v", c.Samples)
	}
}

// The same log gives the same result, whatever it is compressed with and into however many files it is cut.
func TestReadCompressedAndRotated(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var zipped, zstded bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	zs, err := zstd.NewWriter(&zstded)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(pairLog, "\n")
	for _, part := range []struct {
		w    io.WriteCloser
		text string
	}{{gz, strings.Join(lines[:2], "")}, {zs, strings.Join(lines[2:4], "")}} {
		if _, err := io.WriteString(part.w, part.text); err != nil {
			t.Fatal(err)
		}
		if err := part.w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, file := range []struct {
		name    string
		content []byte
	}{{"postgresql.log.2.gz", zipped.Bytes()}, {"postgresql.log.1.zst", zstded.Bytes()}, {"postgresql.log", []byte(strings.Join(lines[4:], ""))}, {".hidden", []byte("nothing")}} {
		path := filepath.Join(folder, file.name)
		if err := os.WriteFile(path, file.content, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	inputs, err := workload.Files([]string{folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, in := range inputs {
		names = append(names, filepath.Base(in.Name))
	}
	if diff := cmp.Diff([]string{"postgresql.log.2.gz", "postgresql.log.1.zst", "postgresql.log"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	got, want := read(t, workload.Options{}, inputs...), read(t, workload.Options{}, text(pairLog))
	if len(got.Statements) != len(want.Statements) || got.Executions != want.Executions || got.Bytes != want.Bytes {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for i := range got.Statements {
		if g, w := got.Statements[i], want.Statements[i]; g.Fingerprint != w.Fingerprint || g.Count != w.Count || g.TotalTime != w.TotalTime {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, path := range []string{filepath.Join(empty, "none"), empty} {
		if _, err := workload.Files([]string{path}, nil); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
	if _, err := workload.Read(t.Context(), []workload.Input{content([]byte("\x1f\x8bno gzip"))}, workload.Options{}); err == nil {
		t.Error("no error for a broken gzip")
	}
	if _, err := workload.Read(t.Context(), []workload.Input{text("SELECT 1")}, workload.Options{Kind: "xml"}); err == nil || !strings.Contains(err.Error(), "csvlog") {
		t.Errorf("got %v", err)
	}
	if _, err := workload.Read(t.Context(), []workload.Input{text(`{"pgassay":"querylog","version":2}`)}, workload.Options{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := workload.Read(ctx, []workload.Input{text(pairLog)}, workload.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]workload.Kind{
		"SELECT 1;\n":          workload.SQLFile,
		"-- LOG: x\nSELECT 1;": workload.SQLFile,
		"":                     workload.SQLFile,
		"INSERT INTO t VALUES ('ERROR: x');\nSELECT 1;": workload.SQLFile,
		pairLog: workload.TextLog,
		"\tcontinued\n\tcontinued\n\tcontinued\n" + pairLog:                                                             workload.TextLog,
		`{"pgassay":"querylog","version":1}`:                                                                            workload.QueryLogFile,
		`{"statement":"6fbded1c3663e5c9","sql":"SELECT $1"}`:                                                            workload.QueryLogFile,
		`"rows":1}` + "\n" + `{"time":"2026-01-01T00:00:00Z","duration_ns":12,"fingerprint":"6fbded1c3663e5c9"}` + "\n": workload.QueryLogFile,
		`{"time":"2026-01-02 12:00:00 UTC","message":"a"}` + "\n":                                                       workload.JSONLog,
		`{"timestamp":"2026-01-02 12:00:00 UTC","message":"a"}` + "\n":                                                  workload.JSONLog,
	} {
		if got := workload.Detect([]byte(content)); got != want {
			t.Errorf("%.40q is %q, want %q", content, got, want)
		}
	}
}

// Memory does not grow with the log: a log eight times as long needs no more. The test runs alone, so that nothing else
// allocates.
func TestMemoryIsFlat(t *testing.T) {
	needed := func(size int64) uint64 {
		var log bytes.Buffer
		if _, _, err := logsynth.Write(&log, logsynth.Options{Format: logsynth.JSON, Bytes: size}); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read(t, workload.Options{}, content(log.Bytes()))
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	short, long := needed(4<<20), needed(32<<20)
	if long > short+short/2 {
		t.Errorf("4 MiB of log need %d bytes, 32 MiB need %d", short, long)
	}
}

func TestStatStatements(t *testing.T) {
	t.Parallel()
	for name, opts := range pgtest.Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts.Settings["shared_preload_libraries"] = "pg_stat_statements"
			opts.Settings["pg_stat_statements.track_planning"] = "on"
			conn := pgtest.Connect(t, pgtest.Start(t, opts).DSN())
			if _, err := workload.StatStatements(t.Context(), conn, workload.Options{}); err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION") {
				t.Errorf("got %v", err)
			}
			exec(t, t.Context(), conn, `CREATE SCHEMA "Tools"; CREATE EXTENSION pg_stat_statements SCHEMA "Tools"; CREATE TABLE t (a int, b text)`)
			for i := range 4 {
				exec(t, t.Context(), conn, "INSERT INTO t SELECT g, 'x' FROM generate_series(1, $1::int) g", 10+i)
			}
			for _, list := range []string{"1", "1, 2", "1, 2, 3"} {
				exec(t, t.Context(), conn, "SELECT * FROM t WHERE a IN ("+list+")", pgx.QueryExecModeSimpleProtocol)
			}
			w, err := workload.StatStatements(t.Context(), conn, workload.Options{})
			if err != nil {
				t.Fatal(err)
			}
			find := func(sql string) *workload.Statement {
				for _, s := range w.Statements {
					if s.Fingerprint == sqltext.Fingerprint(sql) {
						return s
					}
				}
				t.Fatalf("%s is not there", sql)
				return nil
			}
			insert := find("INSERT INTO t SELECT g, 'x' FROM generate_series(1, 5::int) g")
			if insert.Count != 4 || insert.Rows != 46 || insert.TotalTime <= 0 || insert.MaxTime <= 0 || insert.Stats.MeanTime <= 0 || insert.Stats.SharedHit <= 0 || insert.Stats.WALBytes <= 0 ||
				insert.Database != "postgres" || insert.User == "" || insert.Stats.QueryID == 0 {
				t.Errorf("got %+v, %+v", insert, insert.Stats)
			}
			// Lists of different lengths are one statement; 18 tells them apart no longer.
			if lists := find("SELECT * FROM t WHERE a IN (1)"); lists.Count != 3 || lists.Rows != 4+8+12 {
				t.Errorf("got %+v", lists)
			}
			none, err := workload.StatStatements(t.Context(), conn, workload.Options{Users: []string{"nobody at all"}})
			if err != nil || len(none.Statements) != 0 {
				t.Errorf("%d statements of nobody, %v", len(none.Statements), err)
			}
			top, err := workload.StatStatements(t.Context(), conn, workload.Options{Top: 1, Databases: []string{"postgres"}})
			if err != nil || len(top.Statements) != 1 || top.Left == 0 {
				t.Errorf("got %+v, %v", top, err)
			}
		})
	}
}
