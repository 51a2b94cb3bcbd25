package nplusone

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgassay/pgassay/internal/report"
)

// Loop is a fault: a statement, or a sequence of statements, that an application runs again and again.
type Loop struct {
	Rule        string
	Severity    report.Severity
	Route       string // of the request, "" if not known
	Statement   string // normalised: the one whose argument varies
	Fingerprint string
	CallSite    string
	Function    string
	Via         string            // the module between the application and the driver
	Tags        map[string]string // of one of its executions
	Key         []int             // placeholders of Statement, counted from 0, whose argument varies
	Others      []Member          // the other statements of the sequence
	Parent      *Parent           // of the longest run; nil: none was found
	Evidence    Evidence
	Executions  int64         // of Statement, in all requests
	Requests    int           // that have the loop
	Longest     int           // executions of Statement in one request
	Time        time.Duration // of all statements of the loop, in all requests
	LongestTime time.Duration // the same, of the longest run
	Share       float64       // of the database time of the request with the longest run
	Concurrent  bool          // executions overlap
	Slope       float64       // executions per row of the parent over several requests; 0: not known
	Suspected   bool          // the source knows no requests: it may be several
	Batch       Batch         // what to run instead of Statement

	statement *statement
	group     *group // of the longest run
	keys      [][]int
	dropped   bool
}

// Member is another statement of a loop's body.
type Member struct {
	Statement   string
	Fingerprint string
	CallSite    string
	Key         []int // placeholders whose argument varies; none: the same answer each time
	Batch       Batch
}

// loopKey is what a loop is known by in a baseline: neither counts nor lines.
type loopKey struct{ rule, route, fingerprint, function string }

// candidate is a loop of one scope before it is added to what is known.
type candidate struct {
	rule     string
	group    *group
	others   []*group
	evidence Evidence
	parent   *Parent
}

// analyse looks for the loops of one scope.
func (d *Detector) analyse(sc *scope) {
	executions := d.executions(sc)
	if len(executions) < 2 {
		return
	}
	all := groups(executions)
	if sc.kind == request {
		d.measureSlopes(sc, executions, all)
	}
	all = slices.DeleteFunc(all, func(g *group) bool { return poller(g, all) })
	candidates := d.candidates(sc, executions, all)
	for _, c := range candidates {
		if !c.group.consumed {
			d.gather(&c, all)
			d.found(sc, spentIn(executions), c)
		}
	}
	for _, g := range all {
		if !g.consumed && d.duplicate(sc, executions, g) {
			d.found(sc, spentIn(executions), candidate{rule: RuleDuplicate, group: g})
		}
	}
}

// executions returns a scope's executions by start. Those that failed and those of transactions that failed are left
// out: they are tried again.
func (d *Detector) executions(sc *scope) []*execution {
	failed := map[string]bool{}
	for _, e := range sc.events {
		if e.Code != "" && e.Transaction != "" {
			failed[e.Transaction] = true
		}
	}
	var all []*execution
	for _, e := range sc.events {
		if e.Code != "" || e.Transaction != "" && failed[e.Transaction] {
			continue
		}
		if s := d.statement(e); s != nil {
			all = append(all, &execution{Event: e, statement: s})
		}
	}
	slices.SortStableFunc(all, func(a, b *execution) int { return a.Time.Compare(b.Time) })
	for i, e := range all {
		e.index = i
	}
	return all
}

// poller tells whether a group takes turns with a statement that claims work: SELECT … FOR UPDATE SKIP LOCKED.
func poller(g *group, all []*group) bool {
	return slices.ContainsFunc(all, func(other *group) bool {
		claims := other.statement.locking && other.n() >= 3 && slices.ContainsFunc(other.statement.tokens, func(t token) bool { return t.lower == "skip" })
		return claims && (other == g || interleaved(g, other))
	})
}

// candidates judges each group on its own, and returns those that are loops, the best evidence first.
func (d *Detector) candidates(sc *scope, executions []*execution, all []*group) []candidate {
	var found []candidate
	for _, g := range all {
		if c, ok := d.judge(sc, executions, all, g); ok {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(b.group.distinct, a.group.distinct), cmp.Compare(b.group.time(), a.group.time()))
	})
	return found
}

// rank orders the candidates of a sequence: a read with a parent explains the sequence, a write does not.
func rank(c candidate) int {
	if c.rule == RuleNPlusOne {
		return 10 + int(c.evidence)
	}
	return 0
}

func (d *Detector) judge(sc *scope, executions []*execution, all []*group, g *group) (candidate, bool) {
	s := g.statement
	if s.write {
		return candidate{rule: RuleWriteLoop, group: g}, d.writeLoop(sc, g)
	}
	if s.verb != "select" || s.volatile || s.locking || len(s.tables) == 0 && !callsOnly(s) || g.n() < 2 {
		return candidate{}, false
	}
	if s.barrier || g.barriers(executions, func(s *statement) bool { return s.barrier && !s.write })*2 >= g.n()-1 {
		return candidate{}, false // per tenant: the text means something else each time
	}
	if g.argsKnown {
		if _, ok := g.keys(); !ok {
			return candidate{}, false
		}
	}
	evidence, parent := d.findParent(g, executions, all)
	if evidence < Values && g.walk(func(column string) bool { return linkName(column) || selfReference(d.opts.Schema, s, column) }) {
		return candidate{rule: RuleWalk, group: g}, g.n() >= d.opts.Likely
	}
	c := candidate{rule: RuleNPlusOne, group: g, evidence: evidence, parent: parent}
	return c, d.enough(sc, g, evidence, parent)
}

// callsOnly tells whether a statement without tables calls a function with what varies.
func callsOnly(s *statement) bool {
	return slices.ContainsFunc(s.params, func(p param) bool { return p.use == call })
}

// enough tells whether a group is an N+1 with the evidence there is.
func (d *Detector) enough(sc *scope, g *group, evidence Evidence, parent *Parent) bool {
	if evidence >= Values {
		if g.n() < d.opts.Likely && !d.fits(parent, g) { // a few small numbers are keys of many tables
			return false
		}
		return g.n() >= d.opts.Proven && g.distinct >= 2 && (evidence == InOrder || g.distinct >= 3)
	}
	if !g.argsKnown {
		return evidence >= SameCount && g.n() >= d.opts.Unproven
	}
	// Without values a list is a chunk of keys, and a call may compute anything.
	if keys, _ := g.keys(); slices.ContainsFunc(keys, func(i int) bool { return g.statement.params[i].use != equality }) || !g.diverse() {
		return false
	}
	if sc.kind != request {
		return d.enoughInBurst(sc, g, evidence)
	}
	if evidence >= Adjacent {
		return g.n() >= d.opts.Likely
	}
	return g.n() >= d.opts.Unproven && g.medianGap() <= longestGap
}

// enoughInBurst is for scopes that may hold several requests: on a busy connection those look like a loop.
func (d *Detector) enoughInBurst(sc *scope, g *group, evidence Evidence) bool {
	if sc.kind == burst && evidence >= SameCount {
		return g.n() >= d.opts.Likely
	}
	if tx := g.first().Transaction; tx != "" && !slices.ContainsFunc(g.executions, func(e *execution) bool { return e.Transaction != tx }) {
		return evidence == Adjacent && g.n() >= d.opts.Likely || g.n() >= d.opts.Unproven
	}
	return evidence == Adjacent && g.n() >= d.opts.Unproven && (sc.kind == pool || !d.others(g))
}

// writeLoop tells whether a group of writes is a loop: one row each, in one request or transaction.
func (d *Detector) writeLoop(sc *scope, g *group) bool {
	if g.n() < d.opts.Writes || g.statement.verb == "merge" || g.statement.verb == "truncate" || g.statement.verb == "select" {
		return false
	}
	several := 0
	for _, e := range g.executions {
		if e.Rows > 1 {
			several++
		}
	}
	if several*5 > g.n() { // it writes many rows at a time already
		return false
	}
	if !slices.ContainsFunc(g.statement.params, func(p param) bool { return p.use == written || p.use == equality || p.use == inList }) {
		return false
	}
	if sc.kind == request {
		return g.medianGap() <= time.Second
	}
	byTransaction := map[string]int{}
	most := 0
	for _, e := range g.executions {
		if e.Transaction != "" {
			byTransaction[e.Transaction]++
			most = max(most, byTransaction[e.Transaction])
		}
	}
	return most >= d.opts.Writes
}

// duplicate tells whether a group asks the same again and again although nothing was written in between.
func (d *Detector) duplicate(sc *scope, executions []*execution, g *group) bool {
	s := g.statement
	if s.verb != "select" || s.write || s.volatile || s.locking || s.barrier || len(s.tables) == 0 || !g.argsKnown || len(g.varying) > 0 || sc.kind == pool {
		return false
	}
	if sc.kind == burst {
		if tx := g.first().Transaction; tx == "" || slices.ContainsFunc(g.executions, func(e *execution) bool { return e.Transaction != tx }) {
			return false
		}
	}
	run, longest := 1, 1
	for i := 1; i < g.n(); i++ {
		between := executions[g.executions[i-1].index+1 : g.executions[i].index]
		if slices.ContainsFunc(between, func(e *execution) bool { return affects(e.statement, s) }) {
			run = 0
		}
		run++
		longest = max(longest, run)
	}
	return longest >= d.opts.Duplicates && g.medianGap() <= longestGap
}

// affects tells whether a statement may change what another one answers.
func affects(writer, reader *statement) bool {
	if !writer.barrier {
		return false
	}
	return !writer.write || len(writer.tables) == 0 || slices.ContainsFunc(writer.tables, func(t string) bool { return slices.Contains(reader.tables, t) })
}

const longestSequence = 8

// gather adds the other statements of the loop's body to a candidate.
func (d *Detector) gather(c *candidate, all []*group) {
	c.group.consumed = true
	for _, g := range all {
		if !g.consumed && len(c.others) < longestSequence-1 && interleaved(c.group, g) {
			g.consumed = true
			c.others = append(c.others, g)
		}
	}
}

// found adds a loop of one scope to what is known.
func (d *Detector) found(sc *scope, all time.Duration, c candidate) {
	g := c.group
	g.consumed = true
	first := g.first()
	key := loopKey{c.rule, sc.route, g.statement.fingerprint, first.Function}
	loop := d.loops[key]
	if loop == nil {
		loop = &Loop{
			Rule: c.rule, Route: sc.route, Statement: g.statement.text, Fingerprint: g.statement.fingerprint,
			Function: first.Function, statement: g.statement,
		}
		d.loops[key] = loop
	}
	loop.Requests++
	loop.Executions += int64(g.n())
	spent := g.time()
	for _, other := range c.others {
		spent += other.time()
	}
	loop.Time += spent
	better := c.evidence > loop.Evidence || c.evidence == loop.Evidence && g.n() > loop.Longest
	loop.Longest = max(loop.Longest, g.n())
	if !better && loop.group != nil {
		return
	}
	loop.LongestTime, loop.CallSite, loop.Via, loop.Tags = spent, first.CallSite, first.Via, first.Tags
	loop.Evidence, loop.Parent, loop.Concurrent, loop.Suspected = c.evidence, c.parent, g.concurrent(), sc.kind != request
	loop.Share = 0
	if all > 0 {
		loop.Share = min(1, float64(spent)/float64(all))
	}
	loop.group, loop.keys, loop.Key = g, nil, nil
	for _, i := range g.varying {
		loop.keys = append(loop.keys, g.same(i))
		loop.Key = append(loop.Key, g.same(i)...)
	}
	slices.Sort(loop.Key)
	loop.Others = nil
	for _, other := range c.others {
		loop.Others = append(loop.Others, Member{Statement: other.statement.text, Fingerprint: other.statement.fingerprint, CallSite: other.site, Key: other.varying})
	}
}

// spentIn is the database time of a request.
func spentIn(executions []*execution) (all time.Duration) {
	for _, e := range executions {
		all += e.Duration
	}
	return all
}
