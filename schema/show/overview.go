package show

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
)

// listed is how many tables the overview lists. Of larger databases it shows the schemas and the largest tables.
const listed = 100

// overview lists the tables with their sizes; partitions count for the table that they are parts of.
func overview(d *report.Document, db *schema.Database, all map[*schema.Table]*size) {
	roots := slices.DeleteFunc(slices.Clone(db.Tables), func(t *schema.Table) bool { return db.Root(t) != t })
	d.Add(report.Paragraph{Text: counts(db, roots, all)})
	if len(roots) > listed {
		bySchema(d, roots, all)
		slices.SortStableFunc(roots, func(a, b *schema.Table) int {
			return cmp.Or(cmp.Compare(all[b].bytes+all[b].indexes, all[a].bytes+all[a].indexes), cmp.Compare(len(b.Columns), len(a.Columns)))
		})
		roots = roots[:listed/4]
		d.Add(report.Heading{Level: 1, Text: "The largest tables"})
	}
	table := report.Table{Columns: []report.Column{
		{Name: "table"},
		{Name: "columns", Right: true},
		{Name: "rows", Right: true},
		{Name: "size", Right: true},
		{Name: "indexes", Right: true},
		{Name: "references"},
	}}
	for _, t := range roots {
		s := all[t]
		name := t.QualifiedName()
		if s.partitions > 0 {
			name += fmt.Sprintf(" (%s)", units.Plural(s.partitions, "partition"))
		}
		if t.Kind == schema.Foreign {
			name += " (foreign)"
		}
		table.Rows = append(table.Rows, []report.Value{
			report.Name(name), report.Count(int64(len(t.Columns))), rows(*s), report.Bytes(s.bytes), report.Bytes(s.indexes), report.Text(references(t)),
		})
	}
	d.Add(table)
}

// references lists the tables that a table's foreign keys point to.
func references(t *schema.Table) string {
	const most = 3
	var names []string
	for _, fk := range t.ForeignKeys {
		name := relative(fk.ReferencedName(), t.Schema)
		if fk.ReferencedSchema == t.Schema && fk.ReferencedTable == t.Name {
			name = "itself"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// counts is a database in one sentence.
func counts(db *schema.Database, roots []*schema.Table, all map[*schema.Table]*size) string {
	var keys, checks, partitions, cycles int
	var total size
	for _, t := range db.Tables {
		if db.Root(t) == t {
			keys += len(t.ForeignKeys)
			checks += len(t.Checks)
			total.rows += all[t].rows
			total.unknown = total.unknown || all[t].unknown
			total.bytes += all[t].bytes
			total.indexes += all[t].indexes
			partitions += all[t].partitions
		}
	}
	for _, c := range db.Order() {
		if c.Cyclic() {
			cycles++
		}
	}
	parts := []string{units.Plural(len(roots), "table")}
	for _, part := range []struct {
		n    int
		noun string
	}{{partitions, "partition"}, {keys, "foreign key"}, {checks, "check"}, {cycles, "circle of foreign keys"}} {
		if part.n > 0 {
			parts = append(parts, units.Plural(part.n, part.noun))
		}
	}
	amount := fmt.Sprintf("about %s rows", units.Count(int64(total.rows)))
	switch {
	case total.unknown:
		amount = "rows unknown where a table is not analysed yet"
	case total.rows == 0:
		amount = "no rows"
	}
	return fmt.Sprintf("%s; %s; %s of tables and %s of indexes.", strings.Join(parts, ", "), amount, units.Bytes(total.bytes), units.Bytes(total.indexes))
}

// bySchema shows what each schema holds, where there are several.
func bySchema(d *report.Document, roots []*schema.Table, all map[*schema.Table]*size) {
	table := report.Table{Columns: []report.Column{
		{Name: "schema"},
		{Name: "tables", Right: true},
		{Name: "columns", Right: true},
		{Name: "foreign keys", Right: true},
		{Name: "size", Right: true},
	}}
	var tables, columns, keys, bytes int64
	for i, t := range roots { // sorted by schema
		tables++
		columns += int64(len(t.Columns))
		keys += int64(len(t.ForeignKeys))
		bytes += all[t].bytes + all[t].indexes
		if i+1 == len(roots) || roots[i+1].Schema != t.Schema {
			table.Rows = append(table.Rows, []report.Value{
				report.Name(schema.Quote(t.Schema)), report.Count(tables), report.Count(columns), report.Count(keys), report.Bytes(bytes),
			})
			tables, columns, keys, bytes = 0, 0, 0, 0
		}
	}
	if len(table.Rows) > 1 {
		d.Add(table)
	}
}
