package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed"
)

func (p *program) seedRepairCommand() *cli.Command {
	return &cli.Command{
		Name:  "repair",
		Usage: "undo what a seed that did not end has left: put constraints, indexes and triggers back, empty half-loaded tables",
		Description: "A seed takes foreign keys and indexes of large tables off for the load, and notes them in schema pgassay of the\n" +
			"database (pgassay_journal, if that name is taken). After a crash, this puts them back exactly as they were. Tables that it had loaded whole stay loaded.\n\n" +
			"Examples:\n  pgassay seed repair --dsn postgres://localhost/app",
		Flags: slices.Concat([]cli.Flag{&cli.IntFlag{Name: "workers", Value: 2, Usage: "`CONNECTIONS` that work at the same time"}}, databaseFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usageErrorf("seed repair takes no arguments: it repairs the whole database")
			}
			config, err := p.database(c)
			if err != nil {
				return err
			}
			repaired, err := seed.Repair(c.Context, config, c.Int("workers"))
			if err != nil {
				return fmt.Errorf("%w; run pgassay seed repair again when the cause is gone", err)
			}
			return p.write(c, repaired, nil)
		},
	}
}
