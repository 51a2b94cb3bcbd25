package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func cartesian() Rule {
	return Rule{
		ID:     "cartesian",
		Title:  "two tables are joined without a condition",
		About:  "Every row of one side meets every row of the other. Mostly a join condition was forgotten, or written on the wrong alias.",
		Silent: "few rows come out; one side has a single row; one side is no table but a function or a list of values, such as a calendar.",
		Advice: "Add the missing condition. If the product is meant, write CROSS JOIN, and switch this rule off for the statement.",
		Thresholds: []Threshold{
			{"rows", 10000, "rows", "rows that come out, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Nested Loop") {
				outer, inner := n.Outer(), n.Inner()
				if outer == nil || inner == nil || n.JoinFilter != "" || n.JoinType != "Inner" && n.JoinType != "Left" && n.JoinType != "" {
					continue
				}
				produced, left, right := n.Rows(), outer.Rows(), inner.Rows()/max(1, inner.Loops)
				if !c.Plan.Analyzed {
					produced, left, right = n.PlanRows, outer.PlanRows, inner.PlanRows
				}
				if produced < c.limit("rows") || left < 2 || right < 2 || !c.matters() || dependsOn(inner, outer) || !readsTable(outer) || !readsTable(inner) {
					continue
				}
				var below []*plan.Node
				n.Walk(func(m *plan.Node) bool { below = append(below, m); return true })
				hits = append(hits, Hit{
					Node: n, Scope: below, Severity: report.Error, Table: tableOf(anyScan(inner)),
					Title:    fmt.Sprintf("%s and %s are joined without a condition", scanName(outer), scanName(inner)),
					Evidence: []report.Evidence{evidence("rows of one side", left, "rows"), evidence("rows of the other", right, "rows"), evidence("rows that come out", produced, "rows")},
					Mend:     report.Mend{Kind: "rewrite", Text: "Add the join condition that is missing; if the product is meant, write CROSS JOIN."},
				})
			}
			return hits
		},
	}
}

// dependsOn tells whether anything in inner looks at outer's rows.
func dependsOn(inner, outer *plan.Node) bool {
	aliases := map[string]bool{}
	outer.Walk(func(n *plan.Node) bool {
		if n.Alias != "" {
			aliases[n.Alias] = true
		}
		return true
	})
	depends := false
	inner.Walk(func(n *plan.Node) bool {
		for _, e := range n.Expressions() {
			if e.Name == "Output" {
				continue
			}
			for i, t := range expr.Scan(e.Text) {
				if (t.Kind == expr.Ident || t.Kind == expr.Quoted) && aliases[t.Text] {
					tokens := expr.Scan(e.Text)
					if i+1 < len(tokens) && tokens[i+1].Is(".") {
						depends = true
					}
				}
			}
		}
		// A function's arguments are in no condition: it may look at the outer row.
		if n.Is("Function Scan", "Table Function Scan", "Values Scan", "Result", "ProjectSet") {
			depends = true
		}
		return true
	})
	return depends
}

func anyScan(n *plan.Node) *plan.Node {
	found := n
	n.Walk(func(m *plan.Node) bool {
		if m.IsScan() && !found.IsScan() {
			found = m
		}
		return true
	})
	return found
}

func readsTable(n *plan.Node) bool { return anyScan(n).IsScan() }

func scanName(n *plan.Node) string {
	if scan := anyScan(n); scan.Relation != "" {
		return tableOf(scan)
	}
	return n.Label()
}
