package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/report"
)

// reporter is a command's result: its JSON is the contract, its Document is for people.
type reporter interface{ Document() report.Document }

// A renderFunc writes a Document in a format that only some commands have.
type renderFunc func(io.Writer, reporter) error

// outputFlags are the flags of every command that reports; more names formats beyond the common ones.
func outputFlags(more ...string) []cli.Flag {
	formats := append([]string{"text", "json", "markdown", "html"}, more...)
	return []cli.Flag{
		&cli.StringFlag{
			Name: "format", Value: "text", Usage: "`FORMAT` of the result: " + strings.Join(formats, ", "),
			Action: func(_ *cli.Context, format string) error {
				if !slices.Contains(formats, format) {
					return usageErrorf("unknown format %q: use one of %s", format, strings.Join(formats, ", "))
				}
				return nil
			},
		},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the result to `FILE` instead of standard output", TakesFile: true},
	}
}

// write renders a result as --format and --output say. Formats in more come on top of the common ones.
func (p *program) write(c *cli.Context, result reporter, more map[string]renderFunc) error {
	return p.writeTo(c.String("output"), func(w io.Writer) error {
		return p.render(w, c.String("format"), result, more)
	})
}

// render writes a result in a format.
func (p *program) render(w io.Writer, format string, result reporter, more map[string]renderFunc) error {
	if render, ok := more[format]; ok {
		return render(w, result)
	}
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	var opts report.Options
	if width, ok := terminal(w); ok {
		opts = report.Options{Color: p.getenv("NO_COLOR") == "", Width: width}
	}
	return report.Render(w, result.Document(), report.Format(format), opts)
}

// writeTo calls write with standard output, or with a file that appears only when it is whole.
func (p *program) writeTo(path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return write(p.stdout)
	}
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // such as /dev/null: nothing to put in its place
		if err := os.WriteFile(path, content.Bytes(), 0); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
		return nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	defer os.Remove(temporary.Name()) // fails once it is renamed
	_, err = temporary.Write(content.Bytes())
	if err == nil {
		err = temporary.Chmod(0o644)
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}
