package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/value"
)

const everything = `# what a file may say
version: 1
rows: 1_000
seed: 18446744073709551615
null_share: .25
present: 2025-06-30
tables:
  users:
    rows: 1.5M
    columns:
      email: {generator: email, null_share: 0}
      status: [active, "null", ~, 007]
      plan:
        values: {free: 8, pro: 1.5, null: 1}
      kind:
        values:
        - value: a
          weight: 2
        - b
      age: {min: 18, max: 90, distribution: normal}
      code: &code {template: "{LETTERS:3}-{row}"}
      other: *code
      more:
        <<: *code
        null_share: 1
      joined: {sql: "now() - row * interval '1 day'"}
      id: default
      note: skip
      left: auto
      nothing:
  public."Orders":
    rows_per: {users: 1-5}
    columns: {user_id: {distribution: zipf, exponent: 1.3}}
  items: {rows_per: {order_id: {min: 0, max: 2k, distribution: zipf}}}
  lines: {rows_per: {items: 3}}
  log: skip
  countries: 250
  cities: {skip: true}
`

func TestParse(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("seed.yaml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if *c.Rows != 1000 || *c.Seed != 18446744073709551615 || *c.NullShare != 0.25 || c.Present.Format("2006-01-02") != "2025-06-30" || len(c.Tables) != 7 {
		t.Errorf("%+v", c)
	}
	users, orders, items, lines := c.Tables[0], c.Tables[1], c.Tables[2], c.Tables[3]
	if *users.Rows != 1_500_000 || users.RowsAt != 9 || orders.Name != `public."Orders"` || !c.Tables[4].Skip || *c.Tables[5].Rows != 250 || !c.Tables[6].Skip {
		t.Errorf("%+v", users)
	}
	for per, want := range map[*config.Per]allocation.Range{
		orders.Per: {Low: 1, High: 5}, items.Per: {High: 2000, Spread: allocation.Zipf}, lines.Per: {Low: 3, High: 3},
	} {
		if per.Range != want {
			t.Errorf("%s: %+v, want %+v", per.Parent, per.Range, want)
		}
	}
	got := map[string]value.Override{}
	for _, column := range users.Columns {
		got[column.Name] = column.Override
	}
	want := map[string]value.Override{
		"email":  {Generator: "email", NullShare: new(float64(0)), Where: "seed.yaml:11"},
		"status": {Values: []value.Weighted{{Value: new("active")}, {Value: new("null")}, {}, {Value: new("007")}}, Where: "seed.yaml:12"},
		"plan":   {Values: []value.Weighted{{Value: new("free"), Weight: 8}, {Value: new("pro"), Weight: 1.5}, {Weight: 1}}, Where: "seed.yaml:14"},
		"kind":   {Values: []value.Weighted{{Value: new("a"), Weight: 2}, {Value: new("b"), Weight: 1}}, Where: "seed.yaml:16"},
		"age":    {Min: new("18"), Max: new("90"), Distribution: "normal", Where: "seed.yaml:20"},
		"code":   {Template: "{LETTERS:3}-{row}", Where: "seed.yaml:21"},
		"other":  {Template: "{LETTERS:3}-{row}", Where: "seed.yaml:21"},
		"more":   {Template: "{LETTERS:3}-{row}", NullShare: new(1.0), Where: "seed.yaml:21"},
		"joined": {SQL: "now() - row * interval '1 day'", Where: "seed.yaml:26"},
		"id":     {Default: true, Where: "seed.yaml:27"}, "note": {Default: true, Where: "seed.yaml:28"},
		"left": {Where: "seed.yaml:29"}, "nothing": {Where: "seed.yaml:30"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns of users (-want +got):\n%s", diff)
	}
	if e := orders.Columns[0].Exponent; e == nil || *e != 1.3 {
		t.Error("no exponent")
	}
}

func TestParseEmpty(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "# nothing\n", "---\n", "tables:\n", "tables: {a: }", "tables:\n  a:\n    columns:\n"} {
		if _, err := config.Parse("x", []byte(content)); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestProblems: each file has what is wrong with it in comments, on the lines where it is wrong.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		"rowz: 3 # the file has no key rowz; did you mean rows?\n",
		"null: 0.5 # the file has no key null; did you mean null_share?\ntables: {a: {columns: {b: {~: 1}}}} # column b has no key null; did you mean null_share?\n",
		"- a # the file must be a mapping with the keys null_share, present, rows, seed, tables, version, and not a list\n",
		"rows: many # rows: \"many\" is no number of rows: write 5000, 200k or 1.5M\nseed: -1 # seed must be a whole number from 0 on, and not \"-1\"\n",
		"version: 2 # version 2 is not known: write version: 1, or leave it out\n",
		"null_share: 2 # null_share must be a share from 0 to 1, and not \"2\"\npresent: soon # present must be a date or a point in time such as 2026-01-01, and not \"soon\"\n",
		"tables: [] # tables must be a mapping from names of tables, and not a list\n",
		"tables:\n  a: all # table a: write skip, a number of rows, or a mapping with rows, rows_per and columns, and not \"all\"\n",
		"tables:\n  a: {row: 5} # table a has no key row; did you mean rows?\n",
		"tables:\n  a:\n    rows: 5\n    rows_per: {b: 1} # table a has rows and rows_per: write one of them\n",
		"tables:\n  a:\n    rows: 5 # table a is skipped and shall have rows: write one of them\n    skip: true\n",
		"tables:\n  a: {rows_per: 5} # table a: rows_per must name one table, or one column of a foreign key, as in {users: 3} or {users: 1-5}\n",
		"tables:\n  a: {rows_per: {b: 5-1}} # table a: rows_per b: 5 is more than 1\n",
		"tables:\n  a: {rows_per: {b: few}} # table a: rows_per b: write a number, a range such as 1-5, or {min: 0, max: 20, distribution: zipf}, and not \"few\"\n",
		"tables:\n  a: {rows_per: {b: {min: 2}}} # table a: rows_per b needs max\n",
		"tables:\n  a: {rows_per: {b: {max: 2, distribution: zip}}} # there is no distribution \"zip\" of rows_per; did you mean zipf?\n",
		"tables:\n  a:\n    columns:\n      b: email # column b: write auto, default, a list of values, or a mapping such as {generator: email}, and not \"email\"\n      c: {generater: email} # column c has no key generater; did you mean generator?\n",
		"tables: {a: {columns: {b: {generator: email, template: x}}}} # column b: generator and template exclude each other: write one of them\n",
		"tables: {a: {columns: {b: {values: [1], min: 2}}}} # column b: values and min or max exclude each other: write one of them\n",
		"tables: {a: {columns: {b: {sql: x, distribution: zipf}}}} # column b: distribution goes with min and max, with values, or with a foreign key, but not with sql\n",
		"tables: {a: {columns: {b: {distribution: gauss}}}} # column b: there is no distribution \"gauss\"; there are: exponential, lognormal, normal, uniform, zipf\n",
		"tables: {a: {columns: {b: {values: [1], distribution: normal}}}} # column b: values can be distributed zipf or uniform, or by weights: {VALUE: 3, …}\n",
		"tables: {a: {columns: {b: {exponent: 9}}}} # column b: exponent must be a number above 0 and up to 3, and not \"9\"\n",
		"tables: {a: {columns: {b: []}}} # column b: values must be a list such as [a, b], or values with their weights such as {a: 3, b: 1}\n",
		"tables: {a: {columns: {b: {values: {x: -1, y: 2}}}}} # column b: the weight of \"x\" must be a number from 0 on, and not \"-1\"\n",
		"tables: {a: {columns: {b: {values: {x: 0}}}}} # column b: one of the weights must be above 0\n",
		"tables: {a: {columns: {b: [[1, 2]]}}} # column b: a value can't be a list: write it in quotes\n",
		"tables: {a: {columns: [b]}} # columns of a must be a mapping from names of columns, and not a list\n",
		"rows: 1\n---\nrows: 2 # a second document begins here: write one\n",
		"rows: 1\nrows: 2 # not YAML: mapping key \"rows\" already defined at [1:1]\n",
		"tables: {a: b # not YAML: could not find flow mapping end token '}'\n",
	} {
		_, err := config.Parse("f", []byte(content))
		var want, got []string
		for i, line := range strings.Split(content, "\n") {
			if _, comment, ok := strings.Cut(line, " # "); ok {
				want = append(want, config.Problem{File: "f", Line: i + 1, Text: comment}.String())
			}
		}
		if problems, ok := err.(config.Problems); ok {
			for _, p := range problems {
				got = append(got, p.String())
			}
		} else if err != nil {
			got = append(got, err.Error())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s(-want +got):\n%s", content, diff)
		}
	}
}

func TestParseRows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{"0": 0, "5": 5, "5_000": 5000, "200k": 200_000, "1.5M": 1_500_000, "2G": 2_000_000_000, "0.001k": 1, "1.50k": 1500} {
		if got, err := config.ParseRows(text); err != nil || got != want {
			t.Errorf("%s is %d, error %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "k", "-1", "1.5", "1e3", "1.0001k", "many", "99999999999999999999", "9999999G", "+3", ".5k", "0x10"} {
		if got, err := config.ParseRows(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

// FuzzParse: reading ends, and what it finds wrong has a line of the file.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add("a: &a [*a, *a]\ntables: *a")
	f.Add("tables: {a: {columns: {b: {values: {? [x] : 1}}}}}")
	f.Fuzz(func(t *testing.T, content string) {
		_, err := config.Parse("f", []byte(content))
		problems, ok := err.(config.Problems)
		if err != nil && !ok {
			t.Fatalf("%v", err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > strings.Count(content, "\n")+strings.Count(content, "\r")+1 {
				t.Fatalf("line %d of %d: %s", p.Line, strings.Count(content, "\n")+1, p)
			}
		}
	})
}
