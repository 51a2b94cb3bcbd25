package seed

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// stream is the reader that COPY reads a run of rows from. It encodes rows into a buffer that is used again and again.
type stream struct {
	// mu is held while a part is read: where a connection breaks, pgconn.CopyFrom returns without waiting for the goroutine
	// that reads from here.
	mu sync.Mutex

	encoder  *encoder
	memory   value.Memory
	next     uint64 // row
	end      uint64 // the first row not to send
	buffer   []byte
	rest     []byte // part of buffer that is not yet read
	ended    bool
	checksum uint64
	bytes    int64 // of rows, without header and trailer
	sent     func(rows uint64, bytes int64)
}

// batchBytes is how much is encoded at a time: about what pgconn sends in one message.
const batchBytes = 64 << 10

func newStream(e *encoder, first, end uint64, buffer []byte, sent func(uint64, int64)) *stream {
	s := &stream{encoder: e, next: first, end: end, buffer: append(buffer[:0], copyHeader...), sent: sent}
	s.rest = s.buffer
	return s
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return readFilled(p, &s.rest, &s.ended, s.fill)
}

// stop waits for a read that is under way, has those after it find the end, and gives the buffer back.
func (s *stream) stop() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	buffer := s.buffer
	s.buffer, s.rest, s.ended = nil, nil, true
	return buffer
}

// readFilled reads from what is left of a buffer, and fills it when nothing is, until p is full: every read becomes a message
// to the server, and a write of its own.
func readFilled(p []byte, rest *[]byte, ended *bool, fill func()) (n int, err error) {
	for n < len(p) {
		if len(*rest) == 0 {
			if *ended {
				break
			}
			fill()
		}
		copied := copy(p[n:], *rest)
		*rest = (*rest)[copied:]
		n += copied
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// fill encodes the next batch of rows.
func (s *stream) fill() {
	buffer, first := s.buffer[:0], s.next
	for s.next < s.end && len(buffer) < batchBytes {
		start := len(buffer)
		buffer = s.encoder.appendRow(&s.memory, buffer, s.next)
		if s.next++; s.next == s.end {
			s.checksum += hash(buffer[start:])
			break
		}
		middle := len(buffer)
		buffer = s.encoder.appendRow(&s.memory, buffer, s.next)
		s.checksum += hashBoth(buffer[start:middle], buffer[middle:])
		s.next++
	}
	s.bytes += int64(len(buffer))
	if s.sent != nil {
		s.sent(s.next-first, int64(len(buffer)))
	}
	if s.next == s.end {
		buffer = append(buffer, copyTrailer...)
		s.ended = true
	}
	s.buffer, s.rest = buffer, buffer
}

// copyRows sends rows first to end-1 of a table.
func (t *TablePlan) copyRows(ctx context.Context, conn *pgx.Conn, options string, first, end uint64, buffer *[]byte, sent func(uint64, int64)) (loaded, error) {
	s := newStream(t.encoder, first, end, *buffer, sent)
	kept, err := t.send(ctx, conn, t.Table, options, s)
	*buffer = s.stop()
	if err != nil {
		return loaded{}, err
	}
	if kept != end-first {
		return loaded{}, fmt.Errorf("copy into %s: the server kept %d of %d rows: a trigger drops the others; leave out --triggers", t.Table, kept, end-first)
	}
	return loaded{rows: kept, bytes: s.bytes, checksum: s.checksum}, nil
}

// send copies a stream of the table's rows into a table like it, in the caller's transaction, and returns how many the
// server has kept. Where some columns are sent as text that the server must turn into their types, or all are left to their
// defaults, it goes through a temporary table.
func (t *TablePlan) send(ctx context.Context, conn *pgx.Conn, into, options string, rows io.Reader) (kept uint64, err error) {
	target := into
	if t.staged() {
		target, options = "pg_temp.pgassay_stage", ""
		if _, err := conn.Exec(ctx, t.stageSQL()); err != nil {
			return 0, fmt.Errorf("copy into %s: make a temporary table: %w", t.Table, err)
		}
	}
	tag, err := conn.PgConn().CopyFrom(ctx, rows, copySQL(target, t.columnNames(), options))
	if err != nil {
		return 0, fmt.Errorf("copy into %s: %w", t.Table, err)
	}
	if t.staged() {
		if tag, err = conn.Exec(ctx, t.unstageSQL(into)); err != nil {
			return 0, fmt.Errorf("insert into %s: %w", t.Table, err)
		}
		if _, err = conn.Exec(ctx, "DROP TABLE pg_temp.pgassay_stage"); err != nil {
			return 0, fmt.Errorf("insert into %s: %w", t.Table, err)
		}
	}
	return uint64(tag.RowsAffected()), nil
}

// staged tells whether rows go through a temporary table: some columns are sent as text, or none at all, which COPY takes for
// all of them.
func (t *TablePlan) staged() bool {
	return len(t.Columns) == 0 || slices.ContainsFunc(t.Columns, func(c ColumnPlan) bool { return c.cast })
}

func (t *TablePlan) stageSQL() string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		kind := c.Type
		if c.cast {
			kind = "text"
		}
		columns[i] = schema.Quote(c.Name) + " " + kind
	}
	return "CREATE TEMP TABLE pgassay_stage (" + strings.Join(columns, ", ") + ") ON COMMIT DROP"
}

func (t *TablePlan) unstageSQL(into string) string {
	if len(t.Columns) == 0 {
		return "INSERT INTO " + into + " SELECT FROM pg_temp.pgassay_stage"
	}
	var names, values []string
	for _, c := range t.Columns {
		name := schema.Quote(c.Name)
		names = append(names, name)
		if c.cast {
			name += "::" + c.Type
		}
		values = append(values, name)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.pgassay_stage", into, strings.Join(names, ", "), strings.Join(values, ", "))
}

// copySQL is the COPY statement for a table's columns.
func copySQL(table string, columns []string, options string) string {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = schema.Quote(name)
	}
	if len(columns) == 0 { // the table has none
		return fmt.Sprintf("COPY %s FROM STDIN (FORMAT binary%s)", table, options)
	}
	return fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary%s)", table, strings.Join(quoted, ", "), options)
}

// loaded adds up what was sent.
type loaded struct {
	rows     uint64
	bytes    int64
	checksum uint64
}

func (l *loaded) add(m loaded) {
	l.rows += m.rows
	l.bytes += m.bytes
	l.checksum += m.checksum
}
