// Package wire appends values to a buffer in the binary form that PostgreSQL's receive functions read, which is also
// what COPY … (FORMAT binary) carries. The layouts are those of the server's source, src/backend/utils/adt/*.c, the
// functions named *_recv. The four-byte length before a value is the caller's; arrays, composites and ranges, which hold
// other values, write the lengths of their parts.
//
// The functions allocate nothing but what dst needs to grow.
package wire

import (
	"encoding/binary"
	"encoding/hex"
	"math"
)

// Bool appends a boolean.
func Bool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// Int2 appends a smallint.
func Int2(dst []byte, v int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(v)) }

// Int4 appends an integer; a date too, in days since 2000-01-01.
func Int4(dst []byte, v int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(v)) }

// Int8 appends a bigint; also a timestamp in microseconds since 2000-01-01, a time in microseconds since midnight, money in
// hundredths, a pg_lsn and an xid8.
func Int8(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

// OID appends an oid, a reg* type or an xid.
func OID(dst []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(dst, v) }

// Float4 appends a real.
func Float4(dst []byte, v float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(v))
}

// Float8 appends a double precision.
func Float8(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// TimeTZ appends a time with time zone: microseconds since midnight, and seconds east of Greenwich.
func TimeTZ(dst []byte, micros int64, east int32) []byte {
	return Int4(Int8(dst, micros), -east)
}

// Interval appends an interval.
func Interval(dst []byte, micros int64, days, months int32) []byte {
	return Int4(Int4(Int8(dst, micros), days), months)
}

// UUID appends a uuid.
func UUID(dst []byte, high, low uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, high), low)
}

// UUIDText appends the text form of a uuid, given its binary one.
func UUIDText(dst, v []byte) []byte {
	for i, part := range [...][]byte{v[:4], v[4:6], v[6:8], v[8:10], v[10:16]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// JSONB begins a jsonb; its text follows.
func JSONB(dst []byte) []byte { return append(dst, 1) }

// JSONPath begins a jsonpath; its text follows.
func JSONPath(dst []byte) []byte { return append(dst, 1) }

// LTree begins an ltree, lquery or ltxtquery; its text follows.
func LTree(dst []byte) []byte { return append(dst, 1) }

// TID appends a tid, the address of a row: a block and an item in it.
func TID(dst []byte, block uint32, item uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(dst, block), item)
}

// Snapshot appends a pg_snapshot (or txid_snapshot) without transactions in progress: xmin equals xmax.
func Snapshot(dst []byte, xmax int64) []byte {
	return Int8(Int8(Int4(dst, 0), xmax), xmax)
}

// Address families of inet and cidr.
const (
	familyIPv4 = 2 // AF_INET
	familyIPv6 = 3 // AF_INET + 1
)

// Inet appends an inet, or with network a cidr, whose bits beyond prefix must be zero. address has 4 or 16 bytes.
func Inet(dst []byte, address []byte, prefix int, network bool) []byte {
	family := byte(familyIPv4)
	if len(address) == 16 {
		family = familyIPv6
	}
	dst = append(dst, family, byte(prefix))
	dst = Bool(dst, network)
	dst = append(dst, byte(len(address)))
	return append(dst, address...)
}

// Point appends a point.
func Point(dst []byte, x, y float64) []byte { return Float8(Float8(dst, x), y) }

// HStorePair appends a pair of a hstore, which begins with the number of its pairs as an Int4.
func HStorePair(dst []byte, key, value string) []byte {
	dst = append(Int4(dst, int32(len(key))), key...)
	return append(Int4(dst, int32(len(value))), value...)
}

// Vector begins a pgvector vector (Float4 parts follow) or halfvec (Half parts follow) of a dimension.
func Vector(dst []byte, dimension int) []byte { return Int2(Int2(dst, int16(dimension)), 0) }

// Half appends a number in IEEE 754 half precision, as halfvec has them. What is too small becomes zero.
func Half(dst []byte, v float32) []byte {
	b := math.Float32bits(v)
	sign := uint16(b >> 16 & 0x8000)
	exponent := int(b>>23&0xff) - 127 + 15
	switch {
	case exponent <= 0:
		return binary.BigEndian.AppendUint16(dst, sign)
	case exponent >= 31:
		return binary.BigEndian.AppendUint16(dst, sign|0x7bff) // the greatest finite one
	}
	return binary.BigEndian.AppendUint16(dst, sign|uint16(exponent)<<10|uint16(b>>13&0x3ff))
}

// SparseVector begins a pgvector sparsevec: count indexes from 0, rising, as Int4, and then count values as Float4 follow.
func SparseVector(dst []byte, dimension, count int) []byte {
	return Int4(Int4(Int4(dst, int32(dimension)), int32(count)), 0)
}
