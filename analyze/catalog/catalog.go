// Package catalog holds what PostgreSQL knows of the tables that plans read: sizes, statistics, indexes, foreign keys.
package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/sqltext"
)

var (
	//go:embed tables.sql
	tablesSQL string
	//go:embed columns.sql
	columnsSQL string
	//go:embed indexes.sql
	indexesSQL string
	//go:embed keys.sql
	keysSQL string
	//go:embed server.sql
	serverSQL string
)

// Catalog is what the planner knows of the tables that plans read.
type Catalog struct {
	Tables map[string]*Table // by schema.name, not quoted, as Node.QualifiedRelation has it
	Server Server
}

// Server is what matters of the server's settings and state.
type Server struct {
	WorkMemKB  int64
	StatsAge   time.Duration // since the statistics collector started to count; 0 if not known
	Extensions []string      // installed in this database
}

// Has tells whether an extension is installed in the database.
func (s Server) Has(extension string) bool { return slices.Contains(s.Extensions, extension) }

// Table is a table with its statistics.
type Table struct {
	OID           uint32
	Schema, Name  string
	Kind          string  // relkind: r, m or p
	Rows          float64 // estimated by ANALYZE
	Pages         float64 // real size
	AnalysedPages float64 // size when it was analysed or vacuumed last
	Temporary     bool
	Analysed      bool    // there are statistics
	ModifiedSince float64 // rows changed since they were made
	LiveRows      float64 // as the statistics collector counts
	Updates       float64
	HotUpdates    float64
	Deletes       float64
	FillFactor    float64
	Root          string // of a partition: the quoted name of the table that it is, in the end, a partition of
	RootSchema    string // and its names, not quoted
	RootName      string
	Siblings      []string // of a partition: the quoted names of all partitions of its root; nil if some have partitions themselves
	PartitionKey  string   // of its root, as pg_get_partkeydef has it: RANGE (taken_at)
	ToastBytes    float64  // of values stored out of line, which the widths of columns leave out
	Columns       []*Column
	Indexes       []*Index
	ForeignKeys   []ForeignKey // of the table
	ReferencedBy  []ForeignKey // by other tables' foreign keys
}

// Column is a column with its statistics.
type Column struct {
	Name         string
	Type         string // as format_type has it
	Category     string // pg_type.typcategory
	Base         string // the name of the type under a domain, or of the type
	NotNull      bool
	NullShare    float64
	Width        float64   // bytes
	Distinct     float64   // as in pg_stats: negative is a share of the rows; 0 is unknown
	TopFrequency float64   // of the most common value
	kinds        []string  // of a column with few different values: the common ones as text
	kindShares   []float64 // and the share of the rows that has each
	Linguistic   bool      // its collation does not sort by bytes, so that LIKE 'x%' needs text_pattern_ops
	Sortable     bool      // a btree can index it
}

// Key is one key of an index.
type Key struct {
	Column     string // a plain column, or "" and
	Expression string // an expression
	OpClass    string // "" is the type's default
	Descending bool
	NullsFirst bool // of the order that the index has: false ascending and true descending is what CREATE INDEX does unasked
}

// Same tells whether two keys index the same thing, whatever the direction.
func (k Key) Same(other Key) bool {
	return k.Column == other.Column && k.Expression == other.Expression && k.OpClass == other.OpClass
}

// Text is the column, or the expression.
func (k Key) Text() string {
	if k.Column == "" {
		return k.Expression
	}
	return k.Column
}

// Index is an index that exists.
type Index struct {
	Name            string
	Method          string
	Keys            []Key
	Include         []string
	Where           string
	Unique          bool
	Valid           bool
	Primary         bool
	Constrained     bool // a constraint needs it
	ReplicaIdentity bool
	SizeBytes       float64
	Scans           float64 // since the statistics collector started to count
	SQL             string  // pg_get_indexdef
}

// StartsWith tells whether the index's first keys are these, in this order.
func (i *Index) StartsWith(keys []Key) bool {
	if len(keys) > len(i.Keys) {
		return false
	}
	for n, k := range keys {
		if !i.Keys[n].Same(k) {
			return false
		}
	}
	return true
}

// ForeignKey is a foreign key, seen from either side.
type ForeignKey struct {
	Name          string
	Schema, Table string
	Columns       []string
	Rows          float64 // of the table that has it
	Indexed       bool    // an index starts with its columns
	oid, refers   uint32
}

// QualifiedTable is the quoted name of the table that has the key.
func (k ForeignKey) QualifiedTable() string { return Qualified(k.Schema, k.Table) }

// Qualified writes a relation's name as PostgreSQL would.
func Qualified(schema, name string) string {
	return sqltext.QuoteIdent(schema) + "." + sqltext.QuoteIdent(name)
}

// Qualified is the table's quoted name.
func (t *Table) Qualified() string { return Qualified(t.Schema, t.Name) }

// Bytes is the table's size without indexes and TOAST.
func (t *Table) Bytes() float64 { return t.Pages * plan.PageBytes }

// Column returns a column by name, or nil.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// DistinctValues estimates how many different values a column has; at least 1.
func (t *Table) DistinctValues(column string) float64 {
	c := t.Column(column)
	if c == nil {
		return 1
	}
	switch {
	case c.Distinct > 0:
		return math.Max(1, c.Distinct)
	case c.Distinct < 0:
		return math.Max(1, -c.Distinct*t.Rows)
	}
	for _, i := range t.Indexes {
		if i.Unique && i.Where == "" && len(i.Keys) == 1 && i.Keys[0].Column == column {
			return math.Max(1, t.Rows)
		}
	}
	return math.Min(200, math.Max(1, t.Rows)) // the planner's own default
}

// ShareOf estimates which share of the rows has a value in a column, as the planner does: from the common values where the
// column has few, and otherwise as if all were equally frequent.
func (t *Table) ShareOf(column, value string) float64 {
	even := 1 / t.DistinctValues(column)
	c := t.Column(column)
	if c == nil || len(c.kinds) == 0 || len(c.kinds) != len(c.kindShares) {
		return even
	}
	rest := 1 - c.NullShare
	for i, kind := range c.kinds {
		if kind == value {
			return c.kindShares[i]
		}
		rest -= c.kindShares[i]
	}
	return math.Max(0, math.Min(even, rest/math.Max(1, t.DistinctValues(column)-float64(len(c.kinds)))))
}

// Of returns the table that a node reads, or nil.
func (c *Catalog) Of(n *plan.Node) *Table {
	if c == nil || n.Relation == "" {
		return nil
	}
	return c.Tables[n.QualifiedRelation()]
}

// Sorted returns the tables in the order of their names.
func (c *Catalog) Sorted() []*Table {
	var tables []*Table
	for _, t := range c.Tables {
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b *Table) int { return strings.Compare(a.Schema+"."+a.Name, b.Schema+"."+b.Name) })
	return tables
}

// Querier reads rows.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Load reads the tables that plans read, all in one go.
func Load(ctx context.Context, db Querier, plans []*plan.Plan) (*Catalog, error) {
	var schemas, names []string
	seen := map[string]bool{}
	for _, p := range plans {
		for _, n := range p.Nodes() {
			if q := n.QualifiedRelation(); n.Schema != "" && n.Relation != "" && !seen[q] {
				seen[q] = true
				schemas, names = append(schemas, n.Schema), append(names, n.Relation)
			}
		}
	}
	return loadTables(ctx, db, schemas, names)
}

// loadTables reads tables by name; schemas and names pair up. Those that do not exist are left out.
func loadTables(ctx context.Context, db Querier, schemas, names []string) (*Catalog, error) {
	c := &Catalog{Tables: map[string]*Table{}}
	byOID := map[uint32]*Table{}
	if err := c.loadServer(ctx, db); err != nil {
		return nil, fmt.Errorf("read server: %w", err)
	}
	rows, err := db.Query(ctx, tablesSQL, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("read tables: %w", err)
	}
	var t Table
	var root *string
	var rootNames []string
	var partitionKey *string
	_, err = pgx.ForEachRow(rows, []any{
		&t.OID, &t.Schema, &t.Name, &t.Kind, &t.Rows, &t.Pages, &t.AnalysedPages, &t.Temporary, &t.Analysed, &t.ModifiedSince, &t.LiveRows,
		&t.Updates, &t.HotUpdates, &t.Deletes, &t.FillFactor, &root, &rootNames, &t.Siblings, &partitionKey, &t.ToastBytes,
	}, func() error {
		table := t
		table.Siblings = slices.Clone(t.Siblings)
		if root != nil {
			table.Root, table.RootSchema, table.RootName = *root, rootNames[0], rootNames[1]
			table.PartitionKey = *partitionKey
		}
		c.Tables[t.Schema+"."+t.Name], byOID[t.OID] = &table, &table
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tables: %w", err)
	}
	var oids []uint32
	for oid := range byOID {
		oids = append(oids, oid)
	}
	slices.Sort(oids)
	for _, step := range []struct {
		name string
		load func(context.Context, Querier, []uint32, map[uint32]*Table) error
	}{{"columns", loadColumns}, {"indexes", loadIndexes}, {"foreign keys", loadKeys}} {
		if err := step.load(ctx, db, oids, byOID); err != nil {
			return nil, fmt.Errorf("read %s: %w", step.name, err)
		}
	}
	return c, nil
}

func (c *Catalog) loadServer(ctx context.Context, db Querier) error {
	rows, err := db.Query(ctx, serverSQL)
	if err != nil {
		return err
	}
	s, seconds := &c.Server, 0.0
	_, err = pgx.ForEachRow(rows, []any{&s.WorkMemKB, &seconds, &s.Extensions}, func() error { return nil })
	s.StatsAge = time.Duration(seconds * float64(time.Second))
	return err
}

func loadColumns(ctx context.Context, db Querier, oids []uint32, tables map[uint32]*Table) error {
	rows, err := db.Query(ctx, columnsSQL, oids)
	if err != nil {
		return err
	}
	var oid uint32
	var c Column
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &c.Name, &c.Type, &c.Category, &c.Base, &c.NotNull,
		&c.NullShare, &c.Width, &c.Distinct, &c.TopFrequency, &c.kinds, &c.kindShares, &c.Linguistic, &c.Sortable,
	}, func() error {
		column := c
		tables[oid].Columns = append(tables[oid].Columns, &column)
		return nil
	})
	return err
}

func loadIndexes(ctx context.Context, db Querier, oids []uint32, tables map[uint32]*Table) error {
	rows, err := db.Query(ctx, indexesSQL, oids)
	if err != nil {
		return err
	}
	var oid uint32
	var i Index
	var columns, expressions, opclasses, include []string
	var options []int
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &i.Name, &i.Method, &i.Unique, &i.Valid, &i.Primary, &i.Constrained, &i.ReplicaIdentity, &i.Where,
		&i.SizeBytes, &i.Scans, &i.SQL, &columns, &expressions, &opclasses, &options, &include,
	}, func() error {
		index := i
		index.Keys = nil
		for n := range columns {
			const descending, nullsFirst = 1, 2 // INDOPTION_DESC, INDOPTION_NULLS_FIRST
			index.Keys = append(index.Keys, Key{
				Column: columns[n], Expression: expressions[n], OpClass: opclasses[n],
				Descending: options[n]&descending != 0, NullsFirst: options[n]&nullsFirst != 0,
			})
		}
		index.Include = slices.Clone(include)
		tables[oid].Indexes = append(tables[oid].Indexes, &index)
		return nil
	})
	return err
}

func loadKeys(ctx context.Context, db Querier, oids []uint32, tables map[uint32]*Table) error {
	rows, err := db.Query(ctx, keysSQL, oids)
	if err != nil {
		return err
	}
	var k ForeignKey
	_, err = pgx.ForEachRow(rows, []any{&k.Name, &k.oid, &k.Schema, &k.Table, &k.refers, &k.Columns, &k.Rows, &k.Indexed}, func() error {
		key := k
		key.Columns = slices.Clone(k.Columns)
		if t := tables[k.oid]; t != nil {
			t.ForeignKeys = append(t.ForeignKeys, key)
		}
		if t := tables[k.refers]; t != nil {
			t.ReferencedBy = append(t.ReferencedBy, key)
		}
		return nil
	})
	return err
}
