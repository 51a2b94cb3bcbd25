package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/seed/value"
)

func (p *program) seedGeneratorsCommand() *cli.Command {
	return &cli.Command{
		Name:  "generators",
		Usage: "list the generators that seed.yaml can name",
		Description: "Each makes values of the types that are listed beside it. A column gets one by its name; where that is wrong, write the\n" +
			"right one into seed.yaml: tables: {users: {columns: {contact: {generator: email}}}}\n\n" +
			"Examples:\n" +
			"  pgassay seed generators\n" +
			"  pgassay seed generators --format json",
		Flags: outputFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usageErrorf("seed generators takes no arguments")
			}
			return p.write(c, generators{Version: 1, Generators: value.GeneratorInfos()}, nil)
		},
	}
}

// generators is the list of generators as a result.
type generators struct {
	Version    int                   `json:"version"`
	Generators []value.GeneratorInfo `json:"generators"`
}

// Document is the list for people.
func (g generators) Document() report.Document {
	d := report.Document{Title: "Generators"}
	table := report.Table{Columns: []report.Column{{Name: "generator"}, {Name: "for"}, {Name: "values"}}}
	for _, info := range g.Generators {
		table.Rows = append(table.Rows, []report.Value{report.Name(info.Name), report.Text(strings.Join(info.Types, ", ")), report.Text(info.About)})
	}
	d.Add(table)
	return d
}
