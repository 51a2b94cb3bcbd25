package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/seed"
)

func (p *program) seedPlanCommand() *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "print what seed would make, and from what it was inferred; change nothing",
		ArgsUsage: "[TABLE=ROWS ...]",
		Description: "Shows for every table how many rows it would get and why, and for every column where its values come from (its name,\n" +
			"its comment, its type, its checks, seed.yaml), how many are null, how they are distributed, and one of them.\n\n" +
			"Where that is not what you want, say so in a configuration: --write-config writes one that makes the very same data,\n" +
			"to be changed line by line. docs/seed.md lists what may stand in it.\n\n" +
			"Examples:\n" +
			"  pgassay seed plan                                     # every table\n" +
			"  pgassay seed plan users=1000 posts=5000               # these, and what they cannot do without\n" +
			"  pgassay seed plan --write-config seed.yaml            # write down what was inferred, to change it\n" +
			"  pgassay seed plan --config small.yaml --format json   # for scripts",
		Flags: slices.Concat(seedPlanFlags(), []cli.Flag{
			&cli.StringFlag{Name: "write-config", Usage: "write a configuration that makes this data to `FILE`; - is standard output, in place of the plan", TakesFile: true},
			&cli.BoolFlag{Name: "force", Usage: "let --write-config overwrite a file"},
		}, databaseFlags(), outputFlags()),
		Action: p.seedPlan,
	}
}

func (p *program) seedPlan(c *cli.Context) error {
	opts, err := p.seedOptions(c)
	if err != nil {
		return err
	}
	path := c.String("write-config")
	if c.IsSet("write-config") && path == "" {
		return usageErrorf("--write-config needs a file, or - for standard output")
	}
	if err := p.overwrites(path, c.Bool("force")); err != nil {
		return err
	}
	database, err := p.database(c)
	if err != nil {
		return err
	}
	opts.Examples = path != "-"
	plan, err := seed.Prepare(c.Context, database, opts)
	if err != nil {
		return err
	}
	if path != "" {
		if err := p.writeConfig(path, c.Bool("force"), plan); err != nil {
			return err
		}
	}
	if path != "-" {
		if err := p.write(c, plan, nil); err != nil {
			return err
		}
	}
	if len(plan.Unfillable) > 0 {
		return &seed.UnfillableError{Tables: plan.Unfillable}
	}
	return nil
}

// overwrites refuses a file that is there, before any work is done.
func (p *program) overwrites(path string, force bool) error {
	if path == "" || path == "-" || force {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: choose another name for --write-config, or overwrite it with --force", path)
	}
	return nil
}

// writeConfig writes a plan as a configuration.
func (p *program) writeConfig(path string, force bool, plan *seed.Plan) error {
	if path == "-" {
		return plan.Draft().Write(p.stdout)
	}
	var content bytes.Buffer
	if err := plan.Draft().Write(&content); err != nil {
		return err
	}
	var err error
	if force {
		err = p.writeTo(path, func(w io.Writer) error {
			_, err := w.Write(content.Bytes())
			return err
		})
	} else {
		err = writeNew(path, content.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	fmt.Fprintf(p.stderr, "pgassay: wrote %s\n", path)
	return nil
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already", path)
	} else if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}
