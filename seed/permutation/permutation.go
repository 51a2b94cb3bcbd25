// Package permutation shuffles the numbers from 0 to n-1 without a table: a bijection that is computed at each number.
// It is what makes unique values unique without a memory of those that were given.
package permutation

import "math/bits"

// Permutation is a bijection of [0, n). The zero value is the permutation of nothing.
type Permutation struct {
	n    uint64
	half uint   // bits of each half of the Feistel network
	mask uint64 // of one half
	keys [rounds]uint64
}

// Four rounds of a Feistel network with random round functions are a pseudorandom permutation (Luby and Rackoff, 1988).
const rounds = 4

// New gives the permutation of [0, n) that belongs to a key.
func New(n, key uint64) Permutation {
	half := uint(1)
	if n > 1 {
		half = max(1, uint(bits.Len64(n-1)+1)/2)
	}
	p := Permutation{n: n, half: half, mask: 1<<half - 1}
	for i := range p.keys {
		key += 0x9e3779b97f4a7c15
		p.keys[i] = mix(key)
	}
	return p
}

// Len is n.
func (p *Permutation) Len() uint64 { return p.n }

// At gives the place of i, which must be below Len. The network works on the next even number of bits, so it may lead
// outside [0, n); following it until it comes back inside (cycle walking: Black and Rogaway, 2002) keeps it a bijection.
// As the network's domain is less than four times n, that takes fewer than four steps on average.
func (p *Permutation) At(i uint64) uint64 {
	for {
		left, right := i>>p.half, i&p.mask
		for _, key := range p.keys {
			left, right = right, left^mix(right^key)&p.mask
		}
		if i = left<<p.half | right; i < p.n {
			return i
		}
	}
}

// Index is the inverse of At: the i whose place is at.
func (p *Permutation) Index(at uint64) uint64 {
	for {
		left, right := at>>p.half, at&p.mask
		for round := rounds - 1; round >= 0; round-- {
			left, right = right^mix(left^p.keys[round])&p.mask, left
		}
		if at = left<<p.half | right; at < p.n {
			return at
		}
	}
}

// mix is the finaliser of SplitMix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
