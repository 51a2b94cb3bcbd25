package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func materializeLoops() Rule {
	return Rule{
		ID:     "materialize-loops",
		Title:  "a kept result is read again and again",
		About:  "The inner side of a nested loop was kept in memory and is read from start to end for each outer row. That costs rows times rows.",
		Silent: "it is read rarely, a few rows are kept, or takes little of the time; the join has no condition (cartesian says so).",
		Advice: "Join on an equality, so that the rows can be hashed; index what the loop looks for.",
		Thresholds: []Threshold{
			{"loops", 100, "count", "how often it is read, at least"},
			{"rows", 100000, "rows", "rows read in all, at least"},
			{"share", 0.1, "ratio", "its share of the statement, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Materialize") {
				if !n.Executed() || perExecution(n) < c.limit("loops") || n.Rows() < c.limit("rows") || n.ActualRows < 2 || n.Parent == nil || n.Parent.JoinFilter == "" || !c.matters() || c.share(n) < c.limit("share") {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Scope: append(n.Inputs(), n.Parent), Table: tableOf(anyScan(n)),
					Title:    fmt.Sprintf("%s kept rows are read %s times", units.Count(int64(n.ActualRows)), units.Count(int64(perExecution(n)))),
					Evidence: []report.Evidence{evidence("times read", perExecution(n), "count"), evidence("rows read", n.Rows(), "rows"), evidence("share of time", c.share(n), "ratio")},
					Mend:     report.Mend{Kind: "rewrite", Text: "Join on an equality that can be hashed, or index what is looked for."},
				})
			}
			return hits
		},
	}
}
