package rule

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func recheckLossy() Rule {
	return Rule{
		ID:    "recheck-lossy",
		Title: "a bitmap did not fit into memory",
		About: "The bitmap of the rows found by an index outgrew work_mem, so that it remembers whole pages only: every row on them is fetched and checked again. " +
			"A GIN index whose list of pending entries is long has the same effect.",
		Silent: "few rows are dropped by the recheck; the index is a BRIN, which knows no single rows.",
		Advice: "Raise work_mem for this statement. For a GIN index, switch fastupdate off or vacuum more often.",
		Thresholds: []Threshold{
			{"dropped", 0.5, "ratio", "share of the rows fetched that the recheck drops, at least"},
			{"blocks", 100, "pages", "lossy pages, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Bitmap Heap Scan") {
				dropped := n.RowsRemovedByRecheck * n.Loops
				fetched := scanned(n)
				if !n.Executed() || n.LossyHeapBlocks < c.limit("blocks") || dropped < c.limit("dropped")*fetched || !c.counts(n) {
					continue
				}
				if c.summarized(n) {
					continue
				}
				// TBM_ENTRIES: about 40 bytes a page, with room to grow.
				needed := (n.ExactHeapBlocks + n.LossyHeapBlocks) * 80
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n),
					Title:    fmt.Sprintf("the bitmap of rows in %s outgrew work_mem", tableOf(n)),
					Evidence: []report.Evidence{evidence("lossy pages", n.LossyHeapBlocks, "pages"), evidence("rows fetched", fetched, "rows"), evidence("rows dropped by the recheck", dropped, "rows")},
					Mend:     report.Mend{Kind: "setting", SQL: fmt.Sprintf("SET work_mem = '%dMB';", workMemMB(c, needed)), Text: "Give the statement more work_mem; for a GIN index also switch fastupdate off."},
				})
			}
			return hits
		},
	}
}

// summarized tells whether a bitmap comes from an index that knows ranges of pages and no rows (BRIN): it is lossy however
// much memory there is.
func (c *Context) summarized(n *plan.Node) bool {
	t, found := c.table(n), false
	if t == nil {
		return n.ExactHeapBlocks == 0
	}
	n.Walk(func(m *plan.Node) bool {
		found = found || slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool { return i.Name == m.Index && i.Method == "brin" })
		return true
	})
	return found
}

// workMemMB is a round number of megabytes that holds so many bytes, more than what is set now if that is known.
func workMemMB(c *Context, bytes float64) int {
	mb := 4
	if c.Catalog != nil && c.Catalog.Server.WorkMemKB > 0 {
		mb = int(c.Catalog.Server.WorkMemKB/1024) + 1
	}
	n := 8
	for float64(n)*(1<<20) < bytes || n < mb {
		n *= 2
	}
	return n
}
