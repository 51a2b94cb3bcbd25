package baseline

import (
	"math"
	"slices"
)

// Verdict says how a statement does against the baseline.
type Verdict string

// The verdicts. All but the first three need a changed plan.
const (
	Same     Verdict = "same"    // the plan is the same
	Appeared Verdict = "new"     // the baseline has no such statement
	Gone     Verdict = "gone"    // only the baseline has it
	Changed  Verdict = "changed" // the plan changed, and it is neither better nor worse for it
	Slower   Verdict = "slower"
	Faster   Verdict = "faster"
	More     Verdict = "reads more"
	Less     Verdict = "reads less"
	Dearer   Verdict = "costs more" // by the planner's numbers: it is not executed
	Stuck    Verdict = "not executed"
)

// Worse tells whether a verdict is one to act on.
func (v Verdict) Worse() bool { return v == Slower || v == More || v == Dearer || v == Stuck }

// Change is one statement against its baseline.
type Change struct {
	Fingerprint string  `json:"fingerprint"`
	Statement   string  `json:"statement"`
	Source      string  `json:"source,omitempty"`
	Verdict     Verdict `json:"verdict"`
	NodeBefore  string  `json:"node_before,omitempty"` // the first node in which the plans differ
	NodeAfter   string  `json:"node_after,omitempty"`
	BeforeNS    int64   `json:"before_ns,omitempty"` // medians; before as it would be on a machine as fast as now
	AfterNS     int64   `json:"after_ns,omitempty"`
	PagesBefore float64 `json:"pages_before,omitempty"`
	PagesAfter  float64 `json:"pages_after,omitempty"`
	CostBefore  float64 `json:"cost_before,omitempty"`
	CostAfter   float64 `json:"cost_after,omitempty"`
	Noise       float64 `json:"noise,omitempty"` // by which share the runs of one plan differ among themselves
	Runs        int     `json:"runs,omitempty"`  // pairs
	Slower      int     `json:"slower,omitempty"`
	Reason      string  `json:"reason,omitempty"` // why it is no longer executed
}

// Comparison is an analysis against its baseline.
type Comparison struct {
	Changes []Change `json:"changes"`         // statements whose plan changed, and new and gone ones
	Same    int      `json:"same"`            // statements with the same plan
	Noise   float64  `json:"noise"`           // the noise floor: the median, over statements, of the runs' spread
	Speed   float64  `json:"speed,omitempty"` // how long the same plans take now, as a ratio of then; 0 if too few tell
}

// The thresholds are those of paired runs in analyze/explain, and those below which a statement does not matter, in
// analyze/rule: six of seven pairs, a tenth and a tenth of a millisecond; one millisecond or a hundred pages.
const (
	neededShare  = 6.0 / 7
	neededGain   = 0.1
	neededNS     = 100_000
	leastNS      = 1_000_000
	leastPages   = 100
	leastTellers = 3 // statements with unchanged plans that tell how fast the machine is
	manyPages    = 1.5
	muchCost     = 2
)

// Compare holds the statements of an analysis against the baseline's.
func (b *Baseline) Compare(now []Statement) Comparison {
	c := Comparison{Changes: []Change{}}
	before := map[string]Statement{}
	for _, s := range b.Statements {
		before[s.Fingerprint] = s
	}
	c.Speed, c.Noise = machine(before, now)
	for _, s := range now {
		old, known := before[s.Fingerprint]
		switch {
		case !known:
			c.Changes = append(c.Changes, Change{Fingerprint: s.Fingerprint, Statement: s.Statement, Source: s.Source, Verdict: Appeared})
		case slices.Equal(old.Shape, s.Shape):
			c.Same++
		default:
			c.Changes = append(c.Changes, c.judge(old, s))
		}
	}
	for _, s := range b.Statements {
		if !slices.ContainsFunc(now, func(n Statement) bool { return n.Fingerprint == s.Fingerprint }) {
			c.Changes = append(c.Changes, Change{Fingerprint: s.Fingerprint, Statement: s.Statement, Source: s.Source, Verdict: Gone})
		}
	}
	return c
}

// machine tells how fast the machine is against then, and how much runs of the same plan differ.
func machine(before map[string]Statement, now []Statement) (speed, noise float64) {
	var ratios, spreads []float64
	for _, s := range now {
		if len(s.RunsNS) > 2 && median(s.RunsNS) >= neededNS {
			spreads = append(spreads, spread(s.RunsNS))
		}
		old, known := before[s.Fingerprint]
		if known && slices.Equal(old.Shape, s.Shape) && len(old.RunsNS) > 2 && len(s.RunsNS) > 2 && median(old.RunsNS) >= neededNS && old.Pages == s.Pages {
			ratios = append(ratios, float64(median(s.RunsNS))/float64(median(old.RunsNS)))
		}
	}
	if len(ratios) >= leastTellers {
		speed = middle(ratios)
	}
	return speed, middle(spreads)
}

// judge compares a statement whose plan changed.
func (c Comparison) judge(old, now Statement) Change {
	change := Change{
		Fingerprint: now.Fingerprint, Statement: now.Statement, Source: now.Source, Verdict: Changed,
		PagesBefore: old.Pages, PagesAfter: now.Pages, CostBefore: old.Cost, CostAfter: now.Cost,
	}
	change.NodeBefore, change.NodeAfter = difference(old.Shape, now.Shape)
	switch {
	case old.Executed && !now.Executed && now.Reason != "": // with a plan or, if the server refused it, without
		change.Verdict, change.Reason = Stuck, now.Reason
		return change
	case len(old.Shape) == 0 || len(now.Shape) == 0:
		return change // there was no plan then, or there is none now
	case !old.Executed || !now.Executed:
		if now.Cost > muchCost*old.Cost && now.Cost-old.Cost > leastPages {
			change.Verdict = Dearer
		}
		return change
	}
	c.time(&change, old.RunsNS, now.RunsNS)
	matters := max(change.BeforeNS, change.AfterNS) >= leastNS || max(old.Pages, now.Pages) >= leastPages
	if !matters {
		return change
	}
	pages := now.Pages - old.Pages
	slower, faster := change.decided(change.Slower), change.decided(change.Runs-change.Slower)
	switch {
	case slower && change.AfterNS > change.BeforeNS:
		change.Verdict = Slower
	case faster && change.AfterNS < change.BeforeNS:
		change.Verdict = Faster
	case pages >= leastPages && now.Pages >= manyPages*old.Pages:
		change.Verdict = More
	case -pages >= leastPages && old.Pages >= manyPages*now.Pages:
		change.Verdict = Less
	}
	return change
}

// time pairs the runs of then, corrected for the machine's speed, with those of now.
func (c Comparison) time(change *Change, then, now []int64) {
	speed := c.Speed
	if speed == 0 {
		speed = 1
	}
	corrected := make([]int64, len(then))
	for i, ns := range then {
		corrected[i] = int64(float64(ns) * speed)
	}
	change.Runs = min(len(corrected), len(now))
	for i := range change.Runs {
		if now[i] > corrected[i] {
			change.Slower++
		}
	}
	change.BeforeNS, change.AfterNS = median(corrected), median(now)
	change.Noise = max(spread(corrected), spread(now), c.Noise)
}

// decided tells whether the times differ beyond the noise, in enough of the pairs.
func (c Change) decided(pairs int) bool {
	gap, longer := math.Abs(float64(c.AfterNS-c.BeforeNS)), float64(max(c.AfterNS, c.BeforeNS))
	return c.Runs >= 3 && gap > neededNS && gap > max(neededGain, c.Noise)*longer && float64(pairs) >= neededShare*float64(c.Runs)-1e-9
}

// difference returns the first nodes in which two plans differ.
func difference(a, b []string) (before, after string) {
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return trim(x), trim(y)
		}
	}
	return "", ""
}

func trim(line string) string {
	for line != "" && line[0] == ' ' {
		line = line[1:]
	}
	return line
}

func median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// spread is half the distance between the quartiles, as a share of the median.
func spread(values []int64) float64 {
	if len(values) < 3 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	if m := s[len(s)/2]; m > 0 {
		return float64(s[len(s)*3/4]-s[len(s)/4]) / 2 / float64(m)
	}
	return 0
}
