package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
)

func arrayOverlap() Rule {
	return Rule{
		ID:         "array-overlap",
		Title:      "arrays are searched one by one",
		About:      "&&, @> and <@ compare the elements of arrays. Only a GIN index serves them; without one each row's array is read. value = ANY (column) can use no index at all.",
		Silent:     "a GIN index serves the condition; the scan keeps many of its rows or is cheap.",
		Advice:     "Make a GIN index, and write column @> ARRAY[value] instead of value = ANY (column).",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			hits := c.ginHits(
				func(p predicate) bool {
					known := c.column(p)
					isArray := known != nil && known.Category == "A"
					if known == nil {
						text, ok := p.value.(expr.Const)
						isArray = ok && strings.HasSuffix(text.Type, "[]")
						if array, ok := p.value.(expr.Array); ok {
							isArray = !array.Row
						}
					}
					return isArray && slices.Contains([]string{"&&", "@>", "<@"}, p.operator)
				},
				func(predicate) string { return "" }, "the arrays in %s are searched one by one")
			return append(hits, c.anyOfColumn()...)
		},
	}
}

// anyOfColumn finds value = ANY (column).
func (c *Context) anyOfColumn() []Hit {
	var hits []Hit
	for _, n := range c.nodes("Seq Scan") {
		read, keeps, _, ok := c.scanOf(n)
		if !ok || !c.counts(n) || read < c.limit("rows") || keeps > c.limit("kept")*read || stoppedEarly(n) {
			continue
		}
		for _, e := range conditions(n.Filter) {
			any, ok := e.(expr.Any)
			if !ok || any.All || any.Op != "=" || len(expr.Columns(any.Left)) > 0 {
				continue
			}
			if column, ok := any.Right.(expr.Column); ok {
				p := predicate{scan: n, subject: column, operator: "= ANY", columns: []expr.Column{column}}
				hits = append(hits, c.predicateHit(p, "the arrays in "+quoted(p.names())+" are searched one by one", report.Mend{
					Kind: "rewrite", SQL: fmt.Sprintf("-- %s @> ARRAY[$value]\nCREATE INDEX CONCURRENTLY ON %s USING gin (%[1]s);", quoted(p.names()), tableOf(n)),
					Text: "Write column @> ARRAY[value], and make a GIN index for it.",
				}))
			}
		}
	}
	return hits
}
