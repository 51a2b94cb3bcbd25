package profile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// SummaryOptions choose what a Summary holds. The zero value counts what the profile's own default says, by function,
// sorted by flat.
type SummaryOptions struct {
	SampleType string   // such as inuse_space or alloc_objects, or an index; empty means the profile's default
	Cum        bool     // sort by cum
	Rows       int      // functions in the text; 0 means 25. JSON always has all
	App        []string // import path prefixes of the application; empty means: find out
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
	Samples    int64      `json:"samples"` // how many times the profiler looked, or the distinct stacks if it doesn't say
	BuildID    string     `json:"build_id,omitempty"`
	App        []string   `json:"app"`                 // what was taken for the application's own code: import path prefixes
	Hottest    string     `json:"hottest,omitempty"`   // the application's own function with the most flat
	Allocated  *Column    `json:"allocated,omitempty"` // heap profiles: what was allocated since the start, freed or not
	Functions  []Function `json:"functions"`           // the hottest of the application's own first, then as the pprof tool sorts

	opts  SummaryOptions
	plain []Function // in the pprof tool's order
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

	place string // for people
}

// Summarize counts a profile's samples by function. It returns an error if the profile has no such sample type.
func Summarize(p *Profile, opts SummaryOptions) (*Summary, error) {
	f := p.flat
	column, err := f.column(opts.SampleType)
	if err != nil {
		return nil, fmt.Errorf("summarise %s: %w", p.Source, err)
	}
	app := newOwners(f, opts.App)
	s := &Summary{
		Version: 1, Source: p.Source, Kind: p.Type,
		Type: f.types[column].kind, Unit: f.types[column].unit,
		Total: f.total(column), DurationNS: f.duration, Samples: f.observations(),
		BuildID: p.BuildID(), App: app.prefixes(), Functions: []Function{}, opts: opts,
	}
	tree := newSourceTree(f, app)
	for _, t := range f.count(column, false) {
		place := ""
		if t.function != none {
			place = site(tree.file(f.functions[t.function], app.of(t.function)), t.hotLine)
		}
		s.Functions = append(s.Functions, Function{
			Name: t.String(), File: t.hotFile, Line: t.hotLine, Flat: t.flat, Cum: t.cum,
			FlatShare: share(t.flat, s.Total), CumShare: share(t.cum, s.Total), Own: app.owns(t.function), place: place,
		})
	}
	if second := slices.Index(f.typeNames(), "alloc_space"); second >= 0 && s.Type == "inuse_space" {
		s.addAllocated(f, second)
	}
	s.sort(opts.Cum)
	return s, nil
}

// addAllocated adds what was allocated to what is in use.
func (s *Summary) addAllocated(f *flat, column int) {
	s.Allocated = &Column{Type: f.types[column].kind, Unit: f.types[column].unit, Total: f.total(column)}
	index := make(map[string]int, len(s.Functions))
	for i, f := range s.Functions {
		index[f.Name] = i
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
		return cmp.Or(cmp.Compare(key(b), key(a)), cmp.Compare(a.Name, b.Name), cmp.Compare(tie(b), tie(a)))
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

// Document renders the summary for people.
func (s *Summary) Document() report.Document {
	d := report.Document{Title: s.Source}
	d.Add(report.Paragraph{Text: s.headline()})
	if len(s.Functions) == 0 {
		return d
	}
	own := slices.DeleteFunc(slices.Clone(s.plain), func(f Function) bool { return !f.Own })
	if len(own) > 0 && len(own) < len(s.Functions) {
		d.Add(report.Heading{Level: 1, Text: "Your code"}, s.table(own, 10))
		d.Add(report.Heading{Level: 1, Text: "All functions"})
	}
	rows := s.opts.Rows
	if rows <= 0 {
		rows = 25
	}
	d.Add(s.table(s.plain, rows))
	return d
}

func (s *Summary) headline() string {
	text := fmt.Sprintf("%s (%s): %s", s.Kind, s.Type, amount(s.Total, s.Unit))
	if s.DurationNS > 0 {
		text += " in " + units.Duration(time.Duration(s.DurationNS))
		if s.Unit == "nanoseconds" {
			text += fmt.Sprintf(", %.2f cores busy", float64(s.Total)/float64(s.DurationNS))
		}
	}
	if s.Allocated != nil {
		text += fmt.Sprintf(" in use, %s allocated since the start", amount(s.Allocated.Total, s.Allocated.Unit))
	}
	text += fmt.Sprintf(", %s samples.", units.Count(s.Samples))
	switch {
	case len(s.Functions) == 0:
		text += " There is nothing in it: the service was idle, or this kind of profile is switched off in it."
	case s.Hottest != "":
		f := s.Functions[0]
		text += fmt.Sprintf(" The application's own hottest function is %s: %s of all in itself, %s with what it calls.",
			f.Name, units.Percent(f.FlatShare), units.Percent(f.CumShare))
	case len(s.App) == 0:
		text += " No function was recognised as the application's own; --app PREFIX names its import path."
	}
	return text
}

// table shows the first rows functions.
func (s *Summary) table(functions []Function, rows int) report.Table {
	t := report.Table{Columns: []report.Column{
		{Name: "flat", Right: true},
		{Name: "flat%", Right: true},
		{Name: "cum", Right: true},
		{Name: "cum%", Right: true},
	}}
	if s.Allocated != nil {
		t.Columns = append(t.Columns, report.Column{Name: "allocated", Right: true})
	}
	t.Columns = append(t.Columns, report.Column{Name: "function"}, report.Column{Name: "hottest line"})
	for _, f := range functions[:min(rows, len(functions))] {
		row := []report.Value{
			report.Text(amount(f.Flat, s.Unit)), report.Percent(f.FlatShare),
			report.Text(amount(f.Cum, s.Unit)), report.Percent(f.CumShare),
		}
		if s.Allocated != nil {
			row = append(row, report.Text(amount(f.AllocatedFlat, s.Allocated.Unit)))
		}
		t.Rows = append(t.Rows, append(row, report.Name(f.Name), report.Name(f.place)))
	}
	if left := len(functions) - len(t.Rows); left > 0 {
		t.Caption = fmt.Sprintf("The first %d of %d.", len(t.Rows), len(functions))
	}
	return t
}

// amount writes a value with its unit for people.
func amount(v int64, unit string) string {
	switch unit {
	case "nanoseconds":
		return units.Duration(time.Duration(v))
	case "microseconds":
		return units.Duration(time.Duration(v) * time.Microsecond)
	case "milliseconds":
		return units.Duration(time.Duration(v) * time.Millisecond)
	case "seconds":
		return units.Duration(time.Duration(v) * time.Second)
	case "bytes":
		return units.Bytes(v)
	case "count", "":
		return units.Count(v)
	}
	return units.Count(v) + " " + unit
}
