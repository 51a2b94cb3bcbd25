package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func nestedLoopInner() Rule {
	return Rule{
		ID:    "nested-loop-inner",
		Title: "a nested loop repeats an inner side that a hash join would read once",
		About: "The inner side runs once per outer row. That pays while each run is an index look-up of a page or two; from thousands of runs on, reading the inner " +
			"side once and hashing it is often faster.",
		Silent: "with a database at hand: unless the statement really ran in half the time with another join, and some milliseconds faster. Without one: unless a run of the inner side reads more than a look-up does.",
		Advice: "Find out why the planner preferred the loop: a wrong row count (see misestimate), a random_page_cost or effective_cache_size that does not fit the machine, or a work_mem too small for the hash.",
		Thresholds: []Threshold{
			{"loops", 1000, "count", "how often the inner side runs, at least"},
			{"share", 0.5, "ratio", "its share of the loop's time, at least"},
			{"saved", 0.5, "ratio", "share of the time that another join saves, at least"},
			{"milliseconds", 10, "", "milliseconds that it saves, at least"},
			{"pages", 8, "pages", "pages that one run reads, at least, if nothing can be tried"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Nested Loop") {
				inner := n.Inner()
				if inner == nil || !inner.Executed() || perExecution(inner) < c.limit("loops") || stoppedEarly(n) || !c.matters() {
					continue
				}
				whole, share := c.subtree(n), c.subtree(inner)
				if whole < leastShare || share < c.limit("share")*whole || n.JoinFilter != "" {
					continue
				}
				hit := Hit{
					Node: n, Severity: SeverityOf(share),
					Title: fmt.Sprintf("a nested loop runs its inner side %s times", units.Count(int64(perExecution(inner)))),
					Evidence: []report.Evidence{
						evidence("inner runs", perExecution(inner), "count"), evidence("share of time", share, "ratio"), evidence("pages of the inner side", inner.Buffers.Pages(), "pages"),
					},
					Mend: report.Mend{Kind: "setting", Text: "Another join is faster here. Mend the row counts that misled the planner, or random_page_cost, effective_cache_size and work_mem if they do not fit the machine."},
				}
				inner.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
				if c.Catalog != nil {
					hit.Experiment = &Experiment{Settings: map[string]string{"enable_nestloop": "off"}, Method: "without nested loops", LeastMS: c.limit("milliseconds"), LeastShare: c.limit("saved")}
				} else if c.Plan.HasBuffers && inner.Buffers.Pages()/inner.Loops < c.limit("pages") {
					continue
				}
				hits = append(hits, hit)
			}
			return hits
		},
	}
}
