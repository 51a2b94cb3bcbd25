package main

import (
	"fmt"
	"io"

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
