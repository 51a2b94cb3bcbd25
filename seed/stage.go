package seed

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// prepare makes the temporary table: the columns that the demands read, and what generated ones among them are made of.
func (a *agreement) prepare(ctx context.Context) error {
	t := a.l.table
	var needed []string
	for _, d := range a.demands {
		for _, name := range d.columns {
			needed = append(needed, name)
			if c := t.table.Column(name); c != nil && c.Generated != "" {
				needed = append(needed, columnsIn(t.table, c.Generated)...)
			}
		}
	}
	a.stage = &TablePlan{Table: "pg_temp." + schema.Quote(t.table.Name), lasting: lasting{table: t.table}, encoder: &encoder{}}
	statements := []string{fmt.Sprintf("CREATE TEMP TABLE %s (LIKE %s INCLUDING GENERATED INCLUDING STORAGE) ON COMMIT DROP", schema.Quote(t.table.Name), t.Table)}
	for _, c := range t.table.Columns {
		if !slices.Contains(needed, c.Name) {
			statements = append(statements, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s CASCADE", a.stage.Table, schema.Quote(c.Name)))
		}
	}
	for i, c := range t.Columns {
		if slices.Contains(needed, c.Name) {
			a.stage.Columns = append(a.stage.Columns, c)
			a.stage.encoder.fields = append(a.stage.encoder.fields, t.encoder.fields[i])
		}
	}
	for _, sql := range statements {
		if _, err := a.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	a.seen = make([]map[uint64]struct{}, len(a.demands))
	for i := range a.seen {
		a.seen[i] = map[uint64]struct{}{}
	}
	if err := a.hashable(ctx); err != nil || t.first == 0 {
		return err
	}
	rows, err := a.evaluate(ctx, t.Table, fmt.Sprintf("LIMIT %d", takenRows))
	for _, row := range rows {
		a.note(row)
	}
	return err
}

// hashable lets values of types without a hash function be compared by their texts.
func (a *agreement) hashable(ctx context.Context) error {
	for i := range a.demands {
		d := &a.demands[i]
		if !d.unique {
			continue
		}
		if _, err := a.conn.Exec(ctx, "SAVEPOINT pgassay_probe"); err != nil {
			return err
		}
		if _, err := a.conn.Exec(ctx, fmt.Sprintf("SELECT %s FROM (SELECT (NULL::%s).*) AS %s", d.hash(), a.stage.Table, schema.Quote(a.l.table.table.Name))); err != nil {
			if _, err := a.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT pgassay_probe"); err != nil {
				return err
			}
			d.sql = d.hashed(d.textHash())
		}
	}
	return nil
}

// judge has the server evaluate the demands on rows: for each row a value for each demand, nil where it is null.
func (a *agreement) judge(ctx context.Context, rows int, row func(dst []byte, i int) []byte) ([][][]byte, error) {
	buffer := append(make([]byte, 0, 64*rows), copyHeader...)
	for i := range rows {
		buffer = row(buffer, i)
	}
	buffer = append(buffer, copyTrailer...)
	if _, err := a.conn.Exec(ctx, "TRUNCATE "+a.stage.Table); err != nil {
		return nil, err
	}
	if _, err := a.stage.send(ctx, a.conn, a.stage.Table, "", bytes.NewReader(buffer)); err != nil {
		return nil, err
	}
	out, err := a.evaluate(ctx, a.stage.Table, "ORDER BY ctid")
	if err == nil && len(out) != rows {
		err = fmt.Errorf("%d rows came back of %d", len(out), rows)
	}
	return out, err
}

func (a *agreement) evaluate(ctx context.Context, table, suffix string) ([][][]byte, error) {
	columns := make([]string, len(a.demands))
	for i, d := range a.demands {
		columns[i] = d.sql
	}
	sql := fmt.Sprintf("SELECT %s FROM %s AS %s %s", strings.Join(columns, ", "), table, schema.Quote(a.l.table.table.Name), suffix)
	result := a.conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, []int16{1}).Read()
	return result.Rows, result.Err
}

// breaks lists the demands that a row breaks.
func (a *agreement) breaks(values [][]byte) []int {
	var broken []int
	for i, d := range a.demands {
		if values[i] == nil {
			continue
		}
		v := binary.BigEndian.Uint64(values[i])
		if _, taken := a.seen[i][v]; d.unique && taken || !d.unique && v == 0 {
			broken = append(broken, i)
		}
	}
	return broken
}

// note keeps what a row is unique in.
func (a *agreement) note(values [][]byte) {
	for i, d := range a.demands {
		if d.unique && values[i] != nil {
			a.seen[i][binary.BigEndian.Uint64(values[i])] = struct{}{}
		}
	}
}
