package nplusone

import (
	"slices"
	"time"

	"github.com/pgassay/pgassay/analyze/workload"
)

// scope is a set of executions that belong together.
type scope struct {
	kind     scopeKind
	route    string
	events   []*workload.Event
	sessions map[string]bool // of a pool's burst
	mixed    bool            // a pool's burst with executions at the same time: several users
	last     time.Time       // the latest end
	gaps     []time.Duration // between one execution's end and the next one's start, the last few
	lastTx   string
}

// scopeKind orders scopes by how much they prove.
type scopeKind uint8

const (
	request scopeKind = iota // a request, job or trace, told by the source
	burst                    // close together on one connection; its transactions are whole
	pool                     // close together over the connections of one client, one at a time
)

const (
	longestGap   = 50 * time.Millisecond
	shortestGap  = 5 * time.Millisecond // a shorter pause never ends a burst
	gapFactor    = 5                    // a pause of so many median ones does
	idle         = 30 * time.Second     // a request without executions for so long is over
	maxScopes    = 4096                 // requests under way; beyond it the one that is idle the longest is closed
	maxEvents    = 20_000               // executions of a scope that are looked at together
	rememberGaps = 31
)

// scopes sorts executions into scopes and hands over each that is complete.
type scopes struct {
	done     func(*scope)
	requests map[string]*scope
	sessions map[string]*scope
	pools    map[string]*scope
	latest   time.Time
	swept    time.Time
}

func newScopes(done func(*scope)) scopes {
	return scopes{done: done, requests: map[string]*scope{}, sessions: map[string]*scope{}, pools: map[string]*scope{}}
}

func (s *scopes) add(e *workload.Event) {
	if end := e.Time.Add(e.Duration); end.After(s.latest) {
		s.latest = end
	}
	s.sweep()
	if key := requestKey(e); key != "" {
		s.into(s.requests, key, request, e)
		return
	}
	s.addToBurst(s.sessions, e.Session, burst, e)
	if e.Transaction == "" && e.Client != "" {
		s.addToBurst(s.pools, e.Client, pool, e)
	}
}

// requestKey names the request that an execution is part of, if the source or a comment in the statement says so.
func requestKey(e *workload.Event) string {
	if e.Scope != "" {
		return e.Scope
	}
	for _, key := range []string{"traceparent", "request_id", "request-id", "requestId"} {
		if value := e.Tags[key]; value != "" {
			if key == "traceparent" && len(value) > 35 {
				value = value[3:35] // the trace's id, without that of the span
			}
			return key + " " + value
		}
	}
	return ""
}

func (s *scopes) into(open map[string]*scope, key string, kind scopeKind, e *workload.Event) {
	sc := open[key]
	if sc == nil {
		sc = &scope{kind: kind}
		open[key] = sc
	}
	if sc.route == "" {
		sc.route = route(e)
	}
	sc.events = append(sc.events, e)
	if end := e.Time.Add(e.Duration); end.After(sc.last) {
		sc.last = end
	}
	if len(sc.events) >= maxEvents {
		delete(open, key)
		s.done(sc)
	}
}

// route names what the execution was part of, from the tags if need be.
func route(e *workload.Event) string {
	if e.Route != "" {
		return e.Route
	}
	if r := e.Tags["route"]; r != "" {
		return r
	}
	if controller, action := e.Tags["controller"], e.Tags["action"]; controller != "" && action != "" {
		return controller + "#" + action
	}
	if job := e.Tags["job"]; job != "" {
		return job
	}
	return e.Tags["action"]
}

func (s *scopes) addToBurst(open map[string]*scope, key string, kind scopeKind, e *workload.Event) {
	sc := open[key]
	if sc != nil {
		gap := e.Time.Sub(sc.last)
		if gap < 0 && kind == pool {
			sc.mixed = true
		}
		if gap > sc.longestGap() && (e.Transaction == "" || e.Transaction != sc.lastTx) {
			delete(open, key)
			s.finish(sc)
			sc = nil
		} else if len(sc.gaps) < rememberGaps {
			sc.gaps = append(sc.gaps, gap)
		} else {
			sc.gaps[len(sc.events)%rememberGaps] = gap
		}
	}
	s.into(open, key, kind, e)
	if sc = open[key]; sc != nil {
		sc.lastTx = e.Transaction
		if kind == pool {
			if sc.sessions == nil {
				sc.sessions = map[string]bool{}
			}
			if len(sc.sessions) < 2 {
				sc.sessions[e.Session] = true
			}
		}
	}
}

// longestGap is the pause that ends a burst: 50 ms, or five times the median pause if that is less.
func (sc *scope) longestGap() time.Duration {
	if len(sc.gaps) < 4 {
		return longestGap
	}
	return min(longestGap, max(shortestGap, gapFactor*median(sc.gaps)))
}

func median(gaps []time.Duration) time.Duration {
	if len(gaps) == 0 {
		return 0
	}
	sorted := slices.Clone(gaps)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// finish hands over a scope unless it is a pool's that proves nothing: several users at once, or one connection only,
// which is a session's burst already.
func (s *scopes) finish(sc *scope) {
	if sc.kind == pool && (sc.mixed || len(sc.sessions) < 2) {
		return
	}
	s.done(sc)
}

// sweep closes what has been idle for long, once a second of the log's time, and what is too much.
func (s *scopes) sweep() {
	crowded := len(s.requests)+len(s.sessions)+len(s.pools) > maxScopes
	if !crowded && s.latest.Sub(s.swept) < time.Second {
		return
	}
	s.swept = s.latest
	limit := s.latest.Add(-idle)
	if crowded {
		limit = s.latest.Add(-time.Second)
	}
	for _, open := range []map[string]*scope{s.requests, s.sessions, s.pools} {
		s.closeBefore(open, limit)
	}
	if crowded && len(s.requests)+len(s.sessions)+len(s.pools) > maxScopes {
		s.closeAll()
	}
}

func (s *scopes) closeBefore(open map[string]*scope, limit time.Time) {
	var keys []string
	for key, sc := range open {
		if sc.last.Before(limit) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys) // so that the same log gives the same findings
	for _, key := range keys {
		sc := open[key]
		delete(open, key)
		s.finish(sc)
	}
}

func (s *scopes) closeAll() {
	for _, open := range []map[string]*scope{s.requests, s.sessions, s.pools} {
		s.closeBefore(open, s.latest.Add(time.Hour))
	}
}
