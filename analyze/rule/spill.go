package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func spill(c *Context, n *plan.Node, title string, onDisk, needed float64) Hit {
	hit := Hit{
		Node: n, Title: title,
		Evidence: []report.Evidence{evidence("on disk", onDisk, "bytes"), evidence("memory needed", needed, "bytes"), evidence("share of time", c.share(n), "ratio")},
		Mend: report.Mend{
			Kind: "setting", SQL: fmt.Sprintf("SET LOCAL work_mem = '%dMB';", workMemMB(c, needed)),
			Text: "Give this statement more memory, or make it handle fewer or narrower rows.",
		},
	}
	if c.Catalog != nil {
		hit.Evidence = append(hit.Evidence, evidence("work_mem", float64(c.Catalog.Server.WorkMemKB)*1024, "bytes"))
	}
	return hit
}
