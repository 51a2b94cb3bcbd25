package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

// sourceFlags are the flags of every command that reads profiles from running services.
func sourceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "seconds", Value: "10", Usage: "record CPU and trace for `N` whole seconds"},
		&cli.DurationFlag{Name: "timeout", Value: 15 * time.Second, Usage: "wait `DURATION` beyond the recording for an answer"},
		&cli.StringSliceFlag{Name: "header", Usage: "send `'NAME: VALUE'` with every request"},
		&cli.StringFlag{Name: "bearer-token-file", Usage: "send the token in `FILE`; else that in PGASSAY_BEARER_TOKEN, if it is set", TakesFile: true},
		&cli.StringFlag{Name: "ca-file", Usage: "trust the certificate authorities in `FILE`", TakesFile: true},
		&cli.StringFlag{Name: "cert-file", Usage: "show the client certificate in `FILE`", TakesFile: true},
		&cli.StringFlag{Name: "key-file", Usage: "the client certificate's key is in `FILE`", TakesFile: true},
		&cli.StringSliceFlag{Name: "path", Usage: "get a type from a path of its own: `TYPE=PATH`"},
		&cli.Int64Flag{Name: "max-size", Value: 64, Usage: "refuse profiles over `MIB` as sent, and over four times that decompressed"},
	}
}

// source turns the flags into Options.
func (p *program) source(c *cli.Context) (profile.Options, error) {
	opts := profile.Options{
		Timeout: c.Duration("timeout"),
		Read:    profile.ReadOptions{MaxBytes: c.Int64("max-size") << 20, MaxRawBytes: c.Int64("max-size") << 22},
		Header:  http.Header{},
		Paths:   map[profile.Type]string{},
		Bearer:  p.getenv("PGASSAY_BEARER_TOKEN"),
	}
	seconds, err := strconv.Atoi(strings.TrimSuffix(c.String("seconds"), "s"))
	if err != nil || seconds < 1 {
		return opts, usageErrorf("--seconds takes a whole number of seconds, at least 1: a Go service takes no fractions (it would record 30 s instead), and %q is none", c.String("seconds"))
	}
	opts.Seconds = seconds
	if opts.Timeout <= 0 || c.Int64("max-size") <= 0 {
		return opts, usageErrorf("--timeout and --max-size must be above zero")
	}
	for _, header := range c.StringSlice("header") {
		name, value, ok := strings.Cut(header, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return opts, usageErrorf("--header is written 'NAME: VALUE'")
		}
		opts.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	for _, pair := range c.StringSlice("path") {
		name, path, ok := strings.Cut(pair, "=")
		kind, err := profile.ParseType(name)
		if !ok || err != nil {
			return opts, usageErrorf("--path is written TYPE=PATH, such as heap=/admin/heap")
		}
		opts.Paths[kind] = path
	}
	if name := c.String("bearer-token-file"); name != "" {
		token, err := os.ReadFile(name)
		if err != nil {
			return opts, fmt.Errorf("read bearer token: %w", err)
		}
		opts.Bearer = strings.TrimSpace(string(token))
	}
	opts.TLS, err = tlsConfig(c)
	return opts, err
}

// tlsConfig returns nil if no flag asks for anything out of the ordinary.
func tlsConfig(c *cli.Context) (*tls.Config, error) {
	ca, cert, key := c.String("ca-file"), c.String("cert-file"), c.String("key-file")
	if ca == "" && cert == "" && key == "" {
		return nil, nil
	}
	config := &tls.Config{}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read certificate authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read certificate authorities: no certificate in %s; it must hold PEM blocks", ca)
		}
	}
	if cert != "" || key != "" {
		if cert == "" || key == "" {
			return nil, usageErrorf("--cert-file and --key-file belong together")
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func (p *program) profileCaptureCommand() *cli.Command {
	return &cli.Command{
		Name:      "capture",
		Usage:     "record profiles of running services",
		ArgsUsage: "URL…",
		Description: "Records each type of profile of every service, all services at the same time, and stores them with a manifest.\n" +
			"A heap profile is taken after the CPU profile, and after a garbage collection.\n\n" +
			"Examples:\n" +
			"  pgassay profile capture http://localhost:6060\n" +
			"  pgassay profile capture --type cpu,heap --seconds 30 --output-dir profiles http://10.0.0.1:6060 http://10.0.0.2:6060\n" +
			"  pgassay profile capture --type cpu --times 5 --output-dir before http://localhost:6060\n" +
			"  pgassay profile capture --all-addresses http://shop.internal:6060      # every replica behind the name\n" +
			"  pgassay profile capture --targets-from replicas.txt --type mutex,block --delta\n" +
			"  pgassay profile capture --bearer-token-file token https://service.example.com/internal/pprof",
		Flags: append(append([]cli.Flag{
			&cli.StringSliceFlag{Name: "type", Usage: "`TYPES` to record: cpu, heap, allocs, goroutine, mutex, block, threadcreate, trace (default: cpu,heap)"},
			&cli.BoolFlag{Name: "delta", Usage: "of heap, allocs, mutex, block and the others too, record what happens within --seconds"},
			&cli.IntFlag{Name: "times", Value: 1, Usage: "capture `N` times in a row, for profile diff"},
			&cli.StringFlag{Name: "targets-from", Usage: "also the services in `FILE`: a URL a line, with KEY=VALUE labels behind it", TakesFile: true},
			&cli.BoolFlag{Name: "all-addresses", Usage: "capture from every address that a service's name resolves to"},
			&cli.StringSliceFlag{Name: "label", Usage: "keep `KEY=VALUE` with the profiles"},
			&cli.StringFlag{Name: "output-dir", Value: "profiles", Usage: "store the profiles and manifest.json in `DIR`"},
		}, sourceFlags()...), outputFlags()...),
		Action: p.profileCapture,
	}
}

func (p *program) profileCapture(c *cli.Context) error {
	opts, err := p.source(c)
	if err != nil {
		return err
	}
	opts.Targets, opts.Delta, opts.AllAddresses = c.Args().Slice(), c.Bool("delta"), c.Bool("all-addresses")
	if opts.Labels, err = labels(c.StringSlice("label")); err != nil {
		return err
	}
	if name := c.String("targets-from"); name != "" {
		if err := readTargets(name, &opts); err != nil {
			return err
		}
	}
	if len(opts.Targets) == 0 {
		return usageErrorf("name a service to capture from, such as http://localhost:6060")
	}
	if opts.Types, err = profileTypes(c.StringSlice("type")); err != nil {
		return err
	}
	if c.Int("times") < 1 {
		return usageErrorf("--times must be above zero")
	}
	bars := p.captureBars(opts.Seconds)
	opts.Progress = bars.tell
	var captures profile.Captures
	for range c.Int("times") {
		more, err := profile.Capture(c.Context, opts)
		if err != nil {
			return err
		}
		if c.Context.Err() != nil { // what was under way is lost, what is there is kept
			more = slices.DeleteFunc(more, func(one profile.Captured) bool { return one.Err != nil })
		}
		captures = append(captures, more...)
		if c.Context.Err() != nil {
			break
		}
	}
	bars.wait()
	if err := c.Context.Err(); err != nil && len(captures) == 0 {
		return err
	}
	if err := captures.Err(); err != nil && !slices.ContainsFunc(captures, func(one profile.Captured) bool { return one.Err == nil }) {
		return err // there is nothing to store
	}
	manifest, err := captures.Save(c.String("output-dir"))
	if err != nil {
		return err
	}
	if err := errors.Join(p.write(c, manifest, nil), c.Context.Err()); err != nil {
		return err
	}
	if failed := manifest.Failed(); failed > 0 {
		return fmt.Errorf("%d of %d profiles could not be captured, the others are stored: %w", failed, len(captures), captures.Err())
	}
	return nil
}

// readTargets adds the services that a file lists. Empty lines, and what follows #, are skipped.
func readTargets(name string, opts *profile.Options) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read targets: %w", err)
	}
	opts.TargetLabels = map[string]map[string]string{}
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		more, err := labels(words[1:])
		if err != nil {
			return fmt.Errorf("read targets: %s:%d: write a URL and KEY=VALUE labels", name, number)
		}
		opts.Targets = append(opts.Targets, words[0])
		opts.TargetLabels[words[0]] = more
	}
	return nil
}

// profileTypes reads --type cpu,heap, which may also be given several times.
func profileTypes(values []string) ([]profile.Type, error) {
	var types []profile.Type
	for _, value := range values {
		for name := range strings.SplitSeq(value, ",") {
			kind, err := profile.ParseType(strings.TrimSpace(name))
			if err != nil {
				return nil, usageErrorf("%s", err)
			}
			types = append(types, kind)
		}
	}
	return types, nil
}
