package rule

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func topNFullScan() Rule {
	return Rule{
		ID:     "topn-full-scan",
		Title:  "many rows are read to return the first few of them",
		About:  "ORDER BY with LIMIT reads all rows that match, keeps the best, and throws the rest away. An index in the wanted order gives the first rows at once.",
		Silent: "the order is by something that no index can have, such as a sum; the limit is not much smaller than the input; indexes were tried and none helped.",
		Advice: "Index the sort key, after the columns that are compared with a value.",
		Thresholds: []Threshold{
			{"rows", 1000, "rows", "rows sorted, at least"},
			{"times", 100, "", "times as many rows as the limit, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Sort") {
				if n.SortMethod != "top-N heapsort" || !n.Executed() {
					continue
				}
				input, scan := n.Outer(), c.sortedScan(n)
				if input == nil || scan == nil || input.Rows() < c.limit("rows") || input.Rows() < c.limit("times")*n.Rows() {
					continue
				}
				if !c.matters() || c.subtree(n) < leastShare {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Scope: []*plan.Node{scan}, Table: tableOf(scan), Columns: sortColumns(n), Severity: c.severityOfSubtree(n), ByIndex: true,
					Title:    fmt.Sprintf("%s rows of %s are read to return %s", units.Count(int64(input.Rows())), tableOf(scan), units.Count(int64(n.Rows()))),
					Evidence: []report.Evidence{evidence("rows sorted", input.Rows(), "rows"), evidence("rows returned", n.Rows(), "rows"), evidence("share of time", c.subtree(n), "ratio")},
					Mend:     report.Mend{Kind: "index", Text: "Index the sort key (" + expr.Mask(strings.Join(n.SortKey, ", ")) + "), after the columns that are compared with a value."},
				})
			}
			return hits
		},
	}
}
