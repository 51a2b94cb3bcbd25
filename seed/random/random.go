// Package random gives random numbers that are found by counting: the numbers of a row are a function of the seed, the
// names of table and column, and the row's number. There is no state to carry from row to row, so any row can be made
// at any time by anybody.
package random

import (
	"math"
	"math/bits"
	"sync"
)

// Stream is the source of randomness of one column, or of anything else that has a name in a table.
type Stream struct{ key uint64 }

// NewStream gives the stream of a column of a table.
func NewStream(seed uint64, table, column string) Stream {
	key := mix(seed, 0x9e3779b97f4a7c15)
	for _, name := range [...]string{table, column} {
		// The length is mixed in so that ("ab", "c") and ("a", "bc") differ.
		key = mix(key^hash(name), 0xd1342543de82ef95^uint64(len(name)))
	}
	return Stream{key}
}

// Sub gives a stream of the same column that is independent of s: of an array's elements, say.
func (s Stream) Sub(name string) Stream {
	return Stream{mix(s.key^hash(name), 0x2545f4914f6cdd1d^uint64(len(name)))}
}

// At gives the random numbers of a row.
func (s Stream) At(row uint64) Source {
	return Source{mix(s.key^0xa0761d6478bd642f, row^0xe7037ed1a0b428db)}
}

// Key is the stream's key, for what needs one number per column: a permutation, say.
func (s Stream) Key() uint64 { return s.key }

// Source is a short run of random numbers that belong to one row. It is a value: passing it on passes the same run on.
type Source struct{ state uint64 }

// NewSource gives the run that belongs to a number.
func NewSource(number uint64) Source { return Source{mix(number, 0x9e3779b97f4a7c15)} }

// Uint64 gives the next 64 random bits. It is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, 2014).
func (s *Source) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Split gives a run that is independent of what s gives next: for the parts of a composite value.
func (s *Source) Split() Source { return Source{s.Uint64()} }

// Below gives a number from 0 to n-1 (multiply and shift: the bias is at most n/2^64). Below(0) is 0.
func (s *Source) Below(n uint64) uint64 {
	high, _ := bits.Mul64(s.Uint64(), n)
	return high
}

// Intn gives a number from 0 to n-1; n must be positive.
func (s *Source) Intn(n int) int { return int(s.Below(uint64(n))) }

// Between gives a number from low to high, both inclusive.
func (s *Source) Between(low, high int64) int64 {
	width := uint64(high) - uint64(low) + 1
	if width == 0 { // all of int64
		return int64(s.Uint64())
	}
	return low + int64(s.Below(width))
}

// Float64 gives a number in [0, 1) with 53 random bits.
func (s *Source) Float64() float64 { return float64(s.Uint64()>>11) / (1 << 53) }

// Chance is true with probability p.
func (s *Source) Chance(p float64) bool { return s.Float64() < p }

// Normal gives a number of a standard normal distribution cut off at ±3.46: the sum of twelve uniform numbers of ten
// bits each (Irwin and Hall), which is near enough for made-up data and takes no logarithm.
func (s *Source) Normal() float64 { return normal(s.normal()) }

// normals is how many numbers Normal gives, normal which one, and (*Source).normal the number of one of them by chance.
const normals = 12*1023 + 1

func normal(number uint64) float64 { return (float64(number)+6)/1024 - 6 }

func (s *Source) normal() uint64 {
	sum := uint64(0)
	for range 2 {
		z := s.Uint64()
		for range 6 {
			sum += z & 1023
			z >>= 10
		}
	}
	return sum
}

// LogNormal is a distribution of numbers whose logarithm is normal, with a median of 1. It is safe for concurrent use.
type LogNormal struct {
	numbers [normals]float64 // there are so few that none has to be computed twice
}

// logNormals keeps the distributions that were asked for, by sigma: each is a function of it alone.
var logNormals sync.Map

// NewLogNormal gives the distribution whose logarithm has the standard deviation sigma.
func NewLogNormal(sigma float64) *LogNormal {
	if known, ok := logNormals.Load(sigma); ok {
		return known.(*LogNormal)
	}
	l := &LogNormal{}
	for i := range l.numbers {
		l.numbers[i] = math.Exp(sigma * normal(uint64(i)))
	}
	known, _ := logNormals.LoadOrStore(sigma, l)
	return known.(*LogNormal)
}

// Draw gives one of the numbers by chance.
func (l *LogNormal) Draw(s *Source) float64 { return l.numbers[s.normal()] }

// Zipf gives a number from 0 to n-1 of which small ones come more often: k about as often as 1/(k+1). Zipf(0) is 0.
// It inverts the integral of 1/x, which is exact enough for every n and needs no table.
func (s *Source) Zipf(n uint64) uint64 {
	if n < 2 {
		return 0
	}
	k := uint64(math.Exp(s.Float64()*math.Log(float64(n)+1))) - 1
	return min(k, n-1)
}

// hash is FNV-1a.
func hash(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}

// mix is the wyhash mixer: the folded product of two words.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^0x2d358dccaa6c78a5, b^0x8bb84b93962eacc9)
	return high ^ low
}
