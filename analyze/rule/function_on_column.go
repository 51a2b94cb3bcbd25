package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
)

func functionOnColumn() Rule {
	return Rule{
		ID:    "function-on-column",
		Title: "a function wraps the column that is compared",
		About: "An index on a column can't be used for a function of it: the server computes the function for each row. So it is for arithmetic, lower(), date_trunc(), " +
			"coalesce() and EXTRACT().",
		Silent:     "the scan keeps many of its rows or is cheap; an index on the expression exists; it is arithmetic over two columns, of which neither can stand alone.",
		Advice:     "Rewrite the comparison so that the column stands alone; where that can't be, index the expression.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, p := range c.predicates() {
				subject := p.subject
				if cast, ok := subject.(expr.Cast); ok && c.isLabel(p, cast) {
					subject = cast.Arg
				}
				if cast, ok := subject.(expr.Cast); ok { // lower(x)::text
					if _, call := cast.Arg.(expr.Call); call {
						subject = cast.Arg
					}
				}
				what, wraps := wrapping(subject)
				if !wraps || !indexable(p.operator) || p.value == nil || p.join {
					continue
				}
				if overColumns(subject, p) || p.operator == "~~" && leadingWildcard(p) {
					continue
				}
				hits = append(hits, c.predicateHit(p, fmt.Sprintf("%s around %s keeps an index from being used", what, strings.Join(p.names(), ", ")), functionMend(p, subject)))
			}
			return hits
		},
	}
}

// overColumns tells whether an expression computes a number or a time from two columns: a comparison of it can't be turned
// around.
func overColumns(e expr.Expr, p predicate) bool {
	op, ok := e.(expr.Op)
	return ok && slices.Contains([]string{"+", "-", "*", "/", "%", "^"}, op.Name) && len(p.names()) > 1
}

// wrapping names the function or operator that an expression applies to columns.
func wrapping(e expr.Expr) (string, bool) {
	switch e := e.(type) {
	case expr.Call:
		return e.Name + "()", true
	case expr.Opaque: // a function with key words among its arguments: TRIM(BOTH FROM x)
		switch e.Text {
		case "CASE", "ANY", "EXISTS", "[]", "field", "COLLATE":
			return "", false
		}
		return e.Text + "()", true
	case expr.Op:
		switch e.Name {
		case "+", "-", "*", "/", "%", "||", "->>", "->", "#>>", "#>", "^":
			return "the operator " + e.Name, true
		}
	}
	return "", false
}

// functionMend says how the comparison can be turned around. It knows the usual functions.
func functionMend(p predicate, subject expr.Expr) report.Mend {
	column := p.columns[0].Name
	mend := report.Mend{Kind: "rewrite"}
	switch e := subject.(type) {
	case expr.Call:
		switch strings.TrimPrefix(strings.ToLower(e.Name), "pg_catalog.") {
		case "date", "date_trunc", "date_part", "extract", "to_char", "timezone", "year", "month", "age":
			mend.SQL = fmt.Sprintf("-- %s >= $from AND %s < $to", column, column)
			mend.Text = "Compare the column itself with the two ends of the period, half open: a btree index on it then serves."
			return mend
		case "coalesce":
			mend.SQL = fmt.Sprintf("-- %s = $value   (OR %s IS NULL, where the replacement matches)", column, column)
			mend.Text = "Compare the column itself, and add OR … IS NULL only where the replacement value itself is looked for."
			return mend
		case "substring", "substr", "left":
			mend.SQL = fmt.Sprintf("-- %s LIKE $prefix || '%%'", column)
			mend.Text = "Ask for a prefix with LIKE, which an index with text_pattern_ops serves."
			return mend
		}
		if text, ok := expr.Show(subject); ok {
			mend.SQL = fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s ((%s));", tableOf(p.scan), text)
			mend.Text = "Compare the plain column if that is possible; otherwise index the expression."
			mend.Kind = "index"
			return mend
		}
	case expr.Op:
		if strings.HasPrefix(e.Name, "-") && len(e.Name) > 1 || strings.HasPrefix(e.Name, "#>") || e.Name == "||" {
			if text, ok := expr.Show(subject); ok {
				mend.Kind = "index"
				mend.SQL = fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", tableOf(p.scan), text)
				mend.Text = "Index the expression; for containment in JSON use @> and a GIN index."
				return mend
			}
		}
		mend.SQL = fmt.Sprintf("-- %s %s $value, with the arithmetic done on the other side", column, p.operator)
		mend.Text = "Move the arithmetic to the other side of the comparison, so that the column stands alone."
		return mend
	}
	mend.Text = "Rewrite the comparison so that the column stands alone, or index the expression."
	return mend
}
