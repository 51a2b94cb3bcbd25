package schema_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
)

// state lists all that a script could have made, one word each.
func state(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	return pgtest.Value[string](t, conn, `SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (
			SELECT relname::text FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_|^information' AND relkind IN ('r', 'p', 'v', 'S', 'i')
			UNION ALL SELECT typname FROM pg_type WHERE typnamespace::regnamespace::text !~ '^pg_|^information' AND typtype IN ('e', 'd')
			UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information|^public$'
			UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS x (name)`)
}

// TestApply runs scripts in an empty database: what is there afterwards, what was said, or what went wrong.
func TestApply(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, script string
		opts         schema.ApplyOptions
		state        string // afterwards
		warnings     []string
		skipped      []schema.Skipped
		err          string
	}{
		{name: "plain", script: "CREATE TABLE a (x int); CREATE VIEW v AS SELECT 1; -- ;\nCREATE TYPE e AS ENUM ('x')", state: "a e v"},
		{name: "byte order mark", script: "\ufeffCREATE TABLE a (x int)", state: "a"},
		{
			name: "function bodies", state: "a b f g",
			script: "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN RETURN 1; END $x$;\nCREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; CREATE TABLE a (x int); CREATE TABLE b (x int)",
		},
		{
			name:   "dump",
			script: "\\restrict abc\nSET statement_timeout = 0;\nSET no_such_setting = 1; SET default_with_oids = true;\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a (x int, y text);\nCOPY public.a (x, y) FROM stdin;\n1\ta;b\n2\t\\N\n\\.\n\nSET row_security = off;\n\\unrestrict abc\n",
			state:  "a", warnings: []string{
				`script:3: SET no_such_setting = 1: unrecognized configuration parameter "no_such_setting"`,
				"script:3: SET default_with_oids = true: tables declared WITH OIDS are not supported",
			},
		},
		{
			name: "what every database has", script: "CREATE SCHEMA public;\nCREATE LANGUAGE plpgsql;\nCREATE TABLE a ()", state: "a",
			warnings: []string{
				`script:1: CREATE SCHEMA public: schema "public" already exists`,
				`script:2: CREATE LANGUAGE plpgsql: extension "plpgsql" already exists`,
			},
		},
		{
			name:   "other databases",
			script: "DROP DATABASE IF EXISTS shop;\nCREATE DATABASE shop;\n\\connect shop\nCOMMENT ON DATABASE shop IS 'x';\nALTER SYSTEM SET work_mem = '1MB';\nCREATE TABLE a (x int);",
			state:  "a",
			warnings: []string{
				"script:1: DROP DATABASE IF EXISTS shop: statements about a database as a whole are left out: everything goes into the one that pgassay is connected to",
				"script:2: CREATE DATABASE shop: statements about a database as a whole are left out: everything goes into the one that pgassay is connected to",
				`script:3: \connect shop: everything goes into the database that pgassay is connected to`,
				"script:4: COMMENT ON DATABASE shop IS 'x': statements about a database as a whole are left out: everything goes into the one that pgassay is connected to",
				"script:5: ALTER SYSTEM SET work_mem = '1MB': statements about the whole server are left out",
			},
		},
		{
			name: "what can't stand in a transaction", state: "a a_x_idx b c d",
			script:   "CREATE TABLE a (x int); CREATE INDEX CONCURRENTLY ON a (x); CREATE UNIQUE INDEX concurrently IF NOT EXISTS b ON a (x); CREATE INDEX c ON a (x); DROP INDEX CONCURRENTLY c;\nVACUUM a; CREATE INDEX c ON a (x); CREATE TABLE d ()",
			warnings: []string{"script:2: VACUUM a: maintenance is left out"},
		},
		{name: "its own transactions", script: "BEGIN; CREATE TABLE a (x int); COMMIT; START TRANSACTION; CREATE TABLE b (x int); ROLLBACK; BEGIN; SAVEPOINT s; CREATE TABLE c (); ROLLBACK TO s; CREATE TABLE d (); END; COMMIT", state: "a d"},
		{
			name: "conditional parts", script: "\\if :x\nCREATE TABLE a ();\n\\else\nCREATE TABLE b ();\n\\endif\nCREATE TABLE c ();", state: "c",
			warnings: []string{`script:1: \if :x: conditional parts are left out`},
		},
		{name: "enum values", script: "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; CREATE TABLE a (x e DEFAULT 'b')", state: "a e", opts: schema.ApplyOptions{EachCommits: true}},
		{
			name: "an error", script: "CREATE TABLE a (x int);\nCREATE TABLE b (\n  x int,\n  y nonsense\n);",
			err: "script:4: CREATE TABLE b ( x int, y nonsense )\n  type \"nonsense\" does not exist (SQLSTATE 42704)\n  nothing was changed",
		},
		{
			name: "an error with detail and hint", script: "CREATE TABLE a (x int UNIQUE);\nCREATE TABLE b (x text REFERENCES a (x))",
			err: "script:2: CREATE TABLE b (x text REFERENCES a (x))\n  foreign key constraint \"b_x_fkey\" cannot be implemented (SQLSTATE 42804)\n  detail: Key columns \"x\"",
		},
		{
			name: "an error in a function", script: "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING HINT = 'stop'; END $$;\n\n SELECT f()",
			err: "script:3: SELECT f()\n  no (SQLSTATE P0001)\n  hint: stop\n  context: PL/pgSQL function f() line 1 at RAISE\n  nothing was changed",
		},
		{
			name: "an error in rows", script: "CREATE TABLE a (x int);\nCOPY a FROM stdin;\n1\nx\n\\.\n",
			err: "script:2: COPY a FROM stdin\n  invalid input syntax for type integer: \"x\" (SQLSTATE 22P02)\n  context: COPY a, line 2, column x: \"x\"\n  nothing was changed",
		},
		{
			name: "an error at the end", script: "CREATE TABLE a (x int PRIMARY KEY, y int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO a VALUES (1, 2)",
			err: `commit: ERROR: insert or update on table "a" violates foreign key constraint "a_y_fkey" (SQLSTATE 23503)`,
		},
		{
			name: "the same object twice", script: "CREATE TABLE a ();\nCREATE TABLE a ();",
			err: "script:2: CREATE TABLE a ()\n  relation \"a\" already exists (SQLSTATE 42P07)\n  nothing was changed; apply the script to an empty database, or drop what is there first",
		},
		{
			name: "a missing role", script: "CREATE TABLE a (x int); ALTER TABLE a OWNER TO nobody_at_all",
			err: "script:1: ALTER TABLE a OWNER TO nobody_at_all\n  role \"nobody_at_all\" does not exist (SQLSTATE 42704)\n  nothing was changed; where the role doesn't matter, --tolerant goes on without it",
		},
		{
			name: "a missing extension", script: "CREATE EXTENSION no_such_extension",
			err: "nothing was changed; where the extension doesn't matter, --tolerant goes on without it",
		},
		{name: "an include", script: "CREATE TABLE a ();\n\\i b.sql\n", err: "script:2: \\i b.sql\n  pgassay can't do this command of psql: put what it brings in into the script itself\n  nothing was changed"},
		{name: "another dialect", script: "CREATE TABLE `a` (x int)", err: "this is MySQL's dialect: pgassay runs PostgreSQL's"},
		{name: "variables", script: "CREATE TABLE :name (x int)", err: "variables of psql (:name) are not replaced: write the value"},
		{name: "an unfinished string", script: "SELECT 1;\nSELECT 'a", err: "script:2: SELECT 'a\n  unterminated quoted string"},
		{name: "wrong order", script: "CREATE INDEX ON a (x)", err: "a script must make things before it uses them"},
		{name: "nothing", script: "-- nothing\n;", err: "script has no statement in it"},
		{name: "an archive", script: "PGDMP\x01", err: "script is an archive of pg_dump: turn it into SQL with pg_restore --schema-only --file schema.sql FILE"},
		{name: "compressed", script: "\x1f\x8b\x08", err: "script is compressed: unpack it first, with gunzip or unzstd"},
		{name: "not text", script: "SELECT 1\x00", err: "script is no SQL text: it has zero bytes in it"},
		{
			name: "each commits", opts: schema.ApplyOptions{EachCommits: true, File: "f.sql"}, state: "a",
			script: "CREATE TABLE a (); nonsense; CREATE TABLE b ()",
			err:    "f.sql:1: nonsense\n  syntax error at or near \"nonsense\" (SQLSTATE 42601)\n  what stands above it in the script was done and stays",
		},
		{name: "each commits, with transactions", opts: schema.ApplyOptions{EachCommits: true}, script: "BEGIN; CREATE TABLE a (); ROLLBACK; CREATE TABLE b (x int); CREATE INDEX CONCURRENTLY c ON b (x)", state: "b c"},
		{
			name: "tolerant", opts: schema.ApplyOptions{Tolerant: true}, state: "a b nobody_at_all s t u v w y",
			script: `CREATE ROLE nobody_at_all;
CREATE EXTENSION IF NOT EXISTS no_such_extension;
COMMENT ON EXTENSION no_such_extension IS 'x';
CREATE SCHEMA s AUTHORIZATION nobody_at_all; CREATE SCHEMA AUTHORIZATION nobody_at_all;
CREATE TABLE s.a (x text COLLATE "xx_XX.nowhere");
ALTER TABLE s.a OWNER TO nobody_at_all;
GRANT ALL ON s.a TO nobody_at_all;
BEGIN; CREATE TABLE b (); nonsense; CREATE TABLE t (); COMMIT;
CREATE TABLE u (x int) TABLESPACE nowhere;
\i other.sql
CREATE TABLE v (g no_such_type); CREATE TABLE v (x int);
CREATE TABLE w (x int) WITH OIDS; CREATE TABLE y (x int) WITH (oids = true);`,
			warnings: []string{
				"script:1: CREATE ROLE nobody_at_all: roles are left out: they would outlive the database",
				`script:4: CREATE SCHEMA s AUTHORIZATION nobody_at_all: role "nobody_at_all" does not exist: done without it`,
				`script:4: CREATE SCHEMA AUTHORIZATION nobody_at_all: role "nobody_at_all" does not exist: done without it`,
				`script:5: CREATE TABLE s.a (x text COLLATE "xx_XX.nowhere"): collation "xx_XX.nowhere" for encoding "UTF8" does not exist: done without it`,
				`script:9: CREATE TABLE u (x int) TABLESPACE nowhere: tablespace "nowhere" does not exist: done without it`,
				`script:10: \i other.sql: pgassay can't do this command of psql: put what it brings in into the script itself`,
				`script:12: CREATE TABLE w (x int) WITH OIDS: syntax error at or near "OIDS": done without it`,
				`script:12: CREATE TABLE y (x int) WITH (oids = true): tables declared WITH OIDS are not supported: done without it`,
			},
			skipped: []schema.Skipped{
				{Line: 2, Statement: "CREATE EXTENSION IF NOT EXISTS no_such_extension", Reason: `could not open extension control file`, Missing: "extension"},
				{Line: 3, Statement: "COMMENT ON EXTENSION no_such_extension IS 'x'", Reason: `extension "no_such_extension" does not exist`, Missing: "extension"},
				{Line: 6, Statement: "ALTER TABLE s.a OWNER TO nobody_at_all", Reason: `role "nobody_at_all" does not exist`, Missing: "role"},
				{Line: 7, Statement: "GRANT ALL ON s.a TO nobody_at_all", Reason: `role "nobody_at_all" does not exist`, Missing: "role"},
				{Line: 8, Statement: "nonsense", Reason: `syntax error at or near "nonsense"`},
				{Line: 11, Statement: "CREATE TABLE v (g no_such_type)", Reason: `type "no_such_type" does not exist`},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.Connect(t, pgtest.Database(t))
			applied, err := schema.Apply(t.Context(), conn, test.script, test.opts)
			switch {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got error %v, want it to hold %s", err, test.err)
			}
			if got := state(t, conn); got != test.state {
				t.Errorf("there is %q, want %q", got, test.state)
			}
			if diff := cmp.Diff(append([]string{}, test.warnings...), applied.Warnings); diff != "" {
				t.Errorf("warnings (-want +got)\n%s", diff)
			}
			for i, s := range applied.Skipped { // where the file would be differs between servers, and so do words
				if s.Missing == "extension" && i < len(test.skipped) && !strings.HasPrefix(s.Statement, "COMMENT") {
					applied.Skipped[i].Reason = test.skipped[i].Reason
				}
			}
			if diff := cmp.Diff(append([]schema.Skipped{}, test.skipped...), applied.Skipped); diff != "" {
				t.Errorf("skipped (-want +got)\n%s", diff)
			}
			if conn.PgConn().TxStatus() != 'I' {
				t.Errorf("the transaction is left in state %c", conn.PgConn().TxStatus())
			}
		})
	}
}

// TestApplyRows has the rows of a dump arrive.
func TestApplyRows(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	applied, err := schema.Apply(t.Context(), conn, "CREATE TABLE a (x int, y text);\nCOPY a (x, y) FROM stdin;\n1\ta;b\\tc\n2\t\\N\n\\.\n\nCREATE TABLE b ();", schema.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schema.Applied{Statements: 3, Tables: []string{"public.a", "public.b"}, Skipped: []schema.Skipped{}, Warnings: []string{}}, applied); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	got := pgtest.Values[string](t, conn, "SELECT x || ':' || coalesce(y, '-') FROM a ORDER BY x")
	if diff := cmp.Diff([]string{"1:a;b\tc", "2:-"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestApplyTwice has every kind of script meet a table that is there already: it is named, and nothing changes.
func TestApplyTwice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, first, second, want string }{
		{"blog", schema.Blog, schema.Blog, "script:2: CREATE TABLE users ( id bigint GENERATED ALWAYS AS IDENTITY …\n  table public.users is there already"},
		{"a table of the last statement", "CREATE TABLE c (x int)", "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ()", "table public.c is there already"},
		{"if not exists", "CREATE TABLE a (x int)", "CREATE TABLE b (); CREATE TABLE IF NOT EXISTS a (y int)", "table public.a is there already"},
		{"dropped first", "CREATE TABLE a (x int); INSERT INTO a VALUES (1)", "DROP TABLE IF EXISTS a CASCADE; CREATE TABLE a (x int)", "table public.a is there already"},
		{"by search path", `CREATE SCHEMA "S"; CREATE TABLE "S"."T" ()`, `SET search_path = "S"; CREATE UNLOGGED TABLE "T" (x int)`, `table "S"."T" is there already`},
		{"another schema's", `CREATE TABLE a ()`, `CREATE SCHEMA s; SET search_path = s; CREATE TABLE a ()`, ""},
		{"a temporary one", `CREATE TABLE a ()`, `CREATE TEMP TABLE a (); CREATE TEMPORARY TABLE IF NOT EXISTS a ()`, ""},
		{"as", `CREATE TABLE a ()`, `CREATE TABLE public . a AS SELECT 1`, "table public.a is there already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.Connect(t, pgtest.Database(t))
			if _, err := schema.Apply(t.Context(), conn, test.first, schema.ApplyOptions{}); err != nil {
				t.Fatal(err)
			}
			before := state(t, conn)
			_, err := schema.Apply(t.Context(), conn, test.second, schema.ApplyOptions{})
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var exists *schema.TableExistsError
			if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &exists) {
				t.Errorf("got %v, want it to hold %s", err, test.want)
			}
			if after := state(t, conn); after != before {
				t.Errorf("there was %s, now there is %s", before, after)
			}
		})
	}
}

// TestApplyAsOwner applies a dump as a role that owns the database's schema, but is no superuser.
func TestApplyAsOwner(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	role := fmt.Sprintf("owner_%d", conn.PgConn().PID())
	pgtest.Execute(t, conn, "CREATE ROLE "+role+"; CREATE SCHEMA own AUTHORIZATION "+role+"; SET SESSION AUTHORIZATION "+role)
	_, err := schema.Apply(t.Context(), conn, "COMMENT ON EXTENSION plpgsql IS 'x'; COMMENT ON SCHEMA public IS 'x'; CREATE TABLE own.a (x int)", schema.ApplyOptions{})
	if err != nil {
		t.Error(err)
	}
	if got := state(t, conn); got != "a own" {
		t.Errorf("there is %q", got)
	}
	pgtest.Execute(t, conn, "RESET SESSION AUTHORIZATION")
	pgtest.Execute(t, conn, "DROP OWNED BY "+role+" CASCADE; DROP ROLE "+role)
}

// TestApplyLeavesSettings has a script's settings end with it.
func TestApplyLeavesSettings(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	_, err := schema.Apply(t.Context(), conn, "CREATE SCHEMA s; SET search_path = s; SET ROLE pg_monitor; SET standard_conforming_strings = off", schema.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var path, role, strings string
	err = conn.QueryRow(t.Context(), "SELECT current_setting('search_path'), current_setting('role'), current_setting('standard_conforming_strings')").Scan(&path, &role, &strings)
	if err != nil || path != `"$user", public` || role != "none" || strings != "on" {
		t.Errorf("search_path %s, role %s, standard_conforming_strings %s: %v", path, role, strings, err)
	}
}

// TestApplyCancelled interrupts a script in a long statement: the server ends it too, and nothing is left.
func TestApplyCancelled(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	conn, other := pgtest.Connect(t, dsn), pgtest.Connect(t, dsn)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := schema.Apply(ctx, conn, "CREATE TABLE a (); SELECT pg_sleep(600)", schema.ApplyOptions{})
		done <- err
	}()
	active := func() (n int) {
		query := "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%pg_sleep(600)%' AND state = 'active'"
		if err := other.QueryRow(t.Context(), query, conn.PgConn().PID()).Scan(&n); err != nil {
			t.Error(err)
			return -1
		}
		return n
	}
	for active() == 0 { // each turn is a round trip to the server
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for active() > 0 {
	}
	if got := state(t, other); got != "" {
		t.Errorf("there is %s", got)
	}
}
