package workload

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fixturesVariable names the folder t/fixtures of a checkout of darold/pgbadger.
const fixturesVariable = "PGASSAY_PGBADGER_FIXTURES"

// TestPgBadgerFixtures reads the logs that pgBadger is tested with. The counts and times are those that pgBadger's own
// tests expect, and for the rest those that its JSON report has (queries_number, queries_duration).
func TestPgBadgerFixtures(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(fixturesVariable)
	if folder == "" {
		t.Skip("needs the logs of github.com/darold/pgbadger: set " + fixturesVariable + " to its t/fixtures")
	}
	for _, test := range []struct {
		file    string
		queries int64
		millis  float64 // of all queries
		entries int64   // 0: not checked
	}{
		{file: "anonymize.log", queries: 5, millis: 1304.914, entries: 8},
		{file: "begin_end.log", entries: 24},
		{file: "cloudsql.log.gz", queries: 1},
		{file: "cnpg.log.gz", queries: 400, millis: 2370.85},
		{file: "csv_statement_without_duration.log", queries: 2, millis: 688786.283},
		{file: "light.postgres.log.bz2", queries: 629, millis: 8654.84},
		{file: "logplex.gz", queries: 4, millis: 107517.819},
		{file: "multiline_param.log", queries: 5, millis: 125.517},
		{file: "pg-syslog.1.bz2", queries: 59871, millis: 16955.939},
		{file: "pg-syslog.2.gz", queries: 59871, millis: 16955.939},
		{file: "pg-timezones.log", queries: 2, millis: 0.114},
		{file: "pg_rawcsv.log"},
		{file: "pg_vacuums.json.gz", entries: 3544},
		{file: "pg_vacuums.log.gz", entries: 3544},
		{file: "pgbouncer.1.21.log.gz"},
		{file: "pgbouncer.log.gz"},
		{file: "postgresql_param_range.log", queries: 3, millis: 1659.415},
		{file: "queryid.log.gz", queries: 20, millis: 13595.422},
		{file: "rds.log.bz2", queries: 114594, millis: 71472.764},
		{file: "stmt_type.log", queries: 12, millis: 37.444},
		{file: "tempfile_only.log.gz", queries: 65, millis: 734441.464},
		{file: "weeknumber.log", queries: 6},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			w := readFixture(t, filepath.Join(folder, test.file), Options{})
			var queries int64
			var spent time.Duration
			for _, s := range w.Statements {
				queries += s.Count
				spent += s.TotalTime
			}
			if queries != test.queries {
				t.Errorf("%d queries, want %d", queries, test.queries)
			}
			if got := float64(spent.Microseconds()) / 1000; test.millis > 0 && (got < test.millis-0.001 || got > test.millis+0.001) {
				t.Errorf("%.3f ms, want %.3f", got, test.millis)
			}
			if test.entries > 0 && w.Entries != test.entries {
				t.Errorf("%d messages, want %d", w.Entries, test.entries)
			}
			if w.Unread.Count > 0 {
				t.Errorf("%d lines could not be read: %q", w.Unread.Count, w.Unread.Samples)
			}
		})
	}
}

func readFixture(t *testing.T, path string, opts Options) *Workload {
	t.Helper()
	inputs, err := Files([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Read(t.Context(), inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestPgBadgerMessages counts messages as pgBadger's tests do: t/03_consistency.t.
func TestPgBadgerMessages(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(fixturesVariable)
	if folder == "" {
		t.Skip("needs the logs of github.com/darold/pgbadger: set " + fixturesVariable + " to its t/fixtures")
	}
	for _, test := range []struct {
		file, message string
		hour          int // -1: any
		want          int
	}{
		{"cloudsql.log.gz", "connection authorized: user=cloudsqladmin database=cloudsqladmin", -1, 151},
		{"cnpg.log.gz", "connection authorized: user=postgres database=postgres", -1, 378},
		{"begin_end.log", "disconnection: session time", -1, 8},
		{"pg_vacuums.log.gz", "automatic analyze of table", -1, 1450},
		{"pg_vacuums.log.gz", "automatic analyze of table", 1, 474},
		{"pg_vacuums.log.gz", "automatic vacuum of table", -1, 2094},
		{"pg_vacuums.log.gz", "automatic vacuum of table", 2, 730},
		{"pg_vacuums.json.gz", "automatic analyze of table", -1, 1450},
		{"pg_vacuums.json.gz", "automatic analyze of table", 1, 474},
		{"pg_vacuums.json.gz", "automatic vacuum of table", -1, 2094},
		{"pg_vacuums.json.gz", "automatic vacuum of table", 2, 730},
		{"tempfile_only.log.gz", "temporary file: path", -1, 5},
	} {
		t.Run(test.file+" "+test.message, func(t *testing.T) {
			t.Parallel()
			inputs, err := Files([]string{filepath.Join(folder, test.file)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			o, err := inputs[0].open()
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			var unread Unread
			reader := newLogReader(newBuffer(o), &clock{}, &unread, Detect(o.start), "")
			got := 0
			var e entry
			for {
				err := reader.next(&e)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if bytes.HasPrefix(e.message, []byte(test.message)) && (test.hour < 0 || e.at.Hour() == test.hour) {
					got++
				}
			}
			if got != test.want {
				t.Errorf("%d messages, want %d", got, test.want)
			}
		})
	}
}

// The other things that pgBadger's tests look at.
func TestPgBadgerDetails(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(fixturesVariable)
	if folder == "" {
		t.Skip("needs the logs of github.com/darold/pgbadger: set " + fixturesVariable + " to its t/fixtures")
	}
	find := func(t *testing.T, file, part string) *Statement {
		t.Helper()
		for _, s := range readFixture(t, filepath.Join(folder, file), Options{}).Statements {
			if strings.Contains(s.Text(), part) {
				return s
			}
		}
		t.Fatalf("no statement with %q in %s", part, file)
		return nil
	}
	t.Run("a statement without a duration has none of another's", func(t *testing.T) {
		t.Parallel()
		if s := find(t, "csv_statement_without_duration.log", "health_check"); s.TotalTime != 0 || s.Count != 1 || s.User != "health_user" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a bind with a range", func(t *testing.T) {
		t.Parallel()
		s := find(t, "postgresql_param_range.log", "pcu_range_cloture")
		binds := s.Samples[0].Binds
		if len(binds) == 0 || !strings.HasPrefix(binds[len(binds)-1].Text, "[2023-0") {
			t.Errorf("got %+v", binds)
		}
	})
	t.Run("a bind over several lines", func(t *testing.T) {
		t.Parallel()
		w := readFixture(t, filepath.Join(folder, "multiline_param.log"), Options{})
		found := false
		for _, s := range w.Statements {
			for _, sample := range s.Samples {
				for _, b := range sample.Binds {
					found = found || strings.Contains(b.Text, "\nbye")
				}
			}
		}
		if !found {
			t.Error("no value with an end of line in it")
		}
	})
	t.Run("encodings", func(t *testing.T) {
		t.Parallel()
		find(t, "stmt_type.log", "forêt & océan")
		find(t, "stmt_type.log", "камень & почка")
	})
	t.Run("logplex over several lines", func(t *testing.T) {
		t.Parallel()
		if s := find(t, "logplex.gz", "WHERE missions.checker_id = checkers.id"); s.Database != "AQUA" || s.TotalTime != 85756273*time.Microsecond || s.Tags["job"] == "" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("one of Amazon's", func(t *testing.T) {
		t.Parallel()
		s := find(t, "rds.log.bz2", "SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn")
		if s.User != "postgres" || s.Database != "postgres" {
			t.Errorf("got %+v", s)
		}
	})
}
