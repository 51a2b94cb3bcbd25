package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/report"
)

func (p *program) analyzeCommand() *cli.Command {
	flags := databaseFlags()
	flags = append(flags,
		&cli.StringFlag{Name: "input", Usage: "read every FILE as this `KIND` instead of telling by its content: sql, querylog, log, csvlog, jsonlog"},
		&cli.StringFlag{Name: "prefix", Usage: "log_line_prefix of a stderr log, as `TEXT`; otherwise it is guessed"},
		&cli.TimestampFlag{Name: "since", Layout: time.RFC3339, Usage: "of logs: only what was logged at this `TIME` or after, such as 2026-01-31T12:00:00Z"},
		&cli.TimestampFlag{Name: "until", Layout: time.RFC3339, Usage: "and before this `TIME`"},
		&cli.StringSliceFlag{Name: "database", Usage: "of logs: only of this database, by `NAME`; may be given again"},
		&cli.StringSliceFlag{Name: "user", Usage: "of logs: only of this user, by `NAME`; may be given again"},
		&cli.IntFlag{Name: "top", Value: 100, Usage: "of logs: only the `N` statements with the most time; 0 for all"},
		&cli.BoolFlag{Name: "verify", Usage: "build each advised index in a transaction that is rolled back, and measure with it; blocks writers of the table meanwhile"},
		&cli.BoolFlag{Name: "allow-dml", Usage: "execute INSERT, UPDATE, DELETE and MERGE too; always rolled back"},
		&cli.BoolFlag{Name: "show-values", Usage: "let literals and bound values appear in the result"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "limit one execution to this `TIME`"},
		confirmFlag(),
		&cli.BoolFlag{Name: "stat-statements", Usage: "analyse what pg_stat_statements has counted on the database's server, instead of files"},
		&cli.BoolFlag{Name: "verbose", Usage: "show the first lines of logs that could not be read; they may hold values"},
		configFlag(), saveFlag(), againstFlag(), anonymiseFlag(), failOnFlag())
	return &cli.Command{
		Name:      "analyze",
		Usage:     "find what is wrong with statements, and prove it",
		ArgsUsage: "FILE…",
		Description: "Reads SQL files, PostgreSQL's logs and what analyze/querylog recorded in an application, told apart by content.\n" +
			"Every statement is run under EXPLAIN (ANALYZE, BUFFERS), READ ONLY and rolled back, and what is wrong with it is reported.\n" +
			"Logs are searched for N+1 queries, too. Without a database a log is judged by itself.\n\n" +
			"Examples:\n" +
			"  pgassay analyze queries.sql\n" +
			"  pgassay analyze --verify --format markdown --output report.md queries.sql\n" +
			"  pgassay analyze --fail-on warning queries.sql     # in CI\n" +
			"  pgassay analyze --save baseline.json queries.sql  # then --against baseline.json: only what is new\n" +
			"  pgassay analyze queries.jsonl                     # N+1 queries of an application\n" +
			"  pgassay analyze --stat-statements --top 20        # what pg_stat_statements has counted\n" +
			"  pgassay analyze plan explain.txt                  # a plan that someone sent",
		Flags:  append(flags, outputFlags(machineFormats...)...),
		Action: p.analyze,
		Subcommands: []*cli.Command{
			p.analyzePlanCommand(),
			p.analyzeRulesCommand(),
			p.analyzeExplainCommand(),
		},
	}
}

func failOnFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "fail-on", Usage: "exit with 3 if there is a finding of this `SEVERITY` or a worse one: note, warning, error",
		Action: func(_ *cli.Context, name string) error {
			if _, err := report.ParseSeverity(name); err != nil {
				return usageErrorf("--fail-on: %s", err)
			}
			return nil
		},
	}
}

func (p *program) analyze(c *cli.Context) error {
	if c.Bool("stat-statements") {
		return p.analyzeStatistics(c)
	}
	if c.NArg() == 0 {
		return usageErrorf("name a file of SQL statements or a log, or - for standard input; or say --stat-statements")
	}
	kind := workload.Kind(c.String("input"))
	switch kind {
	case workload.Unknown, workload.SQLFile, workload.QueryLogFile, workload.CSVLog, workload.JSONLog, workload.TextLog:
	default:
		return usageErrorf("--input: unknown kind %q: use sql, querylog, log, csvlog or jsonlog", kind)
	}
	inputs, err := workload.Files(c.Args().Slice(), p.stdin)
	if err != nil {
		return err
	}
	config, err := p.databaseFor(c, inputs, kind)
	if err != nil {
		return err
	}
	read := workload.Options{Kind: kind, Prefix: c.String("prefix"), Databases: c.StringSlice("database"), Users: c.StringSlice("user"), Top: c.Int("top")}
	if since := c.Timestamp("since"); since != nil {
		read.Since = *since
	}
	if until := c.Timestamp("until"); until != nil {
		read.Until = *until
	}
	opts, err := p.analyzeOptions(c, config)
	if err != nil {
		return err
	}
	if c.Bool("verbose") {
		read.Unread = p.showUnread
	}
	result, err := analyze.Inputs(c.Context, config, inputs, read, opts)
	if err != nil {
		return err
	}
	return p.compare(c, result, opts)
}

// findings writes a result and fails if it holds what --fail-on names.
func (p *program) findings(c *cli.Context, result *analyze.Result) error {
	if c.Bool("anonymise") {
		result.Anonymise()
	}
	formats, err := p.machineFormats(c)
	if err != nil {
		return err
	}
	if err := p.write(c, result, formats); err != nil {
		return err
	}
	return failOn(c.String("fail-on"), result.Findings)
}

// databaseFor returns the database to analyse on. Logs do without one: pgassay's own is not started for them.
func (p *program) databaseFor(c *cli.Context, inputs []workload.Input, kind workload.Kind) (*pgx.ConnConfig, error) {
	given := c.IsSet("dsn") || p.getenv("DATABASE_URL") != ""
	for _, name := range addressVariables {
		given = given || p.getenv(name) != ""
	}
	if given || kind == workload.SQLFile {
		return p.database(c)
	}
	for _, input := range inputs {
		if input.Name == "standard input" { // it can be read only once
			return p.database(c)
		}
		detected, err := detect(input)
		if err != nil {
			return nil, err
		}
		if kind == workload.Unknown && detected == workload.SQLFile {
			return p.database(c)
		}
	}
	fmt.Fprintln(p.stderr, "pgassay: no database is named (--dsn, DATABASE_URL, PG* variables): the log is judged by itself")
	return nil, nil
}

func detect(input workload.Input) (workload.Kind, error) {
	r, err := input.Open()
	if err != nil {
		return "", fmt.Errorf("read %s: %w", input.Name, err)
	}
	defer r.Close()
	start := make([]byte, 64<<10)
	n, err := io.ReadFull(r, start)
	if err != nil && n == 0 {
		return workload.SQLFile, nil // empty
	}
	if n > 2 && (start[0] == 0x1f && start[1] == 0x8b || string(start[:3]) == "BZh" || string(start[:4]) == "\x28\xb5\x2f\xfd") {
		return workload.TextLog, nil // nobody compresses a script
	}
	return workload.Detect(start[:n]), nil
}

func (p *program) analyzePlanCommand() *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "find what is wrong with a plan that someone sent, without a database",
		ArgsUsage: "FILE…",
		Description: "Reads the output of EXPLAIN in any format (text, JSON, YAML, XML), as psql, pgAdmin or a log decorated it.\n\n" +
			"Examples:\n" +
			"  pgassay analyze plan explain.txt\n" +
			"  psql -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT …' | pgassay analyze plan -",
		Flags: append([]cli.Flag{configFlag(), anonymiseFlag(), failOnFlag()}, outputFlags(machineFormats...)...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usageErrorf("name a file that holds a plan, or - for standard input")
			}
			settings, err := p.settings(c)
			if err != nil {
				return err
			}
			var all *analyze.Result
			for _, name := range c.Args().Slice() {
				text, err := p.readFile(name)
				if err != nil {
					return err
				}
				plans, err := plan.Parse(text)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				result, err := analyze.Plans(c.Context, plans, name, analyze.Options{Rules: settings.Rules, Ignore: settings.Ignore})
				if err != nil {
					return err
				}
				if all == nil {
					all = result
					continue
				}
				all.Statements = append(all.Statements, result.Statements...)
				all.Findings = append(all.Findings, result.Findings...)
				all.Ignored = append(all.Ignored, result.Ignored...)
			}
			report.SortFindings(all.Findings)
			return p.findings(c, all)
		},
	}
}

func (p *program) analyzeRulesCommand() *cli.Command {
	return &cli.Command{
		Name:        "rules",
		Usage:       "list the rules that statements are judged by",
		Description: "Examples:\n  pgassay analyze rules\n  pgassay analyze rules --format json",
		Flags:       outputFlags(),
		Action:      func(c *cli.Context) error { return p.write(c, analyze.DescribeRules(), nil) },
	}
}

func (p *program) analyzeExplainCommand() *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "say what a rule finds, when it is silent, what to do, and its thresholds",
		ArgsUsage:   "RULE…",
		Description: "Examples:\n  pgassay analyze explain missing-index",
		Flags:       outputFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usageErrorf("name a rule; pgassay analyze rules lists them")
			}
			described, unknown := analyze.DescribeRules(c.Args().Slice()...), ""
			if len(described.Rules) < c.NArg() {
				for _, id := range c.Args().Slice() {
					if len(analyze.DescribeRules(id).Rules) == 0 {
						unknown = id
					}
				}
				return usageErrorf("there is no rule %q; pgassay analyze rules lists them", unknown)
			}
			return p.write(c, described, nil)
		},
	}
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
		var text strings.Builder
		if _, err := io.Copy(&text, p.stdin); err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		return text.String(), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	return string(text), nil
}
