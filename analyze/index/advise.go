package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Query is a statement that was explained.
type Query struct {
	SQL    string
	Result *explain.Result
	Weight float64 // how often it runs, against the others; 0 means 1
}

// Options choose how Advise works. The zero value imagines indexes and builds none.
type Options struct {
	Verify       bool          // build the chosen ones in transactions that are rolled back, and measure
	BuildTimeout time.Duration // of one such building; 0 means 5 minutes
	MinPages     float64       // scans that read fewer pages are left alone unless they take MinTime; 0 means 100
	MinTime      time.Duration // 0 means 1 ms
}

// Advice is one index that would help.
type Advice struct {
	Definition
	Method    Method
	TableRows float64
	TableSize float64 // bytes
	Size      float64 // estimated size of the index in bytes; measured if Built
	Gains     []Gain  // by statement, the greatest first
	Trial     *Trial  // nil: not verified
}

// Gain is what an index does for one statement.
type Gain struct {
	Query                 int // its place in the queries
	Need                  *Need
	CostBefore, CostAfter float64
	After                 *plan.Plan // nil if Modelled
}

// Advise finds indexes for queries. Findings of the same input are the same, byte for byte.
func Advise(ctx context.Context, session *explain.Session, queries []Query, opts Options) (advice []Advice, warnings []string, err error) {
	opts.BuildTimeout = cmp.Or(opts.BuildTimeout, 5*time.Minute)
	opts.MinPages = cmp.Or(opts.MinPages, 100)
	opts.MinTime = cmp.Or(opts.MinTime, time.Millisecond)
	a := adviser{session: session, queries: queries, opts: opts}
	if err := a.prepare(ctx); err != nil {
		return nil, nil, fmt.Errorf("look up tables: %w", err)
	}
	byID := map[string]*Advice{}
	for i := range queries {
		if err := a.query(ctx, i, byID); err != nil {
			return nil, a.warnings, err
		}
	}
	for _, found := range byID {
		advice = append(advice, *found)
	}
	slices.SortFunc(advice, func(x, y Advice) int { return cmp.Compare(x.ID(), y.ID()) })
	if opts.Verify {
		advice, err = a.verify(ctx, advice)
	}
	return advice, a.warnings, err
}

type adviser struct {
	session  *explain.Session
	queries  []Query
	opts     Options
	catalog  *Catalog
	whatif   whatif // nil: modelled
	method   Method
	warnings []string
}

func (a *adviser) prepare(ctx context.Context) error {
	var plans []*plan.Plan
	for _, q := range a.queries {
		if q.Result.Plan != nil {
			plans = append(plans, q.Result.Plan)
		}
	}
	return a.session.ReadOnly(ctx, func(conn *pgx.Conn) error {
		var err error
		if a.catalog, err = Load(ctx, conn, plans); err != nil {
			return err
		}
		var hypopg bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'hypopg')").Scan(&hypopg); err != nil {
			return err
		}
		a.method = Modelled
		switch {
		case hypopg:
			a.whatif, a.method = hypothetical{a.session}, Hypothetical
		case a.opts.Verify:
			a.whatif, a.method = built{a.session, a.opts.BuildTimeout}, Built
		}
		return nil
	})
}

// query looks for an index for each scan of one statement that is worth it.
func (a *adviser) query(ctx context.Context, i int, byID map[string]*Advice) error {
	q := &a.queries[i]
	if q.Result.Plan == nil {
		return nil
	}
	for _, need := range Needs(q.Result.Plan, a.catalog) {
		if !a.worthwhile(q.Result.Plan, need) {
			continue
		}
		candidates := need.Candidates()
		if len(candidates) == 0 {
			continue
		}
		d, gain, err := a.best(ctx, q, need, candidates)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		gain.Query = i
		found := byID[d.ID()]
		if found == nil {
			t := need.Table
			found = &Advice{Definition: *d, Method: a.method, TableRows: t.Rows, TableSize: t.Pages * plan.PageBytes, Size: a.size(*d, t)}
			byID[d.ID()] = found
		}
		found.Gains = append(found.Gains, gain)
		slices.SortStableFunc(found.Gains, func(x, y Gain) int { return cmp.Compare(y.CostBefore-y.CostAfter, x.CostBefore-x.CostAfter) })
	}
	return nil
}

// worthwhile tells whether a scan costs enough, in itself and of its statement, for an index to matter.
func (a *adviser) worthwhile(p *plan.Plan, need *Need) bool {
	n := need.Node
	if need.Table.Kind == "p" || need.Table.Temporary {
		return false
	}
	if n.Executed() {
		pages := n.SelfBuffers().Pages()
		ms := n.SelfMS()
		if pages < a.opts.MinPages && ms < float64(a.opts.MinTime)/float64(time.Millisecond) {
			return false
		}
		total := p.TotalMS()
		return pages >= 0.1*p.Pages() || total > 0 && ms >= 0.1*total
	}
	if p.Analyzed {
		return false // never executed
	}
	return need.Table.Pages >= a.opts.MinPages && n.TotalCost >= 0.1*p.Root.TotalCost
}

// best picks the candidate with which the statement costs least; of those nearly as good the narrowest. Nil means that
// none helps.
func (a *adviser) best(ctx context.Context, q *Query, need *Need, candidates []Definition) (*Definition, Gain, error) {
	before := q.Result.Plan.Root.TotalCost
	if a.whatif == nil {
		return a.modelled(q, need, candidates)
	}
	// All at once first: what the planner does not take out of everything it will not take alone either, nearly always.
	p, used, _, err := a.whatif.plan(ctx, q, candidates)
	if errors.Is(err, explain.ErrTrial) {
		a.warnings = append(a.warnings, fmt.Sprintf("no index could be tried on %s: %v", tableList(candidates[:1]), err))
		return nil, Gain{}, nil
	}
	if err != nil {
		return nil, Gain{}, err
	}
	if len(used) == 0 || p.Root.TotalCost > 0.9*before {
		return nil, Gain{}, nil
	}
	best, after := candidates[used[0]], p
	cheapest := p.Root.TotalCost
	for _, narrow := range narrower(candidates, best) {
		p, used, _, err := a.whatif.plan(ctx, q, []Definition{narrow})
		if err != nil && !errors.Is(err, explain.ErrTrial) {
			return nil, Gain{}, err
		}
		if err == nil && len(used) > 0 && p.Root.TotalCost-cheapest <= 0.1*(before-cheapest) {
			best, after = narrow, p
			break
		}
	}
	return &best, Gain{Need: need, CostBefore: before, CostAfter: after.Root.TotalCost, After: after}, nil
}

// narrower lists the candidates with fewer keys than d that are among its keys, the narrowest first.
func narrower(candidates []Definition, d Definition) []Definition {
	var found []Definition
	for _, c := range candidates {
		if len(c.Keys) < len(d.Keys) && c.Where == d.Where && c.method() == d.method() {
			within := true
			for _, k := range c.Keys {
				within = within && slices.ContainsFunc(d.Keys, k.same)
			}
			if within {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(x, y Definition) int { return cmp.Compare(len(x.Keys), len(y.Keys)) })
	return found
}

// size estimates an index's size: a btree's leaf tuples at a fill factor of 0.9.
func (a *adviser) size(d Definition, t *Table) float64 {
	const tupleOverhead = 8 + 4 // IndexTupleData and the line pointer
	width := float64(tupleOverhead)
	for _, k := range d.Keys {
		if c := t.Column(k.Column); c != nil {
			width += max(c.Width, 4)
		} else {
			width += 16
		}
	}
	for _, name := range d.Include {
		if c := t.Column(name); c != nil {
			width += c.Width
		}
	}
	return t.Rows * width / 0.9
}
