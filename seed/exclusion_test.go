package seed_test

import (
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestExclude fills tables with EXCLUDE constraints in place, which the server checks for every row. Each of the checks is
// a query that must give true.
func TestExclude(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		ddl    string
		expect uint64 // rows of the table t, where not 300
		checks []string
	}{
		{
			name:   "a range for each room",
			ddl:    "CREATE TABLE room (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, room_id int NOT NULL REFERENCES room, during tstzrange NOT NULL, EXCLUDE USING gist (room_id WITH =, during WITH &&))",
			checks: []string{"SELECT count(DISTINCT during) < 290 FROM t", "SELECT bool_and(NOT isempty(during)) FROM t"},
		},
		{
			name: "two columns",
			ddl: `CREATE TABLE room (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, room_id int NOT NULL REFERENCES room, starts_at timestamptz NOT NULL, ends_at timestamptz, canceled boolean NOT NULL,
				CHECK (ends_at > starts_at), EXCLUDE USING gist (room_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (NOT canceled))`,
			checks: []string{"SELECT count(DISTINCT room_id) > 20 FROM t", "SELECT count(DISTINCT starts_at) < 290 FROM t"},
		},
		{
			name:   "closed dates, no longer than a week",
			ddl:    "CREATE TABLE t (id int PRIMARY KEY, first date NOT NULL, last date NOT NULL, CHECK (last - first BETWEEN 1 AND 3), EXCLUDE USING gist (daterange(first, last, '[]') WITH &&))",
			checks: []string{"SELECT bool_and(last - first BETWEEN 1 AND 3) FROM t"},
		},
		{
			name:   "a time that may be open",
			ddl:    "CREATE TABLE t (id int PRIMARY KEY, a timestamp NOT NULL, b timestamp, EXCLUDE USING gist (tsrange(a, coalesce(b, 'infinity'::timestamp)) WITH &&))",
			checks: []string{"SELECT count(b) = 300 FROM t"},
		},
		{
			name: "a generated range",
			ddl:  "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, r int4range GENERATED ALWAYS AS (int4range(a, b)) STORED, EXCLUDE USING gist (r WITH &&))",
		},
		{
			name: "two constraints on one range",
			ddl: `CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE y (id int PRIMARY KEY); CREATE TABLE t (x_id int NOT NULL REFERENCES x, y_id int NOT NULL REFERENCES y, during daterange NOT NULL,
				EXCLUDE USING gist (x_id WITH =, during WITH &&), EXCLUDE USING gist (y_id WITH =, during WITH &&))`,
		},
		{
			name: "a unique start beside it",
			ddl: `CREATE TABLE room (id int PRIMARY KEY); CREATE TABLE t (room_id int NOT NULL REFERENCES room, a timestamptz NOT NULL UNIQUE, b timestamptz NOT NULL,
				EXCLUDE USING gist (room_id WITH =, tstzrange(a, b) WITH &&))`,
		},
		{
			name: "a unique start within the room",
			ddl: `CREATE TABLE room (id int PRIMARY KEY); CREATE TABLE t (room_id int NOT NULL REFERENCES room, a timestamptz NOT NULL, b timestamptz NOT NULL, PRIMARY KEY (room_id, a),
				EXCLUDE USING gist (room_id WITH =, tstzrange(a, b) WITH &&))`,
			checks: []string{"SELECT count(DISTINCT a) < 290 FROM t"},
		},
		{
			name:   "only =",
			ddl:    "CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE t (x_id int NOT NULL REFERENCES x, kind text NOT NULL CHECK (kind IN ('a', 'b')), EXCLUDE USING btree (x_id WITH =, kind WITH =))",
			checks: []string{"SELECT count(DISTINCT (x_id, kind)) = 300 FROM t"},
		},
		{
			name:   "the same kind for each",
			ddl:    "CREATE TABLE t (zoo int NOT NULL, kind text NOT NULL, EXCLUDE USING gist (zoo WITH =, kind WITH <>))",
			checks: []string{"SELECT count(DISTINCT zoo) = 300 FROM t"},
		},
		{
			name: "networks, shapes, arrays and multiranges",
			ddl: `CREATE TABLE t (network cidr NOT NULL, box box NOT NULL, circle circle NOT NULL, spans int4multirange NOT NULL, mask inet NOT NULL,
				EXCLUDE USING gist (network inet_ops WITH &&), EXCLUDE USING gist (box WITH &&), EXCLUDE USING gist (circle WITH &&), EXCLUDE USING gist (spans WITH &&), EXCLUDE USING gist (mask inet_ops WITH &&))`,
		},
		{
			name: "a domain over a range, deferrable",
			ddl:  "CREATE DOMAIN period AS tsrange CHECK (NOT isempty(VALUE) AND NOT lower_inf(VALUE)); CREATE TABLE t (p period NOT NULL, EXCLUDE USING gist (p WITH &&) DEFERRABLE INITIALLY DEFERRED)",
		},
		{
			name:   "what nobody understands",
			ddl:    "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, n int NOT NULL, EXCLUDE USING gist (int4range(a, a + 1 + abs(n) % 100) WITH &&))",
			expect: 1,
		},
		{
			name:   "what nobody understands, but only in some rows",
			ddl:    "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, n int NOT NULL, EXCLUDE USING gist (int4range(a, a + 1 + abs(n) % 100) WITH &&) WHERE (n > 10))",
			checks: []string{"SELECT bool_and(n <= 10) FROM t"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.With(t, "CREATE EXTENSION btree_gist; "+test.ddl)
			want := test.expect
			if want == 0 {
				want = 300
			}
			opts := seed.Options{Rows: 300, Seed: 1, NullShare: -1, KeepConstraints: true}
			result, err := seed.Run(t.Context(), conn.Config(), opts)
			if err != nil {
				t.Fatal(err)
			}
			var got uint64
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&got); err != nil || got != want {
				t.Errorf("got %d rows, want %d: %v %q", got, want, err, result.Warnings)
			}
			for _, check := range test.checks {
				var holds bool
				if err := conn.QueryRow(t.Context(), check).Scan(&holds); err != nil || !holds {
					t.Errorf("%s: %v, error %v", check, holds, err)
				}
			}
			if want < 300 {
				return
			}
			opts.Append, opts.Tables = true, []seed.Wish{{Table: "t", Rows: 50}}
			if _, err := seed.Run(t.Context(), conn.Config(), opts); err != nil {
				t.Errorf("more rows: %v", err)
			}
		})
	}
}

// TestWithoutOverlaps: keys whose ranges may not overlap, and foreign keys whose ranges must be covered (PostgreSQL 18), on
// every PostgreSQL at hand that has them.
func TestWithoutOverlaps(t *testing.T) {
	t.Parallel()
	pgtest.Versions(t, func(t *testing.T, dsn string) {
		conn := pgtest.Connect(t, dsn)
		if pgtest.Value[int](t, conn, "SELECT current_setting('server_version_num')::int") < 180_000 {
			t.Skip("PostgreSQL before 18")
		}
		pgtest.Execute(t, conn, `CREATE EXTENSION btree_gist;
			CREATE TABLE tenant (id uuid PRIMARY KEY);
			CREATE TABLE item (tenant uuid REFERENCES tenant, id int, valid tstzrange, name text, PRIMARY KEY (tenant, id, valid WITHOUT OVERLAPS), UNIQUE (tenant, name, valid WITHOUT OVERLAPS));
			CREATE TABLE part (id int, tenant uuid NOT NULL, item int NOT NULL, during tstzrange NOT NULL, PRIMARY KEY (id, during WITHOUT OVERLAPS), FOREIGN KEY (tenant, item, PERIOD during) REFERENCES item);
			CREATE TABLE span (id int, valid datemultirange, PRIMARY KEY (id, valid WITHOUT OVERLAPS))`)
		for _, again := range []bool{false, true} {
			if _, err := seed.Run(t.Context(), config(t, dsn), seed.Options{Rows: 200, Seed: 1, NullShare: -1, Append: again}); err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range []string{"item", "part", "span"} {
			var rows int
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows); err != nil || rows != 400 {
				t.Errorf("%d rows of %s, error %v", rows, table, err)
			}
		}
	})
}
