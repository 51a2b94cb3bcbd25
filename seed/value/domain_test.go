package value_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/value"
)

// TestDomains puts every value of a domain (or the first of them) into a unique column with the same constraint.
func TestDomains(t *testing.T) {
	t.Parallel()
	tests := []struct {
		column string // with its constraint
		within value.Bound
		want   uint64 // values; 0 for very many
		also   string // must be true of all rows
	}{
		{"k int CHECK (k BETWEEN 5 AND 9)", value.Bound{}, 5, ""},
		{"k int CHECK (k % 5 = 0 AND k > 100 AND k < 200)", value.Bound{}, 19, ""},
		{"k smallint CHECK (k = ANY (ARRAY[1, 2, 4]))", value.Bound{}, 3, ""},
		{"k text CHECK (k IN ('a', 'b', 'c') AND k <> 'b')", value.Bound{}, 2, ""},
		{"k text CHECK (k ~ '^[ab][0-9]$')", value.Bound{}, 20, ""},
		{"k text CHECK (k ~ '^[A-Z]{3}-[0-9]{4}$')", value.Bound{}, 0, ""},
		{"k varchar(3) CHECK (k = lower(k))", value.Bound{}, 0, ""},
		{"k char(1) CHECK (k IN ('Y', 'N'))", value.Bound{}, 2, ""},
		{"k char(2) CHECK (k ~ '^[A-Z]{2}$')", value.Bound{}, 676, ""},
		{"k boolean", value.Bound{}, 2, ""},
		{"k boolean CHECK (k)", value.Bound{}, 1, ""},
		{"k date CHECK (date_trunc('month', k) = k)", value.Bound{}, 0, ""},
		{"k timestamptz CHECK (date_trunc('hour', k) = k)", value.Bound{}, 0, ""},
		{"k int CHECK (k & 1 = 0)", value.Bound{}, 0, ""},
		{"k text CHECK (reverse(k) <> k AND length(k) > 8)", value.Bound{}, 0, ""},
		{"k text CHECK (length(k) <= 2)", value.Bound{}, 0, ""},
		{"k numeric(3,1) CHECK (k > 0 AND k <= 1)", value.Bound{}, 10, ""},
		{"k uuid CHECK (k <> '00000000-0000-0000-0000-000000000000')", value.Bound{}, 0, ""},
		{"k text", value.Bound{Values: []string{"east", "west"}}, 2, "k IN ('east', 'west')"},
		{"k int", value.Bound{Values: []string{"3", "17"}}, 2, ""},
		{"k int", value.Bound{From: new("10"), To: new("20")}, 10, "k BETWEEN 10 AND 19"},
		{"k date", value.Bound{From: new("2020-02-01"), To: new("2020-03-01")}, 29, "k BETWEEN '2020-02-01' AND '2020-02-29'"},
		{"k timestamptz", value.Bound{From: new("2020-02-01 00:00:00+00"), To: new("2020-03-01 00:00:00+00")}, 0, "k >= '2020-02-01' AND k < '2020-03-01'"},
		{"k int CHECK (k > 15)", value.Bound{From: new("10"), To: new("20")}, 4, ""},
		{"k text CHECK (k IN ('a', 'b', 'c'))", value.Bound{Except: []string{"a"}}, 2, "k <> 'a'"},
		{"email text", value.Bound{}, 0, "email LIKE '%@%'"},
		{"slug varchar(12)", value.Bound{}, 0, ""},
		{"created_at timestamptz", value.Bound{}, 0, "created_at < '2026-01-01'"},
	}
	var script strings.Builder
	for i, test := range tests {
		script.WriteString(fmt.Sprintf("CREATE TABLE t%d (%s); CREATE UNIQUE INDEX ON t%d (%s);\n", i, test.column, i, first(test.column)))
		if strings.Contains(test.column, " text") && !strings.Contains(test.column, "~") && !strings.Contains(test.column, "reverse") {
			script.WriteString(fmt.Sprintf("CREATE UNIQUE INDEX ON t%d (lower(%s));\n", i, first(test.column)))
		}
	}
	conn, db := load(t, script.String())
	for i, test := range tests {
		name := first(test.column)
		r := request(conn, db, fmt.Sprintf("t%d", i), 0)
		d, from, err := value.DomainOf(t.Context(), r, name, test.within)
		if err != nil || d == nil {
			t.Errorf("%s: no domain: %s %v", test.column, from, err)
			continue
		}
		if test.want > 0 && d.Size() != test.want || test.want == 0 && d.Size() < 500 {
			t.Errorf("%s: %d values, want %d", test.column, d.Size(), test.want)
		}
		r.Rows = min(d.Size(), 2000)
		s := &value.Solution{Columns: map[string]value.Column{name: {Generator: counter{d}}}}
		if err := fill(t, conn, r, s); err != nil {
			t.Errorf("%s: %v", test.column, err)
			continue
		}
		if test.also != "" && show(t, conn, fmt.Sprintf("SELECT bool_and(%s) FROM public.t%d", test.also, i)) != "t" {
			t.Errorf("%s: not all are %s", test.column, test.also)
		}
		t.Logf("%s: %d: %s: %s", test.column, d.Size(), from, show(t, conn, fmt.Sprintf("SELECT %s FROM public.t%d LIMIT 4", name, i)))
		if test.within.Values != nil || test.within.From != nil || test.within.Except != nil {
			continue
		}
		// The same as a distinct column.
		r.Distinct = []value.Distinct{{Column: name}}
		pgtest.Execute(t, conn, "TRUNCATE public."+r.Table.Name)
		r.Rows = min(r.Rows, 500)
		if err := fill(t, conn, r, solve(t, r)); err != nil {
			t.Errorf("%s, distinct: %v", test.column, err)
		}
	}
}

func first(column string) string {
	for i := range column {
		if column[i] == ' ' {
			return column[:i]
		}
	}
	return column
}

// counter counts a domain off.
type counter struct{ value.Domain }

func (c counter) Append(dst []byte, row uint64) ([]byte, bool) {
	return c.Domain.Append(dst, row), false
}
