package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// scripted runs the driver in fake time against a service that answers request n as the script says.
func scripted(t *testing.T, opts Options, script func(n uint64) (time.Duration, outcome)) *Result {
	t.Helper()
	if opts.Targets == nil {
		opts.Targets = []Target{target(t, "http://localhost/x")}
	}
	opts, err := opts.complete()
	if err != nil {
		t.Fatal(err)
	}
	run := newRun(opts)
	run.exchange = func(ctx context.Context, _ *Target, n uint64) outcome {
		wait, result := script(n)
		select {
		case <-time.After(wait):
			return result
		case <-ctx.Done():
			return failure(ctx.Err())
		}
	}
	run.drive(t.Context())
	return run.result()
}

func target(t *testing.T, text string) Target {
	t.Helper()
	parsed, err := ParseTarget(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// near tells whether a histogram's value stands for want: three significant digits.
func near(t *testing.T, name string, got int64, want time.Duration) {
	t.Helper()
	if off := float64(got-int64(want)) / float64(want); off < -0.001 || off > 0.001 {
		t.Errorf("%s is %v, want %v", name, time.Duration(got), want)
	}
}

func TestClosedModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := scripted(t, Options{Concurrency: 4, Duration: 10 * time.Second, WarmUp: 2 * time.Second}, func(uint64) (time.Duration, outcome) {
			return 100 * time.Millisecond, success(200, 7)
		})
		if got.Requests != 400 || got.Errors != 0 || got.Unsent != 0 || got.Bytes != 2800 {
			t.Errorf("%d requests, %d errors, %d unsent, %d bytes; want 400 requests of 7 bytes", got.Requests, got.Errors, got.Unsent, got.Bytes)
		}
		if got.AchievedRate != 40 {
			t.Errorf("achieved rate is %g, want 40", got.AchievedRate)
		}
		near(t, "p99", got.Latency.P99NS, 100*time.Millisecond)
		if len(got.Warnings) != 0 {
			t.Errorf("warnings: %q", got.Warnings)
		}
	})
}

// TestStallIsCounted: a service that stands still for a second delays everybody who was due meanwhile. A driver that
// counts from the moment of sending would report one slow request of a hundred.
func TestStallIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := scripted(t, Options{Concurrency: 1, Rate: 10, Duration: 10 * time.Second}, func(n uint64) (time.Duration, outcome) {
			if n == 0 {
				return time.Second, success(200, 0)
			}
			return time.Millisecond, success(200, 0)
		})
		if got.Requests != 100 || got.Unsent != 0 {
			t.Fatalf("%d requests and %d unsent, want 100 and none", got.Requests, got.Unsent)
		}
		near(t, "max", got.Latency.MaxNS, time.Second)
		near(t, "p50", got.Latency.P50NS, time.Millisecond)
		near(t, "service p99", got.Service.P99NS, time.Millisecond)
		// Requests 1 to 9 waited 901, 802, … 109 ms: the fifth slowest of a hundred is p95's neighbour.
		near(t, "p95", got.Latency.P95NS, 505*time.Millisecond)
	})
}

func TestOpenModelSendsInParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := scripted(t, Options{Concurrency: 50, Rate: 100, Duration: 5 * time.Second, WarmUp: time.Second}, func(uint64) (time.Duration, outcome) {
			return 300 * time.Millisecond, success(200, 0)
		})
		if got.Requests != 500 || got.Unsent != 0 {
			t.Errorf("%d requests and %d unsent, want 500 and none", got.Requests, got.Unsent)
		}
		near(t, "max", got.Latency.MaxNS, 300*time.Millisecond)
		if got.SendDelay.MaxNS >= int64(time.Microsecond) {
			t.Errorf("the driver was %v late in fake time", time.Duration(got.SendDelay.MaxNS))
		}
	})
}

// TestUnsentIsCounted: what was due and never left has waited too.
func TestUnsentIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := scripted(t, Options{Concurrency: 2, Rate: 100, Duration: 10 * time.Second, Timeout: time.Minute}, func(uint64) (time.Duration, outcome) {
			return 20 * time.Second, success(200, 0)
		})
		if got.Requests != 2 || got.Unsent != 998 || got.Latency.Count != 1000 {
			t.Errorf("%d requests, %d unsent, %d latencies; want 2, 998, 1,000", got.Requests, got.Unsent, got.Latency.Count)
		}
		near(t, "p50", got.Latency.P50NS, 5*time.Second)
		if len(got.Warnings) != 1 {
			t.Errorf("warnings: %q, want one about the service that does not keep up", got.Warnings)
		}
	})
}

func TestWarmUpIsApart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		rate float64
	}{{"closed", 0}, {"open", 10}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				got := scripted(t, Options{Concurrency: 1, Rate: test.rate, Duration: 2 * time.Second, WarmUp: 2 * time.Second}, func(uint64) (time.Duration, outcome) {
					if time.Since(start) < 1900*time.Millisecond {
						return 100 * time.Millisecond, success(503, 0)
					}
					return 100 * time.Millisecond, success(200, 0)
				})
				if got.Requests != 20 || got.Errors != 0 {
					t.Errorf("%d requests and %d errors, want the 20 good ones after the warm-up", got.Requests, got.Errors)
				}
			})
		})
	}
}

func TestErrorsByKind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := scripted(t, Options{Concurrency: 1, Rate: 10, Duration: time.Second}, func(n uint64) (time.Duration, outcome) {
			switch {
			case n < 5:
				return 0, success(500, 0)
			case n < 7:
				return 50 * time.Millisecond, failure(context.DeadlineExceeded)
			case n == 7:
				return 0, failure(errors.New("odd"))
			}
			return time.Millisecond, success(302, 0)
		})
		want := []ErrorKind{{"status 500", 5, ""}, {"timeout", 2, "context deadline exceeded"}, {"other", 1, "odd"}}
		if diff := cmp.Diff(want, got.Kinds); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got.Requests != 10 || got.Errors != 8 || got.Latency.Count != 9 {
			t.Errorf("%d requests, %d errors, %d latencies; want 10, 8, and 9 (a failure without an answer has none)", got.Requests, got.Errors, got.Latency.Count)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		duration time.Duration
		rate     float64
		want     error
	}{
		{"before the end", time.Minute, 0, context.Canceled},
		{"before the end, open", time.Minute, 10, context.Canceled},
		{"without an end", -1, 0, nil},
		{"without an end, open", -1, 10, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second+time.Millisecond, cancel)
				opts, err := Options{Targets: []Target{target(t, "http://localhost/x")}, Concurrency: 1, Rate: test.rate, Duration: test.duration}.complete()
				if err != nil {
					t.Fatal(err)
				}
				run := newRun(opts)
				run.exchange = func(context.Context, *Target, uint64) outcome {
					time.Sleep(100 * time.Millisecond)
					return success(200, 0)
				}
				run.drive(ctx)
				got := run.result()
				if got.Requests < 100 || got.Requests > 101 || got.Errors != 0 || got.Unsent != 0 {
					t.Errorf("%d requests, %d errors, %d unsent; want what was sent until the cancel", got.Requests, got.Errors, got.Unsent)
				}
			})
		})
	}
}
