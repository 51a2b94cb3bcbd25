package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func seqScanSelective() Rule {
	return Rule{
		ID:    "seq-scan-selective",
		Title: "a table is read whole for few of its rows",
		About: "A sequential scan reads every page of the table and then drops nearly every row. An index that finds the rows reads a few pages instead, " +
			"and the gap widens as the table grows. Where an index was found that serves the scan, missing-index says so instead.",
		Silent: "the table is small; a LIMIT, a semi-join or EXISTS stopped the scan early; indexes were tried and none helped (no-index-helps says so).",
		Advice: "Make the condition one that an index can serve: a plain column, compared with a value of its type.",
		Thresholds: []Threshold{
			{"kept", 0.05, "ratio", "share of the rows read that the scan keeps, at most"},
			{"pages", 1000, "pages", "pages that the scan reads, at least, or"},
			{"rows", 10000, "rows", "rows that it reads per loop, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Seq Scan") {
				read, keeps, pages, ok := c.scanOf(n)
				if !ok || n.Filter == "" || !c.counts(n) || keeps >= c.limit("kept")*read || stoppedEarly(n) {
					continue
				}
				if pages < c.limit("pages") && read < c.limit("rows") {
					continue
				}
				columns, mend := c.plainColumns(n)
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), Columns: columns, ByIndex: true,
					Title:    fmt.Sprintf("%s is read whole for %s of its rows", tableOf(n), report.Percent(keeps/read).Text),
					Evidence: []report.Evidence{evidence("rows read", read, "rows"), evidence("rows kept", keeps, "rows"), evidence("pages read", pages, "pages")},
					Mend:     mend,
				})
			}
			return hits
		},
	}
}

// scanOf is how many rows a scan reads and keeps per loop, and its pages per loop; from the statistics if it was not
// executed. ok is false if neither is known.
func (c *Context) scanOf(n *plan.Node) (read, keeps, pages float64, ok bool) {
	t := c.table(n)
	if n.Executed() {
		loops := max(1, perExecution(n))
		pages = n.SelfBuffers().Pages() / loops
		if !c.Plan.HasBuffers && t != nil {
			pages = t.Pages
		}
		return scanned(n) / loops, n.Rows() / loops, pages, scanned(n) > 0
	}
	if t == nil || c.Plan.Analyzed || t.Rows <= 0 {
		return 0, 0, 0, false
	}
	return t.Rows, n.PlanRows * n.Processes(), t.Pages, true
}

// plainColumns are the columns of a scan that are compared as they stand, those compared for equality first, and the
// index on them; without any the condition has to be rewritten.
func (c *Context) plainColumns(n *plan.Node) ([]string, report.Mend) {
	var equal, others []string
	for _, e := range conditions(n.Filter) {
		if or, ok := e.(expr.Logic); ok && or.Or {
			continue
		}
		for _, p := range predicatesOf(n, e) {
			column, plain := stripLabel(p.subject).(expr.Column)
			switch {
			case !plain || p.join || leadingWildcard(p) || !indexable(p.operator):
			case p.operator == "=":
				equal = append(equal, column.Name)
			default:
				others = append(others, column.Name)
			}
		}
	}
	columns := append(equal, others[:min(1, len(others))]...)
	t := c.table(n)
	switch {
	case len(columns) > 0 && t != nil && leads(t.Indexes, columns[0]):
		return columns, report.Mend{Kind: "maintenance", SQL: "ANALYZE " + tableOf(n) + ";", Text: fmt.Sprintf("The planner does not take the index on %s: see whether it expects the right number of rows.", quoted(columns[:1]))}
	case len(columns) == 0:
		return nil, report.Mend{Kind: "rewrite", Text: "Compare a plain column with a value of its type, so that an index can serve it, or index the expression; a partial index holds the rows of a rare value or state."}
	}
	return columns, report.Mend{
		Kind: "index", SQL: fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", tableOf(n), quoted(columns)),
		Text: "Index what the condition compares. pgassay analyze --verify tries it on the database.",
	}
}
