package workload

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// textLog reads logs of lines: stderr with any log_line_prefix, and the same behind what syslog, journald, Docker,
// Kubernetes or Heroku put in front of it.
type textLog struct {
	buffer    *buffer
	clock     *clock
	unread    *Unread
	prefix    *prefix
	others    map[string]*prefix // of lines that the prefix does not fit, by format
	header    headerKind
	outerTime time.Time // of what a line came out of
	year      int       // of time stamps that have none
	tabbed    bool      // continued lines start with a tab, as PostgreSQL writes them

	started int64
	pending map[string]*message // by process; one only if the log is not interleaved
	last    *message            // the message of the last line
	ready   []*message          // complete ones
	free    []*message
	handed  *message // what the last call of next returned
	head    head
}

// message is an entry with memory of its own, as it is put together from lines.
type message struct {
	entry
	names  []byte
	text   [otherPart + 1][]byte
	part   part // that the last line belongs to
	number int64
}

const (
	maxPending  = 256
	sampleBytes = 256 << 10
)

// newTextLog returns a reader; format is the log_line_prefix, "" if it is to be guessed.
func newTextLog(b *buffer, c *clock, unread *Unread, format string) *textLog {
	l := &textLog{buffer: b, clock: c, unread: unread, pending: map[string]*message{}, year: time.Now().Year()}
	if format != "" {
		l.prefix = newPrefix(format)
	}
	return l
}

// next returns the next message, or io.EOF.
func (l *textLog) next(e *entry) error {
	if l.prefix == nil && l.buffer != nil {
		if err := l.guess(); err != nil {
			return err
		}
	}
	for !l.pop(e) {
		line, err := l.buffer.line()
		if errors.Is(err, io.EOF) {
			if l.finish(e) {
				return nil
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
		l.line(line)
		if l.last != nil && l.buffer.cut {
			l.last.cut = true
		}
	}
	return nil
}

// guess finds out what the log's lines look like from the first of them.
func (l *textLog) guess() error {
	start, err := l.buffer.peek(sampleBytes)
	if err != nil {
		return err
	}
	lines := bytes.Split(start, []byte("\n"))
	if len(lines) > 1 {
		lines = lines[:len(lines)-1] // the last one may be cut
	}
	l.learn(lines[:min(len(lines), 2000)])
	return nil
}

func (l *textLog) learn(lines [][]byte) {
	l.header = guessHeader(lines)
	var bodies [][]byte
	for _, line := range lines {
		line = bytes.TrimSuffix(line, []byte("\r"))
		l.tabbed = l.tabbed || len(line) > 0 && line[0] == '\t'
		var h head
		if body, ok := l.header.strip(line, &h, l.year); ok {
			bodies = append(bodies, bytes.Clone(body))
		}
	}
	if l.prefix == nil {
		if l.prefix = guessPrefix(bodies); l.prefix == nil {
			l.prefix = newPrefix("")
		}
	}
}

// finish hands over what is left at the end of the log.
func (l *textLog) finish(e *entry) bool {
	if len(l.ready) == 0 {
		for len(l.pending) > 0 {
			l.completeOldest()
		}
	}
	return l.pop(e)
}

func (l *textLog) completeOldest() {
	var oldest string
	for key, m := range l.pending {
		if o, ok := l.pending[oldest]; !ok || m.number < o.number {
			oldest = key
		}
	}
	l.complete(oldest)
}

func (l *textLog) complete(key string) {
	if m := l.pending[key]; m != nil {
		delete(l.pending, key)
		if l.last == m {
			l.last = nil
		}
		l.ready = append(l.ready, m)
	}
}

func (l *textLog) pop(e *entry) bool {
	if l.handed != nil {
		l.free = append(l.free, l.handed)
		l.handed = nil
	}
	if len(l.ready) == 0 {
		return false
	}
	m := l.ready[0]
	l.ready = l.ready[:copy(l.ready, l.ready[1:])]
	*e = m.entry
	e.message, e.detail, e.query = m.text[messagePart], m.text[detailPart], m.text[statementPart]
	l.handed = m
	return true
}

// line sorts one line into the message that it starts or belongs to.
func (l *textLog) line(line []byte) {
	if len(line) > 0 && line[0] == '\t' && l.header == noHeader && l.last != nil {
		l.last.extend("\n", line[1:])
		return
	}
	h := &l.head
	*h = head{}
	body, ok := l.header.strip(line, h, l.year)
	if !ok {
		l.stray(line)
		return
	}
	var e entry
	label, text, ok := l.prefix.match(body, &e, l.clock)
	if !ok {
		label, text, ok = l.adapt(body, &e)
	}
	key := ""
	if l.header.interleaved() {
		key = viewString(h.process)
	}
	switch {
	case !ok:
		l.continued(key, h, body, line)
	case label.part == messagePart:
		l.start(key, h, &e, label.severity, text)
	default:
		if m := l.pending[key]; m != nil {
			m.part = label.part
			m.text[label.part] = append(m.text[label.part][:0], text...)
			l.last = m
		} else {
			l.unread.add(line)
		}
	}
}

// start begins a message; the one of the same process before it is complete.
func (l *textLog) start(key string, h *head, e *entry, s severity, text []byte) {
	l.complete(key)
	m := l.message()
	l.fill(m, h, e, s)
	m.part = messagePart
	m.text[messagePart] = append(m.text[messagePart], text...)
	if key != "" {
		if len(l.pending) >= maxPending {
			l.completeOldest()
		}
		key = string(m.session)
	}
	l.pending[key] = m
	l.last = m
}

func (l *textLog) message() *message {
	var m *message
	if n := len(l.free); n > 0 {
		m = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		m = &message{}
	}
	l.started++
	m.entry, m.names, m.number = entry{}, m.names[:0], l.started
	for i := range m.text {
		m.text[i] = m.text[i][:0]
	}
	return m
}

// fill copies what the prefix told.
func (l *textLog) fill(m *message, h *head, e *entry, s severity) {
	m.severity, m.at = s, e.at
	if m.at.IsZero() {
		m.at = h.at
	}
	if m.at.IsZero() {
		m.at = l.outerTime
	}
	session := e.session
	if len(h.process) > 0 {
		session = h.process
	}
	if len(e.database) == 0 {
		e.database = h.name
	}
	size := len(session) + len(e.user) + len(e.database) + len(e.application) + len(e.transaction) + len(e.code)
	if cap(m.names) < size {
		m.names = make([]byte, 0, 2*size)
	}
	keep := func(value []byte) []byte {
		start := len(m.names)
		m.names = append(m.names, value...)
		return m.names[start:len(m.names):len(m.names)]
	}
	m.session, m.user, m.database = keep(session), keep(e.user), keep(e.database)
	m.application, m.transaction, m.code = keep(e.application), keep(e.transaction), keep(e.code)
}

// continued adds a line without a label to the message of its process.
func (l *textLog) continued(key string, h *head, body, line []byte) {
	m := l.pending[key]
	if isPgBouncer(body) {
		return
	}
	if m == nil {
		// Other programs write to the same syslog.
		if len(bytes.TrimSpace(line)) > 0 && (len(h.program) == 0 || bytes.Contains(h.program, []byte("postgres"))) {
			l.unread.add(line)
		}
		return
	}
	l.last = m
	for _, tab := range []string{"\t", "#011", "^I"} {
		if rest, ok := bytes.CutPrefix(body, []byte(tab)); ok {
			m.extend("\n", rest)
			return
		}
	}
	if h.part > 1 { // syslog cuts long lines at spaces, which stay; Heroku makes spaces of the tab
		separator := ""
		if bytes.HasPrefix(body, []byte("  ")) {
			separator = "\n"
		}
		m.extend(separator, body)
		return
	}
	l.stray(line)
}

// stray is for a line that has nothing of a message's start. Where PostgreSQL's tabs are there, it is not PostgreSQL's.
func (l *textLog) stray(line []byte) {
	switch {
	case isPgBouncer(line):
	case l.tabbed && !bytes.HasPrefix(line, []byte("  ")) || l.last == nil:
		if len(bytes.TrimSpace(line)) > 0 {
			l.unread.add(line)
		}
	default:
		l.last.extend("\n", line)
	}
}

func (m *message) extend(separator string, text []byte) {
	if len(m.text[m.part]) < maxRecord {
		m.text[m.part] = append(append(m.text[m.part], separator...), text...)
	} else {
		m.cut = true
	}
}

// isPgBouncer recognises a line of PgBouncer's log: a time stamp, the process, a level without a colon.
func isPgBouncer(line []byte) bool {
	var c clock
	_, size := c.read(line)
	if size == 0 {
		return false
	}
	rest := bytes.TrimLeft(line[size:], " [")
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	rest = bytes.TrimLeft(rest[digits:], " ]")
	level, _, ok := bytes.Cut(rest, []byte(" "))
	return ok && digits > 0 && (severityOf(level) != noSeverity || string(level) == "NOISE")
}
