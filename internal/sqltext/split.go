package sqltext

import "strings"

// StatementKind tells the parts of a script apart.
type StatementKind uint8

// The kinds of statement.
const (
	SQL    StatementKind = iota
	Meta                 // a backslash command of psql: no server understands it
	CopyIn               // COPY … FROM stdin, whose rows follow in the script
)

// Statement is one statement of a script.
type Statement struct {
	Kind       StatementKind
	Text       string // from the first token to just before the semicolon; leading comments are left out
	Comments   string // the comments in front of it, as they stand
	Name       string // of a comment "-- name: GetUser :one", or ""
	Line       int    // 1-based line of Text's first byte
	Start, End int    // byte offsets: script[Start:End] == Text
	Data       string // of CopyIn: its rows as they stand, up to the line \.
}

// Split parts a script into its statements the way that psql does: a semicolon ends one unless it stands in quotes,
// comments, parentheses or the BEGIN ATOMIC … END body of a function. Backslash commands come back as statements of kind
// Meta, the rows after COPY … FROM stdin in Data. Empty statements are left out. SET standard_conforming_strings is
// honoured for what follows it.
func Split(script string) []Statement {
	s := splitter{script: script, lexer: Lexer{Source: script, Comments: true}, line: 1}
	s.run()
	return s.statements
}

type splitter struct {
	script     string
	lexer      Lexer
	statements []Statement
	line       int // at counted
	counted    int

	// of the statement under way
	active       bool
	start, end   int
	comments     int // start of the comments in front of it, or -1
	commentsEnd  int
	parens       int
	begin        int  // open BEGIN ATOMIC and CASE in a routine's body
	words        int  // how many words so far
	routine      int  // how far its words read CREATE [OR REPLACE] FUNCTION or PROCEDURE; inRoutine, or notRoutine
	copyState    int  // 1 COPY, 2 and FROM, 3 and STDIN
	settingState int  // 1 SET, 2 and standard_conforming_strings
	escapes      bool // the value of that setting: backslashes escape
}

func (s *splitter) run() {
	s.comments = -1
	for {
		t := s.lexer.Next()
		text := s.lexer.Text(t)
		switch {
		case t.Kind == EOF:
			s.finish(t.Start)
			return
		case t.Kind == Comment:
			s.comment(t, text)
		case text == ";" && s.parens == 0 && s.begin == 0:
			s.finish(t.Start)
		case text == `\`:
			s.meta(t)
		default:
			s.token(t, text)
		}
	}
}

func (s *splitter) comment(t Token, text string) {
	if !s.active {
		if s.comments < 0 {
			s.comments = t.Start
		}
		s.commentsEnd = t.End
		return
	}
	if strings.HasPrefix(text, "/*") {
		s.end = t.End // tags stand behind a statement; -- comments there are the next one's as often as not
	}
}

func (s *splitter) token(t Token, text string) {
	if !s.active {
		s.active, s.start = true, t.Start
		s.parens, s.begin, s.words, s.routine, s.copyState, s.settingState = 0, 0, 0, 0, 0, 0
	}
	s.end = t.End
	switch t.Kind {
	case Punct:
		switch text {
		case "(":
			s.parens++
		case ")":
			s.parens = max(0, s.parens-1)
		}
	case Word:
		s.word(text)
	case String:
		s.setting(strings.Trim(text, "'"))
	}
}

// word follows psql's own reading (psqlscan.l) of routine bodies, and what COPY and SET need.
func (s *splitter) word(text string) {
	word := strings.ToLower(text)
	s.words++
	s.routine = routineState(s.routine, word)
	if s.parens == 0 && s.routine == inRoutine {
		switch {
		case word == "begin", word == "case" && s.begin > 0:
			s.begin++
		case word == "end" && s.begin > 0:
			s.begin--
		}
	}
	switch {
	case s.words == 1 && word == "copy":
		s.copyState = 1
	case s.copyState == 1 && word == "from" && s.parens == 0:
		s.copyState = 2
	case s.copyState == 2 && s.parens == 0:
		s.copyState = 0
		if word == "stdin" {
			s.copyState = 3
		}
	}
	switch {
	case s.words == 1 && word == "set":
		s.settingState = 1
	case s.settingState == 1 && word == "standard_conforming_strings":
		s.settingState = 2
	default:
		s.setting(word)
	}
}

// setting notes the value of SET standard_conforming_strings.
func (s *splitter) setting(value string) {
	if s.settingState != 2 {
		return
	}
	switch strings.ToLower(value) {
	case "off", "false", "no", "0":
		s.escapes = true
	case "on", "true", "yes", "1", "default":
		s.escapes = false
	}
}

const (
	inRoutine  = 10
	notRoutine = -1
)

// routineState steps through CREATE [OR REPLACE] FUNCTION or PROCEDURE.
func routineState(state int, word string) int {
	switch {
	case state == inRoutine, state == notRoutine:
		return state
	case state == 0 && word == "create":
		return 1
	case state == 1 && word == "or":
		return 2
	case state == 2 && word == "replace":
		return 3
	case (state == 1 || state == 3) && (word == "function" || word == "procedure"):
		return inRoutine
	}
	return notRoutine
}

// finish ends the statement under way; at is where its terminator starts.
func (s *splitter) finish(at int) {
	if !s.active {
		s.comments = -1
		return
	}
	statement := s.statement(SQL, s.start, s.end)
	if s.settingState == 2 {
		s.lexer.Backslash = s.escapes
	}
	if s.copyState == 3 && at < len(s.script) {
		statement.Kind = CopyIn
		if data, end, ok := copyData(s.script, at); ok {
			statement.Data = data
			s.lexer.pos = end
		}
	}
	s.statements = append(s.statements, statement)
	s.active, s.comments = false, -1
}

func (s *splitter) statement(kind StatementKind, start, end int) Statement {
	s.line += strings.Count(s.script[s.counted:start], "\n")
	s.counted = start
	statement := Statement{Kind: kind, Text: s.script[start:end], Line: s.line, Start: start, End: end}
	if s.comments >= 0 {
		statement.Comments = s.script[s.comments:s.commentsEnd]
		statement.Name = statementName(statement.Comments)
	}
	return statement
}

// meta reads a backslash command. Those that send the statement in front of them end it; \; is a semicolon.
func (s *splitter) meta(t Token) {
	end := lineEnd(s.script, t.Start)
	if strings.HasPrefix(s.script[t.Start:], `\;`) {
		s.finish(t.Start)
		s.lexer.pos = t.Start + 2
		return
	}
	s.finish(t.Start)
	if i := strings.Index(s.script[t.Start+1:end], `\\`); i >= 0 { // the separator: SQL goes on behind it
		end = t.Start + 1 + i
		s.lexer.pos = end + 2
	} else {
		s.lexer.pos = end
	}
	s.statements = append(s.statements, s.statement(Meta, t.Start, t.Start+len(strings.TrimRight(s.script[t.Start:end], " \t\r"))))
	s.comments = -1
}

// copyData returns the lines after the one in which the terminator stands, up to the line \., and the offset behind it.
// Without such a line there is no data: a statement of a workload, not of a dump.
func copyData(script string, at int) (data string, end int, ok bool) {
	newline := strings.IndexByte(script[at:], '\n')
	if newline < 0 {
		return "", 0, false
	}
	start := at + newline + 1
	for i := start; i < len(script); {
		length := strings.IndexByte(script[i:], '\n')
		next := i + length + 1
		if length < 0 {
			length, next = len(script)-i, len(script)
		}
		if strings.TrimSuffix(script[i:i+length], "\r") == `\.` {
			return script[start:i], next, true
		}
		i = next
	}
	return "", 0, false
}

// statementName reads "name: x" from comments, the last one if there are several.
func statementName(comments string) string {
	name := ""
	for line := range strings.Lines(comments) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-/*"))
		if rest, ok := strings.CutPrefix(line, "name:"); ok {
			if fields := strings.Fields(rest); len(fields) > 0 {
				name = fields[0]
			}
		}
	}
	return name
}
