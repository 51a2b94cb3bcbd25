package seed

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// A foreign key's column may have another type than the column that it references, as long as PostgreSQL can compare the
// two: a bigint that references an integer, an integer that references a numeric. converted turns the binary form of one
// into that of the other. Character types share their form, and so does a domain with its base.
func converted(db *schema.Database, g value.Generator, from, to *schema.Column) value.Generator {
	if from == nil || to == nil {
		return g
	}
	a, b := numberWidth(db, from.TypeOID), numberWidth(db, to.TypeOID)
	if a == b || a == 0 || b <= 0 {
		return g
	}
	return &resized{g, a, b}
}

// numberWidth gives the width of a whole number's type in bytes, -1 for numeric, 0 for anything else.
func numberWidth(db *schema.Database, oid uint32) int {
	for domain := range db.Domains(oid) {
		oid = domain.Base
	}
	switch oid {
	case pgtype.Int2OID:
		return 2
	case pgtype.Int4OID, pgtype.OIDOID:
		return 4
	case pgtype.Int8OID:
		return 8
	case pgtype.NumericOID:
		return -1
	}
	return 0
}

// resized makes whole numbers wider or narrower.
type resized struct {
	value.Generator
	from, to int // widths in bytes; from may be -1 for numeric
}

func (r *resized) ready(depth int) bool { return readyWithin(r.Generator, depth) }

// Unasked is that of what is resized.
func (r *resized) Unasked() value.Generator { return &resized{unasked(r.Generator), r.from, r.to} }

// Append implements value.Generator.
func (r *resized) Append(dst []byte, row uint64) ([]byte, bool) { return r.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (r *resized) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	start := len(dst)
	dst, null := value.AppendWith(m, r.Generator, dst, row)
	if null {
		return dst, true
	}
	n := wholeNumber(dst[start:], r.from)
	switch dst = dst[:start]; r.to {
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(n)), false
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(n)), false
	}
	return binary.BigEndian.AppendUint64(dst, uint64(n)), false
}

func wholeNumber(b []byte, width int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	}
	// Numeric: the number of digits to the base of 10,000, the weight of the first, the sign, the scale, the digits.
	if len(b) < 8 {
		return 0
	}
	digits, weight := int(binary.BigEndian.Uint16(b)), int(int16(binary.BigEndian.Uint16(b[2:])))
	n := int64(0)
	for i := 0; i <= weight; i++ {
		n *= 10_000
		if i < digits {
			n += int64(binary.BigEndian.Uint16(b[8+2*i:]))
		}
	}
	if binary.BigEndian.Uint16(b[4:]) == 0x4000 {
		return -n
	}
	return n
}
