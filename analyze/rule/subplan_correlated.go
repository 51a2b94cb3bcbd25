package rule

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func subplanCorrelated() Rule {
	return Rule{
		ID:     "subplan-correlated",
		Title:  "a subquery runs once per row",
		About:  "A subquery in the select list or the condition that refers to the outer row is executed for each of them. The planner can't turn it into a join by itself.",
		Silent: "it runs rarely, or takes little of the time; all its runs together read fewer pages than its tables have, which a join would read whole.",
		Advice: "Write it as a join with a grouped subquery, or as LEFT JOIN LATERAL, so that the planner may choose; index what it looks for.",
		Thresholds: []Threshold{
			{"loops", 100, "count", "how often it runs, at least"},
			{"share", 0.2, "ratio", "its share of the statement, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes() {
				if n.Relationship != "SubPlan" || strings.HasPrefix(n.Subplan, "CTE ") || !n.Executed() || perExecution(n) < c.limit("loops") || !c.matters() {
					continue
				}
				share := c.subtree(n)
				if share < c.limit("share") || c.readsLess(n) {
					continue
				}
				hit := Hit{
					Node: n, Severity: SeverityOf(share),
					Title: fmt.Sprintf("a subquery runs %s times", units.Count(int64(perExecution(n)))),
					Evidence: []report.Evidence{
						evidence("times run", perExecution(n), "count"), evidence("share of time", share, "ratio"), evidence("pages read", n.Buffers.Pages(), "pages"),
					},
					Mend: report.Mend{Kind: "rewrite", Text: "Join a grouped subquery, or use LEFT JOIN LATERAL, so that the planner may choose how to combine them."},
				}
				n.Walk(func(m *plan.Node) bool {
					hit.Scope = append(hit.Scope, m)
					if hit.Table == "" {
						hit.Table = tableOf(m)
					}
					return true
				})
				hits = append(hits, hit)
			}
			return hits
		},
	}
}

// readsLess tells whether all runs of a subquery together read less than its tables are: a join by hash or by merge would
// read them whole.
func (c *Context) readsLess(sub *plan.Node) bool {
	tables := 0.0
	sub.Walk(func(n *plan.Node) bool {
		if t := c.table(n); t != nil && n.IsScan() {
			tables += t.Pages
		}
		return true
	})
	return c.Plan.HasBuffers && sub.Buffers.Pages() < tables
}
