package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// uniques lists the sets of columns that no two rows may share.
func (t *TablePlan) uniques() [][]string {
	var sets [][]string
	for _, index := range t.table.Indexes {
		if !index.Unique {
			continue
		}
		var columns []string
		for _, e := range index.Elements {
			columns = append(columns, e.Column)
		}
		sets = append(sets, columns)
	}
	return sets
}

// distinct lists the columns that must differ from row to row.
func (t *TablePlan) distinct() []value.Distinct {
	var all []value.Distinct
	for _, set := range t.uniques() {
		if len(set) != 1 || set[0] == "" || t.refOf(set[0]) != nil {
			continue
		}
		if !slices.ContainsFunc(all, func(d value.Distinct) bool { return d.Column == set[0] }) {
			all = append(all, value.Distinct{Column: set[0]})
		}
	}
	return all
}

var _ schema.Key
