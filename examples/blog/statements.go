package blog

import (
	_ "embed"
	"strings"
)

//go:embed statements.sql
var statementsSQL string

//go:embed fixed.sql
var fixedSQL string

// replaced are the statements that the mended service no longer runs.
var replaced = []string{"author_of_post", "comments_of_post"}

// Statements returns every statement that the service runs, as one SQL file with "-- name:" comments.
func Statements(fixed bool) string {
	if !fixed {
		return statementsSQL
	}
	script := statementsSQL
	for _, name := range replaced {
		head, rest, _ := strings.Cut(script, marker+name+"\n")
		_, tail, _ := strings.Cut(rest, ";\n")
		script = head + strings.TrimPrefix(tail, "\n")
	}
	return script + "\n" + fixedSQL
}

const marker = "-- name: "

// named parts a SQL file at its "-- name:" comments. The name stays in the text as a comment, for people who read
// pg_stat_activity or a log.
func named(script string) map[string]string {
	statements := map[string]string{}
	for _, part := range strings.Split(script, marker)[1:] {
		name, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, ";\n")
		statements[name] = marker + name + "\n" + text
	}
	return statements
}
