package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed"
	"github.com/pgassay/pgassay/seed/emit"
)

// seedEmitFlags are for rows that go into files.
func seedEmitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "emit", Usage: "write the rows to files instead, and nothing to a database: `KIND` is sql, csv or copy (COPY's binary format)"},
		&cli.StringFlag{Name: "output-dir", Usage: "`DIRECTORY` for --emit; it must be empty, or not be there yet", TakesFile: true},
		&cli.StringFlag{Name: "compress", Usage: "compress what --emit writes: `METHOD` is gzip or zstd"},
		&cli.StringFlag{Name: "schema", Usage: "take the tables of --emit from `FILE`.sql instead of a database", TakesFile: true},
	}
}

// checkEmitFlags tells whether the rows go into files, and what is wrong with the flags for that.
func checkEmitFlags(c *cli.Context) (emitting bool, err error) {
	if !c.IsSet("emit") {
		for _, name := range []string{"output-dir", "compress", "schema"} {
			if c.IsSet(name) {
				return false, usageErrorf("--%s goes with --emit sql, csv or copy; to load a schema and rows into a database, use pgassay schema apply first", name)
			}
		}
		return false, nil
	}
	for _, name := range []string{"truncate", "resume", "shard", "keep-constraints", "triggers", "dry-run", "ignore-disk", "yes-this-database"} {
		if c.IsSet(name) {
			return true, usageErrorf("--%s is about loading, and --emit writes files: leave one of them out", name)
		}
	}
	switch {
	case !slices.Contains(emit.Formats(), emit.Format(c.String("emit"))):
		return true, usageErrorf("--emit %s: use sql, csv or copy", c.String("emit"))
	case c.String("output-dir") == "":
		return true, usageErrorf("--emit needs --output-dir: a directory for the files")
	case c.IsSet("compress") && !slices.Contains([]string{"gzip", "zstd"}, c.String("compress")):
		return true, usageErrorf("--compress %s: use gzip or zstd", c.String("compress"))
	case c.IsSet("schema") && c.IsSet("dsn"):
		return true, usageErrorf("--schema and --dsn both say which tables there are: choose one")
	case c.IsSet("schema") && c.Bool("append"):
		return true, usageErrorf("--append continues after rows that are there: with --schema there are none")
	}
	return true, nil
}

// seedEmit writes rows to files.
func (p *program) seedEmit(c *cli.Context, opts seed.Options) error {
	config, over, err := p.emitDatabase(c)
	if err != nil {
		return err
	}
	defer over()
	opts.SchemaOnly = !opts.Append
	plan, err := seed.Prepare(c.Context, config, opts)
	if err != nil {
		return err
	}
	bars := newBars(p.stderr)
	result, err := emit.Write(c.Context, plan, emit.Options{
		Directory: c.String("output-dir"), Format: emit.Format(c.String("emit")), Compression: emit.Compression(c.String("compress")),
		Workers: opts.Workers, SkipUnfillable: opts.SkipUnfillable, Progress: bars.event,
	})
	bars.close()
	if err != nil {
		return fmt.Errorf("%w; no file was written", err)
	}
	if err := p.write(c, result, nil); err != nil {
		return err
	}
	if n := len(result.Unfillable); n > 0 {
		return fmt.Errorf("%d of the tables that were asked for could not be filled", n)
	}
	return nil
}

// emitDatabase returns the database that has the tables: the one that is connected, which is only read, or one on a server
// of our own that lives as long as the command and has the schema of a file. Over is to be called when done.
func (p *program) emitDatabase(c *cli.Context) (config *pgx.ConnConfig, over func(), err error) {
	if !c.IsSet("schema") {
		config, err = p.database(c)
		return config, func() {}, err
	}
	path := c.String("schema")
	script, err := p.readFile(path)
	if err != nil {
		return nil, nil, err
	}
	source, downloaded := p.serverSource()
	server, err := pgserver.Start(c.Context, pgserver.Options{Source: source, Settings: map[string]string{"fsync": "off"}})
	downloaded()
	if err != nil {
		return nil, nil, fmt.Errorf("--schema needs a server of pgassay's own: %w", err)
	}
	over = func() { _ = server.Stop() } // its guardian stops it otherwise
	config, err = p.applySchema(c, server, filepath.Base(path), script)
	if err != nil {
		over()
		return nil, nil, err
	}
	return config, over, nil
}

// applySchema makes a database on a server and applies a schema to it. What the server lacks is done without, as in a dump
// of another server, and said on standard error.
func (p *program) applySchema(c *cli.Context, server *pgserver.Server, name, script string) (*pgx.ConnConfig, error) {
	dsn, err := server.CreateDatabase(c.Context, "schema") // the file may be called postgres.sql, and a database of that name is there
	if err != nil {
		return nil, err
	}
	config, err := parseAddress(dsn)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(c.Context, config)
	if err != nil {
		return nil, explainConnect(err, &config.Config)
	}
	defer conn.Close(c.Context)
	applied, err := schema.Apply(c.Context, conn, script, schema.ApplyOptions{File: name, Tolerant: true})
	if err != nil {
		return nil, err
	}
	for _, warning := range applied.Warnings {
		fmt.Fprintln(p.stderr, "pgassay: warning:", warning)
	}
	for _, s := range applied.Skipped {
		fmt.Fprintf(p.stderr, "pgassay: warning: %s:%d: %s: done without it: %s\n", name, s.Line, s.Statement, s.Reason)
	}
	if len(applied.Tables) == 0 {
		return nil, fmt.Errorf("%s makes no table", name)
	}
	return config, nil
}
