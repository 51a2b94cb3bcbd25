package pattern

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/random"
)

// expressions are patterns of the kinds that CHECK constraints have.
var expressions = []string{
	`^[A-Z]{3}-\d{4}$`, `^[^@]+@[^@]+\.[^@]+$`, `^[a-z0-9]+(-[a-z0-9]+)*$`, `^#[0-9a-fA-F]{6}$`, `^\+?[0-9 ()-]{7,20}$`,
	`^(foo|ba[rz])$`, `abc`, `^$`, ``, `^\d+(\.\d+)?$`, `^[[:alpha:]][[:alnum:]_]{0,62}$`, `^https?://`, `\.pdf$`,
	`^(?=.*[A-Z])(?=.*\d).{8,12}$`, `^(?!admin)[a-z]{5,6}$`, `^[^\s]+$`, `^\S+\s\S+$`, `^a{2,}b?$`, `^(a|b|)c$`, `x|^y|z$`,
	`^[]a]+$`, `^[^]a]+$`, `^[a\-z]+$`, `^[\d.]+$`, `^[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$`, `^\$\d+\.\d{2}$`, `(a|^)b`,
	`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`, `^[0-9]{3}(-?)[0-9]{2}$`, `^(\d{3})?-$`, `^.{3}$`, `^[äöü]+$`, `^é\d`,
	`***=a.b`, `***:^a.b$`, `(?i)^abc$`, `^a\x41\u0042$`, `^(?:a|(?:b|c)+){2}$`, `^[^a-z]{2}$`, `^\D\W\S$`, `^[\D]$`, `^a.*z$`,
	`^\w{8}-\w{4}$`, `^[+]?\d{1,3}$`, `^\([0-9]{3}\)$`, `^(([a-z])|(1))$`, `^a+?b*?$`, `^[a-f[:digit:]]{8}$`, `^{a}$`, `^a{$`,
	`^(draft|live)$|^x-`, `^[A-Za-z]+( [A-Za-z]+)+$`, `^\s*\S.*$`, `\S`, `[^ ]`, `^.*[^ ].*$`, `^(?!.*--)[a-z-]+$`, `^\\x[0-9a-f]+$`,
	`^[a-z]([-a-z0-9]*[a-z0-9])?$`, `^arn:aws:[a-z]+:::\w+$`, `^((19|20)\d\d)-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])$`,
}

// TestMatchesOnServer lets the server judge what is made: every text matches, those of the negation do not.
func TestMatchesOnServer(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	var texts, patterns []string
	var wants []bool
	add := func(set *Set, expression string, want bool) {
		stream := random.NewStream(1, "t", expression)
		seen := map[string]bool{}
		for i := range uint64(60) {
			text := string(set.Draw(nil, stream.At(i)))
			indexed := string(set.Append(nil, i*max(1, set.Size()/60)%set.Size()))
			for _, made := range []string{text, indexed} {
				if !set.Match(made) {
					t.Errorf("%q does not match by our own automaton of %s", made, expression)
				}
				if !seen[made] {
					seen[made] = true
					texts, patterns, wants = append(texts, made), append(patterns, expression), append(wants, want)
				}
			}
		}
	}
	for _, expression := range expressions {
		language, err := Regexp(expression, false)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		set, err := language.Compile(0, 40)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if set.Empty() {
			t.Errorf("%s: no text", expression)
			continue
		}
		add(set, expression, true)
		not, _ := language.Not()
		outside, err := not.Compile(0, 40)
		if err != nil {
			t.Errorf("not %s: %v", expression, err)
		} else if !outside.Empty() {
			add(outside, expression, false)
		}
	}
	rows, err := conn.Query(t.Context(), "SELECT a, b, c FROM unnest($1::text[], $2::text[], $3::bool[]) u(a, b, c) WHERE (a ~ b) <> c", texts, patterns, wants)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text, expression string
		var want bool
		if err := rows.Scan(&text, &expression, &want); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%q ~ %q is not %v", text, expression, want)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	t.Logf("%d texts", len(texts))
}

func TestLikeOnServer(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	for _, pattern := range []string{`%@%.%`, `a_c`, `100\%`, `%`, ``, `x\_y%`, `INV-%`, `%.pdf`, `é%`} {
		for _, fold := range []bool{false, true} {
			language, err := Like(pattern, fold)
			if err != nil {
				t.Fatal(err)
			}
			set, err := language.Compile(0, 20)
			if err != nil {
				t.Fatal(err)
			}
			operator := "LIKE"
			if fold {
				operator = "ILIKE"
			}
			for i := range uint64(30) {
				text := string(set.Draw(nil, random.NewSource(i)))
				var ok bool
				if err := conn.QueryRow(t.Context(), "SELECT $1::text "+operator+" $2::text", text, pattern).Scan(&ok); err != nil || !ok {
					t.Errorf("%q %s %q: %v %v", text, operator, pattern, ok, err)
				}
			}
		}
	}
	for _, pattern := range []string{`[A-Z]{3}%`, `(a|b)_c`, `a.b$^`, `%\d`, `x[.^]y`} {
		language, err := Regexp(Similar(pattern, `\`), false)
		if err != nil {
			t.Fatal(err)
		}
		set, err := language.Compile(0, 20)
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(30) {
			text := string(set.Draw(nil, random.NewSource(i)))
			var ok bool
			if err := conn.QueryRow(t.Context(), "SELECT $1::text SIMILAR TO $2::text", text, pattern).Scan(&ok); err != nil || !ok {
				t.Errorf("%q SIMILAR TO %q: %v %v", text, pattern, ok, err)
			}
		}
	}
}

// TestEnumerates compares small sets with what they are known to be: every text once, nothing else.
func TestEnumerates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		expression string
		low, high  int
		want       []string
	}{
		{`^[ab]{1,2}$`, 0, -1, []string{"a", "b", "aa", "ab", "ba", "bb"}},
		{`^(x|yz)$`, 0, -1, []string{"x", "yz"}},
		{`^(x|yz)$`, 2, -1, []string{"yz"}},
		{`^[0-9]?$`, 1, 1, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
		{`^(?!ab)[ab]{2}$`, 0, -1, []string{"aa", "ba", "bb"}},
		{`^(?=a)[ab]{2}$`, 0, -1, []string{"aa", "ab"}},
		{`^a$`, 2, 5, nil},
	}
	for _, test := range tests {
		language, err := Regexp(test.expression, false)
		if err != nil {
			t.Fatal(err)
		}
		set, err := language.Compile(test.low, test.high)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range set.Size() {
			got = append(got, string(set.Append(nil, i)))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expression, diff)
		}
	}
}

func TestConditionsTogether(t *testing.T) {
	t.Parallel()
	slug, _ := Regexp(`^[a-z-]+$`, false)
	double, _ := Regexp(`--`, false)
	notDouble, _ := double.Not()
	edge, _ := Regexp(`^-|-$`, false)
	notEdge, _ := edge.Not()
	set, err := slug.And(notDouble).And(notEdge).Compile(5, 9)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(1000) {
		text := string(set.Draw(nil, random.NewSource(i)))
		if len(text) < 5 || len(text) > 9 || strings.Contains(text, "--") || strings.Trim(text, "-") != text {
			t.Fatalf("%q", text)
		}
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{`^[0-9a-f]{64}$`, `^[a-z]+$`, `^\w+@\w+$`, `^[A-Z]{2}\d{8}$`} {
		language, _ := Regexp(expression, false)
		set, err := language.Compile(0, 80)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range uint64(5000) {
			seen[string(set.Append(nil, i*(set.Size()/5000)))] = true
		}
		if len(seen) != 5000 {
			t.Errorf("%s: %d different texts of 5000", expression, len(seen))
		}
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{`(a)\1`, `\mword\M`, `(?<=a)b`, `[[:<:]]a`} {
		if _, err := Regexp(expression, false); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", expression, err)
		}
	}
	for _, expression := range []string{`(a`, `a)`, `[a`, `*a`, `a{3,1}`, `a\`, `[z-a]`, `[[:nonsense:]]`} {
		if _, err := Regexp(expression, false); err == nil || errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want a syntax error", expression, err)
		}
	}
}

// FuzzRegexp: whatever is read must give only texts that its own automaton accepts, and indexes that differ.
func FuzzRegexp(f *testing.F) {
	for _, expression := range expressions {
		f.Add(expression, true)
	}
	f.Fuzz(func(t *testing.T, expression string, fold bool) {
		if len(expression) > 60 {
			t.Skip()
		}
		language, err := Regexp(expression, fold)
		if err != nil {
			t.Skip()
		}
		set, err := language.Compile(0, 12)
		if err != nil || set.Empty() {
			t.Skip()
		}
		seen := map[string]bool{}
		for i := range min(set.Size(), 20) {
			text := string(set.Append(nil, i))
			if seen[text] || !set.Match(text) {
				t.Fatalf("%q of %q: seen %v, matches %v", text, expression, seen[text], set.Match(text))
			}
			seen[text] = true
			if drawn := string(set.Draw(nil, random.NewSource(i))); !set.Match(drawn) {
				t.Fatalf("%q drawn of %q does not match", drawn, expression)
			}
		}
	})
}

func ExampleRegexp() {
	language, _ := Regexp(`^[A-Z]{2}-\d{2}$`, false)
	set, _ := language.Compile(0, -1)
	fmt.Println(set.Size(), string(set.Append(nil, 0)), string(set.Append(nil, 67599)), set.Match("AB-1"))
	// Output: 67600 AA-00 ZZ-99 false
}

func BenchmarkAppend(b *testing.B) {
	language, _ := Regexp(`^[A-Z]{3}-\d{4,6}$`, false)
	set, err := language.Compile(0, -1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var dst []byte
	for i := uint64(0); b.Loop(); i++ {
		dst = set.Append(dst[:0], i%set.Size())
	}
}

func BenchmarkDraw(b *testing.B) {
	language, _ := Regexp(`^[^@]+@[^@]+\.[^@]+$`, false)
	set, err := language.Compile(0, 60)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var dst []byte
	for i := uint64(0); b.Loop(); i++ {
		dst = set.Draw(dst[:0], random.NewSource(i))
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		language, _ := Regexp(`^[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$`, false)
		if _, err := language.Compile(1, 255); err != nil {
			b.Fatal(err)
		}
	}
}
