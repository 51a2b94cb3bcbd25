package wire

import (
	"encoding/binary"
	"math/bits"
)

// PowersOfTen are the powers of ten that an int64 holds.
var PowersOfTen = [...]int64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

const negative = 0x4000 // the sign word of a numeric below zero

// Numeric appends the numeric ticks × 10^-scale. The scale may be negative.
func Numeric(dst []byte, ticks int64, scale int) []byte {
	sign, low := uint16(0), uint64(ticks)
	if ticks < 0 {
		sign, low = negative, -uint64(ticks)
	}
	// Groups of four digits are counted from the point, so the last one is filled up with zeros.
	fraction := (scale + 3) >> 2 // groups after the point; negative: groups of zeros before it
	high, low := bits.Mul64(low, uint64(PowersOfTen[fraction*4-scale]))

	var groups [7]uint16 // of 10^4, the least first: 2^64 × 10^3 has 23 digits
	n := 0
	for high != 0 || low != 0 {
		var rest uint64
		high, rest = high/10000, high%10000
		low, rest = bits.Div64(rest, low, 10000)
		groups[n] = uint16(rest)
		n++
	}
	first := 0
	for first < n && groups[first] == 0 {
		first++
	}
	if n == first { // zero
		sign, n, first, fraction = 0, 0, 0, -1
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(n-first))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(n-1-fraction)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(max(0, scale)))
	for i := n - 1; i >= first; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}
