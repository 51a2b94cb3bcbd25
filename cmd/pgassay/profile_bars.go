package main

import (
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pgassay/pgassay/profile"
)

// captureBars shows a bar for every profile that is being recorded, if somebody watches.
type captureBars struct {
	all     *mpb.Progress // nil if nobody does
	seconds int
	mu      sync.Mutex
	bars    map[[2]string]*captureBar
	ticks   sync.WaitGroup
}

type captureBar struct {
	bar  *mpb.Bar
	done chan struct{}
}

func (p *program) captureBars(seconds int) *captureBars {
	b := &captureBars{seconds: seconds, bars: map[[2]string]*captureBar{}}
	if _, ok := terminal(p.stderr); ok {
		b.all = mpb.New(mpb.WithOutput(p.stderr), mpb.WithWidth(40))
	}
	return b
}

// tell is the Progress of a capture.
func (b *captureBars) tell(at profile.Progress) {
	if b.all == nil || at.Type != profile.CPU && at.Type != profile.Trace {
		return // a snapshot takes no time
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := [2]string{at.Target, string(at.Type)}
	if one := b.bars[key]; at.Done && one != nil {
		close(one.done)
		return
	}
	one := &captureBar{done: make(chan struct{})}
	one.bar = b.all.AddBar(int64(b.seconds)*10,
		mpb.PrependDecorators(decor.Name(at.Target+" "+string(at.Type), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace)))
	b.bars[key] = one
	b.ticks.Go(func() { one.run(int64(b.seconds) * 10) })
}

// run moves a bar with the time until the profile is there.
func (b *captureBar) run(tenths int64) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for n := int64(0); ; {
		select {
		case <-b.done:
			b.bar.SetCurrent(tenths) // that ends it
			return
		case <-ticker.C:
			if n++; n < tenths { // the answer itself takes a moment longer
				b.bar.Increment()
			}
		}
	}
}

func (b *captureBars) wait() {
	b.ticks.Wait()
	if b.all != nil {
		b.all.Wait()
	}
}
