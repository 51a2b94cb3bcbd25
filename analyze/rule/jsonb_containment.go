package rule

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
)

func jsonbContainment() Rule {
	return Rule{
		ID:         "jsonb-containment",
		Title:      "JSON documents are searched one by one",
		About:      "@>, ?, ?|, ?& and the JSON path operators look into documents. Only a GIN index serves them; without one each document is read and taken apart.",
		Silent:     "a GIN index serves the condition; the scan keeps many of its rows or is cheap.",
		Advice:     "Make a GIN index: with jsonb_path_ops for @>, @? and @@, with the default for ? and its like. For one key compared with a value, a btree on the expression is smaller.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			return c.ginHits(
				func(p predicate) bool {
					known := c.column(p)
					isJSON := known != nil && known.Base == "jsonb"
					if known == nil {
						text, ok := p.value.(expr.Const)
						isJSON = ok && text.Type == "jsonb"
					}
					return isJSON && slices.Contains([]string{"@>", "?", "?|", "?&", "@?", "@@"}, p.operator)
				},
				func(p predicate) string {
					if p.operator == "@>" || p.operator == "@?" || p.operator == "@@" {
						return " jsonb_path_ops"
					}
					return ""
				}, "the documents in %s are searched one by one")
		},
	}
}

// ginHits makes the findings of conditions that a GIN index would serve.
func (c *Context) ginHits(match func(predicate) bool, class func(predicate) string, title string) []Hit {
	var hits []Hit
	for _, p := range c.predicates() {
		if !match(p) {
			continue
		}
		text, ok := expr.Show(p.subject)
		if !ok {
			continue
		}
		if _, plain := p.subject.(expr.Column); !plain {
			text = "(" + text + ")"
		}
		hits = append(hits, c.predicateHit(p, fmt.Sprintf(title, quoted(p.names())), report.Mend{
			Kind: "index", SQL: fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s USING gin (%s%s);", tableOf(p.scan), text, class(p)),
			Text: "Make a GIN index. Only really building it shows what it gains: --verify does.",
		}))
	}
	return hits
}
