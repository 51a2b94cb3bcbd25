package workload

import (
	"bytes"
	"hash/maphash"
	"time"
)

// interpreter turns a log's messages into executions.
//
// PostgreSQL tells of one execution in one of these ways, depending on its settings: "duration: … statement: …" (or
// execute …) in one message; "statement: …" before and "duration: …" after it; "statement: …" alone; and on top of any of
// them auto_explain's "duration: … plan: …". What belongs together is found by the session.
type interpreter struct {
	opts     Options
	group    *grouper
	workload *Workload
	sessions map[string]*session
	waiting  int // sessions that wait for a duration or hold a plan
	seed     maphash.Seed
	recent   [256]counted // the last executions that were counted, for plans that come after them
	next     int
	x        execution
	emit     func(e *entry, s *Statement, x *execution) // nil unless executions are wanted one by one
}

// session is what one session's earlier messages left open.
type session struct {
	text       []byte // of "statement: …" that waits for its duration
	parameters []byte
	statement  *Statement // of that
	entry      entry      // its session, user, database, application
	names      []byte
	at         time.Time
	open       bool
	seen       bool       // a plan of the open statement came
	planned    *Statement // auto_explain told of an execution that is not counted yet
	plan       execution
	planText   []byte
}

// counted is an execution that was counted.
type counted struct {
	session   uint64
	statement *Statement
	duration  time.Duration
	planned   bool // its plan came, too
}

const maxSessions = 16384

func newInterpreter(opts Options, group *grouper, w *Workload) *interpreter {
	return &interpreter{opts: opts, group: group, workload: w, sessions: map[string]*session{}, seed: maphash.MakeSeed()}
}

var (
	durationIs   = []byte("duration: ")
	statementIs  = []byte("statement: ")
	executeIs    = []byte("execute ")
	parameters16 = []byte("Parameters: ") // from PostgreSQL 16 on
	parametersIs = []byte("parameters: ")
)

// add interprets one message.
func (in *interpreter) add(e *entry) {
	m := e.message
	if len(m) < 11 {
		return
	}
	switch m[0] {
	case 'd':
		if e.severity >= sevLog && bytes.HasPrefix(m, durationIs) {
			in.duration(e, m[len(durationIs):])
			return
		}
	case 's', 'e':
		if e.severity != sevLog {
			break
		}
		if text, ok := bytes.CutPrefix(m, statementIs); ok {
			in.statement(e, text)
			return
		}
		if text, ok := named(m, executeIs); ok {
			in.statement(e, text)
			return
		}
	}
	if e.severity >= sevError && len(e.query) > 0 {
		in.failed(e)
	}
}

// named takes "execute name: " off a text.
func named(text, verb []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(text, verb)
	if !ok {
		return nil, false
	}
	_, sql, ok := bytes.Cut(rest, []byte(": "))
	return sql, ok
}

// milliseconds reads "12.345 ms".
func milliseconds(text []byte) (d time.Duration, size int) {
	i := 0
	var whole int64
	for i < len(text) && text[i] >= '0' && text[i] <= '9' && whole < 1e15 {
		whole = whole*10 + int64(text[i]-'0')
		i++
	}
	if i == 0 {
		return 0, 0
	}
	nanos := whole * int64(time.Millisecond)
	if i < len(text) && text[i] == '.' {
		i++
		scale := int64(100_000)
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			nanos += int64(text[i]-'0') * scale
			scale /= 10
			i++
		}
	}
	if !bytes.HasPrefix(text[i:], []byte(" ms")) {
		return 0, 0
	}
	return time.Duration(nanos), i + 3
}

func (in *interpreter) duration(e *entry, text []byte) {
	d, size := milliseconds(text)
	if size == 0 {
		return
	}
	rest := bytes.TrimLeft(text[size:], " ")
	if len(rest) == 0 {
		in.durationOnly(e, d)
		return
	}
	switch rest[0] {
	case 's':
		if sql, ok := bytes.CutPrefix(rest, statementIs); ok {
			in.executed(e, sql, d)
		}
	case 'e':
		if sql, ok := named(rest, executeIs); ok {
			if bytes.HasPrefix(rest, []byte("execute fetch from ")) { // the next rows of an execution that was counted
				in.find(e, sql).TotalTime += d
				in.workload.Executions++
				return
			}
			in.executed(e, sql, d)
		}
	case 'p':
		if plan, ok := bytes.CutPrefix(rest, []byte("plan:")); ok {
			in.explained(e, bytes.TrimLeft(plan, " \n"), d)
			return
		}
		in.prepared(e, rest, d)
	case 'b':
		in.prepared(e, rest, d)
	}
}

// prepared adds the time of a parse or bind.
func (in *interpreter) prepared(e *entry, rest []byte, d time.Duration) {
	for _, verb := range []string{"parse ", "bind "} {
		if sql, ok := named(rest, []byte(verb)); ok {
			in.find(e, sql).PlanTime += d
			in.workload.Executions++
		}
	}
}

// find returns the statement of a text.
func (in *interpreter) find(e *entry, sql []byte) *Statement {
	return in.group.find(bytes.TrimSpace(sql), e.database)
}

// executed counts an execution that one message tells all about.
func (in *interpreter) executed(e *entry, sql []byte, d time.Duration) {
	x := &in.x
	sql = bytes.TrimSpace(sql)
	*x = execution{text: sql, parameters: parametersOf(e), database: e.database, user: e.user, application: e.application, duration: d, timed: true, at: e.at, cut: e.cut}
	s := in.group.find(sql, e.database)
	planned := false
	if in.waiting > 0 {
		planned = in.settle(e, s)
	}
	in.count(e, s, x, planned)
}

// told tells whether the session's last execution that was counted is the one that a plan is of: with the extended
// protocol the plan comes when the portal is closed, after the message with the duration.
func (in *interpreter) told(e *entry, s *Statement, d time.Duration) bool {
	session := maphash.Bytes(in.seed, e.session)
	for i := range in.recent {
		c := &in.recent[(in.next-1-i+2*len(in.recent))%len(in.recent)]
		if c.session != session || c.statement == nil {
			continue
		}
		if c.statement != s || c.planned || c.duration > 0 && d > c.duration+c.duration/10+100*time.Microsecond {
			return false
		}
		c.planned = true
		return true
	}
	return false
}

func parametersOf(e *entry) []byte {
	if text, ok := bytes.CutPrefix(e.detail, parametersIs); ok {
		return text
	}
	if text, ok := bytes.CutPrefix(e.detail, parameters16); ok {
		return text
	}
	return nil
}

func (in *interpreter) count(e *entry, s *Statement, x *execution, planned bool) {
	in.workload.Executions++
	in.recent[in.next] = counted{maphash.Bytes(in.seed, e.session), s, x.duration, planned}
	in.next = (in.next + 1) % len(in.recent)
	in.group.count(s, x)
	if in.emit != nil {
		in.emit(e, s, x)
	}
}

// session returns a session's state.
func (in *interpreter) session(e *entry) *session {
	if s := in.sessions[string(e.session)]; s != nil {
		return s
	}
	if len(in.sessions) >= maxSessions {
		in.flush()
	}
	s := &session{}
	in.sessions[string(e.session)] = s
	return s
}

// settle clears what a session's earlier messages left open, before an execution of statement s (nil: another message)
// is counted: a plan of the same statement tells of this execution, too.
func (in *interpreter) settle(e *entry, s *Statement) (planned bool) {
	w := in.sessions[string(e.session)]
	if w == nil {
		return false
	}
	if w.planned != nil {
		if planned = w.planned == s; !planned {
			in.countPlanned(w)
		}
		w.planned = nil
		in.waiting--
	}
	if w.open {
		in.close(w, 0, false)
	}
	return planned
}

// statement notes a statement that is about to run.
func (in *interpreter) statement(e *entry, sql []byte) {
	if in.waiting > 0 {
		in.settle(e, nil)
	}
	w := in.session(e)
	w.open = true
	in.waiting++
	w.text = append(w.text[:0], bytes.TrimSpace(sql)...)
	w.parameters = append(w.parameters[:0], parametersOf(e)...)
	w.statement = in.group.find(w.text, e.database)
	w.at = e.at
	w.keep(e)
}

// keep copies what outlives the entry.
func (w *session) keep(e *entry) {
	w.names = append(append(append(append(append(w.names[:0], e.session...), e.user...), e.database...), e.application...), e.transaction...)
	rest := w.names
	cut := func(n int) []byte {
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	w.entry = entry{severity: e.severity, at: e.at, cut: e.cut}
	w.entry.session, w.entry.user, w.entry.database = cut(len(e.session)), cut(len(e.user)), cut(len(e.database))
	w.entry.application, w.entry.transaction = cut(len(e.application)), cut(len(e.transaction))
}

// close counts a session's open statement.
func (in *interpreter) close(w *session, d time.Duration, timed bool) {
	w.open = false
	in.waiting--
	x := &in.x
	*x = execution{
		text: w.text, parameters: w.parameters, database: w.entry.database, user: w.entry.user, application: w.entry.application,
		duration: d, timed: timed, at: w.at, cut: w.entry.cut,
	}
	in.count(&w.entry, w.statement, x, w.seen)
	w.seen = false
}

// durationOnly is "duration: … ms" by itself: that of the session's statement before it.
func (in *interpreter) durationOnly(e *entry, d time.Duration) {
	w := in.sessions[string(e.session)]
	if w == nil {
		return
	}
	if w.open {
		w.entry.at = e.at
		in.close(w, d, true)
	}
}

// explained keeps a plan. Its execution is counted unless a message of its own tells of it.
func (in *interpreter) explained(e *entry, text []byte, d time.Duration) {
	plan, sql, binds := readPlan(text)
	if len(sql) == 0 {
		return
	}
	sql = bytes.TrimSpace(sql)
	s := in.group.find(sql, e.database)
	plan.Duration = d
	in.group.plan(s, plan)
	w := in.session(e)
	if w.open && w.statement == s {
		w.seen = true // log_statement told of it, and the duration may follow
		return
	}
	if in.told(e, s, d) {
		return
	}
	if w.planned != nil {
		in.countPlanned(w)
		in.waiting--
	}
	w.keep(e)
	w.planText = append(append(w.planText[:0], sql...), binds...)
	w.planned = s
	w.plan = execution{text: w.planText[:len(sql)], parameters: w.planText[len(sql):], duration: d, timed: true, at: e.at}
	in.waiting++
}

// countPlanned counts an execution of which only the plan tells.
func (in *interpreter) countPlanned(w *session) {
	x := &in.x
	*x = w.plan
	x.database, x.user, x.application = w.entry.database, w.entry.user, w.entry.application
	in.count(&w.entry, w.planned, x, true)
}

// failed counts an error with the statement that it is about.
func (in *interpreter) failed(e *entry) {
	s := in.find(e, e.query)
	s.Errors++
	in.workload.Executions++
	if w := in.sessions[string(e.session)]; w != nil && w.open {
		if w.statement == s { // it will have no duration
			w.open = false
			in.waiting--
		} else {
			in.close(w, 0, false)
		}
	}
	if len(s.Samples) == 0 {
		x := &in.x
		*x = execution{text: bytes.TrimSpace(e.query), user: e.user, application: e.application}
		in.group.sample(s, x)
	}
	if in.emit != nil {
		x := &in.x
		*x = execution{text: bytes.TrimSpace(e.query), database: e.database, user: e.user, application: e.application, at: e.at}
		in.emit(e, s, x)
	}
}

// flush counts what is still open, at the end of a log.
func (in *interpreter) flush() {
	for _, w := range in.sessions {
		if w.planned != nil {
			in.countPlanned(w)
			w.planned = nil
			in.waiting--
		}
		if w.open {
			in.close(w, 0, false)
		}
	}
	clear(in.sessions)
}
