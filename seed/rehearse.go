package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// rehearsalRows is how many rows of each table are tried before anything is loaded.
const rehearsalRows = 200

// rehearse sends a sample of a table's rows to a temporary copy of it, which has its types, CHECK constraints and generated
// columns but neither keys nor triggers, and rolls that back. So what the server makes of the rows is known before
// anything is changed. It returns what is wrong with them, or nil.
func rehearse(ctx context.Context, conn *pgx.Conn, t *TablePlan) (*Unfillable, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadWrite})
	if err != nil {
		return nil, ctx.Err() // a standby, say: there is no rehearsal then
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := t.stageLookups(ctx, conn); err != nil {
		return nil, ctx.Err()
	}
	stage := "pg_temp." + schema.Quote(t.table.Name)
	create := fmt.Sprintf("CREATE TEMP TABLE %s (LIKE %s INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE) ON COMMIT DROP", schema.Quote(t.table.Name), t.Table)
	if _, err := tx.Exec(ctx, create); err != nil {
		return nil, ctx.Err() // not allowed to make temporary tables: the load itself will tell
	}
	for _, c := range t.table.Checks {
		if expression := t.onStage(c.Expression); expression != c.Expression {
			swap := fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %s CHECK (%s)", stage, schema.Quote(c.Name), schema.Quote(c.Name), expression)
			if _, err := tx.Exec(ctx, swap); err != nil {
				return nil, ctx.Err()
			}
		}
	}
	for _, c := range t.conditions {
		add := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s)", stage, schema.Quote(c.Name), c.Expression)
		if _, err := tx.Exec(ctx, add); err != nil {
			return nil, ctx.Err()
		}
	}
	var buffer []byte
	sample := &sampleReader{encoder: t.encoder, first: t.first, rows: t.Rows, count: min(t.Rows, rehearsalRows), buffer: &buffer}
	_, err = t.send(ctx, conn, stage, "", sample)
	var pgErr *pgconn.PgError
	if err == nil || ctx.Err() != nil || !errors.As(err, &pgErr) || circumstance(pgErr) {
		return nil, advise(err)
	}
	return t.refused(pgErr), nil
}

// circumstance tells whether an error says nothing about the rows: the connection, the server's resources, an operator's
// intervention, idle timeouts, locks and deadlocks. A statement_timeout may well be about them.
func circumstance(err *pgconn.PgError) bool {
	switch err.Code {
	case "57014":
		return false
	case "25P03", "25P04", "55P03":
		return true
	}
	switch err.Code[:min(2, len(err.Code))] {
	case "08", "40", "53", "57", "58":
		return true
	}
	return false
}

// refused says what the server had against a table's rows.
func (t *TablePlan) refused(err *pgconn.PgError) *Unfillable {
	u := &Unfillable{Table: t.Table, Column: err.ColumnName, Constraint: err.ConstraintName, Reason: "the server refuses the rows made for it: " + err.Message}
	if broken(err) {
		where, _, _ := strings.Cut(err.Where, "\n")
		u.Reason = strings.TrimSuffix("the server can't store rows in it: "+err.Message+": "+where, ": ")
		u.Advice = fmt.Sprintf("mend the trigger, index or function that this is about, or leave the table out, in seed.yaml: tables: {%s: skip}", t.Table)
		return u
	}
	for _, c := range t.table.Checks {
		if c.Name == err.ConstraintName {
			u.Definition = c.Definition
			if columns := columnsIn(t.table, c.Expression); len(columns) > 0 && u.Column == "" {
				u.Column = columns[0]
			}
		}
	}
	if u.Column == "" && strings.HasPrefix(err.Where, "COPY ") { // COPY media, line 1, column volstatus: …
		if _, after, ok := strings.Cut(err.Where, ", column "); ok {
			u.Column, _, _ = strings.Cut(after, ":")
		}
	}
	column := u.Column
	if column == "" {
		column = "COLUMN"
	}
	u.Advice = fmt.Sprintf("say which values %s may have, in seed.yaml: tables: {%s: {columns: {%s: {values: [...]}}}}", schema.Quote(column), t.Table, column)
	return u
}

// sampleReader is a COPY stream of rows spread evenly over a table.
type sampleReader struct {
	encoder     *encoder
	first, rows uint64
	count, next uint64
	buffer      *[]byte
	rest        []byte
	started     bool
	ended       bool
}

// Read implements io.Reader.
func (s *sampleReader) Read(p []byte) (int, error) {
	return readFilled(p, &s.rest, &s.ended, s.fill)
}

func (s *sampleReader) fill() {
	buffer := (*s.buffer)[:0]
	if !s.started {
		buffer, s.started = append(buffer, copyHeader...), true
	}
	for s.next < s.count && len(buffer) < batchBytes {
		buffer = s.encoder.appendRow(nil, buffer, s.first+s.next*(s.rows/s.count))
		s.next++
	}
	if s.next == s.count {
		buffer, s.ended = append(buffer, copyTrailer...), true
	}
	*s.buffer, s.rest = buffer, buffer
}
