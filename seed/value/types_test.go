package value_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// builtIn are columns of every type that comes with PostgreSQL and can be stored, with and without modifiers.
var builtIn = []string{
	"smallint", "integer", "bigint", "numeric", "numeric(10,2)", "numeric(5)", "numeric(3,3)", "numeric(30,20)", "numeric(78,0)",
	"numeric(18,4)", "real", "double precision", "money", "boolean", "text", "varchar", "varchar(1)", "varchar(2)", "varchar(7)",
	"varchar(20)", "varchar(255)", "char", "char(1)", "char(3)", "char(12)", "name", `"char"`, "bytea", "uuid", "date", "time", "time(0)",
	"timetz", "timetz(2)", "timestamp", "timestamp(0)", "timestamp(3)", "timestamptz", "timestamptz(0)", "interval", "interval(0)",
	"interval year", "interval year to month", "interval day", "interval day to second(3)", "interval hour to minute", "json", "jsonb",
	"jsonpath", "xml", "inet", "cidr", "macaddr", "macaddr8", "bit", "bit(1)", "bit(12)", "bit(100)", "varbit", "varbit(5)", "tsvector",
	"tsquery", "point", "line", "lseg", "box", "path", "polygon", "circle", "pg_lsn", "oid", "regproc", "regprocedure", "regoper",
	"regoperator", "regclass", "regtype", "regrole", "regnamespace", "regconfig", "regdictionary", "regcollation", "xid", "xid8", "cid",
	"tid", "txid_snapshot", "pg_snapshot", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "int4multirange",
	"tstzmultirange", "datemultirange", "nummultirange", "integer[]", "text[]", "varchar(3)[]", "uuid[]", "jsonb[]", "timestamptz[]",
	"numeric(6,2)[]", "boolean[]", "int4range[]", "point[]", "bytea[]", "date[]", "interval[]", "inet[]", "tstzmultirange[]",
}

// userDefined are columns of types that the script below makes.
var userDefined = []string{
	"mood", "mood[]", "\"Odd Type\"", "address", "address[]", "percentage", "percentages", "nested", "floats", "moods", "texts", "citext",
	"hstore", "ltree", "lquery", "ltxtquery", "cube", "isbn13", "ean13", "lo", "citext[]", "int_list",
}

const userTypes = `
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION isn; CREATE EXTENSION cube; CREATE EXTENSION lo;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s "odd"');
CREATE TYPE "Odd Type" AS ENUM ('A b', 'ü');
CREATE TYPE address AS (street text, city varchar(40), zip char(5), since date, feelings mood[]);
CREATE DOMAIN percentage AS int;
CREATE DOMAIN percentages AS percentage[];
CREATE DOMAIN nested AS percentage;
CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE moods AS RANGE (subtype = mood);
CREATE TYPE texts AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN int_list AS int[];
`

// load reads a database's structure after running a script in it, and gives the session to try values on.
func load(t testing.TB, script string) (*pgx.Conn, *schema.Database) {
	t.Helper()
	conn := pgtest.With(t, script)
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Execute(t, conn, "SET search_path = pg_catalog, pg_temp; SET timezone = 'UTC'; SET statement_timeout = '5s'")
	return conn, db
}

func request(conn *pgx.Conn, db *schema.Database, table string, rows uint64) value.Request {
	return value.Request{Database: db, Table: db.Table(table), Seed: 1, Rows: rows, Server: conn.PgConn(), NullShare: -1}
}

// solve works out a table's columns and fails the test if one was not solved.
func solve(t testing.TB, r value.Request) *value.Solution {
	t.Helper()
	s, err := value.Columns(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range s.Unsolved {
		t.Errorf("%s: not solved: %+v", r.Table.Name, u)
	}
	return s
}

// fill writes rows through COPY in binary form.
func fill(t testing.TB, conn *pgx.Conn, r value.Request, s *value.Solution) error {
	t.Helper()
	var columns []string
	var generators []value.Generator
	for _, c := range r.Table.Columns {
		g := r.Given[c.Name]
		if made, ok := s.Columns[c.Name]; ok {
			g = made.Generator
		}
		if g != nil {
			columns, generators = append(columns, schema.Quote(c.Name)), append(generators, g)
		}
	}
	data := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for row := r.First; row < r.First+r.Rows; row++ {
		data = binary.BigEndian.AppendUint16(data, uint16(len(generators)))
		for i, g := range generators {
			at := len(data)
			data = append(data, 0xff, 0xff, 0xff, 0xff)
			out, null := g.Append(data, row)
			if p := s.Presence[strings.Trim(columns[i], `"`)]; p != nil && p(row) == value.Null {
				null, out = true, data
			}
			if data = out; !null {
				binary.BigEndian.PutUint32(data[at:], uint32(len(data)-at-4))
			}
		}
	}
	data = append(data, 0xff, 0xff)
	sql := "COPY " + r.Table.QualifiedName() + " (" + strings.Join(columns, ", ") + ") FROM STDIN (FORMAT binary)"
	_, err := conn.PgConn().CopyFrom(t.Context(), bytes.NewReader(data), sql)
	return err
}

// TestEveryType makes values of every type by chance and as keys, and lets the server read them and give them back.
func TestEveryType(t *testing.T) {
	t.Parallel()
	var script strings.Builder
	script.WriteString(userTypes)
	types := slices.Concat(builtIn, userDefined)
	for i, name := range types {
		fmt.Fprintf(&script, "CREATE TABLE t%d (i int NOT NULL, a %s NOT NULL, b %s, k %s NOT NULL);\n", i, name, name, name)
	}
	conn, db := load(t, script.String())
	for i, name := range types {
		const rows = 200
		r := request(conn, db, fmt.Sprintf("t%d", i), rows)
		domain, _, err := value.DomainOf(t.Context(), r, "k", value.Bound{})
		if err != nil {
			t.Errorf("%s: no domain: %v", name, err)
			continue
		}
		r.Rows = min(rows, domain.Size())
		r.Distinct = []value.Distinct{{Column: "k"}, {Column: "i"}}
		s := solve(t, r)
		if s.Columns["a"].Cast {
			continue // its text form is what there is; the reader of the texts was the server
		}
		if !readsBack(t, conn, r, s, name) {
			continue
		}
		sample := show(t, conn, "SELECT a FROM public."+r.Table.Name+" LIMIT 4")
		t.Logf("%-24s %s: %s", name, s.Columns["a"].From, sample)
	}
}

func show(t testing.TB, conn *pgx.Conn, sql string) string {
	t.Helper()
	result := conn.PgConn().ExecParams(t.Context(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	var out []string
	for _, row := range result.Rows {
		var fields []string
		for _, v := range row {
			if v == nil {
				fields = append(fields, "∅")
			} else {
				fields = append(fields, string(v))
			}
		}
		out = append(out, strings.Join(fields, " | "))
	}
	return strings.Join(out, "  ·  ")
}

// readsBack fills a table that has the columns i, which orders its rows, a and k, of which the second is a key, both of a type; it
// tells whether the server gives back what was sent.
func readsBack(t *testing.T, conn *pgx.Conn, r value.Request, s *value.Solution, name string) bool {
	t.Helper()
	if err := fill(t, conn, r, s); err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	sent := map[string][]string{}
	for _, column := range []string{"a", "k"} {
		g := s.Columns[column].Generator
		for row := r.First; row < r.First+r.Rows; row++ {
			v, _ := g.Append(nil, row)
			again, _ := g.Append([]byte("x"), row)
			if string(again) != "x"+string(v) {
				t.Fatalf("%s: row %d differs from call to call", name, row)
			}
			sent[column] = append(sent[column], string(v))
		}
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(sent["k"])))); uint64(n) != r.Rows {
		t.Errorf("%s: %d different keys in %d rows", name, n, r.Rows)
	}
	for column, want := range sent {
		result := conn.PgConn().ExecParams(t.Context(), "SELECT "+column+" FROM public."+r.Table.Name+" ORDER BY i", nil, nil, nil, []int16{1}).Read()
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		for row, values := range result.Rows {
			if got := string(values[0]); strings.TrimRight(got, " ") != strings.TrimRight(want[row], " ") {
				t.Errorf("%s: row %d: sent %q, read back %q", name, row, want[row], got)
				break
			}
		}
	}
	return true
}

// FuzzTypes does as TestEveryType does, with one type and any seed, and rows from any number on.
func FuzzTypes(f *testing.F) {
	types := slices.Concat(builtIn, userDefined)
	for i := range 10 {
		f.Add(uint8(i*13), uint64(i), uint64(i)*1_000_000_007)
	}
	conn := pgtest.Connect(f, pgtest.Database(f))
	if _, err := conn.Exec(f.Context(), userTypes+"SET timezone = 'UTC'; SET statement_timeout = '5s'"); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, number uint8, seed, first uint64) {
		name := types[int(number)%len(types)]
		pgtest.Execute(t, conn, fmt.Sprintf("DROP TABLE IF EXISTS t; CREATE TABLE t (i int8 NOT NULL, a %s NOT NULL, b %s, k %s NOT NULL)", name, name, name))
		db, err := schema.Load(t.Context(), conn, schema.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := request(conn, db, "t", 50)
		r.Seed = seed
		domain, _, err := value.DomainOf(t.Context(), r, "k", value.Bound{})
		if err != nil {
			t.Fatalf("%s: no domain: %v", name, err)
		}
		r.First = min(first, 1<<40)
		if size := domain.Size(); size < r.First+r.Rows { // a key of few values
			r.First, r.Rows = 0, min(r.Rows, size)
		}
		r.Distinct = []value.Distinct{{Column: "k"}, {Column: "i"}}
		s := solve(t, r)
		if s.Columns["a"].Cast {
			return // its text form is what there is; the reader of the texts was the server
		}
		readsBack(t, conn, r, s, name)
	})
}
