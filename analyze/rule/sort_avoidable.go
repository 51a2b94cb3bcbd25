package rule

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func sortAvoidable() Rule {
	return Rule{
		ID:     "sort-avoidable",
		Title:  "rows found by an index are sorted, though an index could have them in order",
		About:  "An index finds the rows of one table, and a sort then puts them in order. An index with the sort key behind the columns that are looked for does both.",
		Silent: "few rows are sorted, or the sort takes little of the time; indexes were tried and none helped.",
		Advice: "Extend the index by the sort key.",
		Thresholds: []Threshold{
			{"share", 0.2, "ratio", "the sort's share of the statement, at least"},
			{"rows", 1000, "rows", "rows sorted, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Sort") {
				scan := n.Outer()
				if scan == nil || !scan.Is("Index Scan", "Index Only Scan", "Bitmap Heap Scan") || !n.Executed() || n.Rows() < c.limit("rows") && scan.Rows() < c.limit("rows") || !c.matters() {
					continue
				}
				if c.share(n) < c.limit("share") || c.sortedScan(n) != scan || len(sortColumns(n)) < len(n.SortKey) {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Scope: []*plan.Node{scan}, Table: tableOf(scan), Columns: sortColumns(n), ByIndex: true,
					Title:    fmt.Sprintf("%s of %s are sorted after an index found them", count(n.Rows(), "row"), tableOf(scan)),
					Evidence: []report.Evidence{evidence("rows sorted", n.Rows(), "rows"), evidence("share of time", c.share(n), "ratio")},
					Mend:     report.Mend{Kind: "index", Text: "Extend the index by the sort key (" + expr.Mask(strings.Join(n.SortKey, ", ")) + ")."},
				})
			}
			return hits
		},
	}
}
