package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgassay/pgassay/profile"
)

// A bench is the service in a process of its own, and the load on it.
type bench struct {
	address string
	client  *http.Client
	work    atomic.Pointer[work]
	done    atomic.Int64 // requests answered
	failed  atomic.Int64
}

// work is what a request asks for.
type work struct{ effort, checks int64 }

// start starts this program once more, as the service.
func start(ctx context.Context) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self, "-serve")
	command.Env = append(os.Environ(), "GOMAXPROCS=2")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	b := &bench{address: strings.TrimSpace(address), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: time.Minute}}
	b.work.Store(&plain)
	return b, nil
}

var words = []string{"red", "wool", "oak", "round", "glass", "dark", "small", "silk"}

// load sends requests at a steady rate until ctx ends, whatever the answers take: the load must not hang on what is measured.
func (b *bench) load(ctx context.Context, perSecond float64) {
	var workers sync.WaitGroup
	due := make(chan int, 64)
	for range 8 {
		workers.Go(func() {
			for n := range due {
				w := b.work.Load()
				_, err := b.get(ctx, fmt.Sprintf("/search?word=%s&effort=%d&checks=%d", words[n%len(words)], w.effort, w.checks))
				if err != nil {
					b.failed.Add(1)
					continue
				}
				b.done.Add(1)
			}
		})
	}
	started := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		time.Sleep(time.Until(started.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))))
		due <- n
	}
	close(due)
	workers.Wait()
}

func (b *bench) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.address+path, nil)
	if err != nil {
		return "", err
	}
	response, err := b.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return string(body), err
}

// A meter is the service's CPU time and the number of requests that it has answered.
type meter struct{ cpu, requests float64 }

func (b *bench) read(ctx context.Context) (meter, error) {
	text, err := b.get(ctx, "/cpu")
	if err != nil {
		return meter{}, fmt.Errorf("read the service's CPU time: %w", err)
	}
	cpu, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return meter{cpu, float64(b.done.Load())}, err
}

// plain is the work before a change.
var plain = work{effort: 600}

// A plant is a change that is planted: more of one kind of work, which one function does.
type plant struct {
	name     string
	function string
	more     func(w work, times float64) work // times is 1 for so much that it is easily measured
}

var plants = []plant{
	{"new", "main.check", func(w work, times float64) work { w.checks = int64(math.Round(20_000 * times)); return w }},
	{"slower", "main.score", func(w work, times float64) work { w.effort += int64(math.Round(float64(w.effort) * times)); return w }},
}

// calibrate finds how much more work takes a share more of CPU time, from the share of the function that does it in profiles
// without it and with it: what a busy machine does to the time of all it does to every function alike.
func (b *bench) calibrate(ctx context.Context, p plant, share float64) (work, error) {
	without, err := b.weight(ctx, p.function, plain)
	if err != nil {
		return work{}, err
	}
	with, err := b.weight(ctx, p.function, p.more(plain, 1))
	if err != nil {
		return work{}, err
	}
	if with <= without {
		return work{}, errors.New("more work takes no more CPU: the machine is too busy to plant a change")
	}
	return p.more(plain, share*(1+without)/(with-without)), nil
}

// weight is the CPU that a function takes in itself, over that of everything else.
func (b *bench) weight(ctx context.Context, function string, w work) (float64, error) {
	b.work.Store(&w)
	captures, err := profile.Capture(ctx, profile.Options{Targets: []string{"http://" + b.address}, Types: []profile.Type{profile.CPU}, Seconds: 15})
	if err = errors.Join(err, captures.Err()); err != nil {
		return 0, err
	}
	summary, err := profile.Summarize(captures[0].Profile, profile.SummaryOptions{})
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(summary.Functions, func(f profile.Function) bool { return f.Name == function })
	if at < 0 {
		return 0, nil
	}
	flat := float64(summary.Functions[at].Flat)
	return flat / (float64(summary.Total) - flat), nil
}
