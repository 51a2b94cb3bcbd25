package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func orAcross() Rule {
	return Rule{
		ID:    "or-across",
		Title: "an OR joins conditions on different columns",
		About: "One index serves conditions that all have to hold, not ones of which any may. With an index on each column the server can combine two of them; where the " +
			"columns belong to two tables, or one side of the OR is a subquery, not even that.",
		Silent: "the columns are indexed, so that the server combines them (BitmapOr); the scan keeps many of its rows or is cheap.",
		Advice: "Index each of the columns, or write a UNION of two statements, one for each side of the OR.",
		Thresholds: append(selective(),
			Threshold{"pairs", 10000, "rows", "pairs that a join looks at because of an OR over two tables, at least"}),
		Check: func(c *Context) []Hit { return append(c.orOverColumns(), c.orOverTables()...) },
	}
}

func (c *Context) orOverColumns() []Hit {
	var hits []Hit
	for _, n := range c.nodes("Seq Scan") {
		read, keeps, pages, ok := c.scanOf(n)
		if !ok || !c.counts(n) || read < c.limit("rows") || keeps > c.limit("kept")*read || stoppedEarly(n) {
			continue
		}
		all := conditions(n.Filter)
		if len(all) != 1 { // another condition that has to hold may be the better one to index
			continue
		}
		if hit, ok := c.orWithSubquery(n, all[0]); ok {
			hits = append(hits, hit)
			continue
		}
		columns, arms := armColumns(n, all[0])
		if len(columns) < 2 {
			continue
		}
		mend := report.Mend{Kind: "index", Text: "Index each of the columns, so that the server can combine them, or write a UNION."}
		var create []string
		for _, column := range columns {
			if t := c.table(n); t == nil || !leads(t.Indexes, column) {
				create = append(create, fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", tableOf(n), quoted([]string{column})))
			}
		}
		mend.SQL = strings.Join(create, "\n")
		if len(create) == 0 {
			mend = report.Mend{Kind: "rewrite", SQL: "-- SELECT … WHERE first condition UNION SELECT … WHERE second condition", Text: "Write a UNION of two statements, one for each side of the OR."}
		}
		hits = append(hits, Hit{
			Node: n, Table: tableOf(n), Columns: columns,
			Title:    fmt.Sprintf("an OR over %s makes the server read the whole table", strings.Join(columns, " and ")),
			Evidence: []report.Evidence{evidence("conditions", float64(arms), "count"), evidence("rows read", read, "rows"), evidence("rows kept", keeps, "rows"), evidence("pages read", pages, "pages")},
			Mend:     mend,
		})
	}
	return hits
}

// orWithSubquery judges an OR of a subquery and conditions on columns: an index serves only the latter, so that the table
// is read whole, however few rows they give.
func (c *Context) orWithSubquery(n *plan.Node, e expr.Expr) (Hit, bool) {
	or, ok := e.(expr.Logic)
	if !ok || !or.Or {
		return Hit{}, false
	}
	plain := expr.Logic{Or: true}
	for _, arm := range or.Args {
		if !readsPlan(arm) {
			plain.Args = append(plain.Args, arm)
		}
	}
	columns, _ := armColumns(n, plain)
	if len(columns) == 0 || len(plain.Args) == len(or.Args) {
		return Hit{}, false
	}
	read, keeps, pages, _ := c.scanOf(n)
	hit := Hit{
		Node: n, Table: tableOf(n), Columns: columns,
		Title:    fmt.Sprintf("an OR over %s and a subquery makes the server read the whole table", strings.Join(columns, " and ")),
		Evidence: []report.Evidence{evidence("conditions", float64(len(or.Args)), "count"), evidence("rows read", read, "rows"), evidence("rows kept", keeps, "rows"), evidence("pages read", pages, "pages")},
		Mend:     report.Mend{Kind: "rewrite", SQL: "-- SELECT … WHERE condition UNION SELECT … WHERE … IN (SELECT …)", Text: "Write a UNION of two statements, one for each side of the OR, the subquery as a join."},
	}
	for _, child := range n.Children {
		child.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
	}
	return hit, true
}

// readsPlan tells whether a condition is a subquery's result, or compares with one.
func readsPlan(e expr.Expr) bool {
	switch e := e.(type) {
	case expr.Plan:
		return strings.HasPrefix(e.Name, "SubPlan")
	case expr.Any:
		_, ok := e.Right.(expr.Plan)
		return ok
	}
	return false
}

// armColumns returns the columns that the arms of an OR compare, one each, if an index could serve every arm.
func armColumns(n *plan.Node, e expr.Expr) (columns []string, arms int) {
	or, ok := e.(expr.Logic)
	if !ok || !or.Or {
		return nil, 0
	}
	for _, arm := range or.Args {
		found := ""
		for _, e := range expr.Conjuncts(arm) {
			for _, p := range predicatesOf(n, e) {
				subject := stripLabel(p.subject)
				if column, plain := subject.(expr.Column); plain && indexable(p.operator) && p.operator != "" && !p.join && !leadingWildcard(p) && found == "" {
					found = column.Name
				}
			}
		}
		if found == "" {
			return nil, 0
		}
		if !slices.Contains(columns, found) {
			columns = append(columns, found)
		}
	}
	return columns, len(or.Args)
}

// orOverTables finds joins whose condition is an OR over both sides.
func (c *Context) orOverTables() []Hit {
	var hits []Hit
	for _, n := range c.nodes("Nested Loop", "Hash Join", "Merge Join") {
		filter, removed := n.JoinFilter, n.RowsRemovedByJoinFilter*n.Loops
		if filter == "" {
			filter, removed = n.Filter, n.RowsRemovedByFilter*n.Loops
		}
		if filter == "" || !n.Executed() || removed < c.limit("pairs") || removed < 0.9*(removed+n.Rows()) || !c.matters() || c.subtree(n) < leastShare {
			continue
		}
		for _, e := range conditions(filter) {
			or, ok := e.(expr.Logic)
			if !ok || !or.Or {
				continue
			}
			var tables []string
			for _, column := range expr.Columns(or) {
				if column.Table != "" && !slices.Contains(tables, column.Table) {
					tables = append(tables, column.Table)
				}
			}
			if len(tables) < 2 {
				continue
			}
			hit := Hit{
				Node: n, Severity: c.severityOfSubtree(n), Table: tableOf(anyScan(n)),
				Title:    fmt.Sprintf("an OR over %s makes the server look at %s", strings.Join(tables, " and "), count(removed+n.Rows(), "pair")),
				Evidence: []report.Evidence{evidence("pairs dropped", removed, "rows"), evidence("rows kept", n.Rows(), "rows"), evidence("share of time", c.subtree(n), "ratio")},
				Mend:     report.Mend{Kind: "rewrite", SQL: "-- SELECT … WHERE first condition UNION SELECT … WHERE second condition", Text: "Write a UNION of two statements, one for each side of the OR."},
			}
			n.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
			hits = append(hits, hit)
			break
		}
	}
	return hits
}
