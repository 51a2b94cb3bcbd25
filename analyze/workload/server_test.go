package workload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// TestRealLogs runs known statements on a real server that logs in every format at once, with every combination of
// settings that people have, and reads its logs.
func TestRealLogs(t *testing.T) {
	t.Parallel()
	for name, opts := range pgtest.Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{
				"logging_collector": "on", "log_filename": "postgresql.log", "log_file_mode": "0644",
				"log_line_prefix": "%m [%p] %q%u@%d app=%a,vx=%v ", "session_preload_libraries": "auto_explain", "log_timezone": "UTC", "lc_messages": "C",
			}
			maps.Copy(settings, opts.Settings)
			opts.Settings = settings
			server, formats := start(t, opts)
			config, err := pgx.ParseConfig(server.DSN())
			if err != nil {
				t.Fatal(err)
			}
			runStatements(t, config)
			var folder string
			if err := pgtest.Connect(t, server.DSN()).QueryRow(t.Context(), "SELECT current_setting('data_directory')").Scan(&folder); err != nil {
				t.Fatal(err)
			}
			for _, format := range formats {
				path := filepath.Join(folder, "log", format)
				awaitLog(t, path)
				checkLog(t, path)
			}
		})
	}
}

// start starts a server that logs in every format that its version has: jsonlog came with 15.
func start(t *testing.T, opts pgserver.Options) (server *pgserver.Server, files []string) {
	t.Helper()
	for _, formats := range []string{"stderr,csvlog,jsonlog", "stderr,csvlog"} {
		opts.Settings["log_destination"] = formats
		var err error
		server, err = pgserver.Start(t.Context(), opts)
		if errors.Is(err, pgserver.ErrNoBinaries) && os.Getenv("CI") == "" {
			t.Skip("needs PostgreSQL: ", err)
		}
		if err != nil {
			if strings.Contains(formats, "jsonlog") {
				continue
			}
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
		})
		files = []string{"postgresql.log", "postgresql.csv"}
		if strings.Contains(formats, "jsonlog") {
			files = append(files, "postgresql.json")
		}
		break
	}
	return server, files
}

// settings of a session, and the statements it runs.
var sessions = []struct {
	name     string
	settings string
	planned  string // format of the plans to be found; "" none
}{
	{"all_in_one", "SET log_min_duration_statement = 0", ""},
	{"pairs", "SET log_duration = on; SET log_statement = 'all'", ""},
	{"statements_only", "SET log_statement = 'all'", ""},
	{"plans_text", "SET auto_explain.log_analyze = on; SET auto_explain.log_min_duration = 0", "text"},
	{"plans_json", "SET auto_explain.log_format = json; SET auto_explain.log_analyze = on; SET auto_explain.log_min_duration = 0", "json"},
	{"plans_xml", "SET auto_explain.log_format = xml; SET auto_explain.log_min_duration = 0", "xml"},
	{"plans_yaml", "SET auto_explain.log_format = yaml; SET auto_explain.log_min_duration = 0", "yaml"},
	{"plans_and_durations", "SET log_min_duration_statement = 0; SET auto_explain.log_min_duration = 0", "text"},
	{"plans_and_pairs", "SET log_duration = on; SET log_statement = 'all'; SET auto_explain.log_format = json; SET auto_explain.log_min_duration = 0", "json"},
}

// runStatements runs the same statements in a session of each kind; the session's name is a column's.
func runStatements(t *testing.T, config *pgx.ConnConfig) {
	t.Helper()
	for _, s := range sessions {
		own := config.Copy()
		own.RuntimeParams["application_name"] = "test " + s.name
		conn, err := pgx.ConnectConfig(t.Context(), own)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			exec(t, t.Context(), conn, "SELECT 1") // before anything is logged
		}
		if _, err := conn.PgConn().Exec(t.Context(), s.settings).ReadAll(); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			exec(t, t.Context(), conn, fmt.Sprintf("SELECT %d AS simple_%s,\n\t'it''s \"x\"' -- two\n  AS line", i, s.name), pgx.QueryExecModeSimpleProtocol)
		}
		var null *string
		for i := range 3 {
			exec(t, t.Context(), conn, "SELECT $1::text AS extended_"+s.name+", $2::int, $3::text", "it's\na \\ \"value\"", i, null)
		}
		if _, err := conn.Exec(t.Context(), "SELECT 1 / ($1::int - $1::int) AS failing_"+s.name, 5); err == nil {
			t.Error("no error")
		}
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	exec(t, t.Context(), conn, "SET log_statement = 'all'")
	exec(t, t.Context(), conn, "SELECT '"+lastWords+"'", pgx.QueryExecModeSimpleProtocol)
}

// lastWords are what the last session has logged.
const lastWords = "that was all"

// awaitLog waits until the logging collector, a process of its own, has written what the sessions logged before they ended.
func awaitLog(t *testing.T, path string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(lastWords)) {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%s: the collector has not written all of the log in a minute (%v)", filepath.Base(path), err)
		}
	}
}

func checkLog(t *testing.T, path string) {
	t.Helper()
	inputs, err := workload.Files([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var events int64
	w, err := workload.Read(t.Context(), inputs, workload.Options{Events: func(*workload.Event) { events++ }})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(path)
	if w.Unread.Count > 0 {
		t.Errorf("%s: unread %q", name, w.Unread.Samples)
	}
	find := func(column string) *workload.Statement {
		for _, s := range w.Statements {
			if strings.Contains(s.Normalized, column) {
				return s
			}
		}
		t.Errorf("%s: nothing on %s", name, column)
		return &workload.Statement{}
	}
	for _, s := range sessions {
		timed := s.name != "statements_only"
		simple, extended, failing := find("simple_"+s.name), find("extended_"+s.name), find("failing_"+s.name)
		if simple.Count != 4 || extended.Count != 3 || failing.Errors != 1 {
			t.Errorf("%s: %s: %d simple, %d extended, %d errors, want 4, 3, 1", name, s.name, simple.Count, extended.Count, failing.Errors)
			continue
		}
		if (simple.TotalTime > 0) != timed || (extended.TotalTime > 0) != timed {
			t.Errorf("%s: %s: time %v and %v", name, s.name, simple.TotalTime, extended.TotalTime)
		}
		if simple.Application != "test "+s.name || simple.Database == "" || simple.User == "" || time.Since(simple.First) > time.Hour || simple.First.After(time.Now()) {
			t.Errorf("%s: %s: user %q, database %q, application %q, first %v", name, s.name, simple.User, simple.Database, simple.Application, simple.First)
		}
		if want := fmt.Sprintf("AS simple_%s,\n\t'it''s \"x\"' -- two\n  AS line", s.name); !strings.HasSuffix(simple.Text(), want) {
			t.Errorf("%s: %s: text %q", name, s.name, simple.Text())
		}
		if (len(simple.Plans) > 0) != (s.planned != "") {
			t.Errorf("%s: %s: %d plans", name, s.name, len(simple.Plans))
		}
		for _, p := range append(simple.Plans, extended.Plans...) {
			if p.Format != s.planned || !strings.Contains(p.Text, "Result") || strings.HasPrefix(p.Text, "Query Text") && p.Format == "text" {
				t.Errorf("%s: %s: plan %+v", name, s.name, p)
			}
			if p.Analyzed != strings.Contains(s.settings, "log_analyze") {
				t.Errorf("%s: %s: analyzed is %t", name, s.name, p.Analyzed)
			}
		}
		if len(extended.Samples) == 0 || len(extended.Samples[0].Binds) == 0 {
			if s.planned == "" || strings.Contains(s.settings, "duration_statement") {
				t.Errorf("%s: %s: no binds: %+v", name, s.name, extended.Samples)
			}
			continue
		}
		binds := extended.Samples[0].Binds
		binds[1].Text = ""
		if diff := cmp.Diff([]workload.Bind{{Text: "it's\na \\ \"value\""}, {}, {Null: true}}, binds); diff != "" {
			t.Errorf("%s: %s: binds (-want +got)\n%s", name, s.name, diff)
		}
	}
	if events == 0 {
		t.Errorf("%s: no events", name)
	}
}
