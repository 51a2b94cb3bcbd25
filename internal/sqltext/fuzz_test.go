package sqltext

import (
	"strings"
	"testing"
)

var seeds = []string{
	benchmarkStatement,
	`insert into t (a, "B") values ($1, 'x', E'\'', -1), (null, $$a$$, U&'x', .5) on conflict do nothing returning *`,
	`select a::int[], b[1:2], c ->> 'd', :name, $tag$ ; $tag$ from x where (a, b) in ((1,2),(3,4)) and not c is null; select array[[1,2],[3,4]]`,
	"\\set a 1\ncopy t from stdin;\n1\t2\n\\.\nselect 1 /* /* */ */ -- x\n",
	"create function f() returns int begin atomic select 1; end; select '\\';",
	`/*key='value',k2='v2'*/ select 1`, `"a""`, `U&"a`, `$a$`, "'", `/*`, `1..2`, `a.5`, `. .5`, `: :`, `: :=`, `@-1`, `--`, `- -1`, "e'\\",
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		once := Normalize(sql)
		if twice := Normalize(once); twice != once {
			t.Errorf("not idempotent: %q becomes %q becomes %q", sql, once, twice)
		}
		if Fingerprint(sql) != Fingerprint(once) {
			t.Errorf("%q and its normalised text %q have different fingerprints", sql, once)
		}
		var n Normalizer
		_, _, values := n.Values(sql)
		highest := 0
		for _, v := range values {
			highest = max(highest, v.Placeholder+1)
			_ = Unquote(sql[v.Start:v.End])
		}
		if placeholders := len(n.positions); highest != placeholders {
			t.Errorf("%q has values for %d placeholders of %d", sql, highest, placeholders)
		}
	})
}

// FuzzLiterals replaces every string and number by another one, changes the case of words and the white space: the
// fingerprint must stay.
func FuzzLiterals(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed, uint8(1))
	}
	f.Fuzz(func(t *testing.T, sql string, choice uint8) {
		var other strings.Builder
		lexer := Lexer{Source: sql}
		strange := false
		for token := lexer.Next(); token.Kind != EOF; token = lexer.Next() {
			text := lexer.Text(token)
			switch token.Kind {
			case String:
				other.WriteString([]string{` 'x'`, ` E'\'a'`, ` $_$ ; $_$`, ` ''''`}[choice%4])
			case Number:
				other.WriteString([]string{` 7`, ` 0.25`, ` 1e-9`, ` $3`}[choice%4])
			case Word:
				if choice&4 != 0 {
					other.WriteString(" " + upper(text))
				} else {
					other.WriteString("\n-- ;'\n" + text)
				}
			case Punct:
				// Inside brackets a colon's neighbours decide what it is; a space would change that outside of them.
				strange = strange || text == ":"
				other.WriteString("/* ' */" + text)
			default:
				other.WriteString(" " + text)
			}
			strange = strange || token.Open || token.Kind == Other
			if token.Kind == Number && token.Start > 0 && (wordBytes[sql[token.Start-1]] || sql[token.Start-1] == '-' || sql[token.Start-1] == '+') {
				strange = true // trailing junk, as in 1a2, or a sign that a bind does not take
			}
		}
		if strange || choice%4 == 3 && strings.ContainsAny(sql, "+-") {
			t.Skip("not the same statement")
		}
		if Fingerprint(sql) != Fingerprint(other.String()) {
			t.Errorf("%q is %q,\n%q is %q", sql, Normalize(sql), other.String(), Normalize(other.String()))
		}
	})
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func FuzzSplit(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		end := 0
		for _, s := range Split(script) {
			if s.Start < end || s.End < s.Start || script[s.Start:s.End] != s.Text || s.Text == "" {
				t.Fatalf("statement %+v of %q", s, script)
			}
			if want := 1 + strings.Count(script[:s.Start], "\n"); s.Line != want {
				t.Fatalf("line %d of %q, want %d", s.Line, s.Text, want)
			}
			end = s.End
		}
	})
}

func FuzzLexer(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, sql string, backslash bool) {
		lexer := Lexer{Source: sql, Comments: true, Backslash: backslash}
		end := 0
		for token := lexer.Next(); token.Kind != EOF; token = lexer.Next() {
			if token.Start < end || token.End <= token.Start || token.End > len(sql) {
				t.Fatalf("token %+v after %d of %q", token, end, sql)
			}
			for _, c := range []byte(sql[end:token.Start]) {
				if classes[c] != spaceClass {
					t.Fatalf("%q left out before %+v of %q", c, token, sql)
				}
			}
			end = token.End
		}
	})
}

func FuzzTags(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tags := Tags(sql)
		if tags != nil && len(tags) == 0 {
			t.Error("empty instead of nil")
		}
	})
}
