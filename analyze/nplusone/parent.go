package nplusone

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// Evidence says how sure it is that a loop goes over the rows of its parent.
type Evidence uint8

// The kinds of evidence, weakest first.
const (
	NoEvidence Evidence = iota
	Adjacent            // the parent stands just before the loop
	SameCount           // and has as many rows as the loop has executions
	ForeignKey          // a foreign key leads from one to the other, and the counts fit
	Values              // the loop's arguments are values of a column of the parent
	InOrder             // in the order of the parent's rows
	Grows               // over several requests the loop grows with the parent's rows
)

// Parent is the statement whose rows a loop goes through.
type Parent struct {
	Statement   string
	Fingerprint string
	CallSite    string
	Column      string  // whose values the arguments are; "" if only counts tell
	Rows        int64   // -1: not known
	Contained   float64 // share of the arguments that are among the values
}

// findParent looks for the parent of a group among the executions before it.
func (d *Detector) findParent(g *group, executions []*execution, all []*group) (Evidence, *Parent) {
	start := g.first().index
	if keys, ok := g.keys(); ok && g.argsKnown {
		if evidence, parent := byValues(g, keys, executions[:start], all); parent != nil {
			return evidence, parent
		}
	}
	sizes := map[*statement]int{}
	for _, other := range all {
		sizes[other.statement] = max(sizes[other.statement], other.n())
	}
	var before *execution // the last single statement before the loop
	for i := start - 1; i >= 0 && before == nil; i-- {
		e := executions[i]
		if e.statement.verb == "select" && !e.statement.skipped && e.statement != g.statement && sizes[e.statement]*2 < g.n() {
			before = e
		}
	}
	if before == nil || before.Rows == 0 || before.Rows == 1 {
		return NoEvidence, nil
	}
	parent := &Parent{Statement: before.statement.text, Fingerprint: before.Fingerprint, CallSite: before.CallSite, Rows: before.Rows}
	switch n := int64(g.n()); {
	case before.Rows > 0 && n <= before.Rows && n*5 >= before.Rows*4 && related(d.opts.Schema, before.statement, g):
		return ForeignKey, parent
	case before.Rows == n:
		return SameCount, parent
	case before.Rows < 0 || before.Rows >= n:
		return Adjacent, parent
	}
	return NoEvidence, nil
}

const nearest = 24 // how many earlier results are searched for the arguments

// byValues looks for a column of an earlier result that holds at least 80 % of the arguments; of several the one in
// whose order they come, then the nearest. The results of one statement that was run many times count together, for
// loops within loops.
func byValues(g *group, keys []int, before []*execution, all []*group) (Evidence, *Parent) {
	var best *Parent
	evidence := NoEvidence
	looked := 0
	for i := len(before) - 1; i >= 0 && looked < nearest; i-- {
		p := before[i]
		if p.statement == g.statement || len(p.Results) == 0 || p.Rows >= 0 && p.Rows < 2 {
			continue
		}
		looked++
		if e, parent := flow(g, keys, p.statement, []*execution{p}); e > evidence {
			evidence, best = e, parent
		}
		if evidence == InOrder {
			return evidence, best
		}
	}
	for _, other := range all {
		if evidence >= Values || other.statement == g.statement || other.n() < 2 || other.first().index > g.first().index {
			continue
		}
		if e, parent := flow(g, keys, other.statement, other.executions); e > evidence {
			evidence, best = e, parent
		}
	}
	return evidence, best
}

// flow tells whether the arguments of a group are values of one column (each key argument of its own) of some results.
func flow(g *group, keys []int, s *statement, parents []*execution) (Evidence, *Parent) {
	parent := &Parent{Statement: s.text, Fingerprint: s.fingerprint, CallSite: parents[0].CallSite, Contained: 1}
	rows := 0
	for _, p := range parents {
		rows += int(max(0, p.Rows))
	}
	parent.Rows = int64(rows)
	ordered := true
	for k, key := range keys {
		column, share, inOrder := bestColumn(g, key, parents)
		if share < 0.8 {
			return NoEvidence, nil
		}
		if k == 0 {
			parent.Column = column
		}
		parent.Contained = min(parent.Contained, share)
		ordered = ordered && inOrder
	}
	if ordered {
		return InOrder, parent
	}
	return Values, parent
}

// bestColumn returns the column of the results that holds most of the arguments at a placeholder.
func bestColumn(g *group, key int, parents []*execution) (name string, share float64, inOrder bool) {
	type column struct {
		places map[uint64]int // the first row that has a value
		rows   int
		full   bool // the recorder kept only its first thousand
	}
	columns := map[string]*column{}
	var names []string
	for _, p := range parents {
		for _, c := range p.Results {
			col := columns[c.Name]
			if col == nil {
				col = &column{places: map[uint64]int{}}
				columns[c.Name] = col
				names = append(names, c.Name)
			}
			for _, h := range c.Hashes {
				if _, ok := col.places[h]; !ok {
					col.places[h] = col.rows
				}
				col.rows++
			}
			col.full = col.full || int64(len(c.Hashes)) < p.Rows && len(c.Hashes) >= 1000
		}
	}
	for _, n := range names {
		col := columns[n]
		if len(col.places) < 2 {
			continue
		}
		found, ordered, last := 0, 0, -1
		looked := g.executions
		if col.full { // what lies beyond can't be found
			looked = looked[:min(len(looked), col.rows)]
		}
		for _, e := range looked {
			place, ok := col.places[e.Args[key]]
			if !ok {
				continue
			}
			found++
			if place >= last {
				ordered++
			}
			last = place
		}
		s := float64(found) / float64(len(looked))
		o := ordered*10 >= found*9
		if s > share || s == share && o && !inOrder || s == share && o == inOrder && closer(n, name, g.statement.params[key].column) {
			name, share, inOrder = n, s, o
		}
	}
	return name, share, inOrder
}

// closer tells whether a column's name fits what it is compared with better than another's: the same, or id.
func closer(name, other, compared string) bool {
	rank := func(n string) int {
		switch {
		case n == unqualified(compared):
			return 0
		case n == "id":
			return 1
		}
		return 2
	}
	return rank(name) < rank(other)
}

func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// related tells whether a foreign key leads between a table of the parent and the one that the group looks up, over the
// column that it looks up.
func related(db *schema.Database, parent *statement, g *group) bool {
	if db == nil {
		return false
	}
	for _, key := range g.varying {
		column := unqualified(g.statement.params[key].column)
		for _, child := range g.statement.tables {
			for _, other := range parent.tables {
				if references(db, child, other, column) || references(db, other, child, column) {
					return true
				}
			}
		}
	}
	return false
}

// references tells whether a foreign key of from leads to to, with the column at either end.
func references(db *schema.Database, from, to, column string) bool {
	for _, table := range db.Tables {
		if !names(from, table.Schema, table.Name) {
			continue
		}
		for _, fk := range table.ForeignKeys {
			if names(to, fk.ReferencedSchema, fk.ReferencedTable) && (slices.Contains(fk.Columns, column) || slices.Contains(fk.ReferencedColumns, column)) {
				return true
			}
		}
	}
	return false
}

// names tells whether a name as written in a statement means a table.
func names(written, schemaName, table string) bool {
	unquoted := strings.ReplaceAll(written, `"`, "")
	return unquoted == table || unquoted == schemaName+"."+table
}

// selfReference tells whether a foreign key of a statement's table leads from the column to the table itself.
func selfReference(db *schema.Database, s *statement, column string) bool {
	return db != nil && slices.ContainsFunc(s.tables, func(t string) bool { return references(db, t, t, column) })
}

// fits tells whether the parent's column sounds like (or, by a foreign key, is) the key that the group looks up: posts.id
// or likes.post_id for comments.post_id, posts.user_id for users.id.
func (d *Detector) fits(parent *Parent, g *group) bool {
	p := d.statements[parent.Fingerprint]
	keys, _ := g.keys()
	for _, key := range keys {
		column := unqualified(g.statement.params[key].column)
		if column == "" {
			continue
		}
		if keyName(column) == "" && column == parent.Column || intersects(stems(parent.Column, p.tables), stems(column, g.statement.tables)) {
			return true
		}
	}
	return related(d.opts.Schema, p, g)
}

// stems returns what a key's name says that it is the key of: post for post_id, the tables' own names for id.
func stems(column string, tables []string) []string {
	column = strings.ToLower(column)
	for _, suffix := range []string{"_id", "id", "_uuid", "_key", "_code"} {
		if stem, ok := strings.CutSuffix(column, suffix); ok && stem != "" {
			return []string{singular(stem)}
		}
	}
	var all []string
	for _, table := range tables {
		all = append(all, singular(strings.ToLower(strings.Trim(unqualified(table), `"`))))
	}
	return all
}

func singular(word string) string {
	for _, ending := range [][2]string{{"ies", "y"}, {"sses", "ss"}, {"ches", "ch"}, {"xes", "x"}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(word, ending[0]); ok {
			return stem + ending[1]
		}
	}
	return word
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
