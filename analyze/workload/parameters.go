package workload

import (
	"bytes"
	"strconv"
)

// parseParameters reads what PostgreSQL writes behind "parameters: ": $1 = 'it”s', $2 = NULL. A value that
// log_parameter_max_length cut ends in "...'". It returns nil if there is nothing to read.
func parseParameters(text []byte) []Bind {
	binds, _ := cutParameters(text)
	return binds
}

// cutParameters also returns what follows.
func cutParameters(text []byte) (binds []Bind, rest []byte) {
	for rest = text; len(rest) > 0 && rest[0] == '$'; {
		digits := 1
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		number, err := strconv.Atoi(string(rest[1:digits]))
		if err != nil || number != len(binds)+1 {
			return binds, rest
		}
		after, ok := bytes.CutPrefix(rest[digits:], []byte(" = "))
		if !ok {
			return binds, rest
		}
		bind, after, ok := parameter(after)
		if !ok {
			return binds, rest
		}
		binds = append(binds, bind)
		rest = bytes.TrimPrefix(after, []byte(", "))
	}
	return binds, rest
}

// parameter reads one value and returns what follows it.
func parameter(text []byte) (bind Bind, rest []byte, ok bool) {
	if rest, ok := bytes.CutPrefix(text, []byte("NULL")); ok {
		return Bind{Null: true}, rest, true
	}
	if len(text) == 0 || text[0] != '\'' {
		return bind, text, false
	}
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		value := bytes.ReplaceAll(text[1:i], []byte("''"), []byte("'"))
		rest = text[i+1:]
		if value, ok := bytes.CutSuffix(value, []byte("...")); ok {
			return Bind{Text: string(value), Cut: true}, rest, true
		}
		return Bind{Text: string(value)}, rest, true
	}
	return Bind{Text: string(text[1:]), Cut: true}, nil, true // the line was cut
}
