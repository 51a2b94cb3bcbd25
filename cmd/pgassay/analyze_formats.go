package main

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/report"
)

// machineFormats are the formats that findings have besides the common ones.
var machineFormats = []string{string(report.SARIFFormat), string(report.JUnitFormat), string(report.GitHubFormat)}

// machineFormats returns their renderers. File names are written relative to the current folder; in GitHub's annotations
// relative to the folder that the repository is checked out in, which is what GitHub expects.
func (p *program) machineFormats(c *cli.Context) (map[string]renderFunc, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("name files relative to the current folder: %w", err)
	}
	severity, _ := report.ParseSeverity(c.String("fail-on")) // the flag's action has refused a wrong one
	formats := map[string]renderFunc{}
	for _, name := range machineFormats {
		opts := report.Options{Folder: folder, FailOn: severity, Version: version}
		if name == string(report.GitHubFormat) {
			opts.Root = p.getenv("GITHUB_WORKSPACE")
		}
		formats[name] = func(w io.Writer, result reporter) error {
			return report.Render(w, result.Document(), report.Format(name), opts)
		}
	}
	return formats, nil
}
