package analyze

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// prove runs the experiments of those hits that have one, and drops the hits that don't hold.
func (j *judge) prove(ctx context.Context, i int, hits []merged) ([]merged, error) {
	s := &j.result.Statements[i]
	if j.session == nil || !s.result.Runs() || s.result.Class != explain.Query {
		return hits, nil
	}
	var kept []merged
	for _, hit := range hits {
		if hit.Again && s.result.Plan.TotalMS() <= slowestExperiment {
			again, err := j.seenAgain(ctx, i, hit.Rule)
			if err != nil {
				return nil, err
			}
			if !again {
				continue
			}
		}
		if hit.Experiment == nil || s.result.Plan.TotalMS() > slowestExperiment {
			kept = append(kept, hit)
			continue
		}
		pairs, err := j.experiment(ctx, s, hit.Experiment)
		if refused(err) {
			continue // what can't be tried is not reported
		}
		if err != nil {
			return nil, fmt.Errorf("try %s on the statement at %s: %w", hit.Experiment.Method, s.Source, err)
		}
		if pairs.Outcome != explain.Improved || !worth(pairs, hit.Experiment) {
			continue
		}
		hit.proof = &report.Proof{
			Method:   fmt.Sprintf("%s, %d paired runs, faster in %d", hit.Experiment.Method, pairs.Runs, pairs.Faster),
			BeforeNS: pairs.Before.Nanoseconds(), AfterNS: pairs.After.Nanoseconds(), RowsEqual: pairs.RowsEqual, PlanChanged: true,
		}
		kept = append(kept, hit)
	}
	return kept, nil
}

// worth tells whether an experiment saved as much as it must.
func worth(p explain.Pairs, e *rule.Experiment) bool {
	saved := float64(p.Before - p.After)
	return saved >= e.LeastMS*float64(time.Millisecond) && saved >= e.LeastShare*float64(p.Before)
}

// seenAgain executes a statement twice more, in a session that has the catalogs read by now, and tells whether a rule
// sees its fault each time.
func (j *judge) seenAgain(ctx context.Context, i int, id string) (bool, error) {
	s := &j.result.Statements[i]
	for range 2 {
		explained, err := j.session.Explain(ctx, explain.Request{SQL: s.sql, Binds: s.result.BindsUsed()})
		if err != nil {
			return false, fmt.Errorf("execute the statement at %s again: %w", s.Source, err)
		}
		if !explained.Executed() {
			return false, nil
		}
		c := rule.Context{Plan: explained.Plan, Catalog: j.outcome.Catalog, SQL: s.sql}
		if !slices.ContainsFunc(rule.Check(c, j.settings), func(hit rule.Hit) bool { return hit.Rule == id }) {
			return false, nil
		}
	}
	return true, nil
}

// slowestExperiment is the longest statement, in milliseconds, that is run again and again to prove a point.
const slowestExperiment = 10_000

func (j *judge) experiment(ctx context.Context, s *StatementResult, e *rule.Experiment) (explain.Pairs, error) {
	sql, explained := s.sql, s.result
	if e.SQL != "" {
		other, err := j.session.Explain(ctx, explain.Request{SQL: e.SQL, Binds: s.result.BindsUsed()})
		if err != nil {
			return explain.Pairs{}, err
		}
		if !other.Executed() {
			return explain.Pairs{}, explain.ErrTrial
		}
		sql, explained = e.SQL, other
	}
	after := func(ctx context.Context) (explain.Measurement, error) {
		return j.session.MeasureWith(ctx, sql, explained, e.Settings)
	}
	if _, err := after(ctx); err != nil { // warm up
		return explain.Pairs{}, err
	}
	return explain.Compare(ctx,
		func(ctx context.Context) (explain.Measurement, error) { return j.session.Measure(ctx, s.sql, s.result) }, after)
}
