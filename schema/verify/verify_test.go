package verify_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/schema/verify"
)

// TestRun breaks one constraint at a time behind the server's back, and expects it and nothing else to be found. The rows
// that keep it come first: before the damage there is no violation.
func TestRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, ddl, damage, want string
	}{
		{
			"foreign key", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (x int REFERENCES p, y int REFERENCES p); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, NULL)",
			"SET session_replication_role = replica; INSERT INTO c VALUES (2, 1), (3, NULL)", "public.c, c_x_fkey: broken by 2",
		},
		{
			"foreign key, match full", "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (x int, y int, FOREIGN KEY (x, y) REFERENCES p MATCH FULL); INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1, 2), (NULL, NULL)",
			"SET session_replication_role = replica; INSERT INTO c VALUES (1, NULL), (2, 2)", "public.c, c_x_y_fkey: broken by 2",
		},
		{
			"foreign key to a parent's heir", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE h () INHERITS (p); CREATE TABLE c (x int REFERENCES p); INSERT INTO h VALUES (1)",
			"SET session_replication_role = replica; INSERT INTO c VALUES (1)", "public.c, c_x_fkey: broken by 1",
		},
		{
			"foreign key between partitions", `CREATE TABLE p (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0);
			 CREATE TABLE c (x int REFERENCES p) PARTITION BY LIST (x); CREATE TABLE c1 PARTITION OF c DEFAULT; INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)`,
			"SET session_replication_role = replica; INSERT INTO c VALUES (2)", "public.c, c_x_fkey: broken by 1",
		},
		{
			"check", "CREATE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 5'; CREATE TABLE t (a int CONSTRAINT small CHECK (ok(a))); INSERT INTO t VALUES (4), (NULL)",
			"CREATE OR REPLACE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 4'", "public.t, small: broken by 1",
		},
		{
			"check that fails", "CREATE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE TABLE t (a int CONSTRAINT small CHECK (ok(a)), b int NOT NULL); INSERT INTO t VALUES (4, 1)",
			"CREATE OR REPLACE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT 1 / ($1 - 4) > 0'; UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 't'::regclass AND attname = 'b'",
			"public.t, small: ERROR: division by zero (SQLSTATE 22012)",
		},
		{
			"not null", "CREATE TABLE t (a int NOT NULL, b int); INSERT INTO t VALUES (1)",
			`UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 't'::regclass AND attname = 'a'; INSERT INTO t VALUES (NULL), (NULL);
			 UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 't'::regclass AND attname = 'a'`,
			"public.t, a not null: broken by 2",
		},
		{
			"domain", "CREATE DOMAIN d AS int CONSTRAINT small CHECK (VALUE < 9); CREATE TABLE t (a d); INSERT INTO t VALUES (8), (NULL)",
			"ALTER DOMAIN d DROP CONSTRAINT small; ALTER DOMAIN d ADD CONSTRAINT small CHECK (VALUE < 7) NOT VALID",
			`public.t, a of domain d: ERROR: value for domain d violates check constraint "small" (SQLSTATE 23514)`,
		},
		{
			"unique", "CREATE TABLE t (a int, b text); CREATE UNIQUE INDEX u ON t (lower(b), a) WHERE a > 0; INSERT INTO t VALUES (1, 'x'), (1, NULL), (1, NULL), (0, 'x'), (0, 'x')",
			"UPDATE pg_index SET indisready = false WHERE indexrelid = 'u'::regclass; INSERT INTO t VALUES (1, 'X'), (1, 'X'); UPDATE pg_index SET indisready = true WHERE indexrelid = 'u'::regclass",
			"public.t, u: broken by 2",
		},
		{
			"unique constant", "CREATE TABLE t (a int, b bool); CREATE UNIQUE INDEX one ON t ((true)) WHERE b; INSERT INTO t VALUES (1, true), (2, false), (3, false)",
			"UPDATE pg_index SET indisready = false WHERE indexrelid = 'one'::regclass; INSERT INTO t VALUES (4, true); UPDATE pg_index SET indisready = true WHERE indexrelid = 'one'::regclass",
			"public.t, one: broken by 1",
		},
		{
			"exclusion", "CREATE TABLE t (a int4range, b int, CONSTRAINT x EXCLUDE USING gist (a WITH &&) WHERE (b > 0)); INSERT INTO t VALUES ('[1,3)', 1), ('[3,5)', 1), ('[1,9)', 0), (NULL, 1), (NULL, 1)",
			"UPDATE pg_index SET indisready = false WHERE indexrelid = 'x'::regclass; INSERT INTO t VALUES ('[2,4)', 1); UPDATE pg_index SET indisready = true WHERE indexrelid = 'x'::regclass",
			"public.t, x: broken by 2",
		},
		{
			"partition bound", "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p DEFAULT; INSERT INTO p VALUES (1), (2), (NULL)",
			"CREATE TABLE q (a int); INSERT INTO q VALUES (7); ALTER TABLE q ADD CHECK (a IS NOT NULL AND a = 3) NOT VALID; UPDATE pg_constraint SET convalidated = true WHERE conname = 'q_a_check'; ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (3)",
			"public.q, partition bound: broken by 1\npublic.q, q_a_check: broken by 1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.With(t, test.ddl)
			run := func() string {
				var lines []string
				for _, v := range verified(t, conn).Violations {
					lines = append(lines, v.String())
				}
				return strings.Join(lines, "\n")
			}
			if got := run(); got != "" {
				t.Errorf("before the damage: %s", got)
			}
			other := pgtest.Connect(t, conn.Config().ConnString())
			for statement := range strings.SplitSeq(test.damage, "; ") {
				pgtest.Execute(t, other, statement)
			}
			if diff := cmp.Diff(test.want, run()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// verified loads a database's schema and verifies its rows.
func verified(t *testing.T, conn *pgx.Conn) verify.Report {
	t.Helper()
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), conn, db)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestPeriods breaks the keys that came with PostgreSQL 18.
func TestPeriods(t *testing.T) {
	t.Parallel()
	pgtest.Versions(t, func(t *testing.T, dsn string) {
		conn := pgtest.Connect(t, dsn)
		if conn.PgConn().ParameterStatus("server_version") < "18" {
			return
		}
		for _, statement := range []string{
			`CREATE TABLE p (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS)); CREATE TABLE c (p int4range, at daterange, FOREIGN KEY (p, PERIOD at) REFERENCES p (id, PERIOD at))`,
			`INSERT INTO p VALUES ('[1,2)', '[2024-01-01,2024-02-01)'), ('[1,2)', '[2024-02-01,2024-03-01)'); INSERT INTO c VALUES ('[1,2)', '[2024-01-15,2024-02-15)'), (NULL, '[2024-01-01,2025-01-01)')`,
			`SET session_replication_role = replica; INSERT INTO c VALUES ('[1,2)', '[2024-02-15,2024-03-15)')`,
			`UPDATE pg_index SET indisready = false WHERE indexrelid = 'p_pkey'::regclass`,
			`INSERT INTO p VALUES ('[1,2)', '[2024-01-31,2024-02-02)')`,
			`UPDATE pg_index SET indisready = true WHERE indexrelid = 'p_pkey'::regclass`,
		} {
			pgtest.Execute(t, conn, statement)
		}
		want := []verify.Violation{{Table: "public.c", Constraint: "c_p_at_fkey", Rows: 1}, {Table: "public.p", Constraint: "p_pkey", Rows: 2}}
		if diff := cmp.Diff(want, verified(t, conn).Violations); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// TestRows counts a partitioned table's rows with its partitions, and an heir's apart.
func TestRows(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT; INSERT INTO p VALUES (1), (2);
		CREATE TABLE up (a int); CREATE TABLE low () INHERITS (up); INSERT INTO up VALUES (1); INSERT INTO low VALUES (1), (2), (3)`)
	want := []verify.Table{{Table: "public.low", Rows: 3}, {Table: "public.p", Rows: 2}, {Table: "public.up", Rows: 1}}
	if diff := cmp.Diff(want, verified(t, conn).Tables); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
