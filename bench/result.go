package bench

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// Result is what a run measured. Its JSON is a contract: it only ever gains fields.
type Result struct {
	Version      int     `json:"version"`
	Model        string  `json:"model"`         // open or closed
	Rate         float64 `json:"rate"`          // requests per second asked for; 0 in the closed model
	AchievedRate float64 `json:"achieved_rate"` // answered or failed per second of the measurement
	Concurrency  int     `json:"concurrency"`
	Seed         uint64  `json:"seed"`
	WarmUpNS     int64   `json:"warm_up_ns"`
	DurationNS   int64   `json:"duration_ns"` // of the measurement, to the last answer if that came later
	Totals
	SendDelay  Latency           `json:"send_delay"` // how late requests left though a sender was free: the driver's own fault
	Targets    []TargetResult    `json:"targets"`
	Thresholds []ThresholdResult `json:"thresholds"`
	Warnings   []string          `json:"warnings"`
}

// Totals are the numbers of one target, or of all.
type Totals struct {
	Requests int64       `json:"requests"` // answered or failed
	Errors   int64       `json:"errors"`   // failed, or answered with a status of 400 or more
	Unsent   int64       `json:"unsent"`   // due, but never sent: every sender was busy until the end
	Bytes    int64       `json:"bytes"`    // of the answers' bodies
	Latency  Latency     `json:"latency"`  // from when a request was due to the end of its answer
	Service  Latency     `json:"service"`  // from when it was sent; equal to Latency in the closed model
	Kinds    []ErrorKind `json:"error_kinds"`
}

// TargetResult is what one target's requests came to.
type TargetResult struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	Totals
}

// ErrorKind counts the errors of one kind.
type ErrorKind struct {
	Kind    string `json:"kind"` // status 500, timeout, connection refused, …
	Count   int64  `json:"count"`
	Example string `json:"example,omitempty"` // the first one's message
}

// Latency is a distribution of durations, right to three significant digits. Requests that got no answer and did not time
// out are not in it.
type Latency struct {
	Count  int64 `json:"count"`
	MinNS  int64 `json:"min_ns"`
	MeanNS int64 `json:"mean_ns"`
	P50NS  int64 `json:"p50_ns"`
	P90NS  int64 `json:"p90_ns"`
	P95NS  int64 `json:"p95_ns"`
	P99NS  int64 `json:"p99_ns"`
	P999NS int64 `json:"p99_9_ns"`
	MaxNS  int64 `json:"max_ns"`
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	at := h.ValueAtPercentile
	return Latency{
		Count: h.TotalCount(), MinNS: h.Min(), MeanNS: int64(h.Mean()), MaxNS: h.Max(),
		P50NS: at(50), P90NS: at(90), P95NS: at(95), P99NS: at(99), P999NS: at(99.9),
	}
}

func (r *recorder) totals() Totals {
	return Totals{
		Requests: r.requests, Errors: r.failed, Unsent: r.late, Bytes: r.bytes,
		Latency: latencyOf(r.latency), Service: latencyOf(r.service), Kinds: r.errorKinds(),
	}
}

// result sums up after drive.
func (r *run) result() *Result {
	all := newRecorder()
	result := &Result{
		Version: 1, Model: "closed", Rate: r.opts.Rate, Concurrency: r.opts.Concurrency, Seed: r.opts.Seed,
		WarmUpNS: int64(r.opts.WarmUp), DurationNS: int64(max(r.finished.Sub(r.begin), 0)),
		SendDelay: latencyOf(r.lag.latency), Targets: []TargetResult{}, Thresholds: []ThresholdResult{}, Warnings: []string{},
	}
	if r.opts.Rate > 0 {
		result.Model = "open"
	}
	for i, target := range r.opts.Targets {
		all.add(r.recorders[i])
		result.Targets = append(result.Targets, TargetResult{target.Name, max(target.Weight, 1), r.recorders[i].totals()})
	}
	result.Totals = all.totals()
	if result.DurationNS > 0 {
		result.AchievedRate = float64(result.Requests) / time.Duration(result.DurationNS).Seconds()
	}
	for _, threshold := range r.opts.Thresholds {
		result.Thresholds = append(result.Thresholds, threshold.judge(r, all, result))
	}
	result.warn()
	return result
}

// warn says where the numbers do not mean what they seem to.
func (r *Result) warn() {
	add := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	if r.Unsent > 0 {
		add("%s requests were due but never sent, because all %d that may be under way at once were: the service does not keep up with %s, and latencies are at least what is shown",
			units.Count(r.Unsent), r.Concurrency, units.Rate(r.Rate))
	}
	if delay := time.Duration(r.SendDelay.P99NS); delay > 10*time.Millisecond {
		add("one request in a hundred left %s late though a sender was free: this machine is too busy to send evenly at that rate, and the load was burstier than it should have been", units.Duration(delay))
	}
	if r.Requests > 0 && r.Errors == r.Requests {
		add("every request failed: latencies, if any, are those of errors")
	}
	if r.Requests == 0 {
		add("no request was measured")
	}
}

// Failed tells whether a threshold was missed.
func (r *Result) Failed() bool {
	for _, threshold := range r.Thresholds {
		if !threshold.OK {
			return true
		}
	}
	return false
}

// Document shows the result to people.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Load"}
	model := fmt.Sprintf("%d clients, each sending when it has its answer (closed model)", r.Concurrency)
	if r.Model == "open" {
		model = fmt.Sprintf("%s requested, at most %d under way at once (open model: latencies count from when a request was due)", units.Rate(r.Rate), r.Concurrency)
	}
	d.Add(report.Paragraph{Text: fmt.Sprintf("%s requests in %s, %s: %s.", units.Count(r.Requests), units.Duration(time.Duration(r.DurationNS)), units.Rate(r.AchievedRate), model)})

	table := report.Table{Columns: []report.Column{
		{Name: "endpoint"},
		{Name: "requests", Right: true},
		{Name: "errors", Right: true},
		{Name: "mean", Right: true},
		{Name: "p50", Right: true},
		{Name: "p95", Right: true},
		{Name: "p99", Right: true},
		{Name: "max", Right: true},
		{Name: "bytes", Right: true},
	}}
	for _, target := range r.Targets {
		table.Rows = append(table.Rows, row(report.Name(target.Name), target.Totals))
	}
	if len(r.Targets) > 1 {
		table.Rows = append(table.Rows, row(report.Text("all"), r.Totals))
	}
	d.Add(table)
	if r.Latency.P99NS > r.Service.P99NS+r.Service.P99NS/10 && r.Service.Count > 0 {
		d.Add(report.Paragraph{Text: fmt.Sprintf("Counted from when they were sent, answers took %s at p50, %s at p95 and %s at p99: the difference is the time that requests waited because all that may be under way were.",
			ns(r.Service.P50NS), ns(r.Service.P95NS), ns(r.Service.P99NS))})
	}
	if len(r.Kinds) > 0 {
		errors := report.Table{Caption: "Errors", Columns: []report.Column{{Name: "kind"}, {Name: "count", Right: true}, {Name: "first"}}}
		for _, kind := range r.Kinds {
			errors.Rows = append(errors.Rows, []report.Value{report.Text(kind.Kind), report.Count(kind.Count), report.Text(kind.Example)})
		}
		d.Add(errors)
	}
	if len(r.Thresholds) > 0 {
		judged := report.Table{Caption: "Thresholds", Columns: []report.Column{{Name: "threshold"}, {Name: "measured", Right: true}, {Name: "verdict"}}}
		for _, threshold := range r.Thresholds {
			verdict := "met"
			if !threshold.OK {
				verdict = "missed"
			}
			judged.Rows = append(judged.Rows, []report.Value{report.Name(threshold.Threshold), report.Text(threshold.Text), report.Text(verdict)})
		}
		d.Add(judged)
	}
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	return d
}

func row(name report.Value, t Totals) []report.Value {
	values := []report.Value{name, report.Count(t.Requests), report.Count(t.Errors)}
	if t.Latency.Count == 0 {
		for range 5 {
			values = append(values, report.Text("-"))
		}
		return append(values, report.Bytes(t.Bytes))
	}
	for _, d := range []int64{t.Latency.MeanNS, t.Latency.P50NS, t.Latency.P95NS, t.Latency.P99NS, t.Latency.MaxNS} {
		values = append(values, report.Text(ns(d)))
	}
	return append(values, report.Bytes(t.Bytes))
}

func ns(n int64) string { return units.Duration(time.Duration(n)) }
