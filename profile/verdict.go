package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/stats"
	"github.com/pgassay/pgassay/internal/units"
)

// Verdict is a profile in a paragraph, and the numbers that it rests on.
type Verdict struct {
	Text     string            `json:"text"`
	Evidence []report.Evidence `json:"evidence"`
}

func (v *Verdict) say(format string, args ...any) {
	if v.Text != "" {
		v.Text += " "
	}
	v.Text += fmt.Sprintf(format, args...)
}

func (v *Verdict) prove(name string, value float64, unit string) {
	v.Evidence = append(v.Evidence, report.Evidence{Name: name, Value: value, Unit: unit})
}

// enoughSamples is what a verdict on shares needs: of 100 samples a share of 25 % is known to within 9 points.
const enoughSamples = 100

func judgeSummary(s *Summary, reader *stacks, column int) Verdict {
	v := Verdict{Evidence: []report.Evidence{}}
	switch {
	case len(s.Functions) == 0 || s.Total == 0 || s.Filter != "": // of a part nothing can be said
	case s.cpu:
		judgeCPU(&v, s, reader, column)
	default:
		judgeSites(&v, s, reader, column)
	}
	return v
}

// judgeCPU says how busy the service was and what stands out, in up to three points.
func judgeCPU(v *Verdict, s *Summary, reader *stacks, column int) {
	f := reader.flat
	if s.DurationNS > 0 {
		cores := float64(s.Total) * f.nanoseconds(column) / float64(s.DurationNS)
		v.prove("cores busy", cores, "")
		v.say("%s cores were busy for %s.", decimal(cores), units.Duration(time.Duration(s.DurationNS)))
	}
	v.prove("samples", float64(s.Samples), "count")
	if s.Samples < enoughSamples {
		_, high := stats.Wilson(0.25*float64(s.Samples), float64(s.Samples))
		v.say("%s samples are too few for a verdict: a share of 25%% may as well be %s. Record longer, or under load.",
			units.Count(s.Samples), units.Percent(high))
		return
	}
	if v.sayWithoutSymbols(f, column, s.Total) {
		return
	}
	points := standsOut(s)
	if charged := charge(reader, column); len(charged) > 0 && share(charged[0].value, s.Total) >= 0.2 {
		c, part := charged[0], share(charged[0].value, s.Total)
		line, _ := most(c.lines)
		text := fmt.Sprintf("%s takes %s with the library code that works for it, most of it at %s", shortName(c.name), units.Percent(part), line)
		points = slices.Insert(points, 0, point{part, text, shortName(c.name)})
	}
	if len(points) == 0 {
		v.say("Nothing stands out.")
		if s.Hottest != "" {
			top := s.Functions[0]
			v.say("The application's own hottest function is %s, with %s in itself.", shortName(top.Name), units.Percent(top.FlatShare))
			v.prove(shortName(top.Name), top.FlatShare, "ratio")
		}
		return
	}
	for _, p := range points[:min(3, len(points))] {
		v.say("%s.", p.text)
		v.prove(p.name, p.share, "ratio")
	}
}

// sayWithoutSymbols says so if half of a profile or more is in code without symbols.
func (v *Verdict) sayWithoutSymbols(f *flat, column int, total int64) bool {
	part := share(f.withoutSymbols(column), total)
	if part < 0.5 {
		return false
	}
	v.say("%s of it is in code without symbols, of which nothing can be said; pprof -proto PROGRAM PROFILE adds them where the program is.", units.Percent(part))
	v.prove("without symbols", part, "ratio")
	return true
}

// withoutSymbols counts the samples whose innermost frame has no name.
func (f *flat) withoutSymbols(column int) (unnamed int64) {
	for sample := range f.samples() {
		stack := f.stack(sample)
		if len(stack) == 0 || f.linesOf(stack[0])[0].function == none {
			unnamed += abs(f.value(sample, column))
		}
	}
	return unnamed
}

// decimal writes a number with two significant digits, and never as a power of ten.
func decimal(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

// A point is something that stands out.
type point struct {
	share float64
	text  string
	name  string
}

// noticeable is the share from which a mechanism or an owner stands out. A service that does its work well still
// spends most of its time in its driver, its HTTP server and the kernel.
var (
	noticeableMechanisms = []struct {
		mechanism Mechanism
		share     float64
		text      string
	}{
		{Locks, 0.1, "Locks take %s"},
		{Scheduler, 0.25, "Scheduling takes %s: goroutines wait and wake a lot"},
		{Syscalls, 0.4, "System calls take %s"},
		{Copying, 0.15, "Copying memory takes %s"},
	}
	noticeableOwners = []struct {
		owner Owner
		share float64
		text  string
	}{
		{DatabaseDriver, 0.3, "The database driver takes %s"},
		{JSON, 0.15, "JSON takes %s"},
		{TLS, 0.15, "TLS takes %s"},
		{Logging, 0.1, "Logging takes %s"},
		{Templates, 0.2, "Templates take %s"},
		{Protobuf, 0.2, "Protocol buffers and gRPC take %s"},
		{Telemetry, 0.1, "Telemetry takes %s"},
		{RaceDetector, 0.05, "The race detector takes %s for callers that it does not tell: record a build without -race"},
		{HTTP, 0.4, "net/http takes %s"},
		{Modules, 0.3, "Other modules take %s"},
	}
)

// standsOut lists what takes a noticeable share, the largest first.
func standsOut(s *Summary) []point {
	var points []point
	add := func(part float64, text string, c caller, name string) {
		text = fmt.Sprintf(text, units.Percent(part))
		switch {
		case c.share > 0.5:
			text += ", most for " + shortName(c.name)
		case c.share >= 0.25:
			text += fmt.Sprintf(", %s of that for %s", units.Percent(c.share), shortName(c.name))
		}
		points = append(points, point{part, text, name})
	}
	if part, _ := s.sum(func(p Subsystem) bool { return p.Mechanism == Allocation || p.Mechanism == GC }); part >= 0.25 {
		allocation, caller := s.sum(func(p Subsystem) bool { return p.Mechanism == Allocation })
		kinds := fmt.Sprintf(" (%s allocation, %s garbage collection)", units.Percent(allocation), units.Percent(part-allocation))
		add(part, "Memory management takes %s"+strings.ReplaceAll(kinds, "%", "%%"), caller, "memory management")
	}
	for _, n := range noticeableMechanisms {
		if part, caller := s.sum(func(p Subsystem) bool { return p.Mechanism == n.mechanism }); part >= n.share {
			add(part, n.text, caller, string(n.mechanism))
		}
	}
	for _, n := range noticeableOwners {
		if part, caller := s.sum(func(p Subsystem) bool { return p.Owner == n.owner }); part >= n.share {
			add(part, n.text, caller, string(n.owner))
		}
	}
	slices.SortStableFunc(points, func(a, b point) int {
		if a.share > b.share {
			return -1
		}
		return 1
	})
	return points
}

// A caller is the application's function that something was done for, and how much of it.
type caller struct {
	name  string
	share float64
}

// sum adds up the shares of some subsystems, and names whom most of it was done for.
func (s *Summary) sum(which func(Subsystem) bool) (part float64, c caller) {
	callers := map[string]int64{}
	var all int64
	for _, p := range s.Subsystems {
		if !which(p) {
			continue
		}
		part += p.Share
		all += p.Value
		for name, value := range p.callers {
			callers[name] += value
		}
	}
	name, value := most(callers)
	return part, caller{name, share(value, all)}
}

// judgeSites says where most of what a heap, goroutine or lock profile counts comes from.
func judgeSites(v *Verdict, s *Summary, reader *stacks, column int) {
	f := reader.flat
	if v.sayWithoutSymbols(f, column, s.Total) {
		return
	}
	values, places := map[string]int64{}, map[string]map[string]int64{}
	var all, nowhere int64
	for sample := range f.samples() {
		value := f.value(sample, column)
		all += abs(value) // as the total: of a difference some are negative
		at, ok := siteOf(reader.of(sample))
		if !ok {
			nowhere += value
		}
		if !ok || value == 0 {
			continue
		}
		name := at.outer
		values[name] += value
		if places[name] == nil {
			places[name] = map[string]int64{}
		}
		places[name][reader.site(at)] += value
	}
	verb := map[Type]string{Heap: "holds", Allocs: "allocated", Goroutine: "is where %s of the goroutines stand"}[s.Kind]
	switch {
	case s.Kind == Heap && s.Type == "alloc_space" || s.Type == "alloc_objects":
		verb = "allocated"
	case s.Kind == Mutex || s.Kind == Block:
		verb = "is where %s of the waiting happens"
	case verb == "":
		verb = "has"
	}
	for range 2 {
		name, value := most(values)
		part := share(value, all)
		if part < 0.2 {
			break
		}
		delete(values, name)
		place, _ := most(places[name])
		switch {
		case strings.Contains(verb, "%s"):
			v.say("%s "+verb+".", placed(name, place), units.Percent(part))
		default:
			v.say("%s %s %s, %s.", placed(name, place), verb, amount(value, s.Unit), units.Percent(part))
		}
		v.prove(shortName(name), part, "ratio")
	}
	if part := share(nowhere, all); part >= 0.2 {
		v.say("%s has no code of the program on the stack: it is the runtime's own.", units.Percent(part))
		v.prove("the runtime's own", part, "ratio")
	}
	if v.Text == "" {
		v.say("Nothing stands out: no place has a fifth of it.")
	}
}

// placed is a function's name for people, with its place if that is known.
func placed(name, place string) string {
	if place == "" {
		return shortName(name)
	}
	return shortName(name) + " (" + place + ")"
}
