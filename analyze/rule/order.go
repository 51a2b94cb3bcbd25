package rule

import (
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

func (c *Context) sortedScan(sort *plan.Node) *plan.Node {
	alias := ""
	for _, key := range sort.SortKey {
		body := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(key, " NULLS FIRST"), " NULLS LAST"), " DESC")
		e, err := expr.Parse(body)
		if err != nil {
			return nil
		}
		columns := expr.Columns(e)
		if len(columns) == 0 {
			return nil
		}
		for _, column := range columns {
			if alias != "" && column.Table != alias {
				return nil
			}
			alias = column.Table
		}
		if _, aggregate := e.(expr.Call); aggregate && c.Catalog == nil && sort.Outer() != nil && sort.Outer().Is("Aggregate", "WindowAgg") {
			return nil
		}
	}
	var found *plan.Node
	sort.Walk(func(n *plan.Node) bool {
		if n != sort && n.Is("Aggregate", "WindowAgg", "Subquery Scan", "CTE Scan", "Unique", "SetOp", "Function Scan", "ProjectSet", "Append", "Merge Append") || n.Relationship == "SubPlan" || n.Relationship == "InitPlan" {
			return false
		}
		if n.IsScan() && (alias == "" || n.Alias == alias || n.Relation == alias) && found == nil {
			found = n
		}
		return true
	})
	return found
}

func sortColumns(sort *plan.Node) []string {
	var columns []string
	for _, key := range sort.SortKey {
		body := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(key, " NULLS FIRST"), " NULLS LAST"), " DESC")
		if e, err := expr.Parse(body); err == nil {
			if column, ok := e.(expr.Column); ok {
				columns = append(columns, column.Name)
			}
		}
	}
	return columns
}
