package profile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/stats"
	"github.com/pgassay/pgassay/internal/units"
)

// FindingOptions set when something is worth a finding. The zero value keeps silent on a busy but healthy service.
type FindingOptions struct {
	App        []string // import path prefixes of the application's own code; empty means: find out
	HotShare   float64  // of all samples, for one function to be hot; 0 means 0.25
	MinSamples int64    // below which nothing is said of shares; 0 means 200
	MinCores   float64  // that a hot function must keep busy to be worth a word; 0 means 0.05
	MinGrowth  int64    // bytes, for an allocation site to be worth a word; 0 means 1 MiB
}

func (o FindingOptions) withDefaults() FindingOptions {
	if o.HotShare <= 0 {
		o.HotShare = 0.25
	}
	if o.MinSamples <= 0 {
		o.MinSamples = 200
	}
	if o.MinCores <= 0 {
		o.MinCores = 0.05
	}
	if o.MinGrowth <= 0 {
		o.MinGrowth = 1 << 20
	}
	return o
}

// HotFunctions finds the application's own functions that one by one take a large share of a CPU profile, and says in a
// sentence what the verdict rests on, also if it is that there are too few samples to say anything.
//
// A function is charged with its own instructions and with those of the runtime and of the standard library that work
// for it (an allocation, a sort, a hash), but not with what a database driver, the HTTP server, an encoder or another
// module does when called, nor with system calls: a busy service spends most of its time in those, and that is no fault
// of the function. Samples of the race detector that don't tell for whom it works are left out, so that shares are of the
// rest. Of 200 samples a share of 25 % is known to within 6 points, which each finding's evidence states.
func HotFunctions(p *Profile, opts FindingOptions) ([]report.Finding, string) {
	opts = opts.withDefaults()
	column, ok := cpuColumn(p.flat)
	if !ok {
		return nil, "This is no CPU profile."
	}
	reader := newStacks(p.flat, opts.App)
	samples, all, detector := told(reader, column)
	if samples < opts.MinSamples || all == 0 {
		return nil, fmt.Sprintf("Too few samples to say which function is hot: %s of at least %s. Record longer, or under more load.",
			units.Count(samples), units.Count(opts.MinSamples))
	}
	charged := charge(reader, column)
	var findings []report.Finding
	for _, c := range charged {
		part := share(c.value, all)
		low, high := stats.Wilson(part*float64(samples), float64(samples))
		if part < opts.HotShare {
			break
		}
		spent := time.Duration(float64(c.value) * p.flat.nanoseconds(column))
		if d := p.Duration(); d > 0 && spent.Seconds()/d.Seconds() < opts.MinCores {
			return nil, fmt.Sprintf("The service was all but idle: %s, its hottest function, took %s of CPU time in %s.",
				shortName(c.name), units.Duration(spent), units.Duration(d))
		}
		f := c.finding(all, samples, low, high)
		f.Evidence = append(f.Evidence, report.Evidence{Name: "CPU time", Value: float64(spent.Nanoseconds()), Unit: "ns"})
		if d := p.Duration(); d > 0 {
			f.Evidence = append(f.Evidence, report.Evidence{Name: "cores kept busy by it", Value: spent.Seconds() / d.Seconds()})
		}
		if detector > 0 {
			f.Evidence = append(f.Evidence, report.Evidence{Name: "left out: the race detector, of all samples", Value: detector, Unit: "ratio"})
		}
		findings = append(findings, f)
	}
	if len(findings) > 0 {
		return findings, fmt.Sprintf("%d of the application's own functions take at least %s of %s samples each.",
			len(findings), units.Percent(opts.HotShare), units.Count(samples))
	}
	if len(charged) == 0 {
		return nil, fmt.Sprintf("None of %s samples is in code that was recognised as the application's own.", units.Count(samples))
	}
	return nil, fmt.Sprintf("No function of the application takes %s of %s samples; the most is %s in %s.",
		units.Percent(opts.HotShare), units.Count(samples), units.Percent(share(charged[0].value, all)), shortName(charged[0].name))
}

// told is how many samples tell whose they are, what was counted in them, and the share of those that don't: the race
// detector's without a stack.
func told(reader *stacks, column int) (samples, all int64, detector float64) {
	f := reader.flat
	samples, all = f.observations(), f.total(column)
	var untold int64
	for sample := range f.samples() {
		if at, owner := responsible(reader.of(sample)); at < 0 && owner == RaceDetector {
			untold += abs(f.value(sample, column))
		}
	}
	detector = share(untold, all)
	return int64(float64(samples)*(1-detector) + 0.5), all - untold, detector
}

// cpuColumn is the sample type that counts CPU time.
func cpuColumn(f *flat) (int, bool) {
	for column := range f.types {
		if f.nanoseconds(column) > 0 && f.types[column].kind == "cpu" {
			return column, true
		}
	}
	for column := range f.types { // profilers that count looks only
		if f.nanoseconds(column) > 0 {
			return column, true
		}
	}
	return 0, false
}

// nanoseconds is what one unit of a column is of CPU time; 0 if the column counts something else.
func (f *flat) nanoseconds(column int) float64 {
	t := f.types[column]
	u, known := findUnit(t.unit)
	switch {
	case t.kind == "cpu" && known && u.base == "s":
		return u.factor
	case (t.kind == "samples" || t.kind == "sample" || t.kind == "cpu") && f.periodType.kind == "cpu":
		if u, known := findUnit(f.periodType.unit); known && u.base == "s" {
			return u.factor * float64(f.period)
		}
	}
	return 0
}

// charged is one of the application's functions with what it is charged with.
type charged struct {
	name      string
	value     int64 // its own and what works for it
	flat, cum int64 // as in Summarize
	byLine    map[line]int64
	lines     map[string]int64 // by file:line
	seen      int              // the sample that cum was counted for last, from 1 on
	callers   map[string]int64 // by the application's function that called it
}

// charge charges the application's functions, and returns those charged with anything, the most first.
func charge(reader *stacks, column int) []*charged {
	p := reader.flat
	byName := map[string]*charged{}
	for sample := range p.samples() {
		value := p.value(sample, column)
		frames := reader.of(sample)
		at, owner := responsible(frames)
		if value == 0 || owner != Application || mechanismOf(frames) == Syscalls {
			continue
		}
		f := frames[at]
		name := f.outer
		c := byName[name]
		if c == nil {
			c = &charged{name: name, byLine: map[line]int64{}, callers: map[string]int64{}}
			byName[name] = c
		}
		c.value += value
		c.byLine[line{f.function, f.line}] += value
		for _, caller := range frames[at+1:] {
			if caller.owner == Application && caller.outer != name {
				c.callers[caller.outer] += value
				break
			}
		}
	}
	addFlatAndCum(p, column, byName)
	all := make([]*charged, 0, len(byName))
	for _, c := range byName {
		c.lines = make(map[string]int64, len(c.byLine))
		for l, value := range c.byLine {
			c.lines[reader.site(reader.frame(l))] += value
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *charged) int { return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.name, b.name)) })
	return all
}

// addFlatAndCum adds what Summarize would say of the functions, their closures included.
func addFlatAndCum(p *flat, column int, byName map[string]*charged) {
	outer := make([]*charged, len(p.functions))
	for i, fn := range p.functions {
		outer[i] = byName[outerFunction(fn.name)]
	}
	for sample := range p.samples() {
		value := p.value(sample, column)
		for depth, at := range p.stack(sample) {
			for i, l := range p.linesOf(at) {
				if l.function == none || outer[l.function] == nil {
					continue
				}
				c := outer[l.function]
				if depth == 0 && i == 0 {
					c.flat += value
				}
				if c.seen != sample+1 {
					c.seen = sample + 1
					c.cum += value
				}
			}
		}
	}
}

func (c *charged) finding(all, samples int64, low, high float64) report.Finding {
	part := share(c.value, all)
	line, onLine := most(c.lines)
	f := report.Finding{
		Rule: "hot-function", Severity: report.Warning, Function: c.name, CallSite: line, Count: int64(part*float64(samples) + 0.5),
		Title: fmt.Sprintf("%s takes %s of the CPU", shortName(c.name), units.Percent(part)),
		Evidence: []report.Evidence{
			{Name: "share with the runtime and library code that works for it", Value: part, Unit: "ratio"},
			{Name: "95 % confidence from", Value: low, Unit: "ratio"},
			{Name: "to", Value: high, Unit: "ratio"},
			{Name: "flat", Value: share(c.flat, all), Unit: "ratio"},
			{Name: "cum", Value: share(c.cum, all), Unit: "ratio"},
			{Name: "samples in the profile", Value: float64(samples), Unit: "count"},
			{Name: "share of it on the hottest line", Value: share(onLine, c.value), Unit: "ratio"},
		},
		Mend: report.Mend{Kind: "rewrite", Text: fmt.Sprintf("Do the work of %s once and keep the result, do less of it, or choose a cheaper algorithm; the line given is its hottest.", shortName(c.name))},
	}
	if caller, _ := most(c.callers); caller != "" {
		f.Title += ", called from " + shortName(caller)
	}
	return f
}

// most returns the key with the highest value, and of equals the first in order.
func most(values map[string]int64) (string, int64) {
	var best string
	var most int64
	for key, value := range values {
		if value > most || value == most && (best == "" || key < best) {
			best, most = key, value
		}
	}
	return best, most
}
