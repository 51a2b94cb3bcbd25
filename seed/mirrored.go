package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
)

// mirrored tells whether a foreign key that may be null has columns of the table's own that may not, and the referenced table
// takes all of these from there: person (tenant, id, address) references address (tenant, person, address), whose (tenant,
// person) references person. Rows of that table can be promised what they must have, so that some of them are referred to.
//
// What comes from there in turn is not known yet: nothing here may depend on it but whether it is null.
func (l *layout) mirrored(key *schema.ForeignKey) bool {
	parent := l.plan.byName[key.ReferencedName()]
	if l.table.timid || parent == nil || parent == l.table || key.MatchFull || len(key.Columns) < 2 || !nullable(l.table.table, key) {
		return false
	}
	found := false
	for i, name := range key.Columns {
		switch {
		case l.elsewhere(key, name):
		case !l.table.table.Column(name).NotNull:
			if !l.mayTake(key, name, parent.table.Column(key.ReferencedColumns[i])) {
				return false
			}
		case l.plan.refersTo(parent, key.ReferencedColumns[i:i+1], l.table, key.Columns[i:i+1], backSteps):
			found = true
		default:
			return false
		}
	}
	return found
}

// elsewhere tells whether a column of a foreign key is in another one, too.
func (l *layout) elsewhere(key *schema.ForeignKey, name string) bool {
	return slices.ContainsFunc(l.table.table.ForeignKeys, func(k *schema.ForeignKey) bool { return !sameKey(k, key) && slices.Contains(k.Columns, name) })
}

// mayTake tells whether a column of a foreign key may have any value that the referenced column has.
func (l *layout) mayTake(key *schema.ForeignKey, name string, referenced *schema.Column) bool {
	table := l.table.table
	column := table.Column(name)
	if column.TypeOID != referenced.TypeOID || column.Type != referenced.Type || len(l.plan.referenced[l.table]) > 0 && l.plan.referenced[l.table][name] {
		return false
	}
	for _, index := range table.Indexes {
		reads := func(e schema.IndexElement) bool {
			return e.Column == name || e.Column == "" && slices.Contains(columnsIn(table, e.Expression), name)
		}
		if !index.Unique || !slices.ContainsFunc(index.Elements, reads) && !slices.Contains(columnsIn(table, index.Predicate), name) {
			continue
		}
		for _, other := range key.Columns { // all of them differ from row to row, as what they reference does
			if index.Predicate != "" || !slices.ContainsFunc(index.Elements, func(e schema.IndexElement) bool { return e.Column == other }) {
				return false
			}
		}
	}
	return len(table.Exclusions) == 0 && !slices.ContainsFunc(table.Checks, func(c *schema.Check) bool {
		if !slices.Contains(columnsIn(table, c.Expression), name) {
			return false
		}
		x, err := check.Parse(c.Expression)
		return err != nil || depends(x, name)
	}) && !slices.ContainsFunc(table.Columns, func(c *schema.Column) bool {
		return c.Generated != "" && slices.Contains(columnsIn(table, c.Generated), name)
	})
}

// depends tells whether an expression depends on more of a column than whether it is null.
func depends(x *check.Expr, name string) bool {
	if x == nil || x.Kind == check.Test && x.Name == "null" && x.Args[0].Kind == check.Column {
		return false
	}
	return x.Kind == check.Column && x.Name == name || slices.ContainsFunc(x.Args, func(arg *check.Expr) bool { return depends(arg, name) })
}

// drop leaves a foreign key null in every row, where the table is laid out once more: in columns that nothing else needs, if
// it has any.
func (l *layout) drop(key *schema.ForeignKey) {
	free := *key
	for _, needed := range []func(string) bool{
		func(name string) bool { return l.elsewhere(key, name) || l.plan.referenced[l.table][name] },
		func(name string) bool { return l.elsewhere(key, name) },
	} {
		free.Columns = slices.DeleteFunc(slices.Clone(key.Columns), func(name string) bool { return l.table.table.Column(name).NotNull || needed(name) })
		if len(free.Columns) > 0 && !key.MatchFull {
			break
		}
		free.Columns = key.Columns
	}
	l.dropped = append(l.dropped, &free)
}
