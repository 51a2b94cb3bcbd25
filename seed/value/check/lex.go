package check

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenQuoted // a name in double quotes
	tokenNumber
	tokenString
	tokenBits // B'…' or X'…'; the text begins with the letter
	tokenOperator
	tokenPunctuation // ( ) [ ] , . : :: ;
)

type token struct {
	kind tokenKind
	text string // a name folded, a string without quotes and escapes
	at   int    // byte offset
}

// is tells whether the token is an unquoted name, in lower case.
func (t token) is(name string) bool { return t.kind == tokenName && t.text == name }

func (t token) punctuation(text string) bool { return t.kind == tokenPunctuation && t.text == text }

const operatorCharacters = "+-*/<>=~!@#%^&|`?"

// lex splits an expression into tokens; the last one is tokenEnd.
func lex(text string) ([]token, error) {
	var tokens []token
	for i := 0; ; {
		for i < len(text) && strings.IndexByte(" \t\r\n\f", text[i]) >= 0 {
			i++
		}
		if i == len(text) {
			return append(tokens, token{kind: tokenEnd, at: i}), nil
		}
		t, size, err := next(text[i:])
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", i, err)
		}
		t.at = i
		tokens = append(tokens, t)
		i += size
	}
}

func next(text string) (t token, size int, err error) {
	c := text[0]
	switch {
	case c == '\'':
		body, size, err := quoted(text, '\'', false)
		return token{kind: tokenString, text: body}, size, err
	case c == '"':
		body, size, err := quoted(text, '"', false)
		return token{kind: tokenQuoted, text: body}, size, err
	case len(text) > 1 && text[1] == '\'' && strings.IndexByte("eEbBxXnN", c) >= 0:
		body, size, err := quoted(text[1:], '\'', c == 'e' || c == 'E')
		if strings.IndexByte("bBxX", c) >= 0 {
			return token{kind: tokenBits, text: strings.ToLower(string(c)) + body}, size + 1, err
		}
		return token{kind: tokenString, text: body}, size + 1, err
	case isDigit(c) || c == '.' && len(text) > 1 && isDigit(text[1]):
		size := number(text)
		return token{kind: tokenNumber, text: text[:size]}, size, nil
	case strings.IndexByte("()[],.;", c) >= 0:
		return token{kind: tokenPunctuation, text: text[:1]}, 1, nil
	case c == ':':
		if strings.HasPrefix(text, "::") {
			return token{kind: tokenPunctuation, text: "::"}, 2, nil
		}
		return token{kind: tokenPunctuation, text: ":"}, 1, nil
	case strings.IndexByte(operatorCharacters, c) >= 0:
		size := operator(text)
		return token{kind: tokenOperator, text: text[:size]}, size, nil
	}
	r, _ := utf8.DecodeRuneInString(text)
	if r != '_' && !unicode.IsLetter(r) {
		return t, 0, fmt.Errorf("unexpected character %q", r)
	}
	for size < len(text) {
		r, n := utf8.DecodeRuneInString(text[size:])
		if r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		size += n
	}
	return token{kind: tokenName, text: strings.ToLower(text[:size])}, size, nil
}

// quoted reads what stands between quotes, in which a doubled quote stands for one, and with escapes a backslash for
// what C makes of it.
func quoted(text string, quote byte, escapes bool) (body string, size int, err error) {
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote && i+1 < len(text) && text[i+1] == quote:
			out.WriteByte(c)
			i++
		case c == quote:
			return out.String(), i + 1, nil
		case c == '\\' && escapes && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				out.WriteByte('\n')
			case 't':
				out.WriteByte('\t')
			case 'r':
				out.WriteByte('\r')
			case 'b':
				out.WriteByte('\b')
			case 'f':
				out.WriteByte('\f')
			default: // deparsed text writes nothing else than \\ and \'
				out.WriteByte(text[i])
			}
		default:
			out.WriteByte(c)
		}
	}
	return "", 0, errors.New("unterminated quotes")
}

func number(text string) int {
	i := 0
	digits := func() {
		for i < len(text) && isDigit(text[i]) {
			i++
		}
	}
	digits()
	if i < len(text) && text[i] == '.' {
		i++
		digits()
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		mark := i
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if i == len(text) || !isDigit(text[i]) {
			return mark
		}
		digits()
	}
	return i
}

// operator gives the length of the operator at the start of text. As in the server's lexer, one of several characters
// ends in + or - only if it holds a character that no standard operator has: x=-1 is two operators.
func operator(text string) int {
	size := 1
	for size < len(text) && strings.IndexByte(operatorCharacters, text[size]) >= 0 {
		size++
	}
	for size > 1 && (text[size-1] == '+' || text[size-1] == '-') && !strings.ContainsAny(text[:size-1], "~!@#%^&|`?") {
		size--
	}
	return size
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
