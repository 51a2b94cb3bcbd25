package main

import (
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/index"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/units"
)

// analyzeStatistics analyses what pg_stat_statements has counted.
func (p *program) analyzeStatistics(c *cli.Context) error {
	if c.NArg() > 0 {
		return usageErrorf("give files or --stat-statements, not both")
	}
	for _, name := range []string{"since", "until", "input", "prefix"} {
		if c.IsSet(name) {
			return usageErrorf("--%s is of logs: pg_stat_statements keeps sums, not times", name)
		}
	}
	config, err := p.database(c)
	if err != nil {
		return err
	}
	opts, err := p.analyzeOptions(c, config)
	if err != nil {
		return err
	}
	read := workload.Options{Databases: c.StringSlice("database"), Users: c.StringSlice("user"), Top: c.Int("top")}
	result, err := analyze.Statistics(c.Context, config, read, opts)
	if err != nil {
		return err
	}
	return p.compare(c, result, opts)
}

// analyzeOptions reads the flags that say how statements are analysed. --verify builds indexes: not on a database that
// looks like production, unless that is confirmed. config is nil without a database.
func (p *program) analyzeOptions(c *cli.Context, config *pgx.ConnConfig) (analyze.Options, error) {
	settings, err := p.settings(c)
	if err != nil {
		return analyze.Options{}, err
	}
	if err := p.baselineFlags(c); err != nil {
		return analyze.Options{}, err
	}
	opts := analyze.Options{
		Rules: settings.Rules, Ignore: settings.Ignore, Repeat: c.String("save") != "" || c.String("against") != "",
		Verify: c.Bool("verify"), AllowDML: c.Bool("allow-dml"), ShowValues: c.Bool("show-values"), StatementTimeout: c.Duration("timeout"),
		Building: func(b index.Building) {
			fmt.Fprintf(p.stderr, "pgassay: --verify builds %d %s on %s (%s), in a transaction that is rolled back; its writers wait meanwhile, about %s\n",
				b.Indexes, map[bool]string{true: "index", false: "indexes"}[b.Indexes == 1], b.Table, units.Bytes(int64(b.Bytes)), units.Duration(b.Expected))
		},
	}
	if opts.Verify && config != nil {
		if err := p.confirmed(c, config); err != nil {
			return opts, err
		}
	}
	return opts, nil
}

// showUnread shows some of the lines that could not be read.
func (p *program) showUnread(unread workload.Unread) {
	for _, line := range unread.Samples {
		fmt.Fprintf(p.stderr, "pgassay: not read: %q\n", line)
	}
}
