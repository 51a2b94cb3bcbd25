package index

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Method says how a statement's plan with an index was found.
type Method string

// The methods, best first.
const (
	Built        Method = "built"        // the index was really built, in a transaction that is rolled back
	Hypothetical Method = "hypothetical" // HypoPG told the planner that it exists
	Modelled     Method = "modelled"     // computed from the statistics
)

// whatif answers what a statement would cost with some indexes on top of those that exist.
type whatif interface {
	// plan returns the statement's plan with these indexes and which of them it uses; buildable is false for those
	// that the server refuses to build or has no means to imagine.
	plan(ctx context.Context, q *Query, with []Definition) (p *plan.Plan, used []int, buildable []bool, err error)
}

// trialName names the i-th index of a trial. Nobody else sees it.
func trialName(i int) string { return fmt.Sprintf("pgassay_trial_%d", i) }

// built is the what-if by real indexes.
type built struct {
	session *explain.Session
	timeout time.Duration
}

func (b built) plan(ctx context.Context, q *Query, with []Definition) (*plan.Plan, []int, []bool, error) {
	buildable := make([]bool, len(with))
	trial, err := b.session.Try(ctx, b.timeout, func(ctx context.Context, conn *pgx.Conn) error {
		return buildAll(ctx, conn, with, buildable)
	})
	if err != nil {
		return nil, nil, buildable, err
	}
	defer trial.Close(ctx)
	p, err := trial.Plan(ctx, q.SQL, q.Result)
	if err != nil {
		return nil, nil, buildable, err
	}
	return p, usedIn(p, trialName, len(with)), buildable, nil
}

// buildAll builds indexes, each in a savepoint of its own: one that the server refuses does not spoil the others.
func buildAll(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool) error {
	for i, d := range with {
		if _, err := conn.Exec(ctx, "SAVEPOINT build"); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, d.build(trialName(i)))
		if err == nil && d.hasExpression() {
			_, err = conn.Exec(ctx, "ANALYZE "+d.QualifiedTable()) // an expression's statistics come with its index
		}
		var refused *pgconn.PgError
		switch {
		case err == nil:
			buildable[i] = true
		case errors.As(err, &refused) && ctx.Err() == nil && refused.Code != "57014":
			if _, err := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT build"); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

func (d Definition) hasExpression() bool {
	for _, k := range d.Keys {
		if k.Column == "" {
			return true
		}
	}
	return false
}

// usedIn lists which of n indexes a plan names.
func usedIn(p *plan.Plan, name func(int) string, n int) []int {
	var used []int
	for i := range n {
		for _, node := range p.Nodes() {
			if node.Index == name(i) {
				used = append(used, i)
				break
			}
		}
	}
	return used
}

// hypothetical is the what-if by HypoPG.
type hypothetical struct{ session *explain.Session }

func (h hypothetical) plan(ctx context.Context, q *Query, with []Definition) (*plan.Plan, []int, []bool, error) {
	buildable := make([]bool, len(with))
	names := make([]string, len(with))
	trial, err := h.session.Try(ctx, time.Minute, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT hypopg_reset()"); err != nil {
			return err
		}
		for i, d := range with {
			if _, err := conn.Exec(ctx, "SAVEPOINT build"); err != nil {
				return err
			}
			err := conn.QueryRow(ctx, "SELECT indexname FROM hypopg_create_index($1)", d.build(trialName(i))).Scan(&names[i])
			var refused *pgconn.PgError
			switch {
			case err == nil:
				buildable[i] = true
			case errors.As(err, &refused) || errors.Is(err, pgx.ErrNoRows):
				names[i] = "-"
				if _, err := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT build"); err != nil {
					return err
				}
			default:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, buildable, err
	}
	defer trial.Close(ctx)
	p, err := trial.Plan(ctx, q.SQL, q.Result)
	if err != nil {
		return nil, nil, buildable, err
	}
	return p, usedIn(p, func(i int) string { return names[i] }, len(with)), buildable, nil
}
