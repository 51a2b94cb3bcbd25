package workload

import (
	"bytes"
	"io"
)

// csvLog reads a csvlog. Its columns have been the same since PostgreSQL 9.0, with new ones at the end.
type csvLog struct {
	buffer *buffer
	clock  *clock
	unread *Unread
	fields [csvFields]field
}

// field is a column of a record.
type field struct {
	start, end int // of its text, without quotes
	escaped    bool
}

// The columns that are read, by their place.
const (
	csvTime        = 0
	csvUser        = 1
	csvDatabase    = 2
	csvProcess     = 3
	csvSession     = 5
	csvTransaction = 9
	csvSeverity    = 11
	csvCode        = 12
	csvMessage     = 13
	csvDetail      = 14
	csvQuery       = 19
	csvApplication = 22
	csvFields      = 32
	csvLeast       = 22 // a record has at least so many
)

func (l *csvLog) next(e *entry) error {
	for {
		count, size, err := l.record()
		if err != nil {
			return err
		}
		data := l.buffer.data[l.buffer.start : l.buffer.start+size]
		l.buffer.start += size
		if l.entry(e, data, count) {
			return nil
		}
		if len(bytes.TrimSpace(data)) > 0 {
			l.unread.add(bytes.TrimRight(data, "\r\n"))
		}
	}
}

// entry fills e from a record.
func (l *csvLog) entry(e *entry, data []byte, count int) bool {
	if count < csvLeast {
		return false
	}
	e.reset()
	at, size := l.clock.read(l.text(data, csvTime))
	e.severity = severityOf(l.text(data, csvSeverity))
	if size == 0 || e.severity == noSeverity {
		return false
	}
	e.at = at
	e.user, e.database = l.text(data, csvUser), l.text(data, csvDatabase)
	e.session = l.text(data, csvSession)
	e.transaction = l.text(data, csvTransaction)
	e.code = l.text(data, csvCode)
	e.message, e.detail, e.query = l.text(data, csvMessage), l.text(data, csvDetail), l.text(data, csvQuery)
	if count > csvApplication {
		e.application = l.text(data, csvApplication)
	}
	return true
}

// text returns a column with doubled quotes made single, in place.
func (l *csvLog) text(data []byte, i int) []byte {
	f := &l.fields[i]
	text := data[f.start:f.end]
	if !f.escaped {
		return text
	}
	f.escaped = false
	out := text[:0]
	for {
		j := bytes.IndexByte(text, '"')
		if j < 0 || j+1 >= len(text) {
			out = append(out, text...)
			break
		}
		out = append(out, text[:j+1]...)
		text = text[j+2:]
	}
	f.end = f.start + len(out)
	return out
}

// record finds the columns of the next record, and returns their number and the record's size with its end of line.
func (l *csvLog) record() (count, size int, err error) {
	for {
		b := l.buffer
		if count, size, ok := l.scan(b.data[b.start:b.end], b.eof); ok {
			return count, size, nil
		}
		if b.eof && b.start == b.end {
			return 0, 0, io.EOF
		}
		more, err := b.fill()
		if err != nil {
			return 0, 0, err
		}
		if !more {
			// The record is cut off, or too long, or a quote is left open: give up its first line only.
			data := b.data[b.start:b.end]
			if i := bytes.IndexByte(data, '\n'); i >= 0 {
				return 0, i + 1, nil
			}
			return 0, len(data), nil
		}
	}
}

// scan reads the columns of the record that data starts with. It is not ok if data ends within it.
func (l *csvLog) scan(data []byte, eof bool) (count, size int, ok bool) {
	i := 0
	for {
		var f field
		if i < len(data) && data[i] == '"' {
			i++
			f.start = i
			for {
				j := bytes.IndexByte(data[i:], '"')
				if j < 0 {
					return 0, 0, false
				}
				i += j + 1
				if i >= len(data) {
					if !eof {
						return 0, 0, false // the quote may be the first of two
					}
					break
				}
				if data[i] != '"' {
					break
				}
				f.escaped = true
				i++
			}
			f.end = i - 1
		} else {
			f.start = i
			for i < len(data) && data[i] != ',' && data[i] != '\n' {
				i++
			}
			f.end = i
		}
		if count < csvFields {
			l.fields[count] = f
		}
		count++
		if i >= len(data) {
			return count, i, eof && count > 1 || eof && i > 0
		}
		switch data[i] {
		case ',':
			i++
		case '\n':
			return count, i + 1, true
		case '\r':
			if i+1 < len(data) && data[i+1] == '\n' {
				return count, i + 2, true
			}
			if i+1 >= len(data) && !eof {
				return 0, 0, false
			}
			fallthrough
		default:
			// Text behind a closing quote: no csvlog writes that. The record ends with the line.
			j := bytes.IndexByte(data[i:], '\n')
			if j < 0 {
				return 0, len(data), eof
			}
			return 0, i + j + 1, true
		}
	}
}
