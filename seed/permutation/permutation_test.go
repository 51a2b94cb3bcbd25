package permutation

import "testing"

// TestBijection holds every small domain, and some beyond a power of two, against the definition of a bijection.
func TestBijection(t *testing.T) {
	t.Parallel()
	sizes := []uint64{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 1023, 1024, 1025, 65537, 100_000}
	for _, n := range sizes {
		p := New(n, n*7919)
		seen := make([]bool, n)
		for i := range n {
			at := p.At(i)
			if at >= n || seen[at] {
				t.Fatalf("n=%d: At(%d) = %d is outside or was given before", n, i, at)
			}
			seen[at] = true
			if back := p.Index(at); back != i {
				t.Fatalf("n=%d: Index(At(%d)) = %d", n, i, back)
			}
		}
	}
}

// TestShuffles: the permutation must not be near the identity, and must depend on the key.
func TestShuffles(t *testing.T) {
	t.Parallel()
	const n = 10_000
	a, b := New(n, 1), New(n, 2)
	fixed, equal, rising := 0, 0, 0
	for i := range uint64(n) {
		if a.At(i) == i {
			fixed++
		}
		if a.At(i) == b.At(i) {
			equal++
		}
		if i > 0 && a.At(i) > a.At(i-1) {
			rising++
		}
	}
	if fixed > 20 || equal > 20 || rising < n*45/100 || rising > n*55/100 {
		t.Errorf("of %d: %d fixed points, %d equal under another key, %d ascents", n, fixed, equal, rising)
	}
}

func FuzzBijection(f *testing.F) {
	f.Add(uint64(10), uint64(3), uint64(4), uint64(5))
	f.Add(uint64(1)<<63+1, uint64(9), uint64(0), uint64(1)<<63)
	f.Fuzz(func(t *testing.T, n, key, i, j uint64) {
		if n == 0 {
			t.Skip()
		}
		i, j = i%n, j%n
		p := New(n, key)
		a, b := p.At(i), p.At(j)
		if a >= n || b >= n || (a == b) != (i == j) || p.Index(a) != i || p.Index(b) != j {
			t.Fatalf("n=%d key=%d: At(%d)=%d, At(%d)=%d", n, key, i, a, j, b)
		}
	})
}

func BenchmarkAt(b *testing.B) {
	p := New(1_000_003, 42)
	b.ReportAllocs()
	var sum uint64
	for i := uint64(0); b.Loop(); i++ {
		sum += p.At(i % p.Len())
	}
	_ = sum
}
