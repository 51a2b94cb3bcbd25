package schema

import (
	"context"
	_ "embed"
)

// Index is an index.
type Index struct {
	OID              uint32         `json:"-"`
	Schema           string         `json:"schema"`
	Name             string         `json:"name"`
	Method           string         `json:"method"` // btree, gin, …
	Elements         []IndexElement `json:"elements"`
	Include          []string       `json:"include,omitempty"`
	Predicate        string         `json:"predicate,omitempty"` // WHERE of a partial index
	Unique           bool           `json:"unique"`
	NullsNotDistinct bool           `json:"nulls_not_distinct,omitempty"`
	Primary          bool           `json:"primary,omitempty"`
	Constraint       string         `json:"constraint,omitempty"` // the constraint that it serves, or ""
	Valid            bool           `json:"valid"`
	Clustered        bool           `json:"clustered,omitempty"`
	ReplicaIdentity  bool           `json:"replica_identity,omitempty"`
	PartitionOf      string         `json:"partition_of,omitempty"` // the partitioned index it is attached to
	SizeBytes        int64          `json:"size_bytes"`
	Scans            int64          `json:"scans"`      // pg_stat_all_indexes.idx_scan
	Definition       string         `json:"definition"` // pg_get_indexdef
}

// IndexElement is one key of an index.
type IndexElement struct {
	Column     string `json:"column,omitempty"`     // a plain column, or "" and
	Expression string `json:"expression,omitempty"` // an expression
	Descending bool   `json:"descending,omitempty"`
	NullsFirst bool   `json:"nulls_first,omitempty"`
	OpClass    string `json:"opclass,omitempty"`   // only where it is not the type's default
	Collation  string `json:"collation,omitempty"` // only where it is not the column's
}

//go:embed index.sql
var indexSQL string

func (l *loader) indexes(ctx context.Context) error {
	var relation uint32
	var x Index
	var columns, expressions, opclasses, collations []string
	var parentSchema, parent string
	var options []int16
	return l.each(ctx, indexSQL, []any{l.oids}, []any{
		&relation, &x.OID, &x.Schema, &x.Name, &x.Method, &columns, &expressions, &opclasses, &collations, &options, &x.Include,
		&x.Predicate, &x.Unique, &x.NullsNotDistinct, &x.Primary, &x.Constraint, &x.Valid, &x.Clustered, &x.ReplicaIdentity,
		&parentSchema, &parent, &x.SizeBytes, &x.Scans, &x.Definition,
	}, func() error {
		index, table := x, l.db.tables[relation]
		index.Predicate = withoutParentheses(x.Predicate)
		if parent != "" {
			index.PartitionOf = QualifiedName(parentSchema, parent)
		}
		if len(x.Include) == 0 {
			index.Include = nil
		}
		index.Elements = make([]IndexElement, len(columns))
		for i := range columns {
			index.Elements[i] = IndexElement{
				Column: columns[i], Expression: withoutParentheses(expressions[i]), OpClass: opclasses[i], Collation: collations[i],
				Descending: options[i]&1 != 0, NullsFirst: options[i]&2 != 0, // INDOPTION_DESC, INDOPTION_NULLS_FIRST
			}
		}
		table.Indexes = append(table.Indexes, &index)
		return nil
	})
}
