package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pprof "github.com/google/pprof/profile"
)

// flat is a profile in tables that refer to each other by index: small, and quick to count over. It is not changed once
// it is built.
type flat struct {
	types       []valueType // of the values of each sample
	defaultType string
	period      int64
	periodType  valueType
	time        int64 // nanoseconds since 1970, or 0
	duration    int64 // nanoseconds, or 0
	mappings    []mapping
	functions   []function
	lines       []line // of all locations, each location's together, the innermost first
	locations   []location
	stacks      []uint32 // of all samples, each sample's together: locations, the innermost first
	stackEnds   []uint32 // by sample: where its part of stacks ends
	values      []int64  // by sample, len(types) each
	labels      []label  // of all samples, each sample's together
	labelEnds   []uint32 // by sample: where its part of labels ends
	columns     int      // len(types)
}

type valueType struct{ kind, unit string }

type mapping struct{ file, buildID string }

// A function's name is made readable; system is as the compiler wrote it.
type function struct {
	name, system, file string
	start              int64
}

// A line is one frame of a location. Function is an index, or none.
type line struct {
	function int32
	line     int64
}

const none = -1

// A location is a place in the program. It has at least one line, which has no function if none is known.
type location struct {
	mapping    int32 // an index, or none
	from, upTo uint32
	address    uint64
}

// A label is a sample's, either a text or a number.
type label struct {
	key, text string
	number    int64
	unit      string
}

func (f *flat) samples() int { return len(f.stackEnds) }

// stack is a sample's locations, the innermost first.
func (f *flat) stack(sample int) []uint32 {
	from := uint32(0)
	if sample > 0 {
		from = f.stackEnds[sample-1]
	}
	return f.stacks[from:f.stackEnds[sample]]
}

func (f *flat) value(sample, column int) int64 { return f.values[sample*f.columns+column] }

func (f *flat) labelsOf(sample int) []label {
	if len(f.labels) == 0 {
		return nil
	}
	from := uint32(0)
	if sample > 0 {
		from = f.labelEnds[sample-1]
	}
	return f.labels[from:f.labelEnds[sample]]
}

// linesOf is a location's frames, the innermost first.
func (f *flat) linesOf(at uint32) []line {
	l := f.locations[at]
	return f.lines[l.from:l.upTo]
}

// column finds a sample type by its name or number, as the pprof tool does; "" is the profile's default.
func (f *flat) column(name string) (int, error) {
	p := pprof.Profile{DefaultSampleType: f.defaultType}
	for _, t := range f.types {
		p.SampleType = append(p.SampleType, &pprof.ValueType{Type: t.kind, Unit: t.unit})
	}
	column, err := p.SampleIndexByName(name)
	if err != nil {
		return 0, fmt.Errorf("there is no sample type %q; it has %s", name, strings.Join(f.typeNames(), ", "))
	}
	return column, nil
}

func (f *flat) typeNames() []string {
	names := make([]string, len(f.types))
	for i, t := range f.types {
		names[i] = t.kind
	}
	return names
}

// flatten makes the tables from a profile that the pprof package has read.
func flatten(p *pprof.Profile) *flat {
	f := &flat{
		defaultType: p.DefaultSampleType, period: p.Period, time: p.TimeNanos, duration: p.DurationNanos,
		columns: len(p.SampleType),
	}
	if p.PeriodType != nil {
		f.periodType = valueType{p.PeriodType.Type, p.PeriodType.Unit}
	}
	for _, t := range p.SampleType {
		f.types = append(f.types, valueType{t.Type, t.Unit})
	}
	mappings := make(map[*pprof.Mapping]int32, len(p.Mapping))
	for i, m := range p.Mapping {
		mappings[m] = int32(i)
		f.mappings = append(f.mappings, mapping{m.File, m.BuildID})
	}
	functions := make(map[*pprof.Function]int32, len(p.Function))
	for i, fn := range p.Function {
		functions[fn] = int32(i)
		f.functions = append(f.functions, function{fn.Name, fn.SystemName, fn.Filename, fn.StartLine})
	}
	locations := make(map[*pprof.Location]uint32, len(p.Location))
	for i, l := range p.Location {
		locations[l] = uint32(i)
		at := location{mapping: none, from: uint32(len(f.lines)), address: l.Address}
		if m, ok := mappings[l.Mapping]; ok {
			at.mapping = m
		}
		for _, ln := range l.Line {
			fn, ok := functions[ln.Function]
			if !ok {
				fn = none
			}
			f.lines = append(f.lines, line{fn, ln.Line})
		}
		if len(l.Line) == 0 {
			f.lines = append(f.lines, line{function: none})
		}
		at.upTo = uint32(len(f.lines))
		f.locations = append(f.locations, at)
	}
	for _, s := range p.Sample {
		for _, l := range s.Location {
			f.stacks = append(f.stacks, locations[l])
		}
		f.stackEnds = append(f.stackEnds, uint32(len(f.stacks)))
		f.values = append(f.values, s.Value...)
		f.labels = append(f.labels, labelsIn(s)...)
		f.labelEnds = append(f.labelEnds, uint32(len(f.labels)))
	}
	return f
}

// labelsIn lists a sample's labels in the order of their keys, texts before numbers.
func labelsIn(s *pprof.Sample) []label {
	var all []label
	for _, key := range slices.Sorted(maps.Keys(s.Label)) {
		for _, text := range s.Label[key] {
			all = append(all, label{key: key, text: text})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.NumLabel)) {
		for i, number := range s.NumLabel[key] {
			l := label{key: key, number: number}
			if units := s.NumUnit[key]; i < len(units) {
				l.unit = units[i]
			}
			all = append(all, l)
		}
	}
	return all
}

// empty is a profile of the same kind without samples.
func (f *flat) empty() *flat {
	return &flat{
		types: f.types, defaultType: f.defaultType, period: f.period, periodType: f.periodType, time: f.time, duration: f.duration,
		mappings: f.mappings, columns: f.columns,
	}
}
