package workload

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// jsonObject reads the fields of one flat JSON object in a line without allocating. It is no validator: what it can't
// read it reports, what follows the object it leaves alone.
type jsonObject struct {
	line []byte
	pos  int
	bad  bool
}

// jsonValue is a field's value: the text between the quotes of a string, or the value as it stands.
type jsonValue struct {
	raw     []byte
	kind    byte // '"' string, '{', '[', or 'x' for numbers and words
	escaped bool // a string with backslashes
}

func newJSONObject(line []byte) jsonObject {
	o := jsonObject{line: line}
	o.space()
	if o.pos >= len(line) || line[o.pos] != '{' {
		o.bad = true
		return o
	}
	o.pos++
	return o
}

// next returns the next field; ok is false at the object's end, or with o.bad where it can't be read.
func (o *jsonObject) next() (key []byte, value jsonValue, ok bool) {
	if o.bad {
		return nil, value, false
	}
	o.space()
	if o.pos < len(o.line) && o.line[o.pos] == ',' {
		o.pos++
		o.space()
	}
	if o.pos >= len(o.line) {
		o.bad = true
		return nil, value, false
	}
	if o.line[o.pos] == '}' {
		o.pos++
		return nil, value, false
	}
	name, ok := o.string()
	if !ok {
		return nil, value, false
	}
	o.space()
	if o.pos >= len(o.line) || o.line[o.pos] != ':' {
		o.bad = true
		return nil, value, false
	}
	o.pos++
	value, ok = o.value()
	return name.raw, value, ok
}

func (o *jsonObject) space() {
	for o.pos < len(o.line) {
		switch o.line[o.pos] {
		case ' ', '\t', '\r', '\n':
			o.pos++
		default:
			return
		}
	}
}

func (o *jsonObject) string() (v jsonValue, ok bool) {
	if o.pos >= len(o.line) || o.line[o.pos] != '"' {
		o.bad = true
		return v, false
	}
	start := o.pos + 1
	for i := start; i < len(o.line); {
		j := bytes.IndexByte(o.line[i:], '"')
		if j < 0 {
			break
		}
		i += j
		backslashes := 0
		for k := i - 1; k >= start && o.line[k] == '\\'; k-- {
			backslashes++
		}
		if backslashes%2 == 0 {
			v = jsonValue{raw: o.line[start:i], kind: '"'}
			v.escaped = bytes.IndexByte(v.raw, '\\') >= 0
			o.pos = i + 1
			return v, true
		}
		i++
	}
	o.bad = true
	return v, false
}

func (o *jsonObject) value() (v jsonValue, ok bool) {
	o.space()
	if o.pos >= len(o.line) {
		o.bad = true
		return v, false
	}
	switch c := o.line[o.pos]; c {
	case '"':
		return o.string()
	case '{', '[':
		start, depth := o.pos, 0
		for o.pos < len(o.line) {
			switch o.line[o.pos] {
			case '"':
				if _, ok := o.string(); !ok {
					return v, false
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			o.pos++
			if depth == 0 {
				return jsonValue{raw: o.line[start:o.pos], kind: c}, true
			}
		}
		o.bad = true
		return v, false
	}
	start := o.pos
	for o.pos < len(o.line) && o.line[o.pos] != ',' && o.line[o.pos] != '}' && o.line[o.pos] != ']' {
		o.pos++
	}
	raw := bytes.TrimSpace(o.line[start:o.pos])
	if len(raw) == 0 {
		o.bad = true
		return v, false
	}
	return jsonValue{raw: raw, kind: 'x'}, true
}

// elements calls f with each value of an array.
func (v jsonValue) elements(f func(jsonValue) bool) bool {
	if v.kind != '[' {
		return false
	}
	o := jsonObject{line: v.raw, pos: 1}
	for {
		o.space()
		if o.pos < len(o.line) && o.line[o.pos] == ',' {
			o.pos++
			continue
		}
		if o.pos >= len(o.line) {
			return false
		}
		if o.line[o.pos] == ']' {
			return true
		}
		element, ok := o.value()
		if !ok || !f(element) {
			return false
		}
	}
}

func (v jsonValue) int() int64 {
	n, _ := strconv.ParseInt(string(v.raw), 10, 64)
	return n
}

// appendText appends a string's text with its escapes resolved.
func (v jsonValue) appendText(out []byte) []byte {
	if !v.escaped {
		return append(out, v.raw...)
	}
	raw := v.raw
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 || i+1 >= len(raw) {
			return append(out, raw...)
		}
		out = append(out, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, rest := unicodeEscape(raw)
			out = utf8.AppendRune(out, r)
			raw = rest
		default:
			out = append(out, c)
		}
	}
}

func (v jsonValue) text() string {
	if !v.escaped {
		return string(v.raw)
	}
	return string(v.appendText(nil))
}

// unicodeEscape reads the four digits after \u, and the second half of a surrogate pair.
func unicodeEscape(raw []byte) (rune, []byte) {
	r, ok := hex4(raw)
	if !ok {
		return utf8.RuneError, raw
	}
	raw = raw[4:]
	if r >= 0xd800 && r < 0xdc00 && len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
		if low, ok := hex4(raw[2:]); ok && low >= 0xdc00 && low < 0xe000 {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, raw[6:]
		}
	}
	return r, raw
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[:4]), 16, 32)
	return rune(n), err == nil
}
