package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func inListLarge() Rule {
	return Rule{
		ID:    "in-list-large",
		Title: "a long list of values is written into the statement",
		About: "Each element is parsed and planned anew, every length of the list is a statement of its own to pg_stat_statements and to the plan cache, and before PostgreSQL 14 " +
			"the list is compared element by element with each row.",
		Silent: "the list is one array parameter (= ANY ($1)), which has none of these costs.",
		Advice: "Bind the values as one array: = ANY ($1). For thousands of them join unnest($1).",
		Thresholds: []Threshold{
			{"elements", 100, "count", "elements, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for i := 0; i+1 < len(c.Tokens); i++ {
				if !c.Tokens[i].Is("in") || !c.Tokens[i+1].Is("(") {
					continue
				}
				elements, ok := listLength(c.Tokens[i+2:])
				if !ok || float64(elements) < c.limit("elements") {
					continue
				}
				hits = append(hits, Hit{
					Severity: report.Note,
					Title:    fmt.Sprintf("a list of %s values is written into the statement", units.Count(int64(elements))),
					Evidence: []report.Evidence{evidence("elements", float64(elements), "count"), evidence("planning time", c.Plan.PlanningMS*1e6, "ns")},
					Mend:     report.Mend{Kind: "rewrite", SQL: "-- … = ANY ($1), with one array as the parameter", Text: "Bind the values as one array."},
				})
			}
			return hits
		},
	}
}

// listLength counts the elements of a list up to its closing bracket; ok is false if a subquery is in it.
func listLength(tokens []expr.Token) (n int, ok bool) {
	depth := 0
	n = 1
	for _, t := range tokens {
		switch {
		case t.Is("select"), t.Is("values"), t.Is("table"), t.Is("with"):
			return 0, false
		case t.Is("("), t.Is("["):
			depth++
		case t.Is(")") && depth == 0:
			return n, true
		case t.Is(")"), t.Is("]"):
			depth--
		case t.Is(",") && depth == 0:
			n++
		}
	}
	return 0, false
}
