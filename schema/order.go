package schema

import "slices"

// Component is a set of tables that can only be filled together: their foreign keys go round in a circle. Nearly
// always it is one table.
type Component struct {
	Tables         []*Table // in the order of Database.Tables
	SelfReferences bool     // some table has a foreign key to itself
}

// Cyclic tells whether several tables reference each other in a circle.
func (c Component) Cyclic() bool { return len(c.Tables) > 1 }

// Order returns all tables as the strongly connected components of the foreign-key graph, each after those that it
// references (Tarjan, "Depth-first search and linear graph algorithms", 1972). The same database always gives the same
// order. A foreign key of a partition counts as one of the topmost partitioned table that rows enter through, and one to
// a partition as one to that table; partitions themselves come after it, each by itself. A table that references itself
// is no circle. Keys to tables that were not loaded are left out.
func (d *Database) Order() []Component {
	t := tarjan{edges: d.edges(), states: map[*Table]*tarjanState{}}
	for _, table := range d.Tables {
		if t.states[table] == nil {
			t.visit(table)
		}
	}
	place := make(map[*Table]int, len(d.Tables))
	for i, table := range d.Tables {
		place[table] = i
	}
	for i := range t.components {
		c := &t.components[i]
		slices.SortFunc(c.Tables, func(a, b *Table) int { return place[a] - place[b] })
		c.SelfReferences = slices.ContainsFunc(c.Tables, func(t *Table) bool { return len(t.SelfReferences()) > 0 })
	}
	return t.components
}

// edges lists, for each table, the tables that must be filled before it.
func (d *Database) edges() map[*Table][]*Table {
	edges := make(map[*Table][]*Table, len(d.Tables))
	for _, table := range d.Tables {
		root := d.Root(table)
		if root != table {
			edges[table] = append(edges[table], root)
		}
		for _, fk := range table.ForeignKeys {
			referenced := d.Referenced(fk)
			if referenced == nil {
				continue
			}
			if referenced = d.Root(referenced); referenced != root {
				edges[root] = append(edges[root], referenced)
			}
		}
	}
	return edges
}

type tarjan struct {
	edges      map[*Table][]*Table
	states     map[*Table]*tarjanState
	stack      []*Table
	components []Component
}

type tarjanState struct {
	number, low int
	onStack     bool
}

func (t *tarjan) visit(table *Table) *tarjanState {
	state := &tarjanState{number: len(t.states), low: len(t.states), onStack: true}
	t.states[table] = state
	t.stack = append(t.stack, table)
	for _, next := range t.edges[table] {
		switch seen := t.states[next]; {
		case seen == nil:
			state.low = min(state.low, t.visit(next).low)
		case seen.onStack:
			state.low = min(state.low, seen.number)
		}
	}
	if state.low == state.number {
		start := slices.Index(t.stack, table)
		t.components = append(t.components, Component{Tables: slices.Clone(t.stack[start:])})
		for _, done := range t.stack[start:] {
			t.states[done].onStack = false
		}
		t.stack = t.stack[:start]
	}
	return state
}
