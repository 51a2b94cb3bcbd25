package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// condition is a query that counts what breaks a constraint. The one without a name counts rows.
type condition struct {
	name string
	sql  string
}

// conditions lists what must hold for the rows of a table. What a partition has from its table is checked there.
func (v *verifier) conditions(t *schema.Table) []condition {
	var list []condition
	part := t.PartitionOf != ""
	if bound := v.bounds[t.QualifiedName()]; part && bound != "" {
		list = append(list, condition{"partition bound", fmt.Sprintf("SELECT count(*) FROM %s WHERE NOT (%s)", source(t), bound)})
	}
	if !part {
		list = append(list, v.columnConditions(t)...)
	}
	for _, check := range t.Checks {
		if !(part && check.Inherited) && !check.NotEnforced && check.Validated {
			list = append(list, condition{check.Name, fmt.Sprintf("SELECT count(*) FROM %s WHERE (%s) IS FALSE", source(t), check.Expression)})
		}
	}
	for _, x := range t.Indexes {
		if x.Unique && x.Valid && x.Method == "btree" && x.PartitionOf == "" {
			list = append(list, uniqueCondition(t, x))
		}
	}
	for _, key := range append([]*schema.Key{t.PrimaryKey}, t.Uniques...) {
		if key != nil && key.WithoutOverlaps {
			list = append(list, overlapCondition(t, key))
		}
	}
	for _, x := range t.Exclusions {
		list = append(list, exclusionCondition(t, x.Name, x.Elements, x.Predicate))
	}
	for _, fk := range t.ForeignKeys {
		if parent := v.db.Referenced(fk); parent != nil && !(part && fk.Inherited) && !fk.NotEnforced && fk.Validated {
			list = append(list, foreignKeyCondition(t, fk, parent))
		}
	}
	return list
}

// source is the table with its partitions, but without tables that inherit from it.
func source(t *schema.Table) string {
	if t.Kind == schema.Partitioned {
		return t.QualifiedName()
	}
	return "ONLY " + t.QualifiedName()
}

// columnConditions are about NOT NULL, and about domains: a cast to one evaluates its constraints.
func (v *verifier) columnConditions(t *schema.Table) []condition {
	var list []condition
	for _, c := range t.Columns {
		name := schema.Quote(c.Name)
		if c.NotNull {
			list = append(list, condition{c.Name + " not null", fmt.Sprintf("SELECT count(*) FROM %s WHERE num_nulls(%s) = 1", source(t), name)})
		}
		if typ := v.db.Type(c.TypeOID); typ != nil && typ.Kind == schema.DomainType {
			list = append(list, condition{
				c.Name + " of domain " + typ.Name,
				fmt.Sprintf("SELECT count(*) FROM %s WHERE CAST(CAST(%s AS %s) AS %s) IS NULL AND num_nulls(%s) = 0", source(t), name, typ.Of, typ.QualifiedName(), name),
			})
		}
	}
	return list
}

func uniqueCondition(t *schema.Table, x *schema.Index) condition {
	keys, names := make([]string, len(x.Elements)), make([]string, len(x.Elements))
	for i, e := range x.Elements {
		keys[i] = element(e.Column, e.Expression)
		if e.Collation != "" {
			keys[i] += " COLLATE " + e.Collation
		}
		names[i] = fmt.Sprintf("k%d", i)
		keys[i] += " AS " + names[i]
	}
	list := strings.Join(names, ", ")
	predicate, nulls := "true", ""
	if !x.NullsNotDistinct {
		nulls = "WHERE num_nulls(" + list + ") = 0"
	}
	if x.Predicate != "" {
		predicate = x.Predicate
	}
	return condition{x.Name, fmt.Sprintf(`SELECT coalesce(sum(n - 1), 0) FROM (
		SELECT count(*) AS n FROM (SELECT %s FROM %s WHERE %s) AS key %s GROUP BY %s HAVING count(*) > 1) AS twice`,
		strings.Join(keys, ", "), source(t), predicate, nulls, list)}
}

func element(column, expression string) string {
	if column != "" {
		return schema.Quote(column)
	}
	return "(" + expression + ")"
}

// overlapCondition is about a key WITHOUT OVERLAPS: equal in all columns but the last, which is a range.
func overlapCondition(t *schema.Table, key *schema.Key) condition {
	elements := make([]schema.ExclusionElement, len(key.Columns))
	for i, column := range key.Columns {
		elements[i] = schema.ExclusionElement{Column: column, Operator: "="}
	}
	elements[len(elements)-1].Operator = "&&"
	return exclusionCondition(t, key.Name, elements, "")
}

// exclusionCondition counts the pairs of rows for which every operator holds.
func exclusionCondition(t *schema.Table, name string, elements []schema.ExclusionElement, predicate string) condition {
	columns, operators := make([]string, len(elements)), make([]string, len(elements))
	for i, e := range elements {
		columns[i] = fmt.Sprintf("%s AS k%d", element(e.Column, e.Expression), i)
		operators[i] = fmt.Sprintf("a.k%d %s b.k%d", i, e.Operator, i)
	}
	if predicate == "" {
		predicate = "true"
	}
	return condition{name, fmt.Sprintf("WITH x AS MATERIALIZED (SELECT row_number() OVER () AS n, %s FROM %s WHERE %s) SELECT count(*) FROM x AS a JOIN x AS b ON a.n < b.n AND %s",
		strings.Join(columns, ", "), source(t), predicate, strings.Join(operators, " AND "))}
}

// foreignKeyCondition counts the rows whose key is whole and points nowhere, or, MATCH FULL, is null in part.
func foreignKeyCondition(t *schema.Table, fk *schema.ForeignKey, parent *schema.Table) condition {
	columns, equal := make([]string, len(fk.Columns)), make([]string, len(fk.Columns))
	for i, column := range fk.Columns {
		columns[i] = "c." + schema.Quote(column)
		equal[i] = fmt.Sprintf("p.%s = %s", schema.Quote(fk.ReferencedColumns[i]), columns[i])
	}
	points := fmt.Sprintf("EXISTS (SELECT FROM %s AS p WHERE %s)", source(parent), strings.Join(equal, " AND "))
	if fk.Period { // the last column is a range, which the referenced ones must cover together
		last := len(fk.Columns) - 1
		points = fmt.Sprintf("coalesce(%s <@ (SELECT range_agg(p.%s) FROM %s AS p WHERE %s), false)", columns[last], schema.Quote(fk.ReferencedColumns[last]),
			source(parent), strings.Join(slices.Concat(equal[:last], []string{"true"}), " AND "))
	}
	list := strings.Join(columns, ", ")
	broken := fmt.Sprintf("num_nulls(%s) = 0 AND NOT %s", list, points)
	if fk.MatchFull {
		broken = fmt.Sprintf("num_nulls(%s) BETWEEN 1 AND %d OR %s", list, len(columns)-1, broken)
	}
	return condition{fk.Name, fmt.Sprintf("SELECT count(*) FROM %s AS c WHERE %s", source(t), broken)}
}
