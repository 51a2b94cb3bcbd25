package schema

import (
	"context"
	_ "embed"
)

// TypeKind tells types apart by what makes their values.
type TypeKind string

// The kinds of type, after pg_type.typtype; ArrayType stands for a true array of any of them.
const (
	BaseType       TypeKind = "base"
	EnumType       TypeKind = "enum"
	DomainType     TypeKind = "domain"
	CompositeType  TypeKind = "composite"
	RangeType      TypeKind = "range"
	MultirangeType TypeKind = "multirange"
	ArrayType      TypeKind = "array"
	PseudoType     TypeKind = "pseudo"
)

// Type is a type that some column uses, directly or inside another type. Built-in base types are in it too, so that
// every TypeOID can be looked up.
type Type struct {
	OID       uint32    `json:"-"`
	Schema    string    `json:"schema"`
	Name      string    `json:"name"`
	Kind      TypeKind  `json:"kind"`
	Category  string    `json:"category"`            // pg_type.typcategory
	Formatted string    `json:"formatted"`           // as format_type prints it: integer, public.citext
	Extension string    `json:"extension,omitempty"` // the extension that owns it, or ""
	Length    int       `json:"length"`              // typlen: bytes, or -1 (varlena) or -2 (C string)
	Delimiter string    `json:"delimiter"`           // between the elements of an array of it, in text: "," nearly always
	Binary    bool      `json:"binary"`              // it has a binary form (typreceive), which COPY BINARY needs
	Collation string    `json:"collation,omitempty"` // quoted qualified name, of a domain that differs from its base
	Labels    []string  `json:"labels,omitempty"`    // of an enum, in order
	Base      uint32    `json:"-"`                   // of a domain: the type under it
	BaseMod   int32     `json:"-"`                   // of a domain: the type modifier, -1 for none
	NotNull   bool      `json:"not_null,omitempty"`  // of a domain
	Default   string    `json:"default,omitempty"`   // of a domain
	Checks    []*Check  `json:"checks,omitempty"`    // of a domain; the value is called VALUE
	Element   uint32    `json:"-"`                   // of an array
	Subtype   uint32    `json:"-"`                   // of a range or multirange
	Range     uint32    `json:"-"`                   // of a multirange: the range type
	Discrete  bool      `json:"discrete,omitempty"`  // of a range or multirange: it has a canonical form, [1,2] is [1,3)
	Of        string    `json:"of,omitempty"`        // Base, Element or Subtype as format_type prints it, with modifier
	Fields    []*Column `json:"fields,omitempty"`    // of a composite
}

// QualifiedName returns the type's name as it is written in SQL, schema first, quoted where it must be.
func (t *Type) QualifiedName() string { return QualifiedName(t.Schema, t.Name) }

//go:embed type.sql
var typeSQL string

//go:embed type_check.sql
var typeCheckSQL string

func (l *loader) readTypes(ctx context.Context) error {
	var t Type
	var kind string
	var relation uint32 // of a composite
	var collationSchema, collation string
	composites := map[uint32]*Type{}
	var relations, domains []uint32
	err := l.each(ctx, typeSQL, []any{l.oids}, []any{
		&t.OID, &t.Schema, &t.Name, &kind, &t.Category, &t.Formatted, &t.Extension, &t.Length, &t.Delimiter, &t.Binary,
		&collationSchema, &collation, &t.Labels, &t.Base, &t.BaseMod, &t.NotNull, &t.Default, &t.Element, &t.Subtype, &t.Range,
		&t.Discrete, &t.Of, &relation,
	}, func() error {
		typ := t
		typ.Kind = TypeKind(kind)
		if collation != "" {
			typ.Collation = QualifiedName(collationSchema, collation)
		}
		switch typ.Kind {
		case CompositeType:
			composites[relation] = &typ
			relations = append(relations, relation)
		case DomainType:
			domains = append(domains, typ.OID)
		}
		l.db.Types = append(l.db.Types, &typ)
		l.db.types[typ.OID] = &typ
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.fields(ctx, relations, composites); err != nil {
		return err
	}
	return l.domainChecks(ctx, domains)
}

func (l *loader) fields(ctx context.Context, relations []uint32, composites map[uint32]*Type) error {
	if len(relations) == 0 {
		return nil
	}
	fields, err := l.columns(ctx, relations)
	for relation, t := range composites {
		t.Fields = fields[relation]
	}
	return err
}

func (l *loader) domainChecks(ctx context.Context, domains []uint32) error {
	if len(domains) == 0 {
		return nil
	}
	var domain uint32
	var c Check
	return l.each(ctx, typeCheckSQL, []any{domains}, []any{&domain, &c.Name, &c.Validated, &c.Expression, &c.Definition}, func() error {
		check, t := c, l.db.types[domain]
		check.Columns = []string{}
		check.Expression = withoutParentheses(c.Expression)
		t.Checks = append(t.Checks, &check)
		return nil
	})
}
