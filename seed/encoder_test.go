package seed

import (
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// blogPlan plans the blog's tables without loading them.
func blogPlan(tb testing.TB, rows uint64) *Plan {
	tb.Helper()
	dsn := pgtest.Database(tb)
	conn := pgtest.Connect(tb, dsn)
	if _, err := schema.Apply(tb.Context(), conn, schema.Blog, schema.ApplyOptions{}); err != nil {
		tb.Fatal(err)
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := Prepare(tb.Context(), config, Options{Rows: rows, Seed: 1, NullShare: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestNoAllocation: encoding rows allocates nothing once the buffer has grown.
func TestNoAllocation(t *testing.T) {
	p := blogPlan(t, 10_000)
	for _, table := range p.Tables {
		var memory value.Memory
		buffer := make([]byte, 0, 1<<20)
		row := uint64(0)
		allocs := testing.AllocsPerRun(1000, func() {
			buffer = table.encoder.appendRow(&memory, buffer[:0], row)
			row++
		})
		if allocs > 0 {
			t.Errorf("%s: %g allocations a row", table.Table, allocs)
		}
	}
}

// TestStream reads a stream with buffers of many sizes: the bytes are those of the rows, one after the other.
func TestStream(t *testing.T) {
	t.Parallel()
	p := blogPlan(t, 1000)
	table := p.byName["public.comments"]
	want := []byte(copyHeader)
	var sum uint64
	for row := range table.Rows {
		start := len(want)
		want = table.encoder.appendRow(nil, want, row)
		sum += hash(want[start:])
	}
	want = append(want, copyTrailer...)
	for _, size := range []int{1, 7, 100, 4096, 65531, 1 << 20} {
		s := newStream(table.encoder, 0, table.Rows, nil, nil)
		var got []byte
		buffer := make([]byte, size)
		for {
			n, err := s.Read(buffer)
			got = append(got, buffer[:n]...)
			if err == io.EOF {
				break
			}
			if n < size && len(got) < len(want) {
				t.Fatalf("a read of %d bytes gives %d, though there are more: each read is a message of its own", size, n)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != string(want) || s.checksum != sum {
			t.Errorf("buffers of %d bytes: %d bytes read, want %d; checksum %x, want %x", size, len(got), len(want), s.checksum, sum)
		}
	}
}

// TestStreamStopped: a stopped stream has nothing more to read and does not write to the buffer that it gave back, although
// somebody may still be reading.
func TestStreamStopped(t *testing.T) {
	t.Parallel()
	s := newStream(blogPlan(t, 1000).byName["public.comments"].encoder, 0, 1000, nil, nil)
	part := make([]byte, 100)
	for range 3 { // the header, and from the first rows
		if n, err := s.Read(part); n == 0 || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	buffer := s.stop()
	before := slices.Clone(buffer)
	if len(buffer) == 0 {
		t.Error("no buffer was given back")
	}
	if n, err := s.Read(part); n != 0 || err != io.EOF {
		t.Errorf("%d bytes, %v; want the end", n, err)
	}
	if !slices.Equal(buffer, before) || s.next == 1000 {
		t.Error("the stream went on")
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	seen := map[uint64]string{}
	note := func(b []byte) {
		h := hash(b)
		if other, taken := seen[h]; taken && other != string(b) {
			t.Fatalf("%x and %x have the same hash", b, other)
		}
		seen[h] = string(b)
	}
	for length := range 40 { // every length, every single bit
		b := make([]byte, length)
		note(b)
		for bit := range length * 8 {
			b[bit/8] ^= 1 << (bit % 8)
			note(b)
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
	for i := range uint64(100_000) {
		note(binary.BigEndian.AppendUint64(nil, i))
	}
	bytes := make([]byte, 200)
	for i := range bytes {
		bytes[i] = byte(i * i)
	}
	for i := range 100 {
		for j := range 100 {
			if a, b := bytes[:i], bytes[100:100+j]; hashBoth(a, b) != hash(a)+hash(b) {
				t.Fatalf("%d and %d bytes: both together have another hash", i, j)
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	p := blogPlan(b, 1_000_000)
	for _, table := range p.Tables {
		b.Run(table.Table, func(b *testing.B) {
			var memory value.Memory
			buffer := make([]byte, 0, 1<<20)
			b.ReportAllocs()
			row, bytes := uint64(0), 0
			for b.Loop() {
				buffer = table.encoder.appendRow(&memory, buffer[:0], row%table.Rows)
				_ = hash(buffer)
				bytes += len(buffer)
				row++
			}
			b.SetBytes(int64(bytes) / int64(row))
			b.ReportMetric(float64(row)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
