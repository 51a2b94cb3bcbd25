package querylog

import (
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgassay/pgassay/internal/pgtest"
)

func TestKeysFromSplitStreams(t *testing.T) {
	t.Parallel()
	var stream []byte
	for _, message := range []pgproto3.BackendMessage{
		&pgproto3.ParameterDescription{},
		&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("id"), DataTypeOID: oidInt4}, {Name: []byte("body"), DataTypeOID: oidText}}},
		&pgproto3.DataRow{Values: [][]byte{{0, 0, 0, 7}, []byte("x")}},
		&pgproto3.DataRow{Values: [][]byte{{0, 0, 0, 8}, nil}},
		&pgproto3.DataRow{Values: [][]byte{nil, nil}},
		&pgproto3.CommandComplete{CommandTag: []byte("SELECT 3")},
	} {
		var err error
		if stream, err = message.Encode(stream); err != nil {
			t.Fatal(err)
		}
	}
	hasher := newHasher()
	for size := 1; size <= len(stream); size++ {
		parser := &tap{hasher: hasher}
		parser.begin(nil)
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			parser.see(rest[:n])
			rest = rest[n:]
		}
		if len(parser.results) != 1 || parser.results[0].name != "id" {
			t.Fatalf("chunks of %d: got %+v", size, parser.results)
		}
		if got := parser.results[0].hashes; len(got) != 2 || got[0] != hasher.int(7) || got[1] != hasher.int(8) {
			t.Errorf("chunks of %d: got %v", size, got)
		}
	}
}

// FuzzTap checks that no stream of bytes makes the tap fail: the application's connection goes through it.
func FuzzTap(f *testing.F) {
	f.Add([]byte("T\x00\x00\x00\x1b\x00\x01id\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00D\x00\x00\x00\x0e\x00\x01\x00\x00\x00\x04\x00\x00\x00\x07"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, min(size, len(stream)))
		whole, parts := &tap{}, &tap{}
		whole.hasher = newHasher()
		parts.hasher = whole.hasher
		whole.begin(nil)
		parts.begin(nil)
		whole.see(stream)
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			parts.see(rest[:n])
			rest = rest[n:]
		}
		if whole.rows != parts.rows || len(whole.results) != len(parts.results) {
			t.Errorf("in chunks of %d: %d rows and %d columns, in one: %d and %d", size, parts.rows, len(parts.results), whole.rows, len(whole.results))
		}
	})
}

// BenchmarkTracer compares a round trip with and without the recorder.
func BenchmarkTracer(b *testing.B) {
	for _, variant := range []struct {
		name string
		opts *Options
	}{{"off", nil}, {"on", &Options{}}, {"without labels", &Options{NoLabels: true}}} {
		b.Run(variant.name, func(b *testing.B) {
			config, err := pgx.ParseConfig(pgtest.Server(b))
			if err != nil {
				b.Fatal(err)
			}
			if variant.opts != nil {
				recorder := New(io.Discard, *variant.opts)
				defer recorder.Close()
				config.Tracer = recorder
			}
			conn, err := pgx.ConnectConfig(b.Context(), config)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close(b.Context())
			ctx := WithRequest(b.Context(), "GET /users/{id}")
			b.ReportAllocs()
			for b.Loop() {
				var n int
				if err := conn.QueryRow(ctx, "SELECT $1::int + 1 AS id", 41).Scan(&n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOverhead measures the recorder alone: its part of a statement with two arguments and no result.
func BenchmarkOverhead(b *testing.B) {
	for _, variant := range []struct {
		name string
		opts Options
	}{{"all", Options{}}, {"without labels", Options{NoLabels: true}}, {"without call site", Options{NoLabels: true, NoCallSite: true}}} {
		b.Run(variant.name, func(b *testing.B) {
			recorder := New(io.Discard, variant.opts)
			defer recorder.Close()
			config, err := pgx.ParseConfig(pgtest.Server(b))
			if err != nil {
				b.Fatal(err)
			}
			conn, err := pgx.ConnectConfig(b.Context(), config)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close(b.Context())
			ctx := WithRequest(b.Context(), "GET /users/{id}")
			args := []any{7, "seven"}
			b.ReportAllocs()
			for b.Loop() {
				started := recorder.TraceQueryStart(ctx, conn, pgx.TraceQueryStartData{SQL: "SELECT * FROM users WHERE id = $1 AND name = $2", Args: args})
				recorder.TraceQueryEnd(started, conn, pgx.TraceQueryEndData{})
			}
		})
	}
}
