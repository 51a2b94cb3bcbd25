package emit

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed"
)

// batchRows and batchBytes bound what is worked on at a time: few enough for one question to the server to hold all values
// of a column, which may have 1,664 at most.
const (
	batchRows  = 500
	batchBytes = 256 << 10
)

// batch is rows that are worked on together. Its buffers are used again and again.
type batch struct {
	encoded  []byte
	values   [][][]byte // by column, row; nil is null
	texts    []byte     // what values that were converted point into
	one      [][]byte
	checksum uint64 // of all rows so far
}

func newBatch(columns int) *batch {
	return &batch{values: make([][][]byte, columns), one: make([][]byte, columns)}
}

// encode makes rows of a table from a row on, and returns the one after the last.
func (b *batch) encode(t *seed.TablePlan, row uint64) (end uint64) {
	b.encoded, b.texts = b.encoded[:0], b.texts[:0]
	for i := range b.values {
		b.values[i] = b.values[i][:0]
	}
	for end = row; end < t.Rows && end-row < batchRows && len(b.encoded) < batchBytes; end++ {
		start := len(b.encoded)
		b.encoded = t.AppendRow(b.encoded, end)
		b.checksum += seed.RowChecksum(b.encoded[start:])
	}
	// Only now, since the buffer has moved while it grew.
	rest := b.encoded
	for range end - row {
		rest = rest[2:] // the number of fields
		for i := range b.values {
			n := int(int32(binary.BigEndian.Uint32(rest)))
			rest = rest[4:]
			if n < 0 {
				b.values[i] = append(b.values[i], nil)
				continue
			}
			b.values[i] = append(b.values[i], rest[:n:n])
			rest = rest[n:]
		}
	}
	return end
}

// row gives the values of a row of the batch.
func (b *batch) row(i int) [][]byte {
	for c := range b.values {
		b.one[c] = b.values[c][i]
	}
	return b.one
}

// converter turns the values of a table's columns into the form that a file holds.
type converter struct {
	texts     []textForm  // by column; nil if there is nothing to do
	questions []*question // by column; nil if there is nothing to ask
	conn      *pgx.Conn
}

// converter works out what has to be done with each column.
func (w *writer) converter(t *seed.TablePlan) *converter {
	c := &converter{texts: make([]textForm, len(t.Columns)), questions: make([]*question, len(t.Columns))}
	for i, plan := range t.Columns {
		column := t.Schema().Column(plan.Name)
		what := t.Table + ", column " + schema.Quote(plan.Name)
		switch binary := w.opts.Format == Copy; {
		case binary && plan.IsText():
			c.questions[i] = toBinary(what, column.Type)
		case !binary && !plan.IsText():
			if c.texts[i] = textOf(w.plan.Schema(), column.TypeOID); c.texts[i] == nil {
				c.questions[i] = toText(what, column.TypeOID)
			}
		}
	}
	return c
}

// asks tells whether the server has to be asked.
func (c *converter) asks() bool {
	for _, q := range c.questions {
		if q != nil {
			return true
		}
	}
	return false
}

// convert converts a batch in place.
func (c *converter) convert(ctx context.Context, b *batch) error {
	for i, values := range b.values {
		if q := c.questions[i]; q != nil {
			if err := q.ask(ctx, c.conn, values); err != nil {
				return err
			}
			continue
		}
		text := c.texts[i]
		if text == nil {
			continue
		}
		for row, v := range values {
			if v == nil {
				continue
			}
			start := len(b.texts)
			b.texts = text(b.texts, v)
			// If the buffer has to grow, values from before point into the old one, which stays.
			values[row] = b.texts[start:len(b.texts):len(b.texts)]
		}
	}
	return nil
}
