package allocation

import (
	"fmt"

	"github.com/pgassay/pgassay/seed/permutation"
)

// Range is how many children each parent has: a number from Low to High, by itself. The zero value gives none any.
type Range struct {
	Low, High uint64
	// Spread says how often the numbers between come up.
	Spread Spread
}

// Spread is a distribution of numbers of children.
type Spread uint8

// The spreads.
const (
	Even Spread = iota // each number as often
	Zipf               // Low most often, k more than that about as often as 1/(k+1)
	Bell               // those in the middle most often, the ends at three standard deviations
)

// String writes the range as people do: 3, 1 to 5.
func (r Range) String() string {
	if r.Low == r.High {
		return fmt.Sprint(r.Low)
	}
	return fmt.Sprintf("%d to %d", r.Low, r.High)
}

// maxSteps is how many different numbers of children a range is cut into. Between them the numbers are shared out evenly.
const maxSteps = 1000

// Total is the number of children that m parents have.
func (r Range) Total(m uint64) uint64 {
	_, starts := r.curve(m)
	return starts[len(starts)-1]
}

// curve gives the knots of the cumulative distribution over the parents, those with the most children first.
func (r Range) curve(m uint64) (ranks, starts []uint64) {
	ranks, starts = []uint64{0}, []uint64{0}
	steps := min(r.High-r.Low, maxSteps-1) + 1
	total := 0.0
	for i := range steps {
		total += r.weight(i, steps)
	}
	sum, parents, children := 0.0, uint64(0), uint64(0)
	for i := steps; i > 0; i-- {
		sum += r.weight(i-1, steps)
		upTo := min(m, uint64(float64(float64(m)*(sum/total))+0.5))
		if i == 1 {
			upTo = m
		}
		if upTo == parents {
			continue
		}
		each := r.Low
		if steps > 1 {
			each += muldiv(i-1, r.High-r.Low, steps-1)
		}
		if more := Product(upTo-parents, each); children > ^uint64(0)-more {
			children = ^uint64(0)
		} else {
			children += more
		}
		parents = upTo
		ranks, starts = append(ranks, parents), append(starts, children)
	}
	return ranks, starts
}

// weight is how often the number at a step comes up, relative to the others.
func (r Range) weight(step, steps uint64) float64 {
	switch r.Spread {
	case Zipf:
		return 1 / float64(step+1)
	case Bell:
		if steps == 1 {
			return 1
		}
		z := float64(6*float64(step)/float64(steps-1)) - 3
		return exponential(float64(-z * z / 2))
	}
	return 1
}

// NewRange gives each of m parents a number of children of its own, and makes n of them: r.Total(m), or fewer, which are
// then missing from the parents with the fewest. key fixes who gets whom, popularity who gets many, as for New.
func NewRange(n, m uint64, r Range, key, popularity uint64) *Allocation {
	a := &Allocation{children: permutation.New(n, key), parents: permutation.New(m, popularity)}
	a.ranks, a.starts = r.curve(m)
	for i := range a.starts {
		a.starts[i] = min(a.starts[i], n)
	}
	a.near, a.shift = directory(a.starts)
	return a
}
