package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
)

// builtins are the schemas that pgassay brings with it.
var builtins = map[string]string{"blog": schema.Blog}

func (p *program) schemaApplyCommand() *cli.Command {
	flags := append(databaseFlags(),
		&cli.StringFlag{Name: "builtin", Usage: "apply a schema that pgassay brings with it: `NAME` is blog"},
		&cli.BoolFlag{Name: "tolerant", Usage: "do without what fails, and list it: for dumps of servers with other roles and extensions"},
		&cli.BoolFlag{Name: "each-commits", Usage: "let each statement commit by itself; what was done before an error stays"},
		confirmFlag())
	return &cli.Command{
		Name:      "apply",
		Usage:     "run a file of schema definitions, hand-written or made by pg_dump",
		ArgsUsage: "FILE.sql|-",
		Description: "Everything happens in one transaction: if a statement fails, or a table is there already, nothing is changed.\n" +
			"Rows of COPY … FROM stdin are loaded; commands of psql and statements about other databases are left out.\n" +
			"Examples:\n" +
			"  pgassay schema apply db/structure.sql\n" +
			"  pgassay schema apply --builtin blog          # users, posts, comments\n" +
			"  pg_dump --schema-only shop | pgassay schema apply --tolerant -",
		Flags:  append(flags, outputFlags()...),
		Action: p.schemaApply,
	}
}

func (p *program) schemaApply(c *cli.Context) error {
	name, script, err := p.script(c)
	if err != nil {
		return err
	}
	opts := schema.ApplyOptions{File: name, Tolerant: c.Bool("tolerant"), EachCommits: c.Bool("each-commits")}
	if opts.Tolerant && opts.EachCommits {
		return usageErrorf("--tolerant lets each statement commit by itself already: leave --each-commits out")
	}
	config, err := p.database(c)
	if err != nil {
		return err
	}
	if err := p.confirmed(c, config); err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(c.Context, config)
	if err != nil {
		return explainConnect(err, &config.Config)
	}
	defer conn.Close(c.Context)
	applied, err := schema.Apply(c.Context, conn, script, opts)
	for _, warning := range applied.Warnings {
		fmt.Fprintln(p.stderr, "pgassay: warning:", warning)
	}
	if err != nil {
		return err
	}
	return p.write(c, &applyResult{Version: 1, File: name, Applied: applied}, nil)
}

// script reads what is to be applied: a file, standard input, or a built-in schema.
func (p *program) script(c *cli.Context) (name, script string, err error) {
	if builtin := c.String("builtin"); c.IsSet("builtin") {
		script, ok := builtins[builtin]
		if !ok {
			return "", "", usageErrorf("unknown built-in schema %q: there is blog", builtin)
		}
		if c.NArg() > 0 {
			return "", "", usageErrorf("name a file or --builtin, not both")
		}
		return builtin + ".sql", script, nil
	}
	if c.NArg() != 1 {
		return "", "", usageErrorf("name one file of schema definitions, - for standard input, or --builtin blog")
	}
	name = c.Args().First()
	if script, err = p.readFile(name); err != nil {
		return "", "", err
	}
	if name == "-" {
		return "standard input", script, nil
	}
	return filepath.Base(name), script, nil
}

// applyResult is what pgassay schema apply reports.
type applyResult struct {
	Version int    `json:"version"`
	File    string `json:"file"`
	schema.Applied
}

// Document lists the new tables, and what was done without.
func (r *applyResult) Document() report.Document {
	d := report.Document{Title: fmt.Sprintf("%s: %s new", r.File, units.Plural(len(r.Tables), "table"))}
	if len(r.Tables) > 0 {
		const most = 20
		names := strings.Join(r.Tables[:min(most, len(r.Tables))], ", ")
		if len(r.Tables) > most {
			names += fmt.Sprintf(" and %d more", len(r.Tables)-most)
		}
		d.Add(report.Paragraph{Text: names})
	}
	if len(r.Skipped) > 0 {
		table := report.Table{
			Caption: units.Plural(len(r.Skipped), "statement") + " failed and were done without",
			Columns: []report.Column{{Name: "line", Right: true}, {Name: "statement"}, {Name: "reason"}},
		}
		for _, s := range r.Skipped {
			table.Rows = append(table.Rows, []report.Value{report.Count(int64(s.Line)), report.Name(s.Statement), report.Text(s.Reason)})
		}
		d.Add(table)
	}
	return d
}
