package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Options choose how Restore works.
type Options struct {
	Workers int          // connections; 0 means one
	Started func(Parked) // called before each entry, from several goroutines; may be nil
}

// Restore puts back whatever the journal holds and removes the journal. It goes on after an entry that can't be put
// back, whose errors it returns, joined; those entries stay in the journal. It returns how many it has put back.
func Restore(ctx context.Context, config *pgx.ConnConfig, opts Options) (restored int, err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is open on it
	parked, err := Read(ctx, conn)
	if err != nil {
		return 0, err
	}
	r := restorer{config: config, opts: opts, failed: map[*Parked]bool{}}
	for _, s := range stages(parked) {
		r.run(ctx, conn, s)
	}
	for i := range parked {
		if p := &parked[i]; int(p.Done) == len(p.Restore) {
			restored++
		}
	}
	if err := errors.Join(r.errs...); err != nil {
		return restored, err
	}
	if exists, err := Exists(ctx, conn); err != nil || !exists {
		return restored, err
	}
	if err := remove(ctx, conn); err != nil {
		return restored, fmt.Errorf("remove the journal: %w", err)
	}
	return restored, nil
}

type restorer struct {
	config *pgx.ConnConfig
	opts   Options

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
				more, err := pgx.ConnectConfig(ctx, r.config)
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
