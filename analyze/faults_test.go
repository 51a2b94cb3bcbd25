package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/analyze"
)

const rides = `CREATE TABLE drivers (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL, manager int);
INSERT INTO drivers SELECT g, 'Driver ' || g, g % 10 <> 0, g / 50 * 50 FROM generate_series(1, 5000) g;
CREATE TABLE riders (id int PRIMARY KEY, name text NOT NULL, status text NOT NULL);
INSERT INTO riders SELECT g, md5(g::text), CASE WHEN g % 1000 = 0 THEN 'banned' WHEN g % 20 = 0 THEN 'dormant' ELSE 'active' END FROM generate_series(1, 40000) g;
CREATE TABLE trips (id int PRIMARY KEY, rider_id int NOT NULL, driver_id int NOT NULL, state text NOT NULL, requested timestamptz NOT NULL, note text NOT NULL);
INSERT INTO trips SELECT g, (g * 7919) % 40000 + 1, (g * 31) % 5000 + 1, CASE WHEN g % 5000 = 1 THEN 'disputed' WHEN g % 30 = 0 THEN 'cancelled' ELSE 'done' END,
    '2023-01-01'::timestamptz + g * interval '1 minute', repeat('n', 60) FROM generate_series(1, 100000) g;
CREATE INDEX ON trips (requested);
CREATE INDEX ON trips (rider_id);
CREATE TABLE reviews (trip_id int PRIMARY KEY, author int NOT NULL, stars int NOT NULL);
INSERT INTO reviews SELECT g, g * 7 % 30000, g % 5 FROM generate_series(1, 60000) g;
CREATE INDEX ON reviews (author);
CREATE TABLE zones (id int PRIMARY KEY, lo int NOT NULL, hi int NOT NULL);
INSERT INTO zones SELECT g, g * 10, g * 10 + 9 FROM generate_series(1, 500) g;
CREATE TABLE ledger (id int NOT NULL, tenant_id int NOT NULL, account text NOT NULL, booked date NOT NULL) PARTITION BY LIST (tenant_id);
CREATE TABLE ledger_a PARTITION OF ledger FOR VALUES IN (1, 2, 3);
CREATE TABLE ledger_b PARTITION OF ledger FOR VALUES IN (4, 5, 6);
CREATE TABLE ledger_c PARTITION OF ledger FOR VALUES IN (7, 8, 9);
CREATE TABLE ledger_d PARTITION OF ledger FOR VALUES IN (10, 11, 12);
CREATE TABLE ledger_e PARTITION OF ledger FOR VALUES IN (13, 14, 15);
INSERT INTO ledger SELECT g, g % 15 + 1, (1000 + g % 300)::text, '2021-01-01'::date + g / 100 FROM generate_series(1, 120000) g;
CREATE TABLE invoices (id int PRIMARY KEY, issued date NOT NULL, total int NOT NULL, note text NOT NULL);
INSERT INTO invoices SELECT g, '2021-01-01'::date + g / 100, g, repeat('n', 60) FROM generate_series(1, 100000) g;
CREATE INDEX ON invoices USING brin (issued);
VACUUM ANALYZE`

// TestOneFault holds statements against all that is said of them: what follows from a fault is none of its own.
func TestOneFault(t *testing.T) {
	t.Parallel()
	config := setUp(t, rides)
	config.RuntimeParams["jit"] = "off" // the costs are those of a range of any length
	for _, test := range []struct {
		name, sql string
		want      []string
	}{
		{"a forgotten join condition explains what is below", "SELECT d.id, r.id FROM drivers d, riders r WHERE r.status = 'banned' AND d.active", []string{"cartesian"}},
		{"an OR with a subquery", "SELECT t.id, t.note FROM trips t WHERE t.rider_id = 77 OR t.id IN (SELECT r.trip_id FROM reviews r WHERE r.author = 7)", []string{"or-across"}},
		{"a rare one of three values", "SELECT count(*) FROM trips WHERE state = 'disputed' AND requested < '2023-02-01' AND note <> 'x'", []string{"missing-index"}},
		{"a common one of three values", "SELECT min(requested) FROM trips WHERE state = 'done' AND note <> 'x'", nil},
		{"a range has no statistics that could be mended", "SELECT z.id, count(*) FROM zones z JOIN trips t ON t.id BETWEEN z.lo AND z.hi GROUP BY z.id", nil},
		{"partitions that are not asked for by their key", "SELECT * FROM ledger WHERE account = '1077' AND id % 7 = 3", []string{"missing-index"}},
		{"a value that the planner does not know", "SELECT id, status FROM riders WHERE name > (SELECT max(substr(name, 1, 4)) FROM riders WHERE id < 40000)", []string{"seq-scan-selective"}},
		{"few look-ups of a subquery", "SELECT r.id, (SELECT min(t.note) FROM trips t WHERE t.rider_id = r.id) FROM riders r WHERE r.id <= 200 AND r.name <> 'x'", nil},
		{"a BRIN that serves", "SELECT sum(total) FROM invoices WHERE issued BETWEEN '2022-01-01' AND '2022-01-31'", nil},
	} {
		result, err := analyze.Run(t.Context(), config, []analyze.Statement{{SQL: test.sql}}, analyze.Options{Verify: true})
		if err != nil {
			t.Fatal(err)
		}
		var rules []string
		for _, f := range result.Findings {
			rules = append(rules, f.Rule)
		}
		if diff := cmp.Diff(test.want, rules); diff != "" {
			t.Errorf("%s: %s (-want +got)\n%s", test.name, test.sql, diff)
		}
	}
}

// TestOneIndex has one statement look for rows that another one's foreign key is checked against: both lack the same index.
func TestOneIndex(t *testing.T) {
	t.Parallel()
	config := setUp(t, `CREATE TABLE authors (id int PRIMARY KEY);
INSERT INTO authors SELECT generate_series(1, 20000);
CREATE TABLE books (id int PRIMARY KEY, author int NOT NULL REFERENCES authors, title text NOT NULL);
INSERT INTO books SELECT g, g % 19000 + 1, repeat('x', 60) FROM generate_series(1, 80000) g;
ANALYZE`)
	result, err := analyze.Run(t.Context(), config, []analyze.Statement{
		{SQL: "DELETE FROM authors WHERE id = 19500", Source: "delete"}, {SQL: "SELECT title FROM books WHERE author = 77", Source: "select"},
	}, analyze.Options{AllowDML: true, Verify: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || result.Statements[0].Findings != 1 || result.Statements[1].Findings != 1 {
		t.Fatalf("found %q", mends(result))
	}
	f := result.Findings[0]
	if f.Rule != "missing-index" || !slices.Contains(f.Also, "fk-trigger") || len(f.Related) != 1 || f.Related[0].Location != "delete" || f.Source != "select" {
		t.Errorf("found %+v", f)
	}
}

// TestAppended has partitions and tables under one Append: a condition on partitions is one fault, one on tables is one each.
func TestAppended(t *testing.T) {
	t.Parallel()
	config := setUp(t, rides+`;
CREATE TABLE guests AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 40000) g;
CREATE TABLE stays (id int NOT NULL, room text NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE stays_a PARTITION OF stays FOR VALUES FROM (0) TO (30000);
CREATE TABLE stays_b PARTITION OF stays FOR VALUES FROM (30000) TO (60000);
CREATE TABLE stays_c PARTITION OF stays FOR VALUES FROM (60000) TO (90000);
INSERT INTO stays SELECT g, 'R' || g % 1500 FROM generate_series(0, 89999) g;
ANALYZE guests; ANALYZE stays`)
	for sql, want := range map[string][]string{
		"SELECT count(*) FROM stays WHERE lower(room) = 'r77'":                                                  {"function-on-column public.stays"},
		"SELECT id FROM riders WHERE upper(name) = 'X' UNION ALL SELECT id FROM guests WHERE upper(name) = 'X'": {"function-on-column public.guests", "function-on-column public.riders"},
	} {
		var found []string
		for _, f := range run(t, config, sql, analyze.Options{}).Findings {
			table, _, _ := strings.Cut(f.Table, "_") // one of the partitions speaks for all
			found = append(found, f.Rule+" "+table)
		}
		slices.Sort(found)
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: found (-want +got)\n%s", sql, diff)
		}
	}
}

// TestUnverified holds what is said where no index was tried: a model's doubt is no proof that none would help.
func TestUnverified(t *testing.T) {
	t.Parallel()
	config := setUp(t, rides)
	for _, test := range []struct {
		sql, rule, mend string
	}{
		{"SELECT min(note) FROM trips WHERE driver_id BETWEEN 50 AND 60", "missing-index", "CREATE INDEX CONCURRENTLY trips_driver_id_idx ON public.trips (driver_id);"},
		{"SELECT id, note FROM trips ORDER BY driver_id LIMIT 5", "topn-full-scan", ""},
		{"SELECT count(*) FROM drivers d JOIN trips t ON t.driver_id = d.id AND t.state = 'disputed' AND d.active", "missing-index", "CREATE INDEX CONCURRENTLY trips_state_idx ON public.trips (state);"},
	} {
		result, err := analyze.Run(t.Context(), config, []analyze.Statement{{SQL: test.sql}}, analyze.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Findings) != 1 || result.Findings[0].Rule != test.rule || result.Findings[0].Mend.SQL != test.mend {
			t.Errorf("%s: found %+v, want %s: %s", test.sql, result.Findings, test.rule, test.mend)
		}
	}
}
