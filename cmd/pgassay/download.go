package main

import (
	"fmt"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// downloadProgress shows how far a download of PostgreSQL is: a bar on a terminal, one line elsewhere. What comes back
// is to be called when the download is over; it does nothing if there was none.
func (p *program) downloadProgress() (progress func(done, total int64), over func()) {
	if _, ok := terminal(p.stderr); !ok {
		said := false
		return func(_, _ int64) {
			if !said {
				fmt.Fprintln(p.stderr, "pgassay: no PostgreSQL on this machine: downloading one")
				said = true
			}
		}, func() {}
	}
	var bars *mpb.Progress
	var bar *mpb.Bar
	progress = func(done, total int64) {
		if bar == nil {
			bars = mpb.New(mpb.WithOutput(p.stderr), mpb.WithWidth(40))
			bar = bars.AddBar(max(total, 0),
				mpb.PrependDecorators(decor.Name("downloading PostgreSQL")),
				mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f ", decor.WC{}), decor.AverageETA(decor.ET_STYLE_GO)))
		}
		bar.SetCurrent(done)
	}
	over = func() {
		if bar != nil {
			bar.Abort(false) // leaves the bar as it is; does nothing if it is complete
			bars.Wait()
		}
	}
	return progress, over
}
