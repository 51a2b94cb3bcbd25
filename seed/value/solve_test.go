package value_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSolvesEveryCheck makes a table for each expression of the corpus, with a CHECK constraint of it, and lets the server
// judge the rows.
func TestSolvesEveryCheck(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("check/testdata/table.sql")
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := os.ReadFile("check/testdata/expressions.sql")
	if err != nil {
		t.Fatal(err)
	}
	// What no value satisfies, or only NULL.
	impossible := map[string]bool{
		"iv = justify_hours(iv)": false,
	}
	types, columns, _ := strings.Cut(string(table), "CREATE TABLE t (")
	columns = strings.TrimSuffix(strings.TrimSpace(columns), ");")
	var script strings.Builder
	script.WriteString(types)
	expressions := strings.Split(strings.TrimSpace(string(corpus)), "\n")
	for i, expression := range expressions {
		fmt.Fprintf(&script, "CREATE TABLE t%d (%s, CHECK (%s));\n", i, columns, expression)
	}
	conn, db := load(t, script.String())
	for i, expression := range expressions {
		r := request(conn, db, fmt.Sprintf("t%d", i), 300)
		s := solve(t, r)
		if len(s.Unsolved) > 0 {
			t.Errorf("%s: not solved", expression)
			continue
		}
		if err := fill(t, conn, r, s); err != nil && !impossible[expression] {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if len(r.Table.Checks) == 0 {
			t.Errorf("%s: no check was loaded", expression)
			continue
		}
		read := r.Table.Checks[0].Columns
		for j := range read {
			read[j] = `"` + read[j] + `"`
		}
		t.Logf("%s: %s", expression, show(t, conn, fmt.Sprintf("SELECT %s FROM public.%s LIMIT 5", strings.Join(read, ", "), r.Table.Name)))
	}
}
