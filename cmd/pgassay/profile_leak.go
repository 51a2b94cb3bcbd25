package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profileLeakCommand() *cli.Command {
	return &cli.Command{
		Name:      "leak",
		Usage:     "tell whether a service keeps more and more memory or goroutines, and where",
		ArgsUsage: "URL | FILE…|FOLDER",
		Description: "Takes snapshots of a running service, or judges snapshots that were taken before. The verdict is grows, step, plateau\n" +
			"or too few; at least five snapshots are needed, over a time in which the load stays the same.\n\n" +
			"Examples:\n" +
			"  pgassay profile leak http://localhost:6060\n" +
			"  pgassay profile leak --snapshots 20 --every 1m --limit 2GiB --fail-on-growth http://localhost:6060\n" +
			"  pgassay profile leak monday/heap-*.pb.gz",
		Flags: append(append([]cli.Flag{
			&cli.IntFlag{Name: "snapshots", Value: 6, Usage: "take `N` snapshots"},
			&cli.DurationFlag{Name: "every", Value: 30 * time.Second, Usage: "take one each `DURATION`"},
			&cli.StringSliceFlag{Name: "type", Usage: "`TYPES` to watch: heap, goroutine (default: both)"},
			&cli.StringFlag{Name: "limit", Usage: "tell when `SIZE` is reached, such as 512MiB or 2GiB in use"},
			&cli.BoolFlag{Name: "fail-on-growth", Usage: "exit with 3 if something grows"},
			&cli.IntFlag{Name: "rows", Value: 10, Usage: "show `N` places; JSON has all"},
			appFlag(),
		}, sourceFlags()...), outputFlags()...),
		Action: p.profileLeak,
	}
}

func (p *program) profileLeak(c *cli.Context) error {
	if c.NArg() == 0 {
		return usageErrorf("name a service, such as http://localhost:6060, or snapshots of one")
	}
	source, err := p.source(c)
	if err != nil {
		return err
	}
	opts := profile.LeakOptions{Snapshots: c.Int("snapshots"), Every: c.Duration("every"), App: c.StringSlice("app"), Rows: c.Int("rows")}
	if opts.Snapshots < 1 || opts.Every <= 0 {
		return usageErrorf("--snapshots and --every must be above zero")
	}
	if opts.Types, err = profileTypes(c.StringSlice("type")); err != nil {
		return err
	}
	for _, kind := range opts.Types {
		if kind != profile.Heap && kind != profile.Goroutine {
			return usageErrorf("--type %s: only heap and goroutine can be watched for growth", kind)
		}
	}
	if text := c.String("limit"); text != "" {
		if opts.Limit, err = parseSize(text); err != nil {
			return usageErrorf("--limit %s: write a size such as 512MiB or 2GiB", text)
		}
	}
	result, err := p.leak(c, source, opts)
	if result == nil {
		return err
	}
	if err := errors.Join(p.write(c, result, nil), err); err != nil { // interrupted, but with a verdict
		return err
	}
	if c.Bool("fail-on-growth") && result.Grows() {
		return foundError{"something grows"}
	}
	return nil
}

// leak watches a service, or judges files.
func (p *program) leak(c *cli.Context, source profile.Options, opts profile.LeakOptions) (*profile.LeakReport, error) {
	if first := c.Args().First(); c.NArg() == 1 && profile.IsURL(first) {
		return profile.Leak(c.Context, first, source, opts)
	}
	var snapshots []*profile.Profile
	for _, name := range c.Args().Slice() {
		kinds := opts.Types
		if len(kinds) == 0 {
			kinds = []profile.Type{profile.Heap}
		}
		for _, kind := range kinds {
			more, err := profile.OpenSide(c.Context, name, kind, source)
			if err != nil {
				return nil, err
			}
			snapshots = append(snapshots, more...)
		}
	}
	return profile.JudgeLeak(snapshots, opts)
}

// parseSize reads 512MiB, 2GiB, 1.5g, 1048576.
func parseSize(text string) (int64, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	digits := strings.TrimRight(text, "kmgtib ")
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(text[len(digits):]), "b"), "i")
	shift := map[string]int{"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
	power, ok := shift[unit]
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !ok || v <= 0 || v >= 1<<20 && power == 40 {
		return 0, strconv.ErrSyntax
	}
	return int64(v * float64(int64(1)<<power)), nil
}
