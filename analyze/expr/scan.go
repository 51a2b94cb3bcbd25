// Package expr reads PostgreSQL expressions: the conditions and keys that EXPLAIN deparses, fully parenthesised, and as
// much of SQL text as its tokens tell. What it can't read it says so, and whoever asked then gives no advice.
package expr

import (
	"strings"
	"unicode/utf8"
)

// Kind tells tokens apart.
type Kind int

// The kinds of token.
const (
	Ident    Kind = iota // a name or key word; Text is folded to lower case
	Quoted               // a quoted name; Text is the name itself
	String               // a string, bit string or dollar-quoted constant; Text is its content
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

// Scan splits SQL text into tokens as PostgreSQL's lexer does with standard_conforming_strings on: nested comments left
// out, dollar quotes, E”, U&” and U&"" with their escapes read. It never fails: what is no token is Invalid.
// Source: src/backend/parser/scan.l.
func Scan(text string) []Token {
	s := scanner{text: text}
	for s.next() {
	}
	return s.tokens
}

type scanner struct {
	text   string
	pos    int
	tokens []Token
}

func (s *scanner) add(kind Kind, value string, start int) {
	s.tokens = append(s.tokens, Token{kind, value, start, s.pos})
}

func (s *scanner) at(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

func (s *scanner) next() bool {
	if s.pos >= len(s.text) {
		return false
	}
	start, c := s.pos, s.text[s.pos]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
		s.pos++
	case c == '-' && s.at(start+1) == '-':
		s.lineComment()
	case c == '/' && s.at(start+1) == '*':
		if !s.blockComment() {
			s.add(Invalid, s.text[start:], start)
		}
	case c == '\'':
		s.quoted(start, start, false, false)
	case (c == 'e' || c == 'E') && s.at(start+1) == '\'':
		s.quoted(start, start+1, true, false)
	case strings.IndexByte("bBxXnN", c) >= 0 && s.at(start+1) == '\'':
		s.quoted(start, start+1, false, false)
	case (c == 'u' || c == 'U') && s.at(start+1) == '&' && (s.at(start+2) == '\'' || s.at(start+2) == '"'):
		if s.at(start+2) == '"' {
			s.quotedName(start, start+2, true)
		} else {
			s.quoted(start, start+2, false, true)
		}
	case c == '"':
		s.quotedName(start, start, false)
	case c == '$':
		s.dollar()
	case isNameStart(c):
		for s.pos++; s.pos < len(s.text) && isNamePart(s.text[s.pos]); s.pos++ {
		}
		s.add(Ident, foldName(s.text[start:s.pos]), start)
	case isDigit(c) || c == '.' && isDigit(s.at(start+1)):
		s.number()
	case strings.IndexByte("()[],;.", c) >= 0:
		s.pos++
		s.add(Punct, s.text[start:s.pos], start)
	case c == ':':
		s.colon()
	case strings.IndexByte(operatorChars, c) >= 0:
		s.operator()
	default:
		s.pos++
		s.add(Invalid, s.text[start:s.pos], start)
	}
	return true
}

// maxOperator is the longest operator that the server takes, NAMEDATALEN - 1.
const maxOperator = 63

const operatorChars = "+-*/<>=~!@#%^&|`?"

func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isNameStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func isNamePart(c byte) bool  { return isNameStart(c) || isDigit(c) || c == '$' }

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

func (s *scanner) lineComment() {
	if i := strings.IndexAny(s.text[s.pos:], "\r\n"); i >= 0 {
		s.pos += i
		return
	}
	s.pos = len(s.text)
}

// blockComment skips a comment and those nested in it, and tells whether it ended.
func (s *scanner) blockComment() bool {
	depth := 0
	for s.pos < len(s.text) {
		switch {
		case strings.HasPrefix(s.text[s.pos:], "/*"):
			depth++
			s.pos += 2
		case strings.HasPrefix(s.text[s.pos:], "*/"):
			depth--
			s.pos += 2
			if depth == 0 {
				return true
			}
		default:
			s.pos++
		}
	}
	return false
}

// quoted reads a string whose opening quote is at open, and the parts that continue it on later lines.
func (s *scanner) quoted(start, open int, escapes, unicode bool) {
	var value strings.Builder
	s.pos = open + 1
	for {
		if s.pos >= len(s.text) {
			s.add(Invalid, s.text[start:], start)
			return
		}
		c := s.text[s.pos]
		switch {
		case c == '\\' && escapes && s.pos+1 < len(s.text):
			value.WriteString(s.text[s.pos : s.pos+2]) // only tells where the string ends; nobody needs the value
			s.pos += 2
		case c == '\'' && s.at(s.pos+1) == '\'':
			value.WriteByte('\'')
			s.pos += 2
		case c == '\'':
			s.pos++
			if next := s.continuation(); next > 0 {
				s.pos = next
				continue
			}
			text := value.String()
			if unicode {
				text = unescapeUnicode(text, s.uescape())
			}
			s.add(String, text, start)
			return
		default:
			value.WriteByte(c)
			s.pos++
		}
	}
}

// continuation returns the place after the quote that continues a string: after white space with a line break in it.
// Zero means that the string has ended.
func (s *scanner) continuation() int {
	line := false
	for i := s.pos; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\n' || c == '\r':
			line = true
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
		case c == '-' && s.at(i+1) == '-': // a comment may stand between the parts
			end := strings.IndexAny(s.text[i:], "\r\n")
			if end < 0 {
				return 0
			}
			i += end - 1
		case c == '\'' && line:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

func (s *scanner) quotedName(start, open int, unicode bool) {
	var name strings.Builder
	for s.pos = open + 1; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		if c != '"' {
			name.WriteByte(c)
			continue
		}
		if s.at(s.pos+1) == '"' {
			name.WriteByte('"')
			s.pos++
			continue
		}
		s.pos++
		text := name.String()
		if unicode {
			text = unescapeUnicode(text, s.uescape())
		}
		s.add(Quoted, text, start)
		return
	}
	s.add(Invalid, s.text[start:], start)
}

// uescape reads the UESCAPE 'x' that may follow a U& constant and returns its escape character.
func (s *scanner) uescape() byte {
	rest := s.text[s.pos:]
	trimmed := strings.TrimLeft(rest, " \t\n\r\f\v")
	if len(trimmed) < 7 || !strings.EqualFold(trimmed[:7], "uescape") {
		return '\\'
	}
	quote := strings.TrimLeft(trimmed[7:], " \t\n\r\f\v")
	if len(quote) >= 3 && quote[0] == '\'' && quote[2] == '\'' {
		s.pos += len(rest) - len(quote) + 3
		return quote[1]
	}
	return '\\'
}

// unescapeUnicode reads \XXXX and \+XXXXXX.
func unescapeUnicode(text string, escape byte) string {
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] != escape {
			out.WriteByte(text[i])
			i++
			continue
		}
		digits, from := 4, i+1
		if from < len(text) && text[from] == '+' {
			digits, from = 6, from+1
		}
		if i+1 < len(text) && text[i+1] == escape {
			out.WriteByte(escape)
			i += 2
			continue
		}
		value, ok := hex(text, from, digits)
		if !ok {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteRune(value)
		i = from + digits
	}
	return out.String()
}

func hex(text string, from, digits int) (rune, bool) {
	if from+digits > len(text) {
		return 0, false
	}
	var value rune
	for _, c := range []byte(text[from : from+digits]) {
		switch {
		case isDigit(c):
			value = value<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			value = value<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, value <= utf8.MaxRune
}

// dollar reads $1, or a dollar-quoted string.
func (s *scanner) dollar() {
	start := s.pos
	i := start + 1
	if isDigit(s.at(i)) {
		for ; isDigit(s.at(i)); i++ {
		}
		s.pos = i
		s.add(ParamNo, s.text[start+1:i], start)
		return
	}
	for ; i < len(s.text) && s.text[i] != '$' && isNamePart(s.text[i]); i++ {
	}
	if s.at(i) != '$' {
		s.pos++
		s.add(Invalid, "$", start)
		return
	}
	tag := s.text[start : i+1]
	end := strings.Index(s.text[i+1:], tag)
	if end < 0 {
		s.pos = len(s.text)
		s.add(Invalid, s.text[start:], start)
		return
	}
	s.pos = i + 1 + end + len(tag)
	s.add(String, s.text[i+1:i+1+end], start)
}

func (s *scanner) number() {
	start := s.pos
	for ; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		sign := (c == '+' || c == '-') && s.text[s.pos-1]|0x20 == 'e' && s.pos > start && !strings.HasPrefix(strings.ToLower(s.text[start:s.pos]), "0x")
		if !isDigit(c) && c != '.' && c != '_' && !(c|0x20 >= 'a' && c|0x20 <= 'z') && !sign {
			break
		}
		if c == '.' && s.at(s.pos+1) == '.' { // 1..10
			break
		}
	}
	if s.pos == start {
		s.pos++
	}
	s.add(Number, s.text[start:s.pos], start)
}

func (s *scanner) colon() {
	start := s.pos
	switch s.at(start + 1) {
	case ':', '=':
		s.pos += 2
		s.add(Operator, s.text[start:s.pos], start)
	default:
		s.pos++
		s.add(Punct, ":", start)
	}
}

// operator reads the longest operator: a comment ends it, and a + or - at its end belongs to it only if it has one of
// ~ ! @ # % ^ & | ` ? in it.
func (s *scanner) operator() {
	start := s.pos
	special := false
	for s.pos < len(s.text) && s.pos-start < maxOperator && strings.IndexByte(operatorChars, s.text[s.pos]) >= 0 {
		rest := s.text[s.pos:]
		if s.pos > start && (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*")) {
			break
		}
		special = special || strings.IndexByte("~!@#%^&|`?", rest[0]) >= 0
		s.pos++
	}
	for s.pos > start+1 && !special && strings.IndexByte("+-", s.text[s.pos-1]) >= 0 {
		s.pos--
	}
	s.add(Operator, s.text[start:s.pos], start)
}
