package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed"
)

// bars shows what a run of seed does: a bar per table on a terminal, nothing elsewhere.
type bars struct {
	progress *mpb.Progress // nil: not a terminal
	tables   map[string]*tableBar
	step     *mpb.Bar
	text     string
}

type tableBar struct {
	bar   *mpb.Bar
	start time.Time
	rows  uint64
	bytes int64
}

func newBars(w io.Writer) *bars {
	width, ok := terminal(w)
	if !ok {
		return &bars{}
	}
	return &bars{
		progress: mpb.New(mpb.WithOutput(w), mpb.WithWidth(min(width, 100)), mpb.WithRefreshRate(150*time.Millisecond)),
		tables:   map[string]*tableBar{},
	}
}

// event is a seed.Options.Progress.
func (b *bars) event(e seed.Event) {
	if b.progress == nil {
		return
	}
	switch e.Kind {
	case seed.Started:
		b.table(e)
	case seed.Loaded:
		t := b.tables[e.Table]
		t.rows += e.Rows
		t.bytes += e.Bytes
		t.bar.SetCurrent(int64(t.rows))
	case seed.Finished:
		b.tables[e.Table].bar.SetTotal(-1, true)
	case seed.Step:
		b.say(e.Text)
	}
}

// table adds a bar: name, bar, rows, rows/s, MB/s, time left.
func (b *bars) table(e seed.Event) {
	t := &tableBar{start: time.Now()}
	b.tables[e.Table] = t
	rates := func(s decor.Statistics) string {
		elapsed := time.Since(t.start).Seconds()
		return fmt.Sprintf(" %s of %s rows, %s, %s/s", units.Count(s.Current), units.Count(s.Total),
			units.Rate(float64(s.Current)/elapsed), units.Bytes(int64(float64(t.bytes)/elapsed)))
	}
	t.bar = b.progress.AddBar(int64(e.Rows),
		mpb.PrependDecorators(decor.Name(e.Table, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(rates), decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 6}), " done")),
	)
}

// say shows what is being done besides loading, in the last line.
func (b *bars) say(text string) {
	b.text = text
	if b.step == nil {
		b.step = b.progress.New(0, mpb.NopStyle(), mpb.BarPriority(1<<20),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return b.text })), mpb.BarRemoveOnComplete())
	}
}

// close leaves the bars as they are and waits until they are drawn.
func (b *bars) close() {
	if b.progress == nil {
		return
	}
	if b.step != nil {
		b.step.Abort(true)
	}
	for _, t := range b.tables {
		if !t.bar.Completed() {
			t.bar.Abort(false)
		}
	}
	b.progress.Wait()
}
