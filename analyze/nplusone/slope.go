package nplusone

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// slope sets the executions of a statement against the rows of another one, over the requests of a route.
type slope struct {
	requests               int
	sumX, sumY             float64
	sumXX, sumXY, sumYY    float64
	minX, maxX, minY, maxY float64
	longest                candidate     // of the request with the most executions
	spent                  time.Duration // in that request
}

type slopeKey struct{ route, child, site, parent string }

const (
	minRequests = 5    // fewer prove no slope
	maxSlopes   = 2e4  // pairs of statements that are followed
	nearOne     = 0.2  // a slope of one may be off by so much
	flat        = 0.05 // and one of zero
	goodFit     = 0.9  // share of the variance that the line explains
)

func (s *slope) add(x, y float64) {
	if s.requests == 0 {
		s.minX, s.maxX, s.minY, s.maxY = x, x, y, y
	}
	s.requests++
	s.sumX, s.sumY = s.sumX+x, s.sumY+y
	s.sumXX, s.sumXY, s.sumYY = s.sumXX+x*x, s.sumXY+x*y, s.sumYY+y*y
	s.minX, s.maxX = min(s.minX, x), max(s.maxX, x)
	s.minY, s.maxY = min(s.minY, y), max(s.maxY, y)
}

// fit returns the slope of the regression line and the share of the variance that it explains.
func (s *slope) fit() (b, r2 float64) {
	n := float64(s.requests)
	xx, xy, yy := s.sumXX-s.sumX*s.sumX/n, s.sumXY-s.sumX*s.sumY/n, s.sumYY-s.sumY*s.sumY/n
	if xx <= 0 {
		return math.NaN(), 0
	}
	b = xy / xx
	if yy <= 0 {
		return b, 0
	}
	return b, xy * xy / (xx * yy)
}

// grows tells whether the executions grow by one with each row of the parent.
func (s *slope) grows() bool {
	b, r2 := s.fit()
	return s.requests >= minRequests && s.maxX-s.minX >= 3 && math.Abs(b-1) <= nearOne && r2 >= goodFit
}

// constant tells whether there are as many executions however many rows the parent has.
func (s *slope) constant() bool {
	b, _ := s.fit()
	return s.requests >= minRequests && s.maxX >= 3*max(1, s.minX) && s.maxX-s.minX >= 3 && math.Abs(b) <= flat && s.maxY-s.minY <= 1
}

// measureSlopes notes, for each statement that looks something up and each single one before it, how often the one ran
// and how many rows the other had.
func (d *Detector) measureSlopes(sc *scope, executions []*execution, all []*group) {
	if sc.route == "" {
		return
	}
	for _, parent := range all {
		if parent.n() != 1 || parent.statement.verb != "select" || parent.first().Rows < 0 {
			continue
		}
		rows := float64(parent.first().Rows)
		present := map[groupKey]bool{}
		for _, g := range all {
			if g.first().index < parent.first().index || !lookup(g) || g == parent {
				continue
			}
			key := groupKey{g.statement.fingerprint, g.site}
			present[key] = true
			d.slope(slopeKey{sc.route, key.fingerprint, key.site, parent.statement.fingerprint}, func(s *slope) {
				s.add(rows, float64(g.n()))
				if s.longest.group == nil || g.n() > s.longest.group.n() {
					s.longest = candidate{rule: RuleNPlusOne, group: g, evidence: Grows, parent: parentOf(parent)}
					s.spent = spentIn(executions)
				}
			})
		}
		d.absent(sc.route, parent.statement.fingerprint, rows, present)
	}
}

func parentOf(g *group) *Parent {
	e := g.first()
	return &Parent{Statement: g.statement.text, Fingerprint: g.statement.fingerprint, CallSite: e.CallSite, Rows: e.Rows}
}

// lookup tells whether a group may be a loop over keys, as far as one execution shows it.
func lookup(g *group) bool {
	s := g.statement
	return s.verb == "select" && !s.write && !s.volatile && !s.locking && !s.barrier && len(s.tables) > 0 &&
		slices.ContainsFunc(s.params, func(p param) bool { return p.use == equality })
}

// absent notes the statements that ran in other requests of the route, and not in this one.
func (d *Detector) absent(route, parent string, rows float64, present map[groupKey]bool) {
	for _, key := range d.children[[2]string{route, parent}] {
		if !present[groupKey{key.child, key.site}] {
			d.slopes[key].add(rows, 0)
		}
	}
}

func (d *Detector) slope(key slopeKey, add func(*slope)) {
	s := d.slopes[key]
	if s == nil {
		if len(d.slopes) >= maxSlopes {
			return
		}
		s = &slope{}
		d.slopes[key] = s
		pair := [2]string{key.route, key.parent}
		d.children[pair] = append(d.children[pair], key)
	}
	add(s)
}

// judgeSlopes drops the loops that are as long whatever their parent returns, and adds those that grow with it and were
// too short to be found in any one request.
func (d *Detector) judgeSlopes() {
	keys := slices.SortedFunc(maps.Keys(d.slopes), func(a, b slopeKey) int {
		return strings.Compare(a.route+a.parent+a.child+a.site, b.route+b.parent+b.child+b.site)
	})
	grown := map[groupKey]bool{}
	for _, key := range keys {
		if s := d.slopes[key]; s.grows() {
			grown[groupKey{key.route, key.child}] = true
			d.confirm(key, s)
		}
	}
	for _, key := range keys {
		if d.slopes[key].constant() && !grown[groupKey{key.route, key.child}] {
			for _, loop := range d.loops {
				if loop.Rule == RuleNPlusOne && loop.Route == key.route && loop.Fingerprint == key.child && loop.Parent != nil && loop.Parent.Fingerprint == key.parent {
					loop.dropped = true
				}
			}
		}
	}
}

// confirm notes the slope of a loop that was found, or adds the loop.
func (d *Detector) confirm(key slopeKey, s *slope) {
	b, _ := s.fit()
	for _, loop := range d.loops {
		if loop.Route != key.route || loop.Rule != RuleNPlusOne {
			continue
		}
		member := slices.ContainsFunc(loop.Others, func(m Member) bool { return m.Fingerprint == key.child })
		if loop.Fingerprint == key.child {
			if loop.Parent == nil || loop.Parent.Fingerprint == key.parent {
				loop.Slope = b
				if loop.Parent == nil {
					loop.Parent = s.longest.parent
				}
			}
			return
		}
		if member {
			return
		}
	}
	g := s.longest.group
	if d.joins(key, s) {
		return
	}
	if g.n() < 2 || g.argsKnown && len(g.varying) == 0 {
		return
	}
	if _, ok := g.keys(); g.argsKnown && !ok {
		return
	}
	g.consumed = false
	d.found(&scope{kind: request, route: key.route}, s.spent, s.longest)
	loop := d.loops[loopKey{RuleNPlusOne, key.route, g.statement.fingerprint, g.first().Function}]
	loop.Slope = b
	// What was measured over all requests is what counts, not the one example.
	loop.Executions, loop.Requests = int64(s.sumY), s.requests
}

// joins adds a statement to a loop that was confirmed by the same parent and takes turns with it.
func (d *Detector) joins(key slopeKey, s *slope) bool {
	g := s.longest.group
	for _, loop := range d.loops {
		if loop.Rule == RuleNPlusOne && loop.Route == key.route && loop.Parent != nil && loop.Parent.Fingerprint == key.parent &&
			loop.Evidence == Grows && loop.group.first().Scope == g.first().Scope && interleaved(loop.group, g) {
			loop.Others = append(loop.Others, Member{Statement: g.statement.text, Fingerprint: g.statement.fingerprint, CallSite: g.site, Key: g.varying})
			return true
		}
	}
	return false
}
