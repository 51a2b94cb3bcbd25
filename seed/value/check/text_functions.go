package check

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/value/pattern"
)

func textFunction(name, s string, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	switch name {
	case "length", "char_length", "character_length":
		return Integer(int64(utf8.RuneCountInString(s))), nil, len(args) == 1
	case "octet_length":
		return Integer(int64(len(s))), nil, true
	case "bit_length":
		return Integer(int64(len(s) * 8)), nil, true
	case "lower", "upper", "initcap":
		v, err := changeCase(name, s)
		return v, err, true
	case "btrim", "ltrim", "rtrim":
		set, ok := " ", true
		if len(args) > 1 {
			set, ok = text(args[1])
		}
		return trim(name, s, set), nil, ok
	case "text", "varchar", "bpchar", "name":
		return s, nil, len(args) == 1
	case "reverse":
		letters := []rune(s)
		slices.Reverse(letters)
		return string(letters), nil, true
	case "md5":
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:]), nil, true
	case "ascii":
		r, _ := utf8.DecodeRuneInString(s)
		if s == "" {
			r = 0
		}
		return Integer(int64(r)), nil, true
	case "substr", "substring", "left", "right":
		v, known = part(name, s, args)
		return v, nil, known
	case "similar_to_escape", "similar_escape":
		escape := `\`
		if len(args) > 1 {
			escape, _ = text(args[1])
		}
		return pattern.Similar(s, escape), nil, true
	}
	if second, ok := text(at(args, 1)); ok {
		v, known = textsFunction(name, s, second, args)
		return v, nil, known
	}
	return nil, nil, false
}

// textsFunction evaluates the functions of two or more texts: s and second are the first two of args.
func textsFunction(name, s, second string, args []Value) (v Value, known bool) {
	switch name {
	case "position", "strpos":
		at := strings.Index(s, second)
		if at >= 0 {
			at = utf8.RuneCountInString(s[:at])
		}
		return Integer(int64(at + 1)), true
	case "starts_with":
		return strings.HasPrefix(s, second), true
	case "replace":
		if to, ok := text(at(args, 2)); ok && len(args) == 3 && second != "" {
			return strings.ReplaceAll(s, second, to), true
		}
	case "split_part":
		if n, ok := int64At(args, 2); ok && n > 0 && second != "" {
			parts := strings.Split(s, second)
			if n > int64(len(parts)) {
				return "", true
			}
			return parts[n-1], true
		}
	case "like_escape":
		if second == `\` {
			return s, true
		}
		if len(second) == 1 {
			return likeEscape(s, second[0]), true
		}
	}
	return nil, false
}

func changeCase(name, s string) (Value, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil, cannot("case beyond ASCII")
	}
	switch name {
	case "lower":
		return strings.ToLower(s), nil
	case "upper":
		return strings.ToUpper(s), nil
	}
	return initialCapitals(s), nil
}

func trim(name, s, set string) string {
	if name != "rtrim" {
		s = strings.TrimLeft(s, set)
	}
	if name != "ltrim" {
		s = strings.TrimRight(s, set)
	}
	return s
}

// likeEscape rewrites a LIKE pattern with an escape character of its own to one with a backslash.
func likeEscape(s string, escape byte) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == escape && i+1 < len(s):
			i++
			out.WriteByte('\\')
			out.WriteByte(s[i])
		case s[i] == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

func initialCapitals(s string) string {
	b := []byte(strings.ToLower(s))
	inside := false
	for i, c := range b {
		letter := c >= 'a' && c <= 'z' || isDigit(c)
		if letter && !inside && c >= 'a' {
			b[i] = c - 'a' + 'A'
		}
		inside = letter
	}
	return string(b)
}

func part(name, s string, args []Value) (Value, bool) {
	letters := []rune(s)
	size := int64(len(letters))
	from, ok := int64At(args, 1)
	if !ok {
		return nil, false
	}
	switch name {
	case "left":
		if from < 0 {
			from = max(0, size+from)
		}
		return string(letters[:min(size, from)]), true
	case "right":
		if from < 0 {
			return string(letters[min(size, -from):]), true
		}
		return string(letters[max(0, size-from):]), true
	}
	end := size + 1
	if len(args) > 2 {
		n, ok := int64At(args, 2)
		if !ok || n < 0 {
			return nil, false
		}
		end = min(end, from+n)
	}
	from = max(1, from)
	if from >= end {
		return "", true
	}
	return string(letters[from-1 : end-1]), true
}
