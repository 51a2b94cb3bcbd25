package seed

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/journal"
)

// Load makes the rows. On an error or a cancelled context the result says which tables are loaded; every table has all
// of its rows or is as it was before, and the constraints that were taken off are back, or the error says how to get
// them back.
func (p *Plan) Load(ctx context.Context) (*Result, error) {
	l := &loader{plan: p, config: session(p.config), start: time.Now(), done: map[*TablePlan]chan struct{}{}}
	err := l.run(ctx)
	return l.result(), err
}

// loader is one run of Load.
type loader struct {
	plan    *Plan
	config  *pgx.ConnConfig
	start   time.Time
	workers int
	tables  []*TablePlan // that get rows

	parked   map[*schema.ForeignKey]bool
	freeze   map[*TablePlan]bool
	done     map[*TablePlan]chan struct{} // closed when a table is committed
	mu       sync.Mutex
	results  map[*TablePlan]TableResult
	warnings []string
}

func (l *loader) run(ctx context.Context) error {
	l.workers = l.plan.opts.Workers
	if l.workers <= 0 {
		l.workers = min(runtime.GOMAXPROCS(0), 8)
	}
	if len(l.plan.Unfillable) > 0 && !l.plan.opts.SkipUnfillable {
		return &UnfillableError{l.plan.Unfillable}
	}
	l.results = map[*TablePlan]TableResult{}
	for _, t := range l.plan.Tables {
		if t.Rows > 0 {
			l.tables = append(l.tables, t)
			l.done[t] = make(chan struct{})
		}
	}
	if len(l.tables) == 0 {
		return errors.New("no table is to get rows: name some, as in users=1000")
	}
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer closeConn(ctx, conn)
	if err := l.prepare(ctx, conn); err != nil {
		return err
	}
	err = l.copyAll(ctx)
	if err = errors.Join(err, l.restore(ctx, err)); err != nil {
		return l.explain(err)
	}
	return l.settle(ctx)
}

// prepare checks that the tables may be filled, empties them if that was asked for, and takes constraints off.
func (l *loader) prepare(ctx context.Context, conn *pgx.Conn) error {
	if exists, err := journal.Exists(ctx, conn); err != nil {
		return err
	} else if exists {
		return fmt.Errorf("an earlier run has left constraints off in %s: put them back with pgassay seed repair first", schema.Quote(l.plan.Database))
	}
	if err := l.checkEmpty(ctx, conn); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		objects, err := l.choosePark(ctx, tx)
		if err != nil {
			return err
		}
		if len(objects) > 0 {
			l.step(fmt.Sprintf("taking off %s", countKinds(objects)))
		}
		if err := journal.Park(ctx, tx, objects); err != nil {
			return err
		}
		if !l.plan.opts.Truncate {
			return nil
		}
		names := make([]string, len(l.tables))
		for i, t := range l.tables {
			names[i] = t.Table
		}
		if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(names, ", ")); err != nil {
			return fmt.Errorf("empty the tables: %w", err)
		}
		return nil
	})
}

// checkEmpty refuses tables that hold rows.
func (l *loader) checkEmpty(ctx context.Context, conn *pgx.Conn) error {
	if l.plan.opts.Truncate {
		return nil
	}
	var full []string
	for _, t := range l.tables {
		var holds bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+t.Table+")").Scan(&holds); err != nil {
			return fmt.Errorf("look into %s: %w", t.Table, err)
		}
		if holds {
			full = append(full, t.Table)
		}
	}
	if len(full) > 0 {
		return fmt.Errorf("%s: add to what is there with --append, or empty them first with --truncate", holdRows(full))
	}
	return nil
}

func holdRows(names []string) string {
	if len(names) == 1 {
		return "table " + names[0] + " holds rows"
	}
	return "tables " + strings.Join(names, ", ") + " hold rows"
}

// copyAll loads the tables on several connections, each table in a transaction of its own, those that keep a foreign key
// after what it references.
func (l *loader) copyAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan *TablePlan, len(l.tables))
	for _, t := range l.order() {
		queue <- t
	}
	close(queue)
	for range min(l.workers, len(l.tables)) {
		group.Go(func() error {
			conn, err := pgx.ConnectConfig(ctx, l.config)
			if err != nil {
				return fmt.Errorf("connect: %w", err)
			}
			defer closeConn(ctx, conn)
			var buffer []byte
			for t := range queue {
				if err := l.wait(ctx, t); err != nil {
					return err
				}
				if err := l.copyTable(ctx, conn, t, &buffer); err != nil {
					return err
				}
				close(l.done[t])
			}
			return nil
		})
	}
	return group.Wait()
}

// order lists the tables so that none comes before one that it must wait for, and apart from that the largest first,
// which keeps all connections busy to the end. Plan.Tables is in an order of the first kind.
func (l *loader) order() []*TablePlan {
	level := map[*TablePlan]int{}
	for _, t := range l.tables { // one pass is enough in the plan's order
		for _, parent := range l.mustFollow(t) {
			level[t] = max(level[t], level[parent]+1)
		}
	}
	ordered := slices.Clone(l.tables)
	slices.SortStableFunc(ordered, func(a, b *TablePlan) int {
		if level[a] != level[b] {
			return level[a] - level[b]
		}
		return int(b.Bytes/1024) - int(a.Bytes/1024)
	})
	return ordered
}

// mustFollow lists the tables that must be committed before t: those that it references by a key that stays in place.
func (l *loader) mustFollow(t *TablePlan) []*TablePlan {
	var parents []*TablePlan
	for _, key := range t.table.ForeignKeys {
		parent := l.plan.byName[schema.QualifiedName(key.ReferencedSchema, key.ReferencedTable)]
		if parent != nil && parent != t && l.done[parent] != nil && !l.parked[key] {
			parents = append(parents, parent)
		}
	}
	return parents
}

func (l *loader) wait(ctx context.Context, t *TablePlan) error {
	for _, parent := range l.mustFollow(t) {
		select {
		case <-l.done[parent]:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// copyTable loads one table in one transaction.
func (l *loader) copyTable(ctx context.Context, conn *pgx.Conn, t *TablePlan, buffer *[]byte) error {
	l.tell(Event{Kind: Started, Table: t.Table, Rows: t.Rows, Bytes: t.Bytes})
	start := time.Now()
	var sum loaded
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
		sum, err = copyRows(ctx, conn.PgConn(), t, copySQL(t.Table, t.columnNames(), options), t.first, t.first+t.Rows, buffer,
			func(rows uint64, bytes int64) { l.tell(Event{Kind: Loaded, Table: t.Table, Rows: rows, Bytes: bytes}) })
		return err
	})
	if err != nil {
		return err
	}
	l.tell(Event{Kind: Finished, Table: t.Table, Rows: t.Rows, Bytes: sum.bytes})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.results[t] = TableResult{
		Table: t.Table, Rows: sum.rows, Bytes: sum.bytes, Duration: time.Since(start), Checksum: fmt.Sprintf("%016x", sum.checksum),
	}
	return nil
}

func (l *loader) tell(e Event) {
	if l.plan.opts.Progress == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plan.opts.Progress(e)
}

func (l *loader) step(text string) { l.tell(Event{Kind: Step, Text: text}) }

// result sums up what is committed.
func (l *loader) result() *Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &Result{Version: 1, Tables: []TableResult{}, Warnings: append(slices.Clone(l.plan.Warnings), l.warnings...), Duration: time.Since(l.start)}
	for _, t := range l.tables {
		if table, ok := l.results[t]; ok {
			r.Tables = append(r.Tables, table)
			r.Rows += table.Rows
			r.Bytes += table.Bytes
		}
	}
	r.RowsPerSecond = perSecond(r.Rows, r.Duration)
	return r
}

// explain adds to an error what was loaded.
func (l *loader) explain(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var whole, none []string
	for _, t := range l.tables {
		if r, ok := l.results[t]; ok {
			whole = append(whole, fmt.Sprintf("%s (%s rows)", t.Table, units.Count(int64(r.Rows))))
		} else {
			none = append(none, t.Table)
		}
	}
	if len(whole) == 0 {
		return fmt.Errorf("%w; nothing was loaded", err)
	}
	return fmt.Errorf("%w; loaded: %s; not loaded: %s", err, strings.Join(whole, ", "), strings.Join(none, ", "))
}
