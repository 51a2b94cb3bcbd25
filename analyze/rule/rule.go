// Package rule judges plans. A rule is one file: its id, its documentation, its thresholds, when it stays silent, and
// its check. What a user reads (pgassay analyze rules, pgassay analyze explain RULE, the tables in docs/analyze.md) is
// made from the same values that the checks run on.
package rule

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

// Rule is one kind of fault.
type Rule struct {
	ID         string
	Title      string // what is wrong, in a few words
	About      string // what it means and why it costs
	Silent     string // when it says nothing
	Advice     string // what to do
	Thresholds []Threshold
	Check      func(*Context) []Hit // of one statement; nil if it judges something else
	Tables     func(*Tables) []Hit  // of the tables that a workload uses
}

// Threshold is a number that a rule goes by. A user may change it.
type Threshold struct {
	Name    string
	Default float64
	Unit    string
	Text    string
}

// Hit is one fault that a rule has seen in one statement.
type Hit struct {
	Rule      string
	Node      *plan.Node // the guilty one; nil if it is the statement as a whole
	Scope     []*plan.Node
	Severity  report.Severity // "" is by the share of the node
	Title     string
	Table     string
	Columns   []string
	Evidence  []report.Evidence
	Mend      report.Mend
	Estimated bool
	// ByIndex tells that an index is the mend that the rule has in mind, so that it has no say where indexes were tried
	// and none helped.
	ByIndex bool
	// Experiment, if it is not nil, is how the fault can be proven: by settings or by a statement to run instead.
	Experiment *Experiment
	// Again tells that the fault rests on the clock alone: where the statement can be executed again, it must be seen
	// again.
	Again bool
}

// Experiment is a change under which the statement should do better. A hit whose experiment fails is dropped.
type Experiment struct {
	Settings map[string]string // for one transaction
	SQL      string            // instead of the statement; "" is the statement itself
	Method   string            // for people
	// Least is what the change must save at least, to be worth a setting or a rewriting: time in milliseconds, and share of
	// the time.
	LeastMS, LeastShare float64
}

// Context is what rules may look at: one statement's plan and what is known around it. Everything but Plan may be
// missing.
type Context struct {
	Plan    *plan.Plan
	Catalog *catalog.Catalog
	SQL     string       // the statement as written
	Tokens  []expr.Token // of SQL
	Generic *plan.Plan   // its generic plan, executed with some values
	Custom  *plan.Plan   // its plan for those values

	limits map[string]float64
	rule   string
}

// Settings override thresholds and switch rules off. The zero value changes nothing.
type Settings struct {
	Thresholds map[string]map[string]float64 // by rule and threshold
	Off        map[string]bool
}

// Check runs every rule on a statement. Hits come in the order of the rules, then of the nodes.
func Check(c Context, settings Settings) []Hit {
	if c.Plan == nil || c.Plan.Root == nil {
		return nil
	}
	if c.Tokens == nil {
		c.Tokens = expr.Scan(c.SQL)
	}
	var hits []Hit
	for _, r := range All() {
		if r.Check == nil || settings.Off[r.ID] {
			continue
		}
		c.rule, c.limits = r.ID, r.limits(settings)
		for _, hit := range r.Check(&c) {
			hit.Rule = r.ID
			hit.Estimated = hit.Estimated || !c.Plan.Analyzed
			if hit.Severity == "" {
				hit.Severity = c.severity(hit.Node)
			}
			hits = append(hits, hit)
		}
	}
	return hits
}

func (r Rule) limits(settings Settings) map[string]float64 {
	limits := map[string]float64{}
	for _, t := range r.Thresholds {
		limits[t.Name] = t.Default
		if changed, ok := settings.Thresholds[r.ID][t.Name]; ok {
			limits[t.Name] = changed
		}
	}
	return limits
}

// Find returns a rule by its id.
func Find(id string) (Rule, bool) {
	i := slices.IndexFunc(All(), func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return All()[i], true
}

// limit returns a threshold of the rule that runs.
func (c *Context) limit(name string) float64 {
	v, ok := c.limits[name]
	if !ok {
		panic(fmt.Sprintf("rule %s has no threshold %q", c.rule, name)) // every rule's tests would show it
	}
	return v
}

// What makes a statement and a node matter at all, so that tests on tiny tables stay silent. Pages and rows come first:
// they are the same each time, and a busy machine's clock is not. Time alone decides where a plan has no pages, and for
// what takes very long with hardly a row, such as a slow function.
const (
	leastMS    = 1.0
	longMS     = 100.0
	leastPages = 100.0
	leastRows  = 5000.0
	leastShare = 0.1
	leastCost  = 100.0
)

// matters tells whether the statement costs enough to be worth a word.
func (c *Context) matters() bool {
	p := c.Plan
	switch {
	case !p.Analyzed:
		return p.Root.TotalCost >= leastCost
	case p.Pages() >= leastPages || c.totalWork() >= leastRows:
		return true
	case !p.HasBuffers:
		return p.TotalMS() >= leastMS
	}
	return p.TotalMS() >= longMS
}

// work is how many rows a node handled itself: those that it gave and dropped, and those that it was given.
func work(n *plan.Node) float64 {
	rows := n.Rows() + n.Removed()
	for _, input := range n.Inputs() {
		rows += input.Rows()
	}
	return rows
}

func (c *Context) totalWork() float64 {
	sum := 0.0
	for _, n := range c.Plan.Nodes() {
		sum += work(n)
	}
	return sum
}

// counts tells whether a node takes enough of a statement that matters: a tenth of its pages, of its rows or of its time.
func (c *Context) counts(n *plan.Node) bool {
	if !c.matters() {
		return false
	}
	if !c.Plan.Analyzed {
		return c.share(n) >= leastShare
	}
	if !n.Executed() {
		return false
	}
	if pages := c.Plan.Pages(); pages >= leastPages && n.SelfBuffers().Pages() >= leastShare*pages {
		return true
	}
	if rows := c.totalWork(); rows >= leastRows && work(n) >= leastShare*rows {
		return true
	}
	total := c.Plan.TotalMS()
	return total > 0 && c.Plan.HasTiming && n.SelfMS() >= leastShare*total
}

// share is which part of the statement a node is, see Share.
func (c *Context) share(n *plan.Node) float64 {
	return min(1, Share(c.Plan, n))
}

// Share is which part of a plan a node itself is: of its time or, if that is more, of its pages, which are the same each
// time; of its cost where it was not executed.
func Share(p *plan.Plan, n *plan.Node) float64 {
	if n == nil {
		return 1
	}
	if p.Analyzed {
		time, pages := 0.0, 0.0
		if p.HasTiming && p.TotalMS() > 0 {
			time = n.SelfMS() / p.TotalMS()
		}
		if p.Pages() >= leastPages || !p.HasTiming && p.Pages() > 0 {
			pages = n.SelfBuffers().Pages() / p.Pages()
		}
		if p.HasTiming || p.Pages() > 0 {
			return max(time, pages)
		}
	}
	if p.Root.TotalCost <= 0 {
		return 0
	}
	own := n.TotalCost
	for _, child := range n.Inputs() {
		own -= child.TotalCost
	}
	return max(0, own) / p.Root.TotalCost
}

// subtree is which part of the statement a node is with all below it.
func (c *Context) subtree(n *plan.Node) float64 {
	sum := 0.0
	n.Walk(func(m *plan.Node) bool { sum += c.share(m); return true })
	return min(1, sum)
}

// severity goes by the share of the guilty node and what is below it.
func (c *Context) severity(n *plan.Node) report.Severity {
	return SeverityOf(c.share(n))
}

// SeverityOf goes by a share: half of the statement is an error, a fifth a warning.
func SeverityOf(share float64) report.Severity {
	switch {
	case share >= 0.5:
		return report.Error
	case share >= 0.2:
		return report.Warning
	}
	return report.Note
}

// bySteps is note, warning or error by three thresholds; "" below the first.
func bySteps(v, note, warning, failure float64) report.Severity {
	switch {
	case v >= failure:
		return report.Error
	case v >= warning:
		return report.Warning
	case v >= note:
		return report.Note
	}
	return ""
}

// worse is one level more severe.
func worse(s report.Severity) report.Severity {
	if s == report.Note {
		return report.Warning
	}
	return report.Error
}

func evidence(name string, value float64, unit string) report.Evidence {
	return report.Evidence{Name: name, Value: value, Unit: unit}
}

// tableOf names the table that a node reads.
func tableOf(n *plan.Node) string {
	switch {
	case n.Relation == "":
		return ""
	case n.Schema == "":
		return n.Relation
	}
	return catalog.Qualified(n.Schema, n.Relation)
}

// scanned is how many rows a scan looked at in all its loops.
func scanned(n *plan.Node) float64 { return n.Rows() + n.Removed() }

// stoppedEarly tells whether the rows of a node were not all asked for: a LIMIT, a semi-join or EXISTS above took what
// it needed, with nothing between that reads its input to the end.
func stoppedEarly(n *plan.Node) bool {
	for below, above := n, n.Parent; above != nil; below, above = above, above.Parent {
		switch {
		case above.Type == "Limit":
			return true
		case above.IsJoin() && (above.JoinType == "Semi" || above.JoinType == "Anti") && below.Relationship == "Inner" && above.Type == "Nested Loop":
			return true
		case below.Relationship == "SubPlan" || below.Relationship == "InitPlan":
			return false
		case above.Is("Sort", "Incremental Sort", "Hash", "Aggregate", "Materialize", "WindowAgg", "SetOp", "Memoize", "ModifyTable") || below.Relationship == "Inner" && above.Type != "Merge Join":
			return false
		}
	}
	return false
}

// nodes returns the nodes of these types, or all.
func (c *Context) nodes(types ...string) []*plan.Node {
	if len(types) == 0 {
		return c.Plan.Nodes()
	}
	var found []*plan.Node
	for _, n := range c.Plan.Nodes() {
		if n.Is(types...) {
			found = append(found, n)
		}
	}
	return found
}

// table returns what the catalog knows of the table that a node reads, or nil.
func (c *Context) table(n *plan.Node) *catalog.Table { return c.Catalog.Of(n) }

// conditions returns the conjuncts of a node's conditions that can be read.
func conditions(texts ...string) []expr.Expr {
	var all []expr.Expr
	for _, text := range texts {
		if text == "" {
			continue
		}
		if e, err := expr.Parse(text); err == nil {
			all = append(all, expr.Conjuncts(e)...)
		}
	}
	return all
}

// perExecution is how often a node ran for one execution of the statement, in one process.
func perExecution(n *plan.Node) float64 { return n.Loops / n.Processes() }
