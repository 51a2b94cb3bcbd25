package main

import "github.com/urfave/cli/v2"

func (p *program) schemaCommand() *cli.Command {
	return &cli.Command{
		Name:        "schema",
		Usage:       "make tables from a file, and show what a database looks like",
		Action:      p.helpOrUnknown,
		Subcommands: []*cli.Command{p.schemaApplyCommand(), p.schemaShowCommand()},
	}
}
