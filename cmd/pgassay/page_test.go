package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// block is a fenced block of a page, with the language named behind its fence, and what stands before it.
var block = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// runPage runs every sh block of a page that a text block follows, and compares what comes out with that. Numbers, and the
// widths that follow from them, may differ.
func runPage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: page NAME")
	}
	content, err := os.ReadFile(filepath.Join("../../docs", args[0]))
	ts.Check(err)
	page := string(content)
	blocks := block.FindAllStringSubmatchIndex(page, -1)
	checked := 0
	for i, next := range blocks {
		if i == 0 || page[next[2]:next[3]] != "text" {
			continue
		}
		command := blocks[i-1]
		if page[command[2]:command[3]] != "sh" || strings.TrimSpace(page[command[1]:next[0]]) != "" {
			continue
		}
		line, want := page[command[4]:command[5]], page[next[4]:next[5]]
		// The exit code is the scripts' business.
		_ = ts.Exec("sh", "-c", line)
		if diff := cmp.Diff(masked(ts, want), masked(ts, ts.ReadFile("stdout"))); diff != "" {
			ts.Fatalf("docs/%s: %s(-want +got)\n%s", args[0], line, diff)
		}
		checked++
	}
	if checked == 0 {
		ts.Fatalf("docs/%s has no sh block that a text block follows", args[0])
	}
}

var (
	figure = regexp.MustCompile(`\d[\d.,]*`)
	blanks = regexp.MustCompile(`[ ─]+`)
)

// masked takes out of an output what may differ from one machine or run to the next.
func masked(ts *testscript.TestScript, output string) string {
	output = strings.ReplaceAll(output, ts.Getenv("PGASSAY_CACHE"), "~/.cache/pgassay")
	output = figure.ReplaceAllString(output, "0")
	lines := strings.Split(blanks.ReplaceAllString(output, " "), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
