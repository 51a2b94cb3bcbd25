package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func wrongIndexOrderBy() Rule {
	return Rule{
		ID:     "wrong-index-order-by",
		Title:  "an index gives the order, but nearly all of its rows are dropped",
		About:  "To satisfy ORDER BY with LIMIT the planner walks an index in order and drops what does not match, betting that enough matching rows come soon. They did not.",
		Silent: "a quarter of the rows or more match; few rows were dropped.",
		Advice: "Index the compared columns first and the sort key behind them, so that one index serves both.",
		Thresholds: []Threshold{
			{"dropped", 0.9, "ratio", "share of the rows that are dropped, at least"},
			{"rows", 1000, "rows", "rows dropped, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Index Scan", "Index Only Scan") {
				dropped := n.RowsRemovedByFilter * n.Loops
				if !n.Executed() || dropped < c.limit("rows") || dropped < c.limit("dropped")*scanned(n) || !stoppedEarly(n) || !c.counts(n) {
					continue
				}
				if n.Ancestor(func(m *plan.Node) bool { return m.Type == "Limit" }) == nil {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), Columns: c.filterColumns(n),
					Title:    fmt.Sprintf("%s of %s are walked in order to find %s", count(scanned(n), "row"), tableOf(n), units.Count(int64(n.Rows()))),
					Evidence: []report.Evidence{evidence("rows walked", scanned(n), "rows"), evidence("rows kept", n.Rows(), "rows"), evidence("pages read", n.SelfBuffers().Pages(), "pages")},
					Mend:     report.Mend{Kind: "index", Text: "Index the compared columns first and the sort key behind them."},
				})
			}
			return hits
		},
	}
}
