package value

import "math/bits"

// Stream is the source of randomness of one column: a key made of seed, table and column. Its values are found by
// counting (a counter-based generator), so that there is no state to carry.
type Stream struct{ key uint64 }

// NewStream gives the stream of a column, or of anything else that has a name in a table.
func NewStream(seed uint64, table, column string) Stream {
	key := mix(seed, 0x9e3779b97f4a7c15)
	for _, name := range [...]string{table, column} {
		// FNV-1a over the bytes, the length mixed in so that ("ab", "c") and ("a", "bc") differ.
		hash := uint64(14695981039346656037)
		for i := range len(name) {
			hash = (hash ^ uint64(name[i])) * 1099511628211
		}
		key = mix(key^hash, 0xd1342543de82ef95^uint64(len(name)))
	}
	return Stream{key}
}

// At gives the random numbers of a row.
func (s Stream) At(row uint64) Source {
	return Source{mix(s.key^0xa0761d6478bd642f, row^0xe7037ed1a0b428db)}
}

// Key is the stream's key, for what needs one number per column: a permutation, say.
func (s Stream) Key() uint64 { return s.key }

// Source is a short run of random numbers that belong to one row. Copying it copies the run.
type Source struct{ state uint64 }

// Uint64 gives the next 64 random bits. It is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, 2014).
func (s *Source) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below gives a number from 0 to n-1 (multiply and shift: the bias is at most n/2^64). Below(0) is 0.
func (s *Source) Below(n uint64) uint64 {
	high, _ := bits.Mul64(s.Uint64(), n)
	return high
}

// Float64 gives a number in [0, 1) with 53 random bits.
func (s *Source) Float64() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

// mix is the wyhash mixer: the folded product of two words. A zero word is kept from swallowing the other.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x2d358dccaa6c78a5, b^0x8bb84b93962eacc9)
	return high ^ low
}
