package profile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	pprof "github.com/google/pprof/profile"
)

// at is a CPU profile of one function, recorded from a time on.
func at(name string, from time.Time, d time.Duration, value int64) *Profile {
	p := named(map[string]int64{"main.main;" + name: value})
	decoded, _ := p.load()
	decoded.SampleType = []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}
	decoded.PeriodType, decoded.Period = &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, 1e7
	for _, s := range decoded.Sample {
		s.Value = append(s.Value, s.Value[0]*decoded.Period)
	}
	decoded.TimeNanos, decoded.DurationNanos = from.UnixNano(), d.Nanoseconds()
	decoded.Mapping = []*pprof.Mapping{{ID: 1, File: "/srv/shop"}}
	return fromProto(decoded, name, CPU)
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// TestMergeIsHonest: replicas recorded at the same time don't make the time longer.
func TestMergeIsHonest(t *testing.T) {
	t.Parallel()
	merged, err := Merge([]*Profile{
		at("main.a", noon, 10*time.Second, 5), at("main.b", noon.Add(time.Second), 10*time.Second, 7), at("main.c", noon.Add(time.Minute), 10*time.Second, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	if merged.Duration() != 21*time.Second || merged.recordedTime() != 30*time.Second {
		t.Errorf("covers %s in %s of recording, want 21s in 30s", merged.Duration(), merged.recordedTime())
	}
	s, err := Summarize(merged, SummaryOptions{By: ByLabel})
	if err != nil {
		t.Fatal(err)
	}
	var replicas []string
	for _, g := range s.Labels {
		replicas = append(replicas, fmt.Sprintf("%s %d", g.Labels["replica"], g.Samples))
	}
	if diff := gocmp.Diff([]string{"main.b 7", "main.a 5", "main.c 1"}, replicas); diff != "" {
		t.Errorf("replicas (-want +got)\n%s", diff)
	}
}

// TestMergeLabels: samples get the labels of their profile's target, but keep their own.
func TestMergeLabels(t *testing.T) {
	t.Parallel()
	first, second := named(map[string]int64{"main.main;main.a": 2}), named(map[string]int64{"main.main;main.b": 1})
	first.Labels = map[string]string{"replica": "one:6060", "zone": "west", "route": "everywhere"}
	merged, err := Merge([]*Profile{first, second})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Summarize(merged, SummaryOptions{By: ByLabel})
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{"replica": "one:6060", "zone": "west", "route": "/a"}, {"replica": "named", "route": "/b"}}
	for i, g := range s.Labels {
		if diff := gocmp.Diff(want[i], g.Labels); diff != "" {
			t.Errorf("labels (-want +got)\n%s", diff)
		}
	}
}

// TestMergeUnits: the same thing in different units is converted, different things are refused.
func TestMergeUnits(t *testing.T) {
	t.Parallel()
	millis := func() *Profile {
		decoded, _ := at("main.b", noon, time.Second, 3).load()
		decoded.SampleType[1].Unit = "milliseconds"
		for _, s := range decoded.Sample {
			s.Value[1] /= 1e6
		}
		return fromProto(decoded, "millis", CPU)
	}
	merged, err := Merge([]*Profile{at("main.a", noon, time.Second, 5), millis()})
	if err != nil {
		t.Fatal(err)
	}
	if total := merged.flat.total(1); total != 8e7 {
		t.Errorf("total %d ns, want 80,000,000", total)
	}
	heap, _ := named(map[string]int64{"main.main": 1}).load()
	heap.SampleType[0].Type = "inuse_space"
	if _, err := Merge([]*Profile{at("main.a", noon, time.Second, 5), fromProto(heap, "heap", Heap)}); err == nil || !strings.Contains(err.Error(), "they count different things") {
		t.Errorf("error %v", err)
	}
}

func TestWritePGO(t *testing.T) {
	t.Parallel()
	heap, _ := named(map[string]int64{"main.main": 1}).load()
	heap.SampleType[0] = &pprof.ValueType{Type: "inuse_space", Unit: "bytes"}
	var out bytes.Buffer
	r, err := WritePGO(&out, []*Profile{
		at("main.a", noon, 10*time.Second, 5), at("main.b", noon, 10*time.Second, 7), fromProto(heap, "heap", Heap),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Profiles != 2 || r.Samples != 12 || r.DurationNS != 10e9 || r.RecordedNS != 20e9 {
		t.Errorf("%+v", r)
	}
	if diff := gocmp.Diff([]string{"heap: it counts inuse_space, not CPU time", "labels: route"}, r.Dropped); diff != "" {
		t.Errorf("dropped (-want +got)\n%s", diff)
	}
	back, err := Read(&out, "default.pgo", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(back.flat.labels) != 0 || back.Duration() != 10*time.Second || back.flat.total(0) != 12 {
		t.Errorf("written: %d labels, %s, total %d", len(back.flat.labels), back.Duration(), back.flat.total(0))
	}
	if _, err := WritePGO(io.Discard, []*Profile{fromProto(heap, "heap", Heap)}); err == nil || !strings.Contains(err.Error(), "no CPU profile") {
		t.Errorf("error %v of a heap profile alone", err)
	}
}

// TestPGOBuilds: the compiler takes what is written.
func TestPGOBuilds(t *testing.T) {
	t.Parallel()
	cpu, err := Record(func() {
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
			sum([]float64{1, 2, 3})
		}
	})
	if err != nil {
		t.Skip("another test is recording: ", err)
	}
	name := filepath.Join(t.TempDir(), "default.pgo")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WritePGO(file, []*Profile{cpu}); err != nil {
		t.Skip(err) // a machine without time for us gives no samples
	}
	file.Close()
	build := exec.CommandContext(t.Context(), "go", "tool", "preprofile", "-i", name, "-o", filepath.Join(t.TempDir(), "preprofiled"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPush reads back what a Pyroscope server would: the form, the name with its labels, the times.
func TestPush(t *testing.T) {
	t.Parallel()
	var names []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		names = append(names, r.URL.Query().Get("name"))
		user, password, _ := r.BasicAuth()
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/base/ingest":
			http.Error(w, "wrong "+r.Method+" "+r.URL.Path, http.StatusNotFound)
			return
		case user != "me" || password != "sesame" || r.Header.Get("X-Scope-OrgID") != "tenant":
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		case strings.Contains(r.URL.Query().Get("name"), "refused"):
			http.Error(w, "too old\nand more", http.StatusUnprocessableEntity)
			return
		}
		file, _, err := r.FormFile("profile")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p, err := pprof.Parse(unzipped)
		if err != nil || len(p.Sample) != 1 {
			http.Error(w, "not a profile", http.StatusBadRequest)
			return
		}
		query := r.URL.Query()
		if query.Get("from") != "1767268800" || query.Get("until") != "1767268810" || query.Get("sampleRate") != "100" {
			http.Error(w, "wrong "+query.Encode(), http.StatusBadRequest)
			return
		}
		config, _, err := r.FormFile("sample_type_config")
		isGoroutine := strings.Contains(query.Get("name"), "goroutine")
		if isGoroutine != (err == nil) {
			http.Error(w, "sample type config", http.StatusBadRequest)
			return
		}
		if isGoroutine {
			var types map[string]struct {
				Units string `json:"units"`
			}
			if err := json.NewDecoder(config).Decode(&types); err != nil || types["goroutine"].Units != "goroutines" {
				http.Error(w, "sample type config", http.StatusBadRequest)
			}
		}
	}))
	defer server.Close()
	profiles := []*Profile{at("main.a", noon, 10*time.Second, 5), at("main.b", noon, 10*time.Second, 5), at("main.c", noon, 10*time.Second, 5)}
	profiles[0].Labels = map[string]string{"replica": "a:6060", "odd": "{x,y}"}
	profiles[1].Labels = map[string]string{"replica": "refused"}
	profiles[2].Labels, profiles[2].Type = map[string]string{"replica": "goroutine"}, Goroutine
	opts := PushOptions{
		Server: server.URL + "/base", App: "shop", User: "me", Password: "sesame", Labels: map[string]string{"env": "test"},
		Source: Options{Header: http.Header{"X-Scope-Orgid": {"tenant"}}},
	}
	r, err := Push(t.Context(), profiles, opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{"shop{env=test,odd=_x_y_,replica=a:6060}", "shop{env=test,replica=refused}", "shop{env=test,replica=goroutine}"}, names); diff != "" {
		t.Errorf("names (-want +got)\n%s", diff)
	}
	if r.Failed() != 1 || r.Profiles[0].Error != "" || r.Profiles[2].Error != "" || !strings.HasSuffix(r.Profiles[1].Error, "422 Unprocessable Entity: too old") {
		t.Errorf("%+v", r.Profiles)
	}
	opts.Password = "wrong"
	if r, err := Push(t.Context(), profiles[:1], opts); err != nil || !strings.Contains(r.Err().Error(), "401 Unauthorized: who are you?") || strings.Contains(r.Err().Error(), "wrong") {
		t.Errorf("%v, %v", err, r.Err())
	}
	for _, bad := range []PushOptions{{Server: "localhost:4040", App: "shop"}, {Server: server.URL}} {
		if _, err := Push(t.Context(), profiles, bad); err == nil {
			t.Errorf("no error for %+v", bad)
		}
	}
}

// TestWeb asks for pprof's own pages.
func TestWeb(t *testing.T) {
	t.Parallel()
	handler, err := Web(at("main.hotspot", noon, time.Second, 5))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(LocalOnly(handler))
	defer server.Close()
	get := func(path, host string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			request.Host = host
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	for _, path := range []string{"/", "/flamegraph", "/top", "/peek?f=hotspot"} {
		if status, body := get(path, ""); status != http.StatusOK || !strings.Contains(body, "hotspot") {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := get("/top", "evil.example.com"); status != http.StatusForbidden {
		t.Errorf("asked as another host: %d", status)
	}
	if status, _ := get("/saveconfig?config=x", ""); status != http.StatusNotFound {
		t.Errorf("saveconfig: %d", status)
	}
}

func TestDo(t *testing.T) { // not parallel: a process records one CPU profile at a time
	var out bytes.Buffer
	ran := false
	err := Do(&out, func() {
		ran = true
		for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
			spin()
		}
	})
	if err != nil || !ran {
		t.Fatal(err, ran)
	}
	if !strings.Contains(out.String(), "profile.spin") {
		t.Logf("spin got no samples on this machine:\n%s", out.String())
	}
	var nested error
	if err := Do(io.Discard, func() { nested = Do(io.Discard, func() {}) }); err != nil || nested == nil {
		t.Errorf("errors %v, %v: one inside another must fail", err, nested)
	}
}

// spin burns a millisecond or so of CPU.
//
//go:noinline
func spin() {
	n := 0
	for i := range 1_000_000 {
		n += i * i
	}
	spun.Store(int64(n))
}

var spun atomic.Int64 // so that spin's work is not optimised away

// TestLeak watches a service whose answers are scripted.
func TestLeak(t *testing.T) {
	t.Parallel()
	heapOf := func(size, allocated int64) []byte {
		p := named(map[string]int64{"main.main;main.keep": size, "main.main;main.still": 8 << 20})
		decoded, _ := p.load()
		decoded.SampleType = []*pprof.ValueType{{Type: "alloc_space", Unit: "bytes"}, {Type: "inuse_space", Unit: "bytes"}}
		for _, s := range decoded.Sample {
			s.Value = []int64{allocated, s.Value[0]}
		}
		decoded.PeriodType, decoded.Period = &pprof.ValueType{Type: "space", Unit: "bytes"}, 512<<10
		return uncompressed(t, decoded)
	}
	for _, test := range []struct {
		name  string
		mib   []int64
		want  Trend
		words []string
	}{
		{"grows", []int64{10, 30, 50, 70, 90, 110}, Grows, []string{"grows", "main.keep", "At this rate it is at 1 GiB in"}},
		{"step", []int64{10, 10, 10, 110, 110, 110}, Step, []string{"rose in a step"}},
		{"plateau", []int64{10, 11, 10, 11, 10, 11}, Plateau, []string{"does not grow"}},
		{"restart", []int64{100, 120, 140, 10, 12, 11}, TooFew, []string{"Too few"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			server := service(t, map[string]http.HandlerFunc{"/x/heap": func(w http.ResponseWriter, _ *http.Request) {
				allocated := int64(asked+1) << 40
				if test.name == "restart" && asked >= 3 {
					allocated = int64(asked-2) << 40
				}
				_, _ = w.Write(heapOf(test.mib[min(asked, len(test.mib)-1)]<<20, allocated))
				asked++
			}})
			r, err := Leak(t.Context(), server.URL+"/x", Options{}, LeakOptions{Every: 5 * time.Millisecond, Types: []Type{Heap}, Limit: 1 << 30})
			if err != nil {
				t.Fatal(err)
			}
			if asked != 6 || r.Series[0].Verdict != test.want {
				t.Errorf("%d snapshots, %s: %s", asked, r.Series[0].Verdict, r.Series[0].Text)
			}
			for _, word := range test.words {
				if !strings.Contains(r.Series[0].Text, word) {
					t.Errorf("%q says nothing of %q", r.Series[0].Text, word)
				}
			}
			if r.Grows() != (test.want == Grows) {
				t.Errorf("grows: %v", r.Grows())
			}
			if test.name == "restart" && (len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "restarted before snapshot 4")) {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	interrupted := service(t, map[string]http.HandlerFunc{"/x/heap": func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked > 5 {
			cancel()
		}
		_, _ = w.Write(heapOf(int64(asked)*20<<20, int64(asked)<<40))
	}})
	r, err := Leak(ctx, interrupted.URL+"/x", Options{}, LeakOptions{Snapshots: 100, Every: 5 * time.Millisecond, Types: []Type{Heap}})
	if !errors.Is(err, context.Canceled) || r == nil || r.Series[0].Verdict != Grows || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "of 5 snapshots instead of 100") {
		t.Errorf("interrupted: %v, %+v", err, r)
	}
	if _, err := Leak(ctx, "http://127.0.0.1:1", Options{}, LeakOptions{}); err == nil {
		t.Error("no error after a cancel")
	}
}
