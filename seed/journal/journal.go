// Package journal takes foreign keys, indexes and triggers off tables for the time of a load and puts them back exactly
// as they were, and notes which rows are loaded. All of it is written down in a schema of the database itself, in the
// transactions that do it, so that after a crash at any moment the load can go on or be undone. When a load is done, the
// schema is gone.
package journal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Run is what is being loaded.
type Run struct {
	ID      string // a digest of everything that the rows depend on
	About   string // the same for people
	Started time.Time
	Targets []Target
	Parts   []Part
	Schema  string // the one that holds the journal; Begin and Read fill it in
}

// Target is a table that gets rows.
type Target struct {
	Table string // qualified
	First uint64
	Rows  uint64
	Empty bool // it had no rows before
}

// Part is rows that are loaded and committed.
type Part struct {
	Table    string
	First    uint64
	Rows     uint64
	Bytes    int64
	Checksum uint64
	Duration time.Duration
}

//go:embed journal.sql
var journalSQL string

// Begin makes the journal of a run in a schema of its own and takes objects off, in a transaction that the caller commits.
func Begin(ctx context.Context, tx pgx.Tx, run *Run, objects []*Object) error {
	place, err := vacant(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, in(place, journalSQL), pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("make the journal in schema %s: %w", place, err)
	}
	run.Schema = place
	batch := &pgx.Batch{}
	batch.Queue(in(place, "INSERT INTO {journal}.run (id, about) VALUES ($1, $2)"), run.ID, run.About)
	for _, t := range run.Targets {
		batch.Queue(in(place, "INSERT INTO {journal}.target (relation, first, rows, empty) VALUES ($1, $2, $3, $4)"), t.Table, number(t.First), number(t.Rows), t.Empty)
	}
	for _, o := range objects {
		batch.Queue(in(place, "INSERT INTO {journal}.parked (kind, relation, name, definition, model, referenced, size, restore) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
			string(o.Kind), o.Table, o.Name, o.Definition, o.Model, o.ReferencedName, int64(o.Size), o.restore)
		batch.Queue(o.drop)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("take constraints off: %w", err)
	}
	return nil
}

// number writes a uint64 for a numeric column.
func number(n uint64) string { return fmt.Sprint(n) }

// Execer runs a statement.
type Execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Note notes rows of a run as loaded, in the transaction that loads them.
func Note(ctx context.Context, tx Execer, run *Run, p Part) error {
	_, err := tx.Exec(ctx, in(run.Schema, "INSERT INTO {journal}.part (relation, first, rows, bytes, checksum, duration_ns) VALUES ($1, $2, $3, $4, $5, $6)"),
		p.Table, number(p.First), number(p.Rows), p.Bytes, number(p.Checksum), p.Duration.Nanoseconds())
	if err != nil {
		return fmt.Errorf("note rows of %s in the journal: %w", p.Table, err)
	}
	return nil
}

// forget takes a run's notes about tables back, in the transaction that empties them.
func forget(ctx context.Context, tx Execer, run *Run, tables []string) error {
	if _, err := tx.Exec(ctx, in(run.Schema, "DELETE FROM {journal}.part WHERE relation = ANY ($1)"), tables); err != nil {
		return fmt.Errorf("take notes back in the journal: %w", err)
	}
	return nil
}

// Read gives the run that the journal is about, or nil if there is no journal.
func Read(ctx context.Context, q Querier) (*Run, error) {
	run, err := read(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return run, nil
}

func read(ctx context.Context, q Querier) (*Run, error) {
	place, err := Locate(ctx, q)
	if err != nil || place == "" {
		return nil, err
	}
	rows, err := q.Query(ctx, in(place, "SELECT id, about, started FROM {journal}.run"))
	if err != nil {
		return nil, err
	}
	run := Run{Schema: place}
	if _, err := pgx.ForEachRow(rows, []any{&run.ID, &run.About, &run.Started}, func() error { return nil }); err != nil {
		return nil, err
	}
	// Numbers as text: numeric is what holds an unsigned 64-bit number.
	if rows, err = q.Query(ctx, in(place, "SELECT relation, first::text, rows::text, empty FROM {journal}.target ORDER BY relation")); err != nil {
		return nil, err
	}
	var t Target
	var first, count, checksum string
	if _, err := pgx.ForEachRow(rows, []any{&t.Table, &first, &count, &t.Empty}, func() error {
		target := t
		run.Targets = append(run.Targets, target)
		return parse(first, &run.Targets[len(run.Targets)-1].First, count, &run.Targets[len(run.Targets)-1].Rows)
	}); err != nil {
		return nil, err
	}
	rows, err = q.Query(ctx, in(place, "SELECT relation, first::text, rows::text, bytes, checksum::text, duration_ns FROM {journal}.part AS p ORDER BY relation, p.first"))
	if err != nil {
		return nil, err
	}
	var p Part
	var duration int64
	_, err = pgx.ForEachRow(rows, []any{&p.Table, &first, &count, &p.Bytes, &checksum, &duration}, func() error {
		p.Duration = time.Duration(duration)
		err := parse(first, &p.First, count, &p.Rows, checksum, &p.Checksum)
		run.Parts = append(run.Parts, p)
		return err
	})
	return &run, err
}

// parse reads pairs of a number's text and where it goes.
func parse(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if _, err := fmt.Sscan(pairs[i].(string), pairs[i+1].(*uint64)); err != nil {
			return err
		}
	}
	return nil
}

// ErrParked is what Remove's error wraps while something is still off.
var ErrParked = errors.New("not everything is back in place")

// Remove removes the journal, unless something is still to be put back. The schema stays if somebody else put something
// into it.
func Remove(ctx context.Context, conn *pgx.Conn) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		place, err := Locate(ctx, tx)
		if err != nil {
			return err
		}
		if place == "" {
			return errors.New("there is none any more")
		}
		if _, err := tx.Exec(ctx, in(place, "LOCK TABLE {journal}.parked IN ACCESS EXCLUSIVE MODE")); err != nil {
			return err
		}
		var left int
		if err := tx.QueryRow(ctx, in(place, "SELECT count(*) FROM {journal}.parked")).Scan(&left); err != nil {
			return err
		}
		if left > 0 {
			return ErrParked
		}
		if _, err := tx.Exec(ctx, in(place, "DROP TABLE {journal}.parked, {journal}.part, {journal}.target, {journal}.run; COMMENT ON SCHEMA {journal} IS NULL"), pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		nested, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := nested.Exec(ctx, in(place, "DROP SCHEMA {journal} RESTRICT")); err == nil {
			return nested.Commit(ctx)
		} else if pgErr := (*pgconn.PgError)(nil); !errors.As(err, &pgErr) {
			return err
		}
		return nested.Rollback(ctx)
	})
	if err != nil {
		return fmt.Errorf("remove the journal: %w", err)
	}
	return nil
}
