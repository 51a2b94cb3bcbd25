package pattern

import (
	"fmt"
	"strings"
)

// like reads the pattern of LIKE, or with fold of ILIKE. The escape character is a backslash; deparsed patterns with
// another one have been through like_escape.
func like(text string, fold bool) (*syntax, error) {
	p := &parser{fold: fold}
	x := &syntax{op: opConcat, kids: []*syntax{{op: opBegin}}}
	letters := []rune(text)
	for i := 0; i < len(letters); i++ {
		any := &syntax{op: opSet, set: runes{negated: true}}
		switch c := letters[i]; c {
		case '%':
			x.kids = append(x.kids, &syntax{op: opRepeat, max: -1, kids: []*syntax{any}})
		case '_':
			x.kids = append(x.kids, any)
		case '\\':
			if i++; i == len(letters) {
				return nil, fmt.Errorf("LIKE pattern %q: ends with its escape character", text)
			}
			x.kids = append(x.kids, p.literal(letters[i]))
		default:
			x.kids = append(x.kids, p.literal(c))
		}
	}
	x.kids = append(x.kids, &syntax{op: opEnd})
	return x, nil
}

// similar turns the pattern of SIMILAR TO into an advanced regular expression, as similar_to_escape does. escape is 0
// for none.
func similar(pattern string, escape rune) string {
	var out strings.Builder
	out.WriteString("^(?:")
	escaped, bracket := false, false
	for _, c := range pattern {
		switch {
		case escaped:
			escaped = false
			out.WriteByte('\\')
			out.WriteRune(c)
		case c == escape && escape != 0:
			escaped = true
		case bracket:
			if c == '\\' {
				out.WriteByte('\\')
			}
			out.WriteRune(c)
			bracket = c != ']'
		case c == '[':
			bracket = true
			out.WriteRune(c)
		case c == '%':
			out.WriteString(".*")
		case c == '_':
			out.WriteByte('.')
		case c == '(':
			out.WriteString("(?:")
		case strings.ContainsRune(`\.^$`, c):
			out.WriteByte('\\')
			out.WriteRune(c)
		default:
			out.WriteRune(c)
		}
	}
	out.WriteString(")$")
	return out.String()
}
