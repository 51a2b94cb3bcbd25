package profile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/pgassay/pgassay/internal/stats"
)

// Per is what the values of profiles are divided by before they are compared.
type Per string

// What values can be divided by.
const (
	PerSecond  Per = "second"  // of recording: for CPU, how many cores are busy
	PerRequest Per = "request" // that the service answered meanwhile
	PerTotal   Per = "total"   // of the profile: shares, whatever the load was
	PerProfile Per = "profile" // nothing: for snapshots, such as of the heap
)

// ParsePer reads a Per.
func ParsePer(s string) (Per, error) {
	all := []Per{PerSecond, PerRequest, PerTotal, PerProfile}
	if slices.Contains(all, Per(s)) {
		return Per(s), nil
	}
	return "", fmt.Errorf("can't compare per %q: use one of %v", s, all)
}

// DiffOptions choose what Compare compares. The zero value compares the profiles' default sample type per second of
// recording, or as it is if the profiles were not recorded over time.
type DiffOptions struct {
	SampleType string
	Per        Per
	// With PerRequest: the requests answered during each profile, in the profiles' order.
	RequestsBefore, RequestsAfter []float64
	Level                         float64 // of significance, for all that is compared together; 0 means 0.03, the least that four profiles a side can reach
	App                           []string
	Filter                        Filter
	Rows                          int // rows in the text; 0 means 20
}

// Change is a verdict on a comparison.
type Change string

// The verdicts.
const (
	Changed  Change = "changed"
	NoChange Change = "no significant change"
	CantTell Change = "too few" // profiles a side to tell a change from chance
)

// material is the share of the larger side's total that a change must have: with enough profiles the least difference
// is significant, and nobody would act on it.
const material = 0.01

// enoughProfiles is what a side needs: of four against four, one relabelling in 35 differs as much as any can.
const enoughProfiles = 4

// Diff compares two sides of several profiles each. Its JSON is a contract: it only ever gains fields.
type Diff struct {
	Version   int         `json:"version"`
	Kind      Type        `json:"kind"`
	Type      string      `json:"type"`
	Unit      string      `json:"unit"` // of the values, before they were divided
	Per       Per         `json:"per"`
	Level     float64     `json:"level"`
	Verdict   Change      `json:"verdict"`
	Text      string      `json:"text"`
	Before    DiffSide    `json:"before"`
	After     DiffSide    `json:"after"`
	Total     Delta       `json:"total"`
	Functions []DeltaFunc `json:"functions"` // those with half a percent or more of a side, the largest change first
	Warnings  []string    `json:"warnings"`

	opts DiffOptions
}

// DiffSide is what one side consists of.
type DiffSide struct {
	Profiles []string `json:"profiles"`
	Samples  int64    `json:"samples"`
}

// Delta is one quantity on both sides: medians over the profiles, and whether they differ.
type Delta struct {
	Before      float64 `json:"before"`
	BeforeLow   float64 `json:"before_low"` // the confidence interval of the median, at 95 % if the profiles suffice for that
	BeforeHigh  float64 `json:"before_high"`
	After       float64 `json:"after"`
	AfterLow    float64 `json:"after_low"`
	AfterHigh   float64 `json:"after_high"`
	Delta       float64 `json:"delta"`       // after less before
	P           float64 `json:"p"`           // adjusted for all that is compared: below the level it is significant
	PAlone      float64 `json:"p_alone"`     // of this quantity by itself (Mann–Whitney)
	Significant bool    `json:"significant"` // P is at most the level, and the change a hundredth of the total or more
	Detectable  float64 `json:"detectable"`  // the difference that would have been significant
}

// DeltaFunc is a function on both sides.
type DeltaFunc struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int64  `json:"line"`
	Own  bool   `json:"own"`
	Flat Delta  `json:"flat"`
	Cum  Delta  `json:"cum"`

	place string
}

// Compare tells whether what profiles count has changed, in total and by function. Each side holds several profiles of
// the same service under the same load; the profiles of one side tell how much they differ by themselves, and only
// what differs by more is called a change. All quantities are judged together, so that a comparison of like with like
// calls a change in no more than 3 % of cases (see stats.MaxT). Fewer than four profiles a side are compared, but not judged.
func Compare(before, after []*Profile, opts DiffOptions) (*Diff, error) {
	if opts.Level <= 0 {
		opts.Level = 0.03
	}
	if opts.Rows <= 0 {
		opts.Rows = 20
	}
	if len(before) == 0 || len(after) == 0 {
		return nil, errors.New("compare profiles: each side needs one at least")
	}
	all := slices.Concat(before, after)
	for i, p := range all {
		filtered, err := p.Filter(opts.Filter)
		if errors.Is(err, ErrNoMatch) {
			filtered = &Profile{Source: p.Source, Type: p.Type, whole: p.unfiltered(), flat: p.flat.empty()}
		} else if err != nil {
			return nil, err
		}
		all[i] = filtered
	}
	t := &table{before: len(before), sums: make([]counted, len(all))}
	for i, p := range all {
		if err := t.add(i, p, opts); err != nil {
			return nil, err
		}
	}
	if err := t.divide(all, &opts); err != nil {
		return nil, err
	}
	d := &Diff{
		Version: 1, Kind: all[0].Type, Type: t.kind.kind, Unit: t.kind.unit, Per: opts.Per, Level: opts.Level,
		Before: sideOf(before), After: sideOf(after), Functions: []DeltaFunc{}, Warnings: []string{}, opts: opts,
	}
	d.warn(before, after)
	d.judge(t)
	return d, nil
}

func sideOf(profiles []*Profile) DiffSide {
	var s DiffSide
	for _, p := range profiles {
		s.Profiles = append(s.Profiles, p.Source)
		s.Samples += p.flat.observations()
	}
	return s
}

// warn says what may make the sides incomparable.
func (d *Diff) warn(before, after []*Profile) {
	builds := func(profiles []*Profile) map[string]bool {
		ids := map[string]bool{}
		for _, p := range profiles {
			ids[p.BuildID()] = true
		}
		return ids
	}
	for name, profiles := range map[string][]*Profile{"before": before, "after": after} {
		if ids := builds(profiles); len(ids) > 1 {
			d.Warnings = append(d.Warnings, fmt.Sprintf("the profiles of side %s are of %d different builds", name, len(ids)))
		}
	}
	slices.Sort(d.Warnings)
}

// A table holds what each profile counts of each function.
type table struct {
	before    int // the first so many profiles are the side before
	kind      valueType
	cpu       bool      // CPU time is counted
	sums      []counted // by profile
	functions map[string]*measured
}

// counted is what a profile counts in all, and what one observation counts for.
type counted struct{ total, one float64 }

type measured struct {
	example   tally
	own       bool
	place     string
	weight    float64
	flat, cum []float64 // by profile
}

// add counts the profile with number i.
func (t *table) add(i int, p *Profile, opts DiffOptions) error {
	f := p.flat
	column, err := f.column(p.sampleType(opts.SampleType))
	if err != nil {
		return fmt.Errorf("compare %s: %w", p.Source, err)
	}
	if i > 0 && f.types[column] != t.kind {
		return fmt.Errorf("compare profiles: %s counts %s in %s, and the one before it %s in %s; give profiles of one kind",
			p.Source, f.types[column].kind, f.types[column].unit, t.kind.kind, t.kind.unit)
	}
	t.kind, t.cpu = f.types[column], f.nanoseconds(column) > 0
	whole := float64(p.unfiltered().total(column))
	t.sums[i] = counted{total: float64(f.total(column)), one: whole / float64(max(1, p.unfiltered().observations()))}
	if t.functions == nil {
		t.functions = map[string]*measured{}
	}
	owners := newOwners(f, opts.App)
	tree := newSourceTree(f, owners)
	for _, n := range f.count(column, false) {
		name := n.String()
		m := t.functions[name]
		if m == nil {
			m = &measured{flat: make([]float64, len(t.sums)), cum: make([]float64, len(t.sums))}
			t.functions[name] = m
		}
		m.flat[i], m.cum[i] = float64(n.flat), float64(n.cum)
		if m.weight < float64(n.cum) {
			m.weight, m.example = float64(n.cum), n
			if n.function != none {
				m.own = owners.owns(n.function)
				m.place = site(tree.file(f.functions[n.function], owners.of(n.function)), n.hotLine)
			}
		}
	}
	return nil
}

// divide normalises the values.
func (t *table) divide(profiles []*Profile, opts *DiffOptions) error {
	recorded := !slices.ContainsFunc(profiles, func(p *Profile) bool { return p.unfiltered().duration <= 0 })
	if opts.Per == "" {
		opts.Per = PerProfile
		if recorded {
			opts.Per = PerSecond
		}
	}
	requests := slices.Concat(opts.RequestsBefore, opts.RequestsAfter)
	switch {
	case opts.Per == PerSecond && !recorded:
		return errors.New("compare profiles: some don't say how long they were recorded; compare them per total or per profile")
	case opts.Per == PerRequest && (len(requests) != len(profiles) || len(opts.RequestsBefore) != t.before || slices.Min(requests) <= 0):
		return fmt.Errorf("compare profiles: to compare per request, give the number of requests of each profile: %d before and %d after",
			t.before, len(profiles)-t.before)
	}
	for i, p := range profiles {
		by := 1.0
		switch opts.Per {
		case PerSecond:
			by = float64(p.unfiltered().duration) / 1e9
		case PerRequest:
			by = requests[i]
		case PerTotal:
			column, _ := p.unfiltered().column(p.sampleType(opts.SampleType))
			by = max(1, float64(p.unfiltered().total(column)))
		}
		t.sums[i].total /= by
		t.sums[i].one /= by
		for _, m := range t.functions {
			m.flat[i] /= by
			m.cum[i] /= by
		}
	}
	return nil
}

// judge compares all quantities at once.
func (d *Diff) judge(t *table) {
	totals := make([]float64, len(t.sums))
	largest, one := 0.0, 0.0
	for i, s := range t.sums {
		totals[i] = s.total
		largest = max(largest, s.total)
		one += s.one / float64(len(t.sums))
	}
	feature := func(values []float64) stats.Feature {
		return stats.Feature{
			Before: values[:t.before], After: values[t.before:],
			Noise: one * max(0, mean(values)), // a count's variance is the count
		}
	}
	names := slices.Sorted(maps.Keys(t.functions))
	names = slices.DeleteFunc(names, func(name string) bool { // what is too small to be seen only dilutes the rest
		m := t.functions[name]
		return max(mean(m.cum[:t.before]), mean(m.cum[t.before:])) < 0.005*largest
	})
	features := []stats.Feature{feature(totals)}
	if t.cpu { // how much of it there was is measured by the clock, to a few looks; only what it was spent on is by chance
		const looks = 2
		features[0].Noise = (looks * one) * (looks * one)
	}
	for _, name := range names {
		features = append(features, feature(t.functions[name].flat), feature(t.functions[name].cum))
	}
	family := stats.MaxT(features, d.Level)
	d.Total = d.delta(features[0], family, 0, largest)
	for i, name := range names {
		m := t.functions[name]
		d.Functions = append(d.Functions, DeltaFunc{
			Name: name, File: m.example.hotFile, Line: m.example.hotLine, Own: m.own, place: m.place,
			Flat: d.delta(features[1+2*i], family, 1+2*i, largest), Cum: d.delta(features[2+2*i], family, 2+2*i, largest),
		})
	}
	slices.SortStableFunc(d.Functions, func(a, b DeltaFunc) int {
		return cmp.Or(cmp.Compare(size(b.Flat), size(a.Flat)), cmp.Compare(size(b.Cum), size(a.Cum)))
	})
	d.conclude(t, family)
}

func size(d Delta) float64 { return max(d.Delta, -d.Delta) }

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// delta describes feature number at.
func (d *Diff) delta(f stats.Feature, family stats.Family, at int, largest float64) Delta {
	before := benchmath.NewSample(slices.Clone(f.Before), &benchmath.DefaultThresholds)
	after := benchmath.NewSample(slices.Clone(f.After), &benchmath.DefaultThresholds)
	b, a := benchmath.AssumeNothing.Summary(before, 0.95), benchmath.AssumeNothing.Summary(after, 0.95)
	return Delta{
		Before: b.Center, BeforeLow: max(b.Lo, before.Values[0]), BeforeHigh: min(b.Hi, before.Values[len(before.Values)-1]),
		After: a.Center, AfterLow: max(a.Lo, after.Values[0]), AfterHigh: min(a.Hi, after.Values[len(after.Values)-1]),
		Delta: a.Center - b.Center, P: family.P[at], PAlone: benchmath.AssumeNothing.Compare(before, after).P,
		Significant: family.Least <= d.Level && family.P[at] <= d.Level && math.Abs(a.Center-b.Center) >= material*largest, Detectable: family.Detectable(f),
	}
}
