package plan

import (
	"regexp"
	"strings"
)

// The lines of the text format; see ExplainNode and the functions that it calls in src/backend/commands/explain.c.
var (
	estimate  = `\(cost=(\d+\.\d+)\.\.(\d+\.\d+) +rows=(\d+) +width=(\d+)\)`
	actual    = `\((?:actual(?: time=(\d+\.\d+)\.\.(\d+\.\d+))?(?: +rows=(\d+(?:\.\d+)?))?(?: +loops=(\d+))?|(never executed))\)`
	nodeLine  = regexp.MustCompile(`^(\s*)(->  ?)?(\S.*?)\s+(?:` + estimate + `(?:\s*` + actual + `)?|` + actual + `)\s*$`)
	bareNode  = regexp.MustCompile(`^(\s*)->\s+([A-Z].*?)\s*$`)
	subplanOf = regexp.MustCompile(`^(\s*)((?:InitPlan|SubPlan)\b.*|CTE \S.*)$`)
	property  = regexp.MustCompile(`^(\s*)([A-Z][A-Za-z/ -]*[A-Za-z]): ?(.*)$`)
	worker    = regexp.MustCompile(`^(\s*)Worker (\d+):  ?(.*)$`)
	trigger   = regexp.MustCompile(`^\s*Trigger (.+?): (?:time=(\d+\.\d+) )?calls=(\d+)\s*$`)
	logLine   = regexp.MustCompile(`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|^\S.*\b(LOG|DETAIL|STATEMENT|ERROR|HINT|CONTEXT):  `)
	section   = regexp.MustCompile(`^(\s*)(Planning|JIT):\s*$`)
	timeLine  = regexp.MustCompile(`(?i)^\s*(Planning time|Execution time|Total runtime): (\d+(?:\.\d+)?) ms`)
)

// textReader reads the text format, whose structure is its indentation.
type textReader struct {
	plans []*Plan

	plan    map[string]any // the plan under way, as the JSON format has it
	stack   []open         // the nodes that the next line may belong to, outermost first
	base    int            // indentation of the root
	subplan *heading       // the InitPlan, SubPlan or CTE that the next node is
	in      string         // the section: "", Planning, JIT
	inside  map[string]any // the worker whose lines follow
	query   []string       // lines of "Query Text:" before the root
	queried bool
}

type open struct {
	column int // where its arrow stands; -1 for the root
	props  map[string]any
}

type heading struct {
	column int
	node   int // the column of the nodes under it; 0 before the first
	name   string
	owner  map[string]any
}

// parseText reads the plans of a text. Lines that belong to no plan are left out.
func parseText(text string) ([]*Plan, error) {
	r := &textReader{}
	for _, line := range unwrap(text) {
		r.line(line)
	}
	r.end()
	if len(r.plans) == 0 {
		return nil, noPlan("text")
	}
	return r.plans, nil
}

func (r *textReader) line(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	if r.plan == nil && !r.isRoot(line) {
		r.before(line)
		return
	}
	if r.plan != nil && logLine.MatchString(line) {
		r.end()
		r.before(line)
		return
	}
	if m := timeLine.FindStringSubmatch(line); m != nil {
		name := map[string]string{"planning time": "Planning Time"}[strings.ToLower(m[1])]
		if name == "" {
			name = "Execution Time"
		}
		r.plan[name], r.in = m[2], ""
		return
	}
	if m := nodeLine.FindStringSubmatch(line); m != nil && !strings.HasPrefix(strings.TrimSpace(m[3]), "Worker ") {
		r.node(len(m[1]), m[2] != "", m[3], m[4:])
		return
	}
	if m := bareNode.FindStringSubmatch(line); m != nil && r.plan != nil {
		r.node(len(m[1]), true, m[2], nil)
		return
	}
	if r.plan == nil { // COSTS OFF: the root has nothing but its name
		r.node(indentation(line), false, strings.TrimSpace(line), nil)
		return
	}
	r.detail(line)
}

// before looks at a line that stands before a plan.
func (r *textReader) before(line string) {
	if _, text, ok := strings.Cut(line, "Query Text: "); ok {
		r.query, r.queried = []string{text}, true
	} else if logLine.MatchString(line) {
		r.query, r.queried = nil, false
	} else if r.queried {
		r.query = append(r.query, strings.TrimSpace(line))
	}
}

// isRoot tells whether a plan starts with this line.
func (r *textReader) isRoot(line string) bool {
	if nodeLine.MatchString(line) {
		return true // even with an arrow: then the top of the plan was cut off
	}
	// Without costs a root is only told by its name, and never within a query's text.
	return !r.queried && bareRoot.MatchString(line)
}

var bareRoot = regexp.MustCompile(`^\s*((Seq|Sample|Table Function) Scan on|(Parallel )?Index (Only )?Scan (Backward )?using|Bitmap Heap Scan on|Nested Loop( |$)|Hash (.* )?Join$|Merge (.* )?Join$|` +
	`(Group|Hash|Mixed|Finalize )?(Group|Hash)?Aggregate$|Sort$|Incremental Sort$|Limit$|Unique$|Append$|Merge Append$|Gather( Merge)?$|Result$|(Insert|Update|Delete|Merge) on |` +
	`CTE Scan on|Subquery Scan on|Function Scan on|Values Scan on|WindowAgg$|ProjectSet$|LockRows$|Materialize$|SetOp|HashSetOp|Group$|Foreign Scan on|Custom Scan|Tid )`)

func (r *textReader) end() {
	if r.plan == nil {
		return
	}
	tree, _ := r.plan["Plan"].(map[string]any)
	if tree != nil {
		r.plans = append(r.plans, fromObject(r.plan, tree))
	}
	r.plan, r.stack, r.subplan, r.in, r.inside, r.query, r.queried = nil, nil, nil, "", nil, nil, false
}

// node opens a node. numbers are the groups of estimate and of the two places of actual.
func (r *textReader) node(indent int, arrow bool, name string, numbers []string) {
	if !arrow || r.plan == nil {
		r.end()
		arrow = false
		r.base = indent
		r.plan = map[string]any{}
		if len(r.query) > 0 {
			r.plan["Query Text"] = strings.Join(r.query, "\n")
		}
	}
	r.in, r.inside = "", nil
	column := indent - r.base
	props := nodeName(name)
	if numbers != nil {
		setNumbers(props, numbers)
	}
	if !arrow {
		r.plan["Plan"] = props
		r.stack = []open{{-1, props}}
		return
	}
	for len(r.stack) > 1 && r.stack[len(r.stack)-1].column >= column {
		r.stack = r.stack[:len(r.stack)-1]
	}
	parent := r.stack[len(r.stack)-1].props
	if h := r.subplan; h != nil {
		switch {
		case column > h.column && (h.node == 0 || column == h.node): // old versions list several under one heading
			h.node = column
			parent = h.owner
			props["Subplan Name"] = h.name
			props["Parent Relationship"] = "InitPlan"
			if strings.HasPrefix(h.name, "SubPlan") {
				props["Parent Relationship"] = "SubPlan"
			}
		case column <= h.column:
			r.subplan = nil
		}
	}
	if _, known := props["Parent Relationship"]; !known {
		props["Parent Relationship"] = relationship(parent)
	}
	children, _ := parent["Plans"].([]any)
	parent["Plans"] = append(children, props)
	r.stack = append(r.stack, open{column, props})
}

func setNumbers(props map[string]any, m []string) {
	if m[0] != "" {
		props["Startup Cost"], props["Total Cost"], props["Plan Rows"], props["Plan Width"] = m[0], m[1], m[2], m[3]
	}
	for _, a := range [][]string{m[4:9], m[9:14]} {
		switch {
		case a[4] != "":
			props["Actual Rows"], props["Actual Loops"] = "0", "0"
		case a[2] != "" || a[3] != "":
			props["Actual Rows"], props["Actual Loops"] = a[2], a[3]
			if a[0] != "" {
				props["Actual Startup Time"], props["Actual Total Time"] = a[0], a[1]
			}
		}
	}
}

// relationship says how the next child of a node relates to it.
func relationship(parent map[string]any) string {
	switch kind, _ := parent["Node Type"].(string); kind {
	case "Append", "Merge Append", "BitmapAnd", "BitmapOr":
		return "Member"
	case "Subquery Scan":
		return "Subquery"
	case "Nested Loop", "Hash Join", "Merge Join", "Recursive Union", "SetOp":
		children, _ := parent["Plans"].([]any)
		for _, child := range children {
			if child.(map[string]any)["Parent Relationship"] == "Outer" {
				return "Inner"
			}
		}
	}
	return "Outer"
}

// owner returns the node whose details stand at this column: the innermost whose details are not deeper.
func (r *textReader) owner(column int) map[string]any {
	for i := len(r.stack) - 1; i > 0; i-- {
		const arrowWidth = 6 // a node's details stand that far behind its arrow
		if column >= r.stack[i].column+arrowWidth || column > r.stack[i].column && i == len(r.stack)-1 {
			return r.stack[i].props
		}
	}
	return r.stack[0].props
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
