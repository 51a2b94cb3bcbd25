package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Trial is what was measured with an index really built.
type Trial struct {
	explain.Pairs
	Query       int // the statement that was measured
	PlanChanged bool
	Size        float64 // of the index, in bytes
	BuildTime   time.Duration
	Plan        *plan.Plan // with the index; executed, its nodes not timed
}

// verify builds each advised index, measures the statement that gains most with and without it, and drops what does not
// hold. A statement that may not be executed keeps its advice as an estimate.
func (a *adviser) verify(ctx context.Context, advice []Advice) ([]Advice, error) {
	var kept []Advice
	for _, one := range advice {
		trial, err := a.trial(ctx, one)
		if errors.Is(err, explain.ErrTrial) {
			a.warnings = append(a.warnings, fmt.Sprintf("the index on %s was not verified: %v", one.ID(), err))
		} else if err != nil {
			return nil, err
		}
		one.Trial = trial
		if trial != nil {
			one.Size = trial.Size
			if trial.Outcome != explain.Improved {
				for _, g := range one.Gains {
					a.tried = append(a.tried, Tried{g.Query, g.Need, len(one.Indexes), one.Indexes})
				}
				continue
			}
		}
		kept = append(kept, one)
	}
	return kept, nil
}

func (a *adviser) trial(ctx context.Context, one Advice) (*Trial, error) {
	i := slices.IndexFunc(one.Gains, func(g Gain) bool { return a.queries[g.Query].Result.Runs() })
	if i < 0 {
		return nil, nil
	}
	gain := one.Gains[i]
	q := a.queries[gain.Query]
	t := &Trial{Query: gain.Query}
	start, names := time.Now(), make([][]string, len(one.Indexes))
	with, err := a.session.Try(ctx, a.opts.BuildTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		for i, d := range one.Indexes {
			if _, err := conn.Exec(ctx, d.build(trialName(i))); err != nil {
				return err
			}
			var err error
			if names[i], err = namesOf(ctx, conn, d, trialName(i)); err != nil {
				return err
			}
			size := 0.0
			err = conn.QueryRow(ctx, "SELECT coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree($1::regclass)), pg_relation_size($1::regclass))::float8",
				catalog.Qualified(d.Schema, trialName(i))).Scan(&size)
			if err != nil {
				return err
			}
			t.Size += size
		}
		t.BuildTime = time.Since(start)
		if slices.ContainsFunc(one.Indexes, Definition.hasExpression) {
			_, err := conn.Exec(ctx, "ANALYZE "+one.Indexes[0].QualifiedTable()) // an expression's statistics come with its index
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	defer with.Close(ctx)
	if q.Result.Class != explain.Query { // it would wait for the lock that building took
		p, err := with.Plan(ctx, q.SQL, q.Result)
		if err != nil || len(usedIn(p, names)) > 0 {
			return nil, err
		}
		t.Outcome = explain.Neutral
		return t, nil
	}
	without, err := a.session.Second(ctx)
	if err != nil {
		return nil, err
	}
	defer without.Close(ctx)
	after, err := with.Measure(ctx, q.SQL, q.Result)
	if err != nil {
		return nil, err
	}
	t.Plan = after.Plan
	t.PlanChanged = len(usedIn(after.Plan, names)) > 0
	if !t.PlanChanged {
		t.Outcome = explain.Neutral // what did not change is not timed
		return t, nil
	}
	if _, err := without.Measure(ctx, q.SQL, q.Result); err != nil { // warm up
		return nil, err
	}
	t.Pairs, err = explain.Compare(ctx,
		func(ctx context.Context) (explain.Measurement, error) { return without.Measure(ctx, q.SQL, q.Result) },
		func(ctx context.Context) (explain.Measurement, error) { return with.Measure(ctx, q.SQL, q.Result) })
	if t.Outcome == explain.Improved && !t.worthIt(gain.Need) {
		t.Outcome = explain.Neutral
	}
	return t, err
}

// worthIt tells whether a statement that got faster owes so much to the index that it is worth keeping. One that saves
// less than half of the pages must save half of the time; and if it saves hardly a page, but a filter's work in a warm
// cache, it must be for few rows: every change of the table has to keep the index up to date.
func (t *Trial) worthIt(need *Need) bool {
	switch {
	case t.PagesAfter <= t.PagesBefore/2:
		return true
	case t.After > t.Before/2:
		return false
	}
	return t.PagesAfter <= 0.9*t.PagesBefore || need.RowsKept() <= 0.02*need.RowsRead()
}
