package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/sqltext"
	"github.com/pgassay/pgassay/schema"
)

// A CHECK constraint may call a function that looks rows of other tables up: whether the role that a row refers to is one for
// users, say. Such a table is loaded after those that its functions read, and before that its rows are tried beside copies of
// theirs. The copies are temporary tables of the same names, which functions find first where they name tables without a schema;
// of functions that name a schema there are copies, too, that don't (staged_function.go).

// lookupRows is how many rows of a table that functions look up are copied; tables that get more are not.
const lookupRows = 20_000

// findLookups notes for each table which tables before it the functions in its CHECK constraints may read: those whose names are
// in the functions' texts, or in those of functions that these call.
func (p *Plan) findLookups(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT n.nspname, p.proname, p.prosrc, pg_get_functiondef(p.oid) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
		JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE l.lanname NOT IN ('internal', 'c') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prokind = 'f'`)
	if err != nil {
		return fmt.Errorf("read the functions: %w", err)
	}
	bodies := map[string][]string{} // by name: a name may be that of several
	definitions := map[string][]stagedFunction{}
	var schemaName, name, body, definition string
	if _, err := pgx.ForEachRow(rows, []any{&schemaName, &name, &body, &definition}, func() error {
		if body == "" { // in SQL's own syntax
			body = definition
		}
		bodies[name] = append(bodies[name], body)
		definitions[name] = append(definitions[name], stagedFunction{schemaName, name, definition})
		return nil
	}); err != nil {
		return fmt.Errorf("read the functions: %w", err)
	}
	if len(bodies) == 0 {
		return nil
	}
	for i, t := range p.Tables {
		words := map[string]bool{}
		for _, c := range t.table.Checks {
			for word := range wordsOf(c.Expression) {
				if bodies[word] != nil {
					gather(bodies, word, words)
				}
			}
		}
		if len(words) == 0 {
			continue
		}
		for _, other := range p.Tables[:i] {
			if words[other.table.Name] && !slices.ContainsFunc(t.lookups, func(u *TablePlan) bool { return u.table.Name == other.table.Name }) && other.table.Name != t.table.Name {
				t.lookups = append(t.lookups, other)
			}
		}
		t.findStaged(definitions, words)
	}
	return nil
}

// gather adds the words of a function and of those that it calls.
func gather(bodies map[string][]string, function string, words map[string]bool) {
	if words[function] {
		return
	}
	words[function] = true
	for _, body := range bodies[function] {
		for word := range wordsOf(body) {
			if bodies[word] != nil {
				gather(bodies, word, words)
			}
			words[word] = true
		}
	}
}

// wordsOf gives the names in a text of SQL, as PostgreSQL folds them, and the words in its strings, which may be run as SQL.
func wordsOf(sql string) map[string]bool {
	words := map[string]bool{}
	lexer := sqltext.Lexer{Source: sql}
	for t := lexer.Next(); t.Kind != sqltext.EOF; t = lexer.Next() {
		switch text := lexer.Text(t); t.Kind {
		case sqltext.Word:
			words[strings.ToLower(text)] = true
		case sqltext.Ident:
			words[strings.Trim(text, `"`)] = true
		case sqltext.String:
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				words[word] = true
			}
		}
	}
	return words
}

// stageLookups makes the copies of what functions look up, in the transaction that the connection is in.
func (t *TablePlan) stageLookups(ctx context.Context, conn *pgx.Conn) error {
	for _, u := range t.lookups {
		if u.first+u.Rows > lookupRows || u.Rows > 0 && (u.encoder == nil || !u.ready()) {
			continue
		}
		stage := "pg_temp." + schema.Quote(u.table.Name)
		if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE %s (LIKE %s INCLUDING GENERATED INCLUDING INDEXES) ON COMMIT DROP", schema.Quote(u.table.Name), u.Table)); err != nil {
			return err
		}
		if u.table.HasRows && (u.first > 0 || u.Rows == 0) { // they stay
			var columns []string
			for _, c := range u.table.Columns {
				if c.Generated == "" {
					columns = append(columns, schema.Quote(c.Name))
				}
			}
			list := strings.Join(columns, ", ")
			if _, err := conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s LIMIT %d", stage, list, list, u.Table, lookupRows)); err != nil {
				return err
			}
		}
		if u.Rows == 0 {
			continue
		}
		var buffer []byte
		if _, err := u.send(ctx, conn, stage, "", &sampleReader{encoder: u.encoder, first: u.first, rows: u.Rows, count: u.Rows, buffer: &buffer}); err != nil {
			return err
		}
	}
	return t.stageFunctions(ctx, conn)
}
