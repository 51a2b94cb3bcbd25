package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
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
	for _, page := range append(pages, "../../README.md", "../../examples/blog/README.md") {
		content, err := os.ReadFile(page)
		if os.IsNotExist(err) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		examples[page] = shellBlocks(string(content))
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
	flags, commands, arguments, named := app.Flags, app.Commands, false, false
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
			switch {
			case command != nil:
				flags, commands, arguments, named = command.Flags, command.Subcommands, command.ArgsUsage != "", true
			case arguments: // the command has both, and this is no subcommand
				commands = nil
			default:
				return "no such command: " + word
			}
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

// checkShown is the script command "shown FILE PAGE": PAGE, a file of docs, must have a text block that looks like FILE or
// like its beginning: numbers, units, the width of columns and what was measured of a finding may differ. UPDATE_SCRIPTS=1 puts FILE into the block that has its
// first line with text after the title.
func checkShown(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shown FILE PAGE")
	}
	output, path := strings.TrimRight(ts.ReadFile(args[0]), "\n"), filepath.Join("../../docs", args[1])
	page, err := os.ReadFile(path)
	ts.Check(err)
	blocks := strings.Split(string(page), "```")
	for i := 1; i < len(blocks); i += 2 {
		text, ok := strings.CutPrefix(blocks[i], "text\n")
		if !ok || !strings.HasPrefix(loose(ts, text), loose(ts, opening(output))) {
			continue
		}
		if strings.HasPrefix(loose(ts, output), loose(ts, text)) {
			return
		}
		if os.Getenv("UPDATE_SCRIPTS") == "" {
			ts.Fatalf("%s shows another output; UPDATE_SCRIPTS=1 puts this one in (-page +output)\n%s", args[1], cmp.Diff(loose(ts, text), loose(ts, output)))
		}
		blocks[i] = "text\n" + output + "\n"
		ts.Check(os.WriteFile(path, []byte(strings.Join(blocks, "```")), 0o644))
		return
	}
	ts.Fatalf("%s has no text block that begins like\n%s", args[1], opening(output))
}

// opening is an output's title and its first words after it, up to the first number.
func opening(output string) string {
	at := strings.IndexAny(output, "0123456789")
	return output[:max(at, 0)]
}

// unit is what may follow a number that masked took out: a quicker machine measures in another.
var unit = regexp.MustCompile(`0(e-0)?( (ns|µs|ms|s|B|KiB|MiB|GiB)\b|m0s|[kM]?/s|%)?`)

// measured is a line of a finding that depends on the day: what there is to measure, and whether the mend could be tried.
var measured = regexp.MustCompile(`(?m)^(measured|costs|proof) .*\n`)

// loose is masked without units and without what was measured.
func loose(ts *testscript.TestScript, text string) string {
	return measured.ReplaceAllString(unit.ReplaceAllString(masked(ts, text), "0"), "")
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
