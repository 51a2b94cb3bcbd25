package report

import (
	"cmp"
	"math"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

// Cost is what the part of the workload that a finding is about takes, in all its executions.
type Cost struct {
	TimeNS     int64   `json:"time_ns"`
	Executions int64   `json:"executions"`
	Pages      float64 `json:"pages"`     // 0 if they were not counted
	Counted    bool    `json:"counted"`   // the time is a sum that the workload's source has, not one execution's times their number
	Estimated  bool    `json:"estimated"` // worked out from one execution or one plan
}

// The steps that costs are compared by. Times differ from run to run, and findings should not change places for that: what we
// measured counts by its power of ten, and below twenty milliseconds, which a busy machine adds to any statement, not at all.
// What the source counted is the same each time, but for the share of it, and counts by its power of two. So do pages.
const (
	leastMeasured = 20 * time.Millisecond
	measuredStep  = 10
	countedStep   = 2
	pagesStep     = 2
)

// compare puts what costs more first; nil costs nothing that is known.
func (c *Cost) compare(other *Cost) int {
	ns, pages := c.steps()
	otherNS, otherPages := other.steps()
	return cmp.Or(cmp.Compare(otherNS, ns), cmp.Compare(otherPages, pages))
}

// steps are time and pages, rounded down to the steps that count.
func (c *Cost) steps() (timeNS, pages float64) {
	if c == nil {
		return 0, 0
	}
	switch {
	case c.Counted:
		timeNS = floorPower(float64(c.TimeNS), countedStep)
	case c.TimeNS >= leastMeasured.Nanoseconds():
		timeNS = floorPower(float64(c.TimeNS), measuredStep)
	}
	return timeNS, floorPower(c.Pages, pagesStep)
}

// floorPower is the largest power of base that is no larger than v; 0 below 1.
func floorPower(v, base float64) float64 {
	if v < 1 {
		return 0
	}
	return math.Pow(base, math.Floor(math.Log(v)/math.Log(base)+1e-9))
}

// costs says in one line what a finding costs; "" if that is not known, or said by the evidence or by the proof already.
func (f Finding) costs() string {
	c := f.Cost
	if c == nil || c.TimeNS <= 0 || c.Executions <= 1 && f.Proof != nil {
		return ""
	}
	for _, e := range f.Evidence {
		if e.Unit == "ns" && int64(e.Value) == c.TimeNS {
			return ""
		}
	}
	text := units.Duration(time.Duration(c.TimeNS))
	if pages := int64(c.Pages); pages > 0 {
		text += ", " + units.Count(pages) + " pages"
	}
	if c.Executions > 1 {
		text += " in " + units.Count(c.Executions) + " executions"
	}
	if c.Estimated {
		text = "about " + text + ", estimated from one plan"
	}
	return text
}
