package show

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
)

// describe shows one table: its columns, and what does not fit beside a column.
func describe(d *report.Document, db *schema.Database, t *schema.Table, s size) {
	d.Add(report.Heading{Level: 1, Text: t.QualifiedName()})
	if t.Comment != "" {
		d.Add(report.Paragraph{Text: t.Comment})
	}
	d.Add(report.Paragraph{Text: summary(t, s)}, columns(t))
	if indexes := indexTable(t); len(indexes.Rows) > 0 {
		d.Add(indexes)
	}
	if rules := constraints(t); len(rules) > 0 {
		d.Add(report.List{Items: rules})
	}
	if from := referencedBy(db, t); from != "" {
		d.Add(report.Paragraph{Text: "Referenced by " + from + "."})
	}
}

// summary says what a table is and how large.
func summary(t *schema.Table, s size) string {
	var parts []string
	switch {
	case t.Kind == schema.Foreign:
		parts = append(parts, "Foreign table")
	case t.Partitioning != nil:
		parts = append(parts, fmt.Sprintf("Partitioned by %s into %s", t.Partitioning.Definition, units.Plural(s.partitions, "partition")))
	case t.Unlogged:
		parts = append(parts, "Unlogged table")
	}
	if t.PartitionOf != "" {
		parts = append(parts, fmt.Sprintf("Partition of %s %s", relative(t.PartitionOf, t.Schema), t.Bound))
	}
	if len(t.Inherits) > 0 {
		parts = append(parts, "Inherits from "+strings.Join(t.Inherits, ", "))
	}
	if t.Kind != schema.Foreign {
		amount := rows(s).Text + " rows"
		switch {
		case s.unknown:
			amount = "Rows unknown: not analysed yet"
		case s.rows == 0:
			amount = "No rows"
		}
		parts = append(parts, fmt.Sprintf("%s, %s, indexes %s", amount, units.Bytes(s.bytes), units.Bytes(s.indexes)))
	}
	if t.RowSecurity.Enabled {
		parts = append(parts, "Row-level security is on")
	}
	return strings.Join(parts, ". ") + "."
}

// columns is the table of a table's columns.
func columns(t *schema.Table) report.Table {
	table := report.Table{Columns: []report.Column{{Name: "column"}, {Name: "type"}, {Name: "null"}, {Name: "default"}, {Name: "key"}}}
	commented := slices.ContainsFunc(t.Columns, func(c *schema.Column) bool { return c.Comment != "" })
	if commented {
		table.Columns = append(table.Columns, report.Column{Name: "comment"})
	}
	for _, c := range t.Columns {
		null := "yes"
		if c.NotNull {
			null = "no"
		}
		row := []report.Value{
			report.Name(schema.Quote(c.Name)), report.Name(c.Type), report.Text(null), report.Name(short(origin(c), 40)), report.Text(keys(t, c.Name)),
		}
		if commented {
			row = append(row, report.Text(short(c.Comment, 60)))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// origin says where a column's value comes from if none is given.
func origin(c *schema.Column) string {
	switch {
	case c.Identity != schema.NoIdentity:
		return "identity " + string(c.Identity)
	case c.Generated != "" && c.Virtual:
		return "virtual " + c.Generated
	case c.Generated != "":
		return "generated " + c.Generated
	case c.Sequence != "" && strings.HasPrefix(c.Default, "nextval("):
		return "sequence"
	}
	return c.Default
}

// keys says which keys a column is in.
func keys(t *schema.Table, column string) string {
	var words []string
	if t.PrimaryKey != nil {
		if i := slices.Index(t.PrimaryKey.Columns, column); i >= 0 {
			words = append(words, "primary key"+place(i, len(t.PrimaryKey.Columns)))
		}
	}
	for _, key := range t.Uniques {
		if i := slices.Index(key.Columns, column); i >= 0 {
			words = append(words, "unique"+place(i, len(key.Columns)))
		}
	}
	for _, fk := range t.ForeignKeys {
		if i := slices.Index(fk.Columns, column); i >= 0 {
			target := relative(fk.ReferencedName(), t.Schema)
			words = append(words, fmt.Sprintf("→ %s.%s", target, schema.Quote(fk.ReferencedColumns[i])))
		}
	}
	return strings.Join(words, ", ")
}

// place says which part of a key of several columns one is.
func place(i, n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" %d/%d", i+1, n)
}

// indexTable lists the indexes.
func indexTable(t *schema.Table) report.Table {
	table := report.Table{Columns: []report.Column{{Name: "index"}, {Name: "on"}, {Name: "kind"}, {Name: "size", Right: true}, {Name: "scans", Right: true}}}
	for _, x := range t.Indexes {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(schema.Quote(x.Name)), report.Name(short(indexed(x), 60)), report.Text(indexKind(x)), report.Bytes(x.SizeBytes), report.Count(x.Scans),
		})
	}
	return table
}

// indexed writes what an index is on: its keys, the columns it includes, its predicate.
func indexed(x *schema.Index) string {
	elements := make([]string, len(x.Elements))
	for i, e := range x.Elements {
		elements[i] = e.Expression
		if e.Column != "" {
			elements[i] = schema.Quote(e.Column)
		}
		if e.Descending {
			elements[i] += " desc"
		}
	}
	s := strings.Join(elements, ", ")
	if len(x.Include) > 0 {
		s += " include " + strings.Join(x.Include, ", ")
	}
	if x.Predicate != "" {
		s += " where " + x.Predicate
	}
	return s
}

func indexKind(x *schema.Index) string {
	var words []string
	switch {
	case x.Primary:
		words = append(words, "primary key")
	case x.Unique && x.Constraint != "":
		words = append(words, "unique constraint")
	case x.Unique:
		words = append(words, "unique")
	case x.Constraint != "":
		words = append(words, "exclusion")
	}
	if x.Method != "btree" {
		words = append(words, x.Method)
	}
	if x.NullsNotDistinct {
		words = append(words, "nulls not distinct")
	}
	if !x.Valid {
		words = append(words, "INVALID")
	}
	return strings.Join(words, ", ")
}

// constraints lists what can't be seen at a column: keys of several columns, checks, exclusions, triggers.
func constraints(t *schema.Table) []string {
	var items []string
	for _, fk := range t.ForeignKeys {
		if len(fk.Columns) > 1 || fk.OnDelete != "no action" || !fk.Validated || fk.NotEnforced {
			items = append(items, fk.Definition)
		}
	}
	for _, check := range t.Checks {
		item := fmt.Sprintf("check %s: %s", schema.Quote(check.Name), check.Expression)
		if !check.Validated {
			item += " (not validated)"
		}
		items = append(items, item)
	}
	for _, x := range t.Exclusions {
		items = append(items, x.Definition)
	}
	for _, trigger := range t.Triggers {
		item := "trigger " + schema.Quote(trigger.Name)
		if trigger.Enabled != "origin" {
			item += " (" + trigger.Enabled + ")"
		}
		items = append(items, item)
	}
	return items
}

// referencedBy lists the columns of other tables that point to a table.
func referencedBy(db *schema.Database, t *schema.Table) string {
	var from []string
	for _, other := range db.Tables {
		for _, fk := range other.ForeignKeys {
			if db.Referenced(fk) == t && !fk.Inherited {
				columns := make([]string, len(fk.Columns))
				for i, c := range fk.Columns {
					columns[i] = schema.Quote(c)
				}
				from = append(from, fmt.Sprintf("%s (%s)", relative(other.QualifiedName(), t.Schema), strings.Join(columns, ", ")))
			}
		}
	}
	const most = 8
	if len(from) > most {
		return strings.Join(from[:most], ", ") + fmt.Sprintf(" and %d more", len(from)-most)
	}
	return strings.Join(from, ", ")
}

// describeTypes lists the enums, domains, composites and ranges that users have made.
func describeTypes(d *report.Document, db *schema.Database) {
	table := report.Table{Columns: []report.Column{{Name: "type"}, {Name: "kind"}, {Name: "values"}}}
	for _, t := range db.Types {
		values := ""
		switch t.Kind {
		case schema.EnumType:
			values = strings.Join(t.Labels, ", ")
		case schema.DomainType:
			values = t.Of
			for _, check := range t.Checks {
				values += ", " + check.Expression
			}
		case schema.CompositeType:
			fields := make([]string, len(t.Fields))
			for i, f := range t.Fields {
				fields[i] = schema.Quote(f.Name) + " " + f.Type
			}
			values = strings.Join(fields, ", ")
		case schema.RangeType:
			values = "of " + t.Of
		}
		if values != "" && t.Schema != "pg_catalog" && t.Extension == "" {
			table.Rows = append(table.Rows, []report.Value{report.Name(t.QualifiedName()), report.Text(string(t.Kind)), report.Text(short(values, 80))})
		}
	}
	if len(table.Rows) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Types"}, table)
	}
}

// short cuts a text where a cell would become too wide.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
