package nplusone

import (
	"slices"
	"strings"
	"time"
)

// group is the executions of one statement from one place within a scope.
type group struct {
	statement  *statement
	site       string
	executions []*execution
	varying    []int    // placeholders whose argument varies, one for each that varies in its own way
	values     []uint64 // of the varying arguments, one per execution (hashes folded if several vary)
	distinct   int
	argsKnown  bool
	consumed   bool // part of a loop that was found
}

type groupKey struct{ fingerprint, site string }

// groups sorts a scope's executions by statement and place, in the order of their first execution.
func groups(executions []*execution) []*group {
	byKey := map[groupKey]*group{}
	var all []*group
	for _, e := range executions {
		if e.statement.skipped || e.Batch != 0 { // a batch is one round trip whatever is in it
			continue
		}
		key := groupKey{e.Fingerprint, e.CallSite}
		g := byKey[key]
		if g == nil {
			g = &group{statement: e.statement, site: e.CallSite}
			byKey[key] = g
			all = append(all, g)
		}
		g.executions = append(g.executions, e)
	}
	for _, g := range all {
		g.readArguments()
	}
	return all
}

func (g *group) n() int { return len(g.executions) }

func (g *group) first() *execution { return g.executions[0] }

// readArguments finds the placeholders whose argument varies. Those that vary in step (the same value twice in a
// statement) count once.
func (g *group) readArguments() {
	count := len(g.statement.params)
	g.argsKnown = !slices.ContainsFunc(g.executions, func(e *execution) bool { return len(e.Args) != count })
	if !g.argsKnown || count == 0 {
		return
	}
	for i := range count {
		same := func(j int) bool {
			return !slices.ContainsFunc(g.executions, func(e *execution) bool { return e.Args[i] != e.Args[j] })
		}
		first := g.first().Args[i]
		if slices.ContainsFunc(g.executions, func(e *execution) bool { return e.Args[i] != first }) && !slices.ContainsFunc(g.varying, same) {
			g.varying = append(g.varying, i)
		}
	}
	seen := map[uint64]bool{}
	g.values = make([]uint64, g.n())
	for i, e := range g.executions {
		for _, j := range g.varying {
			g.values[i] = g.values[i]*0x9E3779B97F4A7C15 + e.Args[j]
		}
		seen[g.values[i]] = true
	}
	g.distinct = len(seen)
}

// same lists the placeholders that always have the argument of placeholder i, itself among them.
func (g *group) same(i int) []int {
	var all []int
	for j := range g.statement.params {
		if !slices.ContainsFunc(g.executions, func(e *execution) bool { return e.Args[i] != e.Args[j] }) {
			all = append(all, j)
		}
	}
	return all
}

// keys returns the varying placeholders that look something up, and whether the rest allows the statement to be one of
// a loop over keys: one or two positions vary, at least one of them a key, none of them a page.
func (g *group) keys() (keys []int, ok bool) {
	if len(g.varying) == 0 || len(g.varying) > 2 {
		return nil, false
	}
	for _, i := range g.varying {
		switch g.statement.params[i].use {
		case equality, inList, call:
			keys = append(keys, i)
		case paging:
			return nil, false
		}
	}
	return keys, len(keys) > 0
}

// diverse tells whether the arguments differ as much as a loop over keys makes them: at least three, and four in five.
func (g *group) diverse() bool { return g.distinct >= max(3, (g.n()*4+4)/5) }

// medianGap is the time between one execution's end and the next one's start.
func (g *group) medianGap() time.Duration {
	var gaps []time.Duration
	for i := 1; i < g.n(); i++ {
		gaps = append(gaps, g.executions[i].Time.Sub(g.executions[i-1].end()))
	}
	return median(gaps)
}

// concurrent tells whether at least half of the executions started before the one before had ended.
func (g *group) concurrent() bool {
	overlaps := 0
	for i := 1; i < g.n(); i++ {
		if g.executions[i].Time.Before(g.executions[i-1].end()) {
			overlaps++
		}
	}
	return g.n() > 2 && overlaps*2 >= g.n()-1
}

func (g *group) time() (total time.Duration) {
	for _, e := range g.executions {
		total += e.Duration
	}
	return total
}

// interleaved tells whether two groups take turns, as the statements of one loop's body do.
func interleaved(a, b *group) bool {
	small, large := min(a.n(), b.n()), max(a.n(), b.n())
	if small < 2 || large-small > max(1, large/10) {
		return false
	}
	turns := 0
	i, j, last := 0, 0, -1
	for i < a.n() || j < b.n() {
		now := 0
		if i >= a.n() || j < b.n() && b.executions[j].index < a.executions[i].index {
			now = 1
		}
		if now == 0 {
			i++
		} else {
			j++
		}
		if last >= 0 && now != last {
			turns++
		}
		last = now
	}
	return turns*10 >= (a.n()+b.n()-1)*9
}

// barriers counts between how many consecutive executions stands a statement for which is true.
func (g *group) barriers(executions []*execution, is func(*statement) bool) int {
	n := 0
	for i := 1; i < g.n(); i++ {
		if slices.ContainsFunc(executions[g.executions[i-1].index+1:g.executions[i].index], func(e *execution) bool { return is(e.statement) }) {
			n++
		}
	}
	return n
}

// walk tells whether each execution's argument came from the result of an earlier one of the same statement: a linked
// list that is followed link by link, or a tree, node by node.
func (g *group) walk(selfReference func(column string) bool) bool {
	keys, ok := g.keys()
	if !g.argsKnown || g.n() < 3 || !ok || len(keys) != 1 {
		return false
	}
	key := keys[0]
	column := unqualified(g.statement.params[key].column)
	tree := selfReference(column)
	if !tree && keyName(column) == "" {
		return false // the numbers of one table's keys are often those of another's, too
	}
	found := 0
	seen := map[uint64]bool{}
	for i, e := range g.executions {
		if i > 0 && seen[e.Args[key]] {
			found++
		}
		if !tree {
			clear(seen) // a list goes on from the last link
		}
		for _, c := range e.Results {
			for _, h := range c.Hashes {
				if h != e.Args[key] && (tree || c.Name != column) { // what was looked up comes back, too: that is no link
					seen[h] = true
				}
			}
		}
	}
	return found*10 >= (g.n()-1)*8
}

// keyName returns the name of a plain key, such as id, or "".
func keyName(column string) string {
	switch column {
	case "id", "uuid", "guid", "key", "uid":
		return column
	}
	return ""
}

// linkName tells whether a column sounds as if it led to a row of its own table.
func linkName(column string) bool {
	for _, word := range []string{"parent", "prev", "next", "reply", "manager", "super", "root", "ancestor", "child", "replaced", "boss"} {
		if strings.Contains(column, word) {
			return true
		}
	}
	return false
}
