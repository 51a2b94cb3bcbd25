package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/units"
)

func aggSpill() Rule {
	return Rule{
		ID:     "agg-spill",
		Title:  "groups did not fit into memory",
		About:  "The groups of a hashed aggregate outgrew work_mem × hash_mem_multiplier, so that rows of further groups were written to temporary files.",
		Silent: "the aggregate takes little of the time; a few megabytes are written, which stay in the system's cache.",
		Advice: "Give this statement more work_mem; where the number of groups was misjudged, see misestimate. An index on the grouping columns lets the rows come in order.",
		Thresholds: []Threshold{
			{"kilobytes", 3072, "", "kilobytes on disk, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Aggregate") {
				if n.DiskUsageKB < c.limit("kilobytes") || !n.Executed() || !c.counts(n) {
					continue
				}
				hits = append(hits, spill(c, n, fmt.Sprintf("a hashed aggregate spilled %s to disk", units.Bytes(int64(n.DiskUsageKB)*1024)), n.DiskUsageKB*1024, (n.DiskUsageKB+n.PeakMemoryKB)*1024*2))
			}
			return hits
		},
	}
}
