package allocation

import (
	"fmt"
	"testing"
)

// TestRange: every parent has as many children as the range allows, all of them together as many as Total says, and every
// number of children comes up.
func TestRange(t *testing.T) {
	t.Parallel()
	for _, m := range []uint64{1, 2, 7, 100, 5000} {
		for _, r := range []Range{{1, 1, Even}, {3, 3, Zipf}, {0, 1, Even}, {1, 5, Even}, {0, 20, Zipf}, {2, 40, Bell}, {0, 3000, Zipf}, {10, 10, Bell}} {
			t.Run(fmt.Sprintf("%d parents with %s", m, r), func(t *testing.T) {
				t.Parallel()
				n := r.Total(m)
				if n == 0 {
					return
				}
				a := NewRange(n, m, r, 1, 2)
				if m*r.High < 300_000 {
					check(t, a, n, m, Shape{Exponent: 1})
				}
				seen := map[uint64]int{}
				for parent := range m {
					count := a.Count(parent)
					if seen[count]++; count < r.Low || count > r.High {
						t.Fatalf("parent %d has %d children", parent, count)
					}
				}
				if values := r.High - r.Low + 1; m >= 5000 && values < 40 && uint64(len(seen)) != values {
					t.Errorf("%d different numbers of children: %v", len(seen), seen)
				}
				if r.Spread == Zipf && m >= 5000 && r.High < 100 && seen[r.Low] <= 2*seen[r.Low+3] && r.High > r.Low {
					t.Errorf("the least number does not come up most often: %v", seen)
				}
				if r.Spread == Bell && m >= 5000 && r.High > r.Low && seen[(r.Low+r.High)/2] <= 10*seen[r.Low] {
					t.Errorf("the middle does not come up most often: %v", seen)
				}
			})
		}
	}
}

// TestRangeCut: fewer children than the parents would have.
func TestRangeCut(t *testing.T) {
	t.Parallel()
	r := Range{Low: 1, High: 5}
	for _, n := range []uint64{1, 3, 50, 299} {
		a := NewRange(n, 100, r, 1, 2)
		check(t, a, n, 100, Shape{Exponent: 1, Max: 5})
	}
}

func FuzzRange(f *testing.F) {
	f.Add(uint64(100), uint64(1), uint64(5), uint64(1), uint64(17))
	f.Add(uint64(1)<<40, uint64(0), uint64(100_000), uint64(2), uint64(1)<<50)
	f.Fuzz(func(t *testing.T, m, low, high, spread, child uint64) {
		if m == 0 || m > 1<<45 || low > high || high > 1<<18 {
			t.Skip()
		}
		r := Range{low, high, Spread(spread % 3)}
		n := r.Total(m)
		if n == 0 {
			t.Skip()
		}
		a := NewRange(n, m, r, 3, 4)
		parent, ordinal := a.At(child % n)
		if parent >= m || ordinal >= a.Count(parent) || a.Count(parent) < low || a.Count(parent) > high || a.Child(parent, ordinal) != child%n {
			t.Fatalf("child %d of %d: parent %d, ordinal %d of %d", child%n, n, parent, ordinal, a.Count(parent))
		}
	})
}
