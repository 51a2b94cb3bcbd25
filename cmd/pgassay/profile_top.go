package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/profile"
)

// summaryFlags choose what is counted, and how.
func summaryFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "by", Value: "function", Usage: "count by `WHAT`: function, line, subsystem, label, or label=KEY,KEY"},
		&cli.StringFlag{Name: "sample-type", Usage: "count `TYPE`, such as inuse_objects or alloc_space (default: the profile's own)"},
		&cli.BoolFlag{Name: "cum", Usage: "sort by what functions and all that they call count"},
		&cli.IntFlag{Name: "rows", Value: 25, Usage: "show `N` rows; JSON has all"},
		appFlag(),
	}, filterFlags()...)
}

func appFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "app", Usage: "import path `PREFIX` of the application's own code (default: found out)"}
}

// filterFlags are named as the pprof tool names them.
func filterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "focus", Usage: "only stacks with a function or file that matches `REGEXP`"},
		&cli.StringFlag{Name: "ignore", Usage: "no stacks with a function or file that matches `REGEXP`"},
		&cli.StringFlag{Name: "hide", Usage: "no frames that match `REGEXP`"},
		&cli.StringFlag{Name: "show", Usage: "only frames that match `REGEXP`"},
		&cli.StringFlag{Name: "tagfocus", Usage: "only samples with a label that matches `[KEY=]REGEXP`, or a range such as bytes=1kb:64kb"},
		&cli.StringFlag{Name: "tagignore", Usage: "no samples with a label that matches `[KEY=]REGEXP`"},
	}
}

func filterOptions(c *cli.Context) profile.Filter {
	return profile.Filter{
		Focus: c.String("focus"), Ignore: c.String("ignore"), Hide: c.String("hide"), Show: c.String("show"),
		TagFocus: c.String("tagfocus"), TagIgnore: c.String("tagignore"),
	}
}

func summaryOptions(c *cli.Context) (profile.SummaryOptions, error) {
	what, keys, _ := strings.Cut(c.String("by"), "=")
	by, err := profile.ParseBy(what)
	if err != nil {
		return profile.SummaryOptions{}, usageErrorf("--by: %s", err)
	}
	opts := profile.SummaryOptions{
		SampleType: c.String("sample-type"), Cum: c.Bool("cum"), By: by, Filter: filterOptions(c),
		Rows: c.Int("rows"), App: c.StringSlice("app"),
	}
	if keys != "" {
		opts.Labels = strings.Split(keys, ",")
	}
	return opts, nil
}

func (p *program) profileTopCommand() *cli.Command {
	return &cli.Command{
		Name:      "top",
		Usage:     "tell which functions a profile's CPU or memory went to",
		ArgsUsage: "FILE|FOLDER|URL…",
		Description: "Numbers are those of go tool pprof -top. Several profiles are added up; the label \"replica\" tells them apart.\n\n" +
			"Examples:\n" +
			"  pgassay profile top profiles/localhost_6060-cpu.pb.gz\n" +
			"  pgassay profile top http://localhost:6060/debug/pprof/heap\n" +
			"  pgassay profile top --type heap --by label=replica profiles/\n" +
			"  pgassay profile top --by label=route,statement --statements queries.log cpu.pb.gz\n" +
			"  pgassay profile top --focus 'store\\.' --by line --cum cpu.pb.gz",
		Flags: append(append(append(summaryFlags(),
			&cli.StringSliceFlag{Name: "statements", Usage: "tell the statements' texts from `FILE`: what querylog recorded, an SQL file or a PostgreSQL log"},
			&cli.StringFlag{Name: "diff-base", Usage: "subtract the profile `FILE|FOLDER|URL`; shares are of it", TakesFile: true},
			typeFlag(),
		), sourceFlags()...), outputFlags()...),
		Action: func(c *cli.Context) error {
			opts, err := summaryOptions(c)
			if err != nil {
				return err
			}
			if opts.Statements, err = statementTexts(c); err != nil {
				return err
			}
			merged, err := p.openMerged(c)
			if err != nil {
				return err
			}
			base, err := p.openBase(c)
			if err != nil {
				return err
			}
			if base != nil {
				if merged, err = merged.Minus(base); err != nil {
					return err
				}
			}
			summary, err := profile.Summarize(merged, opts)
			if err != nil {
				return err
			}
			return p.write(c, summary, nil)
		},
	}
}

// statementTexts reads the statements that --statements names, by fingerprint.
func statementTexts(c *cli.Context) (map[string]string, error) {
	if len(c.StringSlice("statements")) == 0 {
		return nil, nil
	}
	inputs, err := workload.Files(c.StringSlice("statements"), nil)
	if err != nil {
		return nil, err
	}
	read, err := workload.Read(c.Context, inputs, workload.Options{})
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(read.Statements))
	for _, s := range read.Statements {
		texts[s.Fingerprint] = s.Normalized
	}
	return texts, nil
}
