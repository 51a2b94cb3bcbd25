package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func planningDominates() Rule {
	return Rule{
		ID:     "planning-dominates",
		Title:  "planning takes longer than executing",
		About:  "Many joins, many partitions, many indexes or a long list of values make planning dear, and it is done for every execution.",
		Silent: "planning takes a few milliseconds; planned again, in a session that has read the catalogs, it does.",
		Advice: "Prepare the statement, so that its plan is kept; join fewer tables; name the partition key; drop indexes that nobody uses.",
		Thresholds: []Threshold{
			{"milliseconds", 10, "", "milliseconds of planning, at least"},
			{"share", 0.5, "ratio", "share of planning and execution together, at least"},
		},
		Check: func(c *Context) []Hit {
			p := c.Plan
			if !p.Analyzed || p.PlanningMS < c.limit("milliseconds") || p.PlanningMS < c.limit("share")*(p.PlanningMS+p.TotalMS()) {
				return nil
			}
			share := p.PlanningMS / (p.PlanningMS + p.TotalMS())
			return []Hit{{
				Severity: report.Warning, Title: fmt.Sprintf("planning takes %s of the time", units.Percent(share)),
				Evidence: []report.Evidence{evidence("planning time", p.PlanningMS*1e6, "ns"), evidence("execution time", p.TotalMS()*1e6, "ns"), evidence("pages read while planning", p.Planning.Pages(), "pages")},
				Mend:     report.Mend{Kind: "rewrite", Text: "Prepare the statement, so that its plan is kept, or make it simpler to plan."},
				Again:    true,
			}}
		},
	}
}
