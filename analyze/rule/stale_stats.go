package rule

import (
	"fmt"
	"math"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func staleStats() Rule {
	return Rule{
		ID:    "stale-stats",
		Title: "the planner's statistics of a table are missing or old",
		About: "Plans are chosen by statistics that ANALYZE makes. Without them, or with ones from before a great change, every other judgement of a plan is one of a plan " +
			"that would not be chosen: so this comes first.",
		Silent: "the table is small; the row counts that the plan rests on are right all the same.",
		Advice: "ANALYZE the table. If that helps, let autovacuum do it more often (autovacuum_analyze_scale_factor).",
		Thresholds: []Threshold{
			{"modified", 0.2, "ratio", "share of the rows that changed since, at least"},
			{"rows", 1000, "rows", "rows of the table, at least"},
			{"off", 3, "", "times more or fewer rows than expected, at least, if the table was analysed once"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			seen := map[*catalog.Table]bool{}
			for _, n := range c.nodes() {
				t := c.table(n)
				if t == nil || seen[t] || !n.IsScan() || t.Kind == "p" || !c.matters() {
					continue
				}
				rows := max(t.Rows, t.LiveRows)
				if n.Executed() && !stoppedEarly(n) {
					rows = max(rows, scanned(n)/max(1, perExecution(n)))
				}
				if rows < c.limit("rows") {
					continue
				}
				var title string
				switch {
				case !t.Analysed:
					title = fmt.Sprintf("%s was never analysed", t.Qualified())
				case t.ModifiedSince >= c.limit("modified")*rows && changed(t, c.limit("modified")) && c.countsWrong(n, t):
					title = fmt.Sprintf("%s changed by %s since it was analysed", t.Qualified(), report.Percent(math.Min(t.ModifiedSince/math.Max(1, t.Rows), 99)).Text)
				default:
					continue
				}
				seen[t] = true
				hit := Hit{
					Node: n, Table: t.Qualified(), Title: title, Severity: report.Warning,
					Evidence: []report.Evidence{
						evidence("rows expected in the table", t.Rows, "rows"), evidence("rows in it", rows, "rows"), evidence("rows changed since", t.ModifiedSince, "rows"),
					},
					Mend: report.Mend{Kind: "maintenance", SQL: fmt.Sprintf("ANALYZE %s;", t.Qualified()), Text: "Analyse the table; everything else about its statements is to be looked at again after that."},
				}
				for above := n.Parent; above != nil; above = above.Parent {
					hit.Scope = append(hit.Scope, above)
				}
				hits = append(hits, hit)
			}
			return hits
		},
	}
}

// countsWrong tells whether the old statistics mislead: the table has grown or shrunk, or the scan found other row
// counts than expected. The counter of changes alone can be wrong: the server may count changes that ANALYZE has seen.
func (c *Context) countsWrong(n *plan.Node, t *catalog.Table) bool {
	if !n.Executed() || stoppedEarly(n) {
		return t.LiveRows > 0 && math.Abs(t.LiveRows-t.Rows) >= c.limit("modified")*t.LiveRows
	}
	if n.Type == "Seq Scan" {
		read := scanned(n) / max(1, perExecution(n))
		if math.Abs(read-t.Rows) >= c.limit("modified")*max(read, t.Rows) {
			return true
		}
	}
	// Conditions on several columns are misjudged with the best of statistics.
	return len(c.filterColumns(n)) == 1 && timesOff(n) >= c.limit("off") && max(n.PlanRows, n.ActualRows) >= 100
}

// changed tells whether something else than the counter of changes says so, too. The counter can be wrong: the server
// adds what a session did to it up to a second later, so that rows loaded just before ANALYZE count as new after it.
func changed(t *catalog.Table, share float64) bool {
	return t.Pages >= (1+share/2)*t.AnalysedPages || t.Updates+t.Deletes >= share*t.Rows
}
