package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
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
			width := n.PlanWidth + c.outOfLine(n)
			if width < c.limit("width") || rows < c.limit("rows") || n.Type == "ModifyTable" {
				return nil
			}
			return []Hit{{
				Node: n, Severity: report.Warning, Table: tableOf(anyScan(n)),
				Title:    fmt.Sprintf("%s of about %s each are sent", count(rows, "row"), units.Bytes(int64(width))),
				Evidence: []report.Evidence{evidence("rows", rows, "rows"), evidence("bytes per row", width, "bytes"), evidence("bytes in all", rows*width, "bytes")},
				Mend:     report.Mend{Kind: "rewrite", Text: "Name the columns that are needed, and fetch fewer rows at a time."},
			}}
		},
	}
}

// outOfLine estimates the bytes per row that a plan's output fetches from TOAST storage, which the planner counts as a
// pointer of 18 bytes.
func (c *Context) outOfLine(root *plan.Node) float64 {
	bytes := 0.0
	for _, n := range c.nodes() {
		t := c.table(n)
		if t == nil || t.Rows <= 0 || t.ToastBytes == 0 || !n.IsScan() {
			continue
		}
		for _, text := range root.Output {
			e, err := expr.Parse(text)
			if err != nil {
				continue
			}
			column, plain := e.(expr.Column)
			if !plain || column.Table != "" && column.Table != n.Alias && column.Table != n.Relation {
				continue
			}
			if known := t.Column(column.Name); known != nil && known.Width < 100 && (known.Category == "S" || known.Category == "U") {
				bytes += t.ToastBytes / t.Rows
				break
			}
		}
	}
	return bytes
}
