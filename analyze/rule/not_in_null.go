package rule

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func notInNull() Rule {
	return Rule{
		ID:    "not-in-null",
		Title: "NOT IN over a column that may be NULL",
		About: "If the subquery gives a single NULL, NOT IN is true for no row at all, which is hardly ever meant. It also keeps the planner from using an anti-join: the " +
			"subquery is hashed if it fits into work_mem, and run per row if it does not.",
		Silent: "the column is NOT NULL and the subquery was hashed.",
		Advice: "Write NOT EXISTS (SELECT FROM … WHERE …): NULLs do no harm there, and the planner can use an anti-join.",
		Thresholds: []Threshold{
			{"loops", 100, "count", "times that a subquery over a NOT NULL column runs, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes() {
				for _, e := range n.Expressions() {
					m := notIn.FindStringSubmatch(e.Text)
					if m == nil || e.Name == "Output" {
						continue
					}
					sub := subplanNamed(n, m[2])
					if sub == nil {
						continue
					}
					hashed := m[1] != ""
					nullable, column, table := c.nullableOutput(sub)
					perRow := !hashed && sub.Executed() && perExecution(sub) >= c.limit("loops") && c.matters()
					if !nullable && !perRow {
						continue
					}
					hit := Hit{
						Node: n, Table: table, Severity: report.Warning,
						Title:    "NOT IN gives no row at all once its subquery gives a NULL",
						Evidence: []report.Evidence{evidence("times the subquery ran", perExecution(sub), "count")},
						Mend:     report.Mend{Kind: "rewrite", SQL: "-- … WHERE NOT EXISTS (SELECT FROM … WHERE …)", Text: "Write NOT EXISTS."},
					}
					if column != "" {
						hit.Columns = []string{column}
						hit.Title = fmt.Sprintf("NOT IN gives no row at all once %s.%s is NULL", table, column)
					}
					if !nullable {
						hit.Title = fmt.Sprintf("the subquery of a NOT IN runs %s", count(perExecution(sub), "time"))
					}
					if perRow {
						hit.Severity = report.Error
					}
					hit.Evidence = append(hit.Evidence, evidence("share of time", c.subtree(sub), "ratio"))
					sub.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
					hits = append(hits, hit)
				}
			}
			return hits
		},
	}
}

// notIn matches NOT (hashed SubPlan 1) of PostgreSQL 16 and before, and NOT (ANY (a = (hashed SubPlan 1).col1)) since.
var notIn = regexp.MustCompile(`NOT \((?:ANY \([^()]*(?:\([^()]*\)[^()]*)*= \()?(hashed )?(SubPlan \d+)\)`)

// subplanNamed finds the SubPlan of a node, or of one nearby, by its name.
func subplanNamed(n *plan.Node, name string) *plan.Node {
	for _, c := range n.Children {
		if c.Relationship == "SubPlan" && (c.Subplan == name || strings.HasPrefix(c.Subplan, name+" ")) {
			return c
		}
	}
	return nil
}

// nullableOutput tells whether the first column that a subquery gives may be NULL, and which it is. What can't be told
// counts as nullable only if it is not known to come from a constant.
func (c *Context) nullableOutput(sub *plan.Node) (nullable bool, column, table string) {
	if len(sub.Output) == 0 {
		return false, "", ""
	}
	e, err := expr.Parse(sub.Output[0])
	if err != nil {
		return false, "", ""
	}
	read, ok := e.(expr.Column)
	if !ok || c.Catalog == nil {
		return false, "", ""
	}
	sub.Walk(func(n *plan.Node) bool {
		if n.IsScan() && (read.Table == "" || read.Table == n.Alias || read.Table == n.Relation) && column == "" {
			if t := c.table(n); t != nil {
				if known := t.Column(read.Name); known != nil {
					column, table = known.Name, tableOf(n)
					nullable = !known.NotNull && !excludesNull(n, read.Name)
				}
			}
		}
		// The outer side's columns of an outer join may be NULL all the same; that is not looked into.
		return true
	})
	return nullable, column, table
}

// excludesNull tells whether a scan's conditions leave no NULL in a column: IS NOT NULL, or any strict comparison.
func excludesNull(n *plan.Node, column string) bool {
	for _, e := range conditions(n.Filter, n.IndexCond, n.RecheckCond) {
		switch e := e.(type) {
		case expr.Test:
			if c, ok := e.Arg.(expr.Column); ok && c.Name == column && e.What == "null" && e.Not {
				return true
			}
		case expr.Op:
			for _, side := range []expr.Expr{e.Left, e.Right} {
				if c, ok := side.(expr.Column); ok && c.Name == column && !strings.HasPrefix(e.Name, "is ") {
					return true
				}
			}
		case expr.Any:
			if c, ok := e.Left.(expr.Column); ok && c.Name == column {
				return true
			}
		}
	}
	return false
}
