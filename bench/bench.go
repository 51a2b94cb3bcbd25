// Package bench puts HTTP load on services and measures how they bear it.
//
// There are two models. The open model (Options.Rate) starts requests at a constant rate, as the world does, and
// measures each latency from the moment at which the request was due: a service that stalls makes everybody behind it
// wait, and that wait is counted (Gil Tene's "coordinated omission" is what happens where it is not). The closed model
// has a fixed number of clients, each of which sends its next request when it has the answer to the last.
//
// What is sent is a pure function of Options.Seed and the number of the request, so that two runs send the same.
// Memory is bounded however long a run takes: latencies go into HDR histograms with three significant digits.
package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Options choose the load. Targets are required; with neither Rate nor anything else set, 8 clients send as fast as they
// get answers, for 10 seconds.
type Options struct {
	Targets     []Target
	Rate        float64       // open model: requests per second over all targets; 0 means the closed model
	Concurrency int           // closed: clients (0: 8); open: most requests under way at once (0: 256)
	Duration    time.Duration // of the measurement; 0 means 10 seconds, negative until the context is done
	WarmUp      time.Duration // load before the measurement, which is not measured
	Timeout     time.Duration // of one request; 0 means 10 seconds
	Seed        uint64        // of what is drawn: which target, which values
	Header      http.Header   // of every request
	Thresholds  []Threshold   // judged in the Result
	Progress    func(Progress)
}

// Progress is told about four times a second, from one goroutine.
type Progress struct {
	Elapsed  time.Duration // since the start, warm-up included
	Total    time.Duration // warm-up and measurement; 0 if there is no end
	Requests int64         // answered or failed so far, warm-up included
	Errors   int64
}

const (
	defaultClients  = 8
	defaultInFlight = 256
	defaultDuration = 10 * time.Second
	defaultTimeout  = 10 * time.Second
	maxTargets      = 1000
)

// complete fills in the defaults and refuses what cannot be run.
func (o Options) complete() (Options, error) {
	switch {
	case len(o.Targets) == 0:
		return o, errors.New("no target: name at least one URL")
	case len(o.Targets) > maxTargets:
		return o, fmt.Errorf("%d targets: at most %d can be told apart (a URL with braces must be quoted, or the shell expands it)", len(o.Targets), maxTargets)
	case o.Rate < 0 || o.Rate > 1e7:
		return o, fmt.Errorf("a rate of %g requests per second cannot be sent: use a number from 0 (as fast as answers come) to 10 million", o.Rate)
	case o.Concurrency < 0 || o.Concurrency > 100_000:
		return o, fmt.Errorf("a concurrency of %d cannot be had: use a number from 1 to 100,000", o.Concurrency)
	case o.WarmUp < 0:
		return o, fmt.Errorf("a warm-up of %v cannot be had", o.WarmUp)
	case o.Timeout < 0:
		return o, fmt.Errorf("a timeout of %v cannot be had", o.Timeout)
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultClients
		if o.Rate > 0 {
			o.Concurrency = defaultInFlight
		}
	}
	if o.Duration == 0 {
		o.Duration = defaultDuration
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	for _, target := range o.Targets {
		if len(target.parts) == 0 {
			return o, errors.New("a target without a URL: make it with ParseTarget")
		}
	}
	return o, nil
}

// Run puts the load on and blocks until it is over and every request that was due has been answered or given up.
// Errors of the service are part of the Result. Run itself fails only on Options that cannot be run, or, with the
// Result so far, when ctx is done before Duration is over; without an end (negative Duration) that is no error.
func Run(ctx context.Context, opts Options) (*Result, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	run := newRun(opts)
	defer run.client.CloseIdleConnections()
	run.drive(ctx)
	result := run.result()
	if opts.Duration > 0 && ctx.Err() != nil {
		return result, fmt.Errorf("bench: %w", context.Cause(ctx))
	}
	return result, nil
}
