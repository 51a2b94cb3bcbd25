package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// version is set by the release build.
var version = "dev"

// program is what a command may touch of the outside world: nothing else in pgassay reads the environment or writes to
// a standard stream.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

func newProgram() *program {
	return &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
}

// app lists the commands. Each has a file of its own that turns flags into Options, makes one call, and writes the result.
func (p *program) app() *cli.App {
	app := &cli.App{
		Name:                      "pgassay",
		Usage:                     "fill, analyse and profile PostgreSQL databases and the services that use them",
		Version:                   version,
		Reader:                    p.stdin,
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		EnableBashCompletion:      true,
		Suggest:                   true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true, // --header "a,b" is one header
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		CommandNotFound:           nil,
		Action:                    p.helpOrUnknown,
		Commands: []*cli.Command{
			p.analyzeCommand(),
			p.benchCommand(),
			p.demoCommand(),
			p.demoServiceCommand(),
			p.profileCommand(),
			p.schemaCommand(),
			p.seedCommand(),
			p.dbCommand(),
			p.completionCommand(),
		},
	}
	for _, command := range app.Commands {
		prepare(command)
	}
	return app
}

// prepare gives every command what all of them share.
func prepare(command *cli.Command) {
	command.OnUsageError = onUsageError
	command.HideHelpCommand = true
	for _, sub := range command.Subcommands {
		prepare(sub)
	}
}

// helpOrUnknown is what a group of commands does when none of them was named.
func (p *program) helpOrUnknown(c *cli.Context) error {
	if name := c.Args().First(); name != "" {
		near := cli.SuggestCommand(c.App.Commands, name)
		if len(c.Command.Subcommands) > 0 {
			near = cli.SuggestCommand(c.Command.Subcommands, name)
		}
		return usageErrorf("unknown command %q; %s. See %s --help", name, strings.TrimSuffix(near, "?")+"?", c.App.Name)
	}
	return cli.ShowSubcommandHelp(c)
}

// run executes one command line and returns the exit code of the contract: 0 done, 1 failed, 2 wrong command line,
// 3 done and found what --fail-on names, 130 interrupted.
func (p *program) run(ctx context.Context, args []string) int {
	app := p.app()
	err := app.RunContext(ctx, flagsFirst(app, args))
	var usage usageError
	var found foundError
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(p.stderr, "pgassay: interrupted:", err)
		return 130
	case errors.As(err, &found):
		fmt.Fprintln(p.stderr, "pgassay:", err)
		return 3
	case errors.As(err, &usage):
		fmt.Fprintln(p.stderr, "pgassay:", err)
		return 2
	}
	fmt.Fprintln(p.stderr, "pgassay:", err)
	return 1
}

// usageError is a command line that can't be run.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usageErrorf(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// foundError says that the work is done and that it found what --fail-on names.
type foundError struct{ text string }

func (e foundError) Error() string { return e.text }

func onUsageError(c *cli.Context, err error, _ bool) error {
	return usageErrorf("%s. See %s --help", err, c.Command.HelpName)
}

// terminal tells whether a stream is a terminal, and how wide it is.
func terminal(stream any) (width int, ok bool) {
	file, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}
