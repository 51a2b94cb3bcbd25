package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/catalog"
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
	return planWith(ctx, b.session, b.timeout, q, with, buildAll)
}

// planWith has create make the indexes in a trial, and returns the plan that the statement has there, as whatif says.
// create sets for each index whether it could be made, and its names.
func planWith(ctx context.Context, session *explain.Session, timeout time.Duration, q *Query, with []Definition,
	create func(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool, names [][]string) error,
) (p *plan.Plan, used []int, buildable []bool, err error) {
	buildable = make([]bool, len(with))
	names := make([][]string, len(with))
	trial, err := session.Try(ctx, timeout, func(ctx context.Context, conn *pgx.Conn) error {
		return create(ctx, conn, with, buildable, names)
	})
	if err != nil {
		return nil, nil, buildable, err
	}
	defer trial.Close(ctx)
	if p, err = trial.Plan(ctx, q.SQL, q.Result); err != nil {
		return nil, nil, buildable, err
	}
	return p, usedIn(p, names), buildable, nil
}

// namesOf lists an index and, if its table is partitioned, those of the partitions.
func namesOf(ctx context.Context, conn *pgx.Conn, d Definition, name string) ([]string, error) {
	if !d.Partitioned {
		return []string{name}, nil
	}
	rows, err := conn.Query(ctx, "SELECT c.relname::text FROM pg_partition_tree($1::regclass) t JOIN pg_class c ON c.oid = t.relid ORDER BY 1", catalog.Qualified(d.Schema, name))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// buildAll builds indexes, each in a savepoint of its own: one that the server refuses does not spoil the others.
func buildAll(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool, names [][]string) error {
	for i, d := range with {
		if _, err := conn.Exec(ctx, "SAVEPOINT build"); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, d.build(trialName(i)))
		if err == nil {
			names[i], err = namesOf(ctx, conn, d, trialName(i))
		}
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

// usedIn lists which indexes, each with one name or those of its parts, a plan names.
func usedIn(p *plan.Plan, names [][]string) []int {
	var used []int
	for i := range names {
		for _, node := range p.Nodes() {
			if node.Index != "" && slices.Contains(names[i], node.Index) {
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
	return planWith(ctx, h.session, time.Minute, q, with, imagineAll)
}

// imagineAll has HypoPG make indexes, each in a savepoint of its own.
func imagineAll(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool, names [][]string) error {
	if _, err := conn.Exec(ctx, "SELECT hypopg_reset()"); err != nil {
		return err
	}
	for i, d := range with {
		if _, err := conn.Exec(ctx, "SAVEPOINT build"); err != nil {
			return err
		}
		var err error
		names[i], err = imagine(ctx, conn, d, trialName(i))
		var refused *pgconn.PgError
		switch {
		case err == nil:
			buildable[i] = true
		case errors.As(err, &refused) || errors.Is(err, pgx.ErrNoRows):
			names[i] = nil
			if _, err := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT build"); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// imagine has HypoPG make an index, or one for each partition, and returns their names.
func imagine(ctx context.Context, conn *pgx.Conn, d Definition, name string) ([]string, error) {
	tables := []string{d.QualifiedTable()}
	if d.Partitioned && len(d.Partitions) > 0 {
		tables = d.Partitions
	}
	var names []string
	for _, table := range tables {
		var one string
		create := "CREATE " + d.unique() + "INDEX " + name + " ON " + d.on(table)
		if err := conn.QueryRow(ctx, "SELECT indexname FROM hypopg_create_index($1)", create).Scan(&one); err != nil {
			return nil, err
		}
		names = append(names, one)
	}
	return names, nil
}
