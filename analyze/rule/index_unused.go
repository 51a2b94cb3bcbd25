package rule

import (
	"fmt"
	"time"

	"github.com/pgassay/pgassay/internal/report"
)

func indexUnused() Rule {
	return Rule{
		ID:     "index-unused",
		Title:  "an index was never used",
		About:  "Every change keeps it up to date, every vacuum reads it, and no statement has scanned it since the server began to count.",
		Silent: "it is unique, belongs to a constraint or is the replica identity; the counters are younger than a week, or nobody knows how old they are; it is small.",
		Advice: "Make sure that it is used on no replica and in no yearly report, then drop it.",
		Thresholds: []Threshold{
			{"days", 7, "", "days since counting began, at least"},
			{"bytes", 1 << 20, "bytes", "size, at least"},
		},
		Tables: func(t *Tables) []Hit {
			var hits []Hit
			if t.Catalog.Server.StatsAge < time.Duration(t.limit("days")*24)*time.Hour {
				return nil
			}
			for _, table := range t.Catalog.Sorted() {
				for _, i := range table.Indexes {
					if i.Scans > 0 || !droppable(i) || i.SizeBytes < t.limit("bytes") {
						continue
					}
					hit := dropHit(table, i, nil, report.Note, fmt.Sprintf("%s was never used", i.Name))
					hit.Evidence = append(hit.Evidence, evidence("counting for", float64(t.Catalog.Server.StatsAge.Nanoseconds()), "ns"))
					hits = append(hits, hit)
				}
			}
			return hits
		},
	}
}
