package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func walHeavy() Rule {
	return Rule{
		ID:    "wal-heavy",
		Title: "a change writes far more WAL than data",
		About: "Each index entry is logged, and the first change of a page after a checkpoint logs the whole page. Changes that are scattered over many pages, or touch many " +
			"indexes, write many times their own size.",
		Silent: "little WAL is written.",
		Advice: "Change rows in the order in which they lie, in one statement; drop unused indexes; let checkpoints come less often (max_wal_size); compress whole pages (wal_compression).",
		Thresholds: []Threshold{
			{"times", 10, "", "times the bytes of the rows changed, at least"},
			{"bytes", 1 << 20, "bytes", "bytes of WAL, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("ModifyTable") {
				input := n.Outer()
				if input == nil && len(n.Children) > 0 {
					input = n.Children[0]
				}
				if input == nil || n.WALBytes < c.limit("bytes") || input.Rows() < 1 {
					continue
				}
				width := input.PlanWidth
				if t := c.table(n); t != nil {
					width = 24
					for _, column := range t.Columns {
						width += column.Width
					}
				}
				data := input.Rows() * max(1, width)
				if n.WALBytes < c.limit("times")*data {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Severity: report.Note, Table: tableOf(n),
					Title:    fmt.Sprintf("changing %s of rows writes %s of WAL", units.Bytes(int64(data)), units.Bytes(int64(n.WALBytes))),
					Evidence: []report.Evidence{evidence("WAL", n.WALBytes, "bytes"), evidence("rows changed", input.Rows(), "rows"), evidence("whole pages in it", n.WALFPI*plan.PageBytes, "bytes")},
					Mend:     report.Mend{Kind: "setting", Text: "Change rows in the order in which they lie; drop unused indexes; let checkpoints come less often."},
				})
			}
			return hits
		},
	}
}
