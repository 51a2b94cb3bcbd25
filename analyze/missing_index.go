package analyze

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/index"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// missingIndex writes the finding of what was advised; the statement of this gain speaks for all that it serves.
func (r *Result) missingIndex(a index.Advice, gain index.Gain) Finding {
	s := r.Statements[gain.Query]
	need, table := gain.Need, a.Indexes[0].QualifiedTable()
	n := need.Node
	f := Finding{
		Rule: "missing-index", Severity: rule.SeverityOf(shareOf(s.result.Plan, need.Scans())),
		Title:     fmt.Sprintf("%s has no index on %s", table, strings.Join(a.Columns(), ", ")),
		Statement: s.Statement, Fingerprint: s.Fingerprint, Table: table, Columns: a.Columns(), Count: s.Count,
		Estimated: a.Trial == nil, Mend: createIndexes(a, r.showValues), Source: s.Source, Node: n.Label(),
	}
	f.Location, f.Excerpt = s.locate(n, a.Columns(), r.showValues)
	for _, g := range a.Gains {
		served := r.Statements[g.Query]
		f.Cost = addCost(f.Cost, served.cost(shareOf(served.result.Plan, g.Need.Scans())))
		if g.Query != gain.Query {
			location, _ := served.locate(g.Need.Node, a.Columns(), r.showValues)
			f.Related = append(f.Related, report.Related{What: report.AlsoServed, Location: location, Fingerprint: served.Fingerprint})
		}
	}
	evidence := func(name string, value float64, unit string) {
		f.Evidence = append(f.Evidence, report.Evidence{Name: name, Value: value, Unit: unit})
	}
	evidence("table size", need.Bytes(), "bytes")
	if need.Executed() {
		evidence("rows read", need.RowsRead(), "rows")
		evidence("rows kept", need.RowsKept(), "rows")
		evidence("pages read", need.PagesRead(), "pages")
		if total := s.result.Plan.TotalMS(); total > 0 {
			evidence("share of time", min(1, need.SelfMS()/total), "ratio")
		}
	} else {
		evidence("rows read", a.Table.Rows, "rows")
		evidence("rows kept", n.PlanRows, "rows")
	}
	if len(a.Gains) > 1 {
		evidence("statements served", float64(len(a.Gains)), "count")
	}
	if t := a.Trial; t != nil {
		evidence("pages read with the index", t.PagesAfter, "pages")
		evidence("index size", t.Size, "bytes")
		evidence("build time", float64(t.BuildTime.Nanoseconds()), "ns")
		f.Proof = &report.Proof{
			Method:   fmt.Sprintf("index built and rolled back, %d paired runs, faster in %d", t.Runs, t.Faster),
			BeforeNS: t.Before.Nanoseconds(), AfterNS: t.After.Nanoseconds(), RowsEqual: t.RowsEqual, PlanChanged: t.PlanChanged,
		}
	} else {
		evidence("planner's cost", gain.CostBefore, "")
		evidence("planner's cost with the index", gain.CostAfter, "")
	}
	return f
}

// createIndexes says how to make what was advised, what it takes, and the way back.
func createIndexes(a index.Advice, showValues bool) report.Mend {
	var create, drop []string
	hidden := false
	for _, d := range a.Indexes {
		if shown := d.Shown(); !showValues && shown.ID() != d.ID() {
			d, hidden = shown, true
		}
		create = append(create, d.Create(d.Name()))
		drop = append(drop, d.Name())
	}
	which := "the index"
	if len(create) > 1 {
		which = "the indexes, which the server combines"
	}
	text := fmt.Sprintf("Create %s: about %s. DROP INDEX CONCURRENTLY %s is the way back.", which, report.Bytes(int64(a.Size)).Text, strings.Join(drop, ", "))
	if hidden {
		text += " Put the statement's own value in the place of '?' (--show-values shows it)."
	}
	return report.Mend{
		Kind: "index", SQL: strings.Join(create, "\n"),
		Text: text,
	}
}
