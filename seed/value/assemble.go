package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/solve"
)

// assembly builds the generators of a table's columns on what the solver found out.
type assembly struct {
	*builder
	request Request
	puzzle  *puzzle
	groups  []*assembled
	out     *Solution
	sources map[string]*source // by column and set
	order   map[string]int     // of the columns in the table

	refusals int // of the server to evaluate something
}

// assembled is a group with what it was made of.
type assembled struct {
	*group
	solved  solve.Group
	untried []solve.Condition // conditions that the generators do not see to
}

func (a *assembly) run() (*Solution, error) {
	a.out = &Solution{
		Columns: map[string]Column{}, Presence: map[string]func(uint64) Presence{}, Accept: map[string]func([]byte, uint64) bool{},
	}
	a.sources, a.order = map[string]*source{}, map[string]int{}
	for i, c := range a.puzzle.Columns {
		a.order[c.Name] = i
	}
	a.out.Unsolved = append(a.out.Unsolved, a.puzzle.misfits...)
	result := solve.Solve(&a.puzzle.Problem)
	for _, f := range result.Failures {
		a.fail("", f.Check.Name, f.Check.Definition, f.Reason)
	}
	for _, g := range result.Groups {
		a.forbidden(g)
		if err := a.group(g); err != nil {
			return nil, err
		}
	}
	a.connectLater()
	if err := a.verify(); err != nil {
		return nil, err
	}
	a.connectLater() // some were changed
	return a.out, nil
}

// connectLater gives templates the columns that they name.
func (a *assembly) connectLater() {
	for name, pc := range a.puzzle.columns {
		if pc.later == nil {
			continue
		}
		pc.later.Generator = nothing{}
		if made, ok := a.out.Columns[name]; ok {
			pc.later.Generator = made.Generator
		} else if pc.generator != nil {
			pc.later.Generator = pc.generator
		}
	}
}

// fail notes a constraint, or a column, that no values were found for.
func (a *assembly) fail(column, constraint, definition, reason string) {
	for _, u := range a.out.Unsolved {
		if u.Column == column && u.Constraint == constraint {
			return
		}
	}
	u := Unsolved{Column: column, Constraint: constraint, Definition: definition, Reason: reason, Where: a.request.where(column)}
	if column == "" {
		for _, c := range a.puzzle.checks {
			if c.name != constraint {
				continue
			}
			column = strings.Join(c.columns, ", ")
			for _, name := range c.columns {
				if u.Where == "" {
					u.Where = a.request.where(name)
				}
			}
		}
	}
	u.Advice = fmt.Sprintf("in seed.yaml give %s values: columns: {name: {values: […]}} or {sql: \"…\"}", column)
	if u.Column != "" {
		u.Advice = fmt.Sprintf("in seed.yaml write columns: {%s: {values: […]}} or {sql: \"…\"}", u.Column)
	}
	a.out.Unsolved = append(a.out.Unsolved, u)
}

// source makes a column's values within a set, or finds what was made before.
func (a *assembly) source(name string, set solve.Set) (*source, error) {
	key := name + "\x00" + signature(set)
	if src, ok := a.sources[key]; ok {
		if src == nil {
			return nil, unfitf("no value satisfies the checks")
		}
		return src, nil
	}
	w := a.puzzle.columns[name].wish
	if w.typ == nil {
		return nil, unfitf("its type %s is not known", a.puzzle.columns[name].column.Type)
	}
	w.set = set
	src, err := a.make(w)
	if err != nil {
		var reason unfit
		if !errors.As(err, &reason) {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		a.sources[key] = nil
		return nil, err
	}
	if w.distinct && src.domain != nil && (src.order == nil || a.request.first(name, src) == 0) {
		if except := a.request.except(name); len(except) > 0 {
			narrowed := *src
			narrowed.domain, narrowed.rising = without(src, except, a.request.First+a.request.Rows), false
			src = &narrowed
		}
	}
	if w.distinct && (src.domain == nil || src.domain.Size() < a.request.needs(name)) {
		a.sources[key] = nil
		size := uint64(0)
		if src.domain != nil {
			size = src.domain.Size()
		}
		return nil, unfitf("it must differ from row to row, but only %d values of type %s are known for %d rows", size, w.typ.Formatted, a.request.needs(name))
	}
	a.sources[key] = src
	return src, nil
}

// signature tells sets apart by the values that are in them.
func signature(set solve.Set) string {
	var out strings.Builder
	fmt.Fprint(&out, set.Some, set.Spans, set.Step, set.Kinds, set.Keys, set.List)
	for _, t := range set.Texts {
		fmt.Fprintf(&out, "%q%q %d %d %v %s;", t.List, t.Except, t.Low, t.High, t.ASCII, t.Language)
	}
	if set.Array != nil {
		fmt.Fprint(&out, "array", set.Array.Low, set.Array.High)
		if set.Array.Element != nil {
			out.WriteString(signature(*set.Array.Element))
		}
	}
	if set.Range != nil {
		fmt.Fprint(&out, "range", *set.Range)
	}
	return out.String()
}

// group builds the generators of one group.
func (a *assembly) group(solved solve.Group) error {
	names := slices.DeleteFunc(slices.Clone(solved.Columns), func(name string) bool {
		return a.puzzle.columns[name].column == nil && len(solved.Columns) == 1
	})
	if len(names) == 0 {
		return nil
	}
	g := &assembled{group: &group{names: names, stream: a.stream("group " + names[0])}, solved: solved}
	if len(names) == 1 && len(solved.Scenarios) == 1 {
		return a.alone(g, names[0], solved.Scenarios[0].Sets[names[0]])
	}
	chosen := a.compatible(solved)
	var first error
	for i := range solved.Scenarios {
		if !chosen[i] {
			continue
		}
		sc, err := a.scenario(g, &solved.Scenarios[i])
		var reason unfit
		switch {
		case err == nil:
			g.scenarios = append(g.scenarios, sc)
			g.untried = append(g.untried, solved.Scenarios[i].Conditions...)
			for _, name := range names {
				g.untried = append(g.untried, solved.Scenarios[i].Sets[name].Conditions...)
			}
		case !errors.As(err, &reason):
			return err
		case first == nil:
			first = err
		}
	}
	if len(g.scenarios) == 0 {
		return a.hopeless(g, first)
	}
	total := 0.0
	for _, sc := range g.scenarios {
		total += sc.weight
	}
	sum := 0.0
	for _, sc := range g.scenarios {
		sum += sc.weight / total
		g.shares = append(g.shares, sum)
	}
	a.groups = append(a.groups, g)
	for place, name := range names {
		a.publish(g, place, name)
	}
	return nil
}

// hopeless notes that nothing was found for a group. Columns that may be left out are.
func (a *assembly) hopeless(g *assembled, reason error) error {
	definitions := map[string]string{}
	for _, c := range a.puzzle.checks {
		definitions[c.name] = c.definition
	}
	if reason == nil {
		reason = unfitf("no values were found")
	}
	for _, name := range g.solved.Checks {
		a.fail("", name, definitions[name], reason.Error())
	}
	if len(g.solved.Checks) == 0 {
		for _, name := range g.names {
			if c := a.puzzle.columns[name]; c.column != nil && !c.given && c.column.NotNull {
				a.fail(name, "", "", reason.Error())
			}
		}
	}
	return nil
}

// alone builds a column that depends on no other.
func (a *assembly) alone(g *assembled, name string, set solve.Set) error {
	pc := a.puzzle.columns[name]
	if pc.given {
		if pc.column != nil && !set.Null && !pc.column.NotNull {
			a.out.Presence[name] = func(uint64) Presence { return NotNull }
		} else if !set.Some {
			a.out.Presence[name] = func(uint64) Presence { return Null }
		}
		if guard := a.guard(pc, set); guard != nil && pc.column != nil {
			a.out.Accept[name] = func(v []byte, _ uint64) bool { return guard(v) }
		}
		g.scenarios = []*scenario{{cells: []member{{fixed: pc.generator}}}}
		a.groups = append(a.groups, g)
		return nil
	}
	c, err := a.member(name, set)
	var reason unfit
	if errors.As(err, &reason) {
		if pc.column.Default != "" && len(g.solved.Checks) == 0 {
			return nil //nolint:nilerr // left to its default
		}
		a.fail(name, "", "", reason.reason)
		return nil
	}
	if err != nil {
		return err
	}
	if c.alone != nil {
		c.maker = c.alone
	}
	g.scenarios = []*scenario{{weight: 1, cells: []member{c}}}
	g.untried = append(g.untried, set.Conditions...)
	a.groups = append(a.groups, g)
	a.publish(g, 0, name)
	return nil
}

// publish makes a group's column a part of the solution.
func (a *assembly) publish(g *assembled, place int, name string) {
	pc := a.puzzle.columns[name]
	if pc.column == nil {
		return
	}
	column := &groupColumn{g.group, place}
	if pc.given {
		free := true
		for _, sc := range g.scenarios {
			free = free && sc.cells[place].nulls == 0
		}
		if !free {
			a.out.Presence[name] = column.presence
		}
		// With one scenario, what it says of the values is a matter of the engine's.
		if guard := g.scenarios[0].cells[place].guard; guard != nil && len(g.scenarios) == 1 {
			a.out.Accept[name] = func(v []byte, _ uint64) bool { return guard(v) }
		}
		return
	}
	made := Column{Generator: column, From: "null: by the checks", Meaning: a.meaning(pc), Nulls: 1}
	if len(g.scenarios) == 1 && g.scenarios[0].simple(place) {
		c := &g.scenarios[0].cells[place]
		switch {
		case c.fixed != nil:
			made.Generator = c.fixed
		case c.nulls == 1:
			made.Generator = nothing{}
		default:
			made.Generator = &cell{stream: c.stream, nulls: c.nulls, maker: c.maker}
		}
	}
	for i, s := range g.solved.Scenarios {
		if src := a.sources[name+"\x00"+signature(s.Sets[name])]; src != nil {
			made.From, made.Width, made.Cast = explain(src, pc.wish), src.width*(1-pc.nulls), src.cast
			made.Spread, made.Nulls = src.spread(pc.wish.distinct), 0
			if s.Sets[name].Null && !pc.column.NotNull {
				made.Nulls = pc.nulls
			}
			if i > 0 || len(g.scenarios) > 1 {
				made.From += ", as the checks say"
			}
			break
		}
	}
	if pc.wish.distinct {
		made.From += ", each once"
	}
	a.out.Columns[name] = made
}

// simple tells whether a column follows no other.
func (sc *scenario) simple(place int) bool {
	c := &sc.cells[place]
	return len(c.limits) == 0 && len(c.results) == 0 && len(c.pairs) == 0
}

// compatible chooses the scenarios that go together with one set for every column whose values must all differ.
func (a *assembly) compatible(g solve.Group) []bool {
	chosen := make([]bool, len(g.Scenarios))
	for i := range chosen {
		chosen[i] = true
	}
	for _, name := range g.Columns {
		pc := a.puzzle.columns[name]
		if !pc.wish.distinct || pc.given {
			continue
		}
		var key string
		for i, s := range g.Scenarios {
			set := s.Sets[name]
			if !chosen[i] || !set.Some {
				continue
			}
			if key == "" {
				if _, err := a.source(name, set); err != nil {
					chosen[i] = false
					continue
				}
				key = signature(set)
			}
			if signature(set) != key {
				chosen[i] = false
			}
		}
	}
	return chosen
}

// member builds a column within a set, without relations.
func (a *assembly) member(name string, set solve.Set) (member, error) {
	pc := a.puzzle.columns[name]
	c := member{stream: a.stream(name), order: pc.order}
	switch {
	case !set.Some:
		c.nulls = 1
		c.fixed = pc.generator
		return c, nil
	case pc.given:
		c.fixed = pc.generator
		if !set.Null && pc.column != nil && !pc.column.NotNull {
			c.nulls = -1 // must be there
		}
		c.guard = a.guard(pc, set)
		return c, nil
	}
	if set.Null {
		c.nulls = pc.nulls
	}
	src, err := a.source(name, set)
	if err != nil {
		var reason unfit
		if errors.As(err, &reason) && set.Null && !pc.wish.distinct {
			c.nulls = 1
			return c, nil
		}
		return c, err
	}
	c.maker, c.alone, c.draw = src.maker, src.alone, src.draw
	if src.order != nil {
		c.order = src.order
		c.gap = gapOf(src.order, src.draw)
	}
	if pc.wish.distinct {
		c.fixed = a.unique(name, src, c.nulls)
	}
	return c, nil
}

// unique gives a generator of which no two rows are alike.
func (a *assembly) unique(name string, src *source, nulls float64) Generator {
	stream := a.stream(name)
	if !src.rising {
		return newUnique(src.domain, src.block, stream, nulls)
	}
	g := Generator(&sequence{domain: src.domain, first: a.request.first(name, src)})
	if nulls > 0 {
		g = &sometimes{inner: g, stream: stream, nulls: nulls}
	}
	return g
}

// guard tests whether a given value is in a set.
func (a *assembly) guard(pc *puzzleColumn, set solve.Set) func([]byte) bool {
	switch {
	case pc.generator == nil || set.Plain():
		return nil
	case set.Spans != nil && pc.order != nil:
		o, spans := pc.order, set.Spans
		return func(v []byte) bool {
			tick, ok := o.tick(v)
			return ok && spans.Contains(tick)
		}
	case len(set.Texts) > 0:
		lists := map[string]bool{}
		for _, t := range set.Texts {
			if t.List == nil {
				return nil
			}
			for _, text := range t.List {
				lists[text] = true
			}
		}
		return func(v []byte) bool { return lists[string(v)] }
	}
	return nil
}

// scenario builds one scenario of a group.
func (a *assembly) scenario(g *assembled, s *solve.Scenario) (*scenario, error) {
	sc := &scenario{weight: 1, cells: make([]member, len(g.names))}
	place := map[string]int{}
	for i, name := range g.names {
		place[name] = i
		set := s.Sets[name]
		c, err := a.member(name, set)
		if err != nil {
			return nil, err
		}
		sc.cells[i] = c
		sc.weight *= a.likelihood(name, set)
	}
	fixed := func(name string) bool {
		c := a.puzzle.columns[name]
		return c.given || c.wish.distinct
	}
	order := s.Order(g.names, fixed, func(name string) int { return a.puzzle.columns[name].wish.meaning.Life*1000 + a.order[name] })
	at := map[string]int{}
	for i, name := range order {
		at[name] = i
	}
	for _, r := range s.Relations {
		a.relate(sc, r, place, at, fixed, len(g.solved.Scenarios) > 1)
	}
	for _, x := range s.Computed {
		value, ok := newArithmetic(x.Expr, func(name string) (int, *ordered, bool) {
			i, ok := place[name]
			if !ok || sc.cells[i].order == nil {
				return 0, nil, false
			}
			return i, sc.cells[i].order, true
		})
		c := &sc.cells[place[x.Column]]
		if ok && c.fixed == nil && c.nulls != 1 {
			c.results = append(c.results, result{x.Operator, value, x.Soft})
		}
	}
	for _, p := range s.Pairs {
		a.pair(sc, p, place, at, fixed, len(g.solved.Scenarios) > 1)
	}
	for i, name := range g.names {
		if c := &sc.cells[i]; c.alone != nil && !related(s, name) {
			c.maker = c.alone
		}
	}
	sc.asked = a.unasked(sc, g.names)
	return sc, nil
}

// unasked gives a scenario with the values of given columns as they are before it is decided whether they are there.
func (a *assembly) unasked(sc *scenario, names []string) *scenario {
	var asked *scenario
	for i, name := range names {
		u, ok := a.puzzle.columns[name].generator.(interface{ Unasked() Generator })
		if !ok || sc.cells[i].fixed == nil {
			continue
		}
		if asked == nil {
			copied := *sc
			asked = &copied
			asked.cells = slices.Clone(sc.cells)
		}
		asked.cells[i].fixed = u.Unasked()
	}
	return asked
}

// related tells whether a scenario ties a column's value to another one's.
func related(s *solve.Scenario, name string) bool {
	return slices.ContainsFunc(s.Relations, func(r solve.Relation) bool {
		return slices.ContainsFunc(r.Terms, func(t solve.Term) bool { return t.Column == name })
	}) || slices.ContainsFunc(s.Computed, func(x solve.Computed) bool {
		return x.Column == name || slices.Contains(x.Expr.Columns(), name)
	}) || slices.ContainsFunc(s.Pairs, func(p solve.Pair) bool { return p.Left == name || p.Right == name })
}

// likelihood is how often a set comes up by itself, as far as nulls go.
func (a *assembly) likelihood(name string, set solve.Set) float64 {
	pc := a.puzzle.columns[name]
	if pc.column == nil || pc.column.NotNull {
		return 1
	}
	nulls := min(0.9, max(0.2, pc.nulls))
	switch {
	case !set.Some:
		return nulls
	case !set.Null:
		return 1 - nulls
	}
	return 1
}

// relate lets the columns of a relation obey it: each those that come before it, the last one all of it.
func (a *assembly) relate(sc *scenario, r solve.Relation, place, at map[string]int, fixed func(string) bool, several bool) {
	for _, term := range r.Terms {
		if _, ok := place[term.Column]; !ok {
			return
		}
	}
	if !slices.ContainsFunc(r.Terms, func(t solve.Term) bool { return !fixed(t.Column) }) {
		a.givenAlone(sc, r, place, several)
		return
	}
	last := -1
	for _, term := range r.Terms {
		last = max(last, at[term.Column])
	}
	for _, term := range r.Terms {
		c := &sc.cells[place[term.Column]]
		if fixed(term.Column) || c.nulls == 1 || c.draw == nil {
			continue
		}
		if r.Soft && at[term.Column] != last {
			continue // it is for the later one to follow
		}
		if r.Operator == "<>" && at[term.Column] != last && !a.othersKnown(sc, r, term.Column, place, fixed) {
			continue
		}
		l := limit{factor: term.Factor, constant: r.Constant, operator: r.Operator, soft: r.Soft}
		usable := true
		for _, t := range r.Terms {
			if t.Column == term.Column {
				continue
			}
			o := other{place: int64(place[t.Column]), factor: t.Factor}
			oc := &sc.cells[place[t.Column]]
			if at[t.Column] > at[term.Column] {
				o.later = true
				if oc.draw == nil || oc.order == nil {
					usable = false
					break
				}
				spans, usual := oc.order.All(), oc.draw.spans
				if oc.order.allowed != nil {
					spans = oc.order.allowed
				}
				o.all = solve.Span{Low: spans[0].Low, High: spans[len(spans)-1].High}
				o.usual = solve.Span{Low: usual[0].Low, High: usual[len(usual)-1].High}
			}
			l.others = append(l.others, o)
		}
		if usable {
			l.temporal = c.order != nil && len(l.others) == 1 && l.factor < 0 && l.others[0].factor > 0 &&
				(c.order.Unit == solve.Date || c.order.Unit == solve.Timestamp || c.order.Unit == solve.TimestampTZ || c.order.Unit == solve.Time)
			c.limits = append(c.limits, l)
		}
	}
}

// othersKnown tells whether the other columns of a relation do not depend on this one: they are made by somebody else, or
// have a single value.
func (a *assembly) othersKnown(sc *scenario, r solve.Relation, name string, place map[string]int, fixed func(string) bool) bool {
	return !slices.ContainsFunc(r.Terms, func(t solve.Term) bool {
		c := &sc.cells[place[t.Column]]
		single := c.order != nil && c.order.allowed != nil && c.order.allowed.Size() == 1
		return t.Column != name && !fixed(t.Column) && !single
	})
}

// givenAlone deals with a relation of columns that cannot follow each other. Where there are several scenarios it decides
// which of them a row may follow; else only the engine can see to it.
func (a *assembly) givenAlone(sc *scenario, r solve.Relation, place map[string]int, several bool) {
	if several {
		l := guardLimit{place: place[r.Terms[0].Column], limit: limit{factor: r.Terms[0].Factor, constant: r.Constant, operator: r.Operator}}
		for _, t := range r.Terms[1:] {
			l.others = append(l.others, other{place: int64(place[t.Column]), factor: t.Factor})
		}
		sc.limits = append(sc.limits, l)
		return
	}
	if len(r.Terms) == 2 && r.Terms[0].Factor == -r.Terms[1].Factor {
		left, right := r.Terms[0], r.Terms[1]
		if left.Factor < 0 {
			left, right = right, left
		}
		operator := r.Operator
		if operator == "<=" && r.Constant > 0 {
			operator = "<"
		}
		a.relation(left.Column, right.Column, operator)
	}
}

func (a *assembly) relation(left, right, operator string) {
	relation := Relation{Left: left, Right: right, Operator: operator}
	for _, c := range a.puzzle.checks {
		if slices.Contains(c.columns, left) && slices.Contains(c.columns, right) {
			relation.Constraint = c.name
		}
	}
	if !slices.Contains(a.out.Relations, relation) {
		a.out.Relations = append(a.out.Relations, relation)
	}
}

func (a *assembly) pair(sc *scenario, p solve.Pair, place, at map[string]int, fixed func(string) bool, several bool) {
	left, okLeft := place[p.Left]
	right, okRight := place[p.Right]
	if !okLeft || !okRight {
		return
	}
	if a.puzzle.columns[p.Left].given && a.puzzle.columns[p.Right].given {
		if several {
			sc.pairs = append(sc.pairs, guardPair{left, right, p.Equal})
		} else {
			a.relation(p.Left, p.Right, map[bool]string{true: "=", false: "<>"}[p.Equal])
		}
		return
	}
	follower, leader := right, left
	if at[p.Left] > at[p.Right] && !fixed(p.Left) || fixed(p.Right) {
		follower, leader = left, right
	}
	c := &sc.cells[follower]
	if c.fixed == nil && c.maker != nil {
		c.pairs = append(c.pairs, pair{leader, p.Equal})
	}
}

// conditionText prints a condition as SQL that is true where it is satisfied.
func conditionText(c solve.Condition) string {
	if c.True {
		return "((" + c.Expr.String() + ") IS TRUE)"
	}
	return "((" + c.Expr.String() + ") IS NOT FALSE)"
}
