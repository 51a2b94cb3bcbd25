package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// SQLSTATEs that are known here; see PostgreSQL's appendix A.
const (
	undefinedObject       = "42704"
	undefinedFile         = "58P01"
	featureNotSupported   = "0A000"
	syntaxError           = "42601"
	duplicateTable        = "42P07"
	duplicateObject       = "42710"
	duplicateSchema       = "42P06"
	duplicateFunction     = "42723"
	undefinedTable        = "42P01"
	insufficientPrivilege = "42501"
	outOfMemory           = "53200"
	unsafeNewEnumValue    = "55P04"
	lockNotAvailable      = "55P03"
	internalError         = "XX000"
)

// ApplyError is a statement of a script that could not be run.
type ApplyError struct {
	File      string
	Line      int    // where the server found the fault, else where the statement starts
	Statement string // its start
	Err       error  // a *pgconn.PgError, or what else was wrong

	advice string
	undone bool // the whole script was rolled back
}

// Error writes file and line first, so that editors can jump there.
func (e *ApplyError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s:%d: %s\n  ", e.File, e.Line, e.Statement)
	var server *pgconn.PgError
	if errors.As(e.Err, &server) {
		fmt.Fprintf(&s, "%s (SQLSTATE %s)", server.Message, server.Code)
		for _, line := range []struct{ name, text string }{{"detail", server.Detail}, {"hint", server.Hint}, {"context", server.Where}} {
			if line.text != "" {
				fmt.Fprintf(&s, "\n  %s: %s", line.name, strings.ReplaceAll(line.text, "\n", "\n    "))
			}
		}
	} else {
		s.WriteString(e.Err.Error())
	}
	if e.undone {
		s.WriteString("\n  nothing was changed")
	} else {
		s.WriteString("\n  what stands above it in the script was done and stays")
	}
	if e.advice != "" {
		s.WriteString("; " + e.advice)
	}
	return s.String()
}

// Unwrap returns what was wrong.
func (e *ApplyError) Unwrap() error { return e.Err }

// TableExistsError says that a script would make a table which was there before.
type TableExistsError struct{ Table string } // quoted qualified name

// Error names the table.
func (e *TableExistsError) Error() string {
	return fmt.Sprintf("table %s is there already: apply the script to an empty database, or drop the table first", e.Table)
}

type errText string

func (e errText) Error() string { return string(e) }

func newApplyError(opts ApplyOptions, s sqltext.Statement, server *pgconn.PgError) *ApplyError {
	return &ApplyError{
		File: opts.File, Line: s.Line + lineOf(s.Text, int(server.Position)), Statement: excerpt(s.Text), Err: server,
		advice: advice(opts, s.Text, server), undone: !opts.EachCommits && !opts.Tolerant,
	}
}

// lineOf returns how many lines are before a place in a text, counted in characters from 1 as the server does.
func lineOf(text string, position int) int {
	lines := 0
	for i, r := range []rune(text) {
		if i+1 >= position {
			break
		}
		if r == '\n' {
			lines++
		}
	}
	return lines
}

// advice is what to do about an error, where the server's own hint does not say.
func advice(opts ApplyOptions, text string, server *pgconn.PgError) string {
	switch server.Code {
	case duplicateTable, duplicateObject, duplicateSchema, duplicateFunction:
		return "apply the script to an empty database, or drop what is there first"
	case outOfMemory:
		return "one transaction has no room for this many objects: raise max_locks_per_transaction, or let each statement commit by itself (--each-commits)"
	case unsafeNewEnumValue:
		return "let each statement commit by itself (--each-commits)"
	case syntaxError:
		if strings.Contains(server.Message, "`") || strings.Contains(text, "AUTO_INCREMENT") || strings.Contains(text, "ENGINE=") {
			return "this is MySQL's dialect: pgassay runs PostgreSQL's"
		}
		if strings.Contains(server.Message, `at or near ":"`) {
			return "variables of psql (:name) are not replaced: write the value"
		}
	case undefinedTable:
		return "a script must make things before it uses them"
	case insufficientPrivilege:
		return "connect as a role that may create objects here"
	}
	if kind := missingObject(server); kind != "" && !opts.Tolerant {
		return fmt.Sprintf("where the %s doesn't matter, --tolerant goes on without it", kind)
	}
	return ""
}

// missingObject names the kind of thing that a server lacks to run a statement, or is "".
func missingObject(server *pgconn.PgError) string {
	switch server.Code {
	case undefinedObject:
		for _, kind := range []string{"role", "extension", "tablespace", "collation", "access method", "text search configuration", "text search dictionary", "foreign-data wrapper"} {
			if strings.HasPrefix(server.Message, kind+" ") {
				return kind
			}
		}
		if strings.HasPrefix(server.Message, "unrecognized configuration parameter") {
			return "setting"
		}
		if strings.HasPrefix(server.Message, "language ") {
			return "language"
		}
	case undefinedFile, featureNotSupported, syntaxError:
		if server.Message == "tables declared WITH OIDS are not supported" || strings.EqualFold(server.Message, `syntax error at or near "OIDS"`) {
			return "feature" // which ended with PostgreSQL 12
		}
		if strings.HasPrefix(server.Message, "could not open extension control file") || strings.HasPrefix(server.Message, "extension ") {
			return "extension"
		}
	}
	return ""
}

// without rewrites a statement so that it does without what the server lacks, where that makes sense.
func without(missing, text string) (rewritten string, ok bool) {
	t := tokenize(text)
	switch missing {
	case "role":
		if t.is("create schema") { // AUTHORIZATION role, which may also stand in for the name
			return schemaWithoutOwner(text, t)
		}
	case "tablespace":
		return cut(text, t, "tablespace")
	case "collation":
		return cut(text, t, "collate")
	case "feature":
		return withoutOIDs(text, t)
	}
	return "", false
}

// cut leaves a key word and the name behind it out of a statement, wherever they stand. It returns false if they don't.
func cut(text string, t tokens, keyword string) (shorter string, ok bool) {
	var out strings.Builder
	from := 0
	for i := 0; i+1 < len(t); i++ {
		if t[i].Kind != sqltext.Word || t[i].word != keyword {
			continue
		}
		end := i + 1
		for end+2 < len(t) && t[end+1].word == "." {
			end += 2
		}
		out.WriteString(text[from:t[i].Start])
		from = t[end].End
		i = end
	}
	return out.String() + text[from:], from > 0
}

// withoutOIDs leaves WITH OIDS and WITH (OIDS = true) out of CREATE TABLE, as pg_dump of old servers writes them.
func withoutOIDs(text string, t tokens) (string, bool) {
	if i := t.index("with", "oids"); i >= 0 {
		return text[:t[i].Start] + text[t[i+1].End:], true
	}
	for i := range t {
		if i+5 < len(t) && t[i].word == "with" && t[i+1].word == "(" && t[i+2].word == "oids" && t[i+3].word == "=" && t[i+5].word == ")" {
			return text[:t[i].Start] + text[t[i+5].End:], true
		}
	}
	return "", false
}

func schemaWithoutOwner(text string, t tokens) (string, bool) {
	i := t.index("authorization")
	n, _ := t.starts("create schema [if] [not] [exists]")
	if i < 0 || i+1 >= len(t) {
		return "", false
	}
	if i == n { // CREATE SCHEMA AUTHORIZATION role: the schema is called like the role
		return text[:t[i].Start] + text[t[i+1].Start:], true
	}
	return text[:t[i].Start] + text[t[i+1].End:], true
}
