package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// renderGitHub writes one workflow command a finding, by which GitHub annotates the line in question. The format and its
// escapes are those of GitHub's documentation, "Workflow commands for GitHub Actions"; the runner shows ten annotations of
// each kind, so the worst come first.
func renderGitHub(w io.Writer, d Document, opts Options) error {
	out := bufio.NewWriter(w)
	commands := map[Severity]string{Error: "error", Warning: "warning", Note: "notice"}
	for _, f := range d.Findings() {
		properties := []string{}
		if p := f.where(); p.file != "" {
			properties = append(properties, "file="+escapeProperty(p.relative(opts)))
			if p.line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d", p.line))
			}
		}
		properties = append(properties, "title="+escapeProperty("pgassay: "+f.Rule))
		fmt.Fprintf(out, "::%s %s::%s\n", commands[f.Severity], strings.Join(properties, ","), escapeCommand(f.Title+"\n"+f.summary()))
	}
	return out.Flush()
}

var (
	commandEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeCommand(s string) string { return commandEscapes.Replace(s) }

func escapeProperty(s string) string { return propertyEscapes.Replace(s) }
