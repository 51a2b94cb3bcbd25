package baseline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/analyze/baseline"
	"github.com/pgassay/pgassay/internal/report"
)

const ms = 1_000_000

// runs are seven executions around a median, as far apart as wobble says.
func runs(median, wobble int64) []int64 {
	var all []int64
	for i := range int64(7) {
		all = append(all, median+(i-3)*wobble/3)
	}
	return all
}

func statement(fingerprint string, shape string, pages float64, times []int64) baseline.Statement {
	return baseline.Statement{Fingerprint: fingerprint, Shape: strings.Split(shape, "|"), Executed: true, Pages: pages, RunsNS: times, Cost: pages}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const seq, idx = "Limit|  Seq Scan on public.t", "Limit|  Index Scan using t_a on public.t"
	tellers := func(speed int64) []baseline.Statement { // statements whose plans do not change
		var all []baseline.Statement
		for _, f := range []string{"x", "y", "z"} {
			all = append(all, statement(f, "Seq Scan on public.u", 500, runs(10*ms*speed, ms/10)))
		}
		return all
	}
	for name, c := range map[string]struct {
		before, after baseline.Statement
		speed         int64 // of the machine: it takes so many times as long now
		want          baseline.Verdict
	}{
		"the same plan is neutral, however slow": {statement("a", seq, 500, runs(ms, 0)), statement("a", seq, 500, runs(50*ms, 0)), 1, baseline.Same},
		"and however many pages it reads":        {statement("a", seq, 500, runs(ms, 0)), statement("a", seq, 50000, runs(ms, 0)), 1, baseline.Same},
		"slower":                                 {statement("a", idx, 500, runs(2*ms, ms/10)), statement("a", seq, 600, runs(20*ms, ms)), 1, baseline.Slower},
		"faster":                                 {statement("a", seq, 600, runs(20*ms, ms)), statement("a", idx, 500, runs(2*ms, ms/10)), 1, baseline.Faster},
		"as slow as the machine became":          {statement("a", idx, 500, runs(5*ms, ms/10)), statement("a", seq, 500, runs(20*ms, ms/10)), 4, baseline.Changed},
		"slower than the machine became":         {statement("a", idx, 500, runs(2*ms, ms/10)), statement("a", seq, 500, runs(30*ms, ms)), 4, baseline.Slower},
		"within the noise":                       {statement("a", idx, 500, runs(10*ms, 9*ms)), statement("a", seq, 500, runs(13*ms, 9*ms)), 1, baseline.Changed},
		"less than a tenth":                      {statement("a", idx, 500, runs(20*ms, 0)), statement("a", seq, 500, runs(21*ms, 0)), 1, baseline.Changed},
		"tiny tables stay silent":                {statement("a", idx, 2, runs(ms/50, 0)), statement("a", seq, 4, runs(ms/5, 0)), 1, baseline.Changed},
		"reads more, in the same time":           {statement("a", idx, 200, runs(5*ms, 0)), statement("a", seq, 2000, runs(5*ms, 0)), 1, baseline.More},
		"reads less":                             {statement("a", seq, 2000, runs(5*ms, 0)), statement("a", idx, 200, runs(5*ms, 0)), 1, baseline.Less},
		"a few pages more":                       {statement("a", idx, 200, runs(5*ms, 0)), statement("a", seq, 210, runs(5*ms, 0)), 1, baseline.Changed},
		"too few runs to tell":                   {statement("a", idx, 200, runs(5*ms, 0)[:2]), statement("a", seq, 200, runs(50*ms, 0)[:2]), 1, baseline.Changed},
		"planned only, and dearer":               {baseline.Statement{Fingerprint: "a", Shape: []string{idx}, Cost: 100}, baseline.Statement{Fingerprint: "a", Shape: []string{seq}, Cost: 1000}, 1, baseline.Dearer},
		"refused by the server":                  {statement("a", idx, 200, runs(5*ms, 0)), baseline.Statement{Fingerprint: "a", Reason: `relation "posts" does not exist`}, 1, baseline.Stuck},
		"no longer executed":                     {statement("a", idx, 200, runs(5*ms, 0)), baseline.Statement{Fingerprint: "a", Shape: []string{seq}, Cost: 1000, Reason: "it took longer than 30 s"}, 1, baseline.Stuck},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := baseline.New(append(tellers(1), c.before), nil)
			got := b.Compare(append(tellers(c.speed), c.after))
			verdict := baseline.Same
			if len(got.Changes) == 1 {
				verdict = got.Changes[0].Verdict
			}
			if verdict != c.want || len(got.Changes) > 1 {
				t.Errorf("got %s, want %s: %+v", verdict, c.want, got)
			}
		})
	}
}

// TestCompareItself: a baseline held against itself says nothing.
func TestCompareItself(t *testing.T) {
	t.Parallel()
	statements := []baseline.Statement{statement("a", "Seq Scan on public.t", 500, runs(ms, ms)), {Fingerprint: "b", Reason: "it was refused"}}
	got := baseline.New(statements, nil).Compare(statements)
	if len(got.Changes) != 0 || got.Same != 2 {
		t.Errorf("%+v", got)
	}
}

func TestNewAndGone(t *testing.T) {
	t.Parallel()
	b := baseline.New([]baseline.Statement{{Fingerprint: "gone"}, {Fingerprint: "kept"}}, nil)
	got := b.Compare([]baseline.Statement{{Fingerprint: "kept"}, {Fingerprint: "new"}})
	var verdicts []string
	for _, c := range got.Changes {
		verdicts = append(verdicts, c.Fingerprint+" "+string(c.Verdict))
	}
	if diff := cmp.Diff([]string{"new new", "gone gone"}, verdicts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	f := report.Finding{Rule: "seq-scan-selective", Fingerprint: "0000000000000001", Table: "public.t", Title: "first"}
	b := baseline.New(nil, []report.Finding{f})
	moved := f
	moved.Title, moved.Location, moved.Count, moved.Severity = "another", "x.sql:3", 12, report.Error
	promoted := f // another rule speaks for the fault
	promoted.Rule, promoted.Also = "missing-index", []string{"seq-scan-selective"}
	other := f
	other.Fingerprint = "0000000000000002"
	served := other // another statement stands for those that one index serves
	served.Related = []report.Related{{What: report.AlsoServed, Fingerprint: f.Fingerprint}}
	for name, c := range map[string]struct {
		f    report.Finding
		want bool
	}{"itself": {f, true}, "moved": {moved, true}, "another rule speaks": {promoted, true}, "another statement": {other, false}, "served, too": {served, true}} {
		if got := b.Knows(c.f); got != c.want {
			t.Errorf("%s: known %v, want %v", name, got, c.want)
		}
	}
	if gone := b.Vanished([]report.Finding{other}); len(gone) != 1 || gone[0].Title != "first" {
		t.Errorf("vanished: %+v", gone)
	}
	if gone := b.Vanished([]report.Finding{moved}); len(gone) != 0 {
		t.Errorf("vanished: %+v", gone)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "baseline.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b := baseline.New([]baseline.Statement{statement("a", "Seq Scan on t", 5, runs(ms, 9))}, []report.Finding{{Rule: "r"}})
	data, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := baseline.Read(write(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, again); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	for text, want := range map[string]string{
		"":                              "it is no baseline",
		"{}":                            "it is no baseline",
		"[1]":                           "it is no baseline",
		`{"version": 1, "findings":[]}`: "it is no baseline",
		`{"version": 9, "statements": [], "findings": []}`: "it has version 9",
	} {
		if _, err := baseline.Read(write(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
