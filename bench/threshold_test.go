package bench

import (
	"testing"
	"time"
)

func TestThreshold(t *testing.T) {
	t.Parallel()
	run := &run{opts: Options{Targets: []Target{{Name: "GET /a", Method: "GET"}, {Name: "GET /b", Method: "GET"}, {Name: "GET /none", Method: "GET"}}}}
	all := newRecorder()
	for range run.opts.Targets {
		run.recorders = append(run.recorders, newRecorder())
	}
	for i := range 100 {
		run.recorders[0].record(time.Duration(i+1)*time.Millisecond, time.Millisecond, success(200, 0))
	}
	run.recorders[1].record(time.Second, time.Second, success(500, 0))
	for _, r := range run.recorders {
		all.add(r)
	}
	result := &Result{DurationNS: int64(10 * time.Second), Totals: all.totals()}
	for _, test := range []struct {
		in   string
		want bool
		text string
	}{
		{"p50<60ms", true, "51.0 ms"},
		{"p50 < 50ms", false, "51.0 ms"},
		{"p99.9<=2s", true, "1.00 s"},
		{"max>900ms", true, "1.00 s"},
		{"min<0.9ms", false, "1.00 ms"},
		{"mean<100ms", true, "59.9 ms"},
		{"errors<1%", true, "1%"},
		{"errors<0.009", false, "1%"},
		{"errors<=0%", false, "1%"},
		{"rate>10", true, "10.1/s"},
		{"rate>=10.1/s", true, "10.1/s"},
		{"rate>10.1", false, "10.1/s"},
		{"/a p95<100ms", true, "95.0 ms"},
		{"GET /a max<=100ms", false, "100 ms"}, // three significant digits
		{"/b errors>=100%", true, "100%"},
		{"/none p95<1h", false, "no answer"},
		{"/none errors<1", false, "nothing was sent"},
		{"/else p95<1h", false, "no such target"},
	} {
		t.Run(test.in, func(t *testing.T) {
			t.Parallel()
			threshold, err := ParseThreshold(test.in)
			if err != nil {
				t.Fatal(err)
			}
			got := threshold.judge(run, all, result)
			if got.OK != test.want || got.Text != test.text {
				t.Errorf("%t with %s, want %t with %s", got.OK, got.Text, test.want, test.text)
			}
		})
	}
}

func TestParseThresholdRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"p95":         `threshold "p95": write METRIC<VALUE, such as p95<50ms`,
		"p95<":        `threshold "p95<": a value is missing, such as p95<50ms`,
		"p0<1s":       `threshold "p0<1s": "p0" is no percentile: write p50, p95, p99.9`,
		"p101<1s":     `threshold "p101<1s": "p101" is no percentile: write p50, p95, p99.9`,
		"speed<1s":    `threshold "speed<1s": unknown metric "speed": use p50 … p99.9, min, mean, max, errors or rate`,
		"p95<50":      `threshold "p95<50": "50" is no value for p95 (50ms for latencies, 1% for errors, 190 for rate)`,
		"errors<x":    `threshold "errors<x": "x" is no value for errors (50ms for latencies, 1% for errors, 190 for rate)`,
		"errors<-1%":  `threshold "errors<-1%": "-1%" is no value for errors (50ms for latencies, 1% for errors, 190 for rate)`,
		"rate>NaN":    `threshold "rate>NaN": "NaN" is no value for rate (50ms for latencies, 1% for errors, 190 for rate)`,
		"/a b<1s":     `threshold "/a b<1s": unknown metric "b": use p50 … p99.9, min, mean, max, errors or rate`,
		"p95<1s<2s":   `threshold "p95<1s<2s": "p95<1s" is no percentile: write p50, p95, p99.9`,
		"pNaN<1s":     `threshold "pNaN<1s": "pNaN" is no percentile: write p50, p95, p99.9`,
		"mean<= 1 ms": `threshold "mean<= 1 ms": "1 ms" is no value for mean (50ms for latencies, 1% for errors, 190 for rate)`,
	} {
		_, err := ParseThreshold(in)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v\nwant %s", in, err, want)
		}
	}
}

// FuzzParseThreshold: whatever is accepted can be judged, and with no measurement at all it is not met, except a rate.
func FuzzParseThreshold(f *testing.F) {
	for _, seed := range []string{"p95<50ms", "errors<=0.1%", "rate>190", "/posts/ p99<200ms", "p99.9>=1s", "mean<1e3s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		threshold, err := ParseThreshold(text)
		if err != nil {
			return
		}
		run := &run{}
		empty := newRecorder()
		if verdict := threshold.judge(run, empty, &Result{}); verdict.OK && threshold.metric != "rate" {
			t.Errorf("%q is met by nothing", text)
		}
	})
}
