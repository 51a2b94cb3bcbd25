package seed

import (
	"context"
	"slices"
)

// component is atoms that constraints tie together.
type component struct {
	atoms []*atom
	sets  []uniqueSet
}

// components parts the atoms: two belong together if they share a column, or stand in the same open set or relation. Columns of open
// sets that are in no foreign key become atoms.
func (l *layout) components(open []uniqueSet) []component {
	for _, s := range open {
		for _, name := range s.columns {
			if d := l.domains[name]; l.atomOf(name) == nil && d != nil {
				l.atoms = append(l.atoms, &atom{column: name, domain: d, size: min(d.Size(), max(2*l.rows, 1000))})
			}
		}
	}
	group := make([]int, len(l.atoms))
	for i := range group {
		group[i] = i
	}
	join := func(columns []string) {
		first := -1
		for i, a := range l.atoms {
			if !slices.ContainsFunc(a.columns(), func(c string) bool { return slices.Contains(columns, c) }) {
				continue
			}
			if first < 0 {
				first = group[i]
			}
			for j, g := range group {
				if g == group[i] && g != first {
					group[j] = first
				}
			}
		}
	}
	for _, a := range l.atoms {
		join(a.columns())
	}
	for _, s := range open {
		join(s.columns)
	}
	for _, r := range l.relations {
		join([]string{r.Left, r.Right})
	}
	byGroup := map[int]*component{}
	var order []int
	for i, a := range l.atoms {
		c := byGroup[group[i]]
		if c == nil {
			c = &component{}
			byGroup[group[i]] = c
			order = append(order, group[i])
		}
		c.atoms = append(c.atoms, a)
	}
	var all []component
	for _, g := range order {
		c := byGroup[g]
		for _, s := range open {
			if slices.ContainsFunc(c.atoms, func(a *atom) bool {
				return slices.ContainsFunc(a.columns(), func(name string) bool { return slices.Contains(s.columns, name) })
			}) {
				c.sets = append(c.sets, s)
			}
		}
		all = append(all, *c)
	}
	return all
}

// layOut decides how the atoms of one component are picked.
func (l *layout) layOut(ctx context.Context, c component) error {
	relations := l.relationsOf(c)
	shared := l.sharesColumns(c)
	switch {
	case slices.ContainsFunc(c.atoms, func(a *atom) bool { return len(l.promises(a)) > 0 || l.table.promised.of(a.columns()) }):
	case len(c.atoms) == 1 && len(c.sets) == 0 && len(relations) == 0:
		if c.atoms[0].pick == nil {
			l.free(c.atoms[0])
		}
		return nil
	case !shared && len(c.sets) == 0 && len(relations) == 0:
		for _, a := range c.atoms {
			if a.pick == nil {
				l.free(a)
			}
		}
		return nil
	case !shared && len(c.sets) == 1 && len(relations) == 0 && l.table.first == 0 && l.whole(c) && !slices.ContainsFunc(c.atoms, func(a *atom) bool {
		return a.pick != nil || a.ref != nil && a.ref.parent == l.table
	}):
		return l.combine(c)
	}
	return l.tabulate(ctx, c, relations)
}

// sharesColumns tells whether two atoms have a column in common.
func (l *layout) sharesColumns(c component) bool {
	for i, a := range c.atoms {
		for _, b := range c.atoms[:i] {
			if slices.ContainsFunc(a.columns(), func(name string) bool { return slices.Contains(b.columns(), name) }) {
				return true
			}
		}
	}
	return false
}

// whole tells whether the component's only set has all columns of every atom, and nothing else.
func (l *layout) whole(c component) bool {
	s := c.sets[0]
	var columns []string
	for _, a := range c.atoms {
		if !containsAll(s.columns, a.columns()) {
			return false
		}
		columns = append(columns, a.columns()...)
	}
	return containsAll(columns, s.columns) && s.simple()
}
