package seed

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzReadCopy: whatever a stream holds, reading it neither fails in another way than by errCopyStream nor makes up rows; and
// what was read, written again, is what was read.
func FuzzReadCopy(f *testing.F) {
	row := func(values ...[]byte) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(len(values)))
		for _, v := range values {
			if v == nil {
				b = append(b, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		}
		return b
	}
	whole := append([]byte(copyHeader), row([]byte("a"), nil)...)
	whole = append(append(whole, row([]byte{}, []byte("long"))...), copyTrailer...)
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte(copyHeader))
	f.Add([]byte{})
	f.Add(append([]byte(copyHeader), 0, 2, 0x7f, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, stream []byte) {
		pools := []*pool{{}, {}}
		rows, err := readCopy(stream, pools)
		if err != nil {
			if err != errCopyStream {
				t.Fatalf("error %v", err)
			}
			return
		}
		again := append([]byte(nil), copyHeader...)
		for i := range rows {
			var values [2][]byte
			for j, p := range pools {
				if v, null := p.Append([]byte{}, i); !null {
					values[j] = v
				}
			}
			again = append(again, row(values[0], values[1])...)
		}
		again = append(again, copyTrailer...)
		more := []*pool{{}, {}}
		if n, err := readCopy(again, more); err != nil || n != rows {
			t.Fatalf("read again: %d rows, %v, want %d", n, err, rows)
		}
		for j := range pools {
			if !bytes.Equal(pools[j].data, more[j].data) || len(pools[j].ends) != len(more[j].ends) {
				t.Errorf("column %d differs", j)
			}
		}
	})
}
