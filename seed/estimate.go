package seed

import (
	"encoding/binary"

	"github.com/pgassay/pgassay/schema"
)

// rowSize is what a row of a table takes on average, in bytes.
type rowSize struct {
	sent    float64 // through COPY
	heap    float64 // in the table and its TOAST table
	indexes float64
}

// estimateRows is how many rows an estimate looks at.
const estimateRows = 200

// PostgreSQL's page layout: what of a page of 8 KiB is for tuples, what a tuple takes besides its columns, and beyond which
// size values go to the TOAST table (manual, "Database Page Layout" and "TOAST"). Compression is left out of account: the
// estimate is on the safe side.
const (
	pageBytes      = 8192
	pageUsable     = pageBytes - 24
	tupleHeader    = 23
	linePointer    = 4
	indexTuple     = 8
	toastThreshold = 2032
	toastPerChunk  = 1.05 // chunks of 1996 bytes, each with a tuple and an index entry
)

// How full pages of B-trees are: 90 % when they are built from what is there (fillfactor), about 70 % when values come in
// any order.
const (
	builtFill  = 0.90
	randomFill = 0.70
)

// estimate measures rows spread evenly over the table, as they will be sent.
func (t *TablePlan) estimate(db *schema.Database) rowSize {
	var size rowSize
	count := min(t.Rows, estimateRows)
	if count == 0 {
		return size
	}
	widths := map[string]float64{} // on disk, on average
	var row []byte
	for i := range count {
		row = t.encoder.appendRow(nil, row[:0], t.first+i*(t.Rows/count))
		size.sent += float64(len(row))
		size.heap += t.onDisk(db, row, widths)
	}
	size.sent /= float64(count)
	size.heap /= float64(count)
	for _, index := range t.table.Indexes {
		entry := indexTuple
		for _, name := range indexColumns(index) {
			if name == "" {
				entry += 16 // an expression
				continue
			}
			entry += int(widths[name]/float64(count) + 0.5)
		}
		fill := builtFill
		if index.Unique && !index.Primary {
			fill = randomFill
		}
		size.indexes += (float64(align(entry, 8)) + linePointer) / fill
	}
	return size
}

// indexColumns lists the columns of an index, "" for expressions.
func indexColumns(index *schema.Index) []string {
	var names []string
	for _, e := range index.Elements {
		names = append(names, e.Column)
	}
	return append(names, index.Include...)
}

// onDisk is what a row in COPY's binary format takes in the table, its share of what pages leave unused included. It adds
// the width of each column to widths.
func (t *TablePlan) onDisk(db *schema.Database, row []byte, widths map[string]float64) float64 {
	lengths := map[string]int{} // as sent; -1 for null
	rest := row[2:]
	for _, c := range t.Columns {
		n := int(int32(binary.BigEndian.Uint32(rest)))
		lengths[c.Name] = n
		rest = rest[4+max(n, 0):]
	}
	at, nulls := 0, false
	for _, c := range t.table.Columns {
		n, sent := lengths[c.Name]
		if !sent {
			n = 8 // a default or a generated column
		}
		if n < 0 {
			nulls = true
			continue
		}
		fixed, to := -1, 1
		if typ := db.Type(c.TypeOID); typ != nil {
			if fixed = typ.Length; typ.Name != "uuid" {
				to = alignment(fixed)
			}
		}
		start := at
		switch {
		case fixed > 0:
			at = align(at, to) + fixed
		case n < 127:
			at += 1 + n
		default:
			at = align(at, 4) + 4 + n
		}
		widths[c.Name] += float64(at - start)
	}
	header := tupleHeader
	if nulls {
		header += (len(t.table.Columns) + 7) / 8
	}
	tuple, toast := align(header, 8)+align(at, 8)+linePointer, 0.0
	if tuple > toastThreshold {
		toast = float64(tuple-toastThreshold/2) * toastPerChunk
		tuple = toastThreshold / 2
	}
	return float64(tuple)*pageBytes/pageUsable + toast
}

func align(n, to int) int { return (n + to - 1) / to * to }

// alignment is that of a type of a fixed length.
func alignment(length int) int {
	switch length {
	case 2, 4, 8:
		return length
	case 12, 16, 24, 32: // timetz, interval, point and the like
		return 8
	}
	return 1
}
