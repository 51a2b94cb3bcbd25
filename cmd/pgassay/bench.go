package main

import (
	"fmt"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/bench"
	"github.com/pgassay/pgassay/internal/units"
)

func (p *program) benchCommand() *cli.Command {
	return &cli.Command{
		Name:      "bench",
		Usage:     "put HTTP load on a service and measure how it bears it",
		ArgsUsage: "[WEIGHT*][METHOD ]URL…",
		Description: "With --rate, requests leave at a constant rate and latencies count from the moment at which each was due,\n" +
			"so that a stall is felt by everybody behind it. Without it, --concurrency clients send as fast as they\n" +
			"get answers. What stands in braces is drawn anew for each request: {1..5000} is a number, {a,b} one of a\n" +
			"list, {@FILE} a line of a file. Quote such a URL, or the shell expands it.\n\n" +
			"Examples:\n" +
			"  pgassay bench http://localhost:8080/posts/ --rate 200 --duration 10s --threshold 'p95<50ms'\n" +
			"  pgassay bench '3*http://localhost:8080/users/{1..5000}' 'http://localhost:8080/search?q={a,b,c}' --concurrency 16\n" +
			"  pgassay bench 'POST http://localhost:8080/login' --body @login.json --header 'Content-Type: application/json'",
		Flags: append([]cli.Flag{
			&cli.Float64Flag{Name: "rate", Usage: "requests per second over all URLs; 0 means as fast as answers come"},
			&cli.IntFlag{Name: "concurrency", Usage: "clients; with --rate the most requests under way at once (default: 8; with --rate 256)"},
			&cli.DurationFlag{Name: "duration", Value: 10 * time.Second, Usage: "how long to measure"},
			&cli.DurationFlag{Name: "warm-up", Usage: "how long to send before measuring"},
			&cli.DurationFlag{Name: "timeout", Value: 10 * time.Second, Usage: "how long one request may take"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed of what is drawn: the same seed sends the same requests"},
			&cli.StringSliceFlag{Name: "header", Usage: "send `'NAME: VALUE'` with every request; may be repeated"},
			&cli.StringFlag{Name: "body", Usage: "send `TEXT`, or the content of @FILE, with every request"},
			&cli.StringSliceFlag{Name: "threshold", Usage: "exit with code 3 unless `'[PATH ]METRIC<VALUE'` holds: p50 … p99.9, min, mean, max, errors, rate; may be repeated"},
		}, outputFlags()...),
		Action: func(c *cli.Context) error {
			opts, err := benchOptions(c)
			if err != nil {
				return err
			}
			over := p.announceLoad(&opts)
			result, err := bench.Run(c.Context, opts)
			over()
			if result == nil {
				return usageErrorf("%v", err)
			}
			if writeErr := p.write(c, result, nil); err == nil {
				err = writeErr
			}
			if err == nil && result.Failed() {
				return foundError{missed(result)}
			}
			return err
		},
	}
}

// benchOptions reads the flags.
func benchOptions(c *cli.Context) (bench.Options, error) {
	opts := bench.Options{
		Rate: c.Float64("rate"), Concurrency: c.Int("concurrency"), Duration: c.Duration("duration"),
		WarmUp: c.Duration("warm-up"), Timeout: c.Duration("timeout"), Seed: c.Uint64("seed"), Header: http.Header{},
	}
	if opts.Duration <= 0 {
		return opts, usageErrorf("--duration must be longer than nothing")
	}
	var body []byte
	if text := c.String("body"); text != "" {
		body = []byte(text)
		if path, ok := strings.CutPrefix(text, "@"); ok {
			var err error
			if body, err = os.ReadFile(path); err != nil {
				return opts, fmt.Errorf("read body: %w", err)
			}
		}
	}
	for _, text := range c.Args().Slice() {
		target, err := bench.ParseTarget(text)
		if err != nil {
			return opts, usageErrorf("%v", err)
		}
		target.Body = body
		opts.Targets = append(opts.Targets, target)
	}
	for _, text := range c.StringSlice("threshold") {
		threshold, err := bench.ParseThreshold(text)
		if err != nil {
			return opts, usageErrorf("%v", err)
		}
		opts.Thresholds = append(opts.Thresholds, threshold)
	}
	for _, text := range c.StringSlice("header") {
		name, value, ok := strings.Cut(text, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return opts, usageErrorf("header %q: write NAME: VALUE", text)
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		opts.Header[name] = append(opts.Header[name], strings.TrimSpace(value))
	}
	return opts, nil
}

// announceLoad says on standard error what is about to happen, and on a terminal what is happening until over is called.
func (p *program) announceLoad(opts *bench.Options) (over func()) {
	if len(opts.Targets) == 0 {
		return func() {}
	}
	how := "as fast as answers come"
	if opts.Rate > 0 {
		how = "at " + units.Rate(opts.Rate)
	}
	fmt.Fprintf(p.stderr, "sending %s for %s to %s\n", how, units.Duration(opts.WarmUp+opts.Duration), counted(len(opts.Targets), "endpoint"))
	if _, live := terminal(p.stderr); !live {
		return func() {}
	}
	opts.Progress = func(now bench.Progress) {
		fmt.Fprintf(p.stderr, "\r\033[K%s of %s: %s requests, %s errors", units.Duration(now.Elapsed.Round(100*time.Millisecond)), units.Duration(now.Total), units.Count(now.Requests), units.Count(now.Errors))
	}
	return func() { fmt.Fprint(p.stderr, "\r\033[K") }
}

// missed names the thresholds that were not kept.
func missed(result *bench.Result) string {
	var missed []string
	for _, threshold := range result.Thresholds {
		if !threshold.OK {
			missed = append(missed, fmt.Sprintf("%s (measured %s)", threshold.Threshold, threshold.Text))
		}
	}
	return "threshold missed: " + strings.Join(missed, ", ")
}
