// Package blog is a small HTTP service on PostgreSQL (users, posts, comments) that has, on purpose, the faults that
// pgassay finds. `pgassay demo` runs it, and the end-to-end tests expect each fault to be found, and nothing else.
//
//	GET /users/?after=ID&limit=N        users in order of id
//	GET /users/{id}                     one user
//	GET /users/{id}/posts?limit=N       a user's posts, newest first, each with its author and its number of comments
//	GET /posts/?before=ID&limit=N       published posts, newest first
//	GET /search?q=PREFIX&limit=N        users by the beginning of their username
//	GET /stats/global                   sizes of the tables, and the words used most in the latest posts
//	GET /debug/pprof/                   profiles
//
// The planted faults, each marked "planted:" at its line:
//
//   - n-plus-one: /users/{id}/posts looks up the author and counts the comments of one post after another (posts.go).
//   - missing-index: posts (author_id) and comments (post_id) have none in the schema (statements.sql, indexes.sql).
//   - hot-function: /stats/global counts words by walking a slice (stats.go).
//   - growing-allocation: /posts/ keeps every page that it ever made (cache.go).
//
// Options.Fixed switches all of them off; IndexesSQL holds the two indexes.
package blog

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgassay/pgassay/analyze/querylog"
)

// IndexesSQL creates the indexes that the schema lacks on purpose.
//
//go:embed indexes.sql
var IndexesSQL string

// Options choose how the service runs. Pool is required; where its connections have a querylog.Recorder as their tracer,
// their statements are recorded request by request.
type Options struct {
	Pool    *pgxpool.Pool
	Logger  *slog.Logger  // nil: nothing is logged
	Timeout time.Duration // longest time for one request; 0 means 30 seconds
	Fixed   bool          // run without the planted faults
}

// service holds what the handlers share. It is safe for concurrent use.
type service struct {
	pool  *pgxpool.Pool
	log   *slog.Logger
	sql   map[string]string // statements by name
	fixed bool
	pages *pageCache
	stats statsCache
}

// New returns the service. The handler is safe for concurrent use; the caller closes the pool when it is done.
func New(opts Options) http.Handler {
	s := &service{
		pool:  opts.Pool,
		log:   opts.Logger,
		sql:   named(statementsSQL + fixedSQL),
		fixed: opts.Fixed,
		pages: newPageCache(0),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.fixed {
		s.pages = newPageCache(maxPages)
		s.stats.ttl = statsTTL
	}
	if opts.Timeout <= 0 {
		opts.Timeout = 30 * time.Second
	}

	mux := http.NewServeMux()
	for pattern, handle := range map[string]handler{
		"GET /users/{$}":        s.listUsers,
		"GET /users/{id}":       s.showUser,
		"GET /users/{id}/posts": s.listPostsOfUser,
		"GET /posts/{$}":        s.listPosts,
		"GET /search":           s.searchUsers,
		"GET /stats/global":     s.showStats,
	} {
		mux.Handle(pattern, querylog.Handler(s.endpoint(handle, opts.Timeout)))
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotFound, "no such page")
	})
	return mux
}

// A handler answers a request with a value that is written as JSON, or with an error: httpError says its own status.
type handler func(r *http.Request) (any, error)

// httpError is an error that is the caller's to know.
type httpError struct {
	status  int
	message string
}

func (e httpError) Error() string { return e.message }

// endpoint turns a handler into an http.Handler with a deadline, a log line and JSON answers.
func (s *service) endpoint(handle handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		status, answer, err := answer(handle, r.WithContext(ctx))
		writeJSON(w, status, answer)
		level := slog.LevelInfo
		attrs := []slog.Attr{
			slog.String("method", r.Method), slog.String("route", r.Pattern), slog.String("path", r.URL.Path),
			slog.Int("status", status), slog.Duration("duration", time.Since(start)),
		}
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
			attrs = append(attrs, slog.Any("error", err))
		}
		s.log.LogAttrs(r.Context(), level, "request", attrs...)
	})
}

// answer calls a handler and maps its error to a status. What went wrong inside is for the log, not for the caller.
func answer(handle handler, r *http.Request) (status int, body any, err error) {
	body, err = handle(r)
	var known httpError
	switch {
	case err == nil:
		return http.StatusOK, body, nil
	case errors.As(err, &known):
		return known.status, errorBody{known.message}, err
	case errors.Is(err, pgx.ErrNoRows):
		return http.StatusNotFound, errorBody{"not found"}, err
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, errorBody{"took too long"}, err
	case errors.Is(err, context.Canceled):
		return 499, errorBody{"the client went away"}, err // as nginx numbers it: nobody reads the answer
	}
	return http.StatusInternalServerError, errorBody{"internal error"}, err
}

type errorBody struct {
	Error string `json:"error"`
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, errorBody{message})
}

// writeJSON writes an answer; json.RawMessage goes out as it is.
func writeJSON(w http.ResponseWriter, status int, answer any) {
	body, ok := answer.(json.RawMessage)
	if !ok {
		var err error
		if body, err = encode(answer); err != nil {
			status, body = http.StatusInternalServerError, []byte(`{"error":"internal error"}`)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone: net/http has noted it
}

// encode is json.Marshal without its escapes for HTML: a & in a link stays readable.
func encode(answer any) (json.RawMessage, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}

// limit and bounds of a page.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// limitOf reads the size of a page.
func limitOf(r *http.Request) (int, error) {
	limit, err := numberOf(r, "limit", defaultLimit)
	if err != nil || limit < 1 || limit > maxLimit {
		return 0, httpError{http.StatusBadRequest, "limit must be a number from 1 to " + strconv.Itoa(maxLimit)}
	}
	return int(limit), nil
}

// numberOf reads a number of the query string, or returns the default.
func numberOf(r *http.Request, name string, otherwise int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, httpError{http.StatusBadRequest, name + " must be a number"}
	}
	return number, nil
}

// idOf reads the id of the path.
func idOf(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, httpError{http.StatusBadRequest, "id must be a number"}
	}
	return id, nil
}
