package sqltext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Unquote returns the value of a literal as text: of a string constant of any form without its quotes and escapes, of
// anything else the literal itself in lower case. A bit string's is its digits.
func Unquote(literal string) string { return UnquoteEscape(literal, '\\') }

// UnquoteEscape is Unquote for a U&'…' that is followed by UESCAPE and this character.
func UnquoteEscape(literal string, escape byte) string {
	if literal == "" {
		return ""
	}
	switch c := literal[0]; {
	case c == '\'':
		return unquoteParts(literal[1:], false)
	case c == '$':
		return unquoteDollar(literal)
	case len(literal) > 1 && literal[1] == '\'':
		if c == 'e' || c == 'E' {
			return unquoteParts(literal[2:], true)
		}
		return unquoteParts(literal[2:], false)
	case len(literal) > 2 && literal[1] == '&' && literal[2] == '\'':
		return unescapeUnicode(unquoteParts(literal[3:], false), escape)
	}
	return strings.ToLower(literal)
}

// UnquoteIdent returns the name that an identifier in quotes is: "a" or U&"a", the latter with the character that UESCAPE
// names, which is \ if there is none.
func UnquoteIdent(ident string, escape byte) string {
	unicode := strings.HasPrefix(ident, "U&") || strings.HasPrefix(ident, "u&")
	if unicode {
		ident = ident[2:]
	}
	name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(ident, `"`), `"`), `""`, `"`)
	if unicode {
		return unescapeUnicode(name, escape)
	}
	return name
}

// unquoteParts reads what follows the opening quote of a string constant, which may go on on later lines.
func unquoteParts(s string, backslash bool) string {
	end, open := quoteEnd(s, 0, backslash)
	if next := continuation(s, end); next > 0 && !open {
		return unquotePart(s[:end], backslash) + unquoteParts(s[next:], backslash)
	}
	return unquotePart(s, backslash)
}

func unquotePart(s string, backslash bool) string {
	s = strings.TrimSuffix(s, "'")
	if backslash {
		return unescape(s)
	}
	return strings.ReplaceAll(s, "''", "'")
}

func unquoteDollar(s string) string {
	end := strings.IndexByte(s[1:], '$')
	if end < 0 {
		return s
	}
	tag := s[:end+2]
	return strings.TrimSuffix(s[len(tag):], tag)
}

// unescape resolves the escapes of E'…'.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\'' && i+1 < len(s) && s[i+1] == '\'' {
			i++
		}
		if c != '\\' || i+1 >= len(s) {
			out.WriteByte(c)
			continue
		}
		i++
		switch c := s[i]; {
		case c >= '0' && c <= '7':
			n := 1
			for n < 3 && i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(s[i:i+n], 8, 16)
			out.WriteByte(byte(v))
			i += n - 1
		case c == 'x' && i+1 < len(s) && isHex(s[i+1]):
			n := 1
			if i+2 < len(s) && isHex(s[i+2]) {
				n = 2
			}
			v, _ := strconv.ParseUint(s[i+1:i+1+n], 16, 8)
			out.WriteByte(byte(v))
			i += n
		case c == 'u' && codePoint(&out, s[i+1:], 4):
			i += 4
		case c == 'U' && codePoint(&out, s[i+1:], 8):
			i += 8
		default:
			if j := strings.IndexByte("bfnrt", c); j >= 0 {
				c = "\b\f\n\r\t"[j]
			}
			out.WriteByte(c)
		}
	}
	return out.String()
}

// unescapeUnicode resolves \0061, \+000061 and \\ of U&'…', with the escape character that is given.
func unescapeUnicode(s string, escape byte) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		rest := s[i+1:]
		switch {
		case s[i] != escape:
			out.WriteByte(s[i])
		case strings.HasPrefix(rest, string(rune(escape))):
			out.WriteByte(escape)
			i++
		case strings.HasPrefix(rest, "+") && codePoint(&out, rest[1:], 6):
			i += 7
		case codePoint(&out, rest, 4):
			i += 4
		default:
			out.WriteByte(escape)
		}
	}
	return out.String()
}

// codePoint writes the character that the first n hexadecimal digits of s name.
func codePoint(out *strings.Builder, s string, n int) bool {
	if len(s) < n {
		return false
	}
	v, err := strconv.ParseUint(s[:n], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return false
	}
	out.WriteRune(rune(v))
	return true
}
