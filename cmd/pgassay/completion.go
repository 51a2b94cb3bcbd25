package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

// completions call the program itself with --generate-bash-completion, which lists the words that fit.
var completions = map[string]string{
	"bash": `_pgassay() {
  local words
  if [[ "${COMP_WORDS[COMP_CWORD]}" == -* ]]; then
    words=$("${COMP_WORDS[@]:0:$COMP_CWORD}" "${COMP_WORDS[COMP_CWORD]}" --generate-bash-completion 2>/dev/null)
  else
    words=$("${COMP_WORDS[@]:0:$COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  fi
  COMPREPLY=($(compgen -W "${words}" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _pgassay pgassay
`,
	"zsh": `#compdef pgassay
_pgassay() {
  local -a words
  words=("${(@f)$(_CLI_ZSH_AUTOCOMPLETE_HACK=1 ${words[@]:0:#words[@]-1} --generate-bash-completion 2>/dev/null)}")
  _describe 'pgassay' words || _files
}
compdef _pgassay pgassay
`,
	"fish": `complete -c pgassay -f -a '(set -l words (commandline -opc); $words --generate-bash-completion 2>/dev/null)'
complete -c pgassay -F
`,
}

func (p *program) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: "Examples:\n" +
			"  source <(pgassay completion bash)                             # this shell only\n" +
			"  pgassay completion fish > ~/.config/fish/completions/pgassay.fish",
		Action: func(c *cli.Context) error {
			script, ok := completions[c.Args().First()]
			if !ok || c.NArg() != 1 {
				return usageErrorf("name one shell: bash, zsh or fish")
			}
			_, err := fmt.Fprint(p.stdout, script)
			return err
		},
	}
}
