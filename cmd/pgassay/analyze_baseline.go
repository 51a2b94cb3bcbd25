package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/baseline"
)

func saveFlag() cli.Flag {
	return &cli.StringFlag{Name: "save", TakesFile: true, Usage: "write what was found, the plans and their times into `FILE`, for --against"}
}

func againstFlag() cli.Flag {
	return &cli.StringFlag{Name: "against", TakesFile: true, Usage: "compare with `FILE` that --save wrote: report new findings, plans that changed for the worse, and what vanished"}
}

func anonymiseFlag() cli.Flag {
	return &cli.BoolFlag{Name: "anonymise", Usage: "rename tables, columns, literals, files and whatever else is yours, the same way everywhere"}
}

// baselineFlags refuses uses of --save and --against that could not end well, before the work rather than after it.
func (p *program) baselineFlags(c *cli.Context) error {
	save, against, output := c.String("save"), c.String("against"), c.String("output")
	switch {
	case save == "-":
		return usageErrorf("--save: standard output is the report's: name a file, such as baseline.json")
	case against == "-":
		return usageErrorf("--against: standard input is for statements: name a file that --save wrote")
	case save != "" && output != "" && filepath.Clean(save) == filepath.Clean(output):
		return usageErrorf("--save and --output name the same file: the report would take the baseline's place")
	case save != "" && c.Bool("anonymise"):
		return usageErrorf("--save needs the real names: leave out --anonymise, or --save")
	case against != "":
		_, err := baseline.Read(against)
		return err
	}
	return nil
}

// compare holds a result against the baseline that --against names, keeps it as --save says, and writes it. Both flags may
// name the same file.
func (p *program) compare(c *cli.Context, result *analyze.Result, opts analyze.Options) error {
	kept := result.Baseline()
	if path := c.String("against"); path != "" {
		old, err := baseline.Read(path)
		if err != nil {
			return err
		}
		result.Against(old, path, opts)
	}
	if path := c.String("save"); path != "" {
		data, err := kept.JSON()
		if err != nil {
			return err
		}
		if err := p.writeTo(path, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return fmt.Errorf("save baseline: %w", err)
		}
	}
	return p.findings(c, result)
}
