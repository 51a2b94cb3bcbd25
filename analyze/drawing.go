package analyze

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// mostPlans bounds how many plans a page holds: those of statements with findings first.
const mostPlans = 100

// plans returns the plans of the statements, to be drawn, and how many were left out.
func (r *Result) plans() (plans []report.Plan, left int) {
	for _, withFindings := range []bool{true, false} {
		for _, s := range r.Statements {
			if (s.Findings > 0) != withFindings || s.result == nil || s.result.Plan == nil || s.result.Plan.Root == nil {
				continue
			}
			if len(plans) == mostPlans {
				left++
				continue
			}
			if p, err := r.drawing(s); err == nil {
				plans = append(plans, p)
			}
		}
	}
	return plans, left
}

// drawing is one statement's plan, its literals masked unless they may be shown.
func (r *Result) drawing(s StatementResult) (report.Plan, error) {
	mask := expr.Mask
	if r.showValues {
		mask = nil
	}
	data, err := s.result.Plan.JSON(plan.Rewrite{Expression: mask})
	if err != nil {
		return report.Plan{}, err
	}
	title := s.Source
	if s.Name != "" {
		title += " " + s.Name
	}
	if text := shorten(s.Statement, 60); text != "" {
		title = strings.TrimSpace(title + "  " + text)
	}
	return report.Plan{Title: title, Source: s.Source, Fingerprint: s.Fingerprint, JSON: string(data), SQL: s.Statement, Outline: outline(s.result.Plan, mask)}, nil
}

// outline writes a plan in lines: a node with its time and rows, and under it its conditions.
func outline(p *plan.Plan, mask func(string) string) string {
	var out strings.Builder
	if mask == nil {
		mask = func(s string) string { return s }
	}
	var write func(n *plan.Node, depth int)
	write = func(n *plan.Node, depth int) {
		indent := strings.Repeat("    ", depth)
		arrow := ""
		if depth > 0 {
			arrow = "->  "
		}
		if n.Subplan != "" {
			fmt.Fprintf(&out, "%s%s\n", indent, mask(n.Subplan))
		}
		fmt.Fprintf(&out, "%s%s%s  %s\n", indent, arrow, n.Label(), figures(p, n))
		for _, e := range n.Expressions() {
			if e.Name != "Output" {
				fmt.Fprintf(&out, "%s      %s: %s\n", indent, e.Name, mask(e.Text))
			}
		}
		for _, c := range n.Children {
			write(c, depth+1)
		}
	}
	write(p.Root, 0)
	return out.String()
}

// figures says what a node took itself, or what the planner expects of it.
func figures(p *plan.Plan, n *plan.Node) string {
	switch {
	case !p.Analyzed:
		return fmt.Sprintf("(expected: %s rows, cost %s)", units.Count(int64(n.PlanRows)), units.Count(int64(n.TotalCost)))
	case !n.Executed():
		return "(never executed)"
	}
	parts := []string{units.Count(int64(n.Rows())) + " rows", units.Count(int64(n.EstimatedRows())) + " expected"}
	if p.HasTiming {
		parts = append([]string{units.Duration(time.Duration(n.SelfMS() * float64(time.Millisecond)))}, parts...)
	}
	if p.HasBuffers {
		parts = append(parts, units.Count(int64(n.SelfBuffers().Pages()))+" pages")
	}
	if n.Loops != 1 {
		parts = append(parts, units.Count(int64(n.Loops))+" loops")
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
