package show_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/schema/show"
)

func load(t *testing.T, ddl string) *schema.Database {
	t.Helper()
	conn := pgtest.Connect(t, pgtest.Database(t))
	if _, err := schema.Apply(t.Context(), conn, ddl, schema.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestMermaidNames draws names that the syntax has no room for. What is wanted here was read by Mermaid's own parser,
// version 11.17.2, into the same entities, attributes and relationships.
func TestMermaidNames(t *testing.T) {
	t.Parallel()
	db := load(t, `CREATE TYPE mood AS ENUM ('x');
		CREATE TABLE "we ird ""x"" %\;`+"`"+` ü日本" (
			"pk" int PRIMARY KEY, "1st" numeric(10,2), "a b" text, "日本" text, "fk-x" int UNIQUE REFERENCES "we ird ""x"" %\;`+"`"+` ü日本",
			"uk" timestamp(3) with time zone, style int, "a""b" int, "t~b~" varchar(4), "%" mood[], "été" double precision);
		CREATE SCHEMA s; CREATE TABLE s.t (a int NOT NULL UNIQUE REFERENCES "we ird ""x"" %\;`+"`"+` ü日本", b int, c int, UNIQUE (b, c))`)
	result, err := show.New(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := result.Mermaid(&got); err != nil {
		t.Fatal(err)
	}
	want := `erDiagram
    t1["we ird #34;x#34; #37;#92;#59;#96; ü日本"] {
        integer pk_ PK "pk"
        numeric(10_2) column_2 "1st"
        text a_b "a b"
        text column_4 "日本"
        integer fk_x FK,UK "fk-x"
        timestamp(3)_with_time_zone uk_ "uk"
        integer style
        integer a_b "a#34;b"
        varchar(4) t_b "t#126;b#126;"
        mood[] column_10 "#37;"
        float8 t "été"
    }
    t2["s.t"] {
        integer a FK,UK
        integer b
        integer c
    }
    t1 |o--o| t1 : "fk-x"
    t1 ||--o| t2 : "a"
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDocument shows what the small example of the command's own tests does not have.
func TestDocument(t *testing.T) {
	t.Parallel()
	db := load(t, `
		CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE away (a int) SERVER far;
		CREATE UNLOGGED TABLE u (a int, b int, c int4range, EXCLUDE USING gist (c WITH &&)); CREATE UNIQUE INDEX ON u (a, lower(b::text) DESC) INCLUDE (b) WHERE a > 0;
		ALTER TABLE u ADD CHECK (a < 9) NOT VALID;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE u DISABLE TRIGGER g;
		INSERT INTO u VALUES (1, 1, '[1,2]'); ANALYZE u;
		CREATE TABLE low () INHERITS (u); ALTER TABLE low ENABLE ROW LEVEL SECURITY; INSERT INTO low VALUES (2, 2, '[3,4]')`)
	result, err := show.New(db, []string{"away", "u", "low"})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := report.Render(&got, result.Document(), report.TextFormat, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Foreign table.\n",
		"Unlogged table. ~1 rows, ",
		" u_a_lower_b_idx  a, lower((b)::text) desc include b where a > 0  unique ",
		" u_c_excl         c                                               exclusion, gist ",
		"  - check u_a_check: a < 9 (not validated)\n",
		"  - EXCLUDE USING gist (c WITH &&)\n",
		"  - trigger g (disabled)\n",
		"Inherits from public.u. Rows unknown: not analysed yet, ",
		"indexes 0 B. Row-level security is on.\n",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(got.String())
	}
}

func ExampleResult_Mermaid() {
	users := &schema.Table{Schema: "public", Name: "users", Columns: []*schema.Column{{Name: "id", Type: "bigint", NotNull: true}}}
	posts := &schema.Table{
		Schema: "public", Name: "posts", Columns: []*schema.Column{{Name: "author_id", Type: "bigint", NotNull: true}},
		ForeignKeys: []*schema.ForeignKey{{Columns: []string{"author_id"}, ReferencedSchema: "public", ReferencedTable: "users"}},
	}
	result, err := show.New(&schema.Database{Tables: []*schema.Table{posts, users}}, nil)
	if err != nil {
		panic(err)
	}
	if err := result.Mermaid(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// erDiagram
	//     t1["posts"] {
	//         bigint author_id FK
	//     }
	//     t2["users"] {
	//         bigint id
	//     }
	//     t2 ||--o{ t1 : "author_id"
}
