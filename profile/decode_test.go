package profile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	pprof "github.com/google/pprof/profile"
)

// small is a profile with a bit of everything: labels of both kinds, inlined frames, a location without lines.
func small() *pprof.Profile {
	m := &pprof.Mapping{ID: 1, Start: 1, Limit: 99, File: "/srv/shop", BuildID: "abc"}
	functions := []*pprof.Function{
		{ID: 1, Name: "main.main", SystemName: "main.main", Filename: "/src/shop/main.go", StartLine: 3},
		{ID: 2, Name: "main.work", SystemName: "main.work", Filename: "/src/shop/work.go"},
		{ID: 7, Name: "_ZN3foo3barEv", SystemName: "_ZN3foo3barEv"},
	}
	locations := []*pprof.Location{
		{ID: 1, Mapping: m, Address: 2, Line: []pprof.Line{{Function: functions[1], Line: 10, Column: 3}, {Function: functions[0], Line: 4}}},
		{ID: 2, Mapping: m, Address: 3},
		{ID: 9, Address: 4, Line: []pprof.Line{{Function: functions[2], Line: -1}}},
	}
	return &pprof.Profile{
		SampleType: []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 10, TimeNanos: 5, DurationNanos: 6,
		Mapping: []*pprof.Mapping{m}, Function: functions, Location: locations,
		Comments: []string{"a comment"},
		Sample: []*pprof.Sample{
			{Location: []*pprof.Location{locations[1], locations[0]}, Value: []int64{1, 10}, Label: map[string][]string{"route": {"/a"}, "z": {"1", "2"}}},
			{Location: []*pprof.Location{locations[2]}, Value: []int64{-2, -20}, NumLabel: map[string][]int64{"bytes": {7}}, NumUnit: map[string][]string{"bytes": {"bytes"}}},
			{Value: []int64{0, 1}},
		},
	}
}

func uncompressed(t testing.TB, p *pprof.Profile) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := p.WriteUncompressed(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var tables = gocmp.AllowUnexported(flat{}, valueType{}, mapping{}, function{}, line{}, location{}, label{})

func TestDecodeFlat(t *testing.T) {
	t.Parallel()
	got, err := decodeFlat(uncompressed(t, small()), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(flatten(small()), got, tables); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDecodeFlatIsBounded: a small message may describe more than memory holds.
func TestDecodeFlatIsBounded(t *testing.T) {
	t.Parallel()
	p := small()
	for range 10_000 {
		p.Sample = append(p.Sample, p.Sample[0])
	}
	if _, err := decodeFlat(uncompressed(t, p), 1<<20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want %v", err, ErrTooLarge)
	}
	if _, err := Read(bytes.NewReader(zipped(uncompressed(t, p))), "many", ReadOptions{MaxRawBytes: 1 << 19}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want %v", err, ErrTooLarge)
	}
}

// TestReadIsBounded: a few bytes that ask for much are refused before it is taken.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	opts := ReadOptions{MaxRawBytes: 4 << 20}
	strange := []byte{0x08, 0x01} // a number where a message should be: left to the pprof package
	for name, raw := range map[string][]byte{
		"strings":         bytes.Repeat([]byte{0x32, 0x00}, 1<<20),
		"samples":         append([]byte{0x0a, 0x00, 0x32, 0x00}, bytes.Repeat([]byte{0x12, 0x00}, 1<<20)...),
		"strange samples": append(strange, bytes.Repeat([]byte{0x12, 0x00}, 1<<20)...),
		"strange labels":  append(strange, bytes.Repeat([]byte{0x12, 0x02, 0x1a, 0x00}, 1<<19)...),
		"text":            bytes.Repeat([]byte("1: 1 [1: 1] @ 1\n"), 1<<17),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(bytes.NewReader(raw), name, opts); !errors.Is(err, ErrTooLarge) {
				t.Errorf("error %v, want %v", err, ErrTooLarge)
			}
		})
	}
}

// FuzzDecodeFlat: what the own decoder reads, the pprof package reads too, and to the same tables.
func FuzzDecodeFlat(f *testing.F) {
	f.Add(uncompressed(f, small()))
	f.Add(uncompressed(f, &pprof.Profile{SampleType: []*pprof.ValueType{{Type: "a"}}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decodeFlat(raw, 1<<30)
		if err != nil {
			return
		}
		p, err := pprof.ParseUncompressed(raw)
		if err == nil {
			err = p.CheckValid()
		}
		if err != nil {
			t.Fatalf("read, but the pprof package says: %v", err)
		}
		want := flatten(p)
		normalise(want)
		normalise(got)
		if diff := gocmp.Diff(want, got, tables); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// normalise makes empty tables equal to missing ones.
func normalise(f *flat) {
	if len(f.labels) == 0 {
		f.labels = nil
	}
	if len(f.stacks) == 0 {
		f.stacks = nil
	}
	if f.samples() == 0 {
		f.stackEnds, f.labelEnds, f.values = nil, nil, nil
	}
	if len(f.functions) == 0 {
		f.functions = nil
	}
	if len(f.locations) == 0 {
		f.locations = nil
	}
}

// FuzzRead: whatever is read, it is read or refused with an error, within the bounds, and can be summarised.
func FuzzRead(f *testing.F) {
	f.Add(uncompressed(f, small()))
	f.Add(zipped(uncompressed(f, small())))
	f.Add([]byte("<!DOCTYPE html>"))
	f.Add([]byte("heap profile: 1: 2 [3: 4] @ heapprofile\n1: 2 [3: 4] @ 0x1 0x2\n"))
	f.Add([]byte("goroutine profile: total 1\n1 @ 0x1 0x2\n#\t0x1\tmain.main+0x1\t/a.go:1\n"))
	f.Add([]byte("--- contentionz 1 ---\ncycles/second = 1\nsampling period = 1\n1 1 @ 0x1\n"))
	f.Add([]byte("--- threadz 1 ---\n\n--- Thread 7f (name: a/1) stack: ---\n  PC: 0x1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(bytes.NewReader(data), "fuzz", ReadOptions{MaxBytes: 1 << 20, MaxRawBytes: 4 << 20})
		if err != nil {
			return
		}
		s, err := Summarize(p, SummaryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var flat, want int64 // every sample with a stack is flat in one function
		for _, fn := range s.Functions {
			flat += fn.Flat
		}
		column, _ := p.flat.column("")
		for sample := range p.flat.samples() {
			if len(p.flat.stack(sample)) > 0 {
				want += p.flat.value(sample, column)
			}
		}
		if flat != want {
			t.Errorf("flat sums up to %d, the samples to %d", flat, want)
		}
		if _, err := p.load(); err != nil {
			t.Errorf("read once, but not twice: %v", err)
		}
	})
}

// TestOtherProjectsDecoded: the own decoder reads real profiles, so that the slow way stays the exception.
func TestOtherProjectsDecoded(t *testing.T) {
	t.Parallel()
	own, other := 0, 0
	for _, name := range otherProjects(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := decompress(data, ReadOptions{}.withDefaults())
		if err != nil {
			continue
		}
		p, err := pprof.ParseUncompressed(raw)
		if err != nil || p.CheckValid() != nil || p.DropFrames != "" {
			continue
		}
		got, err := decodeFlat(raw, 1<<30)
		if err != nil {
			other++
			t.Logf("%s: left to the pprof package", filepath.Base(name))
			continue
		}
		own++
		want := flatten(p)
		normalise(want)
		normalise(got)
		if diff := gocmp.Diff(want, got, tables); diff != "" {
			t.Errorf("%s (-want +got)\n%s", filepath.Base(name), diff[:min(len(diff), 500)])
		}
	}
	if own < 9*other {
		t.Errorf("%d profiles read by the own decoder, %d were not", own, other)
	}
	t.Logf("%d profiles read by the own decoder", own)
}

func BenchmarkRead(b *testing.B) {
	data := zipped(uncompressed(b, small()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(data, "benchmark", ReadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
