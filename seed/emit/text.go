package emit

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// textForm appends a value's text form, as the type's input function reads it, given its binary form. The text is not
// always the one that the server would write (a float may have another exponent), but it is the same value.
type textForm func(dst, value []byte) []byte

// textOf gives the text form of a type, or nil for types whose binary form is not known here: the server is asked then.
func textOf(db *schema.Database, oid uint32) textForm {
	switch oid {
	case pgtype.BoolOID:
		return func(dst, v []byte) []byte { return append(dst, "ft"[v[0]]) }
	case pgtype.Int2OID:
		return func(dst, v []byte) []byte {
			return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(v))), 10)
		}
	case pgtype.Int4OID:
		return func(dst, v []byte) []byte {
			return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(v))), 10)
		}
	case pgtype.Int8OID:
		return func(dst, v []byte) []byte { return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(v)), 10) }
	case pgtype.OIDOID:
		return func(dst, v []byte) []byte { return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(v)), 10) }
	case pgtype.Float4OID:
		return func(dst, v []byte) []byte {
			return appendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(v))), 32)
		}
	case pgtype.Float8OID:
		return func(dst, v []byte) []byte {
			return appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(v)), 64)
		}
	case pgtype.NumericOID:
		return appendNumeric
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.JSONOID, pgtype.XMLOID:
		return appendRaw
	case pgtype.JSONBOID:
		return appendVersioned
	case pgtype.ByteaOID:
		return func(dst, v []byte) []byte { return hex.AppendEncode(append(dst, `\x`...), v) }
	case pgtype.UUIDOID:
		return wire.UUIDText
	case pgtype.DateOID:
		return appendDate
	case pgtype.TimeOID:
		return func(dst, v []byte) []byte { return appendClock(dst, int64(binary.BigEndian.Uint64(v))) }
	case pgtype.TimestampOID:
		return func(dst, v []byte) []byte { return appendTimestamp(dst, v, "") }
	case pgtype.TimestamptzOID:
		return func(dst, v []byte) []byte { return appendTimestamp(dst, v, "+00") }
	}
	if form := lessUsual(oid); form != nil {
		return form
	}
	typ := db.Type(oid)
	switch {
	case typ == nil:
		return nil
	case typ.Kind == schema.EnumType, typ.Extension == "citext" && typ.Name == "citext":
		return appendRaw
	case typ.Extension == "ltree" && typ.Name == "ltree":
		return appendVersioned
	case typ.Kind == schema.DomainType:
		return textOf(db, typ.Base)
	case typ.Kind == schema.ArrayType:
		return arrayOf(db, typ)
	case typ.Kind == schema.RangeType:
		return rangeOf(db, typ)
	case typ.Kind == schema.MultirangeType:
		return multirangeOf(db, typ)
	}
	return nil
}

func appendRaw(dst, v []byte) []byte { return append(dst, v...) }

// appendVersioned is for types whose binary form is a version number and the text.
func appendVersioned(dst, v []byte) []byte { return append(dst, v[1:]...) }

func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e15) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}

// appendNumeric: the number of digits to the base of 10,000, the weight of the first, the sign, the number of decimals, the
// digits (numeric_send).
func appendNumeric(dst, v []byte) []byte {
	count, weight := int(binary.BigEndian.Uint16(v)), int(int16(binary.BigEndian.Uint16(v[2:])))
	sign, scale := binary.BigEndian.Uint16(v[4:]), int(binary.BigEndian.Uint16(v[6:]))
	switch sign {
	case 0xc000:
		return append(dst, "NaN"...)
	case 0xd000:
		return append(dst, "Infinity"...)
	case 0xf000:
		return append(dst, "-Infinity"...)
	case 0x4000:
		dst = append(dst, '-')
	}
	digit := func(i int) uint64 { // the digit of 10,000 to the power of -i, counted from the first
		if i < 0 || i >= count {
			return 0
		}
		return uint64(binary.BigEndian.Uint16(v[8+2*i:]))
	}
	if weight < 0 {
		dst = append(dst, '0')
	}
	for i := 0; i <= weight; i++ {
		if i == 0 {
			dst = strconv.AppendUint(dst, digit(0), 10)
			continue
		}
		dst = appendPadded(dst, digit(i), 4)
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	start := len(dst)
	for i := weight + 1; len(dst)-start < scale; i++ {
		dst = appendPadded(dst, digit(i), 4)
	}
	return dst[:start+scale]
}

func appendPadded(dst []byte, n uint64, width int) []byte {
	var b [20]byte
	text := strconv.AppendUint(b[:0], n, 10)
	for i := len(text); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// epoch is the day that PostgreSQL counts from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const daySeconds, dayMicros = 24 * 60 * 60, 24 * 60 * 60 * 1_000_000

func appendDate(dst, v []byte) []byte {
	days := int32(binary.BigEndian.Uint32(v))
	switch days {
	case math.MaxInt32:
		return append(dst, "infinity"...)
	case math.MinInt32:
		return append(dst, "-infinity"...)
	}
	dst, bc := appendDay(dst, int64(days))
	return append(dst, bc...)
}

// appendDay appends year, month and day, and returns what has to follow at the end: " BC" or nothing.
func appendDay(dst []byte, days int64) (out []byte, era string) {
	day := time.Unix(epoch.Unix()+days*daySeconds, 0).UTC()
	year := day.Year()
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	dst = append(appendPadded(dst, uint64(year), 4), '-')
	dst = append(appendPadded(dst, uint64(day.Month()), 2), '-')
	return appendPadded(dst, uint64(day.Day()), 2), era
}

// appendClock appends a time of day, given in microseconds.
func appendClock(dst []byte, micros int64) []byte {
	seconds, fraction := micros/1_000_000, micros%1_000_000
	dst = append(appendPadded(dst, uint64(seconds/3600), 2), ':')
	dst = append(appendPadded(dst, uint64(seconds/60%60), 2), ':')
	dst = appendPadded(dst, uint64(seconds%60), 2)
	if fraction != 0 {
		dst = appendPadded(append(dst, '.'), uint64(fraction), 6)
	}
	return dst
}

func appendTimestamp(dst, v []byte, zone string) []byte {
	micros := int64(binary.BigEndian.Uint64(v))
	switch micros {
	case math.MaxInt64:
		return append(dst, "infinity"...)
	case math.MinInt64:
		return append(dst, "-infinity"...)
	}
	days, rest := micros/dayMicros, micros%dayMicros
	if rest < 0 {
		days, rest = days-1, rest+dayMicros
	}
	dst, era := appendDay(dst, days)
	dst = appendClock(append(dst, ' '), rest)
	return append(append(dst, zone...), era...)
}

// arrayOf gives the text form of an array: dimensions, whether there are nulls, the element's type, for each dimension
// its length and lower bound, then the elements with their lengths (array_send).
func arrayOf(db *schema.Database, typ *schema.Type) textForm {
	element := textOf(db, typ.Element)
	if element == nil {
		return nil
	}
	delimiter := byte(',')
	if typ.Delimiter != "" {
		delimiter = typ.Delimiter[0]
	}
	return func(dst, v []byte) []byte {
		dimensions := int(binary.BigEndian.Uint32(v))
		if dimensions == 0 {
			return append(dst, "{}"...)
		}
		lengths, bounded := make([]int, dimensions), false
		for i := range lengths {
			lengths[i] = int(binary.BigEndian.Uint32(v[12+8*i:]))
			bounded = bounded || binary.BigEndian.Uint32(v[16+8*i:]) != 1
		}
		if bounded {
			for i, n := range lengths {
				low := int(int32(binary.BigEndian.Uint32(v[16+8*i:])))
				dst = fmt.Appendf(dst, "[%d:%d]", low, low+n-1)
			}
			dst = append(dst, '=')
		}
		a := array{element: element, delimiter: delimiter, rest: v[12+8*dimensions:]}
		return a.append(dst, lengths)
	}
}

// array is an array that is being written.
type array struct {
	element   textForm
	delimiter byte
	rest      []byte
	scratch   []byte
}

func (a *array) append(dst []byte, lengths []int) []byte {
	dst = append(dst, '{')
	for i := range lengths[0] {
		if i > 0 {
			dst = append(dst, a.delimiter)
		}
		if len(lengths) > 1 {
			dst = a.append(dst, lengths[1:])
			continue
		}
		n := int(int32(binary.BigEndian.Uint32(a.rest)))
		a.rest = a.rest[4:]
		if n < 0 {
			dst = append(dst, "NULL"...)
			continue
		}
		a.scratch = a.element(a.scratch[:0], a.rest[:n])
		a.rest = a.rest[n:]
		dst = appendElement(dst, a.scratch, a.delimiter)
	}
	return append(dst, '}')
}

// appendElement quotes an array's element where it must be.
func appendElement(dst, text []byte, delimiter byte) []byte {
	quote := len(text) == 0 || strings.EqualFold(string(text), "NULL")
	for _, c := range text {
		quote = quote || c == delimiter || c == '"' || c == '\\' || c == '{' || c == '}' || c <= ' '
	}
	if !quote {
		return append(dst, text...)
	}
	return appendQuoted(dst, text)
}

// appendQuoted puts a text in quotes, as elements of arrays and bounds of ranges stand in them.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
