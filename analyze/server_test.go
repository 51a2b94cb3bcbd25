package analyze_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// rulesOf analyses one statement and returns the rules that speak.
func rulesOf(t *testing.T, config *pgx.ConnConfig, sql string, settings rule.Settings) []string {
	t.Helper()
	result, err := analyze.Run(t.Context(), config, []analyze.Statement{{SQL: sql}}, analyze.Options{Rules: settings})
	if err != nil {
		t.Fatal(err)
	}
	if !result.Statements[0].Executed {
		t.Fatalf("%s was not executed: %s", sql, result.Statements[0].Reason)
	}
	var rules []string
	for _, f := range result.Findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

// TestColdRead reads a table of many times the size of the server's memory for pages. The machine has the file in its own
// memory, so that reading takes little: the threshold of time is set to what that is.
func TestColdRead(t *testing.T) {
	t.Parallel()
	opts := pgtest.Options()
	opts.Settings["shared_buffers"], opts.Settings["track_io_timing"] = "1MB", "on"
	conn := pgtest.Connect(t, pgtest.Start(t, opts).DSN())
	const fill = `CREATE TABLE pages (id int PRIMARY KEY, body text);
INSERT INTO pages SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g;
ANALYZE;`
	pgtest.Execute(t, conn, fill)
	const whole = "SELECT count(*), min(body) FROM pages"
	low := rule.Settings{Thresholds: map[string]map[string]float64{"cold-read": {"milliseconds": 0.001, "share": 0.0001}}}
	if rules := rulesOf(t, conn.Config(), whole, low); !slices.Contains(rules, "cold-read") {
		t.Errorf("a table larger than the server's memory: found %q", rules)
	}
	if rules := rulesOf(t, conn.Config(), "SELECT * FROM pages WHERE id = 7", low); slices.Contains(rules, "cold-read") {
		t.Errorf("one row: found %q", rules)
	}
	untimed := conn.Config()
	untimed.RuntimeParams["track_io_timing"] = "off"
	if rules := rulesOf(t, untimed, whole, low); slices.Contains(rules, "cold-read") {
		t.Errorf("without track_io_timing: found %q", rules)
	}
}

// TestIndexUnused lowers the age from which counters count: no test waits for a week.
func TestIndexUnused(t *testing.T) {
	t.Parallel()
	config := setUp(t, `CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, city int, born date);
CREATE INDEX people_city ON people (city);
INSERT INTO people SELECT g, 'p' || g, g % 500, '1950-01-01'::date + g % 20000 FROM generate_series(1, 20000) g;
ANALYZE people;
CREATE INDEX people_born ON people (born);
SELECT * FROM people WHERE city = 7;`)
	const sql = "SELECT * FROM people WHERE id = 7"
	at := func(days float64) rule.Settings {
		return rule.Settings{Thresholds: map[string]map[string]float64{"index-unused": {"days": days, "bytes": 1}}}
	}
	conn := pgtest.Connect(t, config.ConnString())
	for range 200 { // counters come a moment after the session that counted them
		if pgtest.Value[int](t, conn, "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'people_city'") > 0 {
			break
		}
	}
	result, err := analyze.Run(t.Context(), config, []analyze.Statement{{SQL: sql}}, analyze.Options{Rules: at(0)})
	if err != nil {
		t.Fatal(err)
	}
	var mends []string
	for _, f := range result.Findings {
		if f.Rule == "index-unused" {
			mends = append(mends, f.Mend.SQL)
		}
	}
	// Neither the one that was used nor those that belong to constraints.
	if want := []string{"DROP INDEX CONCURRENTLY public.people_born;"}; !slices.Equal(mends, want) {
		t.Errorf("found %q, want %q", mends, want)
	}
	for _, settings := range []rule.Settings{at(7), {}} {
		if rules := rulesOf(t, config, sql, settings); slices.Contains(rules, "index-unused") {
			t.Errorf("counters of a minute: found %q", rules)
		}
	}
}
