package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profileFlameCommand() *cli.Command {
	return &cli.Command{
		Name:      "flame",
		Usage:     "draw a flame graph: one HTML page that needs no network",
		ArgsUsage: "FILE|FOLDER|URL…",
		Description: "Several profiles are added up; --split replica keeps them apart.\n\n" +
			"Examples:\n" +
			"  pgassay profile flame -o flame.html cpu.pb.gz\n" +
			"  pgassay profile flame -o routes.html --split route cpu.pb.gz\n" +
			"  pgassay profile flame -o change.html --diff-base before.pb.gz after.pb.gz",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the page to `FILE` instead of standard output", TakesFile: true},
			&cli.StringFlag{Name: "diff-base", Usage: "colour what grew and shrank compared with the profile `FILE|FOLDER|URL`", TakesFile: true},
			&cli.StringFlag{Name: "split", Usage: "a tower for each value of the label `KEY`"},
			&cli.StringFlag{Name: "sample-type", Usage: "draw `TYPE`, such as inuse_objects or alloc_space (default: the profile's own)"},
			&cli.StringFlag{Name: "title", Usage: "of the page"},
			typeFlag(),
			appFlag(),
		}, filterFlags()...), sourceFlags()...),
		Action: p.profileFlame,
	}
}

func (p *program) profileFlame(c *cli.Context) error {
	if _, interactive := terminal(p.stdout); interactive && c.String("output") == "" {
		return usageErrorf("a page is nothing for a terminal: give --output flame.html")
	}
	merged, err := p.openMerged(c)
	if err != nil {
		return err
	}
	opts := profile.FlameOptions{
		Title: c.String("title"), SampleType: c.String("sample-type"), SplitBy: c.String("split"), Filter: filterOptions(c), App: c.StringSlice("app"),
	}
	if opts.Base, err = p.openBase(c); err != nil {
		return err
	}
	return p.writeTo(c.String("output"), func(w io.Writer) error { return profile.Flame(w, merged, opts) })
}
