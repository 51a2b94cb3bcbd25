package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed"
)

func (p *program) seedPlanCommand() *cli.Command {
	return &cli.Command{
		Name:        "plan",
		Usage:       "print what seed would make, and from what it was inferred; change nothing",
		ArgsUsage:   "[TABLE=ROWS ...]",
		Description: "Examples:\n  pgassay seed plan users=1000 posts=5000\n  pgassay seed plan --format json",
		Flags:       slices.Concat(seedPlanFlags(), databaseFlags(), outputFlags()),
		Action: func(c *cli.Context) error {
			opts, err := seedOptions(c)
			if err != nil {
				return err
			}
			config, err := p.database(c)
			if err != nil {
				return err
			}
			plan, err := seed.Prepare(c.Context, config, opts)
			if err != nil {
				return err
			}
			if err := p.write(c, plan, nil); err != nil {
				return err
			}
			if len(plan.Unfillable) > 0 {
				return &seed.UnfillableError{Tables: plan.Unfillable}
			}
			return nil
		},
	}
}
