package wire

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
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

// NumericText appends the numeric that a literal such as -12.50 or 1e100 stands for, of any length; NaN too.
func NumericText(dst []byte, text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "nan") {
		return append(dst, 0, 0, 0, 0, 0xc0, 0, 0, 0), nil
	}
	sign := uint16(0)
	rest := text
	switch {
	case strings.HasPrefix(rest, "-"):
		sign, rest = negative, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	exponent := 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		if _, err := fmt.Sscanf(rest[i+1:], "%d", &exponent); err != nil || exponent < -16383 || exponent > 131071 {
			return dst, fmt.Errorf("numeric %q: not a number", text)
		}
		rest = rest[:i]
	}
	whole, fraction, _ := strings.Cut(rest, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return dst, fmt.Errorf("numeric %q: not a number", text)
	}
	point := len(whole) + exponent // where the point stands in digits
	scale := max(0, len(digits)-point)
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	pad := (4 - point%4) % 4
	digits = strings.Repeat("0", pad) + digits
	weight := (point+pad)/4 - 1
	digits += strings.Repeat("0", (4-len(digits)%4)%4)
	for strings.HasPrefix(digits, "0000") {
		digits, weight = digits[4:], weight-1
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	if digits == "" {
		sign, weight = 0, 0
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(digits)/4))
	dst = binary.BigEndian.AppendUint16(dst, uint16(int16(weight)))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for i := 0; i < len(digits); i += 4 {
		var group uint16
		for _, c := range []byte(digits[i : i+4]) {
			group = group*10 + uint16(c-'0')
		}
		dst = binary.BigEndian.AppendUint16(dst, group)
	}
	return dst, nil
}

// NumericString gives the text of a numeric in binary form, as the server would print it.
func NumericString(src []byte) (string, error) {
	if len(src) < 8 || len(src) != 8+2*int(binary.BigEndian.Uint16(src)) {
		return "", fmt.Errorf("numeric of %d bytes: cut off", len(src))
	}
	word := func(i int) int { return int(binary.BigEndian.Uint16(src[2*i:])) }
	n, weight, scale := word(0), int(int16(word(1))), word(3)
	switch word(2) {
	case 0xc000:
		return "NaN", nil
	case 0xd000:
		return "Infinity", nil
	case 0xf000:
		return "-Infinity", nil
	}
	var out strings.Builder
	if word(2) == negative {
		out.WriteByte('-')
	}
	group := func(i int) int {
		if i < 0 || i >= n {
			return 0
		}
		return word(4 + i)
	}
	if weight < 0 {
		out.WriteByte('0')
	}
	for i := range weight + 1 {
		if i == 0 {
			fmt.Fprintf(&out, "%d", group(i))
		} else {
			fmt.Fprintf(&out, "%04d", group(i))
		}
	}
	if scale > 0 {
		var fraction strings.Builder
		for i := weight + 1; fraction.Len() < scale; i++ {
			fmt.Fprintf(&fraction, "%04d", group(i))
		}
		out.WriteByte('.')
		out.WriteString(fraction.String()[:scale])
	}
	return out.String(), nil
}
