// Package profile tells what a service's CPU and memory went to. It captures profiles from running services, summarises
// them, compares them, judges whether memory grows, and draws them.
//
// It reads everything that github.com/google/pprof reads: the protocol buffers of Go and of other languages' profilers,
// compressed or not, and the older text formats. Where the pprof tool gives a number too, the two are equal.
package profile

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	pprof "github.com/google/pprof/profile"
)

// Profile is one profile and what is known of where it came from. It is made by Read, Open or Capture, is not changed
// afterwards, and may be used by several goroutines.
type Profile struct {
	Source string // the file, or the URL without what it may hold of credentials
	Type   Type
	Labels map[string]string // of the target that it was captured from; may be nil

	flat     *flat
	load     func() (*pprof.Profile, error) // reads it anew, for what changes or writes profiles
	whole    *flat                          // what it was filtered from, or nil
	recorded time.Duration                  // of merged profiles: the sum of their durations
	taken    time.Time                      // when it was captured; zero if it was read from a file
}

// Type is a kind of profile, named as in a Go service's /debug/pprof.
type Type string

// The types that a Go service offers. Profiles of other origin may have others, named after what they count.
const (
	CPU          Type = "cpu"
	Heap         Type = "heap"
	Allocs       Type = "allocs"
	Goroutine    Type = "goroutine"
	Mutex        Type = "mutex"
	Block        Type = "block"
	ThreadCreate Type = "threadcreate"
	Trace        Type = "trace" // an execution trace: captured, but not read by this package
)

// types are those that Capture knows a path for.
var types = []Type{CPU, Heap, Allocs, Goroutine, Mutex, Block, ThreadCreate, Trace}

// ParseType reads a type's name.
func ParseType(s string) (Type, error) {
	if slices.Contains(types, Type(s)) {
		return Type(s), nil
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return "", fmt.Errorf("unknown profile type %q: use one of %s", s, strings.Join(names, ", "))
}

// Duration is how long the profile was recorded, or zero for a snapshot such as a heap profile.
func (p *Profile) Duration() time.Duration { return time.Duration(p.flat.duration) }

// recordedTime is how long the profilers ran, counted for each of merged profiles.
func (p *Profile) recordedTime() time.Duration {
	if p.recorded > 0 {
		return p.recorded
	}
	return p.Duration()
}

// Time is when the recording began, or zero if that isn't known.
func (p *Profile) Time() time.Time {
	if p.flat.time == 0 {
		return p.taken
	}
	return time.Unix(0, p.flat.time)
}

// BuildID identifies the program that was profiled, or is empty if the profile doesn't say.
func (p *Profile) BuildID() string {
	if len(p.flat.mappings) == 0 {
		return ""
	}
	return p.flat.mappings[0].buildID
}

// unfiltered is the profile that shares are of.
func (p *Profile) unfiltered() *flat {
	if p.whole != nil {
		return p.whole
	}
	return p.flat
}

// Samples is the number of distinct stacks.
func (p *Profile) Samples() int { return p.flat.samples() }

// kind tells a profile's type by what it counts.
func (f *flat) kind() Type {
	has := func(name string) bool { return slices.Contains(f.typeNames(), name) }
	switch {
	case has("cpu"), f.periodType.kind == "cpu" && has("samples"):
		return CPU
	case has("inuse_space"):
		if f.defaultType == "alloc_space" {
			return Allocs
		}
		return Heap
	case has("contentions"):
		return Block // the mutex profile counts the same; only its address tells them apart
	case has("goroutine"), has("goroutines"):
		return Goroutine
	case has("threadcreate"):
		return ThreadCreate
	case len(f.types) > 0:
		return Type(f.types[len(f.types)-1].kind)
	}
	return ""
}

// sampleType is what is counted if nothing else is asked for: the profile's own default, but of what is known to be a profile of
// allocations, those. Go's own deltas of them don't say so.
func (p *Profile) sampleType(asked string) string {
	if asked == "" && p.Type == Allocs && p.flat.defaultType == "" && slices.Contains(p.flat.typeNames(), "alloc_space") {
		return "alloc_space"
	}
	return asked
}

// Write writes the profile as compressed protocol buffers, which every tool for profiles reads.
func (p *Profile) Write(w io.Writer) error {
	decoded, err := p.load()
	if err != nil {
		return err
	}
	if err := decoded.Write(w); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}
