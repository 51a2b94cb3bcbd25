package querylog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// writer collects encoded lines in a buffer of fixed size and writes them from its own goroutine.
type writer struct {
	out      sink
	header   func([]byte) []byte
	limit    int
	interval time.Duration

	mu      sync.Mutex
	filling []byte
	dropped int64 // since the log last said so
	total   Stats
	closed  bool

	wake    chan struct{}
	flushed chan chan struct{}
	stop    chan struct{}
	done    chan struct{}
}

// sink is where the log goes.
type sink interface {
	io.Writer
	renew() (fresh bool, err error) // before a write: fresh if the file is another one than at the last write
	close() error
}

const (
	defaultBuffer   = 4 << 20
	defaultInterval = 200 * time.Millisecond
	// After so many bytes the header and the statements are written again, so that a reader that was given only the
	// end of a log finds them.
	chapterBytes = 8 << 20
)

func newWriter(out sink, opts Options, header func([]byte) []byte) *writer {
	w := &writer{
		out: out, header: header, limit: opts.BufferBytes, interval: opts.FlushInterval,
		wake: make(chan struct{}, 1), flushed: make(chan chan struct{}), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if w.limit <= 0 {
		w.limit = defaultBuffer
	}
	if w.interval <= 0 {
		w.interval = defaultInterval
	}
	go w.run()
	return w
}

// begin locks the writer and returns the buffer to append to; commit must follow, and fits may. If it is not ok the line
// is dropped and the writer not locked. None ever waits for the log itself.
func (w *writer) begin() (buffer []byte, ok bool) {
	w.mu.Lock()
	if w.closed || w.total.Err != nil {
		w.drop()
		w.mu.Unlock()
		return nil, false
	}
	return w.filling, true
}

// fits tells whether commit will keep what was appended.
func (w *writer) fits(buffer []byte) bool { return len(buffer) <= w.limit }

// commit takes the buffer back, and tells whether what was appended fits.
func (w *writer) commit(buffer []byte) bool {
	defer w.mu.Unlock()
	before := len(w.filling)
	if !w.fits(buffer) {
		w.drop()
		return false
	}
	w.filling = buffer
	if before <= w.limit/2 && len(buffer) > w.limit/2 {
		select {
		case w.wake <- struct{}{}:
		default: // it is awake
		}
	}
	return true
}

func (w *writer) drop() {
	w.dropped++
	w.total.Dropped++
}

func (w *writer) run() {
	defer close(w.done)
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	var spare []byte
	written := int64(chapterBytes) // so that the first write starts a chapter
	for {
		var answer chan struct{}
		stopping := false
		select {
		case <-ticker.C:
		case <-w.wake:
		case answer = <-w.flushed:
		case <-w.stop:
			stopping = true
		}
		spare, written = w.write(spare, written)
		if answer != nil {
			close(answer)
		}
		if stopping {
			w.note(w.out.close())
			return
		}
	}
}

// write swaps the buffers and writes the full one.
func (w *writer) write(spare []byte, written int64) ([]byte, int64) {
	w.mu.Lock()
	full, dropped := w.filling, w.dropped
	if len(full) == 0 && dropped == 0 || w.total.Err != nil {
		w.mu.Unlock()
		return spare, written
	}
	w.filling, w.dropped = spare[:0], 0
	w.mu.Unlock()

	fresh, err := w.out.renew()
	w.note(err)
	var head []byte
	if fresh || written >= chapterBytes {
		head = w.header(nil)
		written = 0
	}
	if dropped > 0 {
		head = fmt.Appendf(head, "{\"dropped\":%d}\n", dropped)
	}
	for _, part := range [][]byte{head, full} {
		if len(part) > 0 && err == nil {
			var n int
			n, err = w.out.Write(part)
			written += int64(n)
			w.mu.Lock()
			w.total.Bytes += int64(n)
			w.mu.Unlock()
		}
	}
	w.note(err)
	return full, written
}

// note keeps the first error.
func (w *writer) note(err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.total.Err == nil {
		w.total.Err = fmt.Errorf("write query log: %w", err)
	}
}

func (w *writer) flush() error {
	answer := make(chan struct{})
	select {
	case w.flushed <- answer:
		<-answer
	case <-w.done:
	}
	return w.stats().Err
}

func (w *writer) close() error {
	w.mu.Lock()
	again := w.closed
	w.closed = true
	w.mu.Unlock()
	if !again {
		close(w.stop)
	}
	<-w.done
	return w.stats().Err
}

func (w *writer) stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// plainSink is a writer of the application's.
type plainSink struct{ io.Writer }

func (plainSink) renew() (bool, error) { return false, nil }
func (plainSink) close() error         { return nil }

// rotating is a file that is opened again when its name stands for another file.
type rotating struct {
	path    string
	file    *os.File
	checked time.Time
	size    int64 // of the file, when it was last written
}

func openRotating(path string) (*rotating, error) {
	r := &rotating{path: path}
	return r, r.open()
}

func (r *rotating) open() error {
	file, err := os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // it is the application's own business
	if err != nil {
		return err
	}
	r.file, r.size = file, 0
	if info, err := file.Stat(); err == nil {
		r.size = info.Size()
	}
	return nil
}

func (r *rotating) Write(p []byte) (int, error) {
	n, err := r.file.Write(p)
	r.size += int64(n)
	return n, err
}

func (r *rotating) renew() (bool, error) {
	if time.Since(r.checked) < time.Second {
		return false, nil
	}
	r.checked = time.Now()
	named, err := os.Stat(r.path)
	if err == nil {
		current, err := r.file.Stat()
		if err == nil && os.SameFile(named, current) {
			if current.Size() >= r.size {
				return false, nil
			}
			r.size = current.Size() // truncated in place; O_APPEND goes on at its new end
			return true, nil
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	old := r.file
	if err := r.open(); err != nil {
		return false, err
	}
	return true, old.Close()
}

func (r *rotating) close() error { return r.file.Close() }
