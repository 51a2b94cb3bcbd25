package analyze

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/index"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

// missingIndex writes the finding of one advised index: of all the statements that it serves the one that gains most
// speaks.
func (r *Result) missingIndex(a index.Advice) Finding {
	gain := a.Gains[0]
	if a.Trial != nil {
		for _, g := range a.Gains {
			if g.Query == a.Trial.Query {
				gain = g
			}
		}
	}
	s := r.Statements[gain.Query]
	n := gain.Need.Node
	f := Finding{
		Rule: "missing-index", Severity: severity(s.result.Plan, n),
		Title:     fmt.Sprintf("%s has no index on %s", a.QualifiedTable(), strings.Join(a.Columns(), ", ")),
		Statement: s.Statement, Fingerprint: s.Fingerprint, Table: a.QualifiedTable(), Columns: a.Columns(), Count: s.Count,
		Estimated: a.Trial == nil,
		Mend: report.Mend{
			Kind: "index", SQL: a.Create(a.Name()),
			Text: fmt.Sprintf("Create the index. It will take about %s; DROP INDEX CONCURRENTLY %s is the way back.", report.Bytes(int64(a.Size)).Text, a.Name()),
		},
	}
	evidence := func(name string, value float64, unit string) {
		f.Evidence = append(f.Evidence, report.Evidence{Name: name, Value: value, Unit: unit})
	}
	evidence("table size", a.TableSize, "bytes")
	if n.Executed() {
		evidence("rows read", n.Rows()+n.Removed(), "rows")
		evidence("rows kept", n.Rows(), "rows")
		evidence("pages read", n.SelfBuffers().Pages(), "pages")
		if total := s.result.Plan.TotalMS(); total > 0 {
			evidence("share of time", min(1, n.SelfMS()/total), "ratio")
		}
	} else {
		evidence("rows read", a.TableRows, "rows")
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
			Method:   fmt.Sprintf("index built and rolled back, %d paired runs, faster in %d", t.Pairs, t.Faster),
			BeforeNS: t.Before.Nanoseconds(), AfterNS: t.After.Nanoseconds(), RowsEqual: t.RowsEqual, PlanChanged: t.PlanChanged,
		}
	} else {
		evidence("cost", gain.CostBefore, "")
		evidence("cost with the index", gain.CostAfter, "")
	}
	return f
}

// severity goes by the share of the statement's time, or of its pages or cost, that a node takes.
func severity(p *plan.Plan, n *plan.Node) report.Severity {
	share := 0.0
	switch {
	case n.Executed() && p.HasTiming && p.TotalMS() > 0:
		share = n.SelfMS() / p.TotalMS()
	case n.Executed() && p.Pages() > 0:
		share = n.SelfBuffers().Pages() / p.Pages()
	case p.Root.TotalCost > 0:
		share = n.TotalCost / p.Root.TotalCost
	}
	switch {
	case share >= 0.5:
		return report.Error
	case share >= 0.2:
		return report.Warning
	}
	return report.Note
}
