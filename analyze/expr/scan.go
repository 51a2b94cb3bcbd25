// Package expr reads PostgreSQL expressions: the conditions and keys that EXPLAIN deparses, fully parenthesised, and as
// much of SQL text as its tokens tell. What it can't read it says so, and whoever asked then gives no advice.
package expr

import (
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Kind tells tokens apart.
type Kind int

// The kinds of token.
const (
	Ident    Kind = iota // a name or key word; Text is folded to lower case
	Quoted               // a quoted name; Text is the name itself
	String               // a string, bit string or dollar-quoted constant; Text is its value
	Number               // a numeric constant
	ParamNo              // $1; Text is the number
	Operator             // an operator, :: and := included
	Punct                // one of ( ) [ ] , ; . :
	Invalid              // a character that starts no token, or a quote or comment that never ends
)

// Token is one token of SQL text.
type Token struct {
	Kind       Kind
	Text       string
	Start, End int // text[Start:End] is how it was written
}

// Is tells whether the token is this key word, operator or punctuation; words are given in lower case.
func (t Token) Is(text string) bool {
	return t.Text == text && (t.Kind == Ident || t.Kind == Operator || t.Kind == Punct)
}

// Scan splits SQL text into the tokens of sqltext.Lexer as the server would read them, comments left out, with their
// values: names folded or without their quotes, strings without quotes and escapes. It never fails: what is no token is
// Invalid. What a client would take for a variable, :name, is a colon and what follows, as in JSON_OBJECT('a':b).
func Scan(text string) []Token {
	s := scanner{lexer: sqltext.Lexer{Source: text, Comments: true}}
	for t := s.lexer.Next(); t.Kind != sqltext.EOF; t = s.lexer.Next() {
		s.add(t)
	}
	return s.tokens
}

type scanner struct {
	lexer  sqltext.Lexer
	tokens []Token
}

func (s *scanner) add(t sqltext.Token) {
	text := s.lexer.Text(t)
	one := Token{Text: text, Start: t.Start, End: t.End}
	if t.Kind == sqltext.Variable {
		s.tokens = append(s.tokens, Token{Kind: Punct, Text: ":", Start: t.Start, End: t.Start + 1})
		for _, after := range Scan(text[1:]) {
			after.Start, after.End = after.Start+t.Start+1, after.End+t.Start+1
			s.tokens = append(s.tokens, after)
		}
		return
	}
	switch {
	case t.Open || t.Kind == sqltext.Other:
		one.Kind = Invalid
	case t.Kind == sqltext.Comment:
		return
	case t.Kind == sqltext.Word:
		one.Kind, one.Text = Ident, foldName(text)
	case t.Kind == sqltext.Ident:
		one.Kind, one.Text = Quoted, sqltext.UnquoteIdent(text, s.escape(&one, text))
	case t.Kind == sqltext.String:
		one.Kind, one.Text = String, sqltext.UnquoteEscape(text, s.escape(&one, text))
	case t.Kind == sqltext.Number:
		one.Kind = Number
	case t.Kind == sqltext.Param:
		one.Kind, one.Text = ParamNo, text[1:]
	case t.Kind == sqltext.Operator || text == "::":
		one.Kind = Operator
	default:
		one.Kind = Punct
	}
	s.tokens = append(s.tokens, one)
}

// escape reads the UESCAPE 'x' that may follow a U& constant or name into its token, and returns its escape character.
func (s *scanner) escape(t *Token, text string) byte {
	if len(text) < 2 || text[1] != '&' {
		return '\\'
	}
	before := s.lexer
	next := func() sqltext.Token {
		for {
			if t := s.lexer.Next(); t.Kind != sqltext.Comment {
				return t
			}
		}
	}
	if word := next(); word.Kind == sqltext.Word && strings.EqualFold(s.lexer.Text(word), "uescape") {
		if value := next(); value.Kind == sqltext.String && !value.Open {
			if escape := sqltext.Unquote(s.lexer.Text(value)); len(escape) == 1 {
				t.End = value.End
				return escape[0]
			}
		}
	}
	s.lexer = before
	return '\\'
}

// foldName folds a name as the server does in a multi-byte encoding: ASCII letters only.
func foldName(name string) string {
	for i := range len(name) {
		if name[i] >= 'A' && name[i] <= 'Z' {
			folded := []byte(name)
			for j, c := range folded {
				if c >= 'A' && c <= 'Z' {
					folded[j] = c | 0x20
				}
			}
			return string(folded)
		}
	}
	return name
}

func isNamePart(c byte) bool {
	return c == '_' || c == '$' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c >= 0x80
}
