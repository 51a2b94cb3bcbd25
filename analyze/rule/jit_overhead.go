package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func jitOverhead() Rule {
	return Rule{
		ID:    "jit-overhead",
		Title: "compiling the statement took much of its time",
		About: "Just-in-time compilation pays for statements that compute for seconds. The planner decides by estimated cost, so that an overestimated or a partitioned " +
			"statement is compiled for nothing.",
		Silent: "compilation is a small part.",
		Advice: "Switch jit off for this statement or this role, or raise jit_above_cost. Where the cost was overestimated, see misestimate.",
		Thresholds: []Threshold{
			{"warning", 0.3, "ratio", "share of the execution time: a warning from"},
			{"error", 0.5, "ratio", "an error from"},
			{"milliseconds", 5, "", "milliseconds of compilation, at least"},
		},
		Check: func(c *Context) []Hit {
			p := c.Plan
			if p.JIT.TotalMS < c.limit("milliseconds") || p.TotalMS() <= 0 {
				return nil
			}
			share := p.JIT.TotalMS / p.TotalMS()
			severity := bySteps(share, 2, c.limit("warning"), c.limit("error"))
			if severity == "" {
				return nil
			}
			return []Hit{{
				Severity: severity, Title: fmt.Sprintf("compiling took %s of the time", units.Percent(min(1, share))),
				Evidence:   []report.Evidence{evidence("compilation", p.JIT.TotalMS*1e6, "ns"), evidence("functions compiled", float64(p.JIT.Functions), "count"), evidence("share of time", min(1, share), "ratio")},
				Mend:       report.Mend{Kind: "setting", SQL: "SET LOCAL jit = off;", Text: "Switch jit off for this statement or role, or raise jit_above_cost."},
				Experiment: &Experiment{Settings: map[string]string{"jit": "off"}, Method: "with jit off"},
			}}
		},
	}
}
