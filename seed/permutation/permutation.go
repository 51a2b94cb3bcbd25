// Package permutation shuffles the numbers from 0 to n-1 without a table: a bijection that is computed at each number.
// It is what makes unique values unique without a memory of those that were given.
package permutation

import "math/bits"

// Permutation is a bijection of [0, n). The zero value is the permutation of nothing.
type Permutation struct {
	n           uint64
	low         uint   // bits of the lower part of the Feistel network
	left, right uint64 // masks of the upper part, which has as many bits or one less, and of the lower one
	keys        [rounds]uint64
}

// Four rounds of a Feistel network with random round functions are a pseudorandom permutation (Luby and Rackoff, 1988).
const rounds = 4

// New gives the permutation of [0, n) that belongs to a key.
func New(n, key uint64) Permutation {
	all := uint(1)
	if n > 2 {
		all = uint(bits.Len64(n - 1))
	}
	p := Permutation{n: n, low: (all + 1) / 2}
	p.left, p.right = 1<<(all-p.low)-1, 1<<p.low-1
	for i := range p.keys {
		key += 0x9e3779b97f4a7c15
		p.keys[i] = mix(key)
	}
	return p
}

// Len is n.
func (p *Permutation) Len() uint64 { return p.n }

// At gives the place of i, which must be below Len. The network works on a power of two, so it may lead outside [0, n);
// following it until it comes back inside (cycle walking: Black and Rogaway, 2002) keeps it a bijection. As the network's
// domain is less than two times n, that takes fewer than two steps on average.
func (p *Permutation) At(i uint64) uint64 {
	for {
		left, right := i>>p.low, i&p.right
		left ^= fold(right^p.keys[0]) & p.left
		right ^= fold(left^p.keys[1]) & p.right
		left ^= fold(right^p.keys[2]) & p.left
		right ^= fold(left^p.keys[3]) & p.right
		if i = left<<p.low | right; i < p.n {
			return i
		}
	}
}

// Index is the inverse of At: the i whose place is at.
func (p *Permutation) Index(at uint64) uint64 {
	for {
		left, right := at>>p.low, at&p.right
		right ^= fold(left^p.keys[3]) & p.right
		left ^= fold(right^p.keys[2]) & p.left
		right ^= fold(left^p.keys[1]) & p.right
		left ^= fold(right^p.keys[0]) & p.left
		if at = left<<p.low | right; at < p.n {
			return at
		}
	}
}

// fold is the round function: the folded product of wyhash (Wang Yi, 2019), a third of mix's time.
func fold(z uint64) uint64 {
	high, low := bits.Mul64(z, 0xa0761d6478bd642f)
	return high ^ low
}

// mix is the finaliser of SplitMix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
