package journal_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/journal"
)

// catalog describes all that a definition consists of: of constraints, indexes, triggers and tables.
const catalog = `
	SELECT format('constraint %s %s: %s validated %s deferrable %s deferred %s local %s inherited %s parent %s comment %s', conrelid::regclass, conname,
		pg_get_constraintdef(c.oid), convalidated, condeferrable, condeferred, conislocal, coninhcount,
		(SELECT conname FROM pg_constraint AS p WHERE p.oid = c.conparentid), obj_description(c.oid, 'pg_constraint'))
	FROM pg_constraint AS c WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
	UNION ALL
	SELECT format('index %s: %s owner %s tablespace %s clustered %s identity %s valid %s unique %s statistics %s parent %s comment %s extensions %s', x.oid::regclass,
		pg_get_indexdef(x.oid), pg_get_userbyid(x.relowner), coalesce(s.spcname, 'default'), indisclustered, indisreplident, indisvalid, indisunique,
		(SELECT string_agg(format('%s=%s', attnum, coalesce(attstattarget, -1)), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = x.oid),
		(SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = x.oid), obj_description(x.oid, 'pg_class'),
		(SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
		 WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.deptype = 'x'))
	FROM pg_index JOIN pg_class AS x ON x.oid = indexrelid LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace
	WHERE x.relnamespace = 'public'::regnamespace
	UNION ALL
	SELECT format('trigger %s of %s: %s enabled %s comment %s', tgname, tgrelid::regclass, pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger'))
	FROM pg_trigger WHERE NOT tgisinternal
	UNION ALL
	SELECT format('key trigger of %s: %s', tgrelid::regclass, string_agg(format('%s %s', tgfoid::regproc, tgenabled), ', ' ORDER BY tgfoid::regproc::text))
	FROM pg_trigger WHERE tgisinternal GROUP BY tgrelid
	UNION ALL
	SELECT format('table %s security %s forced %s identity %s owner %s', oid::regclass, relrowsecurity, relforcerowsecurity, relreplident, pg_get_userbyid(relowner))
	FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
	UNION ALL
	SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%'
	ORDER BY 1`

func describe(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	return pgtest.Values[string](t, conn, catalog, pgx.QueryExecModeExec)
}

// takeOff takes off all that can come off the tables of schema public, and returns what that is.
func takeOff(t *testing.T, conn *pgx.Conn) (off []string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SELECT set_config('search_path', '', true)"); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), "SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace")
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
		if err != nil {
			return err
		}
		objects, err := journal.Find(t.Context(), tx, tables)
		if err != nil {
			return err
		}
		for _, o := range objects {
			off = append(off, fmt.Sprintf("%s %s of %s", o.Kind, o.Name, strings.TrimPrefix(o.Table, "public.")))
		}
		return journal.Begin(t.Context(), tx, &journal.Run{ID: "1", About: "a test"}, objects)
	})
	if err != nil {
		t.Fatal(err)
	}
	return off
}

func restore(t *testing.T, conn *pgx.Conn) ([]journal.Parked, error) {
	t.Helper()
	return journal.Restore(t.Context(), journal.Options{Workers: 2, Connect: func(ctx context.Context) (*pgx.Conn, error) { return pgx.ConnectConfig(ctx, conn.Config()) }})
}

// putBack puts back what is off, removes the journal, and compares the definitions with what they were before.
func putBack(t *testing.T, conn *pgx.Conn, before []string) []journal.Parked {
	t.Helper()
	restored, err := restore(t, conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := journal.Remove(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, describe(t, conn)); diff != "" {
		t.Errorf("definitions (-before +after)\n%s", diff)
	}
	return restored
}

// two is two tables for foreign keys.
const two = `CREATE TABLE p (id int PRIMARY KEY, x int, y int, code text UNIQUE, UNIQUE (x, y)); CREATE TABLE c (id int PRIMARY KEY, p_id int, x int, y int, code text); `

// TestThereAndBack takes everything off that comes off, and puts it back: each definition is what it was. What must come
// off, and what must stay in place, is said.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	pgtest.Versions(t, func(t *testing.T, dsn string) {
		conn := pgtest.Connect(t, dsn)
		version := pgtest.Value[int](t, conn, "SELECT current_setting('server_version_num')::int / 10000")
		for _, test := range thereAndBack {
			t.Run(test.name, func(t *testing.T) {
				if version < test.since {
					t.Skip("PostgreSQL ", version, " does not know this")
				}
				pgtest.Execute(t, conn, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; "+test.ddl)
				before := describe(t, conn)
				off := takeOff(t, conn)
				if diff := cmp.Diff(test.off, off); diff != "" {
					t.Errorf("what came off (-want +got)\n%s", diff)
				}
				if cmp.Equal(before, describe(t, conn)) {
					t.Error("nothing has changed")
				}
				putBack(t, conn, before)
			})
		}
	})
}

var thereAndBack = []struct {
	name  string
	since int // version of PostgreSQL
	ddl   string
	off   []string
}{
	{"foreign key", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p ON DELETE CASCADE ON UPDATE SET NULL`, []string{"foreign key f of c"}},
	{"foreign key, composite, match full", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (x, y) MATCH FULL ON DELETE SET DEFAULT`, []string{"foreign key f of c"}},
	{"foreign key that sets some columns null", 15, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (x, y) REFERENCES p (x, y) ON DELETE SET NULL (y)`, []string{"foreign key f of c"}},
	{"foreign key, not valid", 0, two + `INSERT INTO c VALUES (1, 99); ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p NOT VALID`, []string{"foreign key f of c"}},
	{"foreign key, deferrable", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p DEFERRABLE`, []string{"foreign key f of c"}},
	{"foreign key, deferred", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p DEFERRABLE INITIALLY DEFERRED`, []string{"foreign key f of c"}},
	{"foreign key to itself", 0, `CREATE TABLE p (id int PRIMARY KEY, up int CONSTRAINT f REFERENCES p)`, []string{"foreign key f of p"}},
	{"foreign key with a comment", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p; COMMENT ON CONSTRAINT f ON c IS E'it''s a \\ "comment"\n$$'`, []string{"foreign key f of c"}},
	{"odd names", 0, `CREATE TABLE "P ""q""" ("Id" int PRIMARY KEY); CREATE TABLE "select" ("from" int); CREATE INDEX "I ""n""" ON "select" ("from");
		ALTER TABLE "select" ADD CONSTRAINT "to P" FOREIGN KEY ("from") REFERENCES "P ""q"""`, []string{"foreign key to P of \"select\"", "index I \"n\" of \"select\""}},
	{
		"foreign key of a partitioned table", 0, two + `CREATE TABLE e (id int, p_id int CONSTRAINT f REFERENCES p) PARTITION BY RANGE (id);
		CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10); CREATE TABLE e2 PARTITION OF e FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id); CREATE TABLE e3 PARTITION OF e2 DEFAULT`,
		[]string{"foreign key f of e"},
	},
	{"foreign key to a partitioned table", 0, `CREATE TABLE e (id int PRIMARY KEY) PARTITION BY HASH (id);
		CREATE TABLE e1 PARTITION OF e FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE e2 PARTITION OF e FOR VALUES WITH (MODULUS 2, REMAINDER 1);
		CREATE TABLE c (id int CONSTRAINT f REFERENCES e)`, []string{"foreign key f of c"}},
	{
		"index on an expression, partial, with all there is", 0, two + `CREATE INDEX i ON c (lower(code) text_pattern_ops DESC NULLS LAST, (x + y)) INCLUDE (p_id) WITH (fillfactor = 70, deduplicate_items = off) WHERE code <> 'it''s'`,
		[]string{"index i of c"},
	},
	{"index with statistics, a comment and a collation", 0, two + `CREATE INDEX i ON c ((x * 2), (code || 'x') COLLATE "C"); ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 321; ALTER INDEX i ALTER COLUMN 2 SET STATISTICS 7;
		COMMENT ON INDEX i IS 'by \ it''s'`, []string{"index i of c"}},
	{"index that the table is clustered on", 0, two + `CREATE INDEX i ON c (x); ALTER TABLE c CLUSTER ON i`, []string{"index i of c"}},
	{"index that depends on an extension", 0, two + `CREATE INDEX i ON c (x); ALTER INDEX i DEPENDS ON EXTENSION plpgsql`, []string{"index i of c"}},
	{
		"indexes of other kinds", 0, `CREATE TABLE c (id int PRIMARY KEY, tags text[], period int4range, word text); CREATE INDEX g ON c USING gin (tags) WITH (fastupdate = off);
		CREATE INDEX s ON c USING gist (period); CREATE INDEX h ON c USING hash (word); CREATE INDEX b ON c USING brin (id) WITH (pages_per_range = 8); CREATE INDEX sp ON c USING spgist (word)`,
		[]string{"index b of c", "index g of c", "index h of c", "index s of c", "index sp of c"},
	},
	{"the replica identity, unique indexes and keys stay", 0, two + `ALTER TABLE c ALTER x SET NOT NULL; CREATE UNIQUE INDEX u ON c (x); ALTER TABLE c REPLICA IDENTITY USING INDEX u;
		ALTER TABLE c ADD CONSTRAINT e EXCLUDE USING btree (y WITH =); CREATE INDEX i ON c (y)`, []string{"index i of c"}},
	{"indexes of partitioned tables stay attached", 0, `CREATE TABLE e (id int, x int) PARTITION BY RANGE (id); CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10); CREATE INDEX i ON e (x);
		CREATE TABLE c (x int); CREATE INDEX j ON c (x)`, []string{"index j of c"}},
	{"triggers in every state", 0, two + `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER o BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION f(); COMMENT ON TRIGGER o ON c IS 'a comment';
		CREATE TRIGGER a AFTER INSERT ON c FOR EACH STATEMENT EXECUTE FUNCTION f(); ALTER TABLE c ENABLE ALWAYS TRIGGER a;
		CREATE TRIGGER r BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE c ENABLE REPLICA TRIGGER r;
		CREATE TRIGGER d BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE c DISABLE TRIGGER d;
		CREATE CONSTRAINT TRIGGER k AFTER INSERT ON c DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()`, []string{"trigger a of c", "trigger k of c", "trigger o of c"}},
	{"triggers of partitions", 0, `CREATE TABLE e (id int) PARTITION BY RANGE (id); CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER o AFTER INSERT ON e FOR EACH ROW EXECUTE FUNCTION f();
		CREATE TRIGGER p BEFORE INSERT ON e1 FOR EACH ROW EXECUTE FUNCTION f()`, []string{"trigger o of e", "trigger o of e1", "trigger p of e1"}},
	{"a foreign key whose triggers somebody has switched off stays", 0, two + `ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p; ALTER TABLE c DISABLE TRIGGER ALL; CREATE INDEX i ON c (x)`, []string{"index i of c"}},
}

// TestTablespace: an index comes back where it was, whatever tablespace the session that puts it back would choose.
func TestTablespace(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	version := pgtest.Value[int](t, conn, "SELECT current_setting('server_version_num')::int / 10000")
	if version < 15 {
		t.Skip("PostgreSQL ", version, " has no tablespaces in place")
	}
	name := "space_" + strings.TrimPrefix(conn.Config().Database, "test_")
	pgtest.Execute(t, conn, "SET allow_in_place_tablespaces = on")
	pgtest.Execute(t, conn, "CREATE TABLESPACE "+name+" LOCATION ''")
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := conn.Exec(ctx, "DROP SCHEMA public CASCADE")
		if err == nil {
			_, err = conn.Exec(ctx, "DROP TABLESPACE "+name)
		}
		if err != nil {
			t.Error(err)
		}
	})
	pgtest.Execute(t, conn, "CREATE TABLE c (x int, y int); CREATE INDEX here ON c (x); CREATE INDEX there ON c (y) TABLESPACE "+name)
	pgtest.Execute(t, conn, "ALTER DATABASE "+conn.Config().Database+" SET default_tablespace = "+name)
	before := describe(t, conn)
	takeOff(t, conn)
	putBack(t, conn, before)
}

// TestRestoreGoesOn: what can't be put back stays in the journal, everything else comes back, and a later try ends it.
func TestRestoreGoesOn(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, two+`ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p; CREATE INDEX i ON c (x); ALTER TABLE c ADD CONSTRAINT g FOREIGN KEY (code) REFERENCES p (code)`)
	before := describe(t, conn)
	takeOff(t, conn)
	pgtest.Execute(t, conn, "INSERT INTO c (id, p_id) VALUES (1, 99)")
	restored, err := restore(t, conn)
	if err == nil || !strings.Contains(err.Error(), "put back foreign key f of public.c") {
		t.Errorf("a row without its parent: error %v", err)
	}
	if len(restored) != 2 {
		t.Errorf("put back %v, want the index and the other foreign key", restored)
	}
	if err := journal.Remove(t.Context(), conn); !errors.Is(err, journal.ErrParked) {
		t.Errorf("the journal of what is still off is removed: error %v", err)
	}
	pgtest.Execute(t, conn, "DELETE FROM c")
	putBack(t, conn, before)
}

// TestNotes: what is noted of a run is what is read, also the largest numbers; Undo empties what is not whole, and what
// needs its rows.
func TestNotes(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	if run, err := journal.Read(t.Context(), conn); run != nil || err != nil {
		t.Fatalf("without a journal: %v, error %v", run, err)
	}
	pgtest.Execute(t, conn, `CREATE TABLE whole (id int PRIMARY KEY); CREATE TABLE half (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, half_id int REFERENCES half);
		CREATE TABLE other (id int PRIMARY KEY, whole_id int REFERENCES whole);
		INSERT INTO whole VALUES (1); INSERT INTO half VALUES (1); INSERT INTO child VALUES (1, 1); INSERT INTO other VALUES (1, 1)`)
	want := journal.Run{ID: "an ID", About: "two rows", Targets: []journal.Target{
		{Table: "public.child", Rows: 1, Empty: true},
		{Table: "public.half", Rows: 2, Empty: true},
		{Table: "public.other", First: math.MaxUint64, Rows: 1, Empty: true},
		{Table: "public.whole", Rows: 1, Empty: true},
	}, Parts: []journal.Part{
		{Table: "public.child", Rows: 1},
		{Table: "public.half", Rows: 1, Bytes: 5, Checksum: math.MaxUint64, Duration: time.Second},
		{Table: "public.other", First: math.MaxUint64, Rows: 1},
		{Table: "public.whole", Rows: 1},
	}}
	if err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error { return journal.Begin(t.Context(), tx, &want, nil) }); err != nil {
		t.Fatal(err)
	}
	for _, p := range want.Parts {
		if err := journal.Note(t.Context(), conn, &want, p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := journal.Read(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	want.Started = got.Started
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("the run (-want +got)\n%s", diff)
	}
	// Rows that somebody else has added are not thrown away.
	pgtest.Execute(t, conn, "INSERT INTO half VALUES (2)")
	if _, err := journal.Undo(t.Context(), conn, got); err == nil || !strings.Contains(err.Error(), "public.half holds 2 rows, of which the run has loaded 1: somebody else has added the others") {
		t.Errorf("other rows in a table that is not whole: error %v", err)
	}
	pgtest.Execute(t, conn, "DELETE FROM half WHERE id = 2")
	emptied, err := journal.Undo(t.Context(), conn, got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"public.child", "public.half"}, emptied); diff != "" {
		t.Errorf("emptied (-want +got)\n%s", diff)
	}
	var left string
	if err := conn.QueryRow(t.Context(), "SELECT concat((SELECT count(*) FROM whole), (SELECT count(*) FROM half), (SELECT count(*) FROM child), (SELECT count(*) FROM other))").Scan(&left); err != nil || left != "1001" {
		t.Errorf("rows of whole, half, child and other: %s, error %v", left, err)
	}
	// Something of somebody else's in the schema stays.
	pgtest.Execute(t, conn, "CREATE TABLE pgassay.mine (x int)")
	if err := journal.Remove(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	pgtest.Execute(t, conn, "SELECT FROM pgassay.mine")
}

// TestPlace: a schema that somebody else has named like the journal's is left alone, with or without tables named like the
// journal's, and the journal goes elsewhere, is found there, and is gone at the end.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, ddl, place string }{
		{"free", "", "pgassay"},
		{"somebody else's", "CREATE SCHEMA pgassay; CREATE TABLE pgassay.users (id int)", "pgassay_journal"},
		{"empty, with a comment", "CREATE SCHEMA pgassay; COMMENT ON SCHEMA pgassay IS 'ours'", "pgassay_journal"},
		{"tables with the names of the journal's", "CREATE SCHEMA pgassay; CREATE TABLE pgassay.run (id int); CREATE TABLE pgassay.target (); CREATE TABLE pgassay.part (); CREATE TABLE pgassay.parked ()", "pgassay_journal"},
		{"both taken", "CREATE SCHEMA pgassay; CREATE SCHEMA pgassay_journal", "pgassay_journal_2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.With(t, two+"CREATE INDEX i ON c (x); ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p; "+test.ddl)
			before := describe(t, conn)
			if place, err := journal.Locate(t.Context(), conn); place != "" || err != nil {
				t.Fatalf("without a journal: one in %q, error %v", place, err)
			}
			takeOff(t, conn)
			run, err := journal.Read(t.Context(), conn)
			if err != nil || run == nil || run.Schema != test.place {
				t.Fatalf("the run: %+v, error %v; want one in schema %s", run, err, test.place)
			}
			if restored := putBack(t, conn, before); len(restored) != 2 {
				t.Errorf("put back %v, want the index and the foreign key", restored)
			}
		})
	}
}
