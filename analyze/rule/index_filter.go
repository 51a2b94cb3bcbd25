package rule

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func indexFilter() Rule {
	return Rule{
		ID:     "index-filter",
		Title:  "an index finds many rows that a filter then drops",
		About:  "The index serves only a part of the condition. Every row that it finds is fetched from the table, and nearly all are dropped there.",
		Silent: "a LIMIT stopped the scan early; indexes were tried and none helped.",
		Advice: "Extend the index by the columns of the filter, or make it partial where the filter is constant.",
		Thresholds: []Threshold{
			{"dropped", 0.9, "ratio", "share of the found rows that the filter drops, at least"},
			{"rows", 1000, "rows", "rows dropped, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Index Scan", "Index Only Scan", "Bitmap Heap Scan") {
				dropped := n.RowsRemovedByFilter * n.Loops
				if !n.Executed() || dropped < c.limit("rows") || dropped < c.limit("dropped")*scanned(n) || !c.counts(n) {
					continue
				}
				if n.IndexCond == "" && n.RecheckCond == "" || !filterIsOwn(n) {
					continue // the index only gives an order or the columns; or the filter is a join's
				}
				// Under a LIMIT it is the order of the scan that is wrong: see wrong-index-order-by.
				if stoppedEarly(n) {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), ByIndex: true,
					Title:    fmt.Sprintf("an index on %s finds %s rows for %s", tableOf(n), units.Count(int64(scanned(n))), units.Count(int64(n.Rows()))),
					Evidence: []report.Evidence{evidence("rows found", scanned(n), "rows"), evidence("rows kept", n.Rows(), "rows"), evidence("pages read", n.SelfBuffers().Pages(), "pages")},
					Mend:     report.Mend{Kind: "index", Text: "Extend the index by the columns of the filter, or make it partial."},
				})
			}
			return hits
		},
	}
}

// filterIsOwn tells whether a scan's filter has a condition on columns of its own table alone.
func filterIsOwn(n *plan.Node) bool {
	return slices.ContainsFunc(conditions(n.Filter), func(e expr.Expr) bool {
		columns := expr.Columns(e)
		return len(columns) > 0 && !slices.ContainsFunc(columns, func(c expr.Column) bool {
			return c.Table != "" && c.Table != n.Alias && c.Table != n.Relation
		})
	})
}
