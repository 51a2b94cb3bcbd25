package rule

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

// predicate is one comparison in the filter of a scan: something made of the table's own columns against something
// that is not.
type predicate struct {
	scan     *plan.Node
	subject  expr.Expr // the side with the table's columns
	operator string
	value    expr.Expr // the other side; nil for a condition on its own
	columns  []expr.Column
	join     bool // the other side is another table's
}

// selective are the thresholds that the rules on conditions share.
func selective() []Threshold {
	return []Threshold{
		{"kept", 0.1, "ratio", "share of the rows read that the scan keeps, at most"},
		{"rows", 1000, "rows", "rows that the scan reads, at least"},
	}
}

// predicates lists the comparisons that dear and selective scans make row by row.
func (c *Context) predicates() []predicate {
	var all []predicate
	for _, n := range c.nodes("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") {
		read, keeps, _, ok := c.scanOf(n)
		if n.Is("Index Scan", "Index Only Scan", "Bitmap Heap Scan") && !n.Executed() {
			continue
		}
		if !ok || n.Filter == "" || !c.counts(n) || read < c.limit("rows") || keeps > c.limit("kept")*read || n.Type == "Seq Scan" && stoppedEarly(n) && keeps > 0.01*read {
			continue
		}
		for _, e := range conditions(n.Filter) {
			all = append(all, predicatesOf(n, e)...)
		}
	}
	return all
}

// predicatesOf reads one condition; those in an OR are read one by one.
func predicatesOf(n *plan.Node, e expr.Expr) []predicate {
	own := func(e expr.Expr) []expr.Column {
		if e == nil {
			return nil
		}
		return slices.DeleteFunc(expr.Columns(e), func(c expr.Column) bool { return c.Table != "" && c.Table != n.Alias && c.Table != n.Relation })
	}
	make1 := func(subject expr.Expr, operator string, value expr.Expr) []predicate {
		columns := own(subject)
		if len(columns) == 0 || value != nil && len(own(value)) > 0 {
			return nil
		}
		return []predicate{{scan: n, subject: subject, operator: operator, value: value, columns: columns, join: value != nil && len(expr.Columns(value)) > 0}}
	}
	switch e := e.(type) {
	case expr.Logic:
		var all []predicate
		for _, arg := range e.Args {
			all = append(all, predicatesOf(n, arg)...)
		}
		return all
	case expr.Op:
		if e.Left == nil {
			return nil
		}
		if found := make1(e.Left, e.Name, e.Right); found != nil {
			return found
		}
		return make1(e.Right, mirror(e.Name), e.Left)
	case expr.Any:
		return make1(e.Left, e.Op, e.Right)
	case expr.Call, expr.Cast:
		return make1(e, "", nil)
	}
	return nil
}

// mirror is the operator that says the same with its sides exchanged.
func mirror(operator string) string {
	if m, ok := map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<=", "@>": "<@", "<@": "@>"}[operator]; ok {
		return m
	}
	return operator
}

// indexable tells whether a btree could serve the operator.
func indexable(operator string) bool {
	return slices.Contains([]string{"=", "<", "<=", ">", ">=", "~~", ""}, operator)
}

// column returns what the catalog knows of a predicate's only column; nil if it has several or nothing is known.
func (c *Context) column(p predicate) *catalog.Column {
	if len(p.columns) != 1 {
		return nil
	}
	if t := c.table(p.scan); t != nil {
		return t.Column(p.columns[0].Name)
	}
	return nil
}

// names lists the columns' names.
func (p predicate) names() []string {
	var names []string
	for _, column := range p.columns {
		if !slices.Contains(names, column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// predicateHit makes the finding of a condition that no index can serve as it is.
func (c *Context) predicateHit(p predicate, title string, mend report.Mend) Hit {
	read, keeps, pages, _ := c.scanOf(p.scan)
	return Hit{
		Node: p.scan, Table: tableOf(p.scan), Columns: p.names(), Title: title, Mend: mend,
		Evidence: []report.Evidence{evidence("rows read", read, "rows"), evidence("rows kept", keeps, "rows"), evidence("pages read", pages, "pages")},
	}
}

// isLabel tells whether a cast changes only the name of the type: varchar to text, a domain to its base.
func (c *Context) isLabel(p predicate, cast expr.Cast) bool {
	column, isColumn := cast.Arg.(expr.Column)
	if !isColumn {
		return false
	}
	if t := c.table(p.scan); t != nil {
		if known := t.Column(column.Name); known != nil {
			return known.Base == "varchar" && (cast.Type == "text" || strings.HasPrefix(cast.Type, "character varying")) || known.Base == "text" && strings.HasPrefix(cast.Type, "character varying") ||
				known.Base == cast.Type || known.Type == cast.Type
		}
		return false
	}
	return cast.Type == "text" // without a catalog: varchar is by far the most likely
}

// constant returns the text of a string constant, whatever it is cast to.
func constant(e expr.Expr) (string, bool) {
	switch e := e.(type) {
	case expr.Const:
		return e.Text, !e.Null
	case expr.Cast:
		return constant(e.Arg)
	}
	return "", false
}
