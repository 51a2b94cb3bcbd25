package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
)

func hashSpill() Rule {
	return Rule{
		ID:     "hash-spill",
		Title:  "a hash table did not fit into memory",
		About:  "The inner side of a hash join outgrew work_mem × hash_mem_multiplier, so that both sides were written to temporary files in batches and read again.",
		Silent: "the join takes little of the time; a few megabytes are written, which stay in the system's cache.",
		Advice: "Hash fewer and narrower rows. Otherwise give this statement more work_mem.",
		Thresholds: []Threshold{
			{"batches", 2, "count", "batches, at least"},
			{"kilobytes", 3072, "", "kilobytes written to disk, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Hash") {
				join := n.Parent
				if n.HashBatches < c.limit("batches") || join == nil || !n.Executed() || !c.counts(n) && !c.counts(join) {
					continue
				}
				spilled := (n.SelfBuffers().TempWritten + join.SelfBuffers().TempWritten) * plan.PageBytes
				if c.Plan.HasBuffers && spilled < c.limit("kilobytes")*1024 {
					continue
				}
				hit := spill(c, n, fmt.Sprintf("the hash table of a join took %d batches", int(n.HashBatches)), spilled, n.PeakMemoryKB*1024*n.HashBatches)
				hit.Scope = append(hit.Scope, join)
				hit.Evidence = append(hit.Evidence, evidence("batches", n.HashBatches, "count"))
				hits = append(hits, hit)
			}
			return hits
		},
	}
}
