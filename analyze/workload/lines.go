package workload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lines reads a stream line by line through one buffer. A line longer than maxLine is cut; the rest of it is passed over.
type lines struct {
	from   *bufio.Reader
	long   []byte // a line that does not fit the reader's buffer
	number int64
	cut    bool // the line was longer than maxLine
}

const (
	readBuffer = 1 << 20
	maxLine    = 64 << 20
)

func newLines(r io.Reader) *lines { return &lines{from: bufio.NewReaderSize(r, readBuffer)} }

// next returns the next line without its end, valid until the next call, or io.EOF.
func (l *lines) next() ([]byte, error) {
	l.cut = false
	line, err := l.from.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.rest(line)
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("read line %d: %w", l.number+1, err)
	}
	l.number++
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

func (l *lines) rest(start []byte) ([]byte, error) {
	l.long = append(l.long[:0], start...)
	for {
		part, err := l.from.ReadSlice('\n')
		if room := maxLine - len(l.long); len(part) > room {
			part = part[:max(0, room)]
			l.cut = true
		}
		l.long = append(l.long, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.long, err
		}
	}
}
