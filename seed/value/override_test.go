package value_test

import (
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/value"
)

func TestOverrides(t *testing.T) {
	t.Parallel()
	const script = `
		CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
		CREATE TABLE t (a int, b int NOT NULL CHECK (b > 10), s varchar(30), c varchar(12), m mood, d date, n numeric(8,2), tz timestamptz, j jsonb,
			k text NOT NULL, free text DEFAULT 'x');`
	tests := []struct {
		name      string
		column    string
		override  value.Override
		query     string // over the filled table; must be true
		reason    string // or why it cannot be
		distincts []string
	}{
		{"values", "a", value.Override{Values: []value.Weighted{{new("1"), 3}, {new("7"), 1}}}, "bool_and(a IN (1, 7)) AND count(*) FILTER (WHERE a = 1) BETWEEN 180 AND 270", "", nil},
		{"values with null", "a", value.Override{Values: []value.Weighted{{new("1"), 0}, {nil, 0}}}, "count(a) BETWEEN 100 AND 200", "", nil},
		{"values of an enum", "m", value.Override{Values: []value.Weighted{{new("sad"), 0}}}, "bool_and(m = 'sad')", "", nil},
		{"values of jsonb", "j", value.Override{Values: []value.Weighted{{new(`{"a": 1}`), 0}, {new("[]"), 0}}}, "count(DISTINCT j) = 2", "", nil},
		{"values that a check forbids", "b", value.Override{Values: []value.Weighted{{new("5"), 0}}}, "", "leaves no value", nil},
		{"values, one of which a check forbids", "b", value.Override{Values: []value.Weighted{{new("5"), 0}, {new("50"), 0}}}, "", "5 can't be", nil},
		{"bad value", "d", value.Override{Values: []value.Weighted{{new("soon"), 0}}, Where: "seed.yaml:3"}, "", "\"soon\" is no value of type date", nil},
		{"null where there may be none", "b", value.Override{Values: []value.Weighted{{nil, 0}}}, "", "NOT NULL", nil},
		{"bounds", "n", value.Override{Min: new("5.5"), Max: new("6.25")}, "min(n) >= 5.5 AND max(n) <= 6.25 AND count(DISTINCT n) > 20", "", nil},
		{"bounds of dates", "d", value.Override{Min: new("2019-01-01"), Max: new("2019-01-31")}, "min(d) >= '2019-01-01' AND max(d) <= '2019-01-31'", "", nil},
		{"a normal distribution", "b", value.Override{Min: new("100"), Max: new("200"), Distribution: "normal"}, "avg(b) BETWEEN 145 AND 155 AND stddev(b) BETWEEN 10 AND 25", "", nil},
		{"no such distribution", "b", value.Override{Min: new("1"), Distribution: "gauss"}, "", "there is no distribution gauss", nil},
		{"bounds upside down", "b", value.Override{Min: new("2"), Max: new("1")}, "", "min is greater than max", nil},
		{"bounds of text", "s", value.Override{Min: new("a")}, "", "has no order", nil},
		{"a generator", "s", value.Override{Generator: "email"}, "bool_and(s LIKE '%@%')", "", nil},
		{"a generator that is not there", "s", value.Override{Generator: "mail-adress"}, "", "there is no generator mail-adress", nil},
		{"a generator of another type", "d", value.Override{Generator: "email"}, "", "makes no values of type date", nil},
		{"a share of nulls", "s", value.Override{NullShare: new(0.5)}, "count(s) BETWEEN 110 AND 190", "", nil},
		{"no nulls", "s", value.Override{NullShare: new(float64(0))}, "count(s) = 300", "", nil},
		{"a template", "s", value.Override{Template: "{b}/{m}-{word}-{row}"}, "bool_and(s LIKE b || '/' || coalesce(m::text, '') || '-%')", "", nil},
		{"a template, each once", "s", value.Override{Template: "user{row}", NullShare: new(float64(0))}, "count(DISTINCT s) = 300", "", []string{"s"}},
		{"a template that is too long", "c", value.Override{Template: "{uuid}"}, "", "takes 12", nil},
		{"a template with a stranger in it", "s", value.Override{Template: "{nobody}"}, "", "nothing is called {nobody}", nil},
		{"sql", "tz", value.Override{SQL: "timestamptz '2020-01-01' + row * interval '1 hour'"}, "min(tz) > '2020-01-01' AND count(DISTINCT tz) > 200", "", nil},
		{"sql that is wrong", "tz", value.Override{SQL: "nonsense(row)"}, "", "cannot be evaluated", nil},
		{"default", "free", value.Override{Default: true}, "bool_and(free = 'x')", "", nil},
	}
	conn, db := load(t, script)
	for _, test := range tests {
		r := request(conn, db, "t", 300)
		r.Overrides = map[string]value.Override{test.column: test.override}
		for _, column := range test.distincts {
			r.Distinct = append(r.Distinct, value.Distinct{Column: column})
		}
		s, err := value.Columns(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if test.reason != "" {
			if len(s.Unsolved) != 1 || !strings.Contains(s.Unsolved[0].Reason, test.reason) {
				t.Errorf("%s: %+v, want the reason %q", test.name, s.Unsolved, test.reason)
			}
			if s.Unsolved[0].Where != test.override.Where {
				t.Errorf("%s: it is laid to the line %q, want %q", test.name, s.Unsolved[0].Where, test.override.Where)
			}
			continue
		}
		if len(s.Unsolved) > 0 {
			t.Errorf("%s: %+v", test.name, s.Unsolved)
			continue
		}
		pgtest.Execute(t, conn, "TRUNCATE public.t")
		if err := fill(t, conn, r, s); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := show(t, conn, "SELECT "+test.query+" FROM public.t"); got != "t" {
			t.Errorf("%s: %s is %s: %s", test.name, test.query, got, show(t, conn, "SELECT "+test.column+" FROM public.t LIMIT 10"))
		}
	}
}
