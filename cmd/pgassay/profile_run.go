package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profileRunCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a command and tell which functions its CPU went to",
		ArgsUsage: "-- COMMAND [ARGUMENT…]",
		Description: "The kernel samples the command and all that it starts (Linux only); the command need know nothing of it. Functions are\n" +
			"sorted by what they and all that they call count. The command's output goes to standard error.\n\n" +
			"Examples:\n" +
			"  pgassay profile run -- go test -run TestImport ./store\n" +
			"  pgassay profile run --save import.pb.gz -- ./import orders.csv",
		Flags: append(append(summaryFlags(),
			&cli.StringFlag{Name: "save", Usage: "keep the profile in `FILE`", TakesFile: true},
		), outputFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usageErrorf("name the command after --, as in pgassay profile run -- go test ./...")
			}
			opts, err := summaryOptions(c)
			if err != nil {
				return err
			}
			opts.Cum = opts.Cum || !c.IsSet("cum")
			result, err := profile.Run(c.Context, c.Args().Slice(), profile.RunOptions{Stdin: p.stdin, Stdout: p.stderr, Stderr: p.stderr})
			if err != nil {
				return err
			}
			if result.Lost > 0 {
				fmt.Fprintf(p.stderr, "pgassay: %d samples were lost: the machine was too busy to read them\n", result.Lost)
			}
			if name := c.String("save"); name != "" {
				if err := p.writeTo(name, func(w io.Writer) error { return result.Profile.Write(w) }); err != nil {
					return err
				}
			}
			summary, err := profile.Summarize(result.Profile, opts)
			if err != nil {
				return err
			}
			if err := p.write(c, summary, nil); err != nil {
				return err
			}
			if result.Err != nil {
				return fmt.Errorf("the command failed: %w", result.Err)
			}
			return nil
		},
	}
}
