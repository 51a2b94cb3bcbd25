package index

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/plan"
)

var (
	//go:embed catalog.sql
	catalogSQL string
	//go:embed columns.sql
	columnsSQL string
	//go:embed indexes.sql
	indexesSQL string
)

// Catalog is what the planner knows of the tables that plans read.
type Catalog struct {
	Tables map[string]*Table // by schema.name, not quoted, as Node.QualifiedRelation has it
}

// Table is a table with its statistics.
type Table struct {
	OID          uint32
	Schema, Name string
	Kind         string  // relkind: r, m or p
	Rows         float64 // estimated
	Pages        float64 // real size
	AllVisible   float64 // pages
	Analysed     bool
	Temporary    bool
	Columns      []*Column
	Indexes      []*Existing
}

// Column is a column with its statistics.
type Column struct {
	Name         string
	Type         string // as format_type has it
	Category     string // pg_type.typcategory
	TypeOID      uint32
	Base         string // the name of the type under a domain, or of the type
	NotNull      bool
	NullShare    float64
	Width        float64 // bytes
	Distinct     float64 // as in pg_stats: negative is a share of the rows; 0 is unknown
	Correlation  float64
	TopFrequency float64 // of the most common value
	Linguistic   bool    // its collation does not sort by bytes, so that LIKE 'x%' needs text_pattern_ops
	Sortable     bool    // a btree can index it
}

// Existing is an index that exists.
type Existing struct {
	Definition
	Name                                         string
	Valid, Primary, Constrained, ReplicaIdentity bool
	SizeBytes, Scans                             float64
	SQL                                          string
}

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
	return LoadTables(ctx, db, schemas, names)
}

// Querier reads rows.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// LoadTables reads tables by name; schemas and names pair up. Those that do not exist are left out.
func LoadTables(ctx context.Context, db Querier, schemas, names []string) (*Catalog, error) {
	c := &Catalog{Tables: map[string]*Table{}}
	byOID := map[uint32]*Table{}
	rows, err := db.Query(ctx, catalogSQL, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("read tables: %w", err)
	}
	t, persistence := Table{}, ""
	_, err = pgx.ForEachRow(rows, []any{&t.OID, &t.Schema, &t.Name, &t.Kind, &t.Rows, &t.Pages, &t.AllVisible, &t.Analysed, &persistence}, func() error {
		table := t
		table.Temporary = persistence == "t"
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
	if err := loadColumns(ctx, db, oids, byOID); err != nil {
		return nil, fmt.Errorf("read columns: %w", err)
	}
	if err := loadIndexes(ctx, db, oids, byOID); err != nil {
		return nil, fmt.Errorf("read indexes: %w", err)
	}
	return c, nil
}

func loadColumns(ctx context.Context, db Querier, oids []uint32, tables map[uint32]*Table) error {
	rows, err := db.Query(ctx, columnsSQL, oids)
	if err != nil {
		return err
	}
	var oid uint32
	var c Column
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &c.Name, &c.Type, &c.Category, &c.TypeOID, &c.Base, &c.NotNull,
		&c.NullShare, &c.Width, &c.Distinct, &c.Correlation, &c.TopFrequency, &c.Linguistic, &c.Sortable,
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
	var e Existing
	var columns, expressions, opclasses, include []string
	var options []int
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &e.Name, &e.Method, &e.Unique, &e.Valid, &e.Primary, &e.Constrained, &e.ReplicaIdentity, &e.Where,
		&e.SizeBytes, &e.Scans, &e.SQL, &columns, &expressions, &opclasses, &options, &include,
	}, func() error {
		index := e
		index.Schema, index.Table = tables[oid].Schema, tables[oid].Name
		index.Keys = nil
		for i := range columns {
			const descending, nullsFirst = 1, 2 // INDOPTION_DESC, INDOPTION_NULLS_FIRST
			index.Keys = append(index.Keys, Key{
				Column: columns[i], Expression: expressions[i], OpClass: opclasses[i],
				Descending: options[i]&descending != 0, NullsFirst: options[i]&nullsFirst != 0,
			})
		}
		index.Include = slices.Clone(include)
		tables[oid].Indexes = append(tables[oid].Indexes, &index)
		return nil
	})
	return err
}
