package analyze

import (
	"cmp"
	"slices"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// cost is what a share of the statement takes in all its executions: those that its source timed or, if it timed none, as
// many as there are of the one that was measured. It is nil if nobody measured the statement.
func (s StatementResult) cost(share float64) *report.Cost {
	c := &report.Cost{Executions: s.timed, Counted: s.timed > 0}
	switch {
	case c.Counted:
		c.TimeNS = int64(float64(s.TotalNS) * share)
	case s.DurationNS > 0:
		c.Executions = max(s.Count, 1)
		c.TimeNS = int64(float64(s.DurationNS) * float64(c.Executions) * share)
	default:
		return nil
	}
	c.Pages = s.Pages * float64(c.Executions) * share
	c.Estimated = !s.Executed && share < 1 || c.Executions > 1 && (!c.Counted || share < 1 || c.Pages > 0)
	return c
}

// addCost is what two statements cost together.
func addCost(a, b *report.Cost) *report.Cost {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return &report.Cost{
		TimeNS: a.TimeNS + b.TimeNS, Executions: a.Executions + b.Executions, Pages: a.Pages + b.Pages,
		Counted: a.Counted && b.Counted, Estimated: a.Estimated || b.Estimated,
	}
}

// shareOf is which part of a plan some nodes are together, each counted once; all of it if there are none.
func shareOf(p *plan.Plan, nodes []*plan.Node) float64 {
	if len(nodes) == 0 {
		return 1
	}
	share := 0.0
	for i, n := range nodes {
		if !slices.Contains(nodes[:i], n) {
			share += rule.Share(p, n)
		}
	}
	return min(1, share)
}
