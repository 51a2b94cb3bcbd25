package bench

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// run is the state of one Run.
type run struct {
	opts      Options
	client    *http.Client
	exchange  func(context.Context, *Target, uint64) outcome // sends one request, reads the whole answer
	weights   uint64
	recorders []*recorder // one per target
	start     time.Time   // of the warm-up
	begin     time.Time   // of the measurement
	end       time.Time   // of the measurement; the zero Time: none
	finished  time.Time   // when the last request was over
	next      atomic.Int64
	done      atomic.Int64
	failed    atomic.Int64
	lag       *recorder // how late requests left though a sender was waiting: the driver's own delay
}

func newRun(opts Options) *run {
	r := &run{opts: opts, lag: newRecorder()}
	for _, target := range opts.Targets {
		r.weights += uint64(max(target.Weight, 1))
		r.recorders = append(r.recorders, newRecorder())
	}
	r.client = &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: opts.Timeout}).DialContext,
			MaxIdleConnsPerHost: opts.Concurrency,
			DisableCompression:  true, // what the service sends is what is counted
			ForceAttemptHTTP2:   true,
		},
		// A redirect is an answer: following it would measure two requests as one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r.exchange = r.overHTTP
	return r
}

// drive sends until the end of the measurement or of ctx and waits for every answer.
func (r *run) drive(ctx context.Context) {
	r.start = time.Now()
	r.begin = r.start.Add(r.opts.WarmUp)
	if r.opts.Duration > 0 {
		r.end = r.begin.Add(r.opts.Duration)
	}
	var senders sync.WaitGroup
	for range r.opts.Concurrency {
		senders.Go(func() {
			if r.opts.Rate > 0 {
				r.sendOpen(ctx)
			} else {
				r.sendClosed(ctx)
			}
		})
	}
	stop := r.tell()
	senders.Wait()
	stop()
	r.finished = time.Now()
	if ctx.Err() == nil && r.finished.Before(r.end) {
		r.finished = r.end // nothing was due any more: that is part of the measurement
	}
	if r.opts.Rate > 0 {
		r.countUnsent()
	}
}

// sendClosed is one client: it sends, waits for the answer, and sends again.
func (r *run) sendClosed(ctx context.Context) {
	for ctx.Err() == nil {
		start := time.Now()
		if !r.end.IsZero() && !start.Before(r.end) {
			return
		}
		r.send(ctx, uint64(r.next.Add(1)-1), start, start)
	}
}

// sendOpen takes the next request that is due, waits for its time, and sends it. Senders that are all busy take requests
// late, and the latency counts from when they were due. A sender that waited and is woken late by its own machine counts
// from when it woke: that delay is not the service's, and is told apart.
func (r *run) sendOpen(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// A request that nobody takes before the end must not be numbered: countUnsent goes by the number.
		n := r.next.Load()
		due := r.due(n)
		now := time.Now()
		if !r.end.IsZero() && (!due.Before(r.end) || !now.Before(r.end)) {
			return
		}
		if !r.next.CompareAndSwap(n, n+1) {
			continue
		}
		from := due
		if wait := due.Sub(now); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
			from = time.Now()
			if late := from.Sub(due); !due.Before(r.begin) {
				r.lag.record(late, late, outcome{answered: true})
			}
		}
		if ctx.Err() != nil {
			return
		}
		r.send(ctx, uint64(n), due, from)
	}
}

// due returns when request number n of the open model is to be sent.
func (r *run) due(n int64) time.Time {
	return r.start.Add(time.Duration(float64(n) / r.opts.Rate * float64(time.Second)))
}

// countUnsent counts the requests that were due before the end but that nobody was free to send. They have waited at
// least until now, which is what goes into the latencies: leaving them out would hide the worst.
func (r *run) countUnsent() {
	if r.end.IsZero() || r.finished.Before(r.end) {
		return
	}
	for n := r.next.Load(); ; n++ {
		due := r.due(n)
		if !due.Before(r.end) {
			return
		}
		if due.Before(r.begin) {
			continue
		}
		target := choose(r.opts.Targets, r.weights, r.opts.Seed, uint64(n))
		r.recorders[target].unsent(r.end.Sub(due))
	}
}

// send sends request number n and records what came of it, if it was due in the measurement. Its latency counts from from.
func (r *run) send(ctx context.Context, n uint64, due, from time.Time) {
	index := choose(r.opts.Targets, r.weights, r.opts.Seed, n)
	sent := time.Now()
	result := r.exchange(ctx, &r.opts.Targets[index], n)
	over := time.Now()
	if ctx.Err() != nil && result.kind != "" {
		return // it was us who gave it up
	}
	r.done.Add(1)
	if result.kind != "" {
		r.failed.Add(1)
	}
	if !due.Before(r.begin) {
		r.recorders[index].record(over.Sub(from), over.Sub(sent), result)
	}
}

// overHTTP is the exchange of a real run.
func (r *run) overHTTP(ctx context.Context, target *Target, n uint64) outcome {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	var body io.Reader
	if target.Body != nil {
		body = bytes.NewReader(target.Body)
	}
	request, err := http.NewRequestWithContext(ctx, target.Method, target.URL(r.opts.Seed, n), body)
	if err != nil {
		return failure(err)
	}
	maps.Copy(request.Header, r.opts.Header)
	if host := r.opts.Header.Get("Host"); host != "" {
		request.Host = host
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return failure(err)
	}
	size, err := io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	if err != nil {
		return failure(err)
	}
	return success(answer.StatusCode, size)
}

// tell reports progress until stop is called.
func (r *run) tell() (stop func()) {
	if r.opts.Progress == nil {
		return func() {}
	}
	var total time.Duration
	if !r.end.IsZero() {
		total = r.end.Sub(r.start)
	}
	ended := make(chan struct{})
	var teller sync.WaitGroup
	teller.Go(func() {
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
			r.opts.Progress(Progress{Elapsed: time.Since(r.start), Total: total, Requests: r.done.Load(), Errors: r.failed.Load()})
		}
	})
	return func() { close(ended); teller.Wait() }
}
