package schema

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/sqltext"
)

func TestForVersion(t *testing.T) {
	t.Parallel()
	const sql = "SELECT a,\n  b, -- since 15\n  false, -- before 15\n  c, -- it is so since 9, they say\nFROM t"
	for version, want := range map[int]string{
		140022: "SELECT a,\n  false, -- before 15\n  c, -- it is so since 9, they say\nFROM t",
		150000: "SELECT a,\n  b, -- since 15\n  c, -- it is so since 9, they say\nFROM t",
	} {
		if diff := cmp.Diff(want, forVersion(sql, version)); diff != "" {
			t.Errorf("%d (-want +got)\n%s", version, diff)
		}
	}
}

func TestWithoutParentheses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "",
		"a":                        "a",
		"(a > 0)":                  "a > 0",
		"((a))":                    "a",
		"(a) OR (b)":               "(a) OR (b)",
		"(a = ')')":                "a = ')'",
		"(a = ') OR (')":           "a = ') OR ('",
		`("(" = 1)`:                `"(" = 1`,
		`(a = E'\')')`:             `a = E'\')'`,
		`(a = '\') OR (b = '')`:    `(a = '\') OR (b = '')`,
		`(a = E'x''\\') OR (b)`:    `(a = E'x''\\') OR (b)`,
		"(a = 'it''s') OR (b = 1)": "(a = 'it''s') OR (b = 1)",
	} {
		if got := withoutParentheses(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzWithoutParentheses(f *testing.F) {
	f.Add("(a = E'x''\\\\') OR (b)")
	f.Add(`("a""(" = $1)`)
	f.Fuzz(func(t *testing.T, s string) {
		got := withoutParentheses(s)
		if !strings.Contains(s, got) {
			t.Errorf("%q became %q", s, got)
		}
		if again := withoutParentheses(got); again != got {
			t.Errorf("%q became %q, then %q", s, got, again)
		}
		if _, ok := enclosed("(" + s + ")"); ok && !strings.ContainsAny(s, `'"()`) {
			if withoutParentheses("("+s+")") != got {
				t.Errorf("(%s) is not the same as it without parentheses", s)
			}
		}
	})
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"a", "a.b", `"a.b"."c""d"`, `"`, ".", "A.B", `"a"b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, exact, err := parseName(s)
		if err != nil {
			return
		}
		// What was read and is quoted again is read as the same.
		quoted := make([]string, len(exact))
		for i, part := range exact {
			quoted[i] = Quote(part)
		}
		folded, again, err := parseName(strings.Join(quoted, "."))
		if err != nil || !cmp.Equal(exact, again) || !cmp.Equal(exact, folded) {
			t.Errorf("%q is %q, quoted %q is %q, %q: %v", s, exact, quoted, again, folded, err)
		}
	})
}

// TestAdvice is about errors that are hard to bring about in a test.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"53200": "raise max_locks_per_transaction, or let each statement commit by itself (--each-commits)",
		"55P04": "let each statement commit by itself (--each-commits)",
		"42501": "connect as a role that may create objects here",
	} {
		err := newApplyError(ApplyOptions{File: "f"}, sqltext.Statement{Line: 1}, &pgconn.PgError{Code: code})
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %s", code, err)
		}
	}
}

// FuzzPlan has statements be taken apart without being changed.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{schemaSeed, "CREATE TABLE IF NOT EXISTS a.\"B\" (", "create index concurrently on a (b)", "ROLLBACK TO s", "CollAte", "create schema authorization x", "a collate b.c d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := plan(sqltext.Statement{Text: text}, ApplyOptions{})
		if p.text != text && len(p.text) != len(text)-len("concurrently") {
			t.Errorf("%q became %q", text, p.text)
		}
		if p.skip != "" && p.control != noControl {
			t.Errorf("%q is left out and carried out", text)
		}
		for _, missing := range []string{"role", "tablespace", "collation", "extension"} {
			if shorter, ok := without(missing, text); ok && len(shorter) >= len(text) {
				t.Errorf("%q without %s became %q", text, missing, shorter)
			}
		}
	})
}

const schemaSeed = "CREATE SCHEMA a AUTHORIZATION b"

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"users", "users", 0}, {"user", "users", 1}, {"uesrs", "users", 2}, {"", "abc", 3}, {"abc", "", 3}, {"posts", "comments", 5}} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: got %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// graph makes tables and foreign keys from "child>parent" words; a word without > is a table.
func graph(words string) *Database {
	db := &Database{}
	table := func(name string) *Table {
		if t := db.Table(name); t != nil {
			return t
		}
		t := &Table{Schema: "public", Name: name, Kind: Ordinary}
		db.Tables = append(db.Tables, t)
		return t
	}
	for word := range strings.FieldsSeq(words) {
		child, parent, isKey := strings.Cut(word, ">")
		t := table(child)
		if isKey {
			table(parent)
			t.ForeignKeys = append(t.ForeignKeys, &ForeignKey{ReferencedSchema: "public", ReferencedTable: parent})
		}
	}
	return db
}

func describeOrder(components []Component) string {
	words := make([]string, len(components))
	for i, c := range components {
		names := make([]string, len(c.Tables))
		for j, t := range c.Tables {
			names[j] = t.Name
		}
		words[i] = strings.Join(names, "+")
		if c.SelfReferences {
			words[i] += "*"
		}
	}
	return strings.Join(words, " ")
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":      "",
		"a b c": "a b c",
		"comments>posts comments>users posts>users": "users posts comments",
		"a>a b>a":                 "a* b",
		"a>b b>a c>a":             "a+b c",
		"a>b b>c c>a c>d d>d e>a": "d* a+b+c e",
		"a>missing b>a missing":   "missing a b",
		"x>y y>x y>z z>w w>z":     "z+w x+y",
	} {
		if got := describeOrder(graph(in).Order()); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// TestOrderOfPartitions has keys from and to partitions count for the table that rows enter through.
func TestOrderOfPartitions(t *testing.T) {
	t.Parallel()
	db := graph("a part>z z b>part root")
	db.Table("part").PartitionOf = "public.root"
	if got, want := describeOrder(db.Order()), "a z root part b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOrderOfRandomGraphs checks on random graphs that every key points to the same component or an earlier one, and that
// the tables of a component reach each other.
func TestOrderOfRandomGraphs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		db := &Database{}
		n := 1 + random.IntN(12)
		for i := range n {
			db.Tables = append(db.Tables, &Table{Schema: "public", Name: string(rune('a' + i)), Kind: Ordinary})
		}
		reach := map[[2]string]bool{}
		for range random.IntN(2 * n) {
			from, to := db.Tables[random.IntN(n)], db.Tables[random.IntN(n)]
			from.ForeignKeys = append(from.ForeignKeys, &ForeignKey{ReferencedSchema: "public", ReferencedTable: to.Name})
			reach[[2]string{from.Name, to.Name}] = true
		}
		for _, k := range db.Tables {
			for _, i := range db.Tables {
				for _, j := range db.Tables {
					if reach[[2]string{i.Name, k.Name}] && reach[[2]string{k.Name, j.Name}] {
						reach[[2]string{i.Name, j.Name}] = true
					}
				}
			}
		}
		place := map[string]int{}
		for i, c := range db.Order() {
			for _, table := range c.Tables {
				place[table.Name] = i
			}
		}
		if len(place) != n {
			t.Fatalf("%d tables of %d in the order", len(place), n)
		}
		for _, a := range db.Tables {
			for _, b := range db.Tables {
				there, back := reach[[2]string{a.Name, b.Name}], reach[[2]string{b.Name, a.Name}]
				same := place[a.Name] == place[b.Name]
				if there && place[a.Name] < place[b.Name] || a != b && there && back != same {
					t.Fatalf("%s and %s are at %d and %d; reached %t and %t", a.Name, b.Name, place[a.Name], place[b.Name], there, back)
				}
			}
		}
	}
}
