package wire

import "encoding/binary"

// Array begins an array of one dimension of n elements, of which Begin and End each frame one, or Null stands for one.
// An array without elements has no dimension.
func Array(dst []byte, element uint32, n int, nulls bool) []byte {
	if n == 0 {
		return OID(Int4(Int4(dst, 0), 0), element)
	}
	flags := int32(0)
	if nulls {
		flags = 1
	}
	dst = OID(Int4(Int4(dst, 1), flags), element)
	return Int4(Int4(dst, int32(n)), 1)
}

// Begin leaves room for the length of a part of a value and tells where.
func Begin(dst []byte) (out []byte, at int) {
	return append(dst, 0, 0, 0, 0), len(dst)
}

// End writes the length of the part that began at a place.
func End(dst []byte, at int) []byte {
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// PartNull appends the length word of a null part.
func PartNull(dst []byte) []byte { return append(dst, 0xff, 0xff, 0xff, 0xff) }

// Composite begins a composite value of n fields; each is its type's OID and a part.
func Composite(dst []byte, n int) []byte { return Int4(dst, int32(n)) }

// Flags of a range: what follows are the parts of the bounds that are there.
const (
	RangeEmpty          = 0x01
	RangeLowerInclusive = 0x02
	RangeUpperInclusive = 0x04
	RangeLowerInfinite  = 0x08
	RangeUpperInfinite  = 0x10
)

// Multirange begins a multirange of n ranges, each of which is a part.
func Multirange(dst []byte, n int) []byte { return Int4(dst, int32(n)) }

// TSVector begins a tsvector of n lexemes, which must come sorted by length first and then bytes, without doubles.
func TSVector(dst []byte, n int) []byte { return Int4(dst, int32(n)) }

// Lexeme appends a lexeme of a tsvector with one position, from 1 to 16383.
func Lexeme(dst []byte, lexeme string, position int) []byte {
	dst = append(dst, lexeme...)
	dst = append(dst, 0, 0, 1)
	return binary.BigEndian.AppendUint16(dst, uint16(position)&0x3fff)
}

// TSQueryAnd appends a tsquery of one word, or of two that must both occur; other may be "".
func TSQueryAnd(dst []byte, word, other string) []byte {
	if other == "" {
		return operand(Int4(dst, 1), word)
	}
	dst = append(Int4(dst, 3), 2, 2) // an operator: AND; its right operand comes first
	return operand(operand(dst, other), word)
}

// operand appends a word of a tsquery, without weights and not as a prefix.
func operand(dst []byte, word string) []byte {
	return append(append(append(dst, 1, 0, 0), word...), 0)
}
