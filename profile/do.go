package profile

import (
	"bytes"
	"fmt"
	"io"
	rpprof "runtime/pprof"

	"github.com/pgassay/pgassay/internal/report"
)

// Do runs f under the CPU profiler and then writes to w which functions took the time, by cumulative time. It is for a
// look at one function: wrap the call, run the program, read. It returns an error without running f if the process is being
// profiled already. A panic in f passes through after the profiler has stopped.
func Do(w io.Writer, f func()) error {
	p, err := Record(f)
	if err != nil {
		return err
	}
	s, err := Summarize(p, SummaryOptions{Cum: true})
	if err != nil {
		return err
	}
	return report.Render(w, s.Document(), report.TextFormat, report.Options{})
}

// Record runs f under the CPU profiler and returns the profile.
func Record(f func()) (*Profile, error) {
	var content bytes.Buffer
	if err := rpprof.StartCPUProfile(&content); err != nil {
		return nil, fmt.Errorf("profile a function: %w", err)
	}
	func() {
		defer rpprof.StopCPUProfile()
		f()
	}()
	return parse(content.Bytes(), "profile of a function", ReadOptions{})
}
