package seed

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// stagedFunction is a function that names the schema of a table which it looks rows up in, or that calls one which does. Temporary
// copies of the table are tried with a temporary copy of the function.
type stagedFunction struct {
	schema, name, definition string
}

// findStaged notes the functions that a temporary copy is needed of: all among words, if one of them names the schema of a table
// that may be read.
func (t *TablePlan) findStaged(definitions map[string][]stagedFunction, words map[string]bool) {
	var all []stagedFunction
	qualified := false
	for name, list := range definitions {
		if !words[name] {
			continue
		}
		all = append(all, list...)
		for _, f := range list {
			body := f.body()
			qualified = qualified || slices.ContainsFunc(t.lookups, func(u *TablePlan) bool { return named(u.table.Schema, u.table.Name, "").MatchString(body) })
		}
	}
	if !qualified {
		return
	}
	slices.SortFunc(all, func(a, b stagedFunction) int {
		return strings.Compare(a.schema+"."+a.name+a.definition, b.schema+"."+b.name+b.definition)
	})
	t.functions = all
}

// body is the definition without the line that names the function.
func (f *stagedFunction) body() string {
	_, body, _ := strings.Cut(f.definition, "\n")
	return body
}

// named finds a qualified name in SQL, quoted or not, that is followed by after.
func named(schemaName, name, after string) *regexp.Regexp {
	part := func(name string) string {
		return `(?:"` + regexp.QuoteMeta(name) + `"|\b(?i:` + regexp.QuoteMeta(name) + `)\b)`
	}
	return regexp.MustCompile(part(schemaName) + `\s*\.\s*` + part(name) + after)
}

// onStage puts the temporary copies of functions in the place of these.
func (t *TablePlan) onStage(sql string) string {
	for _, f := range t.functions {
		sql = named(f.schema, f.name, `\s*\(`).ReplaceAllString(sql, "pg_temp."+schema.Quote(f.name)+"(")
	}
	return sql
}

// stageFunctions makes the temporary copies, which read the temporary copies of tables.
func (t *TablePlan) stageFunctions(ctx context.Context, conn *pgx.Conn) error {
	if len(t.functions) == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, "SET LOCAL check_function_bodies = off"); err != nil {
		return err
	}
	for _, f := range t.functions {
		header, body, _ := strings.Cut(t.onStage(f.definition), "\n")
		for _, u := range t.lookups {
			body = named(u.table.Schema, u.table.Name, "").ReplaceAllString(body, "pg_temp."+schema.Quote(u.table.Name))
		}
		if _, err := conn.Exec(ctx, header+"\n"+body); err != nil {
			return err
		}
	}
	return nil
}
