package seed

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// stream is the reader that COPY reads a run of rows from. It encodes rows into a buffer that is used again and again.
type stream struct {
	encoder  *encoder
	next     uint64 // row
	end      uint64 // the first row not to send
	buffer   []byte
	rest     []byte // part of buffer that is not yet read
	ended    bool
	checksum uint64
	bytes    int64 // of rows, without header and trailer
	sent     func(rows uint64, bytes int64)
	err      error
}

// batchBytes is how much is encoded at a time: about what pgconn sends in one message.
const batchBytes = 64 << 10

func newStream(e *encoder, first, end uint64, buffer []byte, sent func(uint64, int64)) *stream {
	s := &stream{encoder: e, next: first, end: end, buffer: append(buffer[:0], copyHeader...), sent: sent}
	s.rest = s.buffer
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if s.ended {
			return 0, io.EOF
		}
		s.fill()
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// fill encodes the next batch of rows.
func (s *stream) fill() {
	buffer, first := s.buffer[:0], s.next
	for s.next < s.end && len(buffer) < batchBytes {
		start := len(buffer)
		buffer = s.encoder.appendRow(buffer, s.next)
		s.checksum += hash(buffer[start:])
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

// copySQL is the COPY statement for a table's columns.
func copySQL(table string, columns []string, options string) string {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary%s)", table, strings.Join(quoted, ", "), options)
}

// copyRows sends rows first to end-1 of a table.
func copyRows(ctx context.Context, conn *pgconn.PgConn, t *TablePlan, sql string, first, end uint64, buffer *[]byte, sent func(uint64, int64)) (loaded, error) {
	s := newStream(t.encoder, first, end, *buffer, sent)
	tag, err := conn.CopyFrom(ctx, s, sql)
	*buffer = s.buffer
	if err != nil {
		return loaded{}, fmt.Errorf("copy into %s: %w", t.Table, err)
	}
	if rows := uint64(tag.RowsAffected()); rows != end-first {
		return loaded{}, fmt.Errorf("copy into %s: the server kept %d of %d rows: a trigger or rule drops the others", t.Table, rows, end-first)
	}
	return loaded{rows: end - first, bytes: s.bytes, checksum: s.checksum}, nil
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
