package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
)

// decimal prints ticks × 10^-scale.
func decimal(ticks int64, scale int) string {
	if scale <= 0 {
		return new(big.Int).Mul(big.NewInt(ticks), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil)).String()
	}
	r := new(big.Rat).SetFrac(big.NewInt(ticks), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	return r.FloatString(scale)
}

// readNumeric gives the text of a numeric in binary form, as the server would print it.
func readNumeric(src []byte) (string, error) {
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

var ticks = []int64{0, 1, -1, 9, 10, 99, 9999, 10000, 10001, -123456789, 100_000_000, 1e15, 999_999_999_999_999_999, math.MaxInt64, math.MinInt64, 50, 120_000}

func TestNumeric(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	for _, n := range ticks {
		for scale := -7; scale <= 18; scale++ {
			encoded := Numeric(nil, n, scale)
			want := decimal(n, scale)
			if got, err := readNumeric(encoded); err != nil || got != want {
				t.Errorf("%d at scale %d: %s %v, want %s", n, scale, got, err, want)
			}
			result := conn.PgConn().ExecParams(t.Context(), "SELECT $1::text", [][]byte{encoded}, []uint32{1700}, []int16{1}, nil).Read()
			if result.Err != nil || string(result.Rows[0][0]) != want {
				t.Errorf("%d at scale %d: the server reads %s %v, want %s", n, scale, result.Rows, result.Err, want)
			}
		}
	}
}

// FuzzNumeric: every number reads back as it was meant.
func FuzzNumeric(f *testing.F) {
	for _, n := range ticks {
		f.Add(n, 2)
	}
	f.Fuzz(func(t *testing.T, n int64, scale int) {
		if scale < -14 || scale > 18 {
			t.Skip()
		}
		if got, err := readNumeric(Numeric(nil, n, scale)); err != nil || got != decimal(n, scale) {
			t.Fatalf("%d at scale %d: %s %v, want %s", n, scale, got, err, decimal(n, scale))
		}
	})
}

func TestHalf(t *testing.T) {
	t.Parallel()
	for v, want := range map[float32]uint16{0: 0, 1: 0x3c00, -2: 0xc000, 0.5: 0x3800, 65504: 0x7bff, 1e9: 0x7bff, 1e-9: 0} {
		if got := Half(nil, v); uint16(got[0])<<8|uint16(got[1]) != want {
			t.Errorf("%v is %x, want %04x", v, got, want)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	dst := Array([]byte("x"), 23, 2, false)
	for i := range int32(2) {
		var at int
		dst, at = Begin(dst)
		dst = End(Int4(dst, i), at)
	}
	if got := fmt.Sprintf("%x", dst); !strings.HasSuffix(got, "0000000400000000"+"0000000400000001") {
		t.Error(got)
	}
}

func ExampleUUIDText() {
	binary := UUID(nil, 0x0123456789abcdef, 0x8edcba9876543210)
	fmt.Println(string(UUIDText(nil, binary)))
	// Output: 01234567-89ab-cdef-8edc-ba9876543210
}

func ExampleNumeric() {
	text, _ := readNumeric(Numeric(nil, 1999, 2))
	fmt.Println(text)
	// Output: 19.99
}

func BenchmarkNumeric(b *testing.B) {
	b.ReportAllocs()
	var dst []byte
	for n := int64(0); b.Loop(); n += 12345 {
		dst = Numeric(dst[:0], n, 2)
	}
}
