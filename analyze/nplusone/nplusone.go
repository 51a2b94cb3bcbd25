// Package nplusone finds statements that an application runs in a loop and could run once: N+1 queries, repeated
// sequences of them, the same question asked again and again, and loops of writes.
//
// It works on executions, not on texts. Executions are compared only within one request (or, where the source knows no
// requests, within one transaction or burst on a connection), because two users at once are no loop. What makes a loop an
// N+1 is its parent: an earlier statement of the same request whose rows the loop goes through. Evidence for that is, from
// strong to weak, that the loop's arguments are the values that a column of the parent returned (hashes are compared,
// values are never seen), that a foreign key leads from one to the other and the counts fit, that the loop is as long as
// the parent has rows, or that it just stands behind it. Over several requests the number of executions is set against
// the parent's rows: where one grows with the other it is an N+1 at any length, and where it does not it is none.
package nplusone

import (
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/schema"
)

// Options are the thresholds. The zero value stands for the defaults, which are given with each.
type Options struct {
	Schema *schema.Database // for foreign keys, unique keys and types; nil: not known

	Proven     int // executions that make an N+1 when the parent is proven by its values: 3
	Likely     int // when the parent is likely (foreign key, same count, adjacent): 5
	Unproven   int // when there is no parent: 15
	Duplicates int // executions with the same arguments that make a duplicate-query: 5
	Writes     int // executions that make a write-loop: 10
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Proven, 3}, {&o.Likely, 5}, {&o.Unproven, 15}, {&o.Duplicates, 5}, {&o.Writes, 10}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return o
}

// The rules.
const (
	RuleNPlusOne  = "n-plus-one"
	RuleDuplicate = "duplicate-query"
	RuleWriteLoop = "write-loop"
	RuleWalk      = "recursive-walk"
)

// Detector takes executions one by one and keeps only the requests that are under way and what it found. It must not be
// used from several goroutines at once.
type Detector struct {
	opts       Options
	statements map[string]*statement
	scopes     scopes
	loops      map[loopKey]*Loop
	slopes     map[slopeKey]*slope
	children   map[[2]string][]slopeKey // by route and parent
}

// New returns a Detector.
func New(opts Options) *Detector {
	d := &Detector{
		opts: opts.withDefaults(), statements: map[string]*statement{}, loops: map[loopKey]*Loop{}, slopes: map[slopeKey]*slope{}, children: map[[2]string][]slopeKey{},
	}
	d.scopes = newScopes(d.analyse)
	return d
}

// Add takes the next execution. Those of one connection must come in the order in which they ended.
func (d *Detector) Add(e *workload.Event) {
	d.scopes.add(e)
	if s := d.statement(e); s != nil && requestKey(e) == "" {
		if s.sessions == nil {
			s.sessions = map[string]time.Time{}
		}
		if len(s.sessions) >= maxSessions {
			clear(s.sessions)
		}
		s.sessions[e.Session] = e.Time
	}
}

const maxSessions = 64 // connections remembered for each statement

// others tells whether another connection ran the group's statement while the group ran, or in the second before: then
// it is what several users do.
func (d *Detector) others(g *group) bool {
	since := g.first().Time.Add(-time.Second)
	for session, at := range g.statement.sessions {
		if session != g.first().Session && at.After(since) {
			return true
		}
	}
	return false
}

// Loops ends what is under way and returns what was found, the worst first.
func (d *Detector) Loops() []*Loop {
	d.scopes.closeAll()
	d.judgeSlopes()
	var loops []*Loop
	for _, loop := range d.loops {
		if !loop.dropped {
			d.finish(loop)
			loops = append(loops, loop)
		}
	}
	slices.SortFunc(loops, func(a, b *Loop) int {
		if a.Severity != b.Severity {
			if a.Severity.AtLeast(b.Severity) {
				return -1
			}
			return 1
		}
		if a.Time != b.Time {
			return int(min(1, max(-1, b.Time-a.Time)))
		}
		return strings.Compare(a.Rule+a.Route+a.Fingerprint+a.Function, b.Rule+b.Route+b.Fingerprint+b.Function)
	})
	return loops
}

// statement returns what is known of an execution's statement, nil if its text is not known.
func (d *Detector) statement(e *workload.Event) *statement {
	if s, ok := d.statements[e.Fingerprint]; ok {
		return s
	}
	if e.Statement == "" {
		return nil
	}
	s := newStatement(e.Fingerprint, e.Statement)
	d.statements[e.Fingerprint] = s
	return s
}

// execution is an event with its statement.
type execution struct {
	*workload.Event
	statement *statement
	index     int // in its scope, by start
}

func (e *execution) end() time.Time { return e.Time.Add(e.Duration) }
