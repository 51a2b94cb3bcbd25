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
	return planWith(ctx, b.session.Try, b.timeout, q, with, buildAll)
}

// begin starts a trial: explain.Session.Try or explain.Session.Imagine.
type begin func(ctx context.Context, timeout time.Duration, build func(ctx context.Context, conn *pgx.Conn) error) (*explain.Trial, error)

// planWith has create make the indexes in a trial, and returns the plan that the statement has there, as whatif says.
// create sets for each index whether it could be made, and its names.
func planWith(ctx context.Context, try begin, timeout time.Duration, q *Query, with []Definition,
	create func(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool, names [][]string) error,
) (p *plan.Plan, used []int, buildable []bool, err error) {
	buildable = make([]bool, len(with))
	names := make([][]string, len(with))
	trial, err := try(ctx, timeout, func(ctx context.Context, conn *pgx.Conn) error {
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
		switch {
		case err == nil:
			buildable[i] = true
		case isRefused(err) && ctx.Err() == nil:
			if _, err := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT build"); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// isRefused tells whether the server would not make an index, rather than that it took too long.
func isRefused(err error) bool {
	const queryCanceled = "57014"
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code != queryCanceled
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

// hypothetical is the what-if by HypoPG, the extension that keeps indexes in a session's memory and shows them to the
// planner in EXPLAIN. It knows no GIN and no GiST.
type hypothetical struct {
	session *explain.Session
	schema  string // of its functions, quoted: it need not be on the search path
}

// findHypothetical returns the what-if by HypoPG, or nil if the database has not got it. An error says that it is there
// and can't be used: its library may be missing, or the role may not call it.
func findHypothetical(ctx context.Context, session *explain.Session) (*hypothetical, error) {
	var schema string
	err := session.ReadOnly(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'").Scan(&schema)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &hypothetical{session, schema}
	defer h.forget(ctx)
	return h, session.ReadOnly(ctx, func(conn *pgx.Conn) error {
		if err := h.start(ctx, conn); err != nil {
			return err
		}
		_, err := h.imagine(ctx, conn, "CREATE INDEX ON pg_catalog.pg_class (relname)")
		return err
	})
}

func (h *hypothetical) plan(ctx context.Context, q *Query, with []Definition) (*plan.Plan, []int, []bool, error) {
	defer h.forget(ctx)
	return planWith(ctx, h.session.Imagine, time.Minute, q, with, h.imagineAll)
}

// start empties the session of indexes that were imagined before, and makes the planner see those that come. The setting
// is known once the library is loaded.
func (h *hypothetical) start(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "SELECT "+h.schema+".hypopg_reset()"); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "SET LOCAL hypopg.enabled = on")
	return err
}

// forget empties the session: what HypoPG imagined outlives the transaction, and other plans must not see it. Where that
// fails, the connection goes.
func (h *hypothetical) forget(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := h.session.ReadOnly(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SELECT "+h.schema+".hypopg_reset()")
		return err
	})
	if err != nil {
		_ = h.session.Close(ctx)
	}
}

// imagineAll has HypoPG make indexes, each in a savepoint of its own. One on a partitioned table stands for those of its
// partitions: there would not be names for more than some thousands.
func (h *hypothetical) imagineAll(ctx context.Context, conn *pgx.Conn, with []Definition, buildable []bool, names [][]string) error {
	if err := h.start(ctx, conn); err != nil {
		return err
	}
	for i, d := range with {
		if _, err := conn.Exec(ctx, "SAVEPOINT build"); err != nil {
			return err
		}
		name, err := h.imagine(ctx, conn, d.build(trialName(i)))
		switch {
		case err == nil:
			buildable[i], names[i] = true, []string{name}
		case isRefused(err) && ctx.Err() == nil || errors.Is(err, pgx.ErrNoRows):
			if _, err := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT build"); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// imagine has HypoPG make an index and returns the name that plans have it by.
func (h *hypothetical) imagine(ctx context.Context, conn *pgx.Conn, create string) (name string, err error) {
	err = conn.QueryRow(ctx, "SELECT indexname FROM "+h.schema+".hypopg_create_index($1)", create).Scan(&name)
	return name, err
}
