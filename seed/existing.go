package seed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// existingRows bounds how many rows that were there before are read, for new ones to refer to. In larger tables a sample
// of pages is taken, the same one for the same seed.
const existingRows = 100_000

// readExisting reads the rows of a table that were there before: the columns that are referenced, and those that rows
// which refer to them should agree with (points in time).
func (p *Plan) readExisting(ctx context.Context, conn *pgx.Conn, t *TablePlan) error {
	var names, quoted, order []string
	for _, c := range t.table.Columns {
		referenced := p.referenced[t][c.Name]
		if referenced || strings.HasPrefix(c.Type, "timestamp") || c.Type == "date" {
			names = append(names, c.Name)
			quoted = append(quoted, schema.Quote(c.Name))
		}
		if referenced {
			order = append(order, schema.Quote(c.Name))
		}
	}
	if len(order) == 0 {
		return nil
	}
	from := t.Table
	if t.table.Kind == schema.Ordinary {
		from = "ONLY " + from // a foreign key does not see the rows of inheriting tables
	}
	if rows := t.table.EstimatedRows; rows > existingRows {
		from += fmt.Sprintf(" TABLESAMPLE SYSTEM (%g) REPEATABLE (%d)", min(100, 110*existingRows/rows), p.opts.Seed&0xffffff)
	}
	sql := fmt.Sprintf("COPY (SELECT %s FROM %s WHERE %s IS NOT NULL ORDER BY %s LIMIT %d) TO STDOUT (FORMAT binary)",
		strings.Join(quoted, ", "), from, strings.Join(order, " IS NOT NULL AND "), strings.Join(order, ", "), existingRows)
	var stream bytes.Buffer
	if _, err := conn.PgConn().CopyTo(ctx, &stream, sql); err != nil {
		return fmt.Errorf("read the rows that %s holds: %w", t.Table, err)
	}
	pools := make([]*pool, len(names))
	for i, name := range names {
		pools[i] = &pool{}
		t.source.reserve(name).pool = pools[i]
	}
	count, err := readCopy(stream.Bytes(), pools)
	if err != nil {
		return fmt.Errorf("read the rows that %s holds: %w", t.Table, err)
	}
	t.source.there = count
	return nil
}

var errCopyStream = errors.New("the server sent a COPY stream that can't be read")

// readCopy reads a stream in COPY's binary format into a pool per column and returns the number of rows.
func readCopy(b []byte, pools []*pool) (rows uint64, err error) {
	if len(b) < len(copyHeader) {
		return 0, errCopyStream
	}
	extension := uint64(binary.BigEndian.Uint32(b[15:]))
	if uint64(len(b)) < uint64(len(copyHeader))+extension {
		return 0, errCopyStream
	}
	b = b[uint64(len(copyHeader))+extension:]
	for {
		if len(b) < 2 {
			return rows, errCopyStream
		}
		fields := int16(binary.BigEndian.Uint16(b))
		b = b[2:]
		if fields == -1 {
			return rows, nil
		}
		if int(fields) != len(pools) {
			return rows, errCopyStream
		}
		for _, p := range pools {
			if len(b) < 4 {
				return rows, errCopyStream
			}
			length := int32(binary.BigEndian.Uint32(b))
			b = b[4:]
			if length < 0 {
				p.add(nil)
				continue
			}
			if int(length) > len(b) {
				return rows, errCopyStream
			}
			p.add(b[:length:length])
			b = b[length:]
		}
		rows++
	}
}
