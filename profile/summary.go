package profile

import (
	"cmp"
	"fmt"
	"slices"
)

// SummaryOptions choose what a Summary holds. The zero value counts what the profile's own default says, by function,
// sorted by flat.
type SummaryOptions struct {
	SampleType string   // such as inuse_space or alloc_objects, or an index; empty means the profile's default
	Cum        bool     // sort by cum
	By         By       // what the samples are counted by; empty means functions
	Labels     []string // with ByLabel: which labels; empty means all that are texts
	Filter     Filter   // which samples and frames are counted
	// Statements are the texts of statements by fingerprint, for the label "statement" that querylog sets.
	Statements map[string]string
	Rows       int      // rows in the text; 0 means 25. JSON always has all
	App        []string // import path prefixes of the application; empty means: find out
}

// By is what samples are counted by.
type By string

// What samples can be counted by.
const (
	ByFunction  By = "function"
	ByLine      By = "line"
	ByLabel     By = "label"
	BySubsystem By = "subsystem"
)

// ParseBy reads a By.
func ParseBy(s string) (By, error) {
	all := []By{ByFunction, ByLine, ByLabel, BySubsystem}
	if slices.Contains(all, By(s)) {
		return By(s), nil
	}
	return "", fmt.Errorf("can't count by %q: use one of %v", s, all)
}

// Summary says where a profile's samples fell. Its JSON is a contract: it only ever gains fields.
type Summary struct {
	Version    int        `json:"version"`
	Source     string     `json:"source"`
	Kind       Type       `json:"kind"` // cpu, heap, …
	Type       string     `json:"type"` // what is counted: cpu, inuse_space, …
	Unit       string     `json:"unit"` // of flat, cum and total, as the profile has it: nanoseconds, bytes, count, …
	Total      int64      `json:"total"`
	DurationNS int64      `json:"duration_ns"`
	By         By         `json:"by"`
	Filter     string     `json:"filter,omitempty"`
	Samples    int64      `json:"samples"` // how many times the profiler looked, or the distinct stacks if it doesn't say
	BuildID    string     `json:"build_id,omitempty"`
	App        []string   `json:"app"`                 // what was taken for the application's own code: import path prefixes
	Hottest    string     `json:"hottest,omitempty"`   // the application's own function with the most flat
	Allocated  *Column    `json:"allocated,omitempty"` // heap profiles: what was allocated since the start, freed or not
	Verdict    Verdict    `json:"verdict"`
	Functions  []Function `json:"functions"` // the hottest of the application's own first, then as the pprof tool sorts; by line: one for each line

	Subsystems []Subsystem  `json:"subsystems"`
	LabelKeys  []string     `json:"label_keys,omitempty"`
	Labels     []LabelGroup `json:"labels,omitempty"`

	opts  SummaryOptions
	cpu   bool       // CPU time is counted
	plain []Function // in the pprof tool's order
	// others are the sample types that something was counted of, if nothing was of this one.
	others []string
}

// Column names a second thing that the functions were counted by.
type Column struct {
	Type  string `json:"type"`
	Unit  string `json:"unit"`
	Total int64  `json:"total"`
}

// Function is what was counted for one function: in itself (flat), and in it and in all that it called (cum).
type Function struct {
	Name          string  `json:"name"`
	File          string  `json:"file"`
	Line          int64   `json:"line"` // the line of it that counted most
	Flat          int64   `json:"flat"`
	Cum           int64   `json:"cum"`
	FlatShare     float64 `json:"flat_share"` // of the total
	CumShare      float64 `json:"cum_share"`
	Own           bool    `json:"own"` // the application's own code
	AllocatedFlat int64   `json:"allocated_flat,omitempty"`
	AllocatedCum  int64   `json:"allocated_cum,omitempty"`

	place   string // for people
	printed string // as the pprof tool prints it
}

// Summarize counts a profile's samples. It returns an error if the profile has no such sample type, or if nothing matches
// the filter.
func Summarize(p *Profile, opts SummaryOptions) (*Summary, error) {
	p, err := p.Filter(opts.Filter)
	if err != nil {
		return nil, err
	}
	f := p.flat
	column, err := f.column(p.sampleType(opts.SampleType))
	if err != nil {
		return nil, fmt.Errorf("summarise %s: %w", p.Source, err)
	}
	if opts.By == "" {
		opts.By = ByFunction
	}
	if opts.Rows <= 0 {
		opts.Rows = 25
	}
	reader := newStacks(f, opts.App)
	s := &Summary{
		Version: 1, Source: p.Source, Kind: p.Type,
		Type: f.types[column].kind, Unit: f.types[column].unit, By: opts.By, Filter: opts.Filter.String(),
		Total: p.unfiltered().total(column), DurationNS: f.duration, Samples: f.observations(),
		BuildID: p.BuildID(), App: reader.owners.prefixes(), Functions: []Function{}, opts: opts,
	}
	s.cpu = f.nanoseconds(column) > 0
	s.addFunctions(reader, column)
	if second := slices.Index(f.typeNames(), "alloc_space"); second >= 0 && s.Type == "inuse_space" && s.By != ByLine {
		s.addAllocated(f, second)
	}
	s.sort(opts.Cum)
	s.Subsystems = subsystems(reader, column, s.cpu)
	if s.By == ByLabel {
		s.Labels, s.LabelKeys = f.labelGroups(column, opts.Labels)
		for i := range s.Labels {
			s.Labels[i].Statement = opts.Statements[s.Labels[i].Labels[statementLabel]]
		}
	}
	if s.Total == 0 {
		for other, t := range f.types {
			if f.total(other) != 0 {
				s.others = append(s.others, t.kind)
			}
		}
	}
	s.Verdict = judgeSummary(s, reader, column)
	return s, nil
}

func (s *Summary) addFunctions(reader *stacks, column int) {
	f := reader.flat
	for _, t := range f.count(column, s.By == ByLine) {
		place := ""
		if t.function != none {
			place = site(reader.tree.file(f.functions[t.function], reader.owners.of(t.function)), t.hotLine)
		}
		fn := Function{
			Name: t.String(), File: t.hotFile, Line: t.hotLine, Flat: t.flat, Cum: t.cum, printed: t.String(),
			FlatShare: share(t.flat, s.Total), CumShare: share(t.cum, s.Total), Own: reader.owners.owns(t.function), place: place,
		}
		if s.By == ByLine && t.name != "" {
			fn.Name = t.name
		}
		s.Functions = append(s.Functions, fn)
	}
}

// addAllocated adds what was allocated to what is in use.
func (s *Summary) addAllocated(f *flat, column int) {
	s.Allocated = &Column{Type: f.types[column].kind, Unit: f.types[column].unit, Total: f.total(column)}
	index := make(map[string]int, len(s.Functions))
	for i, f := range s.Functions {
		index[f.printed] = i
	}
	for _, t := range f.count(column, false) {
		i, ok := index[t.String()]
		if !ok {
			continue // nothing of it is in use: it is in the summary of alloc_space
		}
		s.Functions[i].AllocatedFlat, s.Functions[i].AllocatedCum = t.flat, t.cum
	}
}

// sort puts the functions in the pprof tool's order, and then the application's hottest first.
func (s *Summary) sort(cum bool) {
	key := func(f Function) int64 { return abs(f.Flat) }
	tie := func(f Function) int64 { return abs(f.Cum) }
	if cum {
		key, tie = tie, key
	}
	slices.SortFunc(s.Functions, func(a, b Function) int {
		return cmp.Or(cmp.Compare(key(b), key(a)), cmp.Compare(a.printed, b.printed), cmp.Compare(tie(b), tie(a)))
	})
	s.plain = slices.Clone(s.Functions)
	hottest := -1
	for i, f := range s.Functions {
		if f.Own && f.Flat > 0 && (hottest < 0 || f.Flat > s.Functions[hottest].Flat) {
			hottest = i
		}
	}
	if hottest >= 0 {
		first := s.Functions[hottest]
		s.Hottest = first.Name
		s.Functions = slices.Insert(slices.Delete(s.Functions, hottest, hottest+1), 0, first)
	}
}
