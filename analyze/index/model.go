package index

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgassay/pgassay/analyze/plan"
)

// modelled judges candidates from the statistics alone, where nothing can be tried. It only trusts what is plain: a scan
// that keeps few rows, and a btree whose keys pick them.
func (a *adviser) modelled(q *Query, need *Need, candidates []Definition) (set []Definition, gain Gain, built []Definition, err error) {
	before := need.sum(scanCost)
	type scored struct {
		d    Definition
		cost float64
	}
	var all []scored
	for _, d := range candidates {
		if d.method() != "btree" || d.Where != "" || d.hasExpression() {
			continue
		}
		built = append(built, d)
		share, bound := need.share(d)
		if !bound || share > 0.05 {
			continue
		}
		cost := need.indexCost(share)
		for _, other := range need.others {
			cost += other.indexCost(share)
		}
		all = append(all, scored{d, cost})
	}
	if len(all) == 0 {
		return nil, Gain{}, built, nil
	}
	slices.SortStableFunc(all, func(x, y scored) int {
		return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(len(x.d.Keys), len(y.d.Keys)))
	})
	best := all[0]
	for _, s := range all { // of those nearly as good the narrowest
		if len(s.d.Keys) < len(best.d.Keys) && s.cost-all[0].cost <= 0.1*(before-all[0].cost) {
			best = s
		}
	}
	if best.cost > 0.5*before {
		return nil, Gain{}, built, nil
	}
	total := q.Result.Plan.Root.TotalCost
	return []Definition{best.d}, Gain{Need: need, CostBefore: total, CostAfter: max(0, total-before+best.cost)}, built, nil
}

// scanCost is the planner's cost of a scan in all its loops.
func scanCost(n *plan.Node) float64 { return n.TotalCost * math.Max(1, n.Loops/n.Processes()) }

// share estimates which share of the table's rows an index's leading keys pick.
func (need *Need) share(d Definition) (share float64, bound bool) {
	share = 1
	for _, k := range d.Keys {
		found := false
		for _, t := range slices.Concat(need.Equal, need.In, need.Range) {
			if t.Key.Column == k.Column && t.Key.Expression == k.Expression {
				share *= t.Selective
				found, bound = true, true
				break
			}
		}
		if !found {
			break
		}
	}
	// The planner has seen the values: together the conditions pick no fewer rows than it expects, and where the index has
	// all of them, just so many.
	if need.Table.Rows > 0 {
		expected := need.Node.PlanRows * need.Node.Processes() / need.Table.Rows
		if share = max(share, expected); bound && need.whole(d) {
			share = expected
		}
	}
	return share, bound
}

// whole tells whether an index's keys serve all conditions of the scan.
func (need *Need) whole(d Definition) bool {
	if len(need.Join)+len(need.Special)+len(need.Arms) > 0 || need.unread {
		return false
	}
	for _, t := range slices.Concat(need.Equal, need.In, need.Range) {
		if !slices.ContainsFunc(d.Keys, t.Key.Same) {
			return false
		}
	}
	return true
}

// indexCost is the cost of reading a share of the table through a btree by a bitmap, as the planner has it (cost_bitmap_heap_scan)
// with the default constants: the more of the table's pages are read, the less each costs.
func (need *Need) indexCost(share float64) float64 {
	rows, all := share*need.Table.Rows, math.Max(1, need.Table.Pages)
	pages := math.Min(all, 2*all*rows/(2*all+rows)) // Mackert and Lohman: rows that lie anywhere
	return 4*3 + pages*(4-3*math.Sqrt(pages/all)) + 0.02*rows
}
