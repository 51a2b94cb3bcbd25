package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// Resolve finds the tables and columns that the file names in a database, and gives what is said of each table. What is
// not there, or can't be so, is in the error, which is Problems. c stays as it is.
func (c *Config) Resolve(db *schema.Database) (map[*schema.Table]*Table, error) {
	r := &resolver{config: c, db: db, out: map[*schema.Table]*Table{}, referenced: map[*schema.Column]string{}}
	for _, table := range db.Tables {
		for _, key := range table.ForeignKeys {
			if parent := db.Referenced(key); parent != nil {
				for _, name := range key.ReferencedColumns {
					if column := parent.Column(name); r.referenced[column] == "" {
						r.referenced[column] = table.QualifiedName()
					}
				}
			}
		}
	}
	for _, t := range c.Tables {
		r.table(t)
	}
	if err := r.problems.Sorted(); err != nil {
		return nil, err
	}
	return r.out, nil
}

type resolver struct {
	config     *Config
	db         *schema.Database
	out        map[*schema.Table]*Table
	referenced map[*schema.Column]string // by which table
	problems   Problems
}

func (r *resolver) problem(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.config.File, line, fmt.Sprintf(format, args...)})
}

func (r *resolver) table(said *Table) {
	table, err := r.db.Find(said.Name)
	if err != nil {
		r.problem(said.Line, "%s", err)
		return
	}
	name := table.QualifiedName()
	switch {
	case r.out[table] != nil:
		r.problem(said.Line, "table %s is named twice: in line %d, too", name, r.out[table].Line)
		return
	case table.Kind == schema.Foreign:
		r.problem(said.Line, "table %s is a foreign table: fill it on its own server", name)
		return
	case table.PartitionOf != "":
		r.problem(said.Line, "table %s is a partition: name %s, whose rows go to its partitions", name, r.db.Root(table).QualifiedName())
		return
	}
	t := *said
	t.table = table
	t.Columns = nil
	r.out[table] = &t
	for _, column := range said.Columns {
		if c := r.column(table, *column); c != nil {
			t.Columns = append(t.Columns, c)
		}
	}
	if said.Per != nil {
		t.Per = r.per(table, *said.Per, t.Columns)
	}
}

// column holds what is said of a column against the table.
func (r *resolver) column(table *schema.Table, c Column) *Column {
	column := table.Column(c.Name)
	if column == nil {
		names := make([]string, len(table.Columns))
		for i, other := range table.Columns {
			names[i] = other.Name
		}
		r.problem(c.Line, "table %s has no column %s; %s", table.QualifiedName(), c.Name, schema.Suggest(c.Name, names))
		return nil
	}
	key := KeyOf(table, c.Name)
	c.Key = key
	switch {
	case column.Generated != "":
		r.problem(c.Line, "column %s is generated: PostgreSQL computes it from other columns", c.Name)
	case c.Default && column.NotNull && column.Default == "" && column.Identity == schema.NoIdentity:
		r.problem(c.Line, "column %s is NOT NULL and has no default to be left to", c.Name)
	case c.Default && r.referenced[column] != "":
		r.problem(c.Line, "column %s can't be left to its default: %s references it, and its rows must know the values", c.Name, r.referenced[column])
	case c.Default && key != nil:
		r.problem(c.Line, "column %s can't be left to its default: it is a foreign key to %s", c.Name, key.ReferencedName())
	case c.NullShare != nil && *c.NullShare > 0 && column.NotNull:
		r.problem(c.nullAt, "column %s is NOT NULL and can have no share of nulls", c.Name)
	case key != nil:
		r.foreign(&c, key)
	case c.Exponent != nil:
		r.problem(c.exponentAt, "column %s is in no foreign key: exponent says how skewed the choice of rows is that a foreign key refers to", c.Name)
	}
	return &c
}

// KeyOf gives the foreign key that a column is in, one that has no other columns first. nil if it is in none.
func KeyOf(table *schema.Table, column string) *schema.ForeignKey {
	var found *schema.ForeignKey
	for _, key := range table.ForeignKeys {
		if slices.Contains(key.Columns, column) && (found == nil || len(key.Columns) < len(found.Columns)) {
			found = key
		}
	}
	return found
}

// foreign holds what is said of a foreign key's column: which of the parent's rows are chosen, not which values.
func (r *resolver) foreign(c *Column, key *schema.ForeignKey) {
	what := map[string]bool{"generator": c.Generator != "", "template": c.Template != "", "sql": c.SQL != ""}
	for _, name := range slices.Sorted(maps.Keys(what)) {
		if what[name] {
			r.problem(c.Line, "column %s is a foreign key to %s: its values are those of rows there. Instead of %s write distribution, null_share, or the values, min or max that may be chosen",
				c.Name, key.ReferencedName(), name)
			return
		}
	}
	switch c.Distribution {
	case "uniform":
		if c.Exponent != nil {
			r.problem(c.exponentAt, "column %s: exponent goes with distribution: zipf", c.Name)
		}
		c.Exponent = new(float64)
	case "", "zipf":
	default:
		r.problem(c.distributionAt, "column %s is a foreign key to %s: rows there can be chosen uniform or zipf, and not %s", c.Name, key.ReferencedName(), c.Distribution)
	}
	if key.ReferencedName() == r.owner(key) && (c.Exponent != nil || c.Distribution != "" || len(c.Values) > 0 || c.Min != nil || c.Max != nil) {
		r.problem(c.Line, "column %s refers to rows of its own table, which make a tree: nothing but null_share applies", c.Name)
	}
	for _, v := range c.Values {
		if v.Value == nil || v.Weight != c.Values[0].Weight {
			r.problem(c.Line, "column %s is a foreign key to %s: its values are a list of those that may be chosen, without weights and null (write null_share)", c.Name, key.ReferencedName())
			return
		}
	}
}

// owner gives the table that a foreign key belongs to.
func (r *resolver) owner(key *schema.ForeignKey) string {
	for _, table := range r.db.Tables {
		if slices.Contains(table.ForeignKeys, key) {
			return table.QualifiedName()
		}
	}
	return ""
}

// per finds the foreign key that is meant: by the parent's table, or by one of its columns.
func (r *resolver) per(table *schema.Table, per Per, columns []*Column) *Per {
	var found []*schema.ForeignKey
	var all []string
	parent, err := r.db.Find(per.Parent)
	for _, key := range table.ForeignKeys {
		if slices.Contains(key.Columns, per.Parent) || err == nil && key.ReferencedName() == parent.QualifiedName() {
			found = append(found, key)
		}
		all = append(all, fmt.Sprintf("%s (%s)", key.ReferencedName(), strings.Join(key.Columns, ", ")))
	}
	name := table.QualifiedName()
	switch {
	case len(all) == 0:
		r.problem(per.Line, "table %s has no foreign key: rows_per needs one to %s", name, per.Parent)
		return nil
	case len(found) == 0:
		r.problem(per.Line, "table %s has no foreign key to %s, nor a column of one called so; it has: %s", name, per.Parent, strings.Join(all, "; "))
		return nil
	case len(found) > 1:
		r.problem(per.Line, "table %s has several foreign keys to %s: name one by its column: %s", name, per.Parent, strings.Join(all, "; "))
		return nil
	case found[0].ReferencedName() == name:
		r.problem(per.Line, "rows_per %s: table %s refers to itself there, and a tree has no fixed number of rows per row", per.Parent, name)
		return nil
	}
	per.Key = found[0]
	for _, c := range columns {
		if slices.Contains(per.Key.Columns, c.Name) && (c.NullShare != nil && *c.NullShare > 0 || c.Distribution != "" || c.Exponent != nil) {
			r.problem(c.Line, "column %s: rows_per %s says already which rows there are chosen: leave out null_share, distribution and exponent", c.Name, per.Parent)
		}
	}
	return &per
}
