package querylog

import (
	"context"
	"math/rand/v2"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
)

// scope is one request, job or message whose statements belong together.
type scope struct {
	id      string
	request *http.Request // nil if the route was given
	trace   string        // traceparent, or ""

	mu    sync.Mutex
	route string
}

type scopeKey struct{}

// newScope gives a scope an id that no other process has either.
func newScope() *scope { return &scope{id: strconv.FormatUint(rand.Uint64(), 36)} }

// WithRequest returns a context whose statements are recorded as one request of the route, such as "GET /users/{id}" or
// "job send-mails". Call it once for each request, job or message: statements are only ever compared within one.
func WithRequest(ctx context.Context, route string) context.Context {
	s := newScope()
	s.route = route
	return context.WithValue(ctx, scopeKey{}, s)
}

// SetRoute names the route of the context's request, for routers that know it only after Handler ran. Statements that ran
// before keep the route that they were recorded with. Without a request in the context it does nothing.
func SetRoute(ctx context.Context, route string) {
	if s := scopeOf(ctx); s != nil {
		s.mu.Lock()
		s.route = route
		s.mu.Unlock()
	}
}

// Handler records the statements of each request that next serves as one request. The route is the pattern that
// http.ServeMux matched; without one it is the path with numbers and UUIDs taken out. A traceparent header is kept.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := newScope()
		s.trace = r.Header.Get("Traceparent")
		r = r.WithContext(context.WithValue(r.Context(), scopeKey{}, s))
		s.request = r
		if r.Pattern == "" {
			next.ServeHTTP(w, r)
			return
		}
		pprof.Do(r.Context(), pprof.Labels("route", s.name()), func(ctx context.Context) {
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	})
}

func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// name returns the route. It is settled at the first statement: by then the router has done its work.
func (s *scope) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.route == "" && s.request != nil {
		s.route = routeOf(s.request)
	}
	return s.route
}

func routeOf(r *http.Request) string {
	if pattern := r.Pattern; pattern != "" {
		if strings.Contains(pattern, " ") {
			return pattern
		}
		return r.Method + " " + pattern
	}
	segments := strings.Split(r.URL.Path, "/")
	for i, segment := range segments {
		if isVariable(segment) {
			segments[i] = "{}"
		}
	}
	return r.Method + " " + strings.Join(segments, "/")
}

// isVariable tells whether a segment of a path looks like a value: a number, a UUID, or long and with digits in it.
func isVariable(segment string) bool {
	if segment == "" {
		return false
	}
	digits := 0
	for _, c := range []byte(segment) {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	_, uuid := parseUUID(segment)
	return digits == len(segment) || uuid || len(segment) >= 16 && digits >= 4
}
