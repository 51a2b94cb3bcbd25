package sqltext

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	type statement struct {
		Kind StatementKind
		Line int
		Text string
	}
	for _, test := range []struct {
		name, in string
		want     []statement
	}{
		{"two", "select 1;\nselect 2", []statement{{SQL, 1, "select 1"}, {SQL, 2, "select 2"}}},
		{"nothing", " ; -- c\n;/* ; */", nil},
		{"leading comments are no text", "-- a\n/* b */ select 1 -- c\n;", []statement{{SQL, 2, "select 1"}}},
		{"comments within and tags behind", "select /* ; */ 1 /*a='b'*/;", []statement{{SQL, 1, "select /* ; */ 1 /*a='b'*/"}}},
		{"nested comment", "select 1 /* /* ; */ ; */ + 1;select 2", []statement{{SQL, 1, "select 1 /* /* ; */ ; */ + 1"}, {SQL, 1, "select 2"}}},
		{"quotes", `select ';', E'\';', ";", $$;$$, $a$;$$;$a$, U&';', x';' ; select 2`, []statement{{SQL, 1, `select ';', E'\';', ";", $$;$$, $a$;$$;$a$, U&';', x';'`}, {SQL, 1, "select 2"}}},
		{"backslash is plain", `select '\'; select 2`, []statement{{SQL, 1, `select '\'`}, {SQL, 1, "select 2"}}},
		{
			"backslash escapes after the setting", `set standard_conforming_strings = off; select '\'; '; set standard_conforming_strings to 'on'; select '\'; select 2`,
			[]statement{{SQL, 1, "set standard_conforming_strings = off"}, {SQL, 1, `select '\'; '`}, {SQL, 1, "set standard_conforming_strings to 'on'"}, {SQL, 1, `select '\'`}, {SQL, 1, "select 2"}},
		},
		{"parentheses", "create rule r as on insert to t do (select 1; select 2); select 3", []statement{{SQL, 1, "create rule r as on insert to t do (select 1; select 2)"}, {SQL, 1, "select 3"}}},
		{
			"begin atomic", "create or replace function f() returns int begin atomic; select case when true then 1 end; select 2; end; begin; end;",
			[]statement{{SQL, 1, "create or replace function f() returns int begin atomic; select case when true then 1 end; select 2; end"}, {SQL, 1, "begin"}, {SQL, 1, "end"}},
		},
		{"create foreign table is no routine", "create foreign table t (a int) server begin; select 1", []statement{{SQL, 1, "create foreign table t (a int) server begin"}, {SQL, 1, "select 1"}}},
		{"meta", "\\set x 1\nselect 1 \\gexec\n\\echo ;a\nselect 2;", []statement{{Meta, 1, `\set x 1`}, {SQL, 2, "select 1"}, {Meta, 2, `\gexec`}, {Meta, 3, `\echo ;a`}, {SQL, 4, "select 2"}}},
		{"meta separator", `\timing on \\ select 1;`, []statement{{Meta, 1, `\timing on`}, {SQL, 1, "select 1"}}},
		{"escaped semicolon", `select 1\; select 2;`, []statement{{SQL, 1, "select 1"}, {SQL, 1, "select 2"}}},
		{"unfinished string", "select 1; select 'a; select 2", []statement{{SQL, 1, "select 1"}, {SQL, 1, "select 'a; select 2"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []statement
			for _, s := range Split(test.in) {
				got = append(got, statement{s.Kind, s.Line, s.Text})
				if test.in[s.Start:s.End] != s.Text {
					t.Errorf("offsets %d:%d are not those of %q", s.Start, s.End, s.Text)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSplitCopy(t *testing.T) {
	t.Parallel()
	dump := "COPY public.t (a, b) FROM stdin;\n1\t;'\n2\t\\N\n\\.\n\nSELECT 1;\nCOPY (SELECT a FROM t) TO stdout;\nCOPY t FROM '/f';\nCOPY u FROM STDIN;\r\n\\.\r\nSELECT 2"
	want := []Statement{
		{Kind: CopyIn, Text: "COPY public.t (a, b) FROM stdin", Line: 1, Start: 0, End: 31, Data: "1\t;'\n2\t\\N\n"},
		{Text: "SELECT 1", Line: 6, Start: 47, End: 55},
		{Text: "COPY (SELECT a FROM t) TO stdout", Line: 7, Start: 57, End: 89},
		{Text: "COPY t FROM '/f'", Line: 8, Start: 91, End: 107},
		{Kind: CopyIn, Text: "COPY u FROM STDIN", Line: 9, Start: 109, End: 126},
		{Text: "SELECT 2", Line: 11, Start: 133, End: 141},
	}
	if diff := cmp.Diff(want, Split(dump)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// A statement of a workload: what follows is no data.
	if got := Split("COPY t FROM STDIN;\nSELECT 1;"); len(got) != 2 || got[0].Kind != CopyIn || got[1].Text != "SELECT 1" {
		t.Errorf("got %+v", got)
	}
}

func TestSplitName(t *testing.T) {
	t.Parallel()
	got := Split("-- name: GetUser :one\n-- by id\nselect 1;\n/* name: All */ select 2; select 3;\n-- a name: no\nselect 4;")
	var names []string
	for _, s := range got {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"GetUser", "All", "", ""}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in string
		want     map[string]string
	}{
		{"sqlcommenter", `select 1 /*action='%2Fusers%2F%3Aid',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',v='it%27s'*/`, map[string]string{"action": "/users/:id", "traceparent": "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01", "v": "it's"}},
		{"escaped quote", `select 1 /*a='b\'c', d='e'*/;`, map[string]string{"a": "b'c", "d": "e"}},
		{"marginalia", `/*application:Blog,controller:posts,line:app/models/post.rb:12*/ select 1`, map[string]string{"application": "Blog", "controller": "posts", "line": "app/models/post.rb:12"}},
		{"prose", `/* note: this is slow */ select 1 /* why? */`, nil},
		{"hint", `/*+ SeqScan(t) */ select 1`, nil},
		{"in a string", `select '/*a=''b''*/'`, nil},
		{"cut", `select 1 /*a='b',c='d`, nil},
		{"none", `select 1`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, Tags(test.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestQuoteIdent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"users": "users", "Users": `"Users"`, "order": `"order"`, "name": "name", "between": `"between"`, "left": `"left"`,
		`a"b`: `"a""b"`, "": `""`, "1a": `"1a"`, "a1": "a1", "_a": "_a", "a b": `"a b"`, "täg": `"täg"`, "a$b": `"a$b"`,
	} {
		if got := QuoteIdent(in); got != want {
			t.Errorf("QuoteIdent(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestEveryKeywordIsFound(t *testing.T) {
	t.Parallel()
	for _, words := range []string{unreservedWords, columnWords, typeWords, reservedWords} {
		for word := range strings.FieldsSeq(words) {
			if k := lookup(strings.ToUpper(word)); k == nil || k.word != word {
				t.Errorf("%s is not found", word)
			}
		}
	}
	for _, list := range []string{operandWords, capitalWords, spacedWords, callWords} {
		for word := range strings.FieldsSeq(list) {
			if lookup(word) == nil {
				t.Errorf("%s is listed and is no key word", word)
			}
		}
	}
}
