package seed

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/journal"
)

// chooseTables decides which tables get rows, and how many, in the order of the foreign keys.
func (p *Plan) chooseTables(ctx context.Context, conn *pgx.Conn) error {
	var err error
	if p.journal, err = journal.Locate(ctx, conn); err != nil {
		return err
	}
	wished, err := p.wishes()
	if err != nil {
		return err
	}
	depth := map[*schema.Table]int{}
	var full []string // tables that nobody has named and that hold rows: they are left as they are
	for _, component := range p.db.Order() {
		var together []*TablePlan
		for _, table := range component.Tables {
			if !p.fillable(table, wished) {
				continue
			}
			for _, key := range table.ForeignKeys {
				if parent := p.db.Referenced(key); parent != nil && !slices.Contains(component.Tables, parent) {
					depth[table] = max(depth[table], depth[parent]+1)
				}
			}
			t := &TablePlan{Table: table.QualifiedName(), lasting: lasting{table: table, said: p.said[table]}, source: &source{}, Columns: []ColumnPlan{}}
			t.Rows, t.wished = wished[table]
			if !t.wished && len(p.opts.Tables) == 0 {
				t.Rows, t.Why = p.usualRows(t, depth[table])
				if t.Rows > 0 && table.Abstract() {
					t.Rows, t.Why = 0, ""
					p.Warnings = append(p.Warnings, t.Table+" has a CHECK constraint that keeps every row out, and is left out")
				}
				if t.Rows > 0 && table.HasRows && !p.opts.Append && !p.opts.Truncate {
					t.Rows, t.Why = 0, ""
					full = append(full, t.Table)
				}
			}
			p.byName[t.Table] = t
			together = append(together, t)
		}
		p.Tables = append(p.Tables, p.unwind(together)...)
	}
	if len(full) > 0 {
		if len(p.filled()) == 0 {
			return holdRows(full)
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("left as they are, since they hold rows: %s; add to them with --append, or empty them first with --truncate", strings.Join(full, ", ")))
	}
	p.noteReferenced()
	p.addParents()
	return p.findRows(ctx, conn)
}

// wishes resolves the names of the tables that were asked for.
func (p *Plan) wishes() (map[*schema.Table]uint64, error) {
	wished := map[*schema.Table]uint64{}
	for _, wish := range p.opts.Tables {
		table, err := p.db.Find(wish.Table)
		if err != nil {
			return nil, err
		}
		if _, twice := wished[table]; twice {
			return nil, fmt.Errorf("table %s is named twice: name it once", table.QualifiedName())
		}
		switch {
		case table.Kind == schema.Foreign:
			return nil, fmt.Errorf("table %s is a foreign table: fill it on its own server", table.QualifiedName())
		case table.PartitionOf != "":
			return nil, fmt.Errorf("table %s is a partition: name %s, whose rows go to its partitions", table.QualifiedName(), p.db.Root(table).QualifiedName())
		}
		wished[table] = wish.Rows
	}
	return wished, nil
}

// fillable leaves out partitions, which get their rows through the table that they are a part of, and tables whose rows
// are elsewhere or our own.
func (p *Plan) fillable(table *schema.Table, wished map[*schema.Table]uint64) bool {
	if _, named := wished[table]; named {
		return true
	}
	if table.Kind == schema.Foreign && len(p.opts.Tables) == 0 {
		p.Warnings = append(p.Warnings, table.QualifiedName()+" is a foreign table and is left out")
	}
	return table.PartitionOf == "" && table.Kind != schema.Foreign && table.Schema != p.journal
}

// usual is the number of rows of a table that nobody said anything about: a thousand, and more for tables that hang
// deeper in the foreign keys, which are those that grow.
func usual(depth int) uint64 {
	rows := uint64(1000)
	for range min(depth, 3) {
		rows *= 3
	}
	return rows
}

// addParents gives rows to tables that were not asked for, where those that were can't do without: a fifth as many.
func (p *Plan) addParents() {
	for _, t := range slices.Backward(p.Tables) {
		if t.Rows == 0 {
			continue
		}
		for _, key := range t.table.ForeignKeys {
			parent := p.byName[key.ReferencedName()]
			if parent == nil || parent == t || parent.Rows > 0 || parent.wished || parent.silent() || parent.table.HasRows && !p.opts.Truncate || nullable(t.table, key) {
				continue
			}
			parent.Rows = max(t.Rows/5, min(t.Rows, 10))
			if parent.said != nil && parent.said.Rows != nil {
				parent.Rows = *parent.said.Rows
			}
			parent.Why = fmt.Sprintf("%s rows, because %s needs some", units.Count(int64(parent.Rows)), t.Table)
			p.Warnings = append(p.Warnings, parent.Table+" gets "+parent.Why)
		}
	}
}

// holdRows is the error about tables that hold rows.
func holdRows(full []string) error {
	if len(full) == 1 {
		return fmt.Errorf("table %s holds rows: add to them with --append, or empty it first with --truncate", full[0])
	}
	return fmt.Errorf("tables %s hold rows: add to them with --append, or empty them first with --truncate", strings.Join(full, ", "))
}

// findRows finds out what rows are there before the load, of tables that others refer to or that are added to.
func (p *Plan) findRows(ctx context.Context, conn *pgx.Conn) error {
	for _, t := range p.Tables {
		if !t.table.HasRows || t.Rows > 0 && !p.opts.Append {
			t.source.made = t.Rows
			continue
		}
		if t.Rows > 0 {
			if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+t.Table).Scan(&t.first); err != nil {
				return fmt.Errorf("count the rows of %s: %w", t.Table, err)
			}
		}
		t.source.first, t.source.made = t.first, t.Rows
		if err := p.readNext(ctx, conn, t); err != nil {
			return err
		}
		if p.neededBy(t) {
			if err := p.readExisting(ctx, conn, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// readNext finds the values from which whole numbers go on in a table that is added to.
func (p *Plan) readNext(ctx context.Context, conn *pgx.Conn, t *TablePlan) error {
	t.next = map[string]uint64{}
	for _, c := range t.table.Columns {
		if t.Rows == 0 || numberWidth(p.db, c.TypeOID) <= 0 {
			continue
		}
		var largest int64
		if err := conn.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(max(%s)::bigint, 0) FROM %s", schema.Quote(c.Name), t.Table)).Scan(&largest); err != nil {
			return fmt.Errorf("read the largest %s of %s: %w", c.Name, t.Table, err)
		}
		if largest < math.MaxInt64 {
			t.next[c.Name] = uint64(max(0, largest)) + 1 // 1 also where all are negative, as those of rows with a special meaning may be
		}
	}
	return nil
}

// neededBy tells whether a table that gets rows refers to this one.
func (p *Plan) neededBy(parent *TablePlan) bool {
	return slices.ContainsFunc(p.Tables, func(t *TablePlan) bool {
		return t.Rows > 0 && slices.ContainsFunc(t.table.ForeignKeys, func(key *schema.ForeignKey) bool {
			return key.ReferencedName() == parent.Table
		})
	})
}
