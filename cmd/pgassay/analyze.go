package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/report"
)

func (p *program) analyzeCommand() *cli.Command {
	flags := databaseFlags()
	flags = append(flags,
		&cli.BoolFlag{Name: "verify", Usage: "build each advised index in a transaction that is rolled back, and measure with it; blocks writers of the table meanwhile"},
		&cli.BoolFlag{Name: "allow-dml", Usage: "execute INSERT, UPDATE, DELETE and MERGE too; always rolled back"},
		&cli.BoolFlag{Name: "show-values", Usage: "let literals and bound values appear in the result"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "of one execution"},
		&cli.StringFlag{
			Name: "fail-on", Usage: "exit with 3 if there is a finding of this `SEVERITY` or a worse one: note, warning, error",
			Action: func(_ *cli.Context, name string) error {
				if _, err := report.ParseSeverity(name); err != nil {
					return usageErrorf("--fail-on: %s", err)
				}
				return nil
			},
		})
	return &cli.Command{
		Name:      "analyze",
		Usage:     "find what is wrong with statements, and prove it",
		ArgsUsage: "FILE…",
		Description: "Runs every statement of SQL files under EXPLAIN (ANALYZE, BUFFERS), READ ONLY and rolled back, and reports what is wrong with it.\n" +
			"Examples:\n" +
			"  pgassay analyze queries.sql\n" +
			"  pgassay analyze --verify --format markdown --output report.md queries.sql\n" +
			"  pgassay analyze --fail-on warning queries.sql     # in CI",
		Flags:  append(flags, outputFlags()...),
		Action: p.analyze,
	}
}

func (p *program) analyze(c *cli.Context) error {
	if c.NArg() == 0 {
		return usageErrorf("name a file of SQL statements, or - for standard input")
	}
	var statements []analyze.Statement
	var warnings []string
	for _, name := range c.Args().Slice() {
		text, err := p.readFile(name)
		if err != nil {
			return err
		}
		more, also := analyze.Statements(text, name)
		statements, warnings = append(statements, more...), append(warnings, also...)
	}
	config, err := p.database(c)
	if err != nil {
		return err
	}
	result, err := analyze.Run(c.Context, config, statements, analyze.Options{
		Verify: c.Bool("verify"), AllowDML: c.Bool("allow-dml"), ShowValues: c.Bool("show-values"), StatementTimeout: c.Duration("timeout"),
	})
	if err != nil {
		return err
	}
	result.Warnings = append(warnings, result.Warnings...)
	if err := p.write(c, result, nil); err != nil {
		return err
	}
	return failOn(c.String("fail-on"), result.Findings)
}

// failOn returns a foundError if a finding is as severe as was named.
func failOn(name string, findings []report.Finding) error {
	limit, err := report.ParseSeverity(name)
	if err != nil {
		return nil // not asked for
	}
	n := 0
	for _, f := range findings {
		if f.Severity.AtLeast(limit) {
			n++
		}
	}
	if n > 0 {
		return foundError{fmt.Sprintf("%d of %d findings at or above %s", n, len(findings), limit)}
	}
	return nil
}

// readFile reads a file, or standard input for "-".
func (p *program) readFile(name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(p.stdin)
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		return string(text), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read statements: %w", err)
	}
	return string(text), nil
}
