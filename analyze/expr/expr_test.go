package expr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/analyze/expr"
)

func TestScan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want string // kind:text, separated by blanks
	}{
		{`SELECT "A b".c, 'it''s'`, `0:select 1:A b 6:. 0:c 6:, 2:it's`},
		{`a--c
b/* x /* y */ z */c`, `0:a 0:b 0:c`},
		{`E'a\'b' 'x' U&'\0041' U&"\0042"`, `2:a'b 2:x 2:A 1:B`},
		{`U&'!0041' UESCAPE '!' B'01' x'ff'`, `2:A 2:01 2:ff`},
		{"'a'\n 'b'", `2:ab`},
		{"E'a'\n--x\n'b\\' || f(' c", `2:ab' || f( 0:c`}, // the second part has escapes, too
		{`JSON_OBJECT('k':nextval('n')) a[b:c]`, `0:json_object 6:( 2:k 6:: 0:nextval 6:( 2:n 6:) 6:) 0:a 6:[ 0:b 6:: 0:c 6:]`},
		{`U&"d!0061t!+000061" /* x */ UESCAPE /* y */ '!' c`, `1:data 0:c`},
		{`$$a'b$$ $t$ $$ $t$ $1`, `2:a'b 2: $$  4:1`},
		{`1.5e-3 .5 1..2 0xff 1_000`, `3:1.5e-3 3:.5 3:1 6:. 3:.2 3:0xff 3:1_000`},
		{`a::int b:=1 c->>'k' @>- 1 <->$1 a-1`, `0:a 5::: 0:int 0:b 5::= 3:1 0:c 5:->> 2:k 5:@>- 3:1 5:<-> 4:1 0:a 5:- 3:1`},
		{`a=-1 a<>-1 *--x`, `0:a 5:= 5:- 3:1 0:a 5:<> 5:- 3:1 5:*`},
		{`'open`, `7:'open`},
		{`"open`, `7:"open`},
		{`/* open`, `7:/* open`},
		{`$tag$ open`, `7:$tag$ open`},
		{`\`, `7:\`},
	} {
		var got []string
		for _, token := range expr.Scan(test.text) {
			got = append(got, fmt.Sprintf("%d:%s", token.Kind, token.Text))
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`((p.author_id = 5) AND (p.title ~~ 'x%'::text))`, `((author_id = 5) AND (title ~~ 'x%'::text))`},
		{`(lower(users.email) = 'a'::text)`, `(lower(email) = 'a'::text)`},
		{`((created_at)::date = '2024-01-01'::date)`, `((created_at)::date = '2024-01-01'::date)`},
		{`(a = ANY ('{1,2,3}'::integer[]))`, `(a = ANY ('{1,2,3}'::integer[]))`},
		{`(NOT published)`, `(NOT published)`},
		{`((x IS NULL) OR (y IS NOT TRUE))`, `((x IS NULL) OR (y IS NOT TRUE))`},
		{`(EXTRACT(year FROM created_at) = '2024'::numeric)`, `(EXTRACT(year FROM created_at) = '2024'::numeric)`},
		{`((a.doc ->> 'k'::text) = 'v'::text)`, `((doc ->> 'k'::text) = 'v'::text)`},
		{`(COALESCE(a, 0) > '-1'::integer)`, `(COALESCE(a, 0) > '-1'::integer)`},
		{`(ROW(a, b) < ROW(1, 2))`, `(ROW(a, b) < ROW(1, 2))`},
		{`("A b"."C""d" <> 'x'::character varying(10))`, `("C""d" <> 'x'::character varying(10))`},
		{`((t.at)::timestamp without time zone < now())`, `((at)::timestamp without time zone < now())`},
		{`(a - 1) * 2 > b + c`, `(((a - 1) * 2) > (b + c))`},
		{`a = 1 AND b = 2 OR NOT c`, `(((a = 1) AND (b = 2)) OR (NOT c))`},
		{`a BETWEEN 1 AND 2 AND b IN (1, 2) AND c NOT LIKE 'x'`, `((a >= 1) AND (a <= 2) AND (b = ANY (ARRAY[1, 2])) AND (NOT (c ~~ 'x')))`},
		{`(x IS DISTINCT FROM y)`, `(x IS DISTINCT FROM y)`},
		{`(tags @> '{a}'::text[])`, `(tags @> '{a}'::text[])`},
		{`(pg_catalog.lower(x) = 'a')`, `(pg_catalog.lower(x) = 'a')`},
	} {
		e, err := expr.Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		got, ok := expr.Print(e)
		if !ok {
			t.Errorf("%s: not printable", test.text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
		again, err := expr.Parse(got)
		if err != nil {
			t.Errorf("what was printed can't be read: %s: %v", got, err)
			continue
		}
		if second, _ := expr.Print(again); second != got {
			t.Errorf("printed %s, then %s", got, second)
		}
	}
}

// TestParseColumns: what is not taken apart still tells the columns that it reads.
func TestParseColumns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want []expr.Column
	}{
		{`CASE WHEN a.x > 1 THEN a.y ELSE b.z END = 3`, []expr.Column{{Table: "a", Name: "x"}, {Table: "a", Name: "y"}, {Table: "b", Name: "z"}}},
		{`(a.list[a.i] = 3)`, []expr.Column{{Table: "a", Name: "list"}, {Table: "a", Name: "i"}}},
		{`(hashed SubPlan 1)`, nil},
		{`(NOT (ANY (a.id = (hashed SubPlan 1).col1)))`, []expr.Column{{Table: "a", Name: "id"}}},
		{`((a.x)::text = $1)`, []expr.Column{{Table: "a", Name: "x"}}},
		{`(a.x > (InitPlan 1).col1)`, []expr.Column{{Table: "a", Name: "x"}}},
		{`(trim(both from a.x) = 'y')`, []expr.Column{{Table: "a", Name: "x"}}},
	} {
		e, err := expr.Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, expr.Columns(e)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "(", ")", "a =", "a b", "a AND", "(a = 1", "(ANY", "'", "f(", "a::", strings.Repeat("(", 100000), "a IS", "CASE WHEN a"} {
		if _, err := expr.Parse(text); !errors.Is(err, expr.ErrSyntax) {
			t.Errorf("%.20q: %v, want ErrSyntax", text, err)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`(a.x1 = 'secret'::text)`, `(a.x1 = '?'::text)`},
		{`(n = 42) AND (m = '1'::numeric(10,2))`, `(n = ?) AND (m = '?'::numeric(10,2))`},
		{`(hashed SubPlan 1)`, `(hashed SubPlan 1)`},
		{`x = $1`, `x = $1`},
		{`E'a\'b' || $$c$$`, `'?' || '?'`},
	} {
		if diff := cmp.Diff(test.want, expr.Mask(test.text)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`date_trunc('day'::text, at)`, `date_trunc('day'::text, at)`},
		{`to_tsvector('english'::regconfig, body)`, `to_tsvector('english'::regconfig, body)`},
		{`(doc ->> 'status'::text)`, `(doc ->> 'status'::text)`},
		{`COALESCE(name, ''::text)`, `COALESCE(name, ''::text)`},
		{`(name || 'secret'::text)`, `(name || '?'::text)`},
		{`COALESCE(name, 'secret'::text)`, `COALESCE(name, '?'::text)`},
		{`(n + 12345)`, `(n + '?')`},
	} {
		e, err := expr.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := expr.Show(e)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.text, diff)
		}
	}
}

// FuzzParse: what can be read and printed reads back as the same; tokens cover the text in order.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`((p.author_id = 5) AND (p.title ~~ 'x%'::text))`, `(a = ANY ('{1,2}'::int[]))`, `CASE WHEN a THEN b END`, `(SubPlan 1)`,
		`U&'\0041' UESCAPE '!'`, `E'\\'`, `$t$x$t$`, `a[1:2] IS NOT NULL`, `EXTRACT(year FROM x)`, `-(- 1)`, `1 - -1`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, token := range expr.Scan(text) {
			if token.Start < end || token.End <= token.Start || token.End > len(text) {
				t.Fatalf("token %+v after byte %d", token, end)
			}
			end = token.End
		}
		e, err := expr.Parse(text)
		if err != nil {
			return
		}
		printed, ok := expr.Print(e)
		if !ok {
			return
		}
		again, err := expr.Parse(printed)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", text, printed, err)
		}
		if second, ok := expr.Print(again); !ok || second != printed {
			t.Fatalf("%q printed as %q, then as %q", text, printed, second)
		}
	})
}

func ExampleParse() {
	e, err := expr.Parse("((p.author_id = 5) AND (lower(p.title) = 'x'::text))")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, condition := range expr.Conjuncts(e) {
		text, _ := expr.Show(condition)
		fmt.Println(text, expr.Columns(condition))
	}
	// Output:
	// (author_id = '?') [{p author_id}]
	// (lower(title) = '?'::text) [{p title}]
}
