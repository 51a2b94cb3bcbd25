package analyze_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// withOwnTests are the rules whose tests need other thresholds or a server of their own: TestColdRead, TestIndexUnused.
var withOwnTests = []string{"cold-read", "index-unused"}

// TestRules runs testdata/rules/*.txtar, one for each rule: on the tables that setup.sql makes, with the settings in
// options, each statement of fires.sql must be found by the rule, itself or as the other side of
// a missing index, and none of silent.sql.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range rule.All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(filepath.Join("testdata/rules", r.ID+".txtar"))
			if slices.Contains(withOwnTests, r.ID) {
				return
			}
			if err != nil {
				t.Fatalf("every rule has a file with what it finds and what not: %v", err)
			}
			files := map[string]string{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
			}
			config := setUp(t, files["setup.sql"])
			opts := analyze.Options{Verify: true}
			for line := range strings.Lines(files["options"]) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				if name == "allow-dml" {
					opts.AllowDML = true
					continue
				}
				config.RuntimeParams[name] = value
			}
			for name, want := range map[string]bool{"fires.sql": true, "silent.sql": false} {
				statements, _ := analyze.Statements(files[name], name)
				for _, s := range statements {
					checkRule(t, config, s, r.ID, want, opts)
				}
			}
		})
	}
}

func checkRule(t *testing.T, config *pgx.ConnConfig, s analyze.Statement, id string, want bool, opts analyze.Options) {
	t.Helper()
	result, err := analyze.Run(t.Context(), config, []analyze.Statement{s}, opts)
	if err != nil {
		t.Fatalf("%s: %v", s.SQL, err)
	}
	var rules []string
	for _, f := range result.Findings {
		rules = append(append(rules, f.Rule), f.Also...)
	}
	reason := result.Statements[0].Reason
	if slices.Contains(rules, id) != want {
		t.Errorf("%s\n  found %v %s, want %s: %v", s.SQL, rules, reason, id, want)
	} else if len(rules) > 1 || !want && len(rules) > 0 {
		t.Logf("%s\n  also found %v", s.SQL, rules)
	}
}

// setUp makes a database of the test's own. Its connection is closed, so that the server's counters are up to date.
func setUp(t *testing.T, script string) *pgx.ConnConfig {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, statement := range sqltext.Split(script) {
		pgtest.Execute(t, conn, statement.Text)
		if table, ok := strings.CutPrefix(statement.Text, "VACUUM ANALYZE "); ok {
			vacuumAll(t, conn, table)
		}
	}
	return conn.Config()
}

// vacuumAll vacuums a table until every page is known to be visible to all: a transaction of another test that is older
// than its rows keeps VACUUM from saying so.
func vacuumAll(t *testing.T, conn *pgx.Conn, table string) {
	t.Helper()
	for range 200 {
		if pgtest.Value[bool](t, conn, "SELECT relallvisible >= relpages FROM pg_class WHERE oid = $1::regclass", table) {
			return
		}
		pgtest.Execute(t, conn, "VACUUM "+table)
	}
}
