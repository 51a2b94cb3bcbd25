package profile

import (
	"fmt"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"
)

// TestVerdictOnWaitingInTheRuntime: what no place in the program has a part in is not said to be spread over many.
func TestVerdictOnWaitingInTheRuntime(t *testing.T) {
	t.Parallel()
	p := named(map[string]int64{"runtime.findRunnable;runtime.unlock": 90, "runtime.goexit;main.main;sync.(*Mutex).Unlock": 10})
	p.Type = Mutex
	s, err := Summarize(p, SummaryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "90% has no code of the program on the stack: it is the runtime's own."; s.Verdict.Text != want {
		t.Errorf("verdict %q, want %q", s.Verdict.Text, want)
	}
}

// TestVerdictOnCallers: that most of something is done for a function is said only if it is.
func TestVerdictOnCallers(t *testing.T) {
	t.Parallel()
	allocating := func(shares ...int64) map[string]int64 {
		stacks := map[string]int64{"runtime.goexit;main.main;main.other": 400}
		for i, value := range shares {
			stacks[fmt.Sprintf("runtime.goexit;main.main;main.f%d;runtime.mallocgc", i)] = value
		}
		return stacks
	}
	for _, test := range []struct {
		name   string
		shares []int64
		want   string
	}{
		{"most", []int64{400, 100, 100}, "Memory management takes 60% (60% allocation, 0% garbage collection), most for main.f0."},
		{"much", []int64{200, 150, 150, 100}, "Memory management takes 60% (60% allocation, 0% garbage collection), 33.3% of that for main.f0."},
		{"little", []int64{120, 120, 120, 120, 120}, "Memory management takes 60% (60% allocation, 0% garbage collection)."},
	} {
		t.Run(test.name, func(t *testing.T) {
			decoded, err := named(allocating(test.shares...)).load()
			if err != nil {
				t.Fatal(err)
			}
			decoded.PeriodType, decoded.Period = &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, 1e7
			s, err := Summarize(fromProto(decoded, "cpu", CPU), SummaryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(s.Verdict.Text, test.want) {
				t.Errorf("verdict %q, want %q in it", s.Verdict.Text, test.want)
			}
		})
	}
}

// TestVerdictWithoutSymbols: of code without names nothing is said.
func TestVerdictWithoutSymbols(t *testing.T) {
	t.Parallel()
	p := &pprof.Profile{
		SampleType: []*pprof.ValueType{{Type: "cpu", Unit: "nanoseconds"}}, PeriodType: &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 1e7,
		Location: []*pprof.Location{{ID: 1, Address: 0x1234}},
	}
	for range 200 {
		p.Sample = append(p.Sample, &pprof.Sample{Value: []int64{1e7}, Location: p.Location})
	}
	s, err := Summarize(fromProto(p, "stripped", CPU), SummaryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.Verdict.Text, "100% of it is in code without symbols") {
		t.Errorf("verdict %q", s.Verdict.Text)
	}
}

// TestSummaryOfNothing: a default sample type that nothing was counted of does not make the service idle.
func TestSummaryOfNothing(t *testing.T) {
	t.Parallel()
	decoded, err := named(map[string]int64{"main.main": 5}).load()
	if err != nil {
		t.Fatal(err)
	}
	decoded.SampleType = append(decoded.SampleType, &pprof.ValueType{Type: "lock_time", Unit: "nanoseconds"})
	decoded.Sample[0].Value = []int64{5, 0}
	s, err := Summarize(fromProto(decoded, "x", CPU), SummaryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "Nothing was counted of it, but of samples: choose with --sample-type."; !strings.Contains(s.headline(), want) {
		t.Errorf("%q, want %q in it", s.headline(), want)
	}
}

// TestAllocsCountAllocations: a delta of the allocations that does not say so is still one of allocations.
func TestAllocsCountAllocations(t *testing.T) {
	t.Parallel()
	decoded, err := named(map[string]int64{"main.main": 5}).load()
	if err != nil {
		t.Fatal(err)
	}
	decoded.SampleType = []*pprof.ValueType{{Type: "alloc_space", Unit: "bytes"}, {Type: "inuse_space", Unit: "bytes"}}
	decoded.Sample[0].Value = []int64{7, 0}
	for kind, want := range map[Type]string{Allocs: "alloc_space", Heap: "inuse_space"} {
		p := fromProto(decoded.Copy(), "delta", kind)
		s, err := Summarize(p, SummaryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Type != want {
			t.Errorf("%s counts %s, want %s", kind, s.Type, want)
		}
	}
}
