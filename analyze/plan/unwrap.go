package plan

import (
	"regexp"
	"strings"
)

// opening tells a line that starts something of its own from one that goes on with what the line before has begun.
var opening = regexp.MustCompile(`^\s*(->|CTE \S+\s*$|(Init|Sub)Plan\b|[A-Z][A-Za-z/ -]*[A-Za-z]:|Worker \d+:|Trigger )|\((cost=|actual |never executed)`)

// unwrap joins the lines of a plan that a terminal, a mail or a line break within a constant has parted, and makes its
// tabs spaces.
func unwrap(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.ReplaceAll(line, "\t", "    ")
		if strings.Count(line, `"`)%2 == 1 { // half of a pair that something else took off
			line = strings.TrimSuffix(strings.TrimRight(line, " "), `"`)
		}
		if n := len(out); n > 0 && continues(out[n-1], line) {
			out[n-1] += line
			continue
		}
		out = append(out, line)
	}
	return out
}

// continues tells whether line goes on with previous.
func continues(previous, line string) bool {
	if strings.TrimSpace(line) == "" || strings.TrimSpace(previous) == "" || logLine.MatchString(line) || timeLine.MatchString(line) {
		return false
	}
	if brackets(previous) > 0 && !strings.Contains(previous, "Query Text:") {
		return true
	}
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "(cost=") || strings.HasPrefix(trimmed, "(actual ") || strings.HasPrefix(trimmed, "(never ") {
		return true
	}
	nameless := arrowLine.MatchString(previous) && !strings.Contains(previous, "(cost=") && !strings.Contains(previous, "(actual ")
	if nameless && strings.Contains(line, "(cost=") && !strings.Contains(line, "->  ") {
		return true // parted within a node's name
	}
	if opening.MatchString(line) {
		return false
	}
	// Only what is within a plan is joined: after a node or one of its properties.
	return strings.Contains(previous, "(cost=") || strings.Contains(previous, "(actual ") || propertyLine.MatchString(previous) || arrowLine.MatchString(previous)
}

var arrowLine = regexp.MustCompile(`^\s*->  `)

var propertyLine = regexp.MustCompile(`^\s*(Output|Filter|Join Filter|Sort Key|Presorted Key|Group Key|Index Cond|Recheck Cond|Hash Cond|Merge Cond|One-Time Filter|Order By|Function Call|Remote SQL|Settings|Buffers|Rows Removed by [A-Za-z ]+|Run Condition|Cache Key|Timing|Options): `)

// brackets counts the round brackets that a line opens and does not close, outside of quotes.
func brackets(line string) int {
	depth := 0
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return depth
}
