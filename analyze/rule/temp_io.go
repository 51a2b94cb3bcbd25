package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
)

func tempIO() Rule {
	return Rule{
		ID:     "temp-io",
		Title:  "temporary files were written and read",
		About:  "A node kept its rows in temporary files because they outgrew work_mem: a materialised subquery, a window, a CTE.",
		Silent: "it is a sort, a hash or an aggregate that spilled: those have rules of their own.",
		Advice: "Keep fewer rows or fewer columns, or give this statement more work_mem.",
		Thresholds: []Threshold{
			{"pages", 256, "pages", "temporary pages that the node itself read and wrote, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes() {
				own := n.SelfBuffers().Temp()
				if own < c.limit("pages") || !c.matters() || n.Is("Sort", "Incremental Sort", "Hash", "Hash Join", "Aggregate") || c.share(n) < leastShare {
					continue
				}
				bytes := n.SelfBuffers().TempWritten * plan.PageBytes
				hits = append(hits, spill(c, n, fmt.Sprintf("%s kept its rows in temporary files", n.Label()), bytes, bytes*2))
			}
			return hits
		},
	}
}
