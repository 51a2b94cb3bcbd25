package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func buffersPerRow() Rule {
	return Rule{
		ID:     "buffers-per-row",
		Title:  "many pages are read for each row",
		About:  "The scan looks at far more pages than its rows can fill: the table or index is full of dead rows or of room that deleted rows left.",
		Silent: "few pages are read; a LIMIT stopped the scan; the pages hold rows that a condition drops.",
		Advice: "VACUUM the table; find out what kept vacuum from doing so (long transactions, replication slots). An index that is mostly empty is rebuilt by REINDEX CONCURRENTLY.",
		Thresholds: []Threshold{
			{"pages", 100, "pages", "pages per row looked at, at least"},
			{"total", 1000, "pages", "pages in all, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Index Scan", "Index Only Scan", "Seq Scan", "Bitmap Heap Scan") {
				pages := n.SelfBuffers().Pages()
				rows := max(scanned(n), n.Loops)
				if !n.Executed() || n.Loops > 100 || pages < c.limit("total") || pages < c.limit("pages")*rows || !c.counts(n) {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n),
					Title:    fmt.Sprintf("%s pages of %s are read for %s", units.Count(int64(pages)), tableOf(n), count(scanned(n), "row")),
					Evidence: []report.Evidence{evidence("pages read", pages, "pages"), evidence("rows looked at", scanned(n), "rows")},
					Mend:     report.Mend{Kind: "maintenance", SQL: fmt.Sprintf("VACUUM (VERBOSE) %s;", tableOf(n)), Text: "Vacuum the table, and find out what kept autovacuum from it."},
				})
			}
			return hits
		},
	}
}
