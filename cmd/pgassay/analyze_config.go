package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze/config"
)

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", TakesFile: true, Usage: "thresholds, rules that are off and findings to ignore, from `FILE` (default: " + config.Name + " here or in a parent folder, up to the root of the repository)"}
}

// settings reads the configuration that --config names, or that holds here; an empty one if there is none.
func (p *program) settings(c *cli.Context) (*config.Config, error) {
	path := c.String("config")
	if path == "" {
		found, err := config.Find(".")
		if err != nil || found == "" {
			return &config.Config{}, err
		}
		path = found
		fmt.Fprintln(p.stderr, "pgassay: configuration", path)
	}
	return config.Read(path)
}
