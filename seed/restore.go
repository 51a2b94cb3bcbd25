package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/seed/journal"
)

// cleanUp is how long putting things back after a failure may take.
const cleanUp = time.Hour

// restore puts back what was taken off.
func (l *loader) restore(ctx context.Context) error {
	_, err := journal.Restore(ctx, journal.Options{
		Workers: l.workers, Connect: l.connect,
		Started: func(p journal.Parked) { l.step("putting back " + p.String()) },
	})
	if err != nil {
		return fmt.Errorf("%w; the rows are loaded: put back what is missing with pgassay seed repair", advise(err))
	}
	return nil
}

// fail cleans up after a load that failed or was interrupted, and says what is there now.
func (l *loader) fail(ctx context.Context, failure error) error {
	failure = advise(failure)
	if l.resumable() {
		return fmt.Errorf("%w; go on with the same options and --resume, or undo it with pgassay seed repair", l.explain(failure))
	}
	if !l.journaled {
		return l.explain(failure) // nothing was taken off, and what is loaded is whole
	}
	l.step("cleaning up")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
	defer cancel()
	repaired, err := repair(ctx, l.plan.config, l.workers, false)
	for _, table := range repaired.Emptied {
		if t := l.plan.byName[table]; t != nil {
			l.sums[t].loaded = loaded{}
		}
	}
	failure = l.explain(failure)
	if len(repaired.Emptied) > 0 {
		failure = fmt.Errorf("%w; emptied again, as they need rows that are missing: %s", failure, strings.Join(repaired.Emptied, ", "))
	}
	if err != nil {
		return errors.Join(failure, fmt.Errorf("%w; constraints are still off: put them back with pgassay seed repair", err))
	}
	return failure
}

// Repaired is what Repair did. Its JSON is a contract: it only ever grows.
type Repaired struct {
	Version  int      `json:"version"`
	Run      string   `json:"run"`      // what the run was about that did not end; "" if there was none
	Emptied  []string `json:"emptied"`  // tables that were half loaded, or that need rows of one that was
	Restored []string `json:"restored"` // what was put back
}

// Repair undoes what a run that did not end has left: tables that are half loaded are emptied, if they were empty before,
// and what was taken off is put back.
func Repair(ctx context.Context, config *pgx.ConnConfig, workers int) (*Repaired, error) {
	return repair(ctx, config, workers, true)
}

// repair is Repair; alone says that no run may be at work.
func repair(ctx context.Context, config *pgx.ConnConfig, workers int, alone bool) (*Repaired, error) {
	r := &Repaired{Version: 1, Emptied: []string{}, Restored: []string{}}
	conn, err := reconnect(ctx, session(config))
	if err != nil {
		return r, fmt.Errorf("connect: %w", err)
	}
	defer closeConn(ctx, conn)
	if alone {
		if err := advisory(ctx, conn, fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", lockClass, aliveLock),
			fmt.Sprintf("SELECT pg_advisory_lock(%d, %d)", lockClass, repairLock),
			fmt.Sprintf("SELECT pg_advisory_unlock(%d, %d)", lockClass, repairLock)); err != nil {
			return r, err
		}
	}
	run, err := journal.Read(ctx, conn)
	if err != nil || run == nil {
		return r, err
	}
	r.Run = run.About
	if r.Emptied, err = journal.Undo(ctx, conn, run); err != nil {
		return r, err
	}
	restored, err := journal.Restore(ctx, journal.Options{Workers: workers, Connect: func(ctx context.Context) (*pgx.Conn, error) {
		return connect(ctx, session(config), repairLock)
	}})
	for _, p := range restored {
		r.Restored = append(r.Restored, p.String())
	}
	if err != nil {
		return r, err
	}
	return r, journal.Remove(ctx, conn)
}
