package allocation

import (
	"fmt"
	"math"
	"testing"
)

// TestShares holds every child and every parent of small allocations against the definition: each child has one parent,
// each parent's ordinals run from 0 to its count, and the way back leads back.
func TestShares(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{1, 2, 10, 999, 5000} {
		for _, m := range []uint64{1, 2, 3, 64, 100, 1000, 7000} {
			for _, shape := range []Shape{{}, {Exponent: 0.7}, {Exponent: 1}, {Exponent: 1.5}, {Exponent: 1, Max: n/m + 1}, {Max: (n + m - 1) / m}} {
				t.Run(fmt.Sprintf("%d children %d parents %+v", n, m, shape), func(t *testing.T) {
					t.Parallel()
					check(t, New(n, m, shape, 1, 2), n, m, shape)
				})
			}
		}
	}
}

func check(t *testing.T, a *Allocation, n, m uint64, shape Shape) {
	t.Helper()
	type place struct{ parent, ordinal uint64 }
	seen := map[place]bool{}
	counts := make([]uint64, m)
	for child := range n {
		parent, ordinal := a.At(child)
		if parent >= m || seen[place{parent, ordinal}] {
			t.Fatalf("child %d: place %d of parent %d is taken or outside", child, ordinal, parent)
		}
		seen[place{parent, ordinal}] = true
		counts[parent]++
		if back := a.Child(parent, ordinal); back != child {
			t.Fatalf("Child(At(%d)) = %d", child, back)
		}
	}
	with := uint64(0)
	for parent, count := range counts {
		if got := a.Count(uint64(parent)); got != count {
			t.Fatalf("Count(%d) = %d, has %d children", parent, got, count)
		}
		for ordinal := range count {
			if !seen[place{uint64(parent), ordinal}] {
				t.Fatalf("parent %d lacks ordinal %d of %d", parent, ordinal, count)
			}
		}
		if count > 0 {
			with++
		}
		if shape.Max > 0 && count > shape.Max {
			t.Fatalf("parent %d has %d children, at most %d allowed", parent, count, shape.Max)
		}
		if even := (n + m - 1) / m; shape.Exponent == 0 && count > even {
			t.Fatalf("parent %d has %d children of an even share of %d", parent, count, even)
		}
	}
	if with > a.WithChildren() || shape.Exponent > 0 && m < n && a.WithChildren() > m {
		t.Fatalf("WithChildren = %d, counted %d", a.WithChildren(), with)
	}
}

// TestZipf: the logarithm of a parent's share falls as the logarithm of its rank rises, with the slope asked for.
func TestZipf(t *testing.T) {
	t.Parallel()
	for _, s := range []float64{0.5, 1, 1.3} {
		a := New(10_000_000, 100_000, Shape{Exponent: s}, 3, 4)
		share := func(rank uint64) float64 { return float64(a.Count(a.Ranked(rank))) }
		slope := math.Log(share(1000)/share(10)) / math.Log(1001.0/11)
		if math.Abs(slope+s) > 0.05 {
			t.Errorf("exponent %g: shares fall with slope %.3f", s, slope)
		}
	}
}

func TestFloats(t *testing.T) {
	t.Parallel()
	for x := 1e-3; x < 1e15; x *= 1.7 {
		if got, want := logarithm(x), math.Log(x); math.Abs(got-want) > 1e-14*math.Max(1, math.Abs(want)) {
			t.Errorf("logarithm(%g) = %g, want %g", x, got, want)
		}
		for _, y := range []float64{math.Log(x), -math.Log(x)} {
			if got, want := exponential(y), math.Exp(y); math.Abs(got/want-1) > 1e-13 {
				t.Errorf("exponential(%g) = %g, want %g", y, got, want)
			}
		}
	}
}

func FuzzAllocation(f *testing.F) {
	f.Add(uint64(1000), uint64(10), uint64(10), uint64(0), uint64(3))
	f.Add(uint64(1)<<62, uint64(1)<<40, uint64(7), uint64(1)<<23, uint64(1)<<61)
	f.Fuzz(func(t *testing.T, n, m, tenths, most, child uint64) {
		if n == 0 || m == 0 || n > 1<<63 || m > 1<<50 || tenths > 20 {
			t.Skip()
		}
		if most > 0 && Product(m, most) < n {
			t.Skip()
		}
		shape := Shape{Exponent: float64(tenths) / 10, Max: most}
		a := New(n, m, shape, 5, 6)
		child %= n
		parent, ordinal := a.At(child)
		if parent >= m || a.Parent(child) != parent || ordinal >= a.Count(parent) || a.Child(parent, ordinal) != child || most > 0 && a.Count(parent) > most {
			t.Fatalf("%d of %d among %d %+v: parent %d, ordinal %d of %d, back %d", child, n, m, shape, parent, ordinal, a.Count(parent), a.Child(parent, ordinal))
		}
	})
}

func BenchmarkAt(b *testing.B) {
	a := New(1_000_000, 200_000, Shape{Exponent: 1}, 1, 2)
	b.ReportAllocs()
	var sum uint64
	for i := uint64(0); b.Loop(); i++ {
		parent, _ := a.At(i % 1_000_000)
		sum += parent
	}
	_ = sum
}
