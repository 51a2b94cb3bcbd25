package rule

import (
	"fmt"
	"math"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func misestimateJoin() Rule {
	return Rule{
		ID:    "misestimate-join",
		Title: "a nested loop was chosen for a few rows and got many",
		About: "A nested loop repeats its inner side for each outer row. It is the best join for a handful of rows and the worst for thousands, and the planner chose " +
			"it for a handful.",
		Silent: "the inner side costs next to nothing.",
		Advice: "Mend the expectation where it starts: ANALYZE, extended statistics, statistics on an expression.",
		Thresholds: []Threshold{
			{"expected", 10, "rows", "outer rows expected, at most"},
			{"found", 1000, "rows", "outer rows found, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Nested Loop") {
				outer, inner := n.Outer(), n.Inner()
				if outer == nil || inner == nil || !n.Executed() || !inner.Executed() || outer.PlanRows > c.limit("expected") || outer.ActualRows < c.limit("found") || stoppedEarly(n) {
					continue
				}
				if !c.matters() || c.subtree(inner) < leastShare {
					continue
				}
				source := c.source(outer)
				hit := Hit{
					Node: n, Severity: worse(c.severityOfSubtree(inner)), Table: tableOf(source), Columns: c.filterColumns(source),
					Title: fmt.Sprintf("a nested loop was chosen for %s and got %s", count(outer.PlanRows, "row"), count(outer.ActualRows, "row")),
					Evidence: []report.Evidence{
						evidence("rows expected", outer.PlanRows, "rows"), evidence("rows found", outer.ActualRows, "rows"),
						evidence("inner side repeated", perExecution(inner), "count"), evidence("share of time", c.subtree(inner), "ratio"),
					},
					Mend: c.statisticsMend(source),
				}
				outer.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
				for above := n.Parent; above != nil; above = above.Parent { // what is wrong above follows from it
					hit.Scope = append(hit.Scope, above)
				}
				hit.Scope = append(hit.Scope, inner)
				hits = append(hits, hit)
				break // one loop misled the next
			}
			return hits
		},
	}
}

// source is the node below, or the node itself, where the expectation went wrong most.
func (c *Context) source(n *plan.Node) *plan.Node {
	best, worst := n, 0.0
	n.Walk(func(m *plan.Node) bool {
		if off, starts := c.startsMisestimate(m); starts && off > worst {
			best, worst = m, off
		}
		return true
	})
	return best
}

func (c *Context) severityOfSubtree(n *plan.Node) report.Severity { return SeverityOf(c.subtree(n)) }

// count writes a number of things: 1 row, 2,000 rows.
func count(n float64, noun string) string {
	whole := int64(math.Round(n))
	if whole == 1 {
		return "1 " + noun
	}
	return units.Count(whole) + " " + noun + "s"
}
