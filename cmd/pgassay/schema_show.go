package main

import (
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/schema/show"
)

func (p *program) schemaShowCommand() *cli.Command {
	flags := append(databaseFlags(),
		&cli.StringSliceFlag{Name: "schema", Usage: "show the tables of this `SCHEMA` alone; may be given again"},
		&cli.BoolFlag{Name: "extension-tables", Usage: "show tables that belong to an extension too"})
	return &cli.Command{
		Name:      "show",
		Usage:     "show tables, columns, keys, indexes and sizes",
		ArgsUsage: "[TABLE…]",
		Description: "Reads the catalogs, in a READ ONLY transaction. Sizes are real, row counts are the server's estimates.\n" +
			"Examples:\n" +
			"  pgassay schema show                                       # all tables, or an overview of many\n" +
			"  pgassay schema show posts comments                        # two of them\n" +
			"  pgassay schema show --format mermaid --output er.mmd      # an entity-relationship diagram\n" +
			"  pgassay schema show --schema shop --format json | jq '.tables[].name'",
		Flags:  append(flags, outputFlags("mermaid")...),
		Action: p.schemaShow,
	}
}

func (p *program) schemaShow(c *cli.Context) error {
	config, err := p.database(c)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(c.Context, config)
	if err != nil {
		return explainConnect(err, &config.Config)
	}
	defer conn.Close(c.Context)
	db, err := schema.Load(c.Context, conn, schema.Options{Schemas: c.StringSlice("schema"), ExtensionTables: c.Bool("extension-tables")})
	if err != nil {
		return err
	}
	for _, warning := range db.Warnings {
		fmt.Fprintln(p.stderr, "pgassay: warning:", warning)
	}
	result, err := show.New(db, c.Args().Slice())
	if err != nil {
		return err
	}
	return p.write(c, result, map[string]renderFunc{
		"mermaid": func(w io.Writer, r reporter) error { return r.(*show.Result).Mermaid(w) },
	})
}
