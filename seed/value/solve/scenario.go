package solve

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
)

// Scenario is one way in which all constraints on a group of columns hold: every row follows one of the group's.
type Scenario struct {
	Sets       map[string]Set // of every column of the group
	Relations  []Relation
	Computed   []Computed
	Pairs      []Pair
	Joins      []Join
	Conditions []Condition // of several columns: to be tried
}

// Group is columns that constraints tie together; most columns are alone in theirs.
type Group struct {
	Columns   []string // in the order of the table
	Scenarios []Scenario
	Checks    []string // names of the constraints
}

// Failure is a constraint that nothing was found to satisfy.
type Failure struct {
	Check  Check
	Reason string
}

// Result is what was found out about a table.
type Result struct {
	Groups   []Group
	Failures []Failure
}

const (
	maxScenarios = 32
	maxSteps     = 4000 // of the search for scenarios of one group
)

// Solve finds the values that satisfy a table's constraints.
func Solve(p *Problem) *Result {
	e := newExpander(p)
	result := &Result{}
	base := map[string]Set{}
	for _, c := range p.Columns {
		set := Everything()
		if c.Start != nil {
			set = *c.Start
		}
		set.Null = set.Null && !c.NotNull
		base[c.Name] = set
	}
	var open []ways
	for _, c := range p.Checks {
		var cases []Case
		if c.Evaluates {
			cases = e.evaluates(c.Expr)
		} else {
			cases = e.expand(c.Expr, notFalse)
		}
		cases = e.usable(cases)
		switch {
		case len(cases) == 0 && c.Soft:
		case len(cases) == 0:
			result.Failures = append(result.Failures, Failure{c, "no value satisfies it, as far as it is understood"})
		case len(cases) == 1 && len(cases[0].columns()) == 0:
		default:
			open = append(open, ways{check: c, cases: cases})
		}
	}
	// What leaves no choice comes first.
	open = slices.DeleteFunc(open, func(w ways) bool {
		if len(w.cases) != 1 || w.check.Soft {
			return false
		}
		only := w.cases[0]
		both, ok := Case{Sets: base}.and(Case{Sets: only.Sets})
		if !ok {
			result.Failures = append(result.Failures, Failure{w.check, "it leaves no value together with the other constraints"})
			return true
		}
		base = both.Sets
		return len(only.Relations)+len(only.Computed)+len(only.Pairs)+len(only.Joins)+len(only.Conditions) == 0
	})
	for _, members := range components(p, open) {
		group, failures := e.group(members, open, base)
		result.Groups = append(result.Groups, group)
		result.Failures = append(result.Failures, failures...)
	}
	return result
}

// ways is a constraint with the ways to satisfy it.
type ways struct {
	check Check
	cases []Case
}

func (w ways) columns() []string {
	var names []string
	for _, c := range w.cases {
		names = append(names, c.columns()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// usable leaves out the cases that say something of a column that there is not, such as a system column.
func (e *expander) usable(cases []Case) []Case {
	return slices.DeleteFunc(cases, func(c Case) bool {
		return slices.ContainsFunc(c.columns(), func(name string) bool { return e.columns[name] == nil })
	})
}

// components gives the columns that constraints tie together, in the order of the table.
func components(p *Problem, open []ways) [][]string {
	parent := map[string]string{}
	var find func(string) string
	find = func(name string) string {
		if up, ok := parent[name]; ok && up != name {
			parent[name] = find(up)
			return parent[name]
		}
		return name
	}
	for _, w := range open {
		names := w.columns()
		for _, name := range names[min(1, len(names)):] {
			if a, b := find(names[0]), find(name); a != b {
				parent[b] = a
			}
		}
	}
	index := map[string]int{}
	var out [][]string
	for _, c := range p.Columns {
		root := find(c.Name)
		i, seen := index[root]
		if !seen {
			i = len(out)
			index[root] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], c.Name)
	}
	return out
}

// group finds the scenarios of some columns.
func (e *expander) group(members []string, open []ways, base map[string]Set) (Group, []Failure) {
	g := Group{Columns: members}
	start := Case{Sets: map[string]Set{}}
	for _, name := range members {
		start.Sets[name] = base[name]
	}
	var mine, soft []ways
	for _, w := range open {
		if names := w.columns(); len(names) > 0 && slices.Contains(members, names[0]) {
			if w.check.Soft {
				soft = append(soft, w)
				continue
			}
			mine = append(mine, w)
			g.Checks = append(g.Checks, w.check.Name)
		}
	}
	s := &search{expander: e, checks: mine, random: rand.New(rand.NewPCG(1, uint64(len(members)))), seen: map[string]bool{}}
	wanted := maxScenarios
	if !slices.ContainsFunc(mine, func(w ways) bool { return len(w.cases) > 1 }) {
		wanted = 1
	}
	for len(s.found) < wanted && s.steps < maxSteps && s.fruitless < 30 {
		before := len(s.found)
		s.descend(start, mine, nil)
		if len(s.found) == before {
			s.fruitless++
		}
		if len(s.found) == 0 && s.fruitless > 3 {
			break
		}
	}
	var failures []Failure
	if len(s.found) == 0 && len(mine) > 0 {
		// Together they leave nothing: keep those that go together, and say which does not.
		kept := start
		for _, w := range mine {
			ok := false
			for _, c := range w.cases {
				if both, fits := kept.and(c); fits {
					kept, ok = both, true
					break
				}
			}
			if !ok {
				failures = append(failures, Failure{w.check, "it leaves no value together with the other constraints"})
			}
		}
		if len(failures) == 0 {
			failures = append(failures, Failure{mine[len(mine)-1].check, "no values were found that satisfy it together with the others"})
		}
		s.found = []Case{kept}
	}
	if len(s.found) == 0 {
		s.found = []Case{start}
	}
	for _, c := range s.found {
		g.Scenarios = append(g.Scenarios, e.scenario(c, soft))
	}
	return g, failures
}

type search struct {
	*expander
	checks    []ways
	random    *rand.Rand
	found     []Case
	seen      map[string]bool
	steps     int
	fruitless int
}

// descend chooses a case of every constraint that is left, the most constrained first, and goes back where nothing fits.
func (s *search) descend(state Case, left []ways, chosen []string) bool {
	if s.steps++; s.steps > maxSteps {
		return true
	}
	if len(left) == 0 {
		slices.Sort(chosen)
		key := strings.Join(chosen, ";")
		if s.seen[key] {
			return true
		}
		s.seen[key] = true
		if !s.propagate(&state) {
			return false
		}
		s.found = append(s.found, state)
		return true
	}
	best, fewest := 0, -1
	var choices []int
	for i, w := range left {
		var fit []int
		for j, c := range w.cases {
			if _, ok := state.and(c); ok {
				fit = append(fit, j)
			}
		}
		if len(fit) == 0 {
			return false
		}
		if fewest < 0 || len(fit) < fewest {
			best, fewest, choices = i, len(fit), fit
			if fewest == 1 {
				break
			}
		}
	}
	w := left[best]
	rest := slices.Delete(slices.Clone(left), best, best+1)
	s.random.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	for _, j := range choices {
		next, ok := state.and(w.cases[j])
		if !ok {
			continue
		}
		if s.descend(next, rest, append(slices.Clone(chosen), fmt.Sprint(w.check.Name, "/", j))) {
			return true
		}
	}
	return false
}

// scenario makes a scenario of a case, with those wishes that fit.
func (e *expander) scenario(c Case, soft []ways) Scenario {
	for _, w := range soft {
		for _, wish := range w.cases {
			for i := range wish.Relations {
				wish.Relations[i].Soft = true
			}
			for i := range wish.Computed {
				wish.Computed[i].Soft = true
			}
			both, ok := c.and(wish)
			if ok && e.propagate(&both) {
				c = both
				break
			}
		}
	}
	s := Scenario{Sets: maps.Clone(c.Sets), Pairs: c.Pairs, Joins: c.Joins, Computed: c.Computed, Conditions: c.Conditions}
	s.samePairs()
	null := func(name string) bool { set, ok := c.Sets[name]; return ok && !set.Some }
	for _, r := range c.Relations {
		if !slices.ContainsFunc(r.Terms, func(t Term) bool { return null(t.Column) }) {
			s.Relations = append(s.Relations, r)
		}
	}
	s.Computed = slices.DeleteFunc(slices.Clone(s.Computed), func(x Computed) bool {
		return null(x.Column) || slices.ContainsFunc(x.Expr.Columns(), null)
	})
	s.Pairs = slices.DeleteFunc(slices.Clone(s.Pairs), func(p Pair) bool { return null(p.Left) || null(p.Right) })
	s.Joins = slices.DeleteFunc(slices.Clone(s.Joins), func(j Join) bool { return slices.ContainsFunc(j.columns(), null) })
	return s
}

// samePairs gives columns that are equal one set.
func (s *Scenario) samePairs() {
	for _, p := range s.Pairs {
		left, okLeft := s.Sets[p.Left]
		right, okRight := s.Sets[p.Right]
		if !p.Equal || !okLeft || !okRight || !left.Some || !right.Some {
			continue
		}
		if both := left.And(right); both.Some {
			l, r := both, both
			l.Null, r.Null = left.Null, right.Null
			s.Sets[p.Left], s.Sets[p.Right] = l, r
		}
	}
}

// propagate narrows the sets of a case's columns to what its linear relations leave, and tells whether they leave
// anything.
func (e *expander) propagate(c *Case) bool {
	if len(c.Relations) == 0 {
		return true
	}
	c.Sets = maps.Clone(c.Sets)
	if c.Sets == nil {
		c.Sets = map[string]Set{}
	}
	for range 12 {
		changed := false
		for _, r := range c.Relations {
			if slices.ContainsFunc(r.Terms, func(t Term) bool { set, ok := c.Sets[t.Column]; return ok && !set.Some }) {
				continue // a null satisfies it
			}
			for i := range r.Terms {
				moved, ok := e.narrow(c, r, i)
				if !ok {
					if moved = e.giveUp(c, r); !moved {
						return false
					}
					changed = true
					break
				}
				changed = changed || moved
			}
		}
		if !changed {
			break
		}
	}
	return true
}

// giveUp makes a column of a relation that leaves no values null, which satisfies it. It tells whether one may be.
func (e *expander) giveUp(c *Case, r Relation) bool {
	for i := len(r.Terms) - 1; i >= 0; i-- {
		name := r.Terms[i].Column
		set, known := c.Sets[name]
		if !known {
			set = Everything()
		}
		if set.Null && !e.columns[name].NotNull {
			c.Sets[name] = Set{Null: true}
			return true
		}
	}
	return false
}

// narrow narrows one column of a relation by the bounds of the others.
func (e *expander) narrow(c *Case, r Relation, at int) (changed, ok bool) {
	if r.Operator == "<>" {
		return false, true
	}
	// factor × tick <= -constant - the least that the others come to; for = also >= with the most.
	least, most := big.NewInt(r.Constant), big.NewInt(r.Constant)
	for i, t := range r.Terms {
		if i == at {
			continue
		}
		spans := e.spans(c, t.Column)
		if len(spans) == 0 {
			return false, false
		}
		low := new(big.Int).Mul(big.NewInt(t.Factor), big.NewInt(spans[0].Low))
		high := new(big.Int).Mul(big.NewInt(t.Factor), big.NewInt(spans[len(spans)-1].High))
		if t.Factor < 0 {
			low, high = high, low
		}
		least.Add(least, low)
		most.Add(most, high)
	}
	t := r.Terms[at]
	if e.columns[t.Column].Given {
		return false, true
	}
	spans := e.spans(c, t.Column)
	bound := Span{spansLow(spans), spansHigh(spans)}
	limit := func(n *big.Int, upper bool) { // factor × tick <= -n, or >= -n
		value := new(big.Rat).SetFrac(new(big.Int).Neg(n), big.NewInt(t.Factor))
		place := Line{}.round(value)
		if (t.Factor > 0) == upper {
			bound.High = min(bound.High, place.tick)
		} else {
			if !place.exact {
				place.tick = increment(place.tick)
			}
			bound.Low = max(bound.Low, place.tick)
		}
	}
	limit(least, true)
	if r.Operator == "=" {
		limit(most, false)
	}
	cut := spans.Intersect(Spans{bound})
	if len(cut) == 0 {
		return false, false
	}
	if cut.Size() == spans.Size() {
		return false, true
	}
	set, known := c.Sets[t.Column]
	if !known {
		set = Everything()
	}
	set.Spans = cut
	c.Sets[t.Column] = set
	return true, true
}

func (e *expander) spans(c *Case, name string) Spans {
	line := e.columns[name].Line
	if set, ok := c.Sets[name]; ok && set.Spans != nil {
		return set.Spans.Intersect(line.All())
	}
	return line.All()
}

func spansLow(s Spans) int64 {
	if len(s) == 0 {
		return 0
	}
	return s[0].Low
}

func spansHigh(s Spans) int64 {
	if len(s) == 0 {
		return -1
	}
	return s[len(s)-1].High
}

// Order gives the columns of a scenario in an order in which each can follow those before it: columns that cannot follow
// first, then those that others are computed from, and the smaller side of a comparison before the greater.
func (s *Scenario) Order(columns []string, fixed func(string) bool, rank func(string) int) []string {
	place := map[string]int{}
	for i, name := range columns {
		place[name] = i
	}
	after := map[string]map[string]bool{} // what must come before a column
	edge := func(before, later string) {
		if before == later {
			return
		}
		if after[later] == nil {
			after[later] = map[string]bool{}
		}
		after[later][before] = true
	}
	for _, x := range s.Computed {
		for _, name := range x.Expr.Columns() {
			edge(name, x.Column)
		}
	}
	determined := map[string]bool{} // by an equation
	for _, x := range s.Computed {
		determined[x.Column] = x.Operator == "="
	}
	relations := slices.Clone(s.Relations)
	slices.SortStableFunc(relations, func(a, b Relation) int { // equations first
		return cmp.Compare(b.rank(), a.rank())
	})
	for _, r := range relations {
		target := s.target(r, func(name string) bool { return fixed(name) || determined[name] }, place)
		if r.Operator == "=" {
			determined[target] = true
		}
		for _, t := range r.Terms {
			edge(t.Column, target)
		}
	}
	for _, p := range s.Pairs {
		if fixed(p.Left) || place[p.Left] < place[p.Right] && !fixed(p.Right) {
			edge(p.Left, p.Right)
		} else {
			edge(p.Right, p.Left)
		}
	}
	left := slices.Clone(columns)
	slices.SortStableFunc(left, func(a, b string) int {
		if fixed(a) != fixed(b) {
			if fixed(a) {
				return -1
			}
			return 1
		}
		return cmp.Compare(rank(a), rank(b))
	})
	var order []string
	for len(left) > 0 {
		chosen := -1
		for i, name := range left {
			ready := true
			for before := range after[name] {
				ready = ready && !slices.Contains(left, before)
			}
			if ready || fixed(name) {
				chosen = i
				break
			}
		}
		if chosen < 0 { // a circle: somebody must begin
			chosen = 0
		}
		order = append(order, left[chosen])
		left = slices.Delete(left, chosen, chosen+1)
	}
	return order
}

func (r Relation) rank() int {
	if r.Operator == "=" {
		return 1
	}
	return 0
}

// target is the column of a relation that follows the others: of a sum the one on its own, of a comparison the greater.
func (s *Scenario) target(r Relation, fixed func(string) bool, place map[string]int) string {
	negative := 0
	for _, t := range r.Terms {
		if t.Factor < 0 {
			negative++
		}
	}
	best, bestScore := r.Terms[0].Column, -1<<30
	for _, t := range r.Terms {
		score := place[t.Column]
		if fixed(t.Column) {
			score -= 1 << 20
		}
		switch {
		case r.Operator == "=" && (negative == 1 && t.Factor == -1 || negative == len(r.Terms)-1 && t.Factor == 1):
			score += 1 << 12
		case r.Operator == "<=" && t.Factor < 0: // grows with it
			score += 1 << 12
		}
		if t.Factor != 1 && t.Factor != -1 && r.Operator == "=" {
			score -= 1 << 14
		}
		if score > bestScore {
			best, bestScore = t.Column, score
		}
	}
	return best
}
