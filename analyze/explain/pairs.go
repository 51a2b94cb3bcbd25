package explain

import (
	"context"
	"math"
	"slices"
	"time"
)

// Outcome says how the second way did against the first.
type Outcome string

// The outcomes.
const (
	Improved  Outcome = "improved"
	Neutral   Outcome = "neutral"
	Regressed Outcome = "regressed"
)

// How runs are compared: a way is better if it was so in six of seven pairs, by a tenth and a tenth of a millisecond.
// A statement that takes seconds is given fewer pairs.
const (
	wantedPairs = 7
	leastPairs  = 3
	neededShare = 6.0 / 7

	mostOfPairs   = 4.0 / 7 // if it takes half the time or reads half the pages
	decidingPages = 100     // saved, and a tenth left: no slower is enough
	neededGain    = 0.1
	neededTime    = 100 * time.Microsecond
	pairingBudget = 20 * time.Second
)

// Pairs is what was measured by running a statement in two ways by turns.
type Pairs struct {
	Outcome                 Outcome
	Runs, Faster            int           // pairs, and those in which the second way was faster
	Before, After           time.Duration // medians
	PagesBefore, PagesAfter float64
	RowsEqual               bool
}

// Compare runs two ways of doing the same by turns and says which is better. Both should have run once, so that caches
// are warm.
func Compare(ctx context.Context, before, after func(context.Context) (Measurement, error)) (Pairs, error) {
	var p Pairs
	var befores, afters []time.Duration
	p.RowsEqual = true
	for start := time.Now(); p.Runs < wantedPairs && (p.Runs < leastPairs || time.Since(start) < pairingBudget); p.Runs++ {
		b, err := before(ctx)
		if err != nil {
			return p, err
		}
		a, err := after(ctx)
		if err != nil {
			return p, err
		}
		befores, afters = append(befores, b.Duration), append(afters, a.Duration)
		p.PagesBefore, p.PagesAfter = b.Pages, a.Pages
		p.RowsEqual = p.RowsEqual && math.Round(b.Rows) == math.Round(a.Rows)
		if a.Duration < b.Duration {
			p.Faster++
		}
	}
	p.Before, p.After = median(befores), median(afters)
	p.judge()
	return p, nil
}

func (p *Pairs) judge() {
	saved := p.Before - p.After
	switch {
	case p.better(saved, p.Faster, p.PagesBefore, p.PagesAfter):
		p.Outcome = Improved
	case p.better(-saved, p.Runs-p.Faster, p.PagesAfter, p.PagesBefore):
		p.Outcome = Regressed
	default:
		p.Outcome = Neutral
	}
}

// better tells whether a way that saved so much, and was faster so many times, is better. On a busy machine a pair or two
// go the other way: then a great difference in time decides, or the pages, which are the same each time.
func (p *Pairs) better(saved time.Duration, times int, pages, otherPages float64) bool {
	longer := float64(max(p.Before, p.After))
	if otherPages <= pages/10 && pages-otherPages >= decidingPages {
		return float64(saved) > -neededGain*longer
	}
	if saved <= neededTime || float64(saved) <= neededGain*longer {
		return false
	}
	share := neededShare
	if otherPages <= pages/2 || float64(saved) >= longer/2 {
		share = mostOfPairs
	}
	return float64(times) >= share*float64(p.Runs)-1e-9
}

func median(d []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(d))[len(d)/2]
}
