package workload

import (
	"bytes"
	"errors"
	"io"
)

// jsonLog reads logs of one JSON object a line: PostgreSQL's jsonlog (15 and later, and the extension before it),
// CloudNativePG's records, Cloud SQL's and Docker's lines of stderr text in JSON, and the like.
type jsonLog struct {
	buffer  *buffer
	clock   *clock
	unread  *Unread
	scratch []byte
	text    *textLog // for lines of text in JSON
	prefix  string   // log_line_prefix of those, "" if it is to be guessed
	started bool
}

// learn finds out what lines of text look like that the log's first objects hold.
func (l *jsonLog) learn() error {
	start, err := l.buffer.peek(sampleBytes)
	if err != nil {
		return err
	}
	var samples [][]byte
	for line := range bytes.SplitSeq(start, []byte("\n")) {
		var e entry
		if value, ok := l.payload(&e, line); ok && len(samples) < 2000 {
			samples = append(samples, bytes.TrimRight(value.appendText(nil), "\n"))
		}
	}
	l.text = newTextLog(nil, l.clock, l.unread, l.prefix)
	l.text.learn(samples)
	return nil
}

// payload returns the line of text that an object holds, if it is no message itself.
func (l *jsonLog) payload(e *entry, line []byte) (jsonValue, bool) {
	kind, value, _ := l.fields(e, line)
	return value, kind == isText
}

func (l *jsonLog) next(e *entry) error {
	if !l.started {
		l.started = true
		if err := l.learn(); err != nil {
			return err
		}
	}
	for {
		if l.text.pop(e) { // a line completed several
			return nil
		}
		line, err := l.buffer.line()
		if err != nil {
			if errors.Is(err, io.EOF) && l.text.finish(e) {
				return nil
			}
			return err
		}
		if len(line) == 0 {
			continue
		}
		e.reset()
		e.cut = l.buffer.cut
		l.scratch = l.scratch[:0]
		switch l.object(e, line) {
		case isEntry:
			return nil
		case isOther:
		case isUnread:
			l.unread.add(line)
		}
	}
}

type lineKind uint8

const (
	isUnread lineKind = iota
	isEntry
	isText  // it holds a line of a stderr log
	isOther // understood, and no message of PostgreSQL's, or only a part of one
)

// object reads one line.
func (l *jsonLog) object(e *entry, line []byte) lineKind {
	kind, value, stamp := l.fields(e, line)
	if kind == isText {
		return l.line(e, value, stamp)
	}
	return kind
}

// fields reads an object's fields. jsonlog's keys are those of PostgreSQL 15; CloudNativePG's are csvlog's own names, in
// an object of their own. Anything else holds a line of text under one of a few names.
func (l *jsonLog) fields(e *entry, line []byte) (kind lineKind, text, stamp jsonValue) {
	object := newJSONObject(line)
	var inner jsonValue
	timed := false
	for key, value, ok := object.next(); ok; key, value, ok = object.next() {
		switch string(key) {
		case "timestamp", "log_time", "time":
			if t, size := l.clock.read(value.raw); size > 0 {
				e.at, timed = t, true
			}
			stamp = value
		case "user", "user_name":
			e.user = l.string(value)
		case "dbname", "database_name":
			e.database = l.string(value)
		case "pid", "process_id":
			if e.session == nil {
				e.session = value.raw
			}
		case "session_id":
			e.session = value.raw
		case "vxid", "virtual_transaction_id":
			e.transaction = value.raw
		case "error_severity":
			e.severity = severityOf(value.raw)
		case "state_code", "sql_state_code":
			e.code = value.raw
		case "message":
			if value.kind == '"' {
				e.message, inner = l.string(value), value
			}
		case "detail":
			e.detail = l.string(value)
		case "statement", "query":
			e.query = l.string(value)
		case "application_name":
			e.application = l.string(value)
		case "record": // CloudNativePG
			if value.kind == '{' {
				return l.fields(e, value.raw)
			}
		case "textPayload", "log", "jsonPayload", "properties":
			text = value
		}
	}
	switch {
	case object.bad:
		return isUnread, text, stamp
	case e.severity != noSeverity && timed && e.message != nil:
		return isEntry, text, stamp
	case text.kind == '{':
		object := newJSONObject(text.raw)
		for key, value, ok := object.next(); ok; key, value, ok = object.next() {
			if string(key) == "message" && value.kind == '"' {
				return isText, value, stamp
			}
		}
	case text.kind == '"':
		return isText, text, stamp
	case inner.kind == '"' && e.severity == noSeverity:
		return isText, inner, stamp
	}
	return isOther, text, stamp
}

// line passes a line of a stderr log on. The object's own time stamp stands in for one that the line does not have.
func (l *jsonLog) line(e *entry, value, stamp jsonValue) lineKind {
	if t, size := l.clock.read(stamp.raw); size > 0 {
		l.text.outerTime = t
	}
	text := value.raw
	if value.escaped {
		text = value.appendText(nil)
	}
	for part := range bytes.SplitSeq(bytes.TrimRight(text, "\n"), []byte("\n")) {
		l.text.line(part)
	}
	if l.text.pop(e) {
		return isEntry
	}
	return isOther
}

// string returns a string's text. Escapes are resolved into memory that lives until the next line.
func (l *jsonLog) string(v jsonValue) []byte {
	if v.kind != '"' {
		return nil
	}
	if !v.escaped {
		return v.raw
	}
	start := len(l.scratch)
	l.scratch = v.appendText(l.scratch)
	return l.scratch[start:len(l.scratch):len(l.scratch)]
}
