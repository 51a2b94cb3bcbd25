package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func seqScanLoop() Rule {
	return Rule{
		ID:     "seq-scan-loop",
		Title:  "a table is read whole again and again",
		About:  "The inner side of a nested loop, or a subquery that runs per row, reads a table from its start to its end each time.",
		Silent: "a Memoize or Materialize above keeps the rows, so that the table is read once; the table has a few pages and is read a few times.",
		Advice: "Index the column that the loop looks for, or write the subquery as a join, which can be hashed.",
		Thresholds: []Threshold{
			{"rows", 10000, "rows", "rows read in all loops together, at least"},
			{"loops", 2, "count", "how often the table is read, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Seq Scan") {
				if !n.Executed() || perExecution(n) < c.limit("loops") || scanned(n) < c.limit("rows") || !c.counts(n) {
					continue
				}
				if pages := n.SelfBuffers().Pages() / n.Loops; c.Plan.HasBuffers && pages < leastPages && scanned(n) < 10*c.limit("rows") {
					continue // a table of a few pages, read a few times
				}
				if n.Parent != nil && n.Parent.Is("Append") && n.Parent.Loops < c.limit("loops") {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), ByIndex: n.Filter != "",
					Title:    fmt.Sprintf("%s is read whole %s times", tableOf(n), units.Count(int64(perExecution(n)))),
					Evidence: []report.Evidence{evidence("times read", perExecution(n), "count"), evidence("rows read", scanned(n), "rows"), evidence("pages read", n.SelfBuffers().Pages(), "pages")},
					Mend:     report.Mend{Kind: "rewrite", Text: "Join the table on an equality, so that it can be hashed once, or index the column that is looked for."},
				})
			}
			return hits
		},
	}
}
