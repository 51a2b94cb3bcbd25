package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// GrowingAllocations finds the application's functions that allocate what stays in use and becomes more all along a series
// of heap profiles of one process, in the order in which they were taken. A site with less than a tenth of all growth is left
// out. It says in a sentence what the verdict rests
// on, also if it is that there are too few profiles: it needs five, better more, over a time in which the load stays the
// same. Take them after a garbage collection, as Capture does.
func GrowingAllocations(snapshots []*Profile, opts FindingOptions) ([]report.Finding, string) {
	opts = opts.withDefaults()
	if len(snapshots) < minSnapshots {
		return nil, fmt.Sprintf("Too few heap profiles to tell growth from a step: %d of at least %d.", len(snapshots), minSnapshots)
	}
	sites, err := sitesOver(snapshots, "inuse_space", opts.App)
	if err != nil {
		return nil, err.Error()
	}
	var findings []report.Finding
	steps := 0
	all := 0.0 // what all sites grew by
	for _, s := range sites {
		all += max(0, s.grown())
	}
	for _, s := range sites {
		j := judge(s.series, float64(opts.MinGrowth), s.noise(), showBytes)
		if j.trend == Step {
			steps++
		}
		// What is kept brings its keys and tables with it: those follow from the first finding.
		if j.trend == Grows && s.owner == Application && s.grown() >= all/10 {
			findings = append(findings, s.finding(j))
		}
	}
	return findings, fmt.Sprintf("%d of %d allocation sites of the application grow over %d heap profiles; %d rose in a step.",
		len(findings), len(sites), len(snapshots), steps)
}

// allocationSite is a function of the application whose allocations stay, or of a module if none of the application's is
// on the stack.
type allocationSite struct {
	series
	function string
	owner    Owner
	lines    map[string]int64 // by file:line, in use at the end less that at the start
	rate     float64          // bytes between two samples of the profiler
	// allocated is what was allocated since the start of the process, freed or not; nil if the profiles don't say.
	allocated []float64
}

// noise is the standard deviation that the growth has by being estimated: a heap profile is a sample of one allocation in
// about every 512 KiB. What stays in use is one and the same sample all along and brings none; what came and is still
// there, and what was there and has gone, brings the square root of so many bytes times the rate. How much that is, at
// the most, follows from what was allocated meanwhile.
func (s allocationSite) noise() float64 {
	first, last := s.values[0], s.values[len(s.values)-1]
	if s.allocated == nil { // nothing is known of what came and went: all may have
		return math.Sqrt((first + last) * s.rate)
	}
	came := s.allocated[len(s.allocated)-1] - s.allocated[0]
	went := came - (last - first)
	return math.Sqrt((min(max(came, 0), last) + min(max(went, 0), first)) * s.rate)
}

// together is the standard deviation of the growth of all: that of its sites, and that of what no site accounts for.
func together(all *allocationSite, sites []*allocationSite) float64 {
	rest := *all
	rest.values = slices.Clone(all.values)
	variance := 0.0
	for _, s := range sites {
		variance += s.noise() * s.noise()
		for i, v := range s.values {
			rest.values[i] = max(0, rest.values[i]-v)
		}
	}
	return math.Sqrt(variance + rest.noise()*rest.noise())
}

func (s allocationSite) grown() float64 { return s.values[len(s.values)-1] - s.values[0] }

func showBytes(v float64) string { return units.Bytes(int64(v)) }

// sitesOver counts a sample type of each snapshot by allocation site. Sites come sorted by growth, the most first.
func sitesOver(snapshots []*Profile, sampleType string, app []string) ([]*allocationSite, error) {
	sites := map[string]*allocationSite{}
	for i, p := range snapshots {
		column, err := p.flat.column(sampleType)
		if err != nil {
			return nil, fmt.Errorf("%s is no heap profile: %w", p.Source, err)
		}
		came := slices.Index(p.flat.typeNames(), "alloc_space")
		reader := newStacks(p.flat, app)
		for sample := range p.flat.samples() {
			value := p.flat.value(sample, column)
			f, ok := siteOf(reader.of(sample))
			if !ok || value == 0 && (came < 0 || p.flat.value(sample, came) == 0) {
				continue
			}
			name := f.outer
			s := sites[name]
			if s == nil {
				s = &allocationSite{function: name, owner: f.owner, lines: map[string]int64{}, rate: float64(max(p.flat.period, 1))}
				s.values = make([]float64, len(snapshots))
				if came >= 0 {
					s.allocated = make([]float64, len(snapshots))
				}
				sites[s.function] = s
			}
			s.values[i] += float64(value)
			if came >= 0 && s.allocated != nil {
				s.allocated[i] += float64(p.flat.value(sample, came))
			}
			switch i {
			case 0:
				s.lines[reader.site(f)] -= value
			case len(snapshots) - 1:
				s.lines[reader.site(f)] += value
			}
		}
	}
	all := make([]*allocationSite, 0, len(sites))
	for _, s := range sites {
		if !slices.ContainsFunc(s.values, func(v float64) bool { return v != 0 }) {
			continue // it keeps nothing
		}
		for _, p := range snapshots {
			s.times = append(s.times, p.Time())
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *allocationSite) int {
		return cmp.Or(cmp.Compare(b.grown(), a.grown()), cmp.Compare(a.function, b.function))
	})
	return all, nil
}

// siteOf is the frame that an allocation is put down to: the application's innermost, because that is where it can be
// mended. What telemetry keeps for itself is its own affair, and without a frame of the application it is the module's.
func siteOf(frames []frame) (frame, bool) {
	at, owner := responsible(frames)
	if at < 0 {
		return frame{}, false
	}
	if owner != Telemetry {
		for _, f := range frames[at:] {
			if f.owner == Application {
				return f, true
			}
		}
	}
	return frames[at], true
}

func (s *allocationSite) finding(j judgement) report.Finding {
	line, _ := most(s.lines)
	return report.Finding{
		Rule: "growing-allocation", Severity: report.Warning, Function: s.function, CallSite: line,
		Title: fmt.Sprintf("What %s allocates stays in use and grows by %s a minute", shortName(s.function), showBytes(60*j.perSecond)),
		Evidence: []report.Evidence{
			{Name: "in use at first", Value: s.values[0], Unit: "bytes"},
			{Name: "at last", Value: s.values[len(s.values)-1], Unit: "bytes"},
			{Name: "in", Value: float64(s.times[len(s.times)-1].Sub(s.times[0]).Nanoseconds()), Unit: "ns"},
			{Name: "heap profiles", Value: float64(len(s.values)), Unit: "count"},
			{Name: "growth per second", Value: j.perSecond, Unit: "bytes"},
			{Name: "probability of so steady a rise by chance", Value: j.p},
		},
		Mend: report.Mend{Kind: "rewrite", Text: fmt.Sprintf("Bound what %s keeps: drop entries that are old or over a number, or don't keep them at all.", shortName(s.function))},
	}
}
