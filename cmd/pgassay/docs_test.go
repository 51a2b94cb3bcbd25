package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestExamplesParse: every command line that the documentation or a help text shows names commands and flags that exist.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	examples := map[string]string{} // by where they stand
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		content, err := os.ReadFile(page)
		if os.IsNotExist(err) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		examples[filepath.Base(page)] = shellBlocks(string(content))
	}
	app := newProgram().app()
	var collect func(string, []*cli.Command)
	collect = func(prefix string, commands []*cli.Command) {
		for _, command := range commands {
			examples[prefix+command.Name+" --help"] = command.Description
			collect(prefix+command.Name+" ", command.Subcommands)
		}
	}
	collect("pgassay ", app.Commands)

	checked := 0
	for where, text := range examples {
		for line := range strings.Lines(text) {
			words := shellWords(line)
			if len(words) < 2 || words[0] != "pgassay" {
				continue
			}
			checked++
			if problem := misused(app, words[1:]); problem != "" {
				t.Errorf("%s: %s: %s", where, strings.TrimSpace(line), problem)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d examples were found", checked)
	}
}

// misused tells what is wrong with a command line, or nothing.
func misused(app *cli.App, words []string) string {
	flags, commands := app.Flags, app.Commands
	named := len(commands) == 0
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--":
			return ""
		case len(word) > 1 && word[0] == '-':
			name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
			known := slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
			if !known && name != "help" && name != "version" {
				return "no such flag: " + word
			}
			if takesValue(word, flags) {
				i++
			}
		case len(commands) > 0:
			command := find(commands, word)
			if command == nil {
				return "no such command: " + word
			}
			flags, commands, named = command.Flags, command.Subcommands, true
		}
	}
	if !named {
		return "names no command"
	}
	return ""
}

// shellBlocks returns what stands in a page's sh blocks.
func shellBlocks(page string) string {
	var blocks strings.Builder
	for i, part := range strings.Split(page, "\n```") {
		if text, ok := strings.CutPrefix(part, "sh\n"); ok && i%2 == 1 {
			blocks.WriteString(text + "\n")
		}
	}
	return blocks.String()
}

// shellWords parts a line at its blanks as a shell does, up to the first operator or comment. Of quotes it knows the single
// and the double ones without anything special within.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			end()
		case r == '|' || r == ';' || r == '>' || r == '<' || r == '&', r == '#' && !inWord:
			end()
			return words
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	end()
	return words
}

func TestShellWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"pgassay bench 'a b' --x=\"c d\" # why":  "pgassay|bench|a b|--x=c d",
		"  pgassay db url | psql":                "pgassay|db|url",
		"pgassay completion fish > ~/.config/f":  "pgassay|completion|fish",
		"pgassay bench 'p95<50ms' http://h/#top": "pgassay|bench|p95<50ms|http://h/#top",
	} {
		if got := strings.Join(shellWords(line), "|"); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
	app := newProgram().app()
	for _, line := range []string{"bench --nope http://h/", "benhc", "db stopp"} {
		if misused(app, strings.Fields(line)) == "" {
			t.Errorf("%s: nothing is wrong with it", line)
		}
	}
}
