package schema

import (
	"context"
	_ "embed"
)

// Column is one column of a table.
type Column struct {
	Name      string   `json:"name"`
	Position  int      `json:"position"` // attnum
	Type      string   `json:"type"`     // as format_type prints it, with modifier: character varying(40), numeric(10,2)
	TypeOID   uint32   `json:"-"`
	TypeMod   int32    `json:"-"` // atttypmod; -1 means none
	NotNull   bool     `json:"not_null"`
	Default   string   `json:"default,omitempty"`   // deparsed expression, or ""
	Identity  Identity `json:"identity,omitempty"`  // "", "always" or "by default"
	Generated string   `json:"generated,omitempty"` // the expression of a generated column (stored or virtual), or ""
	Virtual   bool     `json:"virtual,omitempty"`   // generated VIRTUAL (PostgreSQL 18)
	Sequence  string   `json:"sequence,omitempty"`  // quoted qualified name of the sequence of its default or identity, or ""
	Comment   string   `json:"comment,omitempty"`
	Collation string   `json:"collation,omitempty"` // quoted qualified name, only where it differs from the type's own
	Inherited bool     `json:"inherited,omitempty"` // declared by a parent

	collation uint32 // attcollation, 0 where the type has none
}

// Identity says how a column's identity is generated.
type Identity string

// The values of Identity.
const (
	NoIdentity        Identity = ""
	IdentityAlways    Identity = "always"
	IdentityByDefault Identity = "by default"
)

//go:embed column.sql
var columnSQL string

func (l *loader) tableColumns(ctx context.Context) error {
	columns, err := l.columns(ctx, l.oids)
	for _, t := range l.db.Tables {
		t.Columns = columns[t.OID]
	}
	return err
}

// columns reads the columns of relations, by the relation's OID.
func (l *loader) columns(ctx context.Context, relations []uint32) (map[uint32][]*Column, error) {
	columns := map[uint32][]*Column{}
	var relation uint32
	var c Column
	var identity, sequenceSchema, sequence, collationSchema, collation string
	err := l.each(ctx, columnSQL, []any{relations}, []any{
		&relation, &c.Name, &c.Position, &c.Type, &c.TypeOID, &c.TypeMod, &c.NotNull, &c.Default, &identity, &c.Generated,
		&c.Virtual, &c.collation, &sequenceSchema, &sequence, &c.Comment, &collationSchema, &collation, &c.Inherited,
	}, func() error {
		column := c
		column.Identity = Identity(identity)
		if sequence != "" {
			column.Sequence = QualifiedName(sequenceSchema, sequence)
		}
		if collation != "" {
			column.Collation = QualifiedName(collationSchema, collation)
		}
		columns[relation] = append(columns[relation], &column)
		return nil
	})
	return columns, err
}
