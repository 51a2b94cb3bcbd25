// Package querylog records the statements that an application sends to PostgreSQL through pgx v5, for pgassay analyze.
//
// A Recorder is a tracer of pgx: set it on the configuration of a connection or pool, wrap the HTTP handler so that
// statements are told apart by request, and close the Recorder at the end:
//
//	recorder, err := querylog.Open("queries.jsonl", querylog.Options{})
//	config.ConnConfig.Tracer = recorder          // pgxpool; pgx and database/sql over pgx/stdlib alike
//	http.ListenAndServe(addr, querylog.Handler(mux))
//
// What is recorded of each execution: the statement with its literals taken out, when it ran and how long, rows, SQLSTATE,
// connection and transaction, request and route, and the line of the application that sent it. Of bind values, and of
// the keys in results, only 64-bit hashes are kept, salted with a secret that dies with the process: enough to see
// that a loop runs over the rows that a statement returned, useless for finding out what they were.
//
// The application never waits for the log: events go to a buffer of fixed size that one goroutine writes out, and what
// does not fit is dropped and counted in the log. The package links pgx and nothing else.
package querylog

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Options choose what a Recorder keeps. The zero value keeps everything that the package comment lists.
type Options struct {
	BufferBytes   int           // events wait in a buffer of this size; 0 means 4 MiB
	FlushInterval time.Duration // events wait at most this long; 0 means 200 ms
	NoArgs        bool          // keep no hashes of bind values
	NoResults     bool          // keep no hashes of the keys in results
	NoCallSite    bool          // don't look for the application's line
	NoLabels      bool          // don't label goroutines with route and statement, which is how CPU profiles tell them apart
}

// Stats counts what a Recorder did so far.
type Stats struct {
	Events  int64 // recorded, dropped ones left out
	Dropped int64 // did not fit the buffer
	Bytes   int64 // written
	Err     error // the first error of writing; later events are dropped
}

// Recorder records statements. It implements pgx's QueryTracer, BatchTracer, CopyFromTracer, PrepareTracer and
// ConnectTracer, and is safe for concurrent use by any number of connections.
type Recorder struct {
	opts       Options
	boot       string // tells processes apart in one log
	hasher     hasher
	statements statements
	sites      callSites
	log        *writer
	sessions   atomic.Int64
	events     atomic.Int64
}

// Open appends to the file at path, which is made if it is not there. When the file is renamed, removed or truncated by
// a log rotation, the Recorder goes on in a new file of that name within a second.
func Open(path string, opts Options) (*Recorder, error) {
	file, err := openRotating(path)
	if err != nil {
		return nil, fmt.Errorf("open query log: %w", err)
	}
	return newRecorder(file, opts), nil
}

// New writes to w, from a goroutine of its own. Close does not close w.
func New(w io.Writer, opts Options) *Recorder {
	return newRecorder(plainSink{w}, opts)
}

func newRecorder(out sink, opts Options) *Recorder {
	var random [4]byte
	rand.Read(random[:]) // never fails
	r := &Recorder{opts: opts, boot: hex.EncodeToString(random[:]), hasher: newHasher()}
	r.sites.init()
	r.log = newWriter(out, opts, func(b []byte) []byte { return r.statements.appendDefinitions(appendHeader(b)) })
	return r
}

// Close writes out what is buffered and stops the Recorder; events that come later are dropped. It returns the first
// error that writing met. Closing again does nothing.
func (r *Recorder) Close() error { return r.log.close() }

// Flush waits until everything recorded so far is written.
func (r *Recorder) Flush() error { return r.log.flush() }

// Stats tells what the Recorder did so far.
func (r *Recorder) Stats() Stats {
	stats := r.log.stats()
	stats.Events = r.events.Load()
	return stats
}
