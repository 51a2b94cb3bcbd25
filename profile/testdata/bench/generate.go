package main

import (
	"fmt"
	"math/rand/v2"
	"os"

	pprof "github.com/google/pprof/profile"
)

// generate writes a CPU profile of at least size bytes, compressed. Its shape is that of a large service's: thousands
// of functions in hundreds of packages, stacks of some forty frames that share their beginnings, inlined frames, labels.
func generate(name string, size int64) error {
	for samples := 40_000; ; samples *= 2 {
		if err := write(name, synthetic(samples)); err != nil {
			return err
		}
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		if info.Size() >= size {
			return nil
		}
		samples = int(float64(samples) * float64(size) / float64(info.Size()) * 0.55)
	}
}

func write(name string, p *pprof.Profile) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := p.Write(file); err != nil {
		return err
	}
	return file.Close()
}

func synthetic(samples int) *pprof.Profile {
	random := rand.New(rand.NewPCG(1, 2))
	p := &pprof.Profile{
		SampleType:    []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType:    &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:        10_000_000,
		DurationNanos: 30_000_000_000,
		TimeNanos:     1_700_000_000_000_000_000,
		Mapping:       []*pprof.Mapping{{ID: 1, Start: 0x400000, Limit: 0x4000000, File: "/srv/service", BuildID: "synthetic", HasFunctions: true}},
	}
	const functions = 12_000
	for i := range functions {
		pkg := fmt.Sprintf("example.com/shop/internal/package%03d", i/40)
		name := fmt.Sprintf("%s.(*Type%d).Method%d", pkg, i%7, i)
		p.Function = append(p.Function, &pprof.Function{
			ID: uint64(i + 1), Name: name, SystemName: name, Filename: fmt.Sprintf("/src/shop/internal/package%03d/file%d.go", i/40, i%5), StartLine: int64(i % 900),
		})
	}
	for i := range 5 * functions {
		location := &pprof.Location{ID: uint64(i + 1), Mapping: p.Mapping[0], Address: 0x400000 + uint64(i)*37}
		location.Line = []pprof.Line{{Function: p.Function[i%functions], Line: int64(random.IntN(900) + 1)}}
		if random.IntN(4) == 0 { // inlined into another
			location.Line = append(location.Line, pprof.Line{Function: p.Function[random.IntN(functions)], Line: int64(random.IntN(900) + 1)})
		}
		p.Location = append(p.Location, location)
	}
	stack := make([]*pprof.Location, 0, 64)
	for range samples {
		// Each stack leaves the one before at some depth, as neighbours in a call tree do.
		stack = stack[:random.IntN(len(stack)+1)]
		for depth := 20 + random.IntN(44); len(stack) < depth; {
			caller := 0
			if len(stack) > 0 {
				caller = int(stack[len(stack)-1].ID)
			}
			callee := (caller*31 + int(random.ExpFloat64()*2)*7919 + 1) % len(p.Location) // each calls a few others, some often
			stack = append(stack, p.Location[callee])
		}
		leafFirst := make([]*pprof.Location, len(stack))
		for i, location := range stack {
			leafFirst[len(stack)-1-i] = location
		}
		count := int64(random.ExpFloat64()*3) + 1
		s := &pprof.Sample{Location: leafFirst, Value: []int64{count, count * p.Period}}
		if random.IntN(2) == 0 {
			s.Label = map[string][]string{"route": {fmt.Sprintf("GET /page/%d", random.IntN(50))}}
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}
