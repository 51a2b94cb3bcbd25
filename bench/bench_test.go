package bench_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/bench"
)

func ExampleRun() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	defer service.Close()
	target, err := bench.ParseTarget(service.URL + "/users/{1..100}")
	if err != nil {
		panic(err)
	}
	threshold, err := bench.ParseThreshold("errors<=0%")
	if err != nil {
		panic(err)
	}
	result, err := bench.Run(context.Background(), bench.Options{
		Targets: []bench.Target{target}, Rate: 100, Duration: 200 * time.Millisecond, Thresholds: []bench.Threshold{threshold},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Targets[0].Name, result.Requests, result.Errors, result.Thresholds[0].OK)
	// Output: GET /users/{1..100} 20 0 true
}

func ExampleParseTarget() {
	target, err := bench.ParseTarget("3*http://localhost:8080/users/{1..5000}/posts")
	if err != nil {
		panic(err)
	}
	fmt.Println(target.Name, target.Weight)
	fmt.Println(target.URL(7, 0), target.URL(7, 1)) // requests 0 and 1 under seed 7
	// Output:
	// GET /users/{1..5000}/posts 3
	// http://localhost:8080/users/1464/posts http://localhost:8080/users/2376/posts
}

func ExampleParseThreshold() {
	_, err := bench.ParseThreshold("p95<50")
	fmt.Println(err)
	// Output: threshold "p95<50": "50" is no value for p95 (50ms for latencies, 1% for errors, 190 for rate)
}

// TestRun drives a real server and compares what it saw with what was reported.
func TestRun(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		seen[r.Method+" "+strings.Split(r.URL.Path, "/")[1]+" "+r.Header.Get("X-Key")+string(body)]++
		mu.Unlock()
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprint(w, "12345")
	}))
	defer service.Close()
	good, err := bench.ParseTarget("3*" + service.URL + "/good/{1..9}")
	if err != nil {
		t.Fatal(err)
	}
	bad, err := bench.ParseTarget("POST " + service.URL + "/bad")
	if err != nil {
		t.Fatal(err)
	}
	bad.Body = []byte("+body")
	got, err := bench.Run(t.Context(), bench.Options{
		Targets: []bench.Target{good, bad}, Rate: 400, Duration: 500 * time.Millisecond, Header: http.Header{"X-Key": {"k"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if total := got.Requests + got.Unsent; total != 200 {
		t.Errorf("%d requests were due, want 200", total)
	}
	if got.Bytes != 5*got.Requests {
		t.Errorf("%d bytes in %d answers of 5", got.Bytes, got.Requests)
	}
	want := map[string]int{"GET good k": int(got.Targets[0].Requests), "POST bad k+body": int(got.Targets[1].Requests)}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("reported and seen (-reported +seen)\n%s", diff)
	}
	if got.Targets[0].Errors != 0 || got.Targets[1].Errors != got.Targets[1].Requests {
		t.Errorf("errors by target: %d and %d of %d", got.Targets[0].Errors, got.Targets[1].Errors, got.Targets[1].Requests)
	}
	if got.Targets[0].Requests <= got.Targets[1].Requests {
		t.Errorf("weight 3 got %d requests, weight 1 got %d", got.Targets[0].Requests, got.Targets[1].Requests)
	}
}

// TestNothingListens: a closed port is an error kind, not a failure of the run.
func TestNothingListens(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.NotFoundHandler())
	url := service.URL
	service.Close()
	target, err := bench.ParseTarget(url)
	if err != nil {
		t.Fatal(err)
	}
	got, err := bench.Run(t.Context(), bench.Options{Targets: []bench.Target{target}, Rate: 50, Duration: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Kinds) != 1 || got.Kinds[0].Kind != "connection refused" || got.Kinds[0].Count != got.Requests {
		t.Errorf("%d requests, kinds %+v; want all of them refused", got.Requests, got.Kinds)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	target, err := bench.ParseTarget("http://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	one := []bench.Target{target}
	for _, test := range []struct {
		name string
		opts bench.Options
		want string
	}{
		{"nothing", bench.Options{}, "bench: no target: name at least one URL"},
		{"zero target", bench.Options{Targets: make([]bench.Target, 1)}, "bench: a target without a URL: make it with ParseTarget"},
		{"too many", bench.Options{Targets: slices.Repeat(one, 1001)}, "bench: 1001 targets: at most 1000 can be told apart (a URL with braces must be quoted, or the shell expands it)"},
		{"rate", bench.Options{Targets: one, Rate: -1}, "bench: a rate of -1 requests per second cannot be sent: use a number from 0 (as fast as answers come) to 10 million"},
		{"concurrency", bench.Options{Targets: one, Concurrency: -1}, "bench: a concurrency of -1 cannot be had: use a number from 1 to 100,000"},
		{"timeout", bench.Options{Targets: one, Timeout: -1}, "bench: a timeout of -1ns cannot be had"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := bench.Run(t.Context(), test.opts)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
