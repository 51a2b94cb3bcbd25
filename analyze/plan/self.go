package plan

import (
	"regexp"
	"strings"
)

// finish numbers the nodes and works out what each of them spent itself. Every reader calls it once the tree is built.
//
// The rules, with EXPLAIN's own definitions (src/backend/commands/explain.c, executor/instrument.c): a node's time is an
// average per loop over all processes, its buffers a sum over all of them; both include the children. A CTE's work is
// measured in the scans that pull it, an InitPlan's in the node that first needs its value, so there they are taken off.
func (p *Plan) finish() {
	p.nodes = nil
	p.number(p.Root, nil, 1)
	for _, n := range p.nodes {
		p.Analyzed = p.Analyzed || n.HasActual
		p.HasTiming = p.HasTiming || n.ActualTotalMS > 0
		p.HasBuffers = p.HasBuffers || n.Buffers != Buffers{}
	}
	for _, n := range p.nodes {
		n.selfMS, n.selfBuffers = n.TotalMS(), n.Buffers
	}
	// From the leaves up, so that a scan gives its CTE's work back before its parents are looked at.
	for _, n := range p.nodes {
		for _, c := range n.Children {
			switch {
			case strings.HasPrefix(c.Subplan, "CTE "):
				p.chargeCTE(c, strings.TrimPrefix(c.Subplan, "CTE "))
			case c.Relationship == "InitPlan":
				charge(p.userOf(c), c, 1)
			default:
				charge(n, c, 1)
			}
		}
	}
	for _, n := range p.nodes {
		n.selfMS = max(0, n.selfMS)
	}
}

func (p *Plan) number(n, parent *Node, processes float64) {
	if n == nil {
		return
	}
	n.ID, n.Parent, n.processes = len(p.nodes), parent, processes
	p.nodes = append(p.nodes, n)
	for _, c := range n.Children {
		below := processes
		switch {
		case c.Relationship == "InitPlan":
			below = 1 // computed by the leader before the workers start, or by whoever needs it, once
		case n.Is("Gather", "Gather Merge"):
			below = n.parallelism(c)
		}
		p.number(c, n, below)
	}
}

// parallelism is how many processes shared the work under a Gather. The leader takes part unless
// parallel_leader_participation is off or it was too busy; then the loops say so.
func (n *Node) parallelism(child *Node) float64 {
	if n.WorkersLaunched <= 0 {
		return 1
	}
	all := n.WorkersLaunched + 1
	if child.HasActual && child.Loops > 0 && child.Loops < all {
		return child.Loops
	}
	return all
}

// charge takes what c spent, in whole or in part, off what n spent itself.
func charge(n, c *Node, share float64) {
	n.selfMS -= c.TotalMS() * share
	n.selfBuffers = n.selfBuffers.minus(c.Buffers.times(share))
}

// chargeCTE takes a CTE's work off the scans that read it, in proportion to the time they were given, or equally.
func (p *Plan) chargeCTE(cte *Node, name string) {
	var scans []*Node
	total := 0.0
	for _, n := range p.nodes {
		if n.Type == "CTE Scan" && n.CTE == name && (n.Executed() || !cte.HasActual) {
			scans = append(scans, n)
			total += n.TotalMS()
		}
	}
	if len(scans) == 0 { // a data-changing CTE that nobody reads runs at the end, inside its parent
		charge(cte.Parent, cte, 1)
		return
	}
	for _, scan := range scans {
		share := 1 / float64(len(scans))
		if total > 0 {
			share = scan.TotalMS() / total
		}
		charge(scan, cte, share)
		// A scan's ancestors included the CTE's work through the scan; the scan's own total still does, so nothing
		// more is to be done for them.
	}
}

var returnsParams = regexp.MustCompile(`\$\d+`)

// userOf finds the node in which an InitPlan's work was measured: the first below its owner that names its value, or
// the owner itself.
func (p *Plan) userOf(initPlan *Node) *Node {
	owner := initPlan.Parent
	// "InitPlan 1 (returns $0)" before PostgreSQL 17; since then conditions say "(InitPlan 1).col1".
	names := returnsParams.FindAllString(initPlan.Subplan, -1)
	if len(names) == 0 {
		names = []string{"(" + initPlan.Subplan + ")"}
	}
	user := owner
	found := false
	owner.Walk(func(n *Node) bool {
		if n == initPlan || found {
			return false
		}
		for _, e := range n.Expressions() {
			if e.Name == "Output" {
				continue
			}
			for _, name := range names {
				if containsName(e.Text, name) && n.Executed() {
					user, found = n, true
				}
			}
		}
		return !found
	})
	return user
}

// containsName tells whether text has name in it and no longer name that starts like it: $1 is not in $10.
func containsName(text, name string) bool {
	for {
		i := strings.Index(text, name)
		if i < 0 {
			return false
		}
		text = text[i+len(name):]
		if text == "" || text[0] < '0' || text[0] > '9' {
			return true
		}
	}
}
