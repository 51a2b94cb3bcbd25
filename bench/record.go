package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// outcome is what came of one request.
type outcome struct {
	kind     string // of the error; empty: none
	message  string // of the error, for people
	bytes    int64  // of the answer's body
	answered bool   // there was an answer, or the time-out was over: it has a latency
}

func success(status int, size int64) outcome {
	result := outcome{bytes: size, answered: true}
	if status >= 400 {
		result.kind = "status " + strconv.Itoa(status)
	}
	return result
}

// failure names the kind of an error. A time-out counts as a latency, because leaving it out would make the slowest
// requests look as if they had never been made; a connection that was refused at once does not.
func failure(err error) outcome {
	result := outcome{message: err.Error()}
	var timeout net.Error
	var unknown *net.DNSError
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()):
		result.kind, result.answered = "timeout", true
	case errors.As(err, &unknown):
		result.kind = "name not resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		result.kind = "connection refused"
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		result.kind = "too many open files here"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		result.kind = "no free port here"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		result.kind = "connection closed"
	case errors.As(err, &certificate) || errors.As(err, &noTLS):
		result.kind = "tls"
	default:
		result.kind = "other"
	}
	return result
}

// maxLatency is the longest latency that is told apart from longer ones.
const maxLatency = time.Hour

// recorder collects what came of one target's requests. It is safe for concurrent use.
type recorder struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram // ns from when the request was due
	service  *hdrhistogram.Histogram // ns from when it was sent
	requests int64
	failed   int64
	late     int64 // due, but never sent
	bytes    int64
	kinds    map[string]*ErrorKind
}

func newRecorder() *recorder {
	return &recorder{latency: newHistogram(), service: newHistogram(), kinds: map[string]*ErrorKind{}}
}

// newHistogram keeps latencies from a microsecond to an hour with three significant digits, in about 200 KB.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(maxLatency), 3)
}

func (r *recorder) record(latency, service time.Duration, result outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.bytes += result.bytes
	if result.kind != "" {
		r.fail(result.kind, result.message)
	}
	if result.answered {
		observe(r.latency, latency)
		observe(r.service, service)
	}
}

// unsent counts a request that waited all that time and was never sent.
func (r *recorder) unsent(waited time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late++
	observe(r.latency, waited)
}

// fail counts an error; the caller holds the lock. Kinds are few by construction: names of our own and status codes.
func (r *recorder) fail(kind, message string) {
	r.failed++
	known := r.kinds[kind]
	if known == nil {
		known = &ErrorKind{Kind: kind, Example: message}
		r.kinds[kind] = known
	}
	known.Count++
}

func observe(histogram *hdrhistogram.Histogram, d time.Duration) {
	// The only error is a value out of range, and there is none after clamping.
	_ = histogram.RecordValue(int64(min(max(d, 0), maxLatency)))
}

// add merges what other has recorded into r. Neither may be in use.
func (r *recorder) add(other *recorder) {
	r.latency.Merge(other.latency)
	r.service.Merge(other.service)
	r.requests += other.requests
	r.failed += other.failed
	r.late += other.late
	r.bytes += other.bytes
	for _, kind := range other.errorKinds() {
		if known := r.kinds[kind.Kind]; known != nil {
			known.Count += kind.Count
		} else {
			r.kinds[kind.Kind] = &kind
		}
	}
}

// errorKinds returns the kinds of error, most frequent first.
func (r *recorder) errorKinds() []ErrorKind {
	kinds := make([]ErrorKind, 0, len(r.kinds))
	for _, kind := range r.kinds {
		kinds = append(kinds, *kind)
	}
	slices.SortFunc(kinds, func(a, b ErrorKind) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	return kinds
}
