package main

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8"

	"github.com/pgassay/pgassay/profile"
)

// TestCaptureBarsEnd: the bars end when the captures do, early, late or with an error.
func TestCaptureBarsEnd(t *testing.T) {
	t.Parallel()
	b := &captureBars{all: mpb.New(mpb.WithOutput(io.Discard), mpb.WithAutoRefresh()), seconds: 3600, bars: map[[2]string]*captureBar{}}
	for _, kind := range []profile.Type{profile.CPU, profile.Trace, profile.Heap, profile.CPU} { // the last is another round
		b.tell(profile.Progress{Target: "a", Type: kind})
		b.tell(profile.Progress{Target: "a", Type: kind, Done: true, Err: errors.New("down")})
	}
	ended := make(chan struct{})
	go func() { b.wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the bars are still there")
	}
}
