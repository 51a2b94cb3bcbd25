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
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/journal"
)

// Load makes the rows. On an error or a cancelled context the result says which tables are loaded: every table then has
// all of its rows or none, and what was taken off is back, or else the error says how to get it back. With Options.Resume
// and with shards the rows that are committed stay, and so does what was taken off, for the run that goes on.
func (p *Plan) Load(ctx context.Context) (*Result, error) {
	l, err := newLoader(p)
	if err == nil {
		err = l.run(ctx)
	}
	return l.result(), err
}

// newLoader makes a loader of what there is to load, also where it returns an error.
func newLoader(p *Plan) (*loader, error) {
	l := &loader{plan: p, config: session(p.config), start: time.Now(), done: map[*TablePlan]chan struct{}{}, sums: map[*TablePlan]*sum{}}
	l.started, l.lost, l.stale = map[*TablePlan]bool{}, map[*TablePlan]*Unfillable{}, map[*TablePlan]bool{}
	l.workers = p.opts.Workers
	if l.workers <= 0 {
		l.workers = min(runtime.GOMAXPROCS(0), 8)
	}
	if len(p.Unfillable) > 0 && !p.opts.SkipUnfillable {
		return l, &UnfillableError{p.Unfillable}
	}
	for _, t := range p.Tables {
		if t.Rows > 0 {
			l.tables = append(l.tables, t)
			l.done[t] = make(chan struct{})
			l.sums[t] = &sum{}
		}
	}
	if len(l.tables) == 0 && len(p.Unfillable) > 0 {
		return l, &UnfillableError{p.Unfillable}
	}
	if len(l.tables) == 0 {
		return l, errors.New("no table is to get rows: name some, as in users=1000")
	}
	return l, nil
}

// loader is one run of Load.
type loader struct {
	plan    *Plan
	config  *pgx.ConnConfig
	start   time.Time
	workers int
	tables  []*TablePlan // that get rows
	journal *journal.Run

	// journaled tells whether the database has a journal of this run. Without the right to make one, nothing is taken off.
	journaled bool
	parked    map[*schema.ForeignKey]bool // foreign keys that are off
	freeze    map[*TablePlan]bool         // tables that can be loaded frozen
	// mayTruncate has the OIDs of tables that this role may empty, which loading them frozen takes.
	mayTruncate map[uint32]bool
	done        map[*TablePlan]chan struct{} // closed when all of a table's pieces are committed

	mu       sync.Mutex
	started  map[*TablePlan]bool
	lost     map[*TablePlan]*Unfillable // tables whose rows the server refused, and those that need them
	stale    map[*TablePlan]bool        // tables that were loaded before what they refer to was lost
	sums     map[*TablePlan]*sum        // what is committed
	warnings []string
}

// sum is what is committed of a table.
type sum struct {
	loaded
	duration time.Duration
	open     int // pieces that are not yet committed
	// transactions are those that loaded rows, of a table that held others before; as xmin shows them.
	transactions []string
}

// resumable tells whether rows are committed in pieces that another run can build on.
func (l *loader) resumable() bool { return l.plan.opts.Resume || l.plan.opts.sharded() }

func (l *loader) run(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer closeConn(ctx, conn)
	if err := l.lock(ctx, conn); err != nil {
		return err
	}
	if err := l.begin(ctx, conn); err != nil {
		return l.explain(advise(l.explainLock(context.WithoutCancel(ctx), err)))
	}
	if err := l.copyAll(ctx); err != nil {
		return l.fail(ctx, err)
	}
	if err := l.clearLost(ctx, conn); err != nil {
		return l.fail(ctx, err)
	}
	if whole, err := l.whole(ctx, conn); err != nil || !whole {
		return advise(err)
	}
	if err := l.restore(ctx); err != nil {
		return err
	}
	return l.settle(ctx, conn)
}

// begin makes the journal and takes off what is to come off, or finds the run that this one goes on with.
func (l *loader) begin(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Shards may start at the same moment: one of them begins the run.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", lockClass, beginLock); err != nil {
			return err
		}
		// Whoever waits for a table's lock holds up all who come after.
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", l.lockWait().Milliseconds())); err != nil {
			return err
		}
		off, goesOn, err := l.look(ctx, tx)
		if err != nil || goesOn {
			return err
		}
		if l.plan.opts.Truncate {
			if err := l.truncate(ctx, tx); err != nil {
				return err
			}
		}
		if !l.journaled {
			return nil
		}
		if text := countKinds(off); text != "" {
			l.step("taking off " + text + ", to put them back after the load")
		}
		return journal.Begin(ctx, tx, l.journal, off)
	})
}

// mayChange finds out whether a journal can be made, without which nothing comes off, and which tables may be emptied.
func (l *loader) mayChange(ctx context.Context, tx pgx.Tx) error {
	oids := make([]uint32, len(l.tables))
	for i, t := range l.tables {
		oids[i] = t.table.OID
	}
	var truncatable []uint32
	err := tx.QueryRow(ctx, `SELECT has_database_privilege(current_database(), 'CREATE'),
		ARRAY(SELECT oid FROM unnest($1::oid[]) AS t (oid) WHERE has_table_privilege(oid, 'TRUNCATE'))`, oids).Scan(&l.journaled, &truncatable)
	if err != nil {
		return err
	}
	l.mayTruncate = map[uint32]bool{}
	for _, oid := range truncatable {
		l.mayTruncate[oid] = true
	}
	if !l.journaled && l.resumable() {
		return fmt.Errorf("to make a run that can be taken up again takes the right to create a schema in %s: connect as a role that has it, or leave out --resume and --shard", schema.Quote(l.plan.Database))
	}
	return nil
}

// lockWait is how long to wait for the locks that taking constraints off needs.
func (l *loader) lockWait() time.Duration {
	if wait := l.plan.opts.LockWait; wait > 0 {
		return max(wait, time.Millisecond)
	}
	return 30 * time.Second
}

// goOn takes up a run that an earlier process, or another shard, began.
func (l *loader) goOn(ctx context.Context, tx pgx.Tx, run *journal.Run) error {
	switch {
	case !l.resumable():
		return fmt.Errorf("an earlier run (%s) did not end: go on with it with the same options and --resume, or undo it with pgassay seed repair", run.About)
	case run.ID != l.plan.digest():
		return fmt.Errorf("an earlier run (%s) had other options or found another schema than this one (%s): give the same, or undo it with pgassay seed repair", run.About, l.plan.about())
	}
	l.journal, l.journaled = run, true
	parked, err := journal.ReadParked(ctx, tx)
	if err != nil {
		return err
	}
	l.parked, l.freeze = map[*schema.ForeignKey]bool{}, map[*TablePlan]bool{}
	for _, t := range l.tables {
		for _, key := range t.table.ForeignKeys {
			l.parked[key] = slices.ContainsFunc(parked, func(p journal.Parked) bool {
				return p.Kind == journal.ForeignKey && p.Table == t.Table && p.Name == key.Name
			})
		}
	}
	for _, part := range run.Parts {
		t := l.plan.byName[part.Table]
		if t == nil || l.sums[t] == nil {
			continue
		}
		// What other shards have loaded is theirs to report.
		if first, end := l.span(t); part.First >= first && part.First < end {
			l.sums[t].add(loaded{rows: part.Rows, bytes: part.Bytes, checksum: part.Checksum})
			l.sums[t].duration += part.Duration
		}
	}
	return nil
}

func (l *loader) truncate(ctx context.Context, tx pgx.Tx) error {
	names := make([]string, len(l.tables))
	for i, t := range l.tables {
		names[i] = t.Table
	}
	if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(names, ", ")); err != nil {
		if pgErr := (*pgconn.PgError)(nil); errors.As(err, &pgErr) && pgErr.Code == "0A000" && pgErr.Detail != "" {
			return fmt.Errorf("empty the tables: %s: name that table too, so that it is emptied and filled again", pgErr.Detail)
		}
		return fmt.Errorf("empty the tables: %w", err)
	}
	return nil
}

// checkEmpty refuses tables that hold rows.
func (l *loader) checkEmpty(ctx context.Context, tx pgx.Tx) error {
	if l.plan.opts.Truncate || l.plan.opts.Append {
		return nil
	}
	batch := &pgx.Batch{}
	var full []string
	for _, t := range l.tables {
		batch.Queue("SELECT EXISTS (SELECT FROM " + t.Table + ")").QueryRow(func(row pgx.Row) error {
			var holds bool
			err := row.Scan(&holds)
			if holds {
				full = append(full, t.Table)
			}
			return err
		})
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("look into the tables: %w", err)
	}
	if len(full) > 0 {
		return holdRows(full)
	}
	return nil
}

// copyAll loads the tables on several connections, those that keep a foreign key after what it references.
func (l *loader) copyAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan piece)
	group.Go(func() error {
		defer close(queue)
		for _, t := range l.order() {
			pieces := l.pieces(t)
			l.mu.Lock()
			l.sums[t].open = len(pieces)
			l.mu.Unlock()
			l.tell(Event{Kind: Started, Table: t.Table, Rows: l.share(t), Bytes: t.Bytes})
			if len(pieces) == 0 {
				l.tell(Event{Kind: Finished, Table: t.Table})
				close(l.done[t])
			}
			for _, p := range pieces {
				select {
				case queue <- p:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		return nil
	})
	for range l.workers {
		group.Go(func() error { return l.work(ctx, queue) })
	}
	return group.Wait()
}

// work loads pieces on a connection of its own, which it opens when there is something to do.
func (l *loader) work(ctx context.Context, queue <-chan piece) error {
	var conn *pgx.Conn
	var buffer []byte
	for p := range queue {
		if err := l.wait(ctx, p.table); err != nil {
			return err
		}
		if conn == nil {
			var err error
			if conn, err = l.connect(ctx); err != nil {
				return err
			}
			defer closeConn(ctx, conn)
		}
		if l.skip(p.table) {
			continue
		}
		if err := l.load(ctx, conn, p, &buffer); err != nil {
			if refused := l.refusal(p.table, err); refused == nil {
				return err
			} else if !l.plan.opts.SkipUnfillable {
				return &UnfillableError{[]*Unfillable{refused}}
			} else if conn.IsClosed() {
				return err
			} else {
				l.lose(p.table, refused)
			}
		}
	}
	return nil
}

// order lists the tables so that none comes before one that it must wait for, and apart from that the largest first,
// which keeps all connections busy to the end. Plan.Tables is in an order of the first kind.
func (l *loader) order() []*TablePlan {
	level := map[*TablePlan]int{}
	for _, t := range l.tables {
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

// mustFollow lists the tables that must be committed before t: those that it references by a key that stays in place, and those
// that functions in its CHECK constraints look up.
func (l *loader) mustFollow(t *TablePlan) []*TablePlan {
	var parents []*TablePlan
	for _, key := range t.table.ForeignKeys {
		parent := l.plan.byName[key.ReferencedName()]
		if parent != nil && parent != t && l.done[parent] != nil && !l.parked[key] {
			parents = append(parents, parent)
		}
	}
	for _, u := range t.lookups {
		if l.done[u] != nil {
			parents = append(parents, u)
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

// whole tells whether every table has all of its rows: with shards, whether this one was the last.
func (l *loader) whole(ctx context.Context, conn *pgx.Conn) (bool, error) {
	if !l.plan.opts.sharded() {
		return true, nil
	}
	// Two that end at the same moment would both put everything back: the second one finds nothing left to do.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", lockClass, finishLock); err != nil {
		return false, fmt.Errorf("lock: %w", err)
	}
	run, err := journal.Read(ctx, conn)
	if err != nil || run == nil {
		return false, err
	}
	left := map[string]uint64{}
	for _, t := range run.Targets {
		left[t.Table] = t.Rows
	}
	for _, p := range run.Parts {
		left[p.Table] -= p.Rows
	}
	for _, rows := range left {
		if rows > 0 {
			l.warn("constraints, sequences and statistics come with the last shard")
			_, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1, $2)", lockClass, finishLock)
			return false, err
		}
	}
	return true, nil
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

func (l *loader) warn(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.warnings = append(l.warnings, text)
}

// result sums up what is committed.
func (l *loader) result() *Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &Result{Version: 1, Tables: []TableResult{}, Duration: time.Since(l.start)}
	r.Warnings = append(slices.Clone(l.plan.Warnings), l.warnings...)
	r.Unfillable = slices.Clone(l.plan.Unfillable)
	for _, t := range l.tables {
		if u := l.lost[t]; u != nil {
			r.Unfillable = append(r.Unfillable, u)
		}
	}
	for _, t := range l.tables {
		s := l.sums[t]
		if s.rows == 0 {
			continue
		}
		r.Tables = append(r.Tables, TableResult{
			Table: t.Table, Rows: s.rows, Bytes: s.bytes, Duration: s.duration, Checksum: fmt.Sprintf("%016x", s.checksum),
		})
		r.Rows += s.rows
		r.Bytes += s.bytes
	}
	r.RowsPerSecond = perSecond(r.Rows, r.Duration)
	return r
}

// explain adds to an error what was loaded.
func (l *loader) explain(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var some, none []string
	for _, t := range l.tables {
		if s := l.sums[t]; s.rows > 0 {
			some = append(some, fmt.Sprintf("%s (%s rows)", t.Table, units.Count(int64(s.rows))))
		} else {
			none = append(none, t.Table)
		}
	}
	if len(some) == 0 {
		return fmt.Errorf("%w; nothing was loaded", err)
	}
	text := "; loaded: " + strings.Join(some, ", ")
	if len(none) > 0 {
		text += "; not loaded: " + strings.Join(none, ", ")
	}
	return fmt.Errorf("%w%s", err, text)
}
