package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
)

// common is what every version has.
const common = `
	CREATE SCHEMA "Odd Schema";
	CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b mood); CREATE DOMAIN short AS varchar(5) CHECK (VALUE <> '');
	CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code short UNIQUE, m mood[] NOT NULL DEFAULT '{ok}', p pair, s serial,
		twice bigint GENERATED ALWAYS AS (id * 2) STORED, CHECK (id > 0), EXCLUDE USING gist (int8range(id, id, '[]') WITH &&));
	CREATE TABLE "Odd Schema"."Child" ("1" bigint REFERENCES parent ON DELETE CASCADE, b text COLLATE "C", up int, id int PRIMARY KEY, FOREIGN KEY (up) REFERENCES "Odd Schema"."Child");
	CREATE UNIQUE INDEX ON "Odd Schema"."Child" (lower(b) text_pattern_ops DESC, "1") INCLUDE (up) WHERE up IS NOT NULL;
	CREATE TABLE part (a int NOT NULL, b timestamptz NOT NULL, c bigint REFERENCES parent, PRIMARY KEY (a, b)) PARTITION BY RANGE (b);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (a);
	CREATE TABLE part_11 PARTITION OF part_1 DEFAULT; CREATE TABLE part_2 PARTITION OF part DEFAULT;
	CREATE TABLE refs (a int, b timestamptz, FOREIGN KEY (a, b) REFERENCES part);
	CREATE TABLE heir (more text) INHERITS (parent);`

// TestVersions loads the same tables on every PostgreSQL at hand, and what only some versions have.
func TestVersions(t *testing.T) {
	t.Parallel()
	pgtest.Versions(t, func(t *testing.T, dsn string) {
		conn := pgtest.Connect(t, dsn)
		pgtest.Execute(t, conn, common)
		db, err := schema.Load(t.Context(), conn, schema.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, table := range db.Tables {
			var line strings.Builder
			line.WriteString(fmt.Sprintf("%s: %d columns, %d unique, %d checks, %d exclusions, %d indexes,", table.QualifiedName(), len(table.Columns), len(table.Uniques),
				len(table.Checks), len(table.Exclusions), len(table.Indexes)))
			for _, fk := range table.ForeignKeys {
				line.WriteString(fmt.Sprintf(" -> %s inherited=%t", fk.ReferencedName(), fk.Inherited))
			}
			got = append(got, line.String())
		}
		want := []string{
			`"Odd Schema"."Child": 4 columns, 0 unique, 0 checks, 0 exclusions, 2 indexes, -> public.parent inherited=false -> "Odd Schema"."Child" inherited=false`,
			"public.heir: 7 columns, 0 unique, 1 checks, 0 exclusions, 0 indexes,",
			"public.parent: 6 columns, 1 unique, 1 checks, 1 exclusions, 3 indexes,",
			"public.part: 3 columns, 0 unique, 0 checks, 0 exclusions, 1 indexes, -> public.parent inherited=false",
			"public.part_1: 3 columns, 0 unique, 0 checks, 0 exclusions, 1 indexes, -> public.parent inherited=true",
			"public.part_11: 3 columns, 0 unique, 0 checks, 0 exclusions, 1 indexes, -> public.parent inherited=true",
			"public.part_2: 3 columns, 0 unique, 0 checks, 0 exclusions, 1 indexes, -> public.parent inherited=true",
			"public.refs: 2 columns, 0 unique, 0 checks, 0 exclusions, 0 indexes, -> public.part inherited=false",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if db.ServerVersion >= 150000 {
			pgtest.Execute(t, conn, "CREATE TABLE nulls (a int UNIQUE NULLS NOT DISTINCT)")
			table := reload(t, dsn).Table("nulls")
			if !table.Uniques[0].NullsNotDistinct || !table.Indexes[0].NullsNotDistinct {
				t.Error("NULLS NOT DISTINCT is not read")
			}
		}
		if db.ServerVersion >= 180000 {
			checkEighteen(t, dsn)
		}
	})
}

func reload(t *testing.T, dsn string) *schema.Database {
	t.Helper()
	db, err := schema.Load(t.Context(), pgtest.Connect(t, dsn), schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// checkEighteen reads what came with PostgreSQL 18.
func checkEighteen(t *testing.T, dsn string) {
	pgtest.Execute(t, pgtest.Connect(t, dsn), `CREATE TABLE rooms (id int4range, at daterange, size int, area int GENERATED ALWAYS AS (size * size) VIRTUAL,
			CONSTRAINT wide CHECK (size > 1) NOT ENFORCED, CONSTRAINT named NOT NULL size, PRIMARY KEY (id, at WITHOUT OVERLAPS));
		CREATE TABLE stays (room int4range, at daterange, parent bigint REFERENCES parent NOT ENFORCED, FOREIGN KEY (room, PERIOD at) REFERENCES rooms (id, PERIOD at))`)
	db := reload(t, dsn)
	rooms, stays := db.Table("rooms"), db.Table("stays")
	got := []any{
		rooms.Column("area").Virtual, rooms.Column("area").Generated, rooms.Column("size").NotNull, len(rooms.Checks), rooms.Checks[0].NotEnforced,
		rooms.PrimaryKey.WithoutOverlaps, stays.ForeignKeys[0].NotEnforced, stays.ForeignKeys[1].Period, stays.ForeignKeys[1].Columns,
	}
	want := []any{true, "(size * size)", true, 1, true, true, true, true, []string{"room", "at"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
