package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"

	pprof "github.com/google/pprof/profile"
)

// RunOptions say how a command is run. The zero value runs it without input and drops its output.
type RunOptions struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// RunResult is a command's CPU profile and how the command ended.
type RunResult struct {
	Profile *Profile
	Err     error // of the command, such as *exec.ExitError
	Lost    int64 // samples that came faster than they were read
}

// Run runs a command under a sampling profiler and returns the CPU profile of it and of all that it starts. The kernel
// samples (Linux's perf events), so that the command need know nothing of it: any program will do, though stacks are
// whole only for programs that keep frame pointers, as Go's do, and names are there only for Go programs and for those
// with a symbol table. Functions that the compiler inlined count for those that they were inlined into.
//
// When ctx ends, the command is asked to end, and killed if it doesn't within five seconds.
func Run(ctx context.Context, command []string, opts RunOptions) (*RunResult, error) {
	if len(command) == 0 {
		return nil, errors.New("profile a command: there is none")
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = opts.Stdin, opts.Stdout, opts.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if cmd.Err != nil {
		return nil, fmt.Errorf("profile a command: %w", cmd.Err)
	}
	started := time.Now()
	samples, err := sampleCommand(cmd)
	if err != nil {
		return nil, fmt.Errorf("profile a command: %w", err)
	}
	p := samples.build()
	p.TimeNanos, p.DurationNanos = started.UnixNano(), time.Since(started).Nanoseconds()
	return &RunResult{Profile: fromProto(p, cmp.Or(cmd.String(), command[0]), CPU), Err: samples.err, Lost: samples.lost}, nil
}

// samplePeriod is the CPU time between two samples: that of Go's own profiler.
const samplePeriod = 10 * time.Millisecond

// recorded is what was sampled of a command.
type recorded struct {
	stacks map[string]*recordedStack // by process name and addresses
	err    error                     // of the command
	lost   int64
}

// recordedStack is a stack with its count. Frames come innermost first.
type recordedStack struct {
	process string
	frames  []codePoint
	count   int64
}

// A codePoint is an address in a binary.
type codePoint struct {
	object  *object // nil if the address is in none
	address uint64  // within it, as its symbol table has it
}

// build makes a profile.
func (r *recorded) build() *pprof.Profile {
	p := &pprof.Profile{
		SampleType: []*pprof.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &pprof.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: samplePeriod.Nanoseconds(),
	}
	mappings := map[*object]*pprof.Mapping{}
	locations := map[codePoint]*pprof.Location{}
	functions := map[pprof.Function]*pprof.Function{}
	locate := func(at codePoint) *pprof.Location {
		if l := locations[at]; l != nil {
			return l
		}
		l := &pprof.Location{ID: uint64(len(p.Location) + 1), Address: at.address}
		locations[at] = l
		p.Location = append(p.Location, l)
		if at.object == nil {
			return l
		}
		m := mappings[at.object]
		if m == nil {
			m = &pprof.Mapping{ID: uint64(len(p.Mapping) + 1), Limit: 1 << 63, File: at.object.name, HasFunctions: true}
			mappings[at.object] = m
			p.Mapping = append(p.Mapping, m)
		}
		l.Mapping = m
		name, file, line := at.object.symbol(at.address)
		if name == "" {
			return l
		}
		key := pprof.Function{Name: name, SystemName: name, Filename: file}
		fn := functions[key]
		if fn == nil {
			fn = &pprof.Function{ID: uint64(len(p.Function) + 1), Name: name, SystemName: name, Filename: file}
			functions[key] = fn
			p.Function = append(p.Function, fn)
		}
		l.Line = []pprof.Line{{Function: fn, Line: line}}
		return l
	}
	for _, s := range r.stacks {
		sample := &pprof.Sample{Value: []int64{s.count, s.count * p.Period}, Label: map[string][]string{"process": {s.process}}}
		for _, at := range s.frames {
			sample.Location = append(sample.Location, locate(at))
		}
		p.Sample = append(p.Sample, sample)
	}
	prepare(p)
	return p
}
