package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// Parked is something that is off.
type Parked struct {
	ID         int32
	Kind       Kind
	Table      string // qualified
	Name       string
	Definition string
	Model      string // what Object.Model was
	Referenced string // by a foreign key; qualified
	Restore    []string
	Done       int32 // how many of the statements in Restore are committed

	place string // the journal's schema
}

func (p Parked) String() string {
	if p.Kind == RowSecurity {
		return "row security of " + p.Table
	}
	return fmt.Sprintf("%s %s of %s", p.Kind, schema.Quote(p.Name), p.Table)
}

// ReadParked lists what is off, the longest work first.
func ReadParked(ctx context.Context, q Querier) ([]Parked, error) {
	place, err := Locate(ctx, q)
	if err != nil || place == "" {
		return nil, err
	}
	rows, err := q.Query(ctx, in(place, "SELECT id, kind, relation, name, definition, model, referenced, restore, done FROM {journal}.parked ORDER BY size DESC, id"))
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	parked, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Parked])
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	for i := range parked {
		parked[i].place = place
	}
	return parked, nil
}

// Options choose how Restore works.
type Options struct {
	Workers int // connections; 0 means one
	Connect func(context.Context) (*pgx.Conn, error)
	Started func(Parked) // called before each entry, from several goroutines; may be nil
}

// Restore puts back whatever the journal holds. It goes on after an entry that can't be put back; those stay in the
// journal, and their errors are returned, joined. It returns what it has put back.
func Restore(ctx context.Context, opts Options) (restored []Parked, err error) {
	conn, err := opts.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is open on it
	parked, err := ReadParked(ctx, conn)
	if err != nil {
		return nil, err
	}
	r := restorer{opts: opts, failed: map[*Parked]bool{}}
	for _, s := range stages(parked) {
		r.run(ctx, conn, s)
	}
	for _, p := range parked {
		if int(p.Done) == len(p.Restore) {
			restored = append(restored, p)
		}
	}
	return restored, errors.Join(r.errs...)
}

// stage is entries that may be put back at the same time, one after the other if it is serial.
type stage struct {
	entries []*Parked
	serial  bool
}

// stages lists what is to be done: indexes, which validation may use; then what takes no time but locks tables, one by
// one, as it could deadlock: foreign keys are added without validation, triggers switched on; then the rest.
func stages(parked []Parked) []stage {
	var indexes, quick, rest []*Parked
	for i := range parked {
		p := &parked[i]
		if p.Kind == Index {
			indexes = append(indexes, p)
			continue
		}
		if p.Done == 0 {
			quick = append(quick, p)
		}
		if len(p.Restore) > 1 {
			rest = append(rest, p)
		}
	}
	return []stage{{entries: indexes}, {entries: quick, serial: true}, {entries: rest}}
}

type restorer struct {
	opts Options

	mu     sync.Mutex
	failed map[*Parked]bool
	errs   []error
}

// run puts the entries of one stage back, on several connections if there are several entries.
func (r *restorer) run(ctx context.Context, conn *pgx.Conn, s stage) {
	work := make(chan *Parked, len(s.entries))
	for _, p := range s.entries {
		if !r.failed[p] {
			work <- p
		}
	}
	close(work)
	var wait sync.WaitGroup
	if !s.serial {
		for range min(r.opts.Workers, len(work)) - 1 {
			wait.Go(func() {
				more, err := r.opts.Connect(ctx)
				if err != nil {
					return // the first connection does the work then
				}
				defer func() { _ = more.Close(context.WithoutCancel(ctx)) }()
				r.drain(ctx, more, work, s.serial)
			})
		}
	}
	r.drain(ctx, conn, work, s.serial)
	wait.Wait()
}

// drain puts entries back: one step of each, or all of them.
func (r *restorer) drain(ctx context.Context, conn *pgx.Conn, work <-chan *Parked, one bool) {
	for p := range work {
		if r.opts.Started != nil {
			r.opts.Started(*p)
		}
		var err error
		for step := 0; err == nil && int(p.Done) < len(p.Restore) && (step == 0 || !one); step++ {
			err = p.restore(ctx, conn)
		}
		if err != nil {
			r.mu.Lock()
			r.failed[p] = true
			r.errs = append(r.errs, err)
			r.mu.Unlock()
		}
	}
}

// restore runs the next statement of an entry and notes that it is done, in one transaction.
func (p *Parked) restore(ctx context.Context, conn *pgx.Conn) error {
	note := "UPDATE {journal}.parked SET done = done + 1 WHERE id = "
	if int(p.Done)+1 == len(p.Restore) {
		note = "DELETE FROM {journal}.parked WHERE id = "
	}
	// A simple query of several statements is one transaction.
	script := p.Restore[p.Done] + ";\n" + in(p.place, note) + strconv.Itoa(int(p.ID))
	if _, err := conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
		return fmt.Errorf("put back %s: %w", p, err)
	}
	p.Done++
	return nil
}
