package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func wideRow() Rule {
	return Rule{
		ID:     "wide-row",
		Title:  "many wide rows are sent",
		About:  "SELECT * brings every column over the network and out of TOAST storage, whether or not it is used.",
		Silent: "few rows, or narrow ones.",
		Advice: "Name the columns that are needed.",
		Thresholds: []Threshold{
			{"width", 2000, "bytes", "bytes per row as the planner expects, at least"},
			{"rows", 10000, "rows", "rows, at least"},
		},
		Check: func(c *Context) []Hit {
			n := c.Plan.Root
			rows := n.Rows()
			if !c.Plan.Analyzed {
				rows = n.PlanRows
			}
			if n.PlanWidth < c.limit("width") || rows < c.limit("rows") || n.Type == "ModifyTable" {
				return nil
			}
			return []Hit{{
				Node: n, Severity: report.Warning, Table: tableOf(anyScan(n)),
				Title:    fmt.Sprintf("%s of about %s each are sent", count(rows, "row"), units.Bytes(int64(n.PlanWidth))),
				Evidence: []report.Evidence{evidence("rows", rows, "rows"), evidence("bytes per row", n.PlanWidth, "bytes"), evidence("bytes in all", rows*n.PlanWidth, "bytes")},
				Mend:     report.Mend{Kind: "rewrite", Text: "Name the columns that are needed, and fetch fewer rows at a time."},
			}}
		},
	}
}
