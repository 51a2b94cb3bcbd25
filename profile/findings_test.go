package profile

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	pprof "github.com/google/pprof/profile"
)

// A patient is a small service of its own process, so that its profiles are of it alone.
type patient struct {
	target string
	client *http.Client
}

var patientDir string

// buildPatient builds the service, once for all tests.
var buildPatient = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(patientDir, "patient")
	if out, err := exec.Command("go", "build", "-o", binary, "./testdata/patient").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build patient: %w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	var err error
	if patientDir, err = os.MkdirTemp("", "pgassay-patient-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(patientDir)
	os.Exit(code)
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	binary, err := buildPatient()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	run := exec.CommandContext(context.WithoutCancel(t.Context()), binary, socket)
	run.Stderr = os.Stderr
	// Every allocation that a test counts on is in the heap profiles: what sampling adds is the model's matter, in
	// leak_model_test.go. At the usual rate some series of a few MiB a step look as if they slowed down.
	run.Env = append(os.Environ(), "GODEBUG=memprofilerate=4096")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil { // it says when it listens
		t.Fatal(err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 8}}
	t.Cleanup(client.CloseIdleConnections)
	return &patient{"unix:" + socket, client}
}

func (p *patient) get(t *testing.T, path string) {
	t.Helper()
	response, err := p.client.Get("http://patient" + path)
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// load asks for paths in turn, with several clients, until the function that it returns is called.
func (p *patient) load(t *testing.T, paths ...string) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					p.get(t, paths[i%len(paths)])
				}
			}
		})
	}
	return func() { close(done); clients.Wait() }
}

func (p *patient) capture(t *testing.T, kind Type) *Profile {
	t.Helper()
	all, err := Capture(t.Context(), Options{Targets: []string{p.target}, Types: []Type{kind}, Seconds: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
	return all[0].Profile
}

func TestHotFunctions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		paths []string
		want  string // the hot function; none if it is empty
		line  string
	}{
		{"healthy", []string{"/healthy"}, "", ""},
		{"own instructions", []string{"/healthy", "/hot"}, "main.countPrimes", "main.go:"},
		{"the library's work", []string{"/healthy", "/hash"}, "main.fingerprint", "main.go:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPatient(t)
			stop := p.load(t, test.paths...)
			cpu := p.capture(t, CPU)
			stop()
			opts := FindingOptions{MinSamples: 100} // a machine with other work may give no more
			found, said := HotFunctions(cpu, opts)
			if strings.HasPrefix(said, "Too few") {
				t.Skip("this machine has no time for the service: ", said)
			}
			switch {
			case test.want == "" && len(found) > 0:
				t.Errorf("found %s: %v", found[0].Title, found[0].Evidence)
			case test.want != "" && (len(found) != 1 || found[0].Function != test.want || !strings.Contains(found[0].CallSite, test.line)):
				t.Errorf("found %+v, want %s. %s", found, test.want, said)
			}
			if many, said := HotFunctions(cpu, FindingOptions{MinSamples: 1 << 40}); len(many) > 0 || !strings.HasPrefix(said, "Too few") {
				t.Errorf("found %v of too few samples: %s", many, said)
			}
		})
	}
}

func TestGrowingAllocations(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	series := func(requests int, paths ...string) []*Profile {
		var all []*Profile
		for range 6 {
			for range requests {
				for _, path := range paths {
					p.get(t, path)
				}
			}
			all = append(all, p.capture(t, Heap))
		}
		return all
	}
	healthy := series(60, "/healthy", "/bounded")
	if found, said := GrowingAllocations(healthy, FindingOptions{}); len(found) > 0 {
		t.Errorf("found %+v in a healthy service. %s", found, said)
	}
	leaking := series(60, "/healthy", "/bounded", "/leak")
	found, said := GrowingAllocations(leaking, FindingOptions{})
	if len(found) != 1 || found[0].Function != "main.(*service).remember" || !strings.Contains(found[0].CallSite, "main.go:") {
		t.Errorf("found %+v, want the planted leak. %s", found, said)
	}
	if found, said := GrowingAllocations(leaking[:4], FindingOptions{}); len(found) > 0 || !strings.HasPrefix(said, "Too few") {
		t.Errorf("found %v in four profiles: %s", found, said)
	}
}

// TestLeakOfRealSeries judges what a real service keeps: memory that grows, fills up, is emptied now and then, jumps;
// goroutines that are left behind.
func TestLeakOfRealSeries(t *testing.T) {
	t.Parallel()
	repeat := func(n int, path string) []string {
		paths := make([]string, n)
		for i := range paths {
			paths[i] = path
		}
		return paths
	}
	for _, test := range []struct {
		name  string
		kind  Type
		want  Trend
		steps [][]string // what is asked for before each snapshot
		place string
	}{
		{"grows", Heap, Grows, slices.Repeat([][]string{repeat(60, "/leak")}, 8), "main.(*service).remember"},
		{"fills up", Heap, Plateau, slices.Repeat([][]string{repeat(60, "/bounded")}, 8), ""},
		{"steady", Heap, Plateau, slices.Repeat([][]string{repeat(30, "/healthy")}, 8), ""},
		{"emptied now and then", Heap, Plateau, [][]string{
			repeat(80, "/leak"), repeat(80, "/leak"), {"/flush"}, repeat(80, "/leak"), repeat(80, "/leak"), {"/flush"}, repeat(80, "/leak"), repeat(80, "/leak"), {"/flush"},
		}, ""},
		{"jumps", Heap, Step, [][]string{nil, nil, nil, {"/step"}, nil, nil, nil, nil}, ""},
		{"goroutines", Goroutine, Grows, slices.Repeat([][]string{repeat(4, "/goroutine")}, 6), "main.waitForEver"},
		{"no goroutines", Goroutine, Plateau, slices.Repeat([][]string{repeat(20, "/healthy")}, 6), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			var snapshots []*Profile
			for _, paths := range test.steps {
				for _, path := range paths {
					p.get(t, path)
				}
				snapshots = append(snapshots, p.capture(t, test.kind))
			}
			r, err := JudgeLeak(snapshots, LeakOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s := r.Series[0]
			if s.Verdict != test.want {
				t.Errorf("%s: %s %v", s.Verdict, s.Text, s.Values)
			}
			for _, site := range s.Sites {
				if grows := site.Verdict == Grows; grows != (site.Function == test.place) {
					t.Errorf("%s: %s, %s %v", site.Function, site.Verdict, site.Reason, site.Values)
				}
			}
		})
	}
}

// TestHotFunctionsOfRaceBuild: what the race detector does for nobody knows whom is in no share.
func TestHotFunctionsOfRaceBuild(t *testing.T) {
	t.Parallel()
	decoded, err := named(map[string]int64{
		"racecall": 600, "runtime._System;__tsan_read": 200,
		"runtime.goexit;main.main;main.slow;runtime.raceread": 100, "runtime.goexit;main.main;main.slow": 60,
		"runtime.goexit;main.main;main.quick": 40,
	}).load()
	if err != nil {
		t.Fatal(err)
	}
	decoded.PeriodType, decoded.Period = &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, 1e7
	p := fromProto(decoded, "cpu", CPU)
	found, said := HotFunctions(p, FindingOptions{})
	if len(found) != 1 || found[0].Function != "main.slow" || found[0].Count != 160 || found[0].Evidence[0].Value != 0.8 {
		t.Fatalf("found %+v, want main.slow with 160 of 200 samples. %s", found, said)
	}
	if last := found[0].Evidence[len(found[0].Evidence)-1]; last.Value != 0.8 || !strings.Contains(last.Name, "race detector") {
		t.Errorf("the last evidence is %+v, want 80 %% of the race detector", last)
	}
	if found, said := HotFunctions(p, FindingOptions{MinSamples: 201}); len(found) > 0 || !strings.HasPrefix(said, "Too few samples") {
		t.Errorf("found %+v in 200 samples that tell. %s", found, said)
	}
	s, err := Summarize(p, SummaryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "The race detector takes 80%"; !strings.Contains(s.Verdict.Text, want) {
		t.Errorf("verdict %q, want %q in it", s.Verdict.Text, want)
	}
}
