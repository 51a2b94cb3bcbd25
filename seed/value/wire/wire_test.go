package wire

import (
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

var ticks = []int64{0, 1, -1, 9, 10, 99, 9999, 10000, 10001, -123456789, 100_000_000, 1e15, 999_999_999_999_999_999, math.MaxInt64, math.MinInt64, 50, 120_000}

func TestNumeric(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	for _, n := range ticks {
		for scale := -7; scale <= 18; scale++ {
			encoded := Numeric(nil, n, scale)
			want := decimal(n, scale)
			if got, err := NumericString(encoded); err != nil || got != want {
				t.Errorf("%d at scale %d: %s %v, want %s", n, scale, got, err, want)
			}
			result := conn.PgConn().ExecParams(t.Context(), "SELECT $1::text", [][]byte{encoded}, []uint32{1700}, []int16{1}, nil).Read()
			if result.Err != nil || string(result.Rows[0][0]) != want {
				t.Errorf("%d at scale %d: the server reads %s %v, want %s", n, scale, result.Rows, result.Err, want)
			}
			again, err := NumericText(nil, want)
			if err != nil || string(again) != string(encoded) {
				t.Errorf("%s: %x %v, want %x", want, again, err, encoded)
			}
		}
	}
}

func TestNumericText(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	for _, text := range []string{"1e100", "-1.5e-20", "NaN", ".5", "5.", "+7", "0.000", "123456789012345678901234567890.123456789012345678901234567890", " 12 "} {
		encoded, err := NumericText(nil, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		result := conn.PgConn().ExecParams(t.Context(), "SELECT $1::text, ($2::text)::numeric::text", [][]byte{encoded, []byte(text)}, []uint32{1700, 25}, []int16{1, 0}, nil).Read()
		if result.Err != nil || string(result.Rows[0][0]) != string(result.Rows[0][1]) {
			t.Errorf("%s: %s %v", text, result.Rows, result.Err)
		}
	}
	for _, text := range []string{"", "abc", "1e", "1e999999", "--1", "1.2.3"} {
		if got, err := NumericText(nil, text); err == nil {
			t.Errorf("%q reads as %x", text, got)
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
		if got, err := NumericString(Numeric(nil, n, scale)); err != nil || got != decimal(n, scale) {
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

func ExampleNumeric() {
	text, _ := NumericString(Numeric(nil, 1999, 2))
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
