package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/pgassay/pgassay/seed/journal"
)

// settle does what is left when the rows are loaded and everything is back in place. Sequences and the journal's end are
// quick, and an interrupt does not keep them; statistics may take a while.
func (l *loader) settle(ctx context.Context, conn *pgx.Conn) error {
	quick, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	if err := l.eachTable(quick, l.setSequences); err != nil {
		return fmt.Errorf("%w; the rows are loaded and constraints are back in place, but sequences may be behind them: set them, and end the run with pgassay seed repair", advise(err))
	}
	if l.journaled {
		if err := journal.Remove(quick, conn); err != nil {
			return fmt.Errorf("%w; the rows are loaded and everything is back in place: end the run with pgassay seed repair", advise(err))
		}
	}
	if err := l.eachTable(ctx, l.analyze); err != nil {
		return fmt.Errorf("%w; the rows are loaded and everything is back in place, but statistics are missing: run ANALYZE", advise(err))
	}
	return nil
}

// eachTable does something with each table that is loaded, on several connections.
func (l *loader) eachTable(ctx context.Context, do func(context.Context, *pgx.Conn, *TablePlan) error) error {
	work := make(chan *TablePlan, len(l.tables))
	for _, t := range l.tables {
		if l.lost[t] == nil {
			work <- t
		}
	}
	close(work)
	group, ctx := errgroup.WithContext(ctx)
	for range min(l.workers, len(work)) {
		group.Go(func() error {
			conn, err := l.connect(ctx)
			if err != nil {
				return err
			}
			defer closeConn(ctx, conn)
			for t := range work {
				if err := do(ctx, conn, t); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// setSequences sets the sequences behind the values that were loaded, as far as they are ones that the sequence gives: one may
// count down, or begin at a thousand.
func (l *loader) setSequences(ctx context.Context, conn *pgx.Conn, t *TablePlan) error {
	for _, c := range t.table.Columns {
		if c.Sequence == "" || numberWidth(l.plan.db, c.TypeOID) == 0 { // a text with a number in it, say
			continue
		}
		column := pgx.Identifier{c.Name}.Sanitize()
		sql := fmt.Sprintf(`SELECT setval(seqrelid::regclass, last::bigint) FROM pg_catalog.pg_sequence, LATERAL (
				SELECT CASE WHEN seqincrement > 0 THEN max(%s) ELSE min(%s) END AS last FROM %s WHERE %s BETWEEN seqmin AND seqmax) AS loaded
			WHERE seqrelid = $1::text::regclass AND last IS NOT NULL`, column, column, t.Table, column)
		_, err := conn.Exec(ctx, sql, c.Sequence)
		if pgErr := (*pgconn.PgError)(nil); errors.As(err, &pgErr) && pgErr.Code == "42501" {
			l.warn(fmt.Sprintf("sequence %s of %s stays where it is, as this role may not set it: have its owner run SELECT setval('%s', max(%s)) FROM %s",
				c.Sequence, t.Table, strings.ReplaceAll(c.Sequence, "'", "''"), column, t.Table))
		} else if err != nil {
			return fmt.Errorf("set sequence %s of %s: %w", c.Sequence, t.Table, err)
		}
	}
	return nil
}

// analyze gathers statistics.
func (l *loader) analyze(ctx context.Context, conn *pgx.Conn, t *TablePlan) error {
	l.step("gathering statistics of " + t.Table)
	if _, err := conn.Exec(ctx, "ANALYZE "+t.Table); err != nil {
		return fmt.Errorf("analyze %s: %w", t.Table, err)
	}
	return nil
}
