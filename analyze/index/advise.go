package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/catalog"
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
	Literals     bool          // constants of the statements may appear in partial indexes
	MinPages     float64       // scans that read fewer pages are left alone unless they take MinTime; 0 means 100
	MinTime      time.Duration // 0 means 1 ms

	Building func(Building) // called before indexes are built on a table; may be nil
}

// Building is what is about to be done to a table: indexes are built in a transaction that is rolled back. CREATE INDEX
// takes a SHARE lock, so that writers of the table wait until then.
type Building struct {
	Table    string // quoted
	Bytes    float64
	Indexes  int
	Expected time.Duration // an estimate
}

// Advice is what would help some statements: one index, or several that the server combines.
type Advice struct {
	Indexes []Definition // all on one table
	Method  Method
	Table   *catalog.Table
	Size    float64 // of the indexes together in bytes; measured if there is a Trial
	Gains   []Gain  // by statement, the greatest first
	Trial   *Trial  // nil: not verified
}

// ID is equal for equal advice and sorts it.
func (a Advice) ID() string {
	ids := make([]string, len(a.Indexes))
	for i, d := range a.Indexes {
		ids[i] = d.ID()
	}
	return strings.Join(ids, " + ")
}

// Columns are those of all indexes, each once.
func (a Advice) Columns() []string {
	var columns []string
	for _, d := range a.Indexes {
		for _, column := range d.Columns() {
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
		}
	}
	return columns
}

// Tried is a scan for which indexes were tried and none helped.
type Tried struct {
	Query      int
	Need       *Need
	Candidates int
	built      []Definition // those that the server was able to build or to imagine
}

// Built is how many of them the server was able to build or to imagine.
func (t Tried) Built() int { return len(t.built) }

// Covers tells whether an index with one of these columns in it was among those tried.
func (t Tried) Covers(columns []string) bool {
	for _, d := range t.built {
		for _, k := range d.Keys {
			for _, column := range columns {
				if (k.Column == column && d.method() != "btree") || k.Column == "" && strings.Contains(k.Expression, column) {
					return true
				}
			}
		}
	}
	return false
}

// Outcome is all that Advise found out.
type Outcome struct {
	Advice   []Advice
	Tried    []Tried
	Catalog  *catalog.Catalog
	Warnings []string
}

// Gain is what an index does for one statement.
type Gain struct {
	Query                 int // its place in the queries
	Need                  *Need
	CostBefore, CostAfter float64
	After                 *plan.Plan // nil if Modelled
}

// Advise finds indexes for queries. The same input gives the same advice, byte for byte.
func Advise(ctx context.Context, session *explain.Session, queries []Query, opts Options) (Outcome, error) {
	opts.BuildTimeout = cmp.Or(opts.BuildTimeout, 5*time.Minute)
	opts.MinPages = cmp.Or(opts.MinPages, 100)
	opts.MinTime = cmp.Or(opts.MinTime, time.Millisecond)
	a := adviser{session: session, queries: queries, opts: opts, found: map[string]*Advice{}, announced: map[Building]bool{}}
	if err := a.prepare(ctx); err != nil {
		return Outcome{}, fmt.Errorf("look up tables: %w", err)
	}
	for i := range queries {
		if err := a.query(ctx, i); err != nil {
			return Outcome{}, err
		}
	}
	out := Outcome{Catalog: a.catalog}
	for _, id := range slices.Sorted(maps.Keys(a.found)) {
		out.Advice = append(out.Advice, *a.found[id])
	}
	var err error
	if a.method == Built {
		out.Advice, err = a.verify(ctx, out.Advice)
	}
	out.Tried, out.Warnings = a.tried, a.warnings
	return out, err
}

type adviser struct {
	session  *explain.Session
	queries  []Query
	opts     Options
	catalog  *catalog.Catalog
	whatif   whatif // nil: modelled
	method   Method
	found    map[string]*Advice
	tried    []Tried
	warnings []string

	announced map[Building]bool
}

func (a *adviser) prepare(ctx context.Context) error {
	var plans []*plan.Plan
	for _, q := range a.queries {
		if q.Result.Plan != nil {
			plans = append(plans, q.Result.Plan)
		}
	}
	var standby bool
	err := a.session.ReadOnly(ctx, func(conn *pgx.Conn) error {
		var err error
		if a.catalog, err = catalog.Load(ctx, conn, plans); err != nil {
			return err
		}
		return conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby)
	})
	if err != nil {
		return err
	}
	return a.choose(ctx, standby)
}

// choose picks the what-if. Where indexes may be built they are: HypoPG does not know all their kinds, and nothing of an
// expression's statistics.
func (a *adviser) choose(ctx context.Context, standby bool) error {
	if a.opts.Verify && !standby {
		a.whatif, a.method = built{a.session, a.opts.BuildTimeout}, Built
		return nil
	}
	a.method = Modelled
	h, err := findHypothetical(ctx, a.session)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && ctx.Err() == nil:
		a.warnings = append(a.warnings, fmt.Sprintf("the database has HypoPG, but it can't be used: %s; what indexes would bring is computed from the statistics", refused.Message))
	case err != nil:
		return err
	case h != nil:
		a.whatif, a.method = h, Hypothetical
	}
	if a.opts.Verify {
		a.warnings = append(a.warnings, "the server is a standby, where no index can be built: what indexes would bring is estimated")
	}
	return nil
}

// query looks for indexes for each scan of one statement that is worth it.
func (a *adviser) query(ctx context.Context, i int) error {
	q := &a.queries[i]
	if q.Result.Plan == nil {
		return nil
	}
	for _, need := range readNeeds(q.Result.Plan, a.fixed(q), a.catalog) {
		if !a.worthwhile(q.Result.Plan, need) {
			continue
		}
		candidates := need.Candidates()
		if len(candidates) == 0 {
			continue
		}
		set, gain, built, err := a.best(ctx, q, need, candidates)
		if errors.Is(err, explain.ErrTrial) {
			a.warnings = append(a.warnings, fmt.Sprintf("no index could be tried on %s: %v", candidates[0].QualifiedTable(), err))
			continue
		}
		if err != nil {
			return err
		}
		if len(set) == 0 && a.doubtful(candidates, built) {
			continue
		}
		if len(set) == 0 {
			a.tried = append(a.tried, Tried{i, need, len(candidates), built})
			continue
		}
		gain.Query = i
		a.add(set, gain)
	}
	return nil
}

// doubtful tells whether it is no trial that none of the candidates would help: a model has its doubts, and HypoPG does
// not know all kinds of index, nor has the planner an expression's statistics before its index is there.
func (a *adviser) doubtful(candidates, built []Definition) bool {
	switch a.method {
	case Built:
		return false
	case Hypothetical:
		return len(built) < len(candidates) || slices.ContainsFunc(candidates, Definition.hasExpression)
	}
	return true
}

// fixed is the plan whose constants may appear in an index's definition.
func (a *adviser) fixed(q *Query) *plan.Plan {
	switch {
	case !a.opts.Literals:
		return nil
	case len(q.Result.Types) > 0:
		return q.Result.Generic
	}
	return q.Result.Plan
}

// add files one advice under what it builds, with the statements that gain from it.
func (a *adviser) add(set []Definition, gain Gain) {
	slices.SortFunc(set, func(x, y Definition) int { return cmp.Compare(x.ID(), y.ID()) })
	one := Advice{Indexes: set, Method: a.method, Table: gain.Need.Table}
	for _, d := range set {
		one.Size += estimateSize(d, gain.Need.Table)
		for _, other := range gain.Need.others {
			one.Size += estimateSize(d, other.Table)
		}
	}
	found := a.found[one.ID()]
	if found == nil {
		found = &one
		a.found[one.ID()] = found
	}
	found.Gains = append(found.Gains, gain)
	slices.SortStableFunc(found.Gains, func(x, y Gain) int { return cmp.Compare(y.CostBefore-y.CostAfter, x.CostBefore-x.CostAfter) })
}

// worthwhile tells whether a scan costs enough, in itself and of its statement, for an index to matter.
func (a *adviser) worthwhile(p *plan.Plan, need *Need) bool {
	n := need.Node
	if need.Table.Kind == "p" || need.Table.Temporary {
		return false
	}
	if !need.selective() && !need.Limited && len(need.Join) == 0 && (len(need.Equal) == 0 || len(need.Order) == 0) {
		return false
	}
	if need.Executed() {
		pages, ms, rows := need.PagesRead(), need.SelfMS(), need.RowsRead()
		if n.Type != "Seq Scan" && rows < minIndexedRows && pages <= 2*rows+minIndexPages {
			return false // an index finds these few already
		}
		if n.Type != "Seq Scan" && rows >= minIndexedRows && need.RowsKept() > mostKept*rows && len(need.Order)+len(need.Join) == 0 {
			return false // or these, and hardly more than are wanted
		}
		if pages < a.opts.MinPages && (rows < minRows || ms < float64(a.opts.MinTime)/float64(time.Millisecond)) {
			return false
		}
		if n.Type == "Seq Scan" && n.Loops > 1 && pages/n.Loops < a.opts.MinPages && rows < 10*minRows {
			return false // a table of a few pages, read a few times
		}
		total := p.TotalMS()
		return pages >= 0.1*p.Pages() || total > 0 && ms >= 0.1*total
	}
	if p.Analyzed || n.Type != "Seq Scan" && n.TotalCost < minIndexedCost {
		return false // never executed; or cheap as it is
	}
	cost := need.sum(func(n *plan.Node) float64 { return n.TotalCost })
	return need.Bytes() >= a.opts.MinPages*plan.PageBytes && cost >= 0.1*p.Root.TotalCost
}

// perRow is about what building a btree takes for each row of its table, sorting included.
const perRow = time.Microsecond

// announce says what is about to be built, once for each table and number of indexes.
func (a *adviser) announce(need *Need, indexes int) {
	b := Building{Table: need.Table.Qualified(), Bytes: need.Bytes(), Indexes: indexes}
	if need.Table.Root != "" {
		b.Table = need.Table.Root
	}
	b.Expected = 10*time.Millisecond + time.Duration(need.Bytes()/max(1, need.Table.Bytes())*need.Table.Rows*float64(indexes))*perRow
	if a.opts.Building != nil && !a.announced[b] {
		a.announced[b] = true
		a.opts.Building(b)
	}
}

// A scan by an index that finds fewer rows than this is good enough; one of fewer pages than MinPages has to read so many
// rows: the clock alone is no reason.
const (
	minIndexedRows = 1000
	minIndexPages  = 20     // of the index itself
	minIndexedCost = 1000.0 // the planner's, where it was not executed
	minRows        = 10000
)

// best picks the candidates with which the statement costs least; of those nearly as good the narrowest and fewest. An
// empty set means that none helps.
func (a *adviser) best(ctx context.Context, q *Query, need *Need, candidates []Definition) (set []Definition, gain Gain, built []Definition, err error) {
	before := q.Result.Plan.Root.TotalCost
	if a.whatif == nil {
		return a.modelled(q, need, candidates)
	}
	if a.method == Built {
		a.announce(need, len(candidates))
	}
	// All at once first: what the planner does not take out of everything it will not take alone either, nearly always.
	p, used, buildable, err := a.whatif.plan(ctx, q, candidates)
	for i, ok := range buildable {
		if ok {
			built = append(built, candidates[i])
		}
	}
	gainNeeded := leastGain
	if !need.selective() && !need.Limited { // most of the table is read either way
		gainNeeded = leastGainWhole
	}
	saved := 0.0
	if err == nil {
		saved = before - p.Root.TotalCost
	}
	if err != nil || len(used) == 0 || saved < gainNeeded*before && (saved < leastGainWhole*need.sum(scanCost) || !need.selective()) {
		return nil, Gain{}, built, err
	}
	whole := need.sum(func(n *plan.Node) float64 { return n.TotalCost }) // more than the statement's where a LIMIT stops the scan
	if a.method != Built && whole <= before && saved < leastGainUnproven*whole {
		return nil, Gain{}, built, nil
	}
	set = pick(candidates, used)
	after := p
	good := func(cost float64) bool { return cost-p.Root.TotalCost <= nearly*(before-p.Root.TotalCost) }
	try := func(other []Definition) error {
		q, used, _, err := a.whatif.plan(ctx, q, other)
		if err == nil && len(used) == len(other) && good(q.Root.TotalCost) {
			set, after = other, q
		}
		return err
	}
	for i := len(set) - 1; i >= 0 && len(set) > 1; i-- {
		if err := try(slices.Delete(slices.Clone(set), i, i+1)); err != nil && !errors.Is(err, explain.ErrTrial) {
			return nil, Gain{}, built, err
		}
	}
	for i := range set {
		wide := set[i]
		for _, narrow := range narrower(candidates, wide) {
			other := slices.Clone(set)
			other[i] = narrow
			if err := try(other); err != nil && !errors.Is(err, explain.ErrTrial) {
				return nil, Gain{}, built, err
			}
			if set[i].ID() == narrow.ID() {
				break
			}
		}
	}
	return set, Gain{Need: need, CostBefore: before, CostAfter: after.Root.TotalCost, After: after}, built, nil
}

// An index has to save a tenth of a statement's cost to be looked at further, or half of the scan's: where the planner
// misjudges the rest of the statement, the scan may be most of its time all the same. One is nearly as good as another if
// it saves nine tenths of what the other does.
const (
	leastGain = 0.1
	nearly    = 0.1

	leastGainWhole = 0.5 // if the scan keeps most of the table; of the scan's own cost

	leastGainUnproven = 0.5 // where nothing will be built and measured; of running the scan once, unless a LIMIT stops it
)

// selective tells whether a scan's conditions leave less than a tenth of the rows.
func (need *Need) selective() bool {
	n := need.Node
	if len(need.Equal)+len(need.In)+len(need.Range)+len(need.Special)+len(need.Arms) == 0 {
		return false
	}
	if n.Executed() {
		if all := need.RowsRead(); all > 0 && n.Type == "Seq Scan" {
			return need.RowsKept() <= mostKept*all
		}
	}
	return need.Table.Rows <= 0 || n.PlanRows*n.Processes() <= mostKept*need.Table.Rows
}

// mostKept is the largest share of the rows that an index is made to find: from about a tenth on they lie on most of the
// table's pages.
const mostKept = 0.1

func pick(candidates []Definition, used []int) []Definition {
	set := make([]Definition, len(used))
	for i, n := range used {
		set[i] = candidates[n]
	}
	return set
}

// narrower lists the candidates with fewer keys than d that are among its keys, the narrowest first.
func narrower(candidates []Definition, d Definition) []Definition {
	var found []Definition
	for _, c := range candidates {
		if len(c.Keys) < len(d.Keys) && c.Where == d.Where && c.method() == d.method() {
			within := true
			for _, k := range c.Keys {
				within = within && slices.ContainsFunc(d.Keys, k.Same)
			}
			if within {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(x, y Definition) int { return cmp.Compare(len(x.Keys), len(y.Keys)) })
	return found
}

// estimateSize estimates an index's size: a btree's leaf tuples at a fill factor of 0.9.
func estimateSize(d Definition, t *catalog.Table) float64 {
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
