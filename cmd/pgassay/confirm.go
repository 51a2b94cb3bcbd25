package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed/guard"
)

// confirmFlag is the flag of commands that write to a database, for those that look like production.
func confirmFlag() cli.Flag {
	return &cli.StringFlag{Name: "yes-this-database", Usage: "write to it although it looks like production: `NAME` is the database's name"}
}

// confirmed refuses a database that looks like production, unless --yes-this-database names it.
func (p *program) confirmed(c *cli.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(c.Context, config)
	if err != nil {
		return explainConnect(err, &config.Config)
	}
	defer conn.Close(context.WithoutCancel(c.Context))
	place, err := guard.Look(c.Context, conn)
	if err != nil {
		return err
	}
	if c.IsSet("yes-this-database") && c.String("yes-this-database") == "" {
		return usageErrorf("--yes-this-database: give the database's name")
	}
	return place.Check(c.String("yes-this-database"))
}
