package index

import (
	"github.com/pgassay/pgassay/analyze/plan"
)

// together makes one need of the scans of a table's partitions under one Append: one index on the table serves them all.
// The largest of them speaks for the others. Conditions and orders above the Append name the table by its own alias.
func together(needs []*Need, byAlias map[string]*Need) []*Need {
	type key struct {
		above *plan.Node
		root  string
	}
	first := map[key]*Need{}
	var kept []*Need
	for _, need := range needs {
		above := appendAbove(need.Node)
		if need.Table.Root == "" || above == nil {
			kept = append(kept, need)
			continue
		}
		need.alias = plan.RootAlias(alias(need.Node))
		k := key{above, need.Table.Root}
		speaker := first[k]
		if speaker == nil {
			first[k] = need
			kept = append(kept, need)
			continue
		}
		if need.Table.Pages > speaker.Table.Pages { // they change places
			*need, *speaker = *speaker, *need
			speaker.others, need.others = need.others, nil
		}
		speaker.others = append(speaker.others, need)
	}
	for _, speaker := range first {
		for _, scan := range speaker.Scans() {
			byAlias[alias(scan)] = speaker
		}
		if byAlias[speaker.alias] == nil || byAlias[speaker.alias].Table.Root == speaker.Table.Root {
			byAlias[speaker.alias] = speaker
		}
	}
	return kept
}

// appendAbove is the Append that puts a scan together with those of other partitions, or nil.
func appendAbove(n *plan.Node) *plan.Node {
	for above := n.Parent; above != nil; above = above.Parent {
		switch {
		case above.Is("Append", "Merge Append"):
			return above
		case len(above.Inputs()) > 1:
			return nil
		}
	}
	return nil
}

// Scans are the scans that need the index: one, or those of several partitions.
func (need *Need) Scans() []*plan.Node {
	scans := []*plan.Node{need.Node}
	for _, other := range need.others {
		scans = append(scans, other.Node)
	}
	return scans
}

// Bytes is the size of the tables that are scanned.
func (need *Need) Bytes() float64 {
	bytes := need.Table.Bytes()
	for _, other := range need.others {
		bytes += other.Table.Bytes()
	}
	return bytes
}

// sum adds up over the scans.
func (need *Need) sum(of func(*plan.Node) float64) float64 {
	total := 0.0
	for _, scan := range need.Scans() {
		total += of(scan)
	}
	return total
}

// RowsRead is how many rows the scans looked at, RowsKept how many they gave, and PagesRead how many pages they touched.
func (need *Need) RowsRead() float64 {
	return need.sum(func(n *plan.Node) float64 { return n.Rows() + n.Removed() })
}

// RowsKept is how many rows the scans gave.
func (need *Need) RowsKept() float64 { return need.sum((*plan.Node).Rows) }

// Expected is how many rows the planner expected of the scans.
func (need *Need) Expected() float64 {
	return need.sum(func(n *plan.Node) float64 { return n.EstimatedRows() })
}

// PagesRead is how many pages the scans touched.
func (need *Need) PagesRead() float64 {
	return need.sum(func(n *plan.Node) float64 { return n.SelfBuffers().Pages() })
}

// SelfMS is the time that the scans took.
func (need *Need) SelfMS() float64 { return need.sum((*plan.Node).SelfMS) }

// Executed tells whether any of the scans ran.
func (need *Need) Executed() bool {
	return need.sum(func(n *plan.Node) float64 {
		if n.Executed() {
			return 1
		}
		return 0
	}) > 0
}
