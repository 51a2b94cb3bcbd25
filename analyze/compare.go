package analyze

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pgassay/pgassay/analyze/baseline"
	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// How often a statement is run for a baseline: as often as a proof does, or until it has taken this long in all.
const (
	baselineRuns   = 7
	baselineLeast  = 3
	baselineBudget = 3 * time.Second
)

// Comparison is how a result does against a baseline.
type Comparison struct {
	Against string `json:"against"` // the baseline's file
	baseline.Comparison
	Known    int                `json:"known"`    // findings that the baseline has, too: they are left out
	Vanished []baseline.Finding `json:"vanished"` // findings that only the baseline has
}

// repeat runs the queries that were executed several times more, so that a baseline knows what their runs differ by.
func (r *Result) repeat(ctx context.Context, session *explain.Session) error {
	for i := range r.Statements {
		s := &r.Statements[i]
		if !s.Executed || s.result == nil || s.result.Class != explain.Query || s.result.Verdict.Level != explain.Run {
			continue
		}
		for start := time.Now(); len(s.runs) < baselineRuns && (len(s.runs) < baselineLeast || time.Since(start) < baselineBudget); {
			m, err := session.Measure(ctx, s.sql, s.result)
			if refused(err) {
				break // it is too slow now, or waits for a lock
			}
			if err != nil {
				return fmt.Errorf("run the statement at %s again: %w", s.Source, err)
			}
			s.runs = append(s.runs, m.Duration.Nanoseconds())
		}
	}
	return nil
}

// Baseline is what a later analysis can be held against.
func (r *Result) Baseline() *baseline.Baseline { return baseline.New(r.kept(), r.Findings) }

// kept writes the statements down as a baseline has them.
func (r *Result) kept() []baseline.Statement {
	statements := []baseline.Statement{}
	for _, s := range r.Statements {
		if s.Fingerprint == "" {
			continue
		}
		one := baseline.Statement{
			Fingerprint: s.Fingerprint, Statement: s.normalized, Source: s.Source, Executed: s.Executed, Cost: s.Cost, Rows: s.Rows, Pages: s.Pages, RunsNS: s.runs,
		}
		if s.result != nil && s.result.Plan != nil {
			one.Shape = lines(s.result.Plan)
		}
		if !s.Executed {
			one.Reason = s.Reason
		}
		statements = append(statements, one)
	}
	return statements
}

// lines are a plan's nodes, indented by their depth.
func lines(p *plan.Plan) []string {
	var all []string
	for _, n := range p.Nodes() {
		depth := 0
		for m := n; m.Parent != nil; m = m.Parent {
			depth++
		}
		all = append(all, strings.Repeat("  ", depth)+n.Label())
	}
	return all
}

// Against holds the result against a baseline, which name names: findings that it has are left out, and plans that changed
// for the worse become findings.
func (r *Result) Against(b *baseline.Baseline, name string, opts Options) {
	c := &Comparison{Against: name, Comparison: b.Compare(r.kept())}
	all := append([]Finding{}, r.Findings...)
	for _, i := range r.Ignored {
		all = append(all, i.finding)
	}
	c.Vanished = b.Vanished(all)
	fresh := []Finding{}
	for _, f := range r.Findings {
		if b.Knows(f) {
			c.Known++
			r.uncount(f)
			continue
		}
		fresh = append(fresh, f)
	}
	r.Findings = fresh
	for _, change := range c.Changes {
		if change.Verdict.Worse() && !opts.Rules.Off[rulePlanRegressed] {
			r.Findings = append(r.Findings, r.regressed(change, c.Speed))
		}
	}
	r.Comparison = c
	r.finish(opts)
}

const rulePlanRegressed = "plan-regressed"

// comparisonRules documents what only a comparison finds.
func comparisonRules() []rule.Rule {
	return []rule.Rule{{
		ID: rulePlanRegressed, Title: "a plan changed, and the statement does worse for it",
		About: "Against a baseline (--against) the statement has another plan, and it is slower, reads more pages or, where it is not executed, costs more. Times are compared run by " +
			"run, with the machine's speed taken out, which the statements with unchanged plans tell, and must differ by more than the runs of one plan do.",
		Silent: "the plan is the same, whatever the clock says; it takes less than 1 ms and fewer than 100 pages; times differ by no more than a tenth, a tenth of a millisecond or the noise, " +
			"or in fewer than six of seven pairs.",
		Advice: "See what changed: an index that is gone, statistics (ANALYZE), a setting, the amount of data.",
	}}
}

// regressed writes a change for the worse as a finding.
func (r *Result) regressed(c baseline.Change, speed float64) Finding {
	f := Finding{
		Rule: rulePlanRegressed, Severity: report.Warning, Fingerprint: c.Fingerprint, Source: c.Source, Location: c.Source, Node: c.NodeAfter, Estimated: c.Verdict == baseline.Dearer,
		Mend: report.Mend{Kind: "none", Text: "See what changed: an index that is gone, statistics (ANALYZE), a setting, the amount of data."},
	}
	for i := range r.Statements {
		if s := &r.Statements[i]; s.Fingerprint == c.Fingerprint {
			f.Statement, f.Count, f.Cost = s.Statement, s.Count, s.cost(1)
			s.Findings++
		}
	}
	evidence := func(name string, value float64, unit string) {
		f.Evidence = append(f.Evidence, report.Evidence{Name: name, Value: value, Unit: unit})
	}
	ratio := 1.0
	switch c.Verdict {
	case baseline.Slower:
		ratio = float64(c.AfterNS) / float64(max(1, c.BeforeNS))
	case baseline.More:
		ratio = c.PagesAfter / max(1, c.PagesBefore)
	case baseline.Dearer:
		ratio = c.CostAfter / max(1, c.CostBefore)
	}
	if ratio >= 10 {
		f.Severity = report.Error
	}
	became := "its plan changed"
	if c.NodeAfter == "" {
		became = "its plan is gone"
	}
	if c.NodeBefore != "" && c.NodeAfter != "" {
		became = fmt.Sprintf("%s became %s", c.NodeBefore, c.NodeAfter)
	}
	switch c.Verdict {
	case baseline.Stuck:
		f.Title = became + ", and the statement is no longer executed: " + c.Reason
	default:
		f.Title = fmt.Sprintf("%s, and the statement is %s: %.1f times", became, map[baseline.Verdict]string{
			baseline.Slower: "slower", baseline.More: "reading more pages", baseline.Dearer: "dearer by the planner's numbers",
		}[c.Verdict], ratio)
	}
	if c.Runs > 0 {
		evidence("time before", float64(c.BeforeNS), "ns")
		evidence("time after", float64(c.AfterNS), "ns")
		evidence("pairs", float64(c.Runs), "count")
		evidence("slower in", float64(c.Slower), "count")
		evidence("noise of the runs", c.Noise, "ratio")
	}
	if speed > 0 {
		evidence("the machine takes, of then", speed, "ratio")
	}
	evidence("pages before", c.PagesBefore, "pages")
	evidence("pages after", c.PagesAfter, "pages")
	if c.Verdict == baseline.Dearer || c.Verdict == baseline.Stuck {
		evidence("planner's cost before", c.CostBefore, "")
		evidence("planner's cost after", c.CostAfter, "")
	}
	return f
}

// blocks say how the result does against the baseline.
func (c *Comparison) blocks() []report.Block {
	text := fmt.Sprintf("Against %s: %s known and left out, %d vanished; %s with the same plan.", c.Against, plural(c.Known, "finding"), len(c.Vanished), plural(c.Same, "statement"))
	if c.Noise > 0 {
		text += fmt.Sprintf(" Runs of the same plan differ by %s.", report.Percent(c.Noise).Text)
	}
	if c.Speed > 0 {
		text += fmt.Sprintf(" The same plans take %.2f of the time that they took then.", c.Speed)
	}
	blocks := []report.Block{report.Heading{Level: 1, Text: "Against the baseline"}, report.Paragraph{Text: text}}
	if len(c.Changes) > 0 {
		blocks = append(blocks, c.table())
	}
	if len(c.Vanished) > 0 {
		var items []string
		for _, f := range c.Vanished {
			items = append(items, fmt.Sprintf("%s: %s [%s]", f.Severity, f.Title, f.Rule))
		}
		blocks = append(blocks, report.Paragraph{Text: "Vanished:"}, report.List{Items: items})
	}
	return blocks
}

func (c *Comparison) table() report.Table {
	t := report.Table{Columns: []report.Column{
		{Name: "where"}, {Name: "verdict"}, {Name: "before", Right: true}, {Name: "after", Right: true}, {Name: "pages before", Right: true}, {Name: "after", Right: true}, {Name: "plan or statement"},
	}}
	for _, change := range c.Changes {
		before, after := report.Text("-"), report.Text("-")
		if change.Runs > 0 {
			before, after = report.Duration(time.Duration(change.BeforeNS)), report.Duration(time.Duration(change.AfterNS))
		}
		what := shorten(change.Statement, 60)
		if change.NodeBefore != "" || change.NodeAfter != "" {
			what = change.NodeBefore + " → " + change.NodeAfter
		}
		t.Rows = append(t.Rows, []report.Value{
			report.Text(change.Source), report.Text(string(change.Verdict)), before, after, report.Count(int64(change.PagesBefore)), report.Count(int64(change.PagesAfter)), report.Text(what),
		})
	}
	return t
}
