package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// TestProfileScript runs testdata/script/profile/*.txtar. Each script has profiles of a made-up service, shop, as files in
// its folder, and a service that serves them at $SERVICE, with a few faults.
func TestProfileScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script/profile",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			if err := writeProfiles(env.WorkDir); err != nil {
				return err
			}
			server := httptest.NewServer(shop(env.WorkDir))
			env.Defer(server.Close)
			env.Setenv("SERVICE", server.URL)
			return nil
		},
	})
}

// shop serves a folder's profiles where net/http/pprof does.
func shop(dir string) http.Handler {
	mux := http.NewServeMux()
	for path, file := range map[string]string{"profile": "shop-cpu.pb.gz", "heap": "shop-heap.pb.gz", "goroutine": "shop-goroutine.pb.gz"} {
		mux.HandleFunc("/debug/pprof/"+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, filepath.Join(dir, file))
		})
	}
	mux.HandleFunc("/secured/heap", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" || r.Header.Get("X-Tenant") != "a,b" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, "shop-heap.pb.gz"))
	})
	mux.HandleFunc("/ingest", func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := r.FormFile("profile"); err != nil || strings.Contains(r.URL.Query().Get("name"), "unwanted") {
			http.Error(w, "not wanted", http.StatusUnprocessableEntity)
		}
	})
	return mux
}

// writeProfiles writes the profiles of shop: one of each kind, four before and four after a change, and snapshots of a
// heap that grows.
func writeProfiles(dir string) error {
	files := map[string]*profile.Profile{
		"shop-cpu.pb.gz":       shopCPU(1, 1, 0),
		"shop-heap.pb.gz":      shopHeap(3),
		"shop-goroutine.pb.gz": shopGoroutines(),
		"idle.pb.gz":           shopCPU(0, 0, 0),
	}
	for i := range 5 {
		wobble := []float64{1, 1.02, 0.99, 1.01, 0.98}[i]
		files[fmt.Sprintf("before/cpu-%d.pb.gz", i)] = shopCPU(wobble, wobble, i)
		files[fmt.Sprintf("same/cpu-%d.pb.gz", i)] = shopCPU(2-wobble, wobble, i)
		files[fmt.Sprintf("after/cpu-%d.pb.gz", i)] = shopCPU(wobble, 1.6*wobble, i)
	}
	for i := range 6 {
		files[fmt.Sprintf("heaps/heap-%d.pb.gz", i)] = shopHeap(i)
	}
	for name, p := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			return err
		}
		var content bytes.Buffer
		if err := p.Write(&content); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A builder makes profiles from stacks written as text.
type builder struct {
	*profile.Profile
	functions map[string]*profile.Function
	locations map[string]*profile.Location
}

func newBuilder(minute int, types ...string) *builder {
	start := time.Date(2026, 1, 5, 12, minute, 0, 0, time.UTC)
	b := &builder{
		Profile: &profile.Profile{
			TimeNanos: start.UnixNano(), PeriodType: &profile.ValueType{},
			Mapping: []*profile.Mapping{{ID: 1, Start: 0x400000, Limit: 0x900000, File: "/srv/shop", BuildID: "5c0ffee", HasFunctions: true}},
		},
		functions: map[string]*profile.Function{}, locations: map[string]*profile.Location{},
	}
	for _, t := range types {
		kind, unit, _ := strings.Cut(t, "/")
		b.SampleType = append(b.SampleType, &profile.ValueType{Type: kind, Unit: unit})
	}
	return b
}

// add adds a sample. Frames are written NAME FILE:LINE, the outermost first.
func (b *builder) add(labels map[string][]string, values []int64, frames ...string) {
	s := &profile.Sample{Value: values, Label: labels}
	for _, text := range frames {
		s.Location = append([]*profile.Location{b.location(text)}, s.Location...)
	}
	b.Sample = append(b.Sample, s)
}

func (b *builder) location(text string) *profile.Location {
	if l := b.locations[text]; l != nil {
		return l
	}
	name, place, _ := strings.Cut(text, " ")
	file, number, _ := strings.Cut(place, ":")
	line, _ := strconv.ParseInt(number, 10, 64)
	f := b.functions[name]
	if f == nil {
		f = &profile.Function{ID: uint64(len(b.Function) + 1), Name: name, SystemName: name, Filename: file, StartLine: 1}
		b.functions[name] = f
		b.Function = append(b.Function, f)
	}
	l := &profile.Location{ID: uint64(len(b.Location) + 1), Mapping: b.Mapping[0], Address: 0x400000 + uint64(len(b.Location)), Line: []profile.Line{{Function: f, Line: line}}}
	b.locations[text] = l
	b.Location = append(b.Location, l)
	return l
}

// The frames of shop.
const (
	inGoexit   = "runtime.goexit /go/src/runtime/asm_amd64.s:1700"
	inServe    = "net/http.(*conn).serve /go/src/net/http/server.go:2100"
	inList     = "example.com/shop/web.(*Server).list /build/shop/web/list.go:31"
	inSearch   = "example.com/shop/web.(*Server).search /build/shop/web/search.go:18"
	inRank     = "example.com/shop/web.rank /build/shop/web/search.go:44"
	inRankLoop = "example.com/shop/web.rank /build/shop/web/search.go:47"
	inKeep     = "example.com/shop/web.(*cache).keep /build/shop/web/cache.go:22"
	inQuery    = "github.com/jackc/pgx/v5.(*Conn).Query /go/pkg/mod/github.com/jackc/pgx/v5@v5.7.0/conn.go:700"
	inWrite    = "syscall.Syscall /go/src/syscall/syscall_linux.go:73"
	inScan     = "github.com/jackc/pgx/v5.(*baseRows).Scan /go/pkg/mod/github.com/jackc/pgx/v5@v5.7.0/rows.go:280"
	inEncode   = "encoding/json.(*Encoder).Encode /go/src/encoding/json/stream.go:200"
	inMalloc   = "runtime.mallocgc /go/src/runtime/malloc.go:1000"
	inSortFunc = "slices.SortFunc[...] /go/src/slices/sort.go:30"
	inMark     = "runtime.gcBgMarkWorker /go/src/runtime/mgc.go:1400"
	inFind     = "runtime.findRunnable /go/src/runtime/proc.go:3400"
)

// shopStatement is what shop lists with; the scripts' statements.sql has it too.
const shopStatement = "SELECT id, title FROM posts WHERE author_id = $1 ORDER BY created_at DESC"

func shopCPU(load, ranking float64, minute int) *profile.Profile {
	b := newBuilder(minute, "samples/count", "cpu/nanoseconds")
	b.PeriodType, b.Period = &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, 10_000_000
	b.DurationNanos = 10_000_000_000
	listing := map[string][]string{"route": {"GET /list"}, "statement": {sqltext.Fingerprint(shopStatement)}}
	searching := map[string][]string{"route": {"GET /search"}}
	sample := func(labels map[string][]string, times float64, frames ...string) {
		if n := int64(times + 0.5); n > 0 {
			b.add(labels, []int64{n, n * b.Period}, frames...)
		}
	}
	sample(listing, 160*load, inGoexit, inServe, inList, inQuery, inWrite)
	sample(listing, 90*load, inGoexit, inServe, inList, inScan)
	sample(listing, 40*load, inGoexit, inServe, inList, inScan, inMalloc)
	sample(listing, 70*load, inGoexit, inServe, inList, inEncode)
	sample(searching, 220*ranking, inGoexit, inServe, inSearch, inRank)
	sample(searching, 60*ranking, inGoexit, inServe, inSearch, inRankLoop)
	sample(searching, 80*ranking, inGoexit, inServe, inSearch, inRank, inSortFunc)
	sample(nil, 50*load, inGoexit, inMark)
	sample(nil, 30*load, inGoexit, inFind)
	return b.Profile
}

func shopHeap(snapshot int) *profile.Profile {
	b := newBuilder(snapshot, "alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes")
	b.PeriodType, b.Period, b.DefaultSampleType = &profile.ValueType{Type: "space", Unit: "bytes"}, 512<<10, "inuse_space"
	n := int64(snapshot)
	b.add(nil, []int64{1000 * (n + 1), (n + 1) << 30, 300 * (n + 1), 12 << 20 * (n + 1)}, inGoexit, inServe, inList, inKeep)
	b.add(nil, []int64{500 * (n + 1), (n + 1) << 29, 100, 20 << 20}, inGoexit, inServe, inList, inScan)
	return b.Profile
}

func shopGoroutines() *profile.Profile {
	b := newBuilder(0, "goroutine/count")
	b.PeriodType, b.Period = &profile.ValueType{Type: "goroutine", Unit: "count"}, 1
	b.add(nil, []int64{120}, inGoexit, inServe, inList, inQuery)
	b.add(nil, []int64{8}, inGoexit, inServe)
	return b.Profile
}

// TestProfileDocs: the commands in docs/profile.md are run by the scripts, and the output there is theirs.
func TestProfileDocs(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/profile.md")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/script/profile/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal(err, len(scripts))
	}
	var all strings.Builder
	for _, name := range scripts {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	trailing := regexp.MustCompile(`(?m)[ \t]+$`)
	tested := trailing.ReplaceAllString(all.String(), "")
	blocks := regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(string(doc), -1)
	if len(blocks) < 4 {
		t.Errorf("only %d output blocks", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(tested, trailing.ReplaceAllString(block[1], "")) {
			t.Errorf("no script has this output:\n%s", block[1])
		}
	}
	for _, command := range regexp.MustCompile(`(?m)^pgassay profile .*$`).FindAllString(string(doc), -1) {
		if strings.HasPrefix(command, "pgassay profile capture ") || strings.Contains(command, "http://") {
			continue // there is no such service here; the scripts capture from one of their own
		}
		if !strings.Contains(tested, "exec "+command) {
			t.Errorf("no script runs: %s", command)
		}
	}
}
