package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

// Threshold is a bound that a run has to keep, such as p95<50ms.
type Threshold struct {
	text   string
	target string // name of a target, or its path; empty: all
	metric string // mean, max, min, errors, rate or quantile
	q      float64
	less   bool    // <, <=; else >, >=
	equal  bool    // <=, >=
	bound  float64 // ns, share or per second
}

// ThresholdResult is a Threshold's verdict.
type ThresholdResult struct {
	Threshold string  `json:"threshold"`
	Value     float64 `json:"value"` // in ns for latencies, a ratio for errors, requests per second for rate
	Text      string  `json:"-"`     // the same for people
	OK        bool    `json:"ok"`
}

// ParseThreshold reads a bound: [TARGET ]METRIC OPERATOR VALUE. METRIC is a percentile (p50, p99.9), min, mean or max with a
// duration, errors with a share (1%, 0.01) or rate with a number per second; OPERATOR is <, <=, > or >=. TARGET is
// the name or the path of one target; without it all count.
//
//	p95<50ms    errors<=0.1%    rate>190    /posts/ p99<200ms
func ParseThreshold(text string) (Threshold, error) {
	t := Threshold{text: text}
	expression := strings.TrimSpace(text)
	at := strings.LastIndexAny(expression, "<>")
	if at < 0 {
		return t, fmt.Errorf("threshold %q: write METRIC<VALUE, such as p95<50ms", text)
	}
	left, right := strings.TrimSpace(expression[:at]), expression[at+1:]
	t.less = expression[at] == '<'
	if right, t.equal = strings.CutPrefix(right, "="); strings.TrimSpace(right) == "" {
		return t, fmt.Errorf("threshold %q: a value is missing, such as p95<50ms", text)
	}
	right = strings.TrimSpace(right)
	t.metric = left
	if space := strings.LastIndex(left, " "); space >= 0 {
		t.target, t.metric = strings.TrimSpace(left[:space]), left[space+1:]
	}
	var err error
	switch {
	case t.metric == "mean" || t.metric == "max" || t.metric == "min":
		t.bound, err = parseDuration(right)
	case strings.HasPrefix(t.metric, "p"):
		if t.q, err = strconv.ParseFloat(t.metric[1:], 64); err != nil || !(t.q > 0 && t.q <= 100) {
			return t, fmt.Errorf("threshold %q: %q is no percentile: write p50, p95, p99.9", text, t.metric)
		}
		t.bound, err = parseDuration(right)
	case t.metric == "errors":
		t.bound, err = parseShare(right)
	case t.metric == "rate":
		t.bound, err = strconv.ParseFloat(strings.TrimSuffix(right, "/s"), 64)
	default:
		return t, fmt.Errorf("threshold %q: unknown metric %q: use p50 … p99.9, min, mean, max, errors or rate", text, t.metric)
	}
	if err != nil || !(t.bound >= 0) {
		return t, fmt.Errorf("threshold %q: %q is no value for %s (50ms for latencies, 1%% for errors, 190 for rate)", text, right, t.metric)
	}
	return t, nil
}

func parseDuration(s string) (float64, error) {
	d, err := time.ParseDuration(s)
	return float64(d), err
}

func parseShare(s string) (float64, error) {
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(percent, 64)
		return v / 100, err
	}
	return strconv.ParseFloat(s, 64)
}

// judge measures the threshold. What was not measured keeps no bound.
func (t Threshold) judge(r *run, all *recorder, result *Result) ThresholdResult {
	verdict := ThresholdResult{Threshold: t.text}
	measured := all
	if t.target != "" {
		if measured = r.recorderOf(t.target); measured == nil {
			verdict.Text = "no such target"
			return verdict
		}
	}
	sent := measured.requests + measured.late
	switch t.metric {
	case "errors":
		if sent == 0 {
			verdict.Text = "nothing was sent"
			return verdict
		}
		verdict.Value = float64(measured.failed+measured.late) / float64(sent)
		verdict.Text = units.Percent(verdict.Value)
	case "rate":
		if result.DurationNS > 0 {
			verdict.Value = float64(measured.requests) / time.Duration(result.DurationNS).Seconds()
		}
		verdict.Text = units.Rate(verdict.Value)
	default:
		if measured.latency.TotalCount() == 0 {
			verdict.Text = "no answer"
			return verdict
		}
		verdict.Value = t.latency(measured)
		verdict.Text = ns(int64(verdict.Value))
	}
	switch {
	case verdict.Value == t.bound:
		verdict.OK = t.equal
	default:
		verdict.OK = (verdict.Value < t.bound) == t.less
	}
	return verdict
}

func (t Threshold) latency(measured *recorder) float64 {
	switch t.metric {
	case "mean":
		return measured.latency.Mean()
	case "max":
		return float64(measured.latency.Max())
	case "min":
		return float64(measured.latency.Min())
	}
	return float64(measured.latency.ValueAtPercentile(t.q))
}

// recorderOf finds a target by its name, or by its path if that is enough.
func (r *run) recorderOf(name string) *recorder {
	for i, target := range r.opts.Targets {
		if target.Name == name || strings.TrimPrefix(target.Name, target.Method+" ") == name {
			return r.recorders[i]
		}
	}
	return nil
}
