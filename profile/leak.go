package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

// LeakOptions choose what Leak watches. The zero value takes six snapshots of the heap and of the goroutines, one each
// half minute.
type LeakOptions struct {
	Snapshots int           // 0 means 6
	Every     time.Duration // 0 means 30 s
	Types     []Type        // Heap, Goroutine; empty means both
	Limit     int64         // bytes in use at which the service dies; 0 means unknown
	App       []string
	MinGrowth int64 // bytes that a growth must have to be one; 0 means 1 MiB
	Rows      int   // sites in the text; 0 means 10
}

func (o LeakOptions) withDefaults() LeakOptions {
	if o.Snapshots <= 0 {
		o.Snapshots = 6
	}
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	if len(o.Types) == 0 {
		o.Types = []Type{Heap, Goroutine}
	}
	if o.MinGrowth <= 0 {
		o.MinGrowth = 1 << 20
	}
	if o.Rows <= 0 {
		o.Rows = 10
	}
	return o
}

// LeakReport is the verdict on what a service keeps. Its JSON is a contract: it only ever gains fields.
type LeakReport struct {
	Version  int          `json:"version"`
	Target   string       `json:"target"`
	Series   []LeakSeries `json:"series"`
	Warnings []string     `json:"warnings"`

	opts LeakOptions
}

// LeakSeries is the verdict on one quantity: bytes in use, or goroutines.
type LeakSeries struct {
	Type Type   `json:"type"`
	Unit string `json:"unit"`
	LeakTrend
	Text  string     `json:"text"`
	Sites []LeakSite `json:"sites"` // those that grow, then those that rose in a step, then the rest by growth
	// LimitNS is how long it takes until Limit at the present rate; 0 if it doesn't grow or there is no limit.
	LimitNS int64       `json:"limit_ns,omitempty"`
	Times   []time.Time `json:"times"`
}

// LeakSite is the verdict on what one function allocated, or on the goroutines that stand in it.
type LeakSite struct {
	Function string `json:"function"`
	CallSite string `json:"call_site"`
	Own      bool   `json:"own"`
	LeakTrend
}

// LeakTrend is how a quantity went.
type LeakTrend struct {
	Verdict   Trend     `json:"verdict"`
	Reason    string    `json:"reason"`
	Values    []float64 `json:"values"`
	PerSecond float64   `json:"per_second"` // Theil–Sen slope
	P         float64   `json:"p"`          // probability of rising so steadily by chance
}

func trendOf(s series, minimum, noise float64, show func(float64) string) LeakTrend {
	j := judge(s, minimum, noise, show)
	t := LeakTrend{Verdict: j.trend, Reason: j.reason, Values: s.values}
	if j.trend != TooFew {
		t.PerSecond, t.P = j.perSecond, j.p
	}
	return t
}

// Leak watches one service: it takes snapshots at a steady pace and judges them. A snapshot that fails is a warning; too
// many of those leave a verdict of too few. If ctx ends when there are enough for a verdict, it is given with the
// context's error.
func Leak(ctx context.Context, address string, source Options, opts LeakOptions) (*LeakReport, error) {
	opts = opts.withDefaults()
	source.Targets, source.Types = []string{address}, opts.Types
	snapshots := map[Type][]*Profile{}
	var warnings []string
	ticker := time.NewTicker(opts.Every)
	defer ticker.Stop()
	for i := range opts.Snapshots {
		if i > 0 {
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
		all, err := Capture(ctx, source)
		if err != nil {
			return nil, err
		}
		if ctx.Err() != nil { // what was under way is left out
			if i < minSnapshots {
				return nil, ctx.Err()
			}
			warnings = append(warnings, fmt.Sprintf("interrupted: this is of %d snapshots instead of %d", i, opts.Snapshots))
			break
		}
		for _, one := range all {
			if one.Err == nil {
				snapshots[one.Type] = append(snapshots[one.Type], one.Profile)
				continue
			}
			if i == 0 { // it won't work later either
				return nil, one.Err
			}
			warnings = append(warnings, fmt.Sprintf("snapshot %d: %v", i+1, one.Err))
		}
	}
	r := &LeakReport{Version: 1, Series: []LeakSeries{}, Warnings: append([]string{}, warnings...), opts: opts}
	if t, err := parseTarget(address); err == nil {
		r.Target = t.name
	}
	for _, kind := range opts.Types {
		if err := r.add(kind, snapshots[kind]); err != nil {
			return nil, err
		}
	}
	return r, ctx.Err()
}

// JudgeLeak judges snapshots that were taken before, in the order of their times.
func JudgeLeak(snapshots []*Profile, opts LeakOptions) (*LeakReport, error) {
	if len(snapshots) == 0 {
		return nil, errors.New("judge snapshots: there is none")
	}
	r := &LeakReport{Version: 1, Target: snapshots[0].Source, Series: []LeakSeries{}, Warnings: []string{}, opts: opts.withDefaults()}
	byType := map[Type][]*Profile{}
	for _, p := range snapshots {
		byType[p.Type] = append(byType[p.Type], p)
	}
	for _, kind := range []Type{Heap, Goroutine} {
		if list := byType[kind]; len(list) > 0 {
			slices.SortStableFunc(list, func(a, b *Profile) int { return a.Time().Compare(b.Time()) })
			if err := r.add(kind, list); err != nil {
				return nil, err
			}
		}
	}
	if len(r.Series) == 0 {
		return nil, fmt.Errorf("judge snapshots: %s is of type %s; give heap or goroutine profiles", snapshots[0].Source, snapshots[0].Type)
	}
	return r, nil
}

// add judges the snapshots of one type.
func (r *LeakReport) add(kind Type, snapshots []*Profile) error {
	snapshots = r.sinceRestart(snapshots)
	if len(snapshots) == 0 {
		return nil
	}
	sampleType, minimum := "inuse_space", float64(r.opts.MinGrowth)
	if kind == Goroutine {
		sampleType, minimum = "", 10
	}
	sites, err := sitesOver(snapshots, sampleType, r.opts.App)
	if err != nil {
		return fmt.Errorf("judge snapshots: %w", err)
	}
	first := snapshots[0].flat
	column, err := first.column(sampleType)
	if err != nil {
		return fmt.Errorf("judge snapshots: %w", err)
	}
	s := LeakSeries{Type: kind, Unit: first.types[column].unit, Sites: []LeakSite{}}
	all := &allocationSite{rate: 0}
	for _, p := range snapshots {
		column, err := p.flat.column(sampleType)
		if err != nil {
			return fmt.Errorf("judge snapshots: %w", err)
		}
		all.times = append(all.times, p.Time())
		all.values = append(all.values, float64(p.flat.total(column)))
	}
	all.rate = float64(first.period)
	show := func(v float64) string { return amount(int64(v), s.Unit) }
	s.Times = all.times
	noise := 0.0
	if kind == Heap {
		noise = together(all, sites)
	}
	s.LeakTrend = trendOf(all.series, minimum, noise, show)
	for _, one := range sites {
		if kind == Goroutine {
			one.rate = 0
		}
		line, _ := most(one.lines)
		s.Sites = append(s.Sites, LeakSite{
			Function: one.function, CallSite: line, Own: one.owner == Application,
			LeakTrend: trendOf(one.series, minimum, one.noise(), show),
		})
	}
	rank := map[Trend]int{Grows: 0, Step: 1, Plateau: 2, TooFew: 2}
	slices.SortStableFunc(s.Sites, func(a, b LeakSite) int { return rank[a.Verdict] - rank[b.Verdict] })
	s.conclude(r.opts, show)
	r.Series = append(r.Series, s)
	return nil
}

// sinceRestart drops the snapshots before the last restart of the service: what was allocated in all never shrinks in one
// process.
func (r *LeakReport) sinceRestart(snapshots []*Profile) []*Profile {
	from, before := 0, int64(0)
	for i, p := range snapshots {
		column, err := p.flat.column("alloc_space")
		if err != nil {
			break // of goroutines nobody can tell
		}
		allocated := p.flat.total(column)
		if allocated < before || p.BuildID() != snapshots[from].BuildID() {
			from = i
		}
		before = allocated
	}
	if from > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the service was restarted before snapshot %d: the %d before that are left out", from+1, from))
	}
	return snapshots[from:]
}

// conclude puts the verdict into words.
func (s *LeakSeries) conclude(opts LeakOptions, show func(float64) string) {
	what := map[Type]string{Heap: "The memory in use", Goroutine: "The number of goroutines"}[s.Type]
	var growing []LeakSite
	for _, site := range s.Sites {
		if site.Verdict == Grows {
			growing = append(growing, site)
		}
	}
	switch s.Verdict {
	case TooFew:
		s.Text = fmt.Sprintf("Too few to say: %s.", s.Reason)
	case Grows:
		s.Text = fmt.Sprintf("%s grows: %s.", what, s.Reason)
	case Step:
		s.Text = fmt.Sprintf("%s rose in a step, and a step is no leak: %s.", what, s.Reason)
	case Plateau:
		s.Text = fmt.Sprintf("%s does not grow: %s.", what, s.Reason)
	}
	if s.Verdict != TooFew {
		for _, site := range growing[:min(3, len(growing))] {
			s.Text += fmt.Sprintf(" %s (%s) grows %s.", shortName(site.Function), site.CallSite, site.Reason)
		}
		if s.Verdict == Grows && len(growing) == 0 {
			s.Text += " No single place accounts for it."
		}
	}
	if s.Verdict == Grows && s.Type == Heap && opts.Limit > 0 && s.PerSecond > 0 {
		left := float64(opts.Limit) - s.Values[len(s.Values)-1]
		if left <= 0 {
			s.Text += fmt.Sprintf(" It is above the limit of %s already.", show(float64(opts.Limit)))
			return
		}
		s.LimitNS = int64(left / s.PerSecond * 1e9)
		s.Text += fmt.Sprintf(" At this rate it is at %s in %s.", show(float64(opts.Limit)), units.Duration(time.Duration(s.LimitNS)))
	}
}

// Grows tells whether any series does.
func (r *LeakReport) Grows() bool {
	return slices.ContainsFunc(r.Series, func(s LeakSeries) bool {
		return s.Verdict == Grows || slices.ContainsFunc(s.Sites, func(site LeakSite) bool { return site.Verdict == Grows })
	})
}
