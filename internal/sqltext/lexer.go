// Package sqltext works on SQL as text, the way PostgreSQL's own scanner (scan.l, psqlscan.l) reads it: a Lexer, Split for
// scripts, Normalize and Fingerprint to tell statements apart from executions, Tags for what comments carry, and
// QuoteIdent. It knows tokens, not grammar: whatever it is given, right or wrong, it neither fails nor panics.
package sqltext

// Kind tells tokens apart.
type Kind uint8

// The kinds of token.
const (
	EOF      Kind = iota
	Word          // an unquoted identifier or a key word
	Ident         // a quoted identifier: "a", U&"a"
	String        // a string constant of any form: 'a', E'a', U&'a', B'1', X'f', N'a', $$a$$, $tag$a$tag$
	Number        // 1, 1.5, .5, 1e10, 0xff, 1_000
	Param         // $1
	Variable      // a placeholder that clients replace: :name, :'name', :"name"
	Operator      // one operator, by PostgreSQL's rule of the longest match: =, <->, ->>
	Punct         // one of ( ) [ ] , ; . or : or the two-character ::
	Comment       // -- to the end of the line, or a nested /* */; only if Lexer.Comments
	Other         // one character that no SQL token starts with, such as a backslash
)

// Token is a token's place in the source.
type Token struct {
	Kind       Kind
	Start, End int  // byte offsets
	Open       bool // the source ended within it
}

// Lexer reads tokens from Source. The zero value with a Source is ready for use; it allocates nothing.
type Lexer struct {
	Source    string
	Comments  bool // return comments as tokens instead of skipping them
	Backslash bool // standard_conforming_strings is off: a backslash escapes in '…' too

	pos      int
	brackets int // open square brackets: in them a colon makes a slice, not a Variable
}

// class tells what a byte is to the Lexer.
type class uint8

const (
	otherClass class = iota
	spaceClass
	wordClass // letters, underscore and every byte of a multi-byte character
	digitClass
	operatorClass
	punctClass
	quoteClass  // '
	dquoteClass // "
	dollarClass
	dotClass
	colonClass
)

var (
	classes   = makeClasses()
	wordBytes = makeWordBytes()
	lowerCase = makeLowerCase()
)

func makeClasses() (table [256]class) {
	for c := range table {
		switch {
		case c <= ' ' || c == 0x7f:
			table[c] = spaceClass // control characters too: a server never lets them through outside of quotes
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			table[c] = wordClass
		case c >= '0' && c <= '9':
			table[c] = digitClass
		}
	}
	for _, c := range "+-*/<>=~!@#%^&|`?" {
		table[c] = operatorClass
	}
	for _, c := range "()[],;" {
		table[c] = punctClass
	}
	table['\''], table['"'], table['$'], table['.'], table[':'] = quoteClass, dquoteClass, dollarClass, dotClass, colonClass
	return table
}

// makeWordBytes marks what may follow in a word.
func makeWordBytes() (table [256]bool) {
	for c := range table {
		table[c] = classes[c] == wordClass || classes[c] == digitClass || c == '$'
	}
	return table
}

func makeLowerCase() (table [256]byte) {
	for c := range table {
		table[c] = byte(c)
		if c >= 'A' && c <= 'Z' {
			table[c] += 'a' - 'A'
		}
	}
	return table
}

// Text returns a token's text.
func (l *Lexer) Text(t Token) string { return l.Source[t.Start:t.End] }

// Next returns the next token, and one of kind EOF at the end of the source, again and again.
func (l *Lexer) Next() Token {
	src, i := l.Source, l.pos
	for i < len(src) {
		c := src[i]
		switch classes[c] {
		case spaceClass:
			i++
			continue
		case wordClass:
			return l.word(i)
		case digitClass:
			return l.number(i)
		case quoteClass:
			return l.quoted(i, i+1, l.Backslash)
		case dquoteClass:
			return l.doubleQuoted(i, i+1)
		case punctClass:
			switch c {
			case '[':
				l.brackets++
			case ']':
				l.brackets = max(0, l.brackets-1)
			case ';':
				l.brackets = 0
			}
			return l.token(Punct, i, i+1)
		case dotClass:
			if i+1 < len(src) && classes[src[i+1]] == digitClass {
				return l.number(i)
			}
			return l.token(Punct, i, i+1)
		case colonClass:
			return l.colon(i)
		case dollarClass:
			return l.dollar(i)
		case operatorClass:
			if c == '-' && i+1 < len(src) && src[i+1] == '-' {
				end := lineEnd(src, i)
				if l.Comments {
					return l.token(Comment, i, end)
				}
				i = end
				continue
			}
			if c == '/' && i+1 < len(src) && src[i+1] == '*' {
				end, open := blockCommentEnd(src, i)
				if l.Comments {
					t := l.token(Comment, i, end)
					t.Open = open
					return t
				}
				i = end
				continue
			}
			return l.operator(i)
		default:
			return l.token(Other, i, i+1)
		}
	}
	l.pos = i
	return Token{Kind: EOF, Start: i, End: i}
}

func (l *Lexer) token(kind Kind, start, end int) Token {
	l.pos = end
	return Token{Kind: kind, Start: start, End: end}
}

// word reads an identifier or key word, or the constant or identifier whose prefix it turns out to be.
func (l *Lexer) word(start int) Token {
	src := l.Source
	i := start + 1
	for i < len(src) && wordBytes[src[i]] {
		i++
	}
	if i-start == 1 && i < len(src) {
		switch next := src[i]; src[start] {
		case 'e', 'E':
			if next == '\'' {
				return l.quoted(start, i+1, true)
			}
		case 'b', 'B', 'x', 'X', 'n', 'N':
			if next == '\'' {
				return l.quoted(start, i+1, (src[start] == 'n' || src[start] == 'N') && l.Backslash)
			}
		case 'u', 'U':
			if next == '&' && i+1 < len(src) {
				switch src[i+1] {
				case '\'':
					return l.quoted(start, i+2, false) // a server with standard_conforming_strings off refuses U&'…'
				case '"':
					return l.doubleQuoted(start, i+2)
				}
			}
		}
	}
	return l.token(Word, start, i)
}

// quoted reads a string constant whose text starts at i, with the parts that continue it on later lines.
func (l *Lexer) quoted(start, i int, backslash bool) Token {
	for {
		end, open := quoteEnd(l.Source, i, backslash)
		if open {
			return Token{Kind: String, Start: start, End: l.end(end), Open: true}
		}
		next := continuation(l.Source, end)
		if next == 0 {
			return l.token(String, start, end)
		}
		i = next
	}
}

// end moves to i and returns it.
func (l *Lexer) end(i int) int {
	l.pos = i
	return i
}

// quoteEnd returns the place behind the quote that ends a string whose text starts at i.
func quoteEnd(src string, i int, backslash bool) (end int, open bool) {
	for i < len(src) {
		switch c := src[i]; {
		case c == '\'':
			if i+1 < len(src) && src[i+1] == '\'' {
				i += 2
				continue
			}
			return i + 1, false
		case c == '\\' && backslash:
			i += 2
		default:
			i++
		}
	}
	return len(src), true
}

// continuation returns where the text goes on of a string whose closing quote is just before i: behind a quote that
// follows after white space with a line break in it, and possibly comments with --. Zero means that the string has ended.
func continuation(src string, i int) int {
	line := false
	for i < len(src) {
		switch c := src[i]; {
		case c == '\n' || c == '\r':
			line = true
			i++
		case classes[c] == spaceClass:
			i++
		case c == '-' && i+1 < len(src) && src[i+1] == '-':
			i = lineEnd(src, i)
		case c == '\'' && line:
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

func (l *Lexer) doubleQuoted(start, i int) Token {
	src := l.Source
	for i < len(src) {
		if src[i] != '"' {
			i++
			continue
		}
		if i+1 < len(src) && src[i+1] == '"' {
			i += 2
			continue
		}
		return l.token(Ident, start, i+1)
	}
	t := l.token(Ident, start, len(src))
	t.Open = true
	return t
}

// number reads a numeric constant; a second point ends it, as in 1..10.
func (l *Lexer) number(start int) Token {
	src, i := l.Source, start
	if src[i] == '0' && i+2 < len(src) {
		var digit func(byte) bool
		switch src[i+1] | 0x20 {
		case 'x':
			digit = isHex
		case 'o':
			digit = func(c byte) bool { return c >= '0' && c <= '7' }
		case 'b':
			digit = func(c byte) bool { return c == '0' || c == '1' }
		}
		if digit != nil && digit(src[i+2]) {
			for i += 3; i < len(src) && (digit(src[i]) || src[i] == '_' && i+1 < len(src) && digit(src[i+1])); {
				i++
			}
			return l.token(Number, start, i)
		}
	}
	i = digits(src, i)
	if i < len(src) && src[i] == '.' && (i+1 >= len(src) || src[i+1] != '.') {
		i = digits(src, i+1)
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		j := i + 1
		if j < len(src) && (src[j] == '+' || src[j] == '-') {
			j++
		}
		if j < len(src) && classes[src[j]] == digitClass {
			i = digits(src, j)
		}
	}
	return l.token(Number, start, i)
}

func digits(src string, i int) int {
	for i < len(src) && (classes[src[i]] == digitClass || src[i] == '_' && i+1 < len(src) && classes[src[i+1]] == digitClass) {
		i++
	}
	return i
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// dollar reads $1, a dollar-quoted string, or a stray dollar.
func (l *Lexer) dollar(start int) Token {
	src := l.Source
	i := start + 1
	if i < len(src) && classes[src[i]] == digitClass {
		for i < len(src) && classes[src[i]] == digitClass {
			i++
		}
		return l.token(Param, start, i)
	}
	for i < len(src) && src[i] != '$' && wordBytes[src[i]] {
		i++
	}
	if i >= len(src) || src[i] != '$' {
		return l.token(Other, start, start+1)
	}
	tag := src[start : i+1]
	for i++; i < len(src); i++ {
		if src[i] == '$' && len(src)-i >= len(tag) && src[i:i+len(tag)] == tag {
			return l.token(String, start, i+len(tag))
		}
	}
	t := l.token(String, start, len(src))
	t.Open = true
	return t
}

// colon reads :: or : or a client's placeholder.
func (l *Lexer) colon(start int) Token {
	src := l.Source
	i := start + 1
	if i >= len(src) {
		return l.token(Punct, start, i)
	}
	switch c := src[i]; {
	case c == ':':
		return l.token(Punct, start, i+1)
	case c == '=':
		return l.token(Operator, start, i+1)
	case l.brackets > 0:
	case classes[c] == wordClass:
		for i++; i < len(src) && wordBytes[src[i]] && src[i] != '$'; {
			i++
		}
		return l.token(Variable, start, i)
	case c == '\'':
		end, open := quoteEnd(src, i+1, false)
		return Token{Kind: Variable, Start: start, End: l.end(end), Open: open}
	case c == '"':
		t := l.doubleQuoted(start, i+1)
		t.Kind = Variable
		return t
	}
	return l.token(Punct, start, start+1)
}

// operator reads the longest operator: it ends before a comment, and in + or - only if it holds one of ~ ! @ # % ^ & | ` ?.
func (l *Lexer) operator(start int) Token {
	src := l.Source
	i := start
	special := false
	for i < len(src) && classes[src[i]] == operatorClass {
		if i > start && i+1 < len(src) && (src[i] == '-' && src[i+1] == '-' || src[i] == '/' && src[i+1] == '*') {
			break
		}
		switch src[i] {
		case '~', '!', '@', '#', '%', '^', '&', '|', '`', '?':
			special = true
		}
		i++
	}
	if !special {
		for i-start > 1 && (src[i-1] == '+' || src[i-1] == '-') {
			i--
		}
	}
	return l.token(Operator, start, i)
}

func lineEnd(src string, i int) int {
	for i < len(src) && src[i] != '\n' && src[i] != '\r' {
		i++
	}
	return i
}

// blockCommentEnd returns the end of the comment that starts at i; comments nest.
func blockCommentEnd(src string, i int) (end int, open bool) {
	depth := 0
	for i+1 < len(src) {
		switch {
		case src[i] == '/' && src[i+1] == '*':
			depth++
			i += 2
		case src[i] == '*' && src[i+1] == '/':
			depth--
			i += 2
			if depth == 0 {
				return i, false
			}
		default:
			i++
		}
	}
	return len(src), true
}
