package nplusone

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// trace builds a recorded workload: it stands for an application that runs statements one after another.
type trace struct {
	events  []*workload.Event
	now     time.Time
	scope   string
	route   string
	session string
	client  string
	tx      int
	inTx    bool
	scopes  int
	site    string
	gap     time.Duration // between statements
	took    time.Duration // each
	noRows  bool          // the source knows no rows
	noArgs  bool          // and no arguments
	text    bool          // keep results: on for what querylog records, off for logs
}

func newTrace() *trace {
	return &trace{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), session: "s1", gap: 200 * time.Microsecond, took: 300 * time.Microsecond, text: true}
}

// newLog is a trace as PostgreSQL's log has it: no requests, no rows, no results.
func newLog() *trace {
	t := newTrace()
	t.noRows, t.text, t.client = true, false, "app@db"
	return t
}

// request starts a request.
func (t *trace) request(route string) *trace {
	t.scopes++
	t.scope, t.route = "r"+strconv.Itoa(t.scopes), route
	t.now = t.now.Add(100 * time.Millisecond)
	return t
}

func (t *trace) begin() {
	t.tx++
	t.inTx = true
	t.run("BEGIN", nil, 0)
}

func (t *trace) commit() {
	t.run("COMMIT", nil, 0)
	t.inTx = false
}

func (t *trace) at(site string) *trace {
	t.site = site
	return t
}

type args []any

// cols are columns of a result by name.
type cols map[string][]any

// run adds one execution.
func (t *trace) run(sql string, a args, rows int, results ...cols) *workload.Event {
	e := &workload.Event{
		Time: t.now, Duration: t.took, Session: t.session, Client: t.client, Scope: t.scope, Route: t.route,
		Fingerprint: sqltext.Fingerprint(sql), Statement: sqltext.Normalize(sql), Rows: int64(rows), CallSite: t.site,
		Args: []uint64{},
	}
	if t.site != "" {
		e.Function = "app." + t.site
	}
	if t.inTx {
		e.Transaction = t.session + "/" + strconv.Itoa(t.tx)
	}
	if t.noRows {
		e.Rows = -1
	}
	for _, v := range a {
		e.Args = append(e.Args, hashOf(v))
	}
	if t.noArgs {
		e.Args = nil
	}
	if t.text && len(results) > 0 {
		for name, values := range results[0] {
			c := workload.Column{Name: name}
			for _, v := range values {
				c.Hashes = append(c.Hashes, hashOf(v))
			}
			e.Results = append(e.Results, c)
		}
	}
	t.events = append(t.events, e)
	t.now = t.now.Add(t.took + t.gap)
	return e
}

func hashOf(v any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, v)
	return h.Sum64()
}

// ids are n keys from first on.
func ids(first, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = first + i
	}
	return out
}

func (t *trace) loops(opts Options) []*Loop {
	d := New(opts)
	for _, e := range t.events {
		d.Add(e)
	}
	return d.Loops()
}
