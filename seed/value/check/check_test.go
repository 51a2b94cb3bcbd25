package check

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/random"
)

//go:embed testdata/table.sql
var tableSQL string

//go:embed testdata/expressions.sql
var expressionsSQL string

func expressions() []string {
	var list []string
	for scanner := bufio.NewScanner(strings.NewReader(expressionsSQL)); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// samples are values of the test table's columns in text form; every column may also be null.
var samples = map[string][]string{
	"a": {"0", "1", "2", "3", "5", "10", "-4", "77", "100"}, "b": {"0", "1", "2", "7", "-1", "99"}, "c": {"0", "1", "5000000000", "-1"},
	"n": {"0", "0.01", "0.25", "1.5", "10", "-3.10", "999.99"}, "m": {"0", "2", "3.000", "20", "1500", "-7.5"},
	"f": {"0", "0.5", "0.75", "1", "-89.5", "1e10", "2"},
	"s": {"", "abc", "ABC", " abc ", "  ", "a1", "123-4567", "10%", "def", "aba", "12", "a very long text indeed", "me@example.com", "x"},
	"v": {"", "draft", "live", "abc", "me@x", "x"}, "ch": {"ab", "AB", "", "abcde"},
	"d": {"2020-01-01", "2024-02-29", "1999-12-31", "2025-06-02", "infinity"}, "e": {"2020-01-15", "2024-02-28", "2030-01-01"},
	"ts": {"2020-01-01 00:00:00", "2024-01-31 12:30:15.5", "2023-10-02 00:00:00", "1970-01-01 00:00:00"},
	"tz": {"2020-01-01 00:00:00+00", "2024-06-01 10:00:00.25+00", "2019-01-01 00:00:00+00"},
	"ti": {"08:00:00", "23:59:59.5", "00:00:00", "12:00:00"}, "iv": {"00:00:00", "01:00:00", "1 day", "-02:00:00", "3 mons 2 days 01:00:00", "1 day 12:00:00"},
	"bo": {"t", "f"}, "bp": {"t", "f"}, "u": {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"},
	"js": {`{}`, `[]`, `{"a": 1}`, `{"a": 1, "b": "x"}`, `[1, 2, 3]`, `{"c": {"d": "e"}}`, `null`, `"a"`, `7`, `{"a": [1], "b": null}`, `[{"a": 1}, [2]]`},
	"jn": {`{}`, `[1]`, `"x"`}, "ia": {`{}`, `{1}`, `{1,2}`, `{3,2,1}`, `{1,NULL}`, `{9,10,11,12}`, `{-1,5}`}, "ta": {`{}`, `{a}`, `{a,b}`, `{"x y",NULL}`, `{b,a,c}`},
	"md": {"sad", "ok", "happy"}, "ir": {"empty", "[1,5)", "[0,)", "(,9)", "(,)", "[5,7)"},
	"tr":       {"empty", `["2020-01-01 00:00:00+00","2021-01-01 00:00:00+00")`, `["2020-01-01 00:00:00+00",)`},
	"Odd Name": {"1", "0", "3"},
}

type testTypes struct{}

func (testTypes) Parse(text, name string) (Value, error) {
	switch name {
	case "public.mood", "mood":
		for i, label := range []string{"sad", "ok", "happy"} {
			if label == text {
				return Label{text, i}, nil
			}
		}
	case "int4range":
		return parseRange(text, "integer")
	case "tstzrange":
		return parseRange(text, "timestamp with time zone")
	}
	return nil, cannot("type " + name)
}

func parseRange(text, subtype string) (Value, error) {
	if text == "empty" {
		return Bounds{Empty: true}, nil
	}
	b := Bounds{LowerInclusive: text[0] == '[', UpperInclusive: text[len(text)-1] == ']'}
	low, high, _ := strings.Cut(text[1:len(text)-1], ",")
	var err error
	if low = strings.Trim(low, `"`); low != "" {
		if b.Lower, err = ParseText(low, subtype, nil); err != nil {
			return nil, err
		}
	}
	if high = strings.Trim(high, `"`); high != "" {
		b.Upper, err = ParseText(high, subtype, nil)
	}
	return b, err
}

// deparsed gives every expression as the server prints it, by what was written, and the types of the columns.
func deparsed(t *testing.T, conn *pgx.Conn) (texts map[string]string, types map[string]string) {
	t.Helper()
	ctx := t.Context()
	execute(ctx, t, conn, tableSQL)
	for i, expression := range expressions() {
		if _, err := conn.Exec(ctx, fmt.Sprintf("ALTER TABLE t ADD CONSTRAINT c%d CHECK (%s)", i, expression)); err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
	}
	execute(ctx, t, conn, "SET search_path = pg_catalog, pg_temp; SET timezone = 'UTC'")
	texts, types = map[string]string{}, map[string]string{}
	rows, err := conn.Query(ctx, "SELECT substr(conname, 2)::int, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = 'public.t'::regclass")
	if err != nil {
		t.Fatal(err)
	}
	var i int
	var text string
	list := expressions()
	if _, err := pgx.ForEachRow(rows, []any{&i, &text}, func() error { texts[list[i]] = text; return nil }); err != nil {
		t.Fatal(err)
	}
	rows, err = conn.Query(ctx, "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'public.t'::regclass AND attnum > 0")
	if err != nil {
		t.Fatal(err)
	}
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&name, &text}, func() error { types[name] = text; return nil }); err != nil {
		t.Fatal(err)
	}
	return texts, types
}

func execute(ctx context.Context, t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}

// TestAgreesWithServer evaluates every expression over random rows here and on the server.
func TestAgreesWithServer(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	texts, types := deparsed(t, conn)
	known, total := 0, 0
	stream := random.NewStream(1, "t", "rows")
	for written, text := range texts {
		x, err := Parse(text)
		if err != nil {
			t.Errorf("%s\ndeparsed %s: %v", written, text, err)
			continue
		}
		if again, err := Parse(x.String()); err != nil || !reflect.DeepEqual(x, again) {
			t.Errorf("%s: printed %s, which reads as %v (%v)", text, x, again, err)
		}
		columns := x.Columns()
		knownHere := 0
		for row := range uint64(40) {
			s := stream.At(row)
			values := map[string]Value{}
			var args []any
			var from []string
			for i, column := range columns {
				candidates := samples[column]
				var arg *string
				if pick := s.Intn(len(candidates) + 1); pick > 0 {
					arg = &candidates[pick-1]
					value, err := ParseText(*arg, types[column], testTypes{})
					if err != nil {
						t.Fatalf("%s %q: %v", column, *arg, err)
					}
					values[column] = value
				}
				args = append(args, arg)
				from = append(from, fmt.Sprintf("$%d::text::%s AS %s", i+1, types[column], pgx.Identifier{column}.Sanitize()))
			}
			e := Evaluator{Types: testTypes{}, Column: func(name string) (Value, error) { return values[name], nil }}
			got, err := e.Eval(x)
			total++
			if errors.Is(err, ErrCannot) {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			known++
			knownHere++
			for _, sql := range []string{text, x.String()} {
				var want *bool
				if err := conn.QueryRow(t.Context(), "SELECT "+sql+" FROM (SELECT "+strings.Join(from, ", ")+") r", args...).Scan(&want); err != nil {
					t.Errorf("%s over %v: %v here, %v", sql, values, got, err)
					break
				}
				if (want == nil) != (got == nil) || want != nil && *want != got {
					t.Errorf("%s over %v: %v here, %v there", sql, values, got, show(want))
				}
			}
		}
		if knownHere == 0 {
			t.Logf("not known: %s", text)
		}
	}
	t.Logf("%d of %d evaluated", known, total)
	if known < total*9/10 {
		t.Errorf("only %d of %d could be evaluated", known, total)
	}
}

func show(b *bool) any {
	if b == nil {
		return nil
	}
	return *b
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "(", "a >", "a b", "'x", "a::", "CASE END", "a IS", "f(", "a IN ()x", "a[", "((", "SELECT 1", "a = ANY (", "extract(a"} {
		if x, err := Parse(text); err == nil {
			t.Errorf("%s reads as %s", text, x)
		}
	}
	if _, err := Parse(strings.Repeat("(", 100_000)); err == nil {
		t.Error("no bound on the depth")
	}
}

// FuzzParse: what is read prints as SQL that reads as the same.
func FuzzParse(f *testing.F) {
	for _, expression := range expressions() {
		f.Add(expression)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text)
		if err != nil {
			t.Skip()
		}
		printed := x.String()
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if again.String() != printed {
			t.Fatalf("%q prints as %q and then as %q", text, printed, again)
		}
		_, _ = (&Evaluator{}).Eval(x) // must not panic
	})
}

func ExampleParse() {
	x, err := Parse(`((status)::text = ANY ((ARRAY['draft'::character varying, 'live'::character varying])::text[]))`)
	if err != nil {
		fmt.Println(err)
		return
	}
	e := Evaluator{Column: func(string) (Value, error) { return "draft", nil }}
	fmt.Println(x.Columns())
	fmt.Println(e.Eval(x))
	// Output:
	// [status]
	// true <nil>
}
