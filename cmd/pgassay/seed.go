package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed"
	"github.com/pgassay/pgassay/seed/config"
)

func (p *program) seedCommand() *cli.Command {
	return &cli.Command{
		Name:      "seed",
		Usage:     "fill tables with made-up rows that keep every constraint",
		ArgsUsage: "[TABLE=ROWS ...]",
		Description: "Makes rows and loads them through COPY. Without arguments every table gets some: 1,000, and three times as many for\n" +
			"each level of foreign keys. What a column holds is inferred from its name, type, comment, constraints and neighbours;\n" +
			"pgassay seed plan shows what was, and a configuration changes it.\n\n" +
			"Examples:\n" +
			"  pgassay seed                                          # every table of the database\n" +
			"  pgassay seed users=1000 posts=5000 comments=20000     # these, and what they cannot do without\n" +
			"  pgassay seed --rows 10k --seed 7                      # ten thousand rows for every table\n" +
			"  pgassay seed events=1G --dry-run                      # the space it takes, and what comes off for the load\n" +
			"  pgassay seed --config small.yaml                      # as a configuration says; seed.yaml counts without being named\n" +
			"  pgassay seed plan users=1M                            # what would be made, and from what it was inferred\n" +
			"  pgassay seed events=1G --resume                       # in pieces that a later run can build on\n" +
			"  pgassay seed --schema shop.sql --emit csv --output-dir rows users=1M   # into files, without a database\n" +
			"  pgassay seed repair                                   # after a crash: put back what was taken off\n\n" +
			"The same --seed gives the same data, whatever the number of workers or shards.",
		Flags:       slices.Concat(seedPlanFlags(), seedLoadFlags(), seedEmitFlags(), databaseFlags(), outputFlags()),
		Subcommands: []*cli.Command{p.seedPlanCommand(), p.seedGeneratorsCommand(), p.seedRepairCommand()},
		Action:      p.seed,
	}
}

// seedPlanFlags say what to make.
func seedPlanFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "rows", Usage: "rows `N` of every table that is not named, such as 1000, 200k or 1.5M"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the data are a function of"},
		&cli.Float64Flag{Name: "null-share", Value: -1, Usage: "`SHARE` of nulls in nullable columns, from 0 to 1", DefaultText: "by meaning"},
		&cli.StringFlag{Name: "config", Usage: "`FILE` that says how tables and columns are filled", DefaultText: "seed.yaml in the current folder, if there is one", TakesFile: true},
		&cli.BoolFlag{Name: "no-config", Usage: "leave seed.yaml out"},
		&cli.BoolFlag{Name: "append", Usage: "add to tables that hold rows"},
		&cli.BoolFlag{Name: "truncate", Usage: "empty the tables first"},
	}
}

// seedLoadFlags say how to load it.
func seedLoadFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "workers", Usage: "`CONNECTIONS` that load at the same time", DefaultText: "one per processor, at most 8"},
		&cli.BoolFlag{Name: "resume", Usage: "commit in pieces, and go on with a run that did not end"},
		&cli.StringFlag{Name: "shard", Usage: "make one part only, such as `3/16`: the third of sixteen"},
		&cli.BoolFlag{Name: "keep-constraints", Usage: "leave foreign keys and indexes on while loading"},
		&cli.BoolFlag{Name: "triggers", Usage: "leave user triggers on while loading"},
		&cli.BoolFlag{Name: "skip-unfillable", Usage: "fill what can be filled and leave the other tables empty"},
		&cli.BoolFlag{Name: "dry-run", Usage: "say what would be done, and change nothing"},
		&cli.BoolFlag{Name: "ignore-disk", Usage: "begin even if the rows seem not to fit on the server's disk"},
		confirmFlag(),
	}
}

func (p *program) seed(c *cli.Context) error {
	opts, err := p.seedOptions(c)
	if err != nil {
		return err
	}
	if emitting, err := checkEmitFlags(c); err != nil {
		return err
	} else if emitting {
		return p.seedEmit(c, opts)
	}
	database, err := p.database(c)
	if err != nil {
		return err
	}
	if !c.Bool("dry-run") {
		if err := p.confirmed(c, database); err != nil {
			return err
		}
	}
	bars := newBars(p.stderr)
	opts.Progress = bars.event
	plan, err := seed.Prepare(c.Context, database, opts)
	if err != nil {
		return err
	}
	forecast, err := plan.Forecast(c.Context)
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return p.dryRun(c, forecast)
	}
	p.announce(forecast)
	if err := forecast.CheckDisk(); err != nil && !c.Bool("ignore-disk") {
		return err
	}
	result, err := plan.Load(c.Context)
	bars.close()
	if err != nil {
		if result != nil && len(result.Tables) > 0 && c.String("format") == "json" {
			err = errors.Join(err, p.write(c, result, nil))
		}
		return err
	}
	if err := p.write(c, result, nil); err != nil {
		return err
	}
	if n := len(result.Unfillable); n > 0 {
		return fmt.Errorf("%d of the tables that were asked for could not be filled", n)
	}
	return nil
}

// seedOptions reads the flags and arguments of pgassay seed and pgassay seed plan.
func (p *program) seedOptions(c *cli.Context) (seed.Options, error) {
	opts := seed.Options{
		Seed: c.Uint64("seed"), NullShare: c.Float64("null-share"), Append: c.Bool("append"), Truncate: c.Bool("truncate"),
		Workers: c.Int("workers"), Resume: c.Bool("resume"), KeepConstraints: c.Bool("keep-constraints"), Triggers: c.Bool("triggers"),
		SkipUnfillable: c.Bool("skip-unfillable"),
	}
	switch {
	case opts.Append && opts.Truncate:
		return opts, usageErrorf("--append and --truncate exclude each other: choose one")
	case opts.Append && opts.Resume:
		return opts, usageErrorf("--append and --resume exclude each other: what is there would change between the runs")
	case opts.Workers < 0:
		return opts, usageErrorf("--workers %d: use at least 1", opts.Workers)
	case opts.NullShare > 1 || opts.NullShare < 0 && c.IsSet("null-share") || math.IsNaN(opts.NullShare):
		return opts, usageErrorf("--null-share %g: use a share from 0 to 1", opts.NullShare)
	}
	var err error
	if c.IsSet("rows") {
		if opts.Rows, err = config.ParseRows(c.String("rows")); err != nil || opts.Rows == 0 {
			return opts, usageErrorf("--rows %s: use a number of rows, such as 1000 or 2M", c.String("rows"))
		}
	}
	if c.IsSet("shard") {
		if opts.Shard, opts.Shards, err = parseShard(c.String("shard")); err != nil {
			return opts, err
		}
		if opts.Append || opts.Truncate {
			return opts, usageErrorf("--shard fills empty tables: leave out --append and --truncate")
		}
	}
	for _, arg := range c.Args().Slice() {
		cut := strings.LastIndexByte(arg, '=')
		if cut <= 0 {
			return opts, usageErrorf("argument %q: write TABLE=ROWS, as in users=1000", arg)
		}
		rows, err := config.ParseRows(arg[cut+1:])
		if err != nil {
			return opts, usageErrorf("argument %q: %s", arg, err)
		}
		opts.Tables = append(opts.Tables, seed.Wish{Table: arg[:cut], Rows: rows})
	}
	opts.Config, err = p.seedConfig(c)
	if file := opts.Config; file != nil {
		if file.Seed != nil && !c.IsSet("seed") {
			opts.Seed = *file.Seed
		}
		if file.NullShare != nil && !c.IsSet("null-share") {
			opts.NullShare = *file.NullShare
		}
	}
	return opts, err
}

// seedConfig reads the configuration: the one that --config names, else seed.yaml in the current folder, if there is one,
// which is then said.
func (p *program) seedConfig(c *cli.Context) (*config.Config, error) {
	switch {
	case c.Bool("no-config") && c.IsSet("config"):
		return nil, usageErrorf("--config and --no-config exclude each other: choose one")
	case c.Bool("no-config"):
		return nil, nil
	case c.IsSet("config"):
		return config.Read(c.String("config"))
	}
	file, err := config.Read(config.DefaultFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	fmt.Fprintf(p.stderr, "pgassay: configuration from %s of this folder; --no-config leaves it out\n", config.DefaultFile)
	return file, err
}

func parseShard(text string) (shard, shards int, err error) {
	i, n, ok := strings.Cut(text, "/")
	shard, err = strconv.Atoi(i)
	if err == nil {
		shards, err = strconv.Atoi(n)
	}
	if !ok || err != nil || shard < 1 || shards < shard || shards > 100_000 {
		return 0, 0, usageErrorf("--shard %s: write PART/PARTS, as in 3/16", text)
	}
	return shard, shards, nil
}
