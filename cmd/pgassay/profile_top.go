package main

import (
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profileTopCommand() *cli.Command {
	return &cli.Command{
		Name:      "top",
		Usage:     "tell which functions a profile's CPU or memory went to",
		ArgsUsage: "FILE|URL",
		Description: "Numbers are those of go tool pprof -top.\n\n" +
			"Examples:\n" +
			"  pgassay profile top profiles/localhost_6060-cpu.pb.gz\n" +
			"  pgassay profile top http://localhost:6060/debug/pprof/heap\n" +
			"  pgassay profile top --sample-type alloc_space --cum heap.pb.gz",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "sample-type", Usage: "count `TYPE`, such as inuse_objects or alloc_space (default: the profile's own)"},
			&cli.BoolFlag{Name: "cum", Usage: "sort by what functions and all that they call count"},
			&cli.IntFlag{Name: "rows", Value: 25, Usage: "show `N` functions; JSON has all"},
			&cli.StringSliceFlag{Name: "app", Usage: "import path `PREFIX` of the application's own code (default: found out)"},
		}, sourceFlags()...), outputFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usageErrorf("name one profile: a file or a URL")
			}
			opts, err := p.source(c)
			if err != nil {
				return err
			}
			read, err := profile.Open(c.Context, c.Args().First(), opts)
			if err != nil {
				return err
			}
			summary, err := profile.Summarize(read, profile.SummaryOptions{
				SampleType: c.String("sample-type"), Cum: c.Bool("cum"), Rows: c.Int("rows"), App: c.StringSlice("app"),
			})
			if err != nil {
				return err
			}
			return p.write(c, summary, nil)
		},
	}
}
