package value

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/seed/value/check"
)

func TestPathOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expression string
		keys       []string // nil: it is no path
		text       bool
	}{
		{"doc ->> 'a'", []string{"a"}, true},
		{"((doc -> 'a'::text) ->> 'b'::text)", []string{"a", "b"}, true},
		{"doc #>> '{a, \"b c\"}'::text[]", []string{"a", "b c"}, true},
		{"doc #> ARRAY['a'::text, 'b'::text]", []string{"a", "b"}, false},
		{"jsonb_extract_path_text(doc, VARIADIC ARRAY['a'::text, 'b'::text])", []string{"a", "b"}, true},
		{"json_extract_path(doc, 'a')", []string{"a"}, false},
		{"doc['a']['b']", []string{"a", "b"}, false},
		{"(doc ->> 'a')::jsonb ->> 'b'", nil, false}, // a document within a text
		{"doc -> 0 ->> 'a'", nil, false},
		{"doc #>> '{a,0}'", nil, false},
		{"doc ->> other", nil, false},
	}
	for _, test := range tests {
		x, err := check.Parse(test.expression)
		if err != nil {
			t.Errorf("%s: %v", test.expression, err)
			continue
		}
		p, ok := pathOf(x)
		if ok != (test.keys != nil) || ok && (p.column != "doc" || p.text != test.text || !cmp.Equal(p.keys, test.keys)) {
			t.Errorf("%s: %+v, %v; want %q", test.expression, p, ok, test.keys)
		}
	}
}

func TestBodyOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ language, source, want string }{
		{"sql", " SELECT lower($1); ", "lower($1)"},
		{"sql", "select a + b as sum", "a + b"},
		{"sql", "SELECT CAST(a AS int)", "CAST(a AS int)"},
		{"sql", "SELECT a > 0; SELECT a > 1", ""},
		{"sql", "RETURN ($1)::integer", "($1)::integer"},
		{"sql", "BEGIN ATOMIC\n SELECT ($1)::integer AS int4;\nEND", "($1)::integer"},
		{"plpgsql", "\nBEGIN\n  RETURN a > 0;\nEND;\n", "a > 0"},
		{"plpgsql", "begin return -- no; end\n a ~ ';--' /* nor; */ or b; end", "a ~ ';--'   or b"},
		{"plpgsql", "DECLARE n int; BEGIN RETURN a > n; END", ""},
		{"plpgsql", "BEGIN a := 1; RETURN a; END", ""},
		{"plpgsql", "BEGIN RETURN a; EXCEPTION WHEN others THEN RETURN b; END", ""},
		{"plpgsql", "BEGIN IF a THEN RETURN b; END IF; RETURN c; END", "CASE WHEN a THEN b ELSE c END"},
		{"plpgsql", "BEGIN IF CASE WHEN a THEN b END THEN RETURN b; END IF; END", ""},
		{
			"plpgsql", "BEGIN IF a IS NULL THEN RETURN true; ELSIF b THEN RAISE NOTICE 'b'; ELSE RAISE EXCEPTION 'c %', a; END IF; RETURN d; END",
			"CASE WHEN a IS NULL THEN true WHEN b THEN d ELSE false END",
		},
		{"c", "SELECT 1", ""},
	}
	for _, test := range tests {
		if got, ok := bodyOf(test.language, test.source, true); got != test.want || ok != (test.want != "") {
			t.Errorf("%s %q: %q, want %q", test.language, test.source, got, test.want)
		}
	}
	if got, ok := bodyOf("plpgsql", "BEGIN IF a THEN RAISE EXCEPTION 'a'; END IF; RETURN b; END", false); ok {
		t.Errorf("raises: %s", got)
	}
	if got := parameters(`$1 = '$1' || $12`); got != `"$1" = '$1' || "$12"` {
		t.Errorf("parameters: %s", got)
	}
}

// TestAppendMembers puts leaves into objects and reads them back.
func TestAppendMembers(t *testing.T) {
	t.Parallel()
	text := func(s string) *laterGenerator { return &laterGenerator{constantText(s)} }
	d := &document{constantText(`{"tag": "x"}`), []leafMember{
		{key: []byte(`"a": `), leaf: text("say \"hi\"\n\\ ü"), write: appendQuoted},
		{key: []byte(`"none": `), leaf: &laterGenerator{nothing{}}, write: appendQuoted},
		{key: []byte(`"in": `), inside: []leafMember{{key: []byte(`"none": `), leaf: &laterGenerator{nothing{}}, write: appendQuoted}, {key: []byte(`"b": `), leaf: text("b"), write: appendQuoted}}},
	}}
	out, null := d.Append([]byte("before"), 1)
	var got any
	if err := json.Unmarshal(out[len("before"):], &got); err != nil || null {
		t.Fatalf("%s: %v", out, err)
	}
	if diff := cmp.Diff(map[string]any{"tag": "x", "a": "say \"hi\"\n\\ ü", "in": map[string]any{"b": "b"}}, got); diff != "" {
		t.Error(diff)
	}
	for _, other := range []string{"[]", `"a"`, "null"} {
		if out, _ := (&document{constantText(other), d.members}).Append(nil, 1); string(out) != other {
			t.Errorf("%s became %s", other, out)
		}
	}
}

type constantText string

func (c constantText) Append(dst []byte, _ uint64) ([]byte, bool) { return append(dst, c...), false }

func TestAppendDecimal(t *testing.T) {
	t.Parallel()
	for want, test := range map[string]struct {
		tick  int64
		scale int
	}{"1.50": {150, 2}, "-0.05": {-5, 2}, "0.000001": {1, 6}, "7": {7, 0}, "0.00": {0, 2}} {
		if got := string(appendDecimal(nil, test.tick, test.scale)); got != want {
			t.Errorf("%d of scale %d: %s, want %s", test.tick, test.scale, got, want)
		}
	}
}
