package analyze

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

// locate says in which line of its file a statement has what a finding is about, and what stands in that line if
// there are others, literals masked unless values may be shown.
func (s StatementResult) locate(n *plan.Node, columns []string, showValues bool) (location, excerpt string) {
	at, ok := s.guilty(n, columns)
	if !ok {
		at = 0
	}
	line := strings.Count(s.sql[:at], "\n")
	location = s.Source
	if file, first, known := cutLine(s.Source); known && ok {
		location = fmt.Sprintf("%s:%d", file, first+line)
	}
	if ok && strings.Contains(strings.TrimSpace(s.sql), "\n") { // else the statement says it all
		excerpt = lineAt(s.sql, at, showValues)
	}
	return location, excerpt
}

// guilty finds where a statement mentions the first of the columns, else the table: the mention in a condition, or the
// last one, because conditions stand behind the select list.
func (s StatementResult) guilty(n *plan.Node, columns []string) (at int, ok bool) {
	names := append([]string{}, columns...)
	if n != nil {
		names = append(names, n.Alias, n.Relation)
	}
	tokens := expr.Scan(s.sql)
	for _, name := range names {
		at := -1
		for i, t := range tokens {
			if name != "" && t.Text == name && (t.Kind == expr.Ident || t.Kind == expr.Quoted) {
				at = t.Start
				if i > 0 && (tokens[i-1].Is("where") || tokens[i-1].Is("and") || tokens[i-1].Is("or")) {
					break
				}
			}
		}
		if at >= 0 {
			return at, true
		}
	}
	return 0, false
}

// lineAt returns the line of a statement that an offset is in, in one line of ordinary length.
func lineAt(sql string, at int, showValues bool) string {
	start := strings.LastIndexByte(sql[:at], '\n') + 1
	end := len(sql)
	if i := strings.IndexByte(sql[at:], '\n'); i >= 0 {
		end = at + i
	}
	if showValues {
		return shorten(sql[start:end], longestExcerpt)
	}
	masked := strings.Split(maskLines(sql), "\n")
	return shorten(masked[strings.Count(sql[:start], "\n")], longestExcerpt)
}

// longestExcerpt is how many characters of a line are shown.
const longestExcerpt = 160

// cutLine parts "file.sql:12".
func cutLine(source string) (file string, line int, ok bool) {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return source, 0, false
	}
	_, err := fmt.Sscan(source[i+1:], &line)
	return source[:i], line, err == nil
}

// maskLines replaces literals by ? and leaves comments out. Every line stays the line that it was.
func maskLines(sql string) string {
	var out strings.Builder
	gap := func(text string) {
		out.WriteString(strings.Map(func(r rune) rune {
			if r == '\n' || r == ' ' || r == '\t' {
				return r
			}
			return -1 // part of a comment
		}, text))
	}
	at := 0
	for _, t := range expr.Scan(sql) {
		gap(sql[at:t.Start])
		switch t.Kind {
		case expr.String, expr.Invalid:
			out.WriteString("'?'" + strings.Repeat("\n", strings.Count(sql[t.Start:t.End], "\n")))
		case expr.Number:
			out.WriteByte('?')
		default:
			out.WriteString(sql[t.Start:t.End])
		}
		at = t.End
	}
	gap(sql[at:])
	return out.String()
}
