package analyze_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// withHypoPG makes a database of the test's own with HypoPG in it.
func withHypoPG(t *testing.T, script string) *pgx.ConnConfig {
	t.Helper()
	config := setUp(t, script)
	pgtest.Extension(t, pgtest.Connect(t, config.ConnString()), "hypopg")
	return config
}

func run(t *testing.T, config *pgx.ConnConfig, sql string, opts analyze.Options) *analyze.Result {
	t.Helper()
	result, err := analyze.Run(t.Context(), config, []analyze.Statement{{SQL: sql}}, opts)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return result
}

// TestImaginedEqualsBuilt holds the advice by HypoPG, an estimate, against that by building, with its proof.
func TestImaginedEqualsBuilt(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile(filepath.Join("testdata/rules", "missing-index.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	setup, statements := rides, []string{
		"SELECT min(note) FROM trips WHERE driver_id BETWEEN 50 AND 60",
		"SELECT id, note FROM trips ORDER BY driver_id LIMIT 5",
		"SELECT count(*) FROM trips WHERE state = 'disputed' AND requested < '2023-02-01' AND note <> 'x'",
		"SELECT * FROM ledger WHERE account = '1077' AND id % 7 = 3",
		"SELECT * FROM trips WHERE driver_id = 7 ORDER BY requested DESC LIMIT 3",
		"SELECT d.name, r.stars FROM drivers d JOIN trips t ON t.driver_id = d.id JOIN reviews r ON r.trip_id = t.id WHERE d.name = 'Driver 77'",
		"SELECT name FROM riders WHERE status = 'banned' ORDER BY name",
		"SELECT * FROM riders WHERE name LIKE 'abcd%'",
		"SELECT count(*) FROM trips WHERE driver_id IN (7, 8, 9) AND state = 'done'",
	}
	for _, f := range archive.Files {
		switch f.Name {
		case "setup.sql":
			setup += ";" + string(f.Data)
		case "fires.sql", "silent.sql":
			for _, s := range sqltext.Split(string(f.Data)) {
				statements = append(statements, s.Text)
			}
		}
	}
	// Both have a table of this name; the archive's comes second.
	setup = strings.Replace(setup, "CREATE TABLE reviews (id", "ALTER TABLE reviews RENAME TO ride_reviews; CREATE TABLE reviews (id", 1)
	config := withHypoPG(t, setup)
	advised := 0
	for _, sql := range statements {
		sql = strings.ReplaceAll(sql, "JOIN reviews", "JOIN ride_reviews")
		imagined, built := run(t, config, sql, analyze.Options{}), run(t, config, sql, analyze.Options{Verify: true})
		if diff := cmp.Diff(mends(built), mends(imagined)); diff != "" {
			t.Errorf("%s (-built +imagined)\n%s", sql, diff)
		}
		for _, f := range imagined.Findings {
			if f.Rule == "missing-index" && (!f.Estimated || f.Proof != nil) {
				t.Errorf("%s: an imagined index is said to be proven", sql)
			}
		}
		for _, f := range built.Findings {
			if f.Rule != "missing-index" {
				continue
			}
			advised++
			if f.Estimated || f.Proof == nil || !strings.HasPrefix(f.Proof.Method, "index built and rolled back") {
				t.Errorf("%s: the index was not proven: %+v", sql, f.Proof)
			}
		}
		if warnings := append(imagined.Warnings, built.Warnings...); len(warnings) > 0 {
			t.Errorf("%s: %q", sql, warnings)
		}
	}
	if advised < 8 {
		t.Errorf("only %d indexes were advised", advised)
	}
}

// mends lists rules and what they would do.
func mends(result *analyze.Result) []string {
	var all []string
	for _, f := range result.Findings {
		all = append(all, f.Rule+": "+f.Mend.SQL)
	}
	return all
}

// TestVerifyBuildsWhatHypoPGRefuses asks for a kind of index that HypoPG does not know: with --verify it is built.
func TestVerifyBuildsWhatHypoPGRefuses(t *testing.T) {
	t.Parallel()
	config := withHypoPG(t, `CREATE TABLE docs (id int PRIMARY KEY, body jsonb NOT NULL);
INSERT INTO docs SELECT g, jsonb_build_object('kind', g % 3000, 'pad', repeat('x', 100)) FROM generate_series(1, 30000) g;
ANALYZE`)
	const sql = `SELECT id FROM docs WHERE body @> '{"kind": 7}'`
	for _, verify := range []bool{false, true} {
		result := run(t, config, sql, analyze.Options{Verify: verify})
		if len(result.Findings) != 1 || result.Findings[0].Rule != "jsonb-containment" {
			t.Fatalf("verify %v: found %v", verify, mends(result))
		}
		f := result.Findings[0]
		if !strings.Contains(f.Mend.SQL, "USING gin (body jsonb_path_ops)") || (f.Proof != nil) != verify {
			t.Errorf("verify %v: %s, proof %+v", verify, f.Mend.SQL, f.Proof)
		}
	}
}

// TestHypoPGWithoutLibrary has the extension in the catalogs, but not the library that it needs, as after an upgrade.
func TestHypoPGWithoutLibrary(t *testing.T) {
	t.Parallel()
	config := withHypoPG(t, rides)
	pgtest.Execute(t, pgtest.Connect(t, config.ConnString()), "UPDATE pg_proc SET probin = '$libdir/absent' WHERE probin = '$libdir/hypopg'")
	result := run(t, config, "SELECT min(note) FROM trips WHERE driver_id BETWEEN 50 AND 60", analyze.Options{})
	want := []string{"missing-index: CREATE INDEX CONCURRENTLY trips_driver_id_idx ON public.trips (driver_id);"}
	if diff := cmp.Diff(want, mends(result)); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
	if len(result.Findings) == 1 && !result.Findings[0].Estimated {
		t.Error("what was computed from the statistics is said to be measured")
	}
	if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0], "the database has HypoPG, but it can't be used: could not access file \"$libdir/absent\"") {
		t.Errorf("warnings %q", result.Warnings)
	}
}
