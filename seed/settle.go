package seed

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// settle sets the sequences behind the values that were loaded and gathers statistics.
func (l *loader) settle(ctx context.Context) error {
	work := make(chan *TablePlan, len(l.tables))
	for _, t := range l.tables {
		work <- t
	}
	close(work)
	var wait sync.WaitGroup
	errs := make(chan error, l.workers)
	for range min(l.workers, len(l.tables)) {
		wait.Go(func() { errs <- l.settleTables(ctx, work) })
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) settleTables(ctx context.Context, work <-chan *TablePlan) error {
	conn, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer closeConn(ctx, conn)
	for t := range work {
		if l.lost[t] != nil {
			continue
		}
		for _, c := range t.table.Columns {
			if c.Sequence == "" || numberWidth(l.plan.db, c.TypeOID) == 0 { // a text with a number in it, say
				continue
			}
			column := pgx.Identifier{c.Name}.Sanitize()
			sql := fmt.Sprintf("SELECT setval($1::text::regclass, greatest(max(%s), 1)) FROM %s HAVING max(%s) IS NOT NULL", column, t.Table, column)
			if _, err := conn.Exec(ctx, sql, c.Sequence); err != nil {
				return fmt.Errorf("set sequence %s of %s: %w", c.Sequence, t.Table, err)
			}
		}
		l.step("gathering statistics of " + t.Table)
		if _, err := conn.Exec(ctx, "ANALYZE "+t.Table); err != nil {
			return fmt.Errorf("analyze %s: %w", t.Table, err)
		}
	}
	return nil
}
