// Package allocation shares children out among parents: which of m parents does child i of n belong to, and which of that
// parent's children is it? Both are computed from i, and so is the way back, so that nothing is stored per row and
// constraints that tie several foreign keys together can be met by counting.
package allocation

import (
	"math"
	"math/bits"
	"sort"

	"github.com/pgassay/pgassay/seed/permutation"
)

// Shape says how unequal the parents' shares are.
type Shape struct {
	// Exponent is that of a Zipf distribution over the parents in order of popularity: 0 gives every parent the same
	// number of children (but for rounding), 1 the skew of words in a text or followers in a network.
	Exponent float64
	// Max is the most children that a parent may have; 0 means no limit. It must leave room for all children.
	Max uint64
}

// Allocation shares n children out among m parents. It is a value without state, safe for concurrent use.
type Allocation struct {
	children permutation.Permutation // child -> position; each parent owns a run of positions
	parents  permutation.Permutation // rank by popularity -> parent
	ranks    []uint64                // rank at each knot; the first is 0, the last m
	starts   []uint64                // first position of that rank; the last is n
	shift    uint                    // of a position, for its place in near
	near     []uint16                // the last knot that starts at or before position place<<shift
}

// New shares n children out among m parents, more than none if n is. key fixes who gets whom; popularity fixes who is
// popular: allocations of different tables that share it favour the same parents.
func New(n, m uint64, shape Shape, key, popularity uint64) *Allocation {
	a := &Allocation{children: permutation.New(n, key), parents: permutation.New(m, popularity)}
	a.ranks, a.starts = curve(n, m, shape)
	a.near, a.shift = directory(a.starts)
	return a
}

// directory makes the table that leaves few knots to search for a position: one entry for each of some thousand equal
// parts of the positions, several times the number of knots, and one more.
func directory(starts []uint64) (near []uint16, shift uint) {
	n := starts[len(starts)-1]
	if parts := bits.Len64(n); parts > 12 {
		shift = uint(parts - 12)
	}
	knot := 0
	for place := uint64(0); ; place++ {
		for knot+2 < len(starts) && starts[knot+1] <= place<<shift {
			knot++
		}
		if near = append(near, uint16(knot)); place<<shift >= n {
			return near, shift
		}
	}
}

// Children is n.
func (a *Allocation) Children() uint64 { return a.children.Len() }

// Parents is m.
func (a *Allocation) Parents() uint64 { return a.parents.Len() }

// At gives the parent of a child, and the child's place among that parent's children, counted from 0.
func (a *Allocation) At(child uint64) (parent, ordinal uint64) {
	position := a.children.At(child)
	knot, k := a.find(position)
	start := a.starts[knot] + muldiv(k, a.starts[knot+1]-a.starts[knot], a.ranks[knot+1]-a.ranks[knot])
	return a.parents.At(a.ranks[knot] + k), position - start
}

// Parent gives the parent of a child alone, in less time than At.
func (a *Allocation) Parent(child uint64) uint64 {
	knot, k := a.find(a.children.At(child))
	return a.parents.At(a.ranks[knot] + k)
}

// Count gives the number of children of a parent.
func (a *Allocation) Count(parent uint64) uint64 {
	rank := a.parents.Index(parent)
	return a.start(rank+1) - a.start(rank)
}

// Child is the way back: the child at a place among the parent's children; ordinal must be below Count.
func (a *Allocation) Child(parent, ordinal uint64) uint64 {
	return a.children.Index(a.start(a.parents.Index(parent)) + ordinal)
}

// WithChildren gives the number of parents that have at least one child.
func (a *Allocation) WithChildren() uint64 {
	if a.Children() == 0 {
		return 0
	}
	return uint64(sort.Search(int(a.Parents()), func(rank int) bool { // shares only fall with the rank, but for rounding
		return a.start(uint64(rank)+1) >= a.Children()
	})) + 1
}

// Ranked gives the parent of a rank in popularity, from 0.
func (a *Allocation) Ranked(rank uint64) uint64 { return a.parents.At(rank) }

// start gives the first position of a rank, n for rank m.
func (a *Allocation) start(rank uint64) uint64 {
	i := sort.Search(len(a.ranks), func(i int) bool { return a.ranks[i] > rank }) - 1
	if i == len(a.ranks)-1 {
		return a.starts[i]
	}
	return a.starts[i] + muldiv(rank-a.ranks[i], a.starts[i+1]-a.starts[i], a.ranks[i+1]-a.ranks[i])
}

// find gives the knot before a position, and which of the ranks from there on owns the position.
func (a *Allocation) find(position uint64) (knot int, k uint64) {
	place := position >> a.shift
	low, high := int(a.near[place]), int(a.near[place+1])+1 // the last knot with start <= position is not above high-1
	for high-low > 1 {
		if middle := int(uint(low+high) >> 1); a.starts[middle] <= position {
			low = middle
		} else {
			high = middle
		}
	}
	width, height := a.ranks[low+1]-a.ranks[low], a.starts[low+1]-a.starts[low]
	if width == 1 {
		return low, 0
	}
	// The largest k with floor(k*height/width) <= offset.
	return low, muldivUp(position-a.starts[low]+1, width, height) - 1
}

// curve gives the knots of the cumulative distribution: straight lines between them. The first ranks have a knot each,
// later ones are two hundredths apart, which keeps a line within a fraction of a percent of the curve.
func curve(n, m uint64, shape Shape) (ranks, starts []uint64) {
	if m == 0 || n == 0 {
		return []uint64{0, m}, []uint64{0, n}
	}
	ranks = []uint64{0}
	if shape.Exponent > 0 {
		for next := uint64(1); next < m; next += max(1, next/50) {
			ranks = append(ranks, next)
		}
	}
	ranks = append(ranks, m)
	starts = make([]uint64, len(ranks))
	last := len(ranks) - 1
	starts[last] = n
	total := harmonic(m, shape.Exponent)
	for i := 1; i < last; i++ {
		share := harmonic(ranks[i], shape.Exponent) / total
		starts[i] = min(n, max(starts[i-1], uint64(float64(share*float64(n))+0.5)))
	}
	if shape.Max > 0 {
		limit(ranks, starts, shape.Max)
	}
	return ranks, starts
}

// limit moves what is above most children per parent on to the next parents, and from the end back to the front.
func limit(ranks, starts []uint64, most uint64) {
	last := len(ranks) - 1
	n := starts[last]
	starts[last] = min(n, Product(ranks[last], most))
	for i := 1; i <= last; i++ { // front to back: no segment may be steeper than most
		room := Product(ranks[i]-ranks[i-1], most)
		if starts[i] > starts[i-1]+room && starts[i-1]+room >= starts[i-1] {
			starts[i] = starts[i-1] + room
		}
	}
	starts[last] = min(n, Product(ranks[last], most))
	for i := last; i > 0; i-- { // back to front: what was cut off must still fit
		room := Product(ranks[i]-ranks[i-1], most)
		if starts[i] > room && starts[i-1] < starts[i]-room {
			starts[i-1] = starts[i] - room
		}
	}
}

// Product is a*b, or the largest uint64 if that is larger.
func Product(a, b uint64) uint64 {
	if high, low := bits.Mul64(a, b); high == 0 {
		return low
	}
	return math.MaxUint64
}

// harmonic is the area under (x+1)^-s from 0 to x, a smooth stand-in for the generalised harmonic number.
func harmonic(x uint64, s float64) float64 {
	log := logarithm(float64(x) + 1)
	if s == 1 {
		return log
	}
	return (exponential(float64((1-s)*log)) - 1) / (1 - s)
}

// muldiv is floor(a*b/c) without overflow; a <= c.
func muldiv(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high == 0 {
		return low / c
	}
	quotient, _ := bits.Div64(high, low, c)
	return quotient
}

// muldivUp is ceil(a*b/c) without overflow; a <= c.
func muldivUp(a, b, c uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high == 0 && low < math.MaxUint64-c {
		return (low + c - 1) / c
	}
	quotient, rest := bits.Div64(high, low, c)
	if rest > 0 {
		quotient++
	}
	return quotient
}
