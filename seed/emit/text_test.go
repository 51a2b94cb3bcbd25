package emit

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
)

// forms has values of each type whose text form is written here, as the server reads them.
var forms = map[string][]string{
	"bool":           {"t", "f"},
	"smallint":       {"0", "-32768", "32767"},
	"integer":        {"0", "-2147483648", "2147483647"},
	"bigint":         {"-9223372036854775808", "9223372036854775807"},
	"oid":            {"0", "4294967295"},
	"real":           {"0", "-0", "1.5", "1e-30", "3.4028235e38", "NaN", "Infinity", "-Infinity", "0.1", "16777216"},
	"float8":         {"0", "-0", "1e300", "-1.7976931348623157e308", "5e-324", "0.1", "123456789012345680", "NaN", "-Infinity", "0.00001"},
	"numeric":        {"0", "-1", "1.50", "0.0001", "0.00010", "-0.000012345", "123456789012345678901234567890.123456789", "10000", "100000000", "0.1000", "NaN", "Infinity", "-Infinity", "1e-20", "99990000"},
	"numeric(10,2)":  {"0.00", "-12345678.90"},
	"text":           {"", "a", " a ", "NULL", `\.`, "tab\tand\nline", `"quoted"`, "straße", "a,b", `\N`, "\r", "\v\f\b"},
	"varchar(5)":     {"abc"},
	"char(5)":        {"ab"},
	"name":           {"x"},
	"json":           {`{"a": [1, "b\\n"]}`},
	"jsonb":          {`{"a": [1, "b\\n", null]}`, `"x"`},
	"xml":            {"<a>b</a>"},
	"bytea":          {"", `\x00ff5c`},
	"uuid":           {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	"date":           {"2000-01-01", "1999-12-31", "0001-01-01", "0001-12-31 BC", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity", "2024-02-29"},
	"time":           {"00:00", "23:59:59.999999", "24:00", "01:02:03.000004"},
	"timestamp":      {"2000-01-01 00:00", "1999-12-31 23:59:59.999999", "0044-03-15 12:00 BC", "294276-12-31 23:59:59", "infinity", "-infinity", "1969-07-20 20:17:40.5"},
	"timestamptz":    {"2024-06-01 12:00+02", "0044-03-15 12:00+00 BC", "infinity"},
	"int[]":          {"{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={5,6}", "[-1:0][2:3]={{1,2},{3,4}}"},
	"text[]":         {`{"",NULL,"NULL","a b","a,b","{","\"","\\",x}`},
	"timestamp[]":    {`{"2000-01-01 00:00",NULL,infinity}`},
	"numeric[]":      {`{1.50,NaN}`},
	"interval":       {"0", "1 year 2 mons -3 days 04:05:06.000007", "-00:00:00.5", "-1 mon 100:00:00", "30 days"},
	"inet":           {"192.168.0.1", "10.0.0.0/8", "::1", "2001:db8::1/64", "::ffff:1.2.3.4"},
	"cidr":           {"10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"},
	"macaddr":        {"08:00:2b:01:02:03"},
	"bit(10)":        {"0101100111"},
	"varbit":         {"", "1", "110100110011"},
	"int4range":      {"empty", "[1,10)", "(,5)", "[5,)", "(,)"},
	"numrange":       {"[1.5,2.5]", "(1,2)", "(1,2]"},
	"tsrange":        {"[2024-01-01 00:00,infinity)"},
	"int8multirange": {"{}", "{[1,2),[5,)}"},
	"inet[]":         {"{10.0.0.1,NULL}"},
}

// TestTextForms has the server make the binary form of each value, turns it into text here, and has the server compare
// what it reads from that with the value.
func TestTextForms(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, "CREATE TABLE t (x int)")
	for typ := range forms {
		pgtest.Execute(t, conn, "ALTER TABLE t ADD COLUMN "+pgx.Identifier{"c " + typ}.Sanitize()+" "+typ)
	}
	db, err := schema.Load(t.Context(), conn, schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for typ, values := range forms {
		text := textOf(db, db.Tables[0].Column("c "+typ).TypeOID)
		if text == nil {
			t.Errorf("%s has no text form here", typ)
			continue
		}
		for _, value := range values {
			parameter := [][]byte{[]byte(value)}
			sent := conn.PgConn().ExecParams(t.Context(), "SELECT $1::"+typ, parameter, []uint32{pgtype.TextOID}, nil, []int16{1}).Read()
			if sent.Err != nil {
				t.Fatalf("%s %q: %v", typ, value, sent.Err)
			}
			got := string(text(nil, sent.Rows[0][0]))
			var same bool
			sql := "SELECT $1::text::" + typ + "::text = $2::text::" + typ + "::text"
			if err := conn.QueryRow(t.Context(), sql, pgx.QueryExecModeExec, value, got).Scan(&same); err != nil || !same {
				t.Errorf("%s %q is written %q: error %v", typ, value, got, err)
			}
		}
	}
}

// FuzzCSV: what is written as CSV is what another reader of CSV reads. (It takes \r\n within quotes for \n.)
func FuzzCSV(f *testing.F) {
	for _, values := range forms["text"] {
		f.Add(values, "second")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\r") {
			t.Skip("the other reader changes line ends")
		}
		line := csvForm{}.row(nil, [][]byte{[]byte(a), []byte(b)})
		got, err := csv.NewReader(strings.NewReader(string(line))).Read()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if diff := cmp.Diff([]string{a, b}, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", line, diff)
		}
	})
}

// FuzzCopyText: lines of COPY's text format hold no line end, tab or end mark but their own, and unescape to what was meant.
func FuzzCopyText(f *testing.F) {
	for _, value := range forms["text"] {
		f.Add(value)
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\b`, "\b", `\f`, "\f", `\v`, "\v")
	f.Fuzz(func(t *testing.T, value string) {
		line := string(copyTextForm{}.row(nil, [][]byte{[]byte(value), nil}))
		field, ok := strings.CutSuffix(line, "\t\\N\n")
		if !ok || strings.ContainsAny(field, "\n\r\t") || line == "\\.\n" {
			t.Fatalf("%q is written %q", value, line)
		}
		if got := unescape.Replace(field); got != value {
			t.Errorf("%q is written %q, which reads %q", value, field, got)
		}
	})
}
