package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func deepOffset() Rule {
	return Rule{
		ID:     "deep-offset",
		Title:  "rows are read to be skipped",
		About:  "OFFSET reads all the rows that it skips. Page by page that is quadratic, and rows that come or go between two pages are shown twice or never.",
		Silent: "few rows are skipped.",
		Advice: "Use keyset pagination: remember the last row's sort key and ask for what comes after it, WHERE (key, id) > ($1, $2) ORDER BY key, id LIMIT n.",
		Thresholds: []Threshold{
			{"rows", 1000, "rows", "rows skipped, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Limit") {
				input := n.Outer()
				if input == nil || !n.Executed() {
					continue
				}
				skipped := input.Rows() - n.Rows()
				if skipped < c.limit("rows") {
					continue
				}
				hit := Hit{
					Node: n, Severity: report.Warning,
					Title:    fmt.Sprintf("OFFSET reads and skips %s", count(skipped, "row")),
					Evidence: []report.Evidence{evidence("rows skipped", skipped, "rows"), evidence("rows returned", n.Rows(), "rows"), evidence("pages read", n.Buffers.Pages(), "pages")},
					Mend: report.Mend{
						Kind: "rewrite", SQL: "-- … WHERE (sort_key, id) > ($last_sort_key, $last_id) ORDER BY sort_key, id LIMIT n",
						Text: "Use keyset pagination: ask for what comes after the last row of the page before.",
					},
				}
				input.Walk(func(m *plan.Node) bool {
					hit.Scope = append(hit.Scope, m)
					if hit.Table == "" && m.IsScan() {
						hit.Table = tableOf(m)
					}
					return true
				})
				hits = append(hits, hit)
			}
			return hits
		},
	}
}
