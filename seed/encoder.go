package seed

import (
	"encoding/binary"
	"math/bits"

	"github.com/pgassay/pgassay/seed/value"
)

// copyHeader starts a stream in COPY's binary format: the signature, the flags and the length of the header's extension.
// copyTrailer ends it. (PostgreSQL manual, COPY, "Binary Format".)
const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTrailer = "\xff\xff"
)

// encoder writes the rows of one table in COPY's binary format. It has no state and is safe for concurrent use.
type encoder struct {
	fields []field
}

// field is a column of the table in the order in which COPY sends it.
type field struct {
	generator value.Generator
	remembers value.Rememberer                // the generator, where it is one
	presence  func(row uint64) value.Presence // nil: as the generator says
}

// appendRow appends a row: the number of fields, and each field with its length.
func (e *encoder) appendRow(m *value.Memory, dst []byte, row uint64) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(e.fields)))
	for i := range e.fields {
		f := &e.fields[i]
		start := len(dst)
		dst = append(dst, 0xff, 0xff, 0xff, 0xff) // the length of null
		if f.presence != nil && f.presence(row) == value.Null {
			continue
		}
		var out []byte
		var null bool
		if f.remembers != nil {
			out, null = f.remembers.AppendWith(m, dst, row)
		} else {
			out, null = f.generator.Append(dst, row)
		}
		if null {
			dst = out[:start+4]
			continue
		}
		dst = out
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	}
	return dst
}

// hash is a hash of a row's bytes for the table's checksum: a wyhash-like fold of 16 bytes at a time. Every bit of the
// input reaches every bit of the result, which is all that a sum over rows needs.
func hash(b []byte) uint64 { return hashRest(hash0, b, len(b)) }

const hash0, hash1, hash2 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3

// hashRest goes on with a hash of length bytes in all where only b is left.
func hashRest(h uint64, b []byte, length int) uint64 {
	for len(b) >= 16 {
		h = folded(h, b)
		b = b[16:]
	}
	var rest [16]byte
	copy(rest[:], b)
	return fold(folded(h, rest[:])^hash2, uint64(length)^hash0)
}

func folded(h uint64, b []byte) uint64 {
	return fold(binary.LittleEndian.Uint64(b)^hash1, binary.LittleEndian.Uint64(b[8:])^h)
}

// hashBoth is hash(a) + hash(b). As each step of a hash waits for the one before, two take little longer than one.
func hashBoth(a, b []byte) uint64 {
	g, h := uint64(hash0), uint64(hash0)
	common := min(len(a), len(b)) &^ 15
	for i := 0; i < common; i += 16 {
		g, h = folded(g, a[i:i+16]), folded(h, b[i:i+16])
	}
	return hashRest(g, a[common:], len(a)) + hashRest(h, b[common:], len(b))
}

// mixed adds a number, such as that of a value or of a choice, to the key of those before it.
func mixed(key uint64, number uint32) uint64 {
	return fold(key^0x9e3779b97f4a7c15, uint64(number)+0xd1342543de82ef95)
}

// mixedValue is mixed for the number of a value beside choices, so that one is not taken for the other.
func mixedValue(key uint64, number uint32) uint64 {
	return fold(key^0x9e3779b97f4a7c15, uint64(number)+0xe7037ed1a0b428db)
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
