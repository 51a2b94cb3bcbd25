package schema

import (
	"context"
	_ "embed"
	"strings"
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

// indexRow is one row of index.sql.
type indexRow struct {
	Index
	relation             uint32
	keys                 int     // how many of columns are keys; the others are included
	columns              []int16 // attnum, or 0 for an expression
	opclasses            []uint32
	collations           []uint32
	options              []int16
	expressions          []string // by key, or empty
	typeCollations       []uint32 // by key, or empty
	parentSchema, parent string
}

func (l *loader) indexes(ctx context.Context) error {
	names, err := l.indexNames(ctx)
	if err != nil {
		return err
	}
	columns := make(map[uint32]map[int16]*Column, len(l.db.Tables))
	for _, t := range l.db.Tables {
		columns[t.OID] = make(map[int16]*Column, len(t.Columns))
		for _, c := range t.Columns {
			columns[t.OID][int16(c.Position)] = c
		}
	}
	var r indexRow
	return l.each(ctx, indexSQL, []any{l.oids}, []any{
		&r.relation, &r.OID, &r.Schema, &r.Name, &r.Method, &r.keys, &r.columns, &r.opclasses, &r.collations, &r.options, &r.expressions,
		&r.typeCollations, &r.Predicate, &r.Unique, &r.NullsNotDistinct, &r.Primary, &r.Constraint, &r.Valid, &r.Clustered, &r.ReplicaIdentity,
		&r.parentSchema, &r.parent, &r.SizeBytes, &r.Scans, &r.Definition,
	}, func() error {
		table := l.db.tables[r.relation]
		table.Indexes = append(table.Indexes, r.index(columns[r.relation], names))
		return nil
	})
}

// index makes an Index of a row, with the table's columns by number and the names of operator classes and collations.
func (r *indexRow) index(columns map[int16]*Column, names map[uint32]string) *Index {
	index := r.Index
	index.Predicate = withoutParentheses(r.Predicate)
	if r.parent != "" {
		index.PartitionOf = QualifiedName(r.parentSchema, r.parent)
	}
	index.Elements = make([]IndexElement, r.keys)
	for i := range index.Elements {
		e := IndexElement{
			OpClass:    strings.TrimPrefix(names[r.opclasses[i]], "pg_catalog."),
			Descending: r.options[i]&1 != 0, // INDOPTION_DESC
			NullsFirst: r.options[i]&2 != 0, // INDOPTION_NULLS_FIRST
		}
		var natural uint32 // the collation that the key would have by itself
		if c := columns[r.columns[i]]; c != nil {
			e.Column, natural = c.Name, c.collation
		} else if i < len(r.expressions) {
			e.Expression, natural = withoutParentheses(r.expressions[i]), r.typeCollations[i]
		}
		if r.collations[i] != natural {
			e.Collation = names[r.collations[i]]
		}
		index.Elements[i] = e
	}
	for _, number := range r.columns[r.keys:] {
		if c := columns[number]; c != nil {
			index.Include = append(index.Include, c.Name)
		}
	}
	return &index
}

//go:embed index_names.sql
var indexNamesSQL string

// indexNames returns quoted qualified names by OID.
func (l *loader) indexNames(ctx context.Context) (map[uint32]string, error) {
	names := map[uint32]string{}
	var oid uint32
	var inSchema, name string
	err := l.each(ctx, indexNamesSQL, []any{l.oids}, []any{&oid, &inSchema, &name}, func() error {
		names[oid] = QualifiedName(inSchema, name)
		return nil
	})
	return names, err
}
