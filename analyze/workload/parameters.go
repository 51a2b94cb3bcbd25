package workload

import (
	"bytes"
	"strconv"
)

// parseParameters reads what PostgreSQL writes behind "parameters: ": $1 = 'it”s', $2 = NULL. A value that
// log_parameter_max_length cut ends in "...'". It returns nil if there is nothing to read.
func parseParameters(text []byte) []Bind {
	var binds []Bind
	for len(text) > 0 {
		if text[0] != '$' {
			return binds
		}
		digits := 1
		for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
			digits++
		}
		number, err := strconv.Atoi(string(text[1:digits]))
		if err != nil || number < 1 || number > 65535 || number != len(binds)+1 {
			return binds
		}
		rest, ok := bytes.CutPrefix(text[digits:], []byte(" = "))
		if !ok {
			return binds
		}
		var bind Bind
		if bind, text, ok = parameter(rest); !ok {
			return binds
		}
		binds = append(binds, bind)
		text = bytes.TrimPrefix(text, []byte(", "))
	}
	return binds
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
