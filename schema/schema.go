// Package schema describes what a PostgreSQL database looks like: its tables, columns, types, keys, checks, indexes and
// partitions, and the graph that its foreign keys make.
//
// Load reads all of it from the catalogs, Apply runs a schema file, and the types below are what the rest of pgassay
// works on. Names are kept as the catalogs have them, unquoted; Quote and the QualifiedName methods quote them the way
// PostgreSQL itself does (quote_ident), which is also how relations are named in every JSON result.
package schema

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
	types  map[uint32]*Type
}

// Extension is an installed extension.
type Extension struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"` // the schema that holds its objects
}

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
}

// RowSecurity tells whether row-level security is on.
type RowSecurity struct {
	Enabled bool `json:"enabled"`
	Forced  bool `json:"forced"` // applies to the owner too
}

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
	Sequence  string   `json:"sequence,omitempty"`  // quoted qualified name of the sequence that it owns, or ""
	Comment   string   `json:"comment,omitempty"`
	Collation string   `json:"collation,omitempty"` // only where it differs from the type's own
	Inherited bool     `json:"inherited,omitempty"` // declared by a parent
}

// Identity says how a column's identity is generated.
type Identity string

// The values of Identity.
const (
	NoIdentity        Identity = ""
	IdentityAlways    Identity = "always"
	IdentityByDefault Identity = "by default"
)

// Key is a primary key or a unique constraint.
type Key struct {
	Name             string   `json:"name"`
	Columns          []string `json:"columns"`
	Deferrable       bool     `json:"deferrable,omitempty"`
	NullsNotDistinct bool     `json:"nulls_not_distinct,omitempty"` // PostgreSQL 15 and later
	WithoutOverlaps  bool     `json:"without_overlaps,omitempty"`   // PostgreSQL 18: the last column is a range
	Definition       string   `json:"definition"`                   // pg_get_constraintdef
}

// ForeignKey is a foreign key; Columns and ReferencedColumns pair up.
type ForeignKey struct {
	Name              string   `json:"name"`
	Columns           []string `json:"columns"`
	ReferencedSchema  string   `json:"referenced_schema"`
	ReferencedTable   string   `json:"referenced_table"`
	ReferencedColumns []string `json:"referenced_columns"`
	OnDelete          string   `json:"on_delete"` // no action, restrict, cascade, set null, set default
	OnUpdate          string   `json:"on_update"`
	MatchFull         bool     `json:"match_full,omitempty"`
	Deferrable        bool     `json:"deferrable,omitempty"`
	Deferred          bool     `json:"deferred,omitempty"` // initially deferred
	Validated         bool     `json:"validated"`
	Inherited         bool     `json:"inherited,omitempty"` // it came from the partitioned parent's
	Definition        string   `json:"definition"`
}

// Check is a CHECK constraint of a table.
type Check struct {
	Name       string   `json:"name"`
	Columns    []string `json:"columns"`    // those that the expression reads
	Expression string   `json:"expression"` // as pg_get_expr deparses it, without CHECK and outer parentheses
	Validated  bool     `json:"validated"`
	NoInherit  bool     `json:"no_inherit,omitempty"`
	Inherited  bool     `json:"inherited,omitempty"`
	Definition string   `json:"definition"`
}

// Exclusion is an EXCLUDE constraint: no two rows for which every operator holds.
type Exclusion struct {
	Name       string             `json:"name"`
	Elements   []ExclusionElement `json:"elements"`
	Method     string             `json:"method"`              // gist, btree, …
	Predicate  string             `json:"predicate,omitempty"` // WHERE of a partial constraint
	Deferrable bool               `json:"deferrable,omitempty"`
	Definition string             `json:"definition"`
}

// ExclusionElement is one element of an EXCLUDE constraint.
type ExclusionElement struct {
	Column     string `json:"column,omitempty"`     // a plain column, or "" and
	Expression string `json:"expression,omitempty"` // an expression
	Operator   string `json:"operator"`             // =, &&, …
}

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

// Trigger is a user trigger.
type Trigger struct {
	Name       string `json:"name"`
	Enabled    string `json:"enabled"` // origin, replica, always or disabled
	Definition string `json:"definition"`
}

// Partitioning says how a partitioned table routes rows.
type Partitioning struct {
	Strategy   string   `json:"strategy"` // list, range or hash
	Columns    []string `json:"columns"`  // "" at the place of an expression
	Definition string   `json:"definition"`
	Partitions []string `json:"partitions"` // quoted qualified names
}

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
	Extension string    `json:"extension,omitempty"` // the extension that owns it, or ""
	Labels    []string  `json:"labels,omitempty"`    // of an enum, in order
	Base      uint32    `json:"-"`                   // of a domain: the type under it
	BaseMod   int32     `json:"-"`                   // of a domain: the type modifier, -1 for none
	NotNull   bool      `json:"not_null,omitempty"`  // of a domain
	Default   string    `json:"default,omitempty"`   // of a domain
	Checks    []*Check  `json:"checks,omitempty"`    // of a domain; the value is called VALUE
	Element   uint32    `json:"-"`                   // of an array
	Subtype   uint32    `json:"-"`                   // of a range or multirange
	Fields    []*Column `json:"fields,omitempty"`    // of a composite
}
