// Package schema describes what a PostgreSQL database looks like: its tables, columns, types, keys, checks, indexes and
// partitions, and the graph that its foreign keys make.
//
// Load reads all of it from the catalogs, Apply runs a schema file, and the types below are what the rest of pgassay
// works on. Names are kept as the catalogs have them, unquoted; Quote and the QualifiedName methods quote them the way
// PostgreSQL itself does (quote_ident), which is also how relations are named in every JSON result.
//
// There is one file per kind of catalog object: its type, how Load reads it, and beside it the SQL that does.
package schema

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Database is the structure of one database. Slices are sorted by schema and name, columns by position, so that the
// same database always gives the same value.
type Database struct {
	Name          string      `json:"name"`
	ServerVersion int         `json:"server_version"` // server_version_num, for example 150018
	Extensions    []Extension `json:"extensions"`
	Tables        []*Table    `json:"tables"`
	Types         []*Type     `json:"types"` // enums, domains, composites, ranges and arrays of them that a column uses
	Warnings      []string    `json:"warnings"`

	tables map[uint32]*Table // by OID; filled by Load
	names  map[string]*Table // by qualified name; filled by Load
	types  map[uint32]*Type
}

// Table returns the table that a name means, or nil. The name is written as in SQL: posts, public.posts, "My Schema".t.
// Without a schema it means the one in public, else the only table of that name. Where folding an unquoted name to
// lower case finds nothing, it is taken as it stands, so that Users finds "Users".
func (d *Database) Table(name string) *Table {
	t, _ := d.Find(name)
	return t
}

// ErrNotFound is what Find's error wraps where no table has the name.
var ErrNotFound = errors.New("no such table")

// Find is Table with an error that says why there is none: no table has that name, or several schemas have one.
func (d *Database) Find(name string) (*Table, error) {
	if t := d.names[name]; t != nil {
		return t, nil
	}
	folded, exact, err := parseName(name)
	if err != nil {
		return nil, err
	}
	for _, parts := range [][]string{folded, exact} {
		found := d.match(parts)
		if len(found) == 1 {
			return found[0], nil
		}
		if i := slices.IndexFunc(found, func(t *Table) bool { return t.Schema == "public" }); i >= 0 {
			return found[i], nil
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("table %s is in several schemas: write %s", name, joinOr(qualifiedNames(found)))
		}
	}
	return nil, fmt.Errorf("%w: %s%s", ErrNotFound, name, d.suggestion(folded[len(folded)-1]))
}

// match returns the tables that a parsed name of one or two parts fits.
func (d *Database) match(parts []string) []*Table {
	var found []*Table
	for _, t := range d.Tables {
		if t.Name == parts[len(parts)-1] && (len(parts) == 1 || t.Schema == parts[0]) {
			found = append(found, t)
		}
	}
	return found
}

// TableByOID returns the table with that OID, or nil.
func (d *Database) TableByOID(oid uint32) *Table { return d.tables[oid] }

// Type returns the type with that OID, or nil if no column uses it.
func (d *Database) Type(oid uint32) *Type { return d.types[oid] }

// BaseType returns the type with that OID, or if it is a domain, the type under it and the domains that it is over; nil if
// no column uses it.
func (d *Database) BaseType(oid uint32) *Type {
	typ := d.Type(oid)
	for typ != nil && typ.Kind == DomainType {
		typ = d.Type(typ.Base)
	}
	return typ
}

// Domains lists the type with that OID if it is a domain, then the one that it is over if that is a domain too, and so on.
func (d *Database) Domains(oid uint32) iter.Seq[*Type] {
	return func(yield func(*Type) bool) {
		for typ := d.Type(oid); typ != nil && typ.Kind == DomainType && yield(typ); {
			typ = d.Type(typ.Base)
		}
	}
}

// RefusesNull tells whether the type with that OID is a domain that is NOT NULL, or over one.
func (d *Database) RefusesNull(oid uint32) bool {
	for domain := range d.Domains(oid) {
		if domain.NotNull {
			return true
		}
	}
	return false
}

// Referenced returns the table that a foreign key points to, or nil if it was not loaded.
func (d *Database) Referenced(fk *ForeignKey) *Table {
	return d.byName(QualifiedName(fk.ReferencedSchema, fk.ReferencedTable))
}

// Root returns the topmost partitioned table that t is a part of, and t itself if it is no partition or if that table
// was not loaded.
func (d *Database) Root(t *Table) *Table {
	for t.PartitionOf != "" {
		parent := d.byName(t.PartitionOf)
		if parent == nil {
			break
		}
		t = parent
	}
	return t
}

// byName returns the table with exactly that quoted qualified name, or nil.
func (d *Database) byName(qualified string) *Table {
	if d.names != nil {
		return d.names[qualified]
	}
	for _, t := range d.Tables { // a Database that was not made by Load
		if t.QualifiedName() == qualified {
			return t
		}
	}
	return nil
}

func qualifiedNames(tables []*Table) []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.QualifiedName()
	}
	return names
}

func joinOr(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
