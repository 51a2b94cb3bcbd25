package value

import (
	"slices"

	"github.com/pgassay/pgassay/seed/value/solve"
)

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
	for _, j := range s.Joins {
		if err := a.join(sc, s, j, place); err != nil {
			return nil, err
		}
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
	}) || slices.ContainsFunc(s.Pairs, func(p solve.Pair) bool { return p.Left == name || p.Right == name }) ||
		slices.ContainsFunc(s.Joins, func(j solve.Join) bool { return j.Column == name || j.Reads(name) })
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
