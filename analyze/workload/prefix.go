package workload

import (
	"bytes"
	"strings"
)

// prefix is a compiled log_line_prefix.
type prefix struct {
	format string
	steps  []step
}

// step is a literal, or an escape with the literal that ends it.
type step struct {
	escape  byte   // 0 for a literal
	literal string // of a literal: itself; of an escape: the literal behind it, "" at the end
	ends    bool   // %q: processes without a session stop here
}

// newPrefix compiles a log_line_prefix, with its escapes and paddings.
func newPrefix(format string) *prefix {
	p := &prefix{format: format}
	literal := ""
	flush := func() {
		if literal != "" {
			p.steps = append(p.steps, step{literal: literal})
			literal = ""
		}
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 >= len(format) {
			literal += format[i : i+1]
			continue
		}
		i++
		for i < len(format)-1 && (format[i] == '-' || format[i] >= '0' && format[i] <= '9') {
			i++
		}
		switch format[i] {
		case '%':
			literal += "%"
		case 'q':
			flush()
			p.steps = append(p.steps, step{ends: true})
		default:
			flush()
			p.steps = append(p.steps, step{escape: format[i]})
		}
	}
	flush()
	for i := range p.steps {
		if p.steps[i].escape == 0 {
			continue
		}
		for _, next := range p.steps[i+1:] {
			if next.escape != 0 {
				break
			}
			if next.literal != "" {
				p.steps[i].literal = next.literal
				break
			}
		}
	}
	return p
}

// label is what stands between a line's prefix and its text: LOG, ERROR, DETAIL, …
type label struct {
	severity severity
	part     part
}

type part uint8

const (
	noPart part = iota
	messagePart
	detailPart
	statementPart
	otherPart // HINT, CONTEXT, QUERY, LOCATION, BACKTRACE
)

// labelOf reads the label of a line.
func labelOf(word []byte) label {
	if s := severityOf(word); s != noSeverity {
		return label{s, messagePart}
	}
	switch string(word) {
	case "DETAIL":
		return label{part: detailPart}
	case "STATEMENT":
		return label{part: statementPart}
	case "HINT", "CONTEXT", "QUERY", "LOCATION", "BACKTRACE":
		return label{part: otherPart}
	}
	return label{}
}

// leadingLabel reads the label that text starts with, and returns what follows it.
func leadingLabel(text []byte) (label, []byte) {
	i := 0
	for i < len(text) && (text[i] >= 'A' && text[i] <= 'Z' || text[i] >= '1' && text[i] <= '5') {
		i++
	}
	if i < 3 || i >= len(text) || text[i] != ':' {
		return label{}, text
	}
	l := labelOf(text[:i])
	if l.part == noPart {
		return l, text
	}
	text = text[i+1:]
	for range 2 {
		if len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
	}
	return l, text
}

// findLabel looks for the first label in a line, and returns where it starts, -1 if there is none.
func findLabel(line []byte) int {
	for from := 0; from < len(line); {
		i := bytes.IndexByte(line[from:], ':')
		if i < 0 {
			return -1
		}
		i += from
		from = i + 1
		if i+1 < len(line) && line[i+1] != ' ' || i == 0 {
			continue
		}
		if c := line[i-1]; c < 'A' && (c < '1' || c > '5') || c > 'Z' {
			continue
		}
		start := i
		for start > 0 && (line[start-1] >= 'A' && line[start-1] <= 'Z' || line[start-1] >= '1' && line[start-1] <= '5') {
			start--
		}
		if labelOf(line[start:i]).part != noPart {
			return start
		}
	}
	return -1
}

// match reads the prefix of a line into e and returns what follows it: a label and the text. It is not ok if the line
// does not start with the prefix and a label.
func (p *prefix) match(line []byte, e *entry, c *clock) (l label, text []byte, ok bool) {
	rest := line
	for i := 0; i < len(p.steps); i++ {
		s := &p.steps[i]
		switch {
		case s.ends:
			if l, text := leadingLabel(rest); l.part != noPart { // a background process
				return l, text, true
			}
		case s.escape == 0:
			if len(rest) < len(s.literal) || string(rest[:len(s.literal)]) != s.literal {
				// A prefix that ends in a space may have lost it, or have gained one.
				if i == len(p.steps)-1 && strings.TrimRight(s.literal, " ") == "" {
					continue
				}
				return l, nil, false
			}
			rest = rest[len(s.literal):]
		default:
			size := s.value(rest, e, c)
			if size < 0 {
				return l, nil, false
			}
			rest = rest[size:]
		}
	}
	l, text = leadingLabel(bytes.TrimLeft(rest, " "))
	return l, text, l.part != noPart
}

// value reads an escape's value and returns how long it is, -1 if it can't be one.
func (s *step) value(rest []byte, e *entry, c *clock) int {
	padding := 0
	for padding < len(rest) && rest[padding] == ' ' && (s.literal == "" || s.literal[0] != ' ') {
		padding++
	}
	rest = rest[padding:]
	size := s.size(rest, e, c)
	if size < 0 {
		return -1
	}
	value := bytes.TrimRight(rest[:size], " ")
	switch s.escape {
	case 'u':
		e.user = value
	case 'd':
		e.database = value
	case 'a':
		e.application = value
	case 'p':
		if e.session == nil {
			e.session = value
		}
	case 'c':
		e.session = value
	case 'v':
		e.transaction = value
	case 'e':
		e.code = value
	}
	return padding + size
}

// size returns how long a value is; time stamps are read on the way.
func (s *step) size(rest []byte, e *entry, c *clock) int {
	switch s.escape {
	case 't', 'm':
		at, size := c.read(rest)
		if size == 0 {
			return -1
		}
		e.at = at
		return size
	case 'n':
		at, size := epoch(rest)
		if size == 0 {
			return -1
		}
		e.at = at
		return size
	case 's':
		var other clock
		_, size := other.read(rest)
		return size
	case 'p', 'l', 'x', 'Q', 'P':
		size := 0
		for size < len(rest) && (rest[size] >= '0' && rest[size] <= '9' || size == 0 && rest[size] == '-') {
			size++
		}
		if size == 0 && s.escape == 'p' {
			return -1
		}
		return size
	case 'r', 'h':
		if size := hostSize(rest); size > 0 {
			return size
		}
	}
	return s.until(rest)
}

// until returns where the literal behind an escape starts; at the prefix's end that is the label.
func (s *step) until(rest []byte) int {
	if s.literal != "" {
		if strings.TrimRight(s.literal, " ") == "" { // spaces end a name, but not one that has spaces in it
			if i := findLabel(rest); i >= 0 && s.escape == 'a' {
				return len(bytes.TrimRight(rest[:i], " "))
			}
		}
		return bytes.Index(rest, []byte(s.literal))
	}
	if i := findLabel(rest); i >= 0 {
		return len(bytes.TrimRight(rest[:i], " "))
	}
	return -1
}

// hostSize returns the length of an IPv6 address, with its port in parentheses, that rest starts with: its colons are not
// those of the prefix. It returns 0 for anything else.
func hostSize(rest []byte) int {
	colons, i := 0, 0
	for i < len(rest) && (rest[i] == ':' || rest[i] >= '0' && rest[i] <= '9' || rest[i] >= 'a' && rest[i] <= 'f' || rest[i] == '.') {
		if rest[i] == ':' {
			colons++
		}
		i++
	}
	if colons < 2 || i == 0 || i >= len(rest) || rest[i] != '(' {
		return 0
	}
	if end := bytes.IndexByte(rest[i:], ')'); end > 0 {
		return i + end + 1
	}
	return 0
}
