package seed

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/seed/journal"
)

// pieceRows is how many rows are committed at a time where a run is resumable: as many as cost at most a few percent of
// the time, and a second or so to do again.
const pieceRows = 50_000

// piece is rows that are committed together.
type piece struct {
	table      *TablePlan
	first, end uint64
}

// span is the rows of a table that fall to this run: all of them, or a shard's part.
func (l *loader) span(t *TablePlan) (first, end uint64) {
	shard, shards := uint64(l.plan.opts.Shard), uint64(max(l.plan.opts.Shards, 1))
	if shards == 1 {
		return t.first, t.first + t.Rows
	}
	cut := func(i uint64) uint64 {
		high, low := bits.Mul64(t.Rows, i)
		at, _ := bits.Div64(high, low, shards)
		return t.first + at
	}
	return cut(shard - 1), cut(shard)
}

// share is how many rows of a table fall to this run.
func (l *loader) share(t *TablePlan) uint64 {
	first, end := l.span(t)
	return end - first
}

// pieces lists what is left to load of a table.
func (l *loader) pieces(t *TablePlan) []piece {
	first, end := l.span(t)
	var open []piece
	for _, part := range l.journal.Parts { // in the order of their first rows
		if part.Table != t.Table || part.First+part.Rows <= first || part.First >= end {
			continue
		}
		if part.First > first {
			open = append(open, piece{t, first, part.First})
		}
		first = part.First + part.Rows
	}
	if first < end {
		open = append(open, piece{t, first, end})
	}
	if !l.resumable() {
		return open
	}
	rows := l.plan.opts.PieceRows
	if rows == 0 {
		rows = pieceRows
	}
	var pieces []piece
	for _, p := range open {
		for at := p.first; at < p.end; at += rows {
			pieces = append(pieces, piece{t, at, min(at+rows, p.end)})
		}
	}
	return pieces
}

// load loads a piece in one transaction and notes it in the journal.
func (l *loader) load(ctx context.Context, conn *pgx.Conn, p piece, buffer *[]byte) error {
	t, start := p.table, time.Now()
	var got loaded
	var transaction string
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		options := ""
		if l.freeze[t] {
			// A table that was emptied in the same transaction can take rows that are visible to everybody from the start.
			if _, err := tx.Exec(ctx, "TRUNCATE "+t.Table); err != nil {
				return fmt.Errorf("empty %s: %w", t.Table, err)
			}
			options = ", FREEZE"
		}
		var err error
		got, err = t.copyRows(ctx, conn, options, p.first, p.end, buffer,
			func(rows uint64, bytes int64) { l.tell(Event{Kind: Loaded, Table: t.Table, Rows: rows, Bytes: bytes}) })
		if err == nil && l.addsTo(t) {
			err = tx.QueryRow(ctx, "SELECT (pg_current_xact_id()::text::bigint % 4294967296)::text").Scan(&transaction)
		}
		if err != nil || !l.journaled {
			return err
		}
		return journal.Note(ctx, tx, l.journal, journal.Part{
			Table: t.Table, First: p.first, Rows: got.rows, Bytes: got.bytes, Checksum: got.checksum, Duration: time.Since(start),
		})
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	s := l.sums[t]
	s.add(got)
	if transaction != "" {
		s.transactions = append(s.transactions, transaction)
	}
	s.duration += time.Since(start)
	s.open--
	last := s.open == 0 && l.lost[t] == nil
	l.mu.Unlock()
	if last {
		l.tell(Event{Kind: Finished, Table: t.Table})
		close(l.done[t])
	}
	return nil
}

// The advisory locks of a run: one that whoever begins a run holds for a moment, one that all of its connections share, so
// that a repair can tell when they are gone, one that those of a repair share, one that the shard holds which looks whether it is the last, and two per shard: one that it holds from start to end, and one that its
// working connections share, so that a run can wait until those of a killed one are gone.
const (
	lockClass  int32 = 0x70676173 // "pgas"
	beginLock  int32 = 0
	aliveLock  int32 = 1
	repairLock int32 = 2
	finishLock int32 = 3
	runLock    int32 = 1 << 20
	workLock   int32 = 2 << 20
)

// lock makes sure that no other process does the same work.
func (l *loader) lock(ctx context.Context, conn *pgx.Conn) error {
	shard := int32(l.plan.opts.Shard)
	return advisory(ctx, conn,
		fmt.Sprintf("SELECT pg_advisory_lock_shared(%d, %d)", lockClass, aliveLock),
		fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", lockClass, runLock+shard),
		fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", lockClass, workLock+shard),
		fmt.Sprintf("SELECT pg_advisory_unlock(%d, %d)", lockClass, workLock+shard))
}

// connect opens a working connection.
func (l *loader) connect(ctx context.Context) (*pgx.Conn, error) {
	return connect(ctx, l.config, aliveLock, workLock+int32(l.plan.opts.Shard))
}

// connect opens a connection that shares advisory locks for as long as it is there.
func connect(ctx context.Context, config *pgx.ConnConfig, shared ...int32) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	for _, lock := range shared {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1, $2)", lockClass, lock); err != nil {
			closeConn(ctx, conn)
			return nil, fmt.Errorf("lock: %w", err)
		}
	}
	return conn, nil
}

// advisory takes advisory locks, within ten seconds: connections of a killed process need a moment to go away.
func advisory(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	statements = append(append([]string{"SET lock_timeout = '10s'"}, statements...), "SET lock_timeout = 0")
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			if pgErr := (*pgconn.PgError)(nil); errors.As(err, &pgErr) && pgErr.Code == "55P03" {
				return fmt.Errorf("another pgassay seed is at work in this database, or one that was killed is still ending: wait and try again")
			}
			return fmt.Errorf("lock: %w", err)
		}
	}
	return nil
}
