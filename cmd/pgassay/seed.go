package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed"
)

func (p *program) seedCommand() *cli.Command {
	return &cli.Command{
		Name:      "seed",
		Usage:     "fill tables with made-up rows that keep every constraint",
		ArgsUsage: "[TABLE=ROWS ...]",
		Description: `Makes rows and loads them through COPY. Without arguments every table gets some.

   pgassay seed                                         every table of the database
   pgassay seed users=1000 posts=5000 comments=20000    these tables
   pgassay seed --rows 10000 --seed 7                   ten thousand rows for every table

The same --seed gives the same data, whatever the number of workers.`,
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "rows", Usage: "rows `N` of every table that is not named"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the data are a function of"},
			&cli.IntFlag{Name: "workers", Usage: "`CONNECTIONS` that load at the same time (default: one per processor)"},
			&cli.Float64Flag{Name: "null-share", Value: -1, Usage: "`SHARE` of nulls in nullable columns, from 0 to 1", DefaultText: "by meaning"},
			&cli.BoolFlag{Name: "append", Usage: "add to tables that hold rows"},
			&cli.BoolFlag{Name: "truncate", Usage: "empty the tables first"},
		}, databaseFlags()...), outputFlags()...),
		Action: p.seed,
	}
}

func (p *program) seed(c *cli.Context) error {
	opts, err := seedOptions(c)
	if err != nil {
		return err
	}
	config, err := p.database(c)
	if err != nil {
		return err
	}
	bars := newBars(p.stderr)
	opts.Progress = bars.event
	result, err := seed.Run(c.Context, config, opts)
	bars.close()
	if err != nil {
		if result != nil && len(result.Tables) > 0 && c.String("format") == "json" {
			err = errors.Join(err, p.write(c, result, nil))
		}
		return err
	}
	return p.write(c, result, nil)
}

// seedOptions reads the flags and arguments of pgassay seed.
func seedOptions(c *cli.Context) (seed.Options, error) {
	opts := seed.Options{
		Seed: c.Uint64("seed"), Workers: c.Int("workers"), NullShare: c.Float64("null-share"),
		Append: c.Bool("append"), Truncate: c.Bool("truncate"),
	}
	if opts.Append && opts.Truncate {
		return opts, usageErrorf("--append and --truncate exclude each other: choose one")
	}
	if opts.Workers < 0 {
		return opts, usageErrorf("--workers %d: use at least 1", opts.Workers)
	}
	if opts.NullShare > 1 || math.IsNaN(opts.NullShare) {
		return opts, usageErrorf("--null-share %g: use a share from 0 to 1", opts.NullShare)
	}
	var err error
	if c.IsSet("rows") {
		if opts.Rows, err = parseCount(c.String("rows")); err != nil || opts.Rows == 0 {
			return opts, usageErrorf("--rows %s: use a number of rows, such as 1000 or 2M", c.String("rows"))
		}
	}
	for _, arg := range c.Args().Slice() {
		cut := strings.LastIndexByte(arg, '=')
		if cut <= 0 {
			return opts, usageErrorf("argument %q: write TABLE=ROWS, as in users=1000", arg)
		}
		rows, err := parseCount(arg[cut+1:])
		if err != nil {
			return opts, usageErrorf("argument %q: %s", arg, err)
		}
		opts.Tables = append(opts.Tables, seed.Wish{Table: arg[:cut], Rows: rows})
	}
	return opts, nil
}

// parseCount reads a number of rows: 5000, 5_000, 200k, 1.5M, 2G.
func parseCount(text string) (uint64, error) {
	digits := strings.ReplaceAll(text, "_", "")
	scale := 1.0
	if n := len(digits); n > 0 {
		switch digits[n-1] {
		case 'k', 'K':
			scale = 1e3
		case 'm', 'M':
			scale = 1e6
		case 'g', 'G':
			scale = 1e9
		}
		if scale > 1 {
			digits = digits[:n-1]
		}
	}
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil && scale == 1 {
		return n, nil
	}
	f, err := strconv.ParseFloat(digits, 64)
	f *= scale
	if err != nil || f < 0 || f > 1e15 || f != math.Trunc(f) {
		return 0, fmt.Errorf("%q is no number of rows: write 5000, 200k or 1.5M", text)
	}
	return uint64(f), nil
}
