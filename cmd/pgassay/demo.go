package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"
)

// The smallest and the largest demo: with fewer rows the tables are too small for a missing index to matter.
const (
	minDemoRows = 10_000
	maxDemoRows = 10_000_000
)

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "run a service with planted faults on a temporary PostgreSQL, and find them",
		Description: "Starts a PostgreSQL server of its own, makes the tables of a blog, fills them, serves the blog, puts load on\n" +
			"it, records its profiles and its statements meanwhile, analyses all of that, and sums up what is wrong and\n" +
			"how to mend it. Needs nothing and leaves nothing behind.\n\n" +
			"Examples:\n" +
			"  pgassay demo\n" +
			"  pgassay demo --fixed                    # the same service without its faults: nothing is found\n" +
			"  pgassay demo --rows 1000000 --format html --output demo.html\n" +
			"  pgassay demo --keep                     # keeps the database and what was recorded, to try the other commands on",
		Flags: append([]cli.Flag{
			&cli.Int64Flag{Name: "rows", Value: 100_000, Usage: "rows over all tables"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "seed of the rows and of the load"},
			&cli.BoolFlag{Name: "fixed", Usage: "run the service without its faults"},
			&cli.BoolFlag{Name: "keep", Usage: "keep the database, the recorded statements and the profiles, and say where they are"},
		}, outputFlags()...),
		Action: func(c *cli.Context) error {
			rows := c.Int64("rows")
			switch {
			case c.NArg() > 0:
				return usageErrorf("demo takes no arguments, only flags. See pgassay demo --help")
			case rows < minDemoRows || rows > maxDemoRows:
				return usageErrorf("--rows must be a number from 10,000 to 10,000,000")
			}
			if dir := filepath.Dir(c.String("output")); dir != "." {
				if _, err := os.Stat(dir); err != nil { // better now than when all is done
					return usageErrorf("--output: %v", err)
				}
			}
			d := &demo{
				program: p, rows: rows, seed: c.Uint64("seed"), fixed: c.Bool("fixed"), keep: c.Bool("keep"), started: time.Now(),
			}
			result, err := d.run(c.Context)
			if err != nil {
				return err
			}
			return p.write(c, result, nil)
		},
	}
}
