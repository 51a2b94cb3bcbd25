package explain_test

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/internal/pgtest"
)

//go:embed testdata/attack_setup.sql
var attackSetup string

//go:embed testdata/digest.sql
var digestSQL string

// attacks are statements that would change something if they were executed as they stand. DIR is a folder that the
// server may write to.
var attacks = []string{
	// more than one statement
	"SELECT 1; DELETE FROM victims", "SELECT 1;; DROP TABLE victims;", "SELECT 1 /* ; */ ; DELETE FROM victims -- ", "SELECT ';' ; DELETE FROM victims",
	"SELECT $$;$$; DELETE FROM victims", "SELECT E'\\'; DELETE FROM victims; --'", "SELECT U&'\\0027'; DELETE FROM victims", "SELECT 1 --\r; DELETE FROM victims",
	"COMMIT; DELETE FROM victims", "ROLLBACK; DELETE FROM victims; BEGIN", "SELECT 1) ; DELETE FROM victims; SELECT (1", "/*/**/SELECT 1; DELETE FROM victims",
	// changes
	"DELETE FROM victims", "UPDATE victims SET n = 0", "INSERT INTO trail VALUES (1)", "INSERT INTO numbered DEFAULT VALUES", "INSERT INTO numbered (v) VALUES (1) RETURNING *",
	"TRUNCATE victims", "WITH x AS (DELETE FROM victims RETURNING *) SELECT * FROM x", "WITH x AS (SELECT 1) DELETE FROM victims",
	"WITH x AS (INSERT INTO trail VALUES (1) RETURNING *), y AS (UPDATE victims SET n = 1 RETURNING *) SELECT count(*) FROM x, y",
	"WITH RECURSIVE x AS MATERIALIZED (UPDATE victims SET n = 1 RETURNING *) TABLE x", "SELECT * FROM (WITH x AS (DELETE FROM victims RETURNING 1) SELECT * FROM x) y",
	"MERGE INTO victims USING (SELECT 1 AS id) s ON s.id = victims.id WHEN MATCHED THEN DELETE", "UPDATE triggered SET v = 2", "DELETE FROM ruled",
	"SELECT * INTO stolen FROM victims", "SELECT 1 AS into INTO stolen2", "CREATE TABLE stolen AS SELECT 1", "EXPLAIN ANALYZE DELETE FROM victims",
	"SELECT * FROM victims FOR UPDATE",
	// utilities
	"COPY victims TO PROGRAM 'touch DIR/program'", "COPY victims TO 'DIR/copied'", "COPY (SELECT 1) TO PROGRAM 'touch DIR/program2'", "DO $$ BEGIN DELETE FROM victims; END $$",
	"CALL act()", "SET work_mem = '1GB'", "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "ALTER SYSTEM SET work_mem = '1GB'", "ALTER DATABASE postgres SET work_mem = '1GB'",
	"PREPARE x AS DELETE FROM victims", "EXECUTE pgassay_statement", "DEALLOCATE ALL", "DISCARD ALL", "LISTEN x", "NOTIFY x", "LOCK victims", "VACUUM victims", "REINDEX TABLE victims",
	"LOAD 'plpgsql'", "CHECKPOINT", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "GRANT ALL ON victims TO public", "PREPARE TRANSACTION 'x'", "BEGIN", "SAVEPOINT x",
	// functions of the server that act inside a READ ONLY transaction
	"SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(2)", "SELECT pg_notify('x', 'y')", "SELECT nextval('numbers')", "SELECT setval('numbers', 1)", "SELECT set_config('work_mem', '64kB', false)",
	"SELECT lo_create(777)", "SELECT lo_unlink(4242)", "SELECT lo_put(4242, 0, 'x')", "SELECT lo_export(4242, 'DIR/exported')", "SELECT lo_import('/etc/hostname')", "SELECT lowrite(lo_open(4242, 131072), 'x')",
	"SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()", "SELECT pg_sleep(60)",
	"SELECT pg_create_physical_replication_slot('attack')", "SELECT pg_replication_origin_create('attack')", "SELECT pg_stat_reset()", "SELECT pg_logical_emit_message(false, 'a', 'b')",
	"SELECT pg_import_system_collations('public')", "SELECT setseed(0.5)", "SELECT pg_export_snapshot()", "SELECT pg_catalog.nextval('numbers')", `SELECT "nextval"('numbers')`, `SELECT U&"next\0076al"('numbers')`,
	`SELECT U&"next!0076al" UESCAPE '!' ('numbers')`, "SELECT/**/nextval/**/('numbers')", "SELECT nextval\n--x\n('numbers')", "VALUES (nextval('numbers'))", "TABLE innocent",
	"SELECT 1 ORDER BY nextval('numbers')", "SELECT 1 LIMIT nextval('numbers')", "SELECT * FROM victims WHERE n > nextval('numbers')", "SELECT CASE WHEN true THEN nextval('numbers') END",
	"SELECT * FROM nextval('numbers')", "SELECT sum(n) FILTER (WHERE nextval('numbers') > 0) FROM victims", "SELECT (SELECT nextval('numbers'))", "SELECT * FROM victims v, LATERAL (SELECT nextval('numbers') + v.n) x",
	// SQL in strings
	"SELECT query_to_xml('SELECT nextval(''numbers'')', true, true, '')", "SELECT table_to_xml('innocent', true, true, '')", "SELECT schema_to_xml('public', true, true, '')",
	"SELECT * FROM ts_stat('SELECT nextval(''numbers'')::text::tsvector')", "SELECT * FROM crosstab('SELECT nextval(''numbers'')::text, ''a'', ''b''') AS t(a text, b text)",
	"SELECT dblink_exec('dbname=postgres', 'CREATE TABLE attack (x int)')", "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(x int)", "SELECT ts_rewrite('a'::tsquery, 'SELECT nextval(''numbers'')::text::tsquery, ''b''::tsquery')",
	"SELECT domain_in('1', 'evil'::regtype::oid, -1)",
	// hidden in functions, views, operators, casts, types, policies
	"SELECT act()", "SELECT act_stable()", "SELECT act_immutable(1)", "SELECT act_sql(1)", "SELECT act_nested(1)", "SELECT act_dynamic('val(''numbers'')')", "SELECT v.act_row FROM victims v", "SELECT (v).act_row FROM victims v",
	"SELECT * FROM innocent", "SELECT count(*) FROM outer_view", "SELECT name === 1 FROM victims", "SELECT 'a'::text OPERATOR(public.===) 1", "SELECT act_agg(n) FROM victims", "SELECT 1::evil", "SELECT CAST(n AS evil) FROM victims",
	"SELECT '(1,2)'::pair", "SELECT ROW(1, 2)::pair", "SELECT * FROM guarded", "SELECT * FROM victims WHERE n = act_stable()", "SELECT * FROM victims WHERE n = act_immutable(3)", "SELECT * FROM programmed",
	"SELECT ARRAY[1]::evil[]", "SELECT jsonb_populate_record(NULL::pair, '{\"b\": 1}')",
	// hidden where neither the statement nor a function's text shows it
	"SELECT quiet()", "SELECT quiet_plain()", "SELECT returns_evil()", "SELECT takes_evil(1)", "SELECT * FROM gives_evil()", "SELECT internal_next('numbers')", "SELECT internal_lock(5)",
	"SELECT definer()", "SELECT * FROM behind", "SELECT * FROM explains()", "SELECT swallows()", "SELECT opens()", "SELECT notifies()", "SELECT * FROM series()", "SELECT * FROM ROWS FROM (series(), generate_series(1, 3))",
	"SELECT 1 <<< 'a'", "SELECT * FROM victims ORDER BY n <<< name", "SELECT 1 OPERATOR(public.<<<) 'a'",
	"SELECT * FROM indexed WHERE act_immutable(v) = 3", "SELECT count(*) FROM indexed WHERE v = 3", "SELECT act_agg(n) OVER (ORDER BY id) FROM victims", "SELECT act_agg(DISTINCT n ORDER BY n) FROM victims",
	"INSERT INTO parted VALUES (1, 1)", "INSERT INTO parted_rest VALUES (1, 1)", "UPDATE numbered SET id = DEFAULT", "UPDATE numbered SET v = DEFAULT", "UPDATE calculated SET id = 2", "UPDATE indexed SET v = 7",
	"DELETE FROM referred", "UPDATE written SET n = 0", "INSERT INTO victims VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET n = nextval('numbers')", "MERGE INTO victims t USING victims s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = nextval('numbers')",
	"WITH x AS (DO $$ BEGIN END $$) SELECT 1", "WITH x AS (EXPLAIN ANALYZE DELETE FROM victims) SELECT * FROM x", "SELECT * FROM (DELETE FROM victims RETURNING *) x", "EXECUTE pgassay_statement(1)", "DECLARE c CURSOR FOR DELETE FROM victims RETURNING 1",
	"COPY (DELETE FROM victims RETURNING *) TO STDOUT", "COPY victims FROM PROGRAM 'touch DIR/from'", "CREATE TEMP TABLE t AS SELECT 1", "SELECT 1 INTO TEMP t", "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION act_trigger()",
	"SELECT lo_from_bytea(0, 'x')", "SELECT lo_truncate(lo_open(4242, 393216), 0)", "SELECT pg_advisory_xact_lock(3)", "SELECT pg_advisory_lock_shared(4)", "SELECT pg_notify(name, name) FROM victims", "SELECT pg_reload_conf()", "SELECT pg_rotate_logfile()",
	"SELECT pg_create_logical_replication_slot('attack', 'test_decoding')", "SELECT pg_switch_wal()", "SELECT pg_create_restore_point('attack')", "SELECT pg_stat_reset_shared('bgwriter')", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity",
	"SELECT binary_upgrade_set_next_pg_type_oid(1)", "SELECT pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')", "SELECT currtid2('innocent', '(0,1)')", "SELECT brin_summarize_new_values('indexed_act_immutable_idx')", "SELECT gin_clean_pending_list('victims_pkey')",
	"SELECT JSON_OBJECT('a' : nextval('numbers'))", "SELECT E'a'\n'b\\' || nextval('numbers') || ' '", "SELECT array_in('{1}', 'evil'::regtype, -1)", "SELECT record_in('(1,2)', 'pair'::regtype, -1)", "SELECT jsonb_populate_recordset(NULL::pair, '[{\"b\": 1}]')",
	"SELECT * FROM jsonb_to_record('{\"b\": 1}') AS x(b evil)", "SELECT * FROM XMLTABLE('/a' PASSING '<a>1</a>' COLUMNS b evil PATH '.')", "SELECT NULL::evil", "SELECT '{1}'::evil[]", "SELECT * FROM dblink('dbname=postgres', $$SELECT nextval('numbers')$$) AS t(x int)",
	// size
	"SELECT count(*) FROM generate_series(1, 1000000000000)", "SELECT array_agg(repeat('x', 1000)) FROM generate_series(1, 100000000)", "SELECT a.id FROM victims a, victims b, victims c, victims d, victims e ORDER BY 1",
	"SELECT repeat('x', 1000000000)", "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x",
	strings.Repeat("(", 100000) + "SELECT 1", "SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
	// no statement at all
	"", ";", "--", "/*", "'", "\x00", "SELECT '\x00'", "$$", "SELECT $1; DROP TABLE victims",
}

// TestAttacks runs every attack as a superuser, with and without leave to change data, and holds the state of the
// database and of a folder before against the state after.
func TestAttacks(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]explain.Options{
		"default":   {StatementTimeout: 300 * time.Millisecond, TempFileKB: 10 << 10},
		"allow-dml": {StatementTimeout: 300 * time.Millisecond, TempFileKB: 10 << 10, AllowDML: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, folder := attackDatabase(t)
			session, err := explain.Open(t.Context(), config, opts)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = session.Close(context.WithoutCancel(t.Context())) })
			before := digest(t, config, folder)
			executed := 0
			for _, attack := range attacks {
				result, err := session.Explain(t.Context(), explain.Request{SQL: strings.ReplaceAll(attack, "DIR", folder)})
				if err != nil {
					t.Fatalf("%.200q: the session can't go on: %v", attack, err)
				}
				if result.Executed() {
					executed++
				}
				after := digest(t, config, folder)
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("%.200q changed something (-before +after)\n%s", attack, diff)
					before = after
				}
			}
			t.Logf("%d attacks, %d of them executed", len(attacks), executed)
		})
	}
}

// TestAttacksByCast: a cast that acts is called without a name, so that no statement is executed while there is one.
func TestAttacksByCast(t *testing.T) {
	t.Parallel()
	config, folder := attackDatabase(t)
	const cast = `CREATE FUNCTION act_cast(victims) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN nextval('numbers'); END $$;
CREATE CAST (victims AS int) WITH FUNCTION act_cast(victims) AS IMPLICIT;`
	if _, err := pgtest.Connect(t, config.ConnString()).Exec(t.Context(), cast, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	session, err := explain.Open(t.Context(), config, explain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close(context.WithoutCancel(t.Context())) })
	before := digest(t, config, folder)
	for _, sql := range []string{"SELECT v + 1 FROM victims v", "SELECT abs(v) FROM victims v", "SELECT CAST(v AS int) FROM victims v", "SELECT 1 FROM victims v WHERE v > 5"} {
		if _, err := session.Explain(t.Context(), explain.Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, digest(t, config, folder)); diff != "" {
			t.Errorf("%s changed something (-before +after)\n%s", sql, diff)
		}
	}
}

// TestDigestBites: the state that TestAttacks compares shows what attacks do, even in a READ ONLY transaction that is
// rolled back.
func TestDigestBites(t *testing.T) {
	t.Parallel()
	config, folder := attackDatabase(t)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	for _, sql := range []string{
		"SELECT nextval('numbers')", "SELECT act_sql(1)", "SELECT pg_advisory_lock(1)", "SELECT lo_export(4242, 'DIR/exported')", "SELECT * FROM programmed",
		"SELECT quiet()", "SELECT returns_evil()", "SELECT takes_evil(1)", "SELECT internal_next('numbers')", "SELECT internal_lock(5)", "SELECT opens()",
		"SELECT 1 <<< 'a'", "INSERT INTO parted VALUES (1, 1)", "UPDATE numbered SET id = DEFAULT", "UPDATE indexed SET v = 7", "DELETE FROM referred", "UPDATE written SET n = 0",
	} {
		before := digest(t, config, folder)
		if _, err := conn.Exec(t.Context(), "BEGIN READ ONLY; "+strings.ReplaceAll(sql, "DIR", folder)+"; ROLLBACK", pgx.QueryExecModeSimpleProtocol); err != nil {
			_, err = conn.Exec(t.Context(), "ROLLBACK; "+strings.ReplaceAll(sql, "DIR", folder), pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				t.Fatal(err)
			}
		}
		if cmp.Equal(before, digest(t, config, folder)) {
			t.Errorf("%s left no trace", sql)
		}
	}
}

// TestHarmless: what is harmless is executed, or nothing would ever be measured.
func TestHarmless(t *testing.T) {
	t.Parallel()
	config, _ := attackDatabase(t)
	session, err := explain.Open(t.Context(), config, explain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close(context.WithoutCancel(t.Context())) })
	for _, sql := range []string{
		"SELECT * FROM victims WHERE id = 3", "SELECT count(*), lower(name) FROM victims GROUP BY 2", "SELECT now(), random(), clock_timestamp(), gen_random_uuid()",
		"WITH x AS (SELECT * FROM victims) SELECT * FROM x ORDER BY n LIMIT 3", "VALUES (1), (2)", "TABLE victims", "(SELECT 1 UNION ALL SELECT 2)", "SELECT * FROM pg_stat_activity",
		"SELECT * FROM victims TABLESAMPLE bernoulli (10)", "SELECT 'nextval(''numbers'')'", `SELECT 1 AS "into"`, "SELECT * FROM victims v WHERE v.name LIKE 'v1%'", "SELECT pg_relation_size('victims')",
		"SELECT * FROM pg_locks", "SELECT v.system FROM (SELECT id AS system FROM victims OFFSET 0) v WHERE v.system = 1", "SELECT coalesce(n, 0), greatest(1, n), extract(year FROM now()) FROM victims",
	} {
		result, err := session.Explain(t.Context(), explain.Request{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		if !result.Executed() {
			t.Errorf("%s was not executed: %s %v", sql, result.Verdict.Reason, result.Err)
		}
	}
}

// attackDatabase makes a database with traps in it, and a folder that the server may write to.
func attackDatabase(t *testing.T) (*pgx.ConnConfig, string) {
	t.Helper()
	folder := filepath.Join(os.TempDir(), filepath.Base(t.TempDir())+"_attack_"+strings.ReplaceAll(t.Name(), "/", "_"))
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	setup := attackSetup + "CREATE FOREIGN TABLE programmed (line text) SERVER files OPTIONS (program 'touch " + folder + "/foreign');"
	return pgtest.With(t, setup).Config(), folder
}

// digest describes everything that an attack could change. It looks from a session of its own.
func digest(t *testing.T, config *pgx.ConnConfig, folder string) []string {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	lines := strings.Split(pgtest.Value[string](t, conn, digestSQL), "\n")
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		lines = append(lines, "file "+f.Name())
	}
	return slices.Clip(lines)
}
