package schema

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// TableKind tells the relations that can hold or route rows apart.
type TableKind string

// The kinds of table that Load reads. Views have no rows of their own and are left out.
const (
	Ordinary    TableKind = "table"       // relkind r
	Partitioned TableKind = "partitioned" // relkind p: routes rows to its partitions
	Foreign     TableKind = "foreign"     // relkind f: the rows are another server's
)

// Table is one relation that can hold rows.
type Table struct {
	OID           uint32        `json:"-"`
	Schema        string        `json:"schema"`
	Name          string        `json:"name"`
	Kind          TableKind     `json:"kind"`
	Owner         string        `json:"owner"`
	Comment       string        `json:"comment,omitempty"`
	Unlogged      bool          `json:"unlogged,omitempty"`
	Columns       []*Column     `json:"columns"`                // dropped ones left out
	PrimaryKey    *Key          `json:"primary_key,omitempty"`  // nil if it has none
	Uniques       []*Key        `json:"unique,omitempty"`       // UNIQUE constraints, without the primary key
	ForeignKeys   []*ForeignKey `json:"foreign_keys,omitempty"` // those declared on this table
	Checks        []*Check      `json:"checks,omitempty"`       // CHECK constraints, NOT NULL ones left out
	Exclusions    []*Exclusion  `json:"exclusions,omitempty"`   // EXCLUDE constraints
	Indexes       []*Index      `json:"indexes,omitempty"`      // every index, those of constraints too
	Triggers      []*Trigger    `json:"triggers,omitempty"`     // user triggers, constraint triggers of keys left out
	Partitioning  *Partitioning `json:"partitioning,omitempty"` // how it routes rows; nil unless Kind is Partitioned
	PartitionOf   string        `json:"partition_of,omitempty"` // quoted qualified name of the partitioned parent, or ""
	Bound         string        `json:"bound,omitempty"`        // as deparsed: FOR VALUES FROM (…) TO (…), DEFAULT, or ""
	Inherits      []string      `json:"inherits,omitempty"`     // quoted qualified names of plain inheritance parents
	RowSecurity   RowSecurity   `json:"row_security"`           //
	EstimatedRows float64       `json:"estimated_rows"`         // reltuples; -1 if never vacuumed or analysed
	Pages         int64         `json:"pages"`                  // real size of the main fork in 8 KiB pages
	SizeBytes     int64         `json:"size_bytes"`             // table with TOAST, without indexes
	HasRows       bool          `json:"has_rows"`               // false means that it is known to be empty
	Replica       string        `json:"replica_identity"`       // default, nothing, full or index

	readable bool // SELECT is granted and no policy hides rows
}

// RowSecurity tells whether row-level security is on.
type RowSecurity struct {
	Enabled bool `json:"enabled"`
	Forced  bool `json:"forced"` // applies to the owner too
}

// QualifiedName returns the table's name as it is written in SQL, schema first, quoted where it must be.
func (t *Table) QualifiedName() string { return QualifiedName(t.Schema, t.Name) }

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// SelfReferences returns the foreign keys by which the table's rows point to rows of the table itself.
func (t *Table) SelfReferences() []*ForeignKey {
	var found []*ForeignKey
	for _, fk := range t.ForeignKeys {
		if fk.ReferencedSchema == t.Schema && fk.ReferencedTable == t.Name {
			found = append(found, fk)
		}
	}
	return found
}

//go:embed table.sql
var tableSQL string

func (l *loader) readTables(ctx context.Context) error {
	var t Table
	var kind string
	var parentSchemas, parentNames []string
	var isPartition, readable bool
	schemas := l.opts.Schemas
	if schemas == nil {
		schemas = []string{}
	}
	err := l.each(ctx, tableSQL, []any{schemas, l.opts.ExtensionTables}, []any{
		&t.OID, &t.Schema, &t.Name, &kind, &t.Owner, &t.Comment, &t.Unlogged, &t.Bound, &parentSchemas, &parentNames, &isPartition,
		&t.RowSecurity.Enabled, &t.RowSecurity.Forced, &t.EstimatedRows, &t.Pages, &t.SizeBytes, &t.Replica, &readable,
	}, func() error {
		table := t
		table.Kind = map[string]TableKind{"r": Ordinary, "p": Partitioned, "f": Foreign}[kind]
		table.readable = readable
		for i := range parentNames {
			parent := QualifiedName(parentSchemas[i], parentNames[i])
			if isPartition {
				table.PartitionOf = parent
			} else {
				table.Inherits = append(table.Inherits, parent)
			}
		}
		l.db.Tables = append(l.db.Tables, &table)
		l.db.tables[table.OID] = &table
		l.db.names[table.QualifiedName()] = &table
		l.oids = append(l.oids, table.OID)
		return nil
	})
	if err != nil {
		return err
	}
	return l.checkSchemas(ctx)
}

//go:embed schemas.sql
var schemasSQL string

// checkSchemas makes sure that there is something to read, in each of the schemas that were asked for.
func (l *loader) checkSchemas(ctx context.Context) error {
	missing := slices.DeleteFunc(slices.Clone(l.opts.Schemas), func(name string) bool {
		return slices.ContainsFunc(l.db.Tables, func(t *Table) bool { return t.Schema == name })
	})
	if len(l.db.Tables) > 0 && len(missing) == 0 {
		return nil
	}
	var name string
	var known []string
	if err := l.each(ctx, schemasSQL, nil, []any{&name}, func() error {
		known = append(known, Quote(name))
		return nil
	}); err != nil {
		return err
	}
	where := "database " + Quote(l.db.Name)
	if len(missing) > 0 {
		where = "schema " + Quote(missing[0])
	}
	if len(known) == 0 {
		return fmt.Errorf("%w in %s: create some first, for example with pgassay schema apply FILE.sql", ErrNoTables, where)
	}
	return fmt.Errorf("%w in %s: the schemas that hold tables are %s", ErrNoTables, where, strings.Join(known, ", "))
}
