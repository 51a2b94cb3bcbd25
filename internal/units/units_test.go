package units_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

func TestWriting(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ got, want string }{
		{units.Bytes(0), "0 B"},
		{units.Bytes(1023), "1023 B"},
		{units.Bytes(1536), "1.5 KiB"},
		{units.Bytes(1024*1024 - 1), "1 MiB"},
		{units.Bytes(600 << 20), "600 MiB"},
		{units.Bytes(-2048), "-2 KiB"},
		{units.Count(0), "0"},
		{units.Count(999), "999"},
		{units.Count(1_234_567), "1,234,567"},
		{units.Count(-1000), "-1,000"},
		{units.Rate(12), "12/s"},
		{units.Rate(4_560), "4.6k/s"},
		{units.Rate(1_230_000), "1.2M/s"},
		{units.Duration(950), "950 ns"},
		{units.Duration(12_340), "12.3 µs"},
		{units.Duration(4_560 * time.Microsecond), "4.56 ms"},
		{units.Duration(7_800 * time.Millisecond), "7.80 s"},
		{units.Duration(999_936), "1.00 ms"},
		{units.Duration(999_600 * time.Microsecond), "1.00 s"},
		{units.Duration(125 * time.Second), "2m05s"},
		{units.Duration(200 * time.Minute), "3h20m"},
		{units.Percent(0.123), "12.3%"},
		{units.Percent(1), "100%"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func Example() {
	fmt.Println(units.Count(2_200_000), "rows,", units.Bytes(600<<20), "in", units.Duration(3360*time.Millisecond))
	// Output: 2,200,000 rows, 600 MiB in 3.36 s
}

func TestPlural(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n    int
		noun string
		want string
	}{{0, "table", "0 tables"}, {1, "table", "1 table"}, {1200, "table", "1,200 tables"}, {2, "circle of keys", "2 circles of keys"}, {1, "circle of keys", "1 circle of keys"}} {
		if got := units.Plural(test.n, test.noun); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
