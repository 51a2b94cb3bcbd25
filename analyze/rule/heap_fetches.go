package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func heapFetches() Rule {
	return Rule{
		ID:    "heap-fetches",
		Title: "an index-only scan visits the table all the same",
		About: "An index-only scan may skip the table only where the visibility map says that every row of a page is visible to all. VACUUM keeps that map; " +
			"after many changes, or on a table that only ever grows and was never vacuumed, it does not.",
		Silent: "few rows are fetched.",
		Advice: "VACUUM the table, and let autovacuum do so more often (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor).",
		Thresholds: []Threshold{
			{"note", 0.1, "ratio", "share of rows fetched from the table: a note from"},
			{"warning", 0.4, "ratio", "a warning from"},
			{"error", 0.9, "ratio", "an error from"},
			{"fetches", 1000, "rows", "rows fetched, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Index Only Scan") {
				if !n.Executed() || n.HeapFetches < c.limit("fetches") || !c.counts(n) {
					continue
				}
				share := n.HeapFetches / max(n.HeapFetches, scanned(n))
				severity := bySteps(share, c.limit("note"), c.limit("warning"), c.limit("error"))
				if severity == "" {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), Severity: severity,
					Title:    fmt.Sprintf("the index-only scan on %s fetches %s rows from the table", tableOf(n), units.Count(int64(n.HeapFetches))),
					Evidence: []report.Evidence{evidence("heap fetches", n.HeapFetches, "rows"), evidence("share of rows", share, "ratio"), evidence("pages read", n.SelfBuffers().Pages(), "pages")},
					Mend:     report.Mend{Kind: "maintenance", SQL: fmt.Sprintf("VACUUM %s;", tableOf(n)), Text: "Vacuum the table, and have autovacuum do so more often."},
				})
			}
			return hits
		},
	}
}
