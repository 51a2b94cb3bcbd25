package rule

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

func likeLeadingWildcard() Rule {
	return Rule{
		ID:         "like-leading-wildcard",
		Title:      "a text is searched for in the middle",
		About:      "A btree index is sorted by the start of a text. LIKE '%word%', ILIKE and regular expressions ask for what is anywhere in it, so that each row is looked at.",
		Silent:     "the pattern starts with the text that is looked for; a trigram index serves it; the scan keeps many of its rows or is cheap.",
		Advice:     "A trigram index (extension pg_trgm) serves them. For words use full-text search; for a prefix LIKE 'word%' with text_pattern_ops.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, p := range c.predicates() {
				if !leadingWildcard(p) {
					continue
				}
				text, ok := expr.Show(stripLabel(p.subject))
				if !ok {
					continue
				}
				if _, plain := stripLabel(p.subject).(expr.Column); !plain && !strings.HasPrefix(text, "(") {
					text = "(" + text + ")"
				}
				create := fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s USING gin (%s gin_trgm_ops);", tableOf(p.scan), text)
				if c.Catalog == nil || !c.Catalog.Server.Has("pg_trgm") {
					create = "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + create
				}
				hits = append(hits, c.predicateHit(p, fmt.Sprintf("every value of %s is searched for a pattern", strings.Join(p.names(), ", ")), report.Mend{
					Kind: "index", SQL: create, Text: "Make a trigram index, or use full-text search for words.",
				}))
			}
			return hits
		},
	}
}

// leadingWildcard tells whether a predicate looks for a text that need not be at the start.
func leadingWildcard(p predicate) bool {
	switch p.operator {
	case "~~*", "~*":
		return true
	case "~~":
		pattern, known := constant(p.value)
		return known && strings.IndexAny(pattern, "%_") == 0
	case "~":
		pattern, known := constant(p.value)
		rest, anchored := strings.CutPrefix(pattern, "^")
		return known && (!anchored || strings.HasPrefix(strings.TrimPrefix(rest, "(?:"), ".*")) // SIMILAR TO '%x%' is ^(?:.*x.*)$
	}
	return false
}

func stripLabel(e expr.Expr) expr.Expr {
	if cast, ok := e.(expr.Cast); ok && cast.Type == "text" {
		return cast.Arg
	}
	return e
}

func quoted(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = sqltext.QuoteIdent(name)
	}
	return strings.Join(parts, ", ")
}
