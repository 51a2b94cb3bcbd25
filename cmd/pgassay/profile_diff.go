package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profileDiffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "tell whether what a service spends has changed, or only varies",
		ArgsUsage: "BEFORE AFTER",
		Description: "Each side is a file, a URL, several separated by commas, or a folder that profile capture wrote. Four or more a side,\n" +
			"recorded under the same load, are needed to tell a change from chance; then a comparison of like with like calls a\n" +
			"change in at most one case of thirty, however many functions there are.\n\n" +
			"Examples:\n" +
			"  pgassay profile diff before/ after/\n" +
			"  pgassay profile diff --per request --requests-before 1200,1180,1210,1190 --requests-after 1300,1290,1310,1280 before/ after/\n" +
			"  pgassay profile diff --per total a1.pb.gz,a2.pb.gz,a3.pb.gz,a4.pb.gz b1.pb.gz,b2.pb.gz,b3.pb.gz,b4.pb.gz",
		Flags: append(append(append([]cli.Flag{
			typeFlag(),
			&cli.StringFlag{Name: "sample-type", Usage: "compare `TYPE`, such as inuse_objects or alloc_space (default: the profiles' own)"},
			&cli.StringFlag{Name: "per", Usage: "compare per second of recording, per request, per total (shares) or per profile (default: second, if recorded over time)"},
			&cli.StringFlag{Name: "requests-before", Usage: "requests answered during each profile before: `N,N,…`"},
			&cli.StringFlag{Name: "requests-after", Usage: "requests answered during each profile after: `N,N,…`"},
			&cli.Float64Flag{Name: "level", Value: 0.03, Usage: "of significance: how often like with like may be called a change"},
			&cli.BoolFlag{Name: "fail-on-change", Usage: "exit with 3 if there is a significant change"},
			&cli.IntFlag{Name: "rows", Value: 20, Usage: "show `N` functions; JSON has all"},
			appFlag(),
		}, filterFlags()...), sourceFlags()...), outputFlags()...),
		Action: p.profileDiff,
	}
}

func (p *program) profileDiff(c *cli.Context) error {
	if c.NArg() != 2 {
		return usageErrorf("name two sides: BEFORE and AFTER")
	}
	source, err := p.source(c)
	if err != nil {
		return err
	}
	opts := profile.DiffOptions{
		SampleType: c.String("sample-type"), Level: c.Float64("level"), App: c.StringSlice("app"), Filter: filterOptions(c), Rows: c.Int("rows"),
	}
	if opts.Level <= 0 || opts.Level >= 1 {
		return usageErrorf("--level must be between 0 and 1")
	}
	if per := c.String("per"); per != "" {
		if opts.Per, err = profile.ParsePer(per); err != nil {
			return usageErrorf("--per: %s", err)
		}
	}
	if opts.RequestsBefore, err = numbers(c, "requests-before"); err != nil {
		return err
	}
	if opts.RequestsAfter, err = numbers(c, "requests-after"); err != nil {
		return err
	}
	kind, err := profile.ParseType(c.String("type"))
	if err != nil {
		return usageErrorf("%s", err)
	}
	before, err := profile.OpenSide(c.Context, c.Args().Get(0), kind, source)
	if err != nil {
		return err
	}
	after, err := profile.OpenSide(c.Context, c.Args().Get(1), kind, source)
	if err != nil {
		return err
	}
	diff, err := profile.Compare(before, after, opts)
	if err != nil {
		return err
	}
	if err := p.write(c, diff, nil); err != nil {
		return err
	}
	if c.Bool("fail-on-change") && diff.Verdict == profile.Changed {
		return foundError{"there is a significant change"}
	}
	return nil
}

// numbers reads a flag of numbers separated by commas.
func numbers(c *cli.Context, name string) ([]float64, error) {
	if c.String(name) == "" {
		return nil, nil
	}
	var all []float64
	for text := range strings.SplitSeq(c.String(name), ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || v <= 0 {
			return nil, usageErrorf("--%s takes numbers above zero, separated by commas; %q is none", name, text)
		}
		all = append(all, v)
	}
	return all, nil
}
