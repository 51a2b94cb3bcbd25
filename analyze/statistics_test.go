package analyze_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// TestStatistics analyses what pg_stat_statements has counted, on each version of PostgreSQL that there is to test with.
func TestStatistics(t *testing.T) {
	t.Parallel()
	for name, opts := range pgtest.Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts.Settings["shared_preload_libraries"] = "pg_stat_statements"
			conn := pgtest.Connect(t, pgtest.Start(t, opts).DSN())
			for _, sql := range []string{
				"CREATE EXTENSION pg_stat_statements",
				"CREATE TABLE orders (id int PRIMARY KEY, customer int, note text)",
				"INSERT INTO orders SELECT g, g % 2000, repeat('x', 100) FROM generate_series(1, 40000) g",
				"VACUUM ANALYZE orders",
				"SELECT pg_stat_statements_reset()",
				"SELECT * FROM orders WHERE customer = 17",
				"SELECT * FROM orders WHERE id = 17",
				"SELECT count(*) FROM pg_class",
			} {
				pgtest.Execute(t, conn, sql)
			}
			result, err := analyze.Statistics(t.Context(), conn.Config(), workload.Options{}, analyze.Options{Verify: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Findings) != 1 || result.Findings[0].Rule != "missing-index" || result.Findings[0].Table != "public.orders" {
				t.Errorf("findings %+v", result.Findings)
			}
			for _, s := range result.Statements {
				if strings.Contains(s.Statement, "pg_") {
					t.Errorf("a statement of a tool: %s", s.Statement)
				}
				if s.Values != "statistics" || !s.Executed {
					t.Errorf("%s: values %q, executed %v: %s", s.Statement, s.Values, s.Executed, s.Reason)
				}
			}
			if len(result.Statements) != 2 {
				t.Errorf("%d statements", len(result.Statements))
			}
		})
	}
}

// TestStatisticsNotLoaded: the extension can be in a database whose server has not loaded its library.
func TestStatisticsNotLoaded(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	_, err := analyze.Statistics(t.Context(), conn.Config(), workload.Options{}, analyze.Options{})
	if err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION pg_stat_statements") {
		t.Errorf("without the extension: %v", err)
	}
	pgtest.Execute(t, conn, "CREATE EXTENSION pg_stat_statements")
	_, err = analyze.Statistics(t.Context(), conn.Config(), workload.Options{}, analyze.Options{})
	if err == nil || !strings.Contains(err.Error(), "shared_preload_libraries and restart") {
		t.Errorf("without the library: %v", err)
	}
}

// TestLoggedPlan: a statement whose plan auto_explain has logged, measured, is not executed again, and is judged by it.
func TestLoggedPlan(t *testing.T) {
	t.Parallel()
	config := setUp(t, `CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
INSERT INTO orders SELECT g, g % 2000, repeat('x', 100) FROM generate_series(1, 40000) g;
ANALYZE;`)
	const log = "2026-01-31 12:00:00.000 UTC [7] LOG:  duration: 4321.000 ms  plan:\n" +
		"\tQuery Text: SELECT * FROM orders WHERE customer = 17\n" +
		"\tSeq Scan on orders  (cost=0.00..1190.00 rows=20 width=109) (actual time=1.000..4320.000 rows=20 loops=1)\n" +
		"\t  Filter: (customer = 17)\n\t  Rows Removed by Filter: 39980\n\t  Buffers: shared hit=690\n"
	path := filepath.Join(t.TempDir(), "postgresql.log")
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	inputs, err := workload.Files([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, verify := range []bool{false, true} {
		result, err := analyze.Inputs(context.Background(), config, inputs, workload.Options{}, analyze.Options{Verify: verify})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Statements) != 1 || len(result.Findings) != 1 || result.Findings[0].Rule != "missing-index" {
			t.Fatalf("verify %v: statements %+v, findings %+v", verify, result.Statements, result.Findings)
		}
		if s := result.Statements[0]; (s.DurationNS == 4_321_000_000) == verify {
			t.Errorf("verify %v: duration %d, reason %q", verify, s.DurationNS, s.Reason)
		}
		if proven := result.Findings[0].Proof != nil; proven != verify {
			t.Errorf("verify %v: proof %v", verify, proven)
		}
	}
}
