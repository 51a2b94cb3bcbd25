package rule

import (
	"fmt"
	"math"

	"github.com/pgassay/pgassay/internal/units"
)

func sortSpill() Rule {
	return Rule{
		ID:     "sort-spill",
		Title:  "a sort did not fit into memory",
		About:  "The rows to sort outgrew work_mem, so that they were written to temporary files in runs and merged.",
		Silent: "the sort takes little of the time; a few megabytes are written, which stay in the system's cache: such a sort is hardly slower than one in memory. Where an index gives the order, missing-index says so instead.",
		Advice: "Prefer an index that gives the order, or sort fewer and narrower rows. Otherwise give this statement more work_mem (SET LOCAL), not the whole server.",
		Thresholds: []Threshold{
			{"kilobytes", 3072, "", "kilobytes on disk, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Sort", "Incremental Sort") {
				if !n.SortOnDisk || n.SortSpaceKB < c.limit("kilobytes") || !c.counts(n) {
					continue
				}
				// A sort needs its tuples with 24 bytes each on top in memory, about twice what the runs take on disk.
				needed := math.Max(n.SortSpaceKB*1024*2, n.Rows()/n.Processes()*(n.PlanWidth+48))
				hits = append(hits, spill(c, n, fmt.Sprintf("a sort of %s spilled %s to disk", count(n.Rows(), "row"), units.Bytes(int64(n.SortSpaceKB)*1024)), n.SortSpaceKB*1024, needed))
			}
			return hits
		},
	}
}
