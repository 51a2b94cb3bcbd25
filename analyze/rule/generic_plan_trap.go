package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func genericPlanTrap() Rule {
	return Rule{
		ID:    "generic-plan-trap",
		Title: "the plan for any value is far worse than the plan for this one",
		About: "After five executions of a prepared statement the server may take a plan that fits any value, if it expects it to be no dearer. Such a plan can't use a partial " +
			"index on the parameter's column, an index for LIKE $1, or the knowledge that a value is rare.",
		Silent: "the two plans are the same, or read about as much; the server would not choose the generic plan because it looks dearer.",
		Advice: "SET plan_cache_mode = force_custom_plan for this statement or role, or write the values that matter as constants.",
		Thresholds: []Threshold{
			{"times", 2, "", "times as many pages as with the plan for the value, at least"},
			{"pages", 100, "pages", "pages more, at least"},
		},
		Check: func(c *Context) []Hit {
			if c.Generic == nil || c.Custom == nil || !c.Generic.Analyzed || !c.Custom.Analyzed {
				return nil
			}
			custom, generic := c.Custom.Pages(), c.Generic.Pages()
			if generic < c.limit("times")*custom || generic-custom < c.limit("pages") || c.Generic.Root.TotalCost > 1.1*c.Custom.Root.TotalCost {
				return nil
			}
			return []Hit{{
				Severity: report.Warning, Table: tableOf(anyScan(c.Generic.Root)),
				Title: fmt.Sprintf("the generic plan reads %s pages, the plan for the value %s", units.Count(int64(generic)), units.Count(int64(custom))),
				Evidence: []report.Evidence{
					evidence("pages with the generic plan", generic, "pages"), evidence("pages with the plan for the value", custom, "pages"),
					evidence("time with the generic plan", c.Generic.TotalMS()*1e6, "ns"), evidence("time with the plan for the value", c.Custom.TotalMS()*1e6, "ns"),
				},
				Mend: report.Mend{Kind: "setting", SQL: "SET plan_cache_mode = force_custom_plan;", Text: "Keep the server from taking the generic plan, for this statement or role."},
			}}
		},
	}
}
