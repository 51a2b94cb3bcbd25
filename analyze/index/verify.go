package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Verdict of a trial.
type Verdict string

// The verdicts.
const (
	Improved  Verdict = "improved"
	Neutral   Verdict = "neutral"
	Regressed Verdict = "regressed"
)

// Trial is what was measured with an index really built.
type Trial struct {
	Query                   int // the statement that was measured
	Verdict                 Verdict
	PlanChanged             bool
	Pairs, Faster           int // paired runs, and those in which it was faster with the index
	Before, After           time.Duration
	PagesBefore, PagesAfter float64
	RowsEqual               bool
	Size                    float64 // of the index, in bytes
	BuildTime               time.Duration
	Plan                    *plan.Plan // with the index
}

// How a trial is judged: see the thresholds' source, docs/analyze.md.
const (
	wantedPairs   = 7
	neededShare   = 6.0 / 7
	neededGain    = 0.1
	neededTime    = 100 * time.Microsecond
	pairingBudget = 20 * time.Second
)

// verify builds each advised index, measures the statement that gains most with and without it, and drops what does not
// hold. A statement that may not be executed keeps its advice as an estimate.
func (a *adviser) verify(ctx context.Context, advice []Advice) ([]Advice, error) {
	var kept []Advice
	for _, one := range advice {
		trial, err := a.trial(ctx, one)
		if errors.Is(err, explain.ErrTrial) {
			a.warnings = append(a.warnings, fmt.Sprintf("the index on %s was not verified: %v", one.target(), err))
		} else if err != nil {
			return nil, err
		}
		one.Trial = trial
		if trial != nil {
			one.Size = trial.Size
			if trial.Verdict != Improved {
				continue
			}
		}
		kept = append(kept, one)
	}
	return kept, nil
}

func (a *adviser) trial(ctx context.Context, one Advice) (*Trial, error) {
	i := slices.IndexFunc(one.Gains, func(g Gain) bool { return a.queries[g.Query].Result.Executed() })
	if i < 0 {
		return nil, nil
	}
	gain := one.Gains[i]
	q := a.queries[gain.Query]
	t := &Trial{Query: gain.Query}
	start := time.Now()
	with, err := a.session.Try(ctx, a.opts.BuildTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, one.build(trialName(0))); err != nil {
			return err
		}
		if one.hasExpression() {
			if _, err := conn.Exec(ctx, "ANALYZE "+one.QualifiedTable()); err != nil {
				return err
			}
		}
		t.BuildTime = time.Since(start)
		return conn.QueryRow(ctx, "SELECT pg_relation_size($1::regclass)::float8", one.QualifiedTableOf(trialName(0))).Scan(&t.Size)
	})
	if err != nil {
		return nil, err
	}
	defer with.Close(ctx)
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
	t.PlanChanged = len(usedIn(after.Plan, trialName, 1)) > 0
	if !t.PlanChanged {
		t.Verdict = Neutral
		return t, nil
	}
	before, err := without.Measure(ctx, q.SQL, q.Result)
	if err != nil {
		return nil, err
	}
	t.RowsEqual = math.Round(before.Rows) == math.Round(after.Rows)
	return t, t.pairs(ctx, with, without, q)
}

// pairs runs the statement with and without the index by turns. Both have run once, so that caches are warm.
func (t *Trial) pairs(ctx context.Context, with *explain.Trial, without *explain.Session, q Query) error {
	var befores, afters []time.Duration
	for start := time.Now(); t.Pairs < wantedPairs && (t.Pairs < 3 || time.Since(start) < pairingBudget); t.Pairs++ {
		before, err := without.Measure(ctx, q.SQL, q.Result)
		if err != nil {
			return err
		}
		after, err := with.Measure(ctx, q.SQL, q.Result)
		if err != nil {
			return err
		}
		befores, afters = append(befores, before.Duration), append(afters, after.Duration)
		t.PagesBefore, t.PagesAfter = before.Pages, after.Pages
		if after.Duration < before.Duration {
			t.Faster++
		}
	}
	t.Before, t.After = median(befores), median(afters)
	saved := t.Before - t.After
	enough := func(saved time.Duration, times int) bool {
		return saved > neededTime && float64(saved) > neededGain*float64(max(t.Before, t.After)) && float64(times) >= neededShare*float64(t.Pairs)-1e-9
	}
	switch {
	case enough(saved, t.Faster):
		t.Verdict = Improved
	case enough(-saved, t.Pairs-t.Faster):
		t.Verdict = Regressed
	default:
		t.Verdict = Neutral
	}
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

// QualifiedTableOf is a relation's name in the schema of the table.
func (d Definition) QualifiedTableOf(name string) string {
	return Definition{Schema: d.Schema, Table: name}.QualifiedTable()
}
