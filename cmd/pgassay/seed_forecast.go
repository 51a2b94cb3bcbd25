package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed"
)

// dryRun writes what a load would do, and fails where it would be refused.
func (p *program) dryRun(c *cli.Context, f *seed.Forecast) error {
	if err := p.write(c, f, nil); err != nil {
		return err
	}
	if c.Bool("ignore-disk") {
		return nil
	}
	return f.CheckDisk()
}

// announce says on standard error what a load is about to do.
func (p *program) announce(f *seed.Forecast) {
	fmt.Fprintf(p.stderr, "pgassay: %s\n", f.Summary())
	for _, group := range f.Removals() {
		const most = 8
		names := group.Names[:min(len(group.Names), most)]
		text := strings.Join(names, ", ")
		if more := len(group.Names) - most; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(p.stderr, "pgassay: off during the load: %s: %s\n", group.Title(), text)
	}
	for _, e := range f.Empties {
		fmt.Fprintf(p.stderr, "pgassay: emptied first: %s (%s)\n", e.Table, units.Bytes(e.SizeBytes))
	}
}
