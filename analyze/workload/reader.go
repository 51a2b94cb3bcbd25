package workload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// buffer reads a stream into one growing piece of memory of which records are cut.
type buffer struct {
	from  io.Reader
	data  []byte
	start int // of what was not handed out yet
	end   int
	eof   bool
	total int64
	cut   bool // what was handed out is not all of the record
	skip  bool // the rest of a record that was too long is still to be passed over
}

const (
	readBuffer = 1 << 20
	maxRecord  = 64 << 20
)

func newBuffer(r io.Reader) *buffer { return &buffer{from: r, data: make([]byte, readBuffer)} }

// fill reads more behind what is there. It returns false at the end of the stream, or if the record is too long.
func (b *buffer) fill() (bool, error) {
	if b.eof {
		return false, nil
	}
	if b.start > 0 {
		copy(b.data, b.data[b.start:b.end])
		b.end -= b.start
		b.start = 0
	}
	if b.end == len(b.data) {
		if len(b.data) >= maxRecord {
			return false, nil
		}
		b.data = append(b.data, make([]byte, len(b.data))...)
	}
	for range 100 {
		n, err := b.from.Read(b.data[b.end:])
		b.end += n
		b.total += int64(n)
		if errors.Is(err, io.EOF) {
			b.eof = true
			return n > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("read log: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, io.ErrNoProgress
}

// line returns the next line without its end, valid until the next call, or io.EOF. Of a line that is longer than
// maxRecord it returns the start, and passes over the rest.
func (b *buffer) line() ([]byte, error) {
	b.cut = false
	searched := b.start
	for {
		if i := bytes.IndexByte(b.data[searched:b.end], '\n'); i >= 0 {
			line := b.data[b.start : searched+i]
			b.start = searched + i + 1
			if b.skip {
				b.skip = false
				searched = b.start
				continue
			}
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if b.skip {
			b.start = b.end
		}
		seen := b.end - b.start
		more, err := b.fill()
		if err != nil {
			return nil, err
		}
		searched = b.start + seen
		if more {
			continue
		}
		line := b.data[b.start:b.end]
		b.start = b.end
		if b.eof {
			if len(line) == 0 || b.skip {
				return nil, io.EOF
			}
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		b.cut, b.skip = true, true
		return line, nil
	}
}

// peek returns up to n bytes of the start of the stream.
func (b *buffer) peek(n int) ([]byte, error) {
	for b.end-b.start < n {
		if more, err := b.fill(); err != nil || !more {
			return b.data[b.start:b.end], err
		}
	}
	return b.data[b.start : b.start+n], nil
}
