package value

import (
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// body reads the body of a function that says what it returns without state: no variables, no loops, no queries.
type body struct {
	source string
	tokens []sqltext.Token
	at     int
	raises string // what stands for an exception; "" if nothing can
}

// bodyOf gives the expression that a function's body is, in a language of PostgreSQL: SELECT or RETURN of one expression in
// SQL, and in PL/pgSQL a block without variables of IF, RETURN and RAISE. A boolean function that raises an exception
// refuses the value, as one does that returns false.
func bodyOf(language, source string, boolean bool) (text string, ok bool) {
	b := &body{source: withoutComments(source)}
	lexer := sqltext.Lexer{Source: b.source}
	for t := lexer.Next(); t.Kind != sqltext.EOF; t = lexer.Next() {
		b.tokens = append(b.tokens, t)
	}
	if boolean {
		b.raises = "false"
	}
	switch language {
	case "sql":
		text, ok = b.query()
	case "plpgsql":
		text, ok = b.block()
	}
	for b.take(";") {
	}
	if !ok || b.at < len(b.tokens) {
		return "", false
	}
	return text, true
}

// withoutComments puts a space in the place of each comment.
func withoutComments(sql string) string {
	var out strings.Builder
	end := 0
	lexer := sqltext.Lexer{Source: sql, Comments: true}
	for t := lexer.Next(); t.Kind != sqltext.EOF; t = lexer.Next() {
		if t.Kind == sqltext.Comment {
			out.WriteString(sql[end:t.Start] + " ")
			end = t.End
		}
	}
	return out.String() + sql[end:]
}

// is tells whether the next tokens are certain key words or punctuation.
func (b *body) is(texts ...string) bool {
	for i, text := range texts {
		if at := b.at + i; at >= len(b.tokens) || !strings.EqualFold(b.source[b.tokens[at].Start:b.tokens[at].End], text) {
			return false
		}
	}
	return true
}

func (b *body) take(texts ...string) bool {
	if !b.is(texts...) {
		return false
	}
	b.at += len(texts)
	return true
}

// upTo takes what comes before one of some words or punctuation, outside of parentheses and CASE, and that.
func (b *body) upTo(ends ...string) (text string, ok bool) {
	start, depth := b.at, 0
	for ; b.at < len(b.tokens); b.at++ {
		for _, end := range ends {
			if depth == 0 && b.is(end) {
				text = b.between(start, b.at)
				b.at++
				return text, text != ""
			}
		}
		switch {
		case b.is("("), b.is("["), b.is("CASE"):
			depth++
		case b.is(")"), b.is("]"), b.is("END"):
			depth--
		}
	}
	return "", false
}

// between is the text of some tokens.
func (b *body) between(start, end int) string {
	if start >= end {
		return ""
	}
	return b.source[b.tokens[start].Start:b.tokens[end-1].End]
}

// query reads SELECT expression, with or without a name for it, or one of the forms that SQL itself has: RETURN expression, and
// BEGIN ATOMIC SELECT expression; END.
func (b *body) query() (text string, ok bool) {
	if b.take("RETURN") {
		text, b.at = b.between(b.at, len(b.tokens)), len(b.tokens)
		return text, text != ""
	}
	atomic := b.take("BEGIN", "ATOMIC")
	if !b.take("SELECT") {
		return "", false
	}
	start := b.at
	if text, ok = b.upTo(";"); !ok {
		text, b.at = b.between(start, len(b.tokens)), len(b.tokens)
	}
	end := b.at
	if ok {
		end--
	}
	if name := end - 2; name > start && strings.EqualFold(b.between(name, name+1), "AS") && (b.tokens[end-1].Kind == sqltext.Word || b.tokens[end-1].Kind == sqltext.Ident) {
		text = b.between(start, name)
	}
	return text, text != "" && (!atomic || b.take("END"))
}

// block reads a block of PL/pgSQL.
func (b *body) block() (text string, ok bool) {
	b.take("DECLARE") // of nothing, or else BEGIN does not follow
	if !b.take("BEGIN") {
		return "", false
	}
	statements, ok := b.statements()
	if !ok || !b.take("END") {
		return "", false
	}
	budget := maxBody
	return b.returned(statements, &budget)
}

// statement is one of PL/pgSQL: what it returns, or where it goes on.
type statement struct {
	returns    string
	conditions []string // of IF; one more branch than these is that of ELSE
	branches   [][]statement
}

// maxBody bounds how many branches are followed.
const maxBody = 64

func (b *body) statements() (list []statement, ok bool) {
	for {
		switch {
		case b.is("END"), b.is("ELSE"), b.is("ELSIF"), b.is("ELSEIF"):
			return list, true
		case b.take("RETURN"):
			text, ok := b.upTo(";")
			if !ok {
				return nil, false
			}
			list = append(list, statement{returns: text})
		case b.take("RAISE"):
			quiet := b.is("DEBUG") || b.is("LOG") || b.is("INFO") || b.is("NOTICE") || b.is("WARNING")
			if _, ok := b.upTo(";"); !ok || !quiet && b.raises == "" {
				return nil, false
			}
			if !quiet {
				list = append(list, statement{returns: b.raises})
			}
		case b.take("NULL", ";"):
		case b.take("IF"):
			s, ok := b.branches()
			if !ok {
				return nil, false
			}
			list = append(list, s)
		default:
			return nil, false
		}
	}
}

// branches reads IF behind its first word.
func (b *body) branches() (s statement, ok bool) {
	for otherwise := false; ; {
		if !otherwise {
			condition, ok := b.upTo("THEN")
			if !ok {
				return s, false
			}
			s.conditions = append(s.conditions, condition)
		}
		branch, ok := b.statements()
		if !ok {
			return s, false
		}
		s.branches = append(s.branches, branch)
		switch {
		case b.take("END", "IF", ";"):
			return s, true
		case otherwise:
			return s, false
		case b.take("ELSE"):
			otherwise = true
		case !b.take("ELSIF") && !b.take("ELSEIF"):
			return s, false
		}
	}
}

// returned is what statements return, as one expression; not ok where they may end without.
func (b *body) returned(list []statement, budget *int) (text string, ok bool) {
	if *budget--; len(list) == 0 || *budget < 0 {
		return "", false
	}
	first, rest := list[0], list[1:]
	if first.conditions == nil {
		return first.returns, true
	}
	var out strings.Builder
	out.WriteString("CASE")
	for i := range len(first.conditions) + 1 {
		var branch []statement
		if i < len(first.branches) {
			branch = first.branches[i]
		}
		text, ok := b.returned(append(branch[:len(branch):len(branch)], rest...), budget)
		if !ok {
			return "", false
		}
		if i < len(first.conditions) {
			out.WriteString(" WHEN " + first.conditions[i] + " THEN " + text)
		} else {
			out.WriteString(" ELSE " + text + " END")
		}
	}
	return out.String(), true
}
