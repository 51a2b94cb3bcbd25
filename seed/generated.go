package seed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// computedRows is of how many rows of a table generated columns are computed that foreign keys reference: they are kept in memory.
const computedRows = 1_000_000

// computed is a generated column, by the rows of its table.
type computed struct {
	pool
	first uint64
}

// Append implements value.Generator.
func (c *computed) Append(dst []byte, row uint64) ([]byte, bool) {
	return c.pool.Append(dst, row-c.first)
}

// compute asks the server for the generated columns of a table that foreign keys reference.
func (p *Plan) compute(ctx context.Context, trial *pgx.Conn, t *TablePlan) error {
	for _, c := range t.table.Columns {
		if c.Generated == "" || !p.referenced[t][c.Name] || t.Rows > computedRows {
			continue
		}
		names := columnsIn(t.table, c.Generated)
		if len(names) == 0 || !t.knows(names) || slices.ContainsFunc(t.Columns, func(c ColumnPlan) bool { return c.cast && slices.Contains(names, c.Name) }) {
			continue
		}
		out := &computed{first: t.first}
		batch := max(1, min(1000, 30_000/uint64(len(names)))) // parameters
		for start := uint64(0); start < t.Rows; start += batch {
			values, err := p.evaluate(ctx, trial, t, c.Generated, names, t.first+start, min(batch, t.Rows-start))
			if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && ctx.Err() == nil {
				out = nil // the load will tell
				break
			}
			if err != nil {
				return fmt.Errorf("compute %s of %s: %w", schema.Quote(c.Name), t.Table, err)
			}
			for _, v := range values {
				out.add(v)
			}
		}
		if out != nil {
			t.source.set(c.Name, out)
		}
	}
	return nil
}

// evaluate gives the value of an expression over columns of a table in some rows.
func (p *Plan) evaluate(ctx context.Context, trial *pgx.Conn, t *TablePlan, expression string, names []string, first, count uint64) ([][]byte, error) {
	var types []uint32
	var args [][]byte
	rows := make([]string, count)
	for i := range count {
		fields := []string{fmt.Sprint(i)}
		for _, name := range names {
			typ := p.db.BaseType(t.table.Column(name).TypeOID)
			if typ == nil {
				return nil, fmt.Errorf("the type of %s is not known", schema.Quote(name))
			}
			var v []byte
			if g := t.source.own(name); g != nil {
				if out, null := g.Append([]byte{}, first+i); !null {
					v = out
				}
			}
			types, args = append(types, typ.OID), append(args, v)
			fields = append(fields, fmt.Sprintf("$%d", len(args)))
		}
		rows[i] = "(" + strings.Join(fields, ", ") + ")"
	}
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = schema.Quote(name)
	}
	sql := fmt.Sprintf(`SELECT (%s) FROM (VALUES %s) AS t("row ", %s) ORDER BY "row "`, expression, strings.Join(rows, ", "), strings.Join(list, ", "))
	result := trial.PgConn().ExecParams(ctx, sql, args, types, slices.Repeat([]int16{1}, len(args)), []int16{1}).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	values := make([][]byte, len(result.Rows))
	for i, row := range result.Rows {
		values[i] = row[0]
	}
	return values, nil
}

// uncomputed tells whether a foreign key references a generated column whose values are not known.
func uncomputed(key *schema.ForeignKey, parent *TablePlan) bool {
	return slices.ContainsFunc(key.ReferencedColumns, func(name string) bool {
		c := parent.table.Column(name)
		return c != nil && c.Generated != "" && parent.source.made > 0 && parent.source.own(name) == nil
	})
}
