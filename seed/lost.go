package seed

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/seed/journal"
)

// refusal says what the server had against rows of a table, if an error is about the rows or about what the table does with
// them: error classes 22 (data exception), 23 (integrity constraint violation), what a program in the database raised, and
// programs that can't run, such as a function of an index that calls one that is missing.
func (l *loader) refusal(t *TablePlan, err error) *Unfillable {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || len(pgErr.Code) != 5 {
		return nil
	}
	switch {
	case pgErr.Code[:2] == "22", pgErr.Code[:2] == "23", pgErr.Code == "P0001", pgErr.Code == "54000":
		return t.refused(pgErr)
	case broken(pgErr):
		return t.refused(pgErr)
	}
	return nil
}

// broken tells whether an error is about a program that can't run. Want of a right is not the table's fault.
func broken(err *pgconn.PgError) bool {
	return len(err.Code) == 5 && slices.Contains([]string{"0A", "2F", "38", "39", "42"}, err.Code[:2]) && err.Code != "42501"
}

// skip tells whether a table can't be loaded any more; if it can, it counts as started.
func (l *loader) skip(t *TablePlan) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost[t] == nil {
		l.started[t] = true
		return false
	}
	return true
}

// lose gives up a table during the load. Tables that refer to it and are not yet being loaded refer to nothing, or are
// given up too; those that are must be emptied at the end.
func (l *loader) lose(t *TablePlan, u *Unfillable) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.give(t, u)
}

func (l *loader) give(t *TablePlan, u *Unfillable) {
	if l.lost[t] != nil {
		return
	}
	l.lost[t] = u
	select {
	case <-l.done[t]:
	default:
		close(l.done[t])
	}
	for _, child := range l.tables {
		for _, ref := range child.refs {
			switch {
			case ref.parent != t || child == t:
			case l.started[child]:
				l.stale[child] = true
			case len(ref.nulls) > 0:
				ref.lost.Store(true)
			default:
				l.give(child, &Unfillable{
					Table: child.Table, Constraint: ref.key.Name, Definition: ref.key.Definition,
					Reason: "it references " + t.Table + ", which could not be filled", Advice: "see there",
				})
			}
		}
	}
}

// clearLost takes the rows out of tables that are lost or stale, and of what refers to them: those that this run has loaded,
// never those that were there before.
func (l *loader) clearLost(ctx context.Context, conn *pgx.Conn) error {
	if len(l.lost) == 0 {
		return nil
	}
	l.mu.Lock()
	for changed := true; changed; {
		changed = false
		for t := range l.stale {
			if l.lost[t] == nil {
				l.give(t, &Unfillable{Table: t.Table, Reason: "it refers to a table that could not be filled", Advice: "see there"})
				changed = true
			}
		}
	}
	var removals []journal.Removal
	for _, t := range l.tables {
		if l.lost[t] != nil {
			if l.sums[t].rows > 0 {
				r := journal.Removal{Table: t.Table}
				if l.addsTo(t) {
					r.Where = "xmin::text::bigint = ANY ('{" + strings.Join(l.sums[t].transactions, ",") + "}')"
				}
				removals = append(removals, r)
			}
			l.sums[t].loaded = loaded{}
		}
	}
	l.mu.Unlock()
	if len(removals) == 0 {
		return nil
	}
	slices.SortFunc(removals, func(a, b journal.Removal) int { return strings.Compare(a.Table, b.Table) })
	run := l.journal
	if !l.journaled {
		run = nil
	}
	return journal.Empty(ctx, conn, removals, run)
}

// addsTo tells whether a table held rows before, which stay.
func (l *loader) addsTo(t *TablePlan) bool { return l.plan.opts.Append && t.table.HasRows }
