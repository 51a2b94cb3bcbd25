package profile

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A modelHeap is a heap as a sampling profiler sees it. Bytes live in cohorts that were allocated together; of each, the
// profiler knows the objects that it happened to sample, and it goes on knowing the same ones until they are freed.
type modelHeap struct {
	random    *rand.Rand
	size      float64    // of an object, bytes
	sampled   []int64    // by cohort: objects
	allocated float64    // as estimated, since the start
	kept      *modelHeap // what the same code keeps for ever, or nil
}

const modelRate = 512 << 10

func (h *modelHeap) probability() float64 { return 1 - math.Exp(-h.size/modelRate) }

func (h *modelHeap) allocate(bytes float64) {
	n := poisson(h.random, bytes/h.size*h.probability())
	h.sampled = append(h.sampled, n)
	h.allocated += float64(n) * h.size / h.probability()
}

// free frees every object with a probability.
func (h *modelHeap) free(share float64) {
	for i, n := range h.sampled {
		for range n {
			if h.random.Float64() < share {
				h.sampled[i]--
			}
		}
	}
}

func (h *modelHeap) inUse() float64 {
	var all int64
	for _, n := range h.sampled {
		all += n
	}
	return float64(all) * h.size / h.probability()
}

// A modelLife is what happens to a heap before snapshot i of n.
type modelLife struct {
	name  string
	want  []Trend // any of these is right
	right int     // of a hundred heaps, at the least
	live  func(h *modelHeap, random *rand.Rand) (next func(i, n int))
}

// tunedLives are those that the bounds of judge were chosen on.
var tunedLives = []modelLife{
	{"leak", []Trend{Grows}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((20 + 380*random.Float64()) * (1 << 20))
		rate := (4 + 26*random.Float64()) * (1 << 20)
		return func(int, int) { h.allocate(rate) }
	}},
	{"churn", []Trend{Plateau}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		size, share := (5+195*random.Float64())*(1<<20), 0.2+0.8*random.Float64()
		h.allocate(size)
		return func(int, int) { h.free(share); h.allocate(size * share) }
	}},
	{"cache that fills early", []Trend{Plateau, Step}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		bound := (20 + 180*random.Float64()) * (1 << 20)
		return func(i, n int) {
			fill := max(1, n/3)
			if i < fill {
				h.allocate(bound / float64(fill))
				return
			}
			h.free(0.3)
			h.allocate(0.3 * bound)
		}
	}},
	{"one step", []Trend{Step}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((20 + 80*random.Float64()) * (1 << 20))
		at, size := random.Float64(), (40+160*random.Float64())*(1<<20)
		return func(i, n int) {
			if i == 1+int(at*float64(n-1)) {
				h.allocate(size)
			}
		}
	}},
	{"filled and emptied", []Trend{Plateau, Step}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((5 + 45*random.Float64()) * (1 << 20))
		tooth, rate, phase := 2+random.IntN(2), (10+40*random.Float64())*(1<<20), random.IntN(3)
		return func(i, n int) {
			if (i+phase)%tooth == 0 {
				h.free(1)
			}
			h.allocate(rate)
		}
	}},
	{"idle", []Trend{Plateau}, 98, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((5 + 495*random.Float64()) * (1 << 20))
		return func(int, int) {}
	}},
}

// asideLives are others, which nothing was chosen on.
var asideLives = []modelLife{
	{"leak in fits and starts", []Trend{Grows, Step}, 80, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((20 + 180*random.Float64()) * (1 << 20))
		rate := (10 + 30*random.Float64()) * (1 << 20)
		return func(int, int) { h.allocate(rate * (0.3 + 1.4*random.Float64())) }
	}},
	{"leak among churn", []Trend{Grows}, 60, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		size, rate := (10+50*random.Float64())*(1<<20), (10+20*random.Float64())*(1<<20)
		leaked := &modelHeap{random: random, size: h.size} // the same code keeps some, and frees some
		h.allocate(size)
		h.kept = leaked
		return func(int, int) { h.free(0.5); h.allocate(size / 2); leaked.allocate(rate) }
	}},
	{"bounded table that fills evenly", []Trend{Plateau, Step}, 95, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		bound, until := (30+170*random.Float64())*(1<<20), 0.2+0.3*random.Float64()
		return func(i, n int) {
			if fill := max(1, int(until*float64(n))); i <= fill {
				h.allocate(bound / float64(fill))
			}
		}
	}},
	{"ever fewer new keys", []Trend{Plateau, Step}, 95, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		rate, left := (60+100*random.Float64())*(1<<20), 0.3+0.3*random.Float64()
		return func(i, n int) { h.allocate(rate * math.Pow(left, float64(i-1))) }
	}},
	{"a busy hour", []Trend{Plateau, Step}, 95, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		peak := (50 + 150*random.Float64()) * (1 << 20)
		h.allocate(20 << 20)
		return func(i, n int) {
			h.free(1)
			h.allocate(20<<20 + peak*math.Sin(math.Pi*float64(i)/float64(n-1)))
		}
	}},
	{"two steps", []Trend{Step, Plateau}, 95, func(h *modelHeap, random *rand.Rand) func(i, n int) {
		h.allocate((20 + 80*random.Float64()) * (1 << 20))
		size := (40 + 100*random.Float64()) * (1 << 20)
		return func(i, n int) {
			if i == n/3 || i == 2*n/3 {
				h.allocate(size)
			}
		}
	}},
}

// TestLeakModel judges heaps that lead the lives which the bounds were chosen on.
func TestLeakModel(t *testing.T) {
	t.Parallel()
	judgeLives(t, tunedLives, 2026)
}

// TestLeakAside judges heaps that lead other lives.
func TestLeakAside(t *testing.T) {
	t.Parallel()
	judgeLives(t, asideLives, 1)
}

// judgeLives wants most verdicts to be right, and of a hundred heaps without a leak one at the most to be said to grow.
func judgeLives(t *testing.T, lives []modelLife, seed uint64) {
	t.Helper()
	const heaps = 200
	for kind, life := range lives {
		random := rand.New(rand.NewPCG(seed, uint64(kind)))
		right, overclaimed := 0, 0
		for range heaps {
			s := modelSite(random, life.live)
			got := judge(s.series, 1<<20, s.noise(), showBytes)
			if slices.Contains(life.want, got.trend) {
				right++
			} else {
				t.Logf("%s: %s (%s) %.3g", life.name, got.trend, got.reason, s.values)
			}
			if got.trend == Grows && !slices.Contains(life.want, Grows) {
				overclaimed++
			}
		}
		t.Logf("%s: %d of %d right, %d overclaimed", life.name, right, heaps, overclaimed)
		if right < life.right*heaps/100 || overclaimed > heaps/100 {
			t.Errorf("%s: %d of %d right, %d overclaimed", life.name, right, heaps, overclaimed)
		}
	}
}

func modelSite(random *rand.Rand, life func(*modelHeap, *rand.Rand) func(i, n int)) *allocationSite {
	h := &modelHeap{random: random, size: float64(int(1) << (8 + random.IntN(12)))}
	n := 6 + random.IntN(7)
	next := life(h, random)
	s := &allocationSite{series: every(make([]float64, n)...), rate: modelRate, allocated: make([]float64, n)}
	for i := range n {
		if i > 0 {
			next(i, n)
		}
		s.values[i], s.allocated[i] = h.inUse(), h.allocated
		if h.kept != nil {
			s.values[i] += h.kept.inUse()
			s.allocated[i] += h.kept.allocated
		}
	}
	return s
}
