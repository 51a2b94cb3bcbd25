package main

import (
	"github.com/urfave/cli/v2"
)

func (p *program) profileCommand() *cli.Command {
	return &cli.Command{
		Name:  "profile",
		Usage: "tell where a service spends its CPU and memory",
		Subcommands: []*cli.Command{
			p.profileCaptureCommand(),
			p.profileTopCommand(),
			p.profileDiffCommand(),
			p.profileLeakCommand(),
			p.profileFlameCommand(),
			p.profileWebCommand(),
			p.profileRunCommand(),
			p.profilePGOCommand(),
			p.profilePushCommand(),
		},
		Action: p.helpOrUnknown,
	}
}
