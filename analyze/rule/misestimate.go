package rule

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
	"github.com/pgassay/pgassay/internal/units"
)

func misestimate() Rule {
	return Rule{
		ID:    "misestimate",
		Title: "the planner expected a very different number of rows",
		About: "Every choice in a plan rests on expected row counts. Where one is off by an order of magnitude, joins, memory and scans above it are chosen for a " +
			"query that is not this one. It is reported at the node where it starts.",
		Silent: "few rows are concerned; the rows are found by a comparison with another table's column that is no equality, for which no statistics are kept; a LIMIT or a semi-join stopped the node early; an input of the node is off already; nothing above ran out of memory, and no join above could have been chosen by it: a hash or merge join that gets more rows than expected is the right one all the more.",
		Advice: "ANALYZE first. Columns that depend on each other need extended statistics (CREATE STATISTICS), an expression needs statistics on it, a skewed column a higher statistics target.",
		Thresholds: []Threshold{
			{"note", 10, "", "times more or fewer rows than expected: a note from"},
			{"warning", 100, "", "a warning from"},
			{"error", 1000, "", "an error from"},
			{"rows", 100, "rows", "rows expected or got, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes() {
				off, starts := c.startsMisestimate(n)
				severity := bySteps(off, c.limit("note"), c.limit("warning"), c.limit("error"))
				if severity == "" || !starts || max(n.ActualRows, n.PlanRows) < c.limit("rows") || !c.matters() || !c.decides(n) {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Table: tableOf(n), Severity: severity,
					Title:    fmt.Sprintf("%s: %s rows expected, %s found", n.Label(), units.Count(int64(n.PlanRows)), units.Count(int64(math.Round(n.ActualRows)))),
					Columns:  c.filterColumns(n),
					Evidence: []report.Evidence{evidence("rows expected", n.PlanRows, "rows"), evidence("rows found", n.ActualRows, "rows"), evidence("times off", off, "")},
					Mend:     c.statisticsMend(n),
				})
			}
			return hits
		},
	}
}

// timesOff is by which factor the planner's expectation and the rows found differ, per loop; 1 if they agree or one of
// them does not tell: below one row per loop the planner rounds up.
func timesOff(n *plan.Node) float64 {
	if !n.Executed() {
		return 1
	}
	expected, found := math.Max(1, n.PlanRows), math.Max(1, n.ActualRows)
	return math.Max(expected/found, found/expected)
}

// startsMisestimate is how much a node is off, and whether it is the first to be: none of its inputs is off by as much.
func (c *Context) startsMisestimate(n *plan.Node) (off float64, starts bool) {
	if !n.Executed() || stoppedEarly(n) || n.Is("Limit", "Gather", "Gather Merge", "Hash", "Materialize", "Memoize", "ModifyTable", "LockRows", "BitmapAnd", "BitmapOr", "Bitmap Index Scan") {
		return 1, false
	}
	if byRangeOfOther(n) {
		return 1, false
	}
	off = timesOff(n)
	for _, input := range n.Inputs() {
		if input.Type == "Bitmap Index Scan" || input.Is("BitmapAnd", "BitmapOr") {
			continue
		}
		below := 1.0
		input.Walk(func(m *plan.Node) bool {
			if !m.Is("BitmapAnd", "BitmapOr", "Bitmap Index Scan") && m.Executed() {
				below = max(below, timesOff(m))
			}
			return true
		})
		if below > math.Sqrt(off) { // most of it is inherited
			return off, false
		}
	}
	// A semi-join's inner side or a merge join's end is read as far as needed only.
	if n.Parent != nil && n.Parent.Type == "Merge Join" && n.ActualRows < n.PlanRows {
		return off, false
	}
	return off, true
}

// byRangeOfOther tells whether a node's rows depend on a comparison with another table's column that is no equality. The
// planner takes a fixed share for it, and no statistics would tell it more.
func byRangeOfOther(n *plan.Node) bool {
	for _, e := range conditions(n.IndexCond, n.Filter, n.RecheckCond, n.JoinFilter) {
		op, ok := e.(expr.Op)
		if !ok || op.Name == "=" || op.Left == nil {
			continue
		}
		left, right := expr.Columns(op.Left), expr.Columns(op.Right)
		if len(left) > 0 && len(right) > 0 && left[0].Table != right[0].Table {
			return true
		}
	}
	return false
}

// decides tells whether a wrong number at this node can have led the planner astray: something above had too little
// memory, or a join above was chosen by it. That is any join where fewer rows came than expected; where more came, a nested
// loop that repeats its inner side for each of them.
func (c *Context) decides(n *plan.Node) bool {
	if !n.IsScan() && !n.IsJoin() && !n.Is("Aggregate", "Group", "Unique", "Recursive Union", "ProjectSet", "SetOp", "WindowAgg") {
		return false
	}
	more := n.ActualRows > n.PlanRows
	for below, above := n, n.Parent; above != nil; below, above = above, above.Parent {
		switch {
		case above.SortOnDisk, above.HashBatches > 1, above.DiskUsageKB > 0:
			return true
		case above.IsJoin() && (!more || above.Type == "Nested Loop" && below == above.Outer()):
			return true
		}
	}
	return false
}

// filterColumns are the columns of the node's own table that its conditions read.
func (c *Context) filterColumns(n *plan.Node) []string {
	var columns []string
	if n.Relation == "" {
		return nil
	}
	for _, e := range conditions(n.IndexCond, n.Filter) {
		for _, column := range expr.Columns(e) {
			own := column.Table == "" || column.Table == n.Alias || column.Table == n.Relation
			if own && !slices.Contains(columns, column.Name) {
				columns = append(columns, column.Name)
			}
		}
	}
	return columns
}

// statisticsMend says which statistics would have told the planner.
func (c *Context) statisticsMend(n *plan.Node) report.Mend {
	table := tableOf(n)
	if table == "" {
		return report.Mend{Kind: "maintenance", Text: "ANALYZE the tables that are joined here. If that does not help, the joined columns depend on each other: put the selective part into a CTE AS MATERIALIZED, or split the statement."}
	}
	var quoted []string
	for _, column := range c.filterColumns(n) {
		quoted = append(quoted, sqltext.QuoteIdent(column))
	}
	for _, e := range conditions(n.Filter) {
		if op, ok := e.(expr.Op); ok && op.Left != nil {
			switch op.Left.(type) {
			case expr.Call, expr.Cast, expr.Op:
				if text, ok := expr.Show(op.Left); ok && len(expr.Columns(op.Left)) > 0 {
					return report.Mend{
						Kind: "maintenance", SQL: fmt.Sprintf("CREATE STATISTICS %s ON (%s) FROM %s;\nANALYZE %s;", statisticsName(n, "expr"), text, table, table),
						Text: "The planner knows nothing of what the expression gives: make statistics on it (PostgreSQL 14 and later), or compare the plain column.",
					}
				}
			}
		}
	}
	switch len(quoted) {
	case 0:
		return report.Mend{Kind: "maintenance", SQL: "ANALYZE " + table + ";", Text: "ANALYZE the table."}
	case 1:
		return report.Mend{
			Kind: "maintenance", SQL: fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET STATISTICS 1000;\nANALYZE %s;", table, quoted[0], table),
			Text: "ANALYZE the table; if its values are skewed, with a higher statistics target for the column.",
		}
	}
	return report.Mend{
		Kind: "maintenance", SQL: fmt.Sprintf("CREATE STATISTICS %s ON %s FROM %s;\nANALYZE %s;", statisticsName(n, strings.Join(c.filterColumns(n), "_")), strings.Join(quoted, ", "), table, table),
		Text: "The columns depend on each other, and the planner takes them for independent: make extended statistics.",
	}
}

// statisticsName proposes a name for extended statistics: before PostgreSQL 16 they need one.
func statisticsName(n *plan.Node, of string) string {
	name := n.Relation + "_" + of
	return sqltext.QuoteIdent(strings.ToValidUTF8(name[:min(len(name), 58)], "") + "_stat")
}
