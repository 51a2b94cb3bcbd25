package profile

import (
	"fmt"
	"math"
	"time"

	"github.com/pgassay/pgassay/internal/stats"
	"github.com/pgassay/pgassay/internal/units"
)

// Trend is the verdict on a series of measurements.
type Trend string

// The verdicts.
const (
	Grows   Trend = "grows"   // it rises all along, and still does at the end
	Step    Trend = "step"    // it rose once or twice and stayed
	Plateau Trend = "plateau" // it stays, goes up and down, or rose less and less and has all but stopped
	TooFew  Trend = "too few" // too few snapshots to say
)

// minSnapshots is what a verdict needs: of five values in a row that have no trend, one series in 120 rises all along.
const minSnapshots = 5

// A series is a quantity over time.
type series struct {
	times  []time.Time
	values []float64
}

// judgement is a verdict with its reason.
type judgement struct {
	trend     Trend
	reason    string
	perSecond float64 // Theil–Sen slope
	growth    float64 // from the first value to the last
	p         float64 // the probability of rising so steadily by chance
	steadied  float64 // how many intervals the growth is spread over, in effect
	tail      float64 // the rate of growth in the last third of the series over that of the whole
	half      float64 // the same of its second half
	slows     float64 // the slope of the second half over that of the first; 1 if the first has none
}

// judge tells whether a series grows. Noise is the standard deviation that a value has by being estimated from samples;
// a growth below three times that, or below minimum, is none.
//
// A series grows only if all of this holds: it rises more steadily than one series without trend in a hundred does
// (Mann–Kendall, which copes with a saw's teeth), the growth is spread over several intervals instead of one or two jumps,
// and it goes on: a cache that fills is slower in its second half and slower still in its last third. The bounds on that
// were chosen so that of 600 modelled leaks none and of as many caches one in a hundred is taken for the other; see the tests.
func judge(s series, minimum, noise float64, show func(float64) string) judgement {
	n := len(s.values)
	if n < minSnapshots {
		return judgement{trend: TooFew, reason: fmt.Sprintf("%d snapshots; a verdict needs %d", n, minSnapshots)}
	}
	var j judgement
	first, last := s.values[0], s.values[n-1]
	j.growth = last - first
	_, j.p = stats.MannKendall(s.values)
	seconds := make([]float64, n)
	for i, at := range s.times {
		seconds[i] = at.Sub(s.times[0]).Seconds()
	}
	if !(seconds[n-1] > 0) { // profiles that don't say when they were taken: one a second
		seconds = numbered(n)
	}
	j.perSecond = stats.TheilSen(seconds, s.values)
	j.steadied = spread(s.values)
	// What grows by the request instead of by the second, or was looked at when the machine had time, is uneven in one
	// measure and even in the other.
	for _, at := range [][]float64{seconds, numbered(n)} {
		j.tail = max(j.tail, tailRate(at, s.values, max(2, (n-1)/3)))
		j.half = max(j.half, tailRate(at, s.values, (n-1)/2))
		j.slows = max(j.slows, slowing(at, s.values))
	}
	threshold := max(minimum, 3*noise)
	span := units.Duration(time.Duration(seconds[n-1] * float64(time.Second)))
	switch {
	case j.growth < threshold:
		j.trend = Plateau
		j.reason = fmt.Sprintf("%s at first, %s at last; a change below %s says nothing", show(first), show(last), show(threshold))
	case j.steadied < 1.5, j.steadied < 2.5 && settled(s.values, threshold):
		j.trend = Step
		j.reason = fmt.Sprintf("nearly all of the %s came in %.0f of %d intervals", show(j.growth), math.Max(1, math.Round(j.steadied)), n-1)
	case j.p > 0.01:
		j.trend = Plateau
		j.reason = fmt.Sprintf("it goes up and down: of series without a trend, %s rise as steadily", units.Percent(j.p))
	case j.tail < 0.4, j.half < 0.7, j.slows < 0.55:
		j.trend = Plateau
		j.reason = fmt.Sprintf("it rose by %s, but less and less: at the end at %s of its mean rate; if that goes on, more snapshots will tell",
			show(j.growth), units.Percent(math.Max(0, min(j.tail, j.half))))
	case j.steadied < 2.5:
		j.trend = Step
		j.reason = fmt.Sprintf("nearly all of the %s came in %.0f of %d intervals", show(j.growth), math.Max(1, math.Round(j.steadied)), n-1)
	default:
		j.trend = Grows
		course := fmt.Sprintf("from %s to %s", show(first), show(last))
		if show(first) == show(last) {
			course = fmt.Sprintf("by %s from %s", show(j.growth), show(first))
		}
		j.reason = fmt.Sprintf("%s in %s, all along, by %s a minute; by chance a series rises so steadily with probability %.2g",
			course, span, show(60*j.perSecond), j.p)
	}
	return j
}

// spread tells over how many intervals a growth is spread, in effect: n for n equal rises, 1 for a single one. It is the
// inverse Simpson index of the rises.
func spread(values []float64) float64 {
	var sum, squares float64
	for i := 1; i < len(values); i++ {
		rise := max(0, values[i]-values[i-1])
		sum += rise
		squares += rise * rise
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// settled tells whether the last two intervals brought next to nothing, compared with the threshold of growth.
func settled(values []float64, threshold float64) bool {
	n := len(values)
	return values[n-1]-values[n-3] < threshold/2
}

// numbered is 0, 1, 2, … as times.
func numbered(n int) []float64 {
	at := make([]float64, n)
	for i := range at {
		at[i] = float64(i)
	}
	return at
}

// tailRate is the rate of growth over the last intervals of a series, over that of the whole.
func tailRate(seconds, values []float64, intervals int) float64 {
	n := len(values)
	from := n - 1 - intervals
	whole := (values[n-1] - values[0]) / (seconds[n-1] - seconds[0])
	tail := (values[n-1] - values[from]) / (seconds[n-1] - seconds[from])
	return tail / whole
}

// slowing is the Theil–Sen slope of a series's second half over that of its first: single values move it less than they
// move a rate from end to end.
func slowing(seconds, values []float64) float64 {
	n := len(values)
	half := (n - 1) / 2
	first := stats.TheilSen(seconds[:half+1], values[:half+1])
	if first <= 0 {
		return 1
	}
	return stats.TheilSen(seconds[n-1-half:], values[n-1-half:]) / first
}
