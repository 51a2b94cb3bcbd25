package seed

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/schema"
)

// chooseTables decides which tables get rows, and how many, in the order of the foreign keys.
func (p *Plan) chooseTables() error {
	wished := map[*schema.Table]uint64{}
	for _, wish := range p.opts.Tables {
		table, err := p.db.Find(wish.Table)
		if err != nil {
			return err
		}
		if _, twice := wished[table]; twice {
			return fmt.Errorf("table %s is named twice: name it once", table.QualifiedName())
		}
		wished[table] = wish.Rows
	}
	depth := map[*schema.Table]int{}
	for _, component := range p.db.Order() {
		for _, table := range component.Tables {
			if table.PartitionOf != "" || table.Kind == schema.Foreign {
				continue
			}
			for _, key := range table.ForeignKeys {
				if parent := p.db.Referenced(key); parent != nil && !slices.Contains(component.Tables, parent) {
					depth[table] = max(depth[table], depth[parent]+1)
				}
			}
			rows, named := wished[table]
			if !named && len(p.opts.Tables) == 0 {
				if rows = p.opts.Rows; rows == 0 {
					rows = usual(depth[table])
				}
			}
			t := &TablePlan{Table: table.QualifiedName(), Rows: rows, table: table, source: &source{rows: rows}, Columns: []ColumnPlan{}}
			p.byName[t.Table] = t
			p.Tables = append(p.Tables, t)
		}
	}
	return nil
}

// usual is the number of rows of a table that nobody said anything about: a thousand, and more for tables that hang
// deeper in the foreign keys, which are those that grow.
func usual(depth int) uint64 {
	rows := uint64(1000)
	for range min(depth, 3) {
		rows *= 3
	}
	return rows
}
