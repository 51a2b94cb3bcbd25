package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
)

func coldRead() Rule {
	return Rule{
		ID:     "cold-read",
		Title:  "most of the time goes into reading from disk",
		About:  "The pages were not in memory. If that is so each time, the working set does not fit into it; if not, the measurement says how the statement does after a restart.",
		Silent: "track_io_timing is off, so that the server does not know; few pages are read.",
		Advice: "Read fewer pages: an index, a covering index, narrower rows. Then look at shared_buffers and at the machine's memory.",
		Thresholds: []Threshold{
			{"share", 0.5, "ratio", "share of the time spent reading, at least"},
			{"milliseconds", 10, "", "milliseconds spent reading, at least"},
			{"pages", 1000, "pages", "pages read, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			total := c.Plan.TotalMS()
			for _, n := range c.nodes() {
				own := n.SelfBuffers()
				spent := own.ReadMS / n.Processes()
				if !n.Executed() || total <= 0 || spent < c.limit("milliseconds") || spent < c.limit("share")*total || own.SharedRead < c.limit("pages") {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Severity: report.Note, Table: tableOf(n),
					Title:    fmt.Sprintf("reading from disk takes %s of the time", report.Percent(min(1, spent/total)).Text),
					Evidence: []report.Evidence{evidence("time spent reading", spent*1e6, "ns"), evidence("pages read from disk", own.SharedRead, "pages"), evidence("pages found in memory", own.SharedHit, "pages")},
					Mend:     report.Mend{Kind: "none", Text: "Read fewer pages, or give the server more memory."},
				})
			}
			return hits
		},
	}
}
