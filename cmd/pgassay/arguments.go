package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command in front of its arguments, because urfave/cli v2 stops reading flags at the
// first argument and ignores the rest without a word. What follows "--" is left alone.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	head := args[:1:1]
	rest := args[1:]
	flags, commands := app.Flags, app.Commands
	var group *cli.Command // the command reached so far
	for {
		taken, values, after := split(rest, flags, len(commands) > 0)
		head = append(head, taken...)
		if len(commands) == 0 || len(values) == 0 {
			if len(after) > 0 {
				values = append(append(values, "--"), after...)
			}
			// An argument that looks like a flag must not be read as one.
			return append(head, values...)
		}
		command := find(commands, values[0])
		if command == nil && group != nil && group.Action != nil && group.ArgsUsage != "" {
			// The command has subcommands, but this is an argument of its own.
			rest, commands = append(slices.Clone(values), after...), nil
			continue
		}
		head = append(head, values[0])
		if command == nil {
			return append(head, append(values[1:], after...)...)
		}
		group = command
		rest = append(slices.Clone(values[1:]), after...)
		flags, commands = command.Flags, command.Subcommands
	}
}

// split parts words into flags (with their values) and arguments. With toCommand it stops at the first argument, which
// names a subcommand, and returns all that follows it with it. What follows "--" comes back in after.
func split(words []string, flags []cli.Flag, toCommand bool) (taken, values, after []string) {
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--" && !toCommand:
			return taken, values, words[i+1:]
		case len(word) < 2 || word[0] != '-' || word == "--":
			values = append(values, word)
			if toCommand {
				return taken, append(values, words[i+1:]...), nil
			}
		default:
			taken = append(taken, word)
			if takesValue(word, flags) && i+1 < len(words) {
				i++
				taken = append(taken, words[i])
			}
		}
	}
	return taken, values, nil
}

// takesValue tells whether a flag written without "=" takes the next word as its value.
func takesValue(word string, flags []cli.Flag) bool {
	name := strings.TrimLeft(word, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			documented, ok := flag.(cli.DocGenerationFlag)
			return ok && documented.TakesValue()
		}
	}
	return false
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, command := range commands {
		if command.HasName(name) {
			return command
		}
	}
	return nil
}
