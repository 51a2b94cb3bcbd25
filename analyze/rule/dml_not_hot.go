package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
)

func dmlNotHot() Rule {
	return Rule{
		ID:    "dml-not-hot",
		Title: "updates touch every index",
		About: "An update that changes no indexed column and finds room on the row's page is a heap-only one: no index is touched. All others add an entry to each index " +
			"of the table, write more WAL, and leave more to vacuum.",
		Silent: "the statements update nothing in the table; few updates were counted; most were heap-only.",
		Advice: "Leave room on the pages (fillfactor 80 to 90), and drop indexes on columns that change often and are not looked for.",
		Thresholds: []Threshold{
			{"hot", 0.5, "ratio", "share of heap-only updates, below"},
			{"updates", 100, "rows", "updates counted, at least"},
		},
		Tables: func(t *Tables) []Hit {
			var hits []Hit
			for _, table := range t.Catalog.Sorted() {
				if !t.Updated[table.Qualified()] || table.Updates < t.limit("updates") || table.HotUpdates >= t.limit("hot")*table.Updates {
					continue
				}
				hits = append(hits, Hit{
					Severity: report.Note, Table: table.Qualified(),
					Title: fmt.Sprintf("%s of the updates of %s touch every index", report.Percent(1-table.HotUpdates/table.Updates).Text, table.Qualified()),
					Evidence: []report.Evidence{
						evidence("updates", table.Updates, "rows"), evidence("heap-only updates", table.HotUpdates, "rows"),
						evidence("indexes", float64(len(table.Indexes)), "count"), evidence("fillfactor", table.FillFactor, ""),
					},
					Mend: report.Mend{
						Kind: "maintenance", SQL: fmt.Sprintf("ALTER TABLE %s SET (fillfactor = 85);", table.Qualified()),
						Text: "Leave room on the pages, for new ones and after the next rewrite of the table, and drop indexes on columns that change often.",
					},
				})
			}
			return hits
		},
	}
}
