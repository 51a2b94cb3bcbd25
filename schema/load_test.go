package schema_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
)

// loaded runs DDL in a database of its own and loads it.
func loaded(t *testing.T, ddl string) *schema.Database {
	t.Helper()
	conn := pgtest.With(t, ddl)
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

var withoutOIDs = []cmp.Option{
	cmpopts.IgnoreFields(schema.Column{}, "TypeOID", "TypeMod"),
	cmpopts.IgnoreUnexported(schema.Column{}),
	cmpopts.IgnoreFields(schema.Index{}, "OID"),
	cmpopts.IgnoreFields(schema.Type{}, "OID", "Base", "BaseMod", "Element", "Subtype", "Range"),
}

// TestLoad reads one kind of catalog object at a time: DDL, what of the result is looked at, what it must be.
func TestLoad(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, ddl string
		pick      func(*schema.Database) any
		want      any
	}{
		{
			"columns", `CREATE SCHEMA "My Schema";
			 CREATE TABLE "My Schema"."T" (
				id bigint GENERATED ALWAYS AS IDENTITY, s serial, "order" varchar(40) COLLATE "C" DEFAULT 'a''b' NOT NULL,
				n numeric(10,2), double float GENERATED ALWAYS AS (n * 2) STORED, gone int, seen timestamptz DEFAULT '2024-01-02 03:04:05+06', tags text[]);
			 ALTER TABLE "My Schema"."T" DROP COLUMN gone;
			 COMMENT ON COLUMN "My Schema"."T".n IS 'net price'`,
			func(db *schema.Database) any { return db.Tables[0].Columns },
			[]*schema.Column{
				{Name: "id", Position: 1, Type: "bigint", NotNull: true, Identity: schema.IdentityAlways, Sequence: `"My Schema"."T_id_seq"`},
				{Name: "s", Position: 2, Type: "integer", NotNull: true, Default: `nextval('"My Schema"."T_s_seq"'::regclass)`, Sequence: `"My Schema"."T_s_seq"`},
				{Name: "order", Position: 3, Type: "character varying(40)", NotNull: true, Default: `'a''b'::character varying`, Collation: `pg_catalog."C"`},
				{Name: "n", Position: 4, Type: "numeric(10,2)", Comment: "net price"},
				{Name: "double", Position: 5, Type: "double precision", Generated: "(n * (2)::numeric)"},
				{Name: "seen", Position: 7, Type: "timestamp with time zone", Default: "'2024-01-01 21:04:05+00'::timestamp with time zone"},
				{Name: "tags", Position: 8, Type: "text[]"},
			},
		},
		{
			"keys", `CREATE TABLE t (a int, b int, c int, PRIMARY KEY (b, a), CONSTRAINT "U" UNIQUE (c) DEFERRABLE)`,
			func(db *schema.Database) any {
				return []any{db.Tables[0].PrimaryKey, db.Tables[0].Uniques}
			},
			[]any{
				&schema.Key{Name: "t_pkey", Columns: []string{"b", "a"}, Definition: "PRIMARY KEY (b, a)"},
				[]*schema.Key{{Name: "U", Columns: []string{"c"}, Deferrable: true, Definition: "UNIQUE (c) DEFERRABLE"}},
			},
		},
		{
			"foreign keys", `CREATE SCHEMA s; CREATE TABLE s.p (a int, b int, UNIQUE (a, b));
			 CREATE TABLE c (id int PRIMARY KEY, x int, y int, up int REFERENCES c ON DELETE SET NULL,
				CONSTRAINT f FOREIGN KEY (y, x) REFERENCES s.p (a, b) MATCH FULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
			 ALTER TABLE c ADD CONSTRAINT late FOREIGN KEY (x, y) REFERENCES s.p (a, b) NOT VALID`,
			func(db *schema.Database) any { return db.Table("c").ForeignKeys },
			[]*schema.ForeignKey{
				{
					Name: "c_up_fkey", Columns: []string{"up"}, ReferencedSchema: "public", ReferencedTable: "c", ReferencedColumns: []string{"id"},
					OnDelete: "set null", OnUpdate: "no action", Validated: true, Definition: "FOREIGN KEY (up) REFERENCES public.c(id) ON DELETE SET NULL",
				},
				{
					Name: "f", Columns: []string{"y", "x"}, ReferencedSchema: "s", ReferencedTable: "p", ReferencedColumns: []string{"a", "b"},
					OnDelete: "no action", OnUpdate: "cascade", MatchFull: true, Deferrable: true, Deferred: true, Validated: true,
					Definition: "FOREIGN KEY (y, x) REFERENCES s.p(a, b) MATCH FULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
				},
				{
					Name: "late", Columns: []string{"x", "y"}, ReferencedSchema: "s", ReferencedTable: "p", ReferencedColumns: []string{"a", "b"},
					OnDelete: "no action", OnUpdate: "no action", Definition: "FOREIGN KEY (x, y) REFERENCES s.p(a, b) NOT VALID",
				},
			},
		},
		{
			"checks", `CREATE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
			 CREATE TABLE t (a int, b text, CONSTRAINT one CHECK (ok(a)), CONSTRAINT two CHECK (a > 0 AND (b <> E'\\)(''' OR b = ')')));
			 ALTER TABLE t ADD CONSTRAINT three CHECK (a < 9) NO INHERIT NOT VALID`,
			func(db *schema.Database) any { return db.Tables[0].Checks },
			[]*schema.Check{
				{Name: "one", Columns: []string{"a"}, Expression: "public.ok(a)", Validated: true, Definition: "CHECK (public.ok(a))"},
				{Name: "three", Columns: []string{"a"}, Expression: "a < 9", NoInherit: true, Definition: "CHECK ((a < 9)) NO INHERIT NOT VALID"},
				{
					Name: "two", Columns: []string{"a", "b"}, Expression: `(a > 0) AND ((b <> '\)('''::text) OR (b = ')'::text))`, Validated: true,
					Definition: `CHECK (((a > 0) AND ((b <> '\)('''::text) OR (b = ')'::text))))`,
				},
			},
		},
		{
			"exclusions", `CREATE TABLE t (room int4range, at tstzrange, EXCLUDE USING gist (room WITH =, (at * '[2000-01-01,)') WITH &&) WHERE (NOT isempty(room)))`,
			func(db *schema.Database) any { return db.Tables[0].Exclusions },
			[]*schema.Exclusion{{
				Name: "t_room_expr_excl", Method: "gist", Predicate: "NOT isempty(room)",
				Elements: []schema.ExclusionElement{
					{Column: "room", Operator: "="},
					{Expression: `at * '["2000-01-01 00:00:00+00",)'::tstzrange`, Operator: "&&"},
				},
				Definition: `EXCLUDE USING gist (room WITH =, ((at * '["2000-01-01 00:00:00+00",)'::tstzrange)) WITH &&) WHERE ((NOT isempty(room)))`,
			}},
		},
		{
			"indexes", `CREATE TABLE t (a int, b text, c text);
			 CREATE UNIQUE INDEX i ON t (lower(b) text_pattern_ops DESC, c COLLATE "C", a NULLS FIRST) INCLUDE (c) WHERE a > 0;
			 CREATE INDEX j ON t (a); ALTER TABLE t CLUSTER ON j`,
			func(db *schema.Database) any { return db.Tables[0].Indexes },
			[]*schema.Index{{
				Schema: "public", Name: "i", Method: "btree", Include: []string{"c"}, Predicate: "a > 0", Unique: true, Valid: true, SizeBytes: 8192,
				Elements: []schema.IndexElement{
					{Expression: "lower(b)", Descending: true, NullsFirst: true, OpClass: "text_pattern_ops"},
					{Column: "c", Collation: `pg_catalog."C"`},
					{Column: "a", NullsFirst: true},
				},
				Definition: `CREATE UNIQUE INDEX i ON public.t USING btree (lower(b) text_pattern_ops DESC, c COLLATE "C", a NULLS FIRST) INCLUDE (c) WHERE (a > 0)`,
			}, {
				Schema: "public", Name: "j", Method: "btree", Valid: true, Clustered: true, SizeBytes: 8192,
				Elements: []schema.IndexElement{{Column: "a"}}, Definition: "CREATE INDEX j ON public.t USING btree (a)",
			}},
		},
		{
			"triggers", `CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t);
			 CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
			 CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t ENABLE ALWAYS TRIGGER g`,
			func(db *schema.Database) any { return db.Tables[0].Triggers },
			[]*schema.Trigger{{Name: "g", Enabled: "always", Definition: "CREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f()"}},
		},
		{
			"partitions", `CREATE TABLE e (id int, at timestamptz) PARTITION BY RANGE (at, lower(id::text));
			 CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2024-01-01 02:00+02', MINVALUE) TO ('2025-01-01 00:00+00', 'x') PARTITION BY HASH (id);
			 CREATE TABLE e2 PARTITION OF e DEFAULT; CREATE TABLE e11 PARTITION OF e1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)`,
			func(db *schema.Database) any {
				return []any{describeParts(db), db.Table("e").Partitioning, db.Table("e1").Partitioning}
			},
			[]any{
				[]string{
					"public.e of  in public.e: ",
					"public.e1 of public.e in public.e: FOR VALUES FROM ('2024-01-01 00:00:00+00', MINVALUE) TO ('2025-01-01 00:00:00+00', 'x')",
					"public.e11 of public.e1 in public.e: FOR VALUES WITH (modulus 2, remainder 1)",
					"public.e2 of public.e in public.e: DEFAULT",
				},
				&schema.Partitioning{Strategy: "range", Columns: []string{"at", ""}, Definition: "RANGE (at, lower((id)::text))", Partitions: []string{"public.e1", "public.e2"}},
				&schema.Partitioning{Strategy: "hash", Columns: []string{"id"}, Definition: "HASH (id)", Partitions: []string{"public.e11"}},
			},
		},
		{
			"keys of partitions", `CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p) PARTITION BY HASH (id);
			 CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1)`,
			func(db *schema.Database) any {
				var keys []string
				for _, table := range db.Tables {
					for _, fk := range table.ForeignKeys {
						keys = append(keys, fmt.Sprintf("%s -> %s inherited %t", table.Name, fk.ReferencedName(), fk.Inherited))
					}
				}
				return keys
			},
			[]string{"p -> public.p inherited false", "p0 -> public.p inherited true", "p1 -> public.p inherited true"},
		},
		{
			"inheritance", `CREATE TABLE a (x int CHECK (x > 0)); CREATE TABLE b (y int); CREATE TABLE c (z int) INHERITS (b, a)`,
			func(db *schema.Database) any {
				c := db.Table("c")
				return []any{c.Inherits, c.Checks[0].Inherited, c.Column("x").Inherited, c.Column("z").Inherited, c.PartitionOf}
			},
			[]any{[]string{"public.b", "public.a"}, true, true, false, ""},
		},
		{
			"types", `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (m mood, n numeric(5,2)); CREATE TYPE span AS RANGE (subtype = text);
			 CREATE DOMAIN short AS varchar(5) DEFAULT 'x' NOT NULL CONSTRAINT lower_case CHECK (lower(VALUE) = VALUE) CHECK (VALUE <> '');
			 CREATE TABLE t (a mood[], b pair, c span, d short, e int4multirange)`,
			func(db *schema.Database) any {
				var types []*schema.Type
				for _, typ := range db.Types {
					if typ.Schema == "public" || typ.Kind == schema.MultirangeType {
						types = append(types, typ)
					}
				}
				return types
			},
			[]*schema.Type{
				{Schema: "pg_catalog", Name: "int4multirange", Formatted: "int4multirange", Kind: schema.MultirangeType, Category: "R", Length: -1, Delimiter: ",", Binary: true, Discrete: true, Of: "integer"},
				{Schema: "public", Name: "_mood", Formatted: "public.mood[]", Kind: schema.ArrayType, Category: "A", Length: -1, Delimiter: ",", Binary: true, Of: "public.mood"},
				{Schema: "public", Name: "mood", Formatted: "public.mood", Kind: schema.EnumType, Category: "E", Length: 4, Delimiter: ",", Binary: true, Labels: []string{"sad", "ok"}},
				{
					Schema: "public", Name: "pair", Formatted: "public.pair", Kind: schema.CompositeType, Category: "C", Length: -1, Delimiter: ",", Binary: true,
					Fields: []*schema.Column{{Name: "m", Position: 1, Type: "public.mood"}, {Name: "n", Position: 2, Type: "numeric(5,2)"}},
				},
				{
					Schema: "public", Name: "short", Formatted: "public.short", Kind: schema.DomainType, Category: "S", Length: -1, Delimiter: ",", Binary: true, NotNull: true,
					Default: "'x'::character varying", Of: "character varying(5)",
					Checks: []*schema.Check{
						{Name: "lower_case", Columns: []string{}, Expression: "lower((VALUE)::text) = (VALUE)::text", Validated: true, Definition: "CHECK ((lower((VALUE)::text) = (VALUE)::text))"},
						{Name: "short_check", Columns: []string{}, Expression: "(VALUE)::text <> ''::text", Validated: true, Definition: "CHECK (((VALUE)::text <> ''::text))"},
					},
				},
				{Schema: "public", Name: "span", Formatted: "public.span", Kind: schema.RangeType, Category: "R", Length: -1, Delimiter: ",", Binary: true, Of: "text"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.pick(loaded(t, test.ddl))
			if diff := cmp.Diff(test.want, got, withoutOIDs...); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func describeParts(db *schema.Database) []string {
	parts := make([]string, len(db.Tables))
	for i, t := range db.Tables {
		parts[i] = fmt.Sprintf("%s of %s in %s: %s", t.QualifiedName(), t.PartitionOf, db.Root(t).QualifiedName(), t.Bound)
	}
	return parts
}

// TestTypesAreLinked follows types by OID.
func TestTypesAreLinked(t *testing.T) {
	t.Parallel()
	db := loaded(t, `CREATE DOMAIN d AS numeric(7,2); CREATE TABLE t (a d[], r int8multirange)`)
	table := db.Tables[0]
	array := db.Type(table.Column("a").TypeOID)
	domain := db.Type(array.Element)
	base := db.Type(domain.Base)
	multirange := db.Type(table.Column("r").TypeOID)
	got := []string{array.Name, domain.Name, base.Name, multirange.Name, db.Type(multirange.Range).Name, db.Type(multirange.Subtype).Name}
	if diff := cmp.Diff([]string{"_d", "d", "numeric", "int8multirange", "int8range", "int8"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if want := int32(7<<16 | 2 + 4); domain.BaseMod != want {
		t.Errorf("modifier of numeric(7,2) is %d, want %d", domain.BaseMod, want)
	}
}

// TestDomains goes down from a domain to the type under it.
func TestDomains(t *testing.T) {
	t.Parallel()
	db := loaded(t, `CREATE DOMAIN amount AS numeric NOT NULL; CREATE DOMAIN price AS amount CHECK (VALUE > 0); CREATE TABLE t (p price, n numeric)`)
	price, plain := db.Tables[0].Column("p").TypeOID, db.Tables[0].Column("n").TypeOID
	var names []string
	for domain := range db.Domains(price) {
		names = append(names, domain.Name)
	}
	if diff := cmp.Diff([]string{"price", "amount"}, names); diff != "" {
		t.Errorf("domains (-want +got)\n%s", diff)
	}
	if base := db.BaseType(price); base == nil || base.Name != "numeric" {
		t.Errorf("the type under price is %+v, want numeric", base)
	}
	if db.BaseType(plain) != db.Type(plain) || db.BaseType(0) != nil {
		t.Error("a type that is no domain must be its own base, and one that is unknown have none")
	}
	if !db.RefusesNull(price) || db.RefusesNull(plain) {
		t.Errorf("refuses null: price %t, numeric %t; want true, false", db.RefusesNull(price), db.RefusesNull(plain))
	}
	for range db.Domains(plain) {
		t.Error("numeric is no domain")
	}
}

// TestHasRows tells tables that are known to be empty from all others.
func TestHasRows(t *testing.T) {
	t.Parallel()
	db := loaded(t, `
		CREATE TABLE bare (a int);
		CREATE TABLE filled (a int); INSERT INTO filled VALUES (1);
		CREATE TABLE emptied (a int); INSERT INTO emptied VALUES (1); DELETE FROM emptied;
		CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
		CREATE TABLE p (a int) PARTITION BY LIST (a);
		CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (a);
		CREATE TABLE p22 PARTITION OF p2 DEFAULT; INSERT INTO p VALUES (2);
		CREATE TABLE up (a int); CREATE TABLE down () INHERITS (up); INSERT INTO down VALUES (1);
		CREATE EXTENSION postgres_fdw; CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE away (a int) SERVER nowhere`)
	got := map[string]bool{}
	for _, table := range db.Tables {
		got[table.Name] = table.HasRows
	}
	want := map[string]bool{
		"bare": false, "filled": true, "emptied": false, "nothing": true, "p": true, "p1": false, "p2": true, "p22": true,
		"up": false, "down": true, "away": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(db.Warnings) > 0 {
		t.Errorf("warnings: %q", db.Warnings)
	}
}

// TestHasRowsWithoutPrivilege loads as a role that may not read a table, and as one that row-level security applies to.
func TestHasRowsWithoutPrivilege(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	role := fmt.Sprintf("reader_%d", conn.PgConn().PID())
	pgtest.Execute(t, conn, `CREATE TABLE secret (a int); INSERT INTO secret VALUES (1);
		CREATE TABLE policed (a int); INSERT INTO policed VALUES (1); ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
		CREATE TABLE open (a int); INSERT INTO open VALUES (1); CREATE TABLE bare (a int); CREATE ROLE `+role+`;
		GRANT SELECT ON open, policed TO `+role+`; SET ROLE `+role)
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	pgtest.Execute(t, conn, "RESET ROLE; DROP OWNED BY "+role+"; DROP ROLE "+role)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"secret": true, "policed": true, "open": true, "bare": false} {
		if got := db.Table(name).HasRows; got != want {
			t.Errorf("%s: HasRows is %t", name, got)
		}
	}
	if len(db.Warnings) != 1 || !strings.Contains(db.Warnings[0], "public.policed, public.secret is unknown") {
		t.Errorf("warnings: %q", db.Warnings)
	}
}

// TestOptions chooses schemas and tables of extensions.
func TestOptions(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	_, err := schema.Load(t.Context(), conn, schema.Options{})
	if !errors.Is(err, schema.ErrNoTables) || !strings.Contains(err.Error(), "pgassay schema apply") {
		t.Errorf("an empty database: %v", err)
	}
	pgtest.Execute(t, conn, `CREATE SCHEMA one; CREATE SCHEMA two; CREATE SCHEMA bare; CREATE TABLE one.t (a int); CREATE TABLE two.t (a int); CREATE TEMP TABLE own (a int);
		CREATE TABLE ext (a int); CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TABLE ext`)
	for _, test := range []struct {
		name string
		opts schema.Options
		want string
	}{
		{"all", schema.Options{}, "one.t two.t"},
		{"one schema", schema.Options{Schemas: []string{"two"}}, "two.t"},
		{"extensions too", schema.Options{ExtensionTables: true}, "one.t public.ext two.t"},
		{"an empty schema", schema.Options{Schemas: []string{"one", "bare"}}, "no tables in schema bare: the schemas that hold tables are one, public, two"},
		{"no such schema", schema.Options{Schemas: []string{"One"}}, `no tables in schema "One": the schemas that hold tables are one, public, two`},
	} {
		var got []string
		db, err := schema.Load(t.Context(), conn, test.opts)
		if err != nil {
			got = []string{err.Error()}
		} else {
			for _, table := range db.Tables {
				got = append(got, table.QualifiedName())
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

// TestLocked meets a table that another session is changing: the error names the table and the session.
func TestLocked(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	other, conn := pgtest.Connect(t, dsn), pgtest.Connect(t, dsn)
	pgtest.Execute(t, other, "CREATE TABLE busy (a int)")
	pgtest.Execute(t, other, "BEGIN; LOCK TABLE busy")
	_, err := schema.Load(t.Context(), conn, schema.Options{LockTimeout: time.Millisecond})
	want := fmt.Sprintf("a table is locked (public.busy by process %d): wait", other.PgConn().PID())
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to hold %q", err, want)
	}
	pgtest.Execute(t, other, "ROLLBACK")
	if _, err := schema.Load(t.Context(), conn, schema.Options{}); err != nil {
		t.Errorf("the connection is not fit for use afterwards: %v", err)
	}
}

// TestLoadLeavesNothingBehind holds the session's settings and transaction to what they were.
func TestLoadLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, "CREATE TABLE t (a int); SET search_path = public; SET statement_timeout = '7s'")
	if _, err := schema.Load(t.Context(), conn, schema.Options{}); err != nil {
		t.Fatal(err)
	}
	var path, timeout string
	var prepared int
	err := conn.QueryRow(t.Context(), "SELECT current_setting('search_path'), current_setting('statement_timeout'), (SELECT count(*) FROM pg_prepared_statements)",
		pgx.QueryExecModeExec).Scan(&path, &timeout, &prepared)
	if err != nil || path != "public" || timeout != "7s" || prepared != 0 || conn.PgConn().TxStatus() != 'I' {
		t.Errorf("search_path %s, statement_timeout %s, prepared %d, transaction %c: %v", path, timeout, prepared, conn.PgConn().TxStatus(), err)
	}
}

func TestLoadCancelled(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := schema.Load(ctx, conn, schema.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestLoadWhileTablesComeAndGo loads while another session makes and drops tables with all that is deparsed.
func TestLoadWhileTablesComeAndGo(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	conn, other := pgtest.Connect(t, dsn), pgtest.Connect(t, dsn)
	pgtest.Execute(t, conn, "CREATE TABLE stays (a int)")
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			_, err := other.Exec(t.Context(), `CREATE TABLE goes (a int DEFAULT 1 + 1, b text, CHECK (a > 0)); CREATE INDEX ON goes (lower(b), a) WHERE a > 1; INSERT INTO goes VALUES (1)`)
			if err == nil {
				_, err = other.Exec(t.Context(), "DROP TABLE goes")
			}
			if err != nil {
				stopped <- err
				return
			}
		}
	}()
	for range 10 {
		if _, err := schema.Load(t.Context(), conn, schema.Options{}); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
