package plan

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
)

// ErrNoPlan says that there is no plan in a text.
var ErrNoPlan = errors.New("there is no plan in it: give the output of EXPLAIN, in any format, or a log of auto_explain")

// Parse reads every plan in a text, whatever its format: JSON, text, YAML or XML, as the server wrote it or as psql,
// pgAdmin, DBeaver, a log or a mail decorated it. The error wraps ErrNoPlan if there is none.
func Parse(text string) ([]*Plan, error) {
	text = strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\ufeff")
	if plans, err := ParseJSON([]byte(text)); err == nil {
		return plans, nil
	}
	plain := undecorate(unmail(text))
	for _, source := range jsonSources(plain) {
		if plans, err := ParseJSON([]byte(source)); err == nil {
			return plans, nil
		}
	}
	if start := strings.Index(plain, "<explain"); start >= 0 {
		if end := strings.LastIndex(plain, "</explain>"); end > start {
			return parseXML(plain[start : end+len("</explain>")])
		}
	}
	if yamlStart.MatchString(plain) {
		if plans, err := parseYAML(plain); err == nil {
			return plans, nil
		}
	}
	plans, err := parseText(plain)
	if err != nil && strings.Contains(plain, `"Node Type"`) {
		return nil, fmt.Errorf("read JSON plan: it is cut off or damaged: give it from its first bracket to its last: %w", ErrNoPlan)
	}
	return plans, err
}

var yamlStart = regexp.MustCompile(`(?m)^\s*(- )?Plan:\s*$`)

// decorations of a table's cell, by the program that drew it: psql with any border and line style, DBeaver, markdown.
var (
	ruler      = regexp.MustCompile(`^[\s+|├┤┼╟╢╠╣╞╡┌┐└┘╔╗╚╝┬┴─═-]*[─═-]{3,}[\s+|├┤┼╟╢╠╣╞╡┌┐└┘╔╗╚╝┬┴─═-]*$`)
	rowCount   = regexp.MustCompile(`^\(\d+ [\p{L}]+\)$`)
	planHeader = regexp.MustCompile(`^QUERY PLAN$`)
)

// unmail takes off what mails, chats and web pages do to text: the marks of a quotation, characters that look like others,
// and psql's mark of continuation without the room before it.
func unmail(text string) string {
	text = strings.NewReplacer("\u00a0", " ", "→", "->", "—>", "->", "–>", "->").Replace(text)
	if strings.Contains(text, "-&gt;") {
		text = html.UnescapeString(text)
	}
	lines := strings.Split(text, "\n")
	for mostly(lines, func(line string) bool { return strings.HasPrefix(line, ">") }) {
		for i, line := range lines {
			line = strings.TrimLeftFunc(line, unicode.IsSpace)
			if rest, ok := strings.CutPrefix(line, ">"); ok {
				lines[i] = strings.TrimPrefix(rest, " ")
			}
		}
	}
	if mostly(lines, func(line string) bool { return strings.HasSuffix(line, "+") }) {
		for i, line := range lines {
			lines[i] = strings.TrimSuffix(strings.TrimRight(line, " "), "+")
		}
	}
	return strings.Join(lines, "\n")
}

// mostly tells whether more than half of the lines that are not empty are like this, without the white space around them.
func mostly(lines []string, like func(string) bool) bool {
	yes, all := 0, 0
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			all++
			if like(line) {
				yes++
			}
		}
	}
	return 2*yes > all
}

// undecorate takes off what programs put around the lines of a plan.
func undecorate(text string) string {
	lines := strings.Split(text, "\n")
	kept := lines[:0:0]
	for _, line := range lines {
		bare := strings.TrimSpace(line)
		if strings.HasPrefix(bare, "#") || bare == "```" {
			continue
		}
		inner, framed := unframe(line)
		if bare := strings.TrimSpace(strings.Trim(strings.TrimSpace(inner), `"`)); ruler.MatchString(line) || rowCount.MatchString(bare) || planHeader.MatchString(bare) {
			continue
		}
		kept = append(kept, uncontinue(inner, framed))
	}
	return unquote(strings.Join(kept, "\n"))
}

// unframe takes the frame of a table's cell off a line.
func unframe(line string) (inner string, framed bool) {
	trimmed := strings.TrimRight(line, " ")
	for _, edge := range []string{"|", "║", "│"} {
		if inner, ok := strings.CutSuffix(trimmed, edge); ok {
			trimmed, framed = inner, true
			if inner, ok := strings.CutPrefix(strings.TrimLeft(trimmed, " "), edge); ok {
				trimmed = inner
			}
			return strings.TrimRight(trimmed, " "), framed
		}
	}
	return line, false
}

// uncontinue takes off the mark by which psql shows that a cell goes on in the next line.
func uncontinue(line string, framed bool) string {
	trimmed := strings.TrimRight(line, " ")
	if inner, ok := strings.CutSuffix(trimmed, "↵"); ok {
		return strings.TrimRight(inner, " ")
	}
	if inner, ok := strings.CutSuffix(trimmed, "+"); ok && (strings.HasSuffix(inner, " ") || framed || jsonLine.MatchString(inner)) {
		return strings.TrimRight(inner, " ")
	}
	return line
}

// jsonLine is a line that psql may continue without room before its mark.
var jsonLine = regexp.MustCompile(`[\[\]{},:"0-9el]$`)

// unquote takes off the quotes that pgAdmin and CSV put around each line, or around the whole of a plan.
func unquote(text string) string {
	lines := strings.Split(text, "\n")
	for _, quote := range []string{`"`, `'`} {
		quoted, others := 0, 0
		for _, line := range lines {
			line = strings.TrimSpace(line)
			switch {
			case line == "":
			case len(line) > 1 && strings.HasPrefix(line, quote) && strings.HasSuffix(line, quote):
				quoted++
			default:
				others++
			}
		}
		if quoted > others {
			for i, line := range lines {
				trimmed := strings.TrimSpace(line)
				if len(trimmed) > 1 && strings.HasPrefix(trimmed, quote) && strings.HasSuffix(trimmed, quote) {
					lines[i] = strings.ReplaceAll(trimmed[1:len(trimmed)-1], quote+quote, quote)
				}
			}
			return strings.Join(lines, "\n")
		}
	}
	trimmed := strings.TrimSpace(text)
	if len(trimmed) > 2 && (strings.HasPrefix(trimmed, `"[`) || strings.HasPrefix(trimmed, `"{`)) && strings.HasSuffix(trimmed, `"`) {
		return strings.ReplaceAll(trimmed[1:len(trimmed)-1], `""`, `"`)
	}
	return text
}

// jsonSources returns the parts of a text that may be a JSON plan: from a line that opens a bracket to the one that
// closes it, at the same indentation; also with doubled quotes made single.
func jsonSources(text string) []string {
	lines := strings.Split(text, "\n")
	var sources []string
	for i := 0; i < len(lines); i++ {
		opening := strings.TrimLeft(lines[i], " \t\"")
		if opening == "" || opening[0] != '[' && opening[0] != '{' {
			continue
		}
		if source, ok := balanced(strings.Join(append([]string{opening}, lines[i+1:]...), "\n")); ok && strings.Contains(source, "Node Type") {
			sources = append(sources, source, strings.ReplaceAll(source, `""`, `"`))
			i += strings.Count(source, "\n")
		}
	}
	return sources
}

// balanced returns the start of a text up to the bracket that closes its first one.
func balanced(text string) (string, bool) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return text[:i+1], true
			}
		}
	}
	return "", false
}

func noPlan(format string) error { return fmt.Errorf("read %s plan: %w", format, ErrNoPlan) }
