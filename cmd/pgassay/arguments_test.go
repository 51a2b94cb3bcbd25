package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

func TestFlagsFirst(t *testing.T) {
	t.Parallel()
	app := &cli.App{
		Flags: []cli.Flag{&cli.StringFlag{Name: "root"}},
		Commands: []*cli.Command{
			{Name: "seed", Flags: []cli.Flag{&cli.StringFlag{Name: "dsn"}, &cli.BoolFlag{Name: "append"}, &cli.IntFlag{Name: "workers", Aliases: []string{"w"}}}},
			{Name: "profile", Subcommands: []*cli.Command{{Name: "top", Flags: []cli.Flag{&cli.BoolFlag{Name: "cum"}, &cli.StringFlag{Name: "focus"}}}, {Name: "run"}}},
			{Name: "fill", ArgsUsage: "[TABLE=ROWS ...]", Action: func(*cli.Context) error { return nil }, Flags: []cli.Flag{&cli.StringFlag{Name: "dsn"}}, Subcommands: []*cli.Command{{Name: "plan", Flags: []cli.Flag{&cli.BoolFlag{Name: "append"}}}}},
		},
	}
	for _, test := range []struct{ name, in, want string }{
		{"already first", "pgassay seed --dsn x users=1", "pgassay seed --dsn x users=1"},
		{"after arguments", "pgassay seed users=1 --dsn x posts=2 --append", "pgassay seed --dsn x --append users=1 posts=2"},
		{"equals", "pgassay seed users=1 --dsn=x", "pgassay seed --dsn=x users=1"},
		{"alias", "pgassay seed users=1 -w 3 posts=2", "pgassay seed -w 3 users=1 posts=2"},
		{"subcommand", "pgassay profile top a.pb.gz --focus re --cum b.pb.gz", "pgassay profile top --focus re --cum a.pb.gz b.pb.gz"},
		{"after the dashes", "pgassay profile run -- ls --cum", "pgassay profile run -- ls --cum"},
		{"a lone dash is an argument", "pgassay seed - --append", "pgassay seed --append -"},
		{"root flag", "pgassay --root r seed a --append", "pgassay --root r seed --append a"},
		{"unknown command", "pgassay sed a --append", "pgassay sed a --append"},
		{"unknown flag stays", "pgassay seed a --nope", "pgassay seed --nope a"},
		{"arguments of a command with subcommands", "pgassay fill users=1 --dsn x posts=2", "pgassay fill --dsn x users=1 posts=2"},
		{"its subcommand", "pgassay fill --dsn x plan users=1 --append", "pgassay fill --dsn x plan --append users=1"},
		{"nothing", "pgassay", "pgassay"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(flagsFirst(app, strings.Fields(test.in)), " ")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
