package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/seed/value/solve"
)

// assembly builds the generators of a table's columns on what the solver found out.
type assembly struct {
	*builder
	request Request
	puzzle  *puzzle
	groups  []*assembled
	out     *Solution
	sources map[string]*source         // by column and set
	order   map[string]int             // of the columns in the table
	leaves  map[string]*laterGenerator // of JSON documents, by name

	refusals int           // of the server to evaluate something
	judged   int           // rows that the server was asked about,
	spent    time.Duration // and how long it took
}

// assembled is a group with what it was made of.
type assembled struct {
	*group
	solved  solve.Group
	untried []solve.Condition // conditions that the generators do not see to
}

func (a *assembly) run() (*Solution, error) {
	a.out = &Solution{
		Columns: map[string]Column{}, Presence: map[string]func(uint64) Presence{}, Accept: map[string]func([]byte) bool{},
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
	a.acceptAny()
	a.takeLeaves()
	return a.out, nil
}

// acceptAny tells of given columns that follow several scenarios which values go with any of them. It comes last: what is tried
// on the server is what is made without it.
func (a *assembly) acceptAny() {
	for _, g := range a.groups {
		for place, name := range g.names {
			pc := a.puzzle.columns[name]
			if _, known := a.out.Accept[name]; known || !pc.given || pc.column == nil {
				continue
			}
			var guards []func([]byte) bool
			all := true
			for _, sc := range g.scenarios {
				if c := &sc.cells[place]; c.guard != nil {
					guards = append(guards, c.guard)
				} else if c.nulls != 1 {
					all = false // any value does
				}
			}
			if all && len(guards) > 0 {
				a.out.Accept[name] = func(v []byte) bool {
					return slices.ContainsFunc(guards, func(guard func([]byte) bool) bool { return guard(v) })
				}
			}
		}
	}
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
	if pc := a.puzzle.columns[column]; pc != nil && pc.leafOf != "" {
		column, reason = pc.leafOf, column+": "+reason
	}
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
	if w.distinct && src.domain != nil {
		if _, ok := a.request.goesOn(name, src); ok {
			// no value that is there comes again
		} else if except := a.request.except(name); len(except) > 0 {
			narrowed := *src
			narrowed.domain, narrowed.rising = without(src, except, a.request.First+a.request.Rows), false
			src = &narrowed
		}
	}
	if w.distinct && (src.domain == nil || src.domain.Size() < a.request.needs(name)) && !a.mayBeFew(name, src) {
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

// mayBeFew tells whether a column that must differ from row to row can do with the values that there are: it is null in the
// other rows.
func (a *assembly) mayBeFew(name string, src *source) bool {
	c := a.puzzle.columns[name].column
	return src.domain != nil && (a.request.First == 0 || len(a.request.except(name)) > 0) && !c.NotNull && !a.db.RefusesNull(c.TypeOID) &&
		!slices.ContainsFunc(a.request.Distinct, func(d Distinct) bool { return d.Column == name && d.NoNulls })
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
	stream := a.stream("group " + names[0])
	g := &assembled{group: &group{names: names, stream: stream, mark: NewMark(stream.Key())}, solved: solved}
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
			a.out.Accept[name] = guard
		}
		g.scenarios = []*scenario{{cells: []member{{fixed: pc.generator}}}}
		a.groups = append(a.groups, g)
		return nil
	}
	c, err := a.member(name, set)
	var reason unfit
	if errors.As(err, &reason) {
		if (pc.column.Default != "" || pc.leafOf != "") && len(g.solved.Checks) == 0 {
			return nil //nolint:nilerr // left to its default, or out of the document
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
			a.out.Accept[name] = guard
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
			if followed := a.followed(g, place); followed != "" {
				made.Spread = followed
			}
			if s.Sets[name].Null && !pc.column.NotNull {
				made.Nulls = pc.nulls
			}
			if few, ok := g.scenarios[0].cells[place].fixed.(*few); ok {
				made.Nulls = few.nulls()
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
	made.Free = !slices.ContainsFunc(g.names, func(name string) bool {
		c := a.puzzle.columns[name]
		return c.given || c.wish.distinct && len(g.names) > 1
	})
	a.set(name, made, true)
}

// simple tells whether a column follows no other.
func (sc *scenario) simple(place int) bool {
	c := &sc.cells[place]
	return len(c.limits) == 0 && len(c.results) == 0 && len(c.pairs) == 0 && c.join == nil
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
	stream := a.stream(name)
	c := member{stream: stream, mark: NewMark(stream.Key()), order: pc.order}
	switch {
	case !set.Some:
		c.nulls = 1
		c.fixed = pc.generator
		return c, nil
	case pc.given:
		c.fixed = pc.generator
		c.parent, _ = pc.generator.(*parentColumn)
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
	if pc.wish.distinct && src.domain.Size() < a.request.needs(name) {
		if !set.Null {
			return c, unfitf("it must differ from row to row, and only %d values are known for %d rows", src.domain.Size(), a.request.needs(name))
		}
		c.order, c.nulls = src.order, 1-float64(src.domain.Size())/float64(max(1, a.request.Rows))
		c.fixed = newFew(src.domain, a.request.First, a.request.Rows, a.stream(name))
		return c, nil
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
	counting := &sequence{domain: src.domain}
	if first, ok := a.request.goesOn(name, src); ok {
		counting.first = first - a.request.First // so that the first new row takes it
	}
	g := Generator(counting)
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
