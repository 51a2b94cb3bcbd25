package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	pprof "github.com/google/pprof/profile"
)

// A synthetic service: functions with the CPU that each takes, in cores.
type synthetic struct {
	cores  []float64
	jitter float64 // by how much runs differ beyond what counting explains
}

func newSynthetic() synthetic {
	s := synthetic{jitter: 0.03}
	for i := range 60 {
		s.cores = append(s.cores, 1.2/float64(i+3)) // a few large ones, many small ones
	}
	return s
}

// record makes a CPU profile of ten seconds.
func (s synthetic) record(random *rand.Rand) *Profile {
	const seconds, hertz = 10, 100
	p := &pprof.Profile{
		SampleType: []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: 1e9 / hertz, DurationNanos: seconds * 1e9,
	}
	load := 1 + s.jitter*random.NormFloat64()
	for i, cores := range s.cores {
		fn := &pprof.Function{ID: uint64(i + 1), Name: fmt.Sprintf("main.f%d", i), SystemName: fmt.Sprintf("main.f%d", i), Filename: "/src/main.go"}
		at := &pprof.Location{ID: uint64(i + 1), Line: []pprof.Line{{Function: fn, Line: int64(i)}}}
		p.Function, p.Location = append(p.Function, fn), append(p.Location, at)
		if n := poisson(random, cores*load*seconds*hertz*(1+s.jitter*random.NormFloat64())); n > 0 {
			p.Sample = append(p.Sample, &pprof.Sample{Location: []*pprof.Location{at}, Value: []int64{n, n * p.Period}})
		}
	}
	return fromProto(p, "synthetic", CPU)
}

// poisson draws the number of events where mean are expected.
func poisson(random *rand.Rand, mean float64) int64 {
	n := int64(0)
	for at := random.ExpFloat64(); at < mean; at += random.ExpFloat64() { // the time of the next
		n++
	}
	return n
}

func (s synthetic) recordings(random *rand.Rand, n int) []*Profile {
	var all []*Profile
	for range n {
		all = append(all, s.record(random))
	}
	return all
}

// TestCompare: of 100 comparisons of like with like at most five call a change, and a change of a tenth of the CPU is found.
func TestCompare(t *testing.T) {
	t.Parallel()
	for _, per := range []Per{PerSecond, PerTotal} {
		random := rand.New(rand.NewPCG(11, 12))
		called, found, blamed := 0, 0, 0
		const comparisons = 100
		for range comparisons {
			before, like, other := newSynthetic(), newSynthetic(), newSynthetic()
			other.cores[20] += 0.1 * sum(other.cores)
			first := before.recordings(random, 6)
			if compare(t, first, like.recordings(random, 6), per).Verdict == Changed {
				called++
			}
			d := compare(t, first, other.recordings(random, 6), per)
			if d.Verdict == Changed {
				found++
			}
			if strings.Contains(d.Text, "main.f20 ") {
				blamed++
			}
		}
		if called > 5 {
			t.Errorf("per %s: %d of %d comparisons of like with like call a change", per, called, comparisons)
		}
		if found < 98 || blamed < 98 {
			t.Errorf("per %s: %d of %d planted changes found, %d put down to the right function", per, found, comparisons, blamed)
		}
		t.Logf("per %s: %d false, %d found, %d blamed", per, called, found, blamed)
	}
}

func sum(values []float64) (all float64) {
	for _, v := range values {
		all += v
	}
	return all
}

func compare(t *testing.T, before, after []*Profile, per Per) *Diff {
	t.Helper()
	d, err := Compare(before, after, DiffOptions{Per: per})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCompareTooFew(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	s := newSynthetic()
	other := newSynthetic()
	other.cores[0] *= 5
	d := compare(t, s.recordings(random, 3), other.recordings(random, 3), "")
	if d.Verdict != CantTell || d.Per != PerSecond || !strings.Contains(d.Text, "too few") {
		t.Errorf("verdict %q per %s: %s", d.Verdict, d.Per, d.Text)
	}
	for _, f := range d.Functions {
		if f.Flat.Significant || f.Cum.Significant {
			t.Errorf("%s is called significant", f.Name)
		}
	}
}

// TestCompareNormalises: twice the load is no change per request.
func TestCompareNormalises(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(2, 2))
	s, double := newSynthetic(), newSynthetic()
	for i := range double.cores {
		double.cores[i] *= 2
	}
	before, after := s.recordings(random, 5), double.recordings(random, 5)
	requests := func(n float64) []float64 { return []float64{n, n, n, n, n} }
	d, err := Compare(before, after, DiffOptions{Per: PerRequest, RequestsBefore: requests(1000), RequestsAfter: requests(2000)})
	if err != nil || d.Verdict != NoChange {
		t.Errorf("per request: %v, %s", err, d.Text)
	}
	if d := compare(t, before, after, PerTotal); d.Verdict != NoChange {
		t.Errorf("per total: %s", d.Text)
	}
	if d := compare(t, before, after, PerSecond); d.Verdict != Changed || !d.Total.Significant || d.Total.Delta < 0.8*d.Total.Before {
		t.Errorf("per second: %s", d.Text)
	}
	if _, err := Compare(before, after, DiffOptions{Per: PerRequest}); err == nil || !strings.Contains(err.Error(), "5 before and 5 after") {
		t.Errorf("without requests: %v", err)
	}
}
