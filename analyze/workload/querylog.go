package workload

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// QueryLog reads what package querylog recorded in an application.
type QueryLog struct {
	Statements map[string]string // normalised text by fingerprint, as far as it was read
	Dropped    int64             // executions that the recorder had to drop
	Unread     Unread            // lines that are none of the format's

	lines *buffer
	seen  map[string]string // one copy of each of the strings that come again and again

	held      []heldEvent     // in their order: the first waits for its definition, the others for the first
	heldBytes int             // of their lines
	hopeless  map[string]bool // fingerprints whose definition was waited for long enough
	ended     error           // met after the held ones
}

type heldEvent struct {
	*Event
	bytes int // of its line
}

// maxHeld is how much of a log is read ahead for a definition. The recorder writes all of them again every 8 MiB and what
// fits its buffer.
const maxHeld = 32 << 20

// NewQueryLog returns a reader of r, which is not yet read from.
func NewQueryLog(r io.Reader) *QueryLog {
	return &QueryLog{Statements: map[string]string{}, lines: newBuffer(r), seen: map[string]string{}, hopeless: map[string]bool{}}
}

// IsQueryLog tells whether a file that starts like this was written by package querylog.
func IsQueryLog(start []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(start, " \r\n\t\ufeff"), []byte(`{"pgassay":"querylog"`))
}

// isQueryLogLine tells whether a line is a definition or an execution, with which a log may start that is the end of one.
func isQueryLogLine(line []byte) bool {
	object := newJSONObject(line)
	first, _, _ := object.next()
	kind := string(first)
	second, _, _ := object.next()
	return kind == "statement" && string(second) == "sql" || kind == "time" && string(second) == "duration_ns"
}

// Next returns the next execution, or io.EOF. Lines that can't be read, such as one cut by a crash, are counted and
// passed over; a log of a later version is an error. Where an execution comes before the definition of its statement, as
// in the end of a log without what stood before, the log is read ahead to that; the text is empty if it never comes.
func (q *QueryLog) Next() (*Event, error) {
	for {
		if len(q.held) > 0 {
			if e := q.release(); e != nil {
				return e, nil
			}
		}
		if q.ended != nil {
			return nil, q.ended
		}
		line, err := q.lines.line()
		if err != nil {
			q.ended = err
			continue
		}
		if len(line) == 0 {
			continue
		}
		event, err := q.line(line)
		switch {
		case errors.Is(err, errUnread):
			q.Unread.add(line)
		case err != nil:
			q.ended = err
		case event == nil:
		case len(q.held) == 0 && (event.Statement != "" || q.hopeless[event.Fingerprint]):
			return event, nil
		default:
			q.held = append(q.held, heldEvent{event, len(line)})
			q.heldBytes += len(line)
		}
	}
}

// release returns the first of the held executions, or nil if its definition may still come.
func (q *QueryLog) release() *Event {
	e := q.held[0].Event
	if e.Statement == "" {
		e.Statement = q.Statements[e.Fingerprint]
	}
	if e.Statement == "" && !q.hopeless[e.Fingerprint] {
		if q.ended == nil && q.heldBytes <= maxHeld {
			return nil
		}
		q.hopeless[e.Fingerprint] = true
	}
	q.heldBytes -= q.held[0].bytes
	q.held[0].Event = nil
	q.held = q.held[1:]
	return e
}

var errUnread = errors.New("not a line of the format")

func (q *QueryLog) line(line []byte) (*Event, error) {
	object := newJSONObject(line)
	key, value, ok := object.next()
	if !ok {
		return nil, errUnread
	}
	switch string(key) {
	case "pgassay":
		return nil, header(object)
	case "statement":
		return nil, q.definition(object, value)
	case "dropped":
		q.Dropped += value.int()
		return nil, nil
	case "time":
		return q.event(object, value)
	}
	return nil, errUnread
}

func header(object jsonObject) error {
	for key, value, ok := object.next(); ok; key, value, ok = object.next() {
		if string(key) == "version" && value.int() != 1 {
			return fmt.Errorf("query log of version %s: this pgassay reads version 1; use a newer one", value.raw)
		}
	}
	return nil
}

func (q *QueryLog) definition(object jsonObject, fingerprint jsonValue) error {
	key, value, ok := object.next()
	if !ok || string(key) != "sql" || value.kind != '"' {
		return errUnread
	}
	name := q.intern(fingerprint)
	if _, known := q.Statements[name]; !known {
		q.Statements[name] = value.text()
	}
	return nil
}

func (q *QueryLog) event(object jsonObject, at jsonValue) (*Event, error) {
	e := &Event{Rows: -1}
	var err error
	if e.Time, err = time.Parse(time.RFC3339Nano, string(at.raw)); err != nil {
		return nil, errUnread
	}
	for {
		key, value, ok := object.next()
		if !ok {
			break
		}
		switch string(key) {
		case "duration_ns":
			e.Duration = time.Duration(value.int())
		case "session":
			e.Session = q.intern(value)
		case "transaction":
			e.Transaction = value.text()
		case "batch":
			e.Batch = value.int()
		case "scope":
			e.Scope = value.text()
		case "route":
			e.Route = q.intern(value)
		case "fingerprint":
			e.Fingerprint = q.intern(value)
		case "args":
			e.Args, ok = hashes(value)
		case "rows":
			e.Rows = value.int()
		case "call_site":
			e.CallSite = q.intern(value)
		case "function":
			e.Function = q.intern(value)
		case "via":
			e.Via = q.intern(value)
		case "code":
			e.Code = q.intern(value)
		case "traceparent":
			e.tag("traceparent", value.text())
		case "results":
			ok = value.elements(func(column jsonValue) bool { return q.column(e, column) })
		case "tags":
			tags := newJSONObject(value.raw)
			for key, value, ok := tags.next(); ok; key, value, ok = tags.next() {
				e.tag(string(key), value.text())
			}
		}
		if !ok {
			return nil, errUnread
		}
	}
	if object.bad || e.Fingerprint == "" {
		return nil, errUnread
	}
	e.Statement = q.Statements[e.Fingerprint]
	return e, nil
}

func (e *Event) tag(key, value string) {
	if e.Tags == nil {
		e.Tags = map[string]string{}
	}
	e.Tags[key] = value
}

// column reads ["name","hashes"].
func (q *QueryLog) column(e *Event, pair jsonValue) bool {
	var column Column
	n, good := 0, true
	ok := pair.elements(func(v jsonValue) bool {
		if n == 0 {
			column.Name = q.intern(v)
		} else {
			column.Hashes, good = hashes(v)
		}
		n++
		return good && n <= 2
	})
	if !ok || n != 2 {
		return false
	}
	e.Results = append(e.Results, column)
	return true
}

// hashes reads base64 of eight bytes each, least significant first. The result is not nil.
func hashes(v jsonValue) ([]uint64, bool) {
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(v.raw)))
	n, err := base64.RawStdEncoding.Decode(raw, v.raw)
	if err != nil || n%8 != 0 {
		return nil, false
	}
	out := make([]uint64, n/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return out, true
}

const maxInterned = 1 << 16

func (q *QueryLog) intern(v jsonValue) string {
	if v.escaped {
		return v.text()
	}
	if s, ok := q.seen[string(v.raw)]; ok {
		return s
	}
	s := string(v.raw)
	if len(q.seen) < maxInterned {
		q.seen[s] = s
	}
	return s
}
