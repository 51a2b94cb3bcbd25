package profile

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"
)

// Options choose what Capture records, from where, and within which bounds. Targets is the one thing that has no default.
type Options struct {
	Targets []string      // http://host:port, with a path if it is not /debug/pprof; unix:/run/service.sock
	Types   []Type        // empty means CPU and Heap
	Seconds int           // how long to record CPU and Trace; 0 means 10
	Delta   bool          // of the other types too, record what happens within those seconds instead of all since the start
	Timeout time.Duration // how long to wait for an answer beyond the recording; 0 means 15 s

	Header http.Header       // sent with every request
	Bearer string            // a token, sent as Authorization: Bearer
	TLS    *tls.Config       // nil means the system's authorities and no client certificate
	Paths  map[Type]string   // addresses of single types that differ from the target's path
	Labels map[string]string // kept with every profile, in the manifest too

	// TargetLabels are those of single targets.
	TargetLabels map[string]map[string]string
	// AllAddresses makes a target of every address that a target's name resolves to, as for a service whose replicas share
	// a name.
	AllAddresses bool
	// Lookup resolves names for AllAddresses; nil means the system's resolver.
	Lookup func(ctx context.Context, host string) ([]string, error)
	Read   ReadOptions // bounds on each profile's size

	// Progress is told of every profile when its recording starts and when it is done. It may be called from several
	// goroutines at once. Nil means that nobody is told.
	Progress func(Progress)

	whole bool // targets with a path are the address of one profile, whatever its last element
}

// Progress is what became of one profile.
type Progress struct {
	Target string
	Type   Type
	Done   bool
	Err    error
}

func (o Options) withDefaults() Options {
	if len(o.Types) == 0 {
		o.Types = []Type{CPU, Heap}
	}
	if o.Seconds <= 0 {
		o.Seconds = 10
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	o.Read = o.Read.withDefaults()
	return o
}

// Captured is one profile of one target, or the reason why there is none.
type Captured struct {
	Target   string
	Type     Type
	Started  time.Time
	Duration time.Duration // from the request to the end of the answer
	Labels   map[string]string
	Raw      []byte   // as the service sent it
	Profile  *Profile // nil for an execution trace
	Err      error
}

// Captures is what Capture recorded, in the order of the targets, and of the types within a target.
type Captures []Captured

// Profiles returns the profiles of one type.
func (c Captures) Profiles(kind Type) []*Profile {
	var found []*Profile
	for _, one := range c {
		if one.Type == kind && one.Profile != nil {
			found = append(found, one.Profile)
		}
	}
	return found
}

// Err joins the errors of what could not be captured; nil if all was.
func (c Captures) Err() error {
	var all []error
	for _, one := range c {
		all = append(all, one.Err)
	}
	return errors.Join(all...)
}

// Capture records profiles of running services: of all targets at the same time, of each target one type after the
// other, CPU first, so that a heap profile shows the heap at the end of the CPU profile and its garbage collection does not
// fall into it. What one target can't give takes nothing from the others: each Captured has its own error. Capture itself
// fails only if there is nothing to ask for.
func Capture(ctx context.Context, opts Options) (Captures, error) {
	opts = opts.withDefaults()
	if len(opts.Targets) == 0 {
		return nil, errors.New("capture profiles: no target; name a service, such as http://localhost:6060")
	}
	targets, err := opts.targets(ctx)
	if err != nil {
		return nil, fmt.Errorf("capture profiles: %w", err)
	}
	var all Captures
	slots := make([][]int, len(targets)) // of each target, into all
	for i, t := range targets {
		kinds := inOrder(opts.Types)
		if opts.whole && path.Base(t.base.Path) != path.Base(standardPath) {
			t.exact = lastElement[path.Base(t.base.Path)]
			t.single = true
			targets[i] = t
		}
		if t.exact != "" || t.single {
			kinds = []Type{t.exact}
		}
		for _, kind := range kinds {
			slots[i] = append(slots[i], len(all))
			all = append(all, Captured{Target: t.name, Type: kind, Labels: labelled(t, opts.Labels, t.labels)})
		}
	}
	var wait sync.WaitGroup
	for i, t := range targets {
		wait.Go(func() { captureTarget(ctx, t, all, slots[i], opts) })
	}
	wait.Wait()
	return all, nil
}

// captureTarget captures one target's profiles, one after the other. Deltas are recorded while the first is.
func captureTarget(ctx context.Context, t target, all Captures, slots []int, opts Options) {
	var wait sync.WaitGroup
	defer wait.Wait()
	for _, slot := range slots {
		if kind := all[slot].Type; opts.Delta && kind != CPU && kind != Trace {
			wait.Go(func() { captureOne(ctx, t, &all[slot], opts) })
		}
	}
	for _, slot := range slots {
		if kind := all[slot].Type; !opts.Delta || kind == CPU || kind == Trace {
			captureOne(ctx, t, &all[slot], opts)
		}
	}
}

// targets reads the addresses, and resolves them if all addresses of a name are wanted.
func (o Options) targets(ctx context.Context) ([]target, error) {
	var targets []target
	for _, address := range o.Targets {
		t, err := parseTarget(address)
		if err != nil {
			return nil, err
		}
		t.labels = o.TargetLabels[address]
		host := t.base.Hostname()
		if !o.AllAddresses || t.socket != "" || net.ParseIP(host) != nil {
			targets = append(targets, t)
			continue
		}
		lookup := o.Lookup
		if lookup == nil {
			lookup = net.DefaultResolver.LookupHost
		}
		found, err := lookup(ctx, host)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", host, err)
		}
		slices.Sort(found)
		for _, ip := range slices.Compact(found) {
			one := t
			one.dial = net.JoinHostPort(ip, cmp.Or(t.base.Port(), map[string]string{"http": "80", "https": "443"}[t.base.Scheme]))
			one.name = t.name + "@" + ip
			targets = append(targets, one)
		}
	}
	return targets, nil
}

// labelled adds a target's name to the labels.
func labelled(t target, labels ...map[string]string) map[string]string {
	all := map[string]string{replicaLabel: t.name}
	for _, some := range labels {
		maps.Copy(all, some)
	}
	return all
}

// inOrder puts what is recorded over time before the snapshots, and drops doubles.
func inOrder(kinds []Type) []Type {
	var ordered []Type
	seen := map[Type]bool{}
	for _, timed := range []bool{true, false} {
		for _, kind := range kinds {
			if (kind == CPU || kind == Trace) == timed && !seen[kind] {
				seen[kind] = true
				ordered = append(ordered, kind)
			}
		}
	}
	return ordered
}

func captureOne(ctx context.Context, t target, c *Captured, opts Options) {
	tell := func(done bool) {
		if opts.Progress != nil {
			opts.Progress(Progress{Target: c.Target, Type: c.Type, Done: done, Err: c.Err})
		}
	}
	tell(false)
	c.Started = time.Now()
	c.Raw, c.Err = fetcher{opts}.get(ctx, t, c.Type)
	c.Duration = time.Since(c.Started)
	if c.Err == nil {
		c.Profile, c.Err = check(c.Raw, c.Type, c.Target, opts.Read)
	}
	if c.Profile != nil {
		c.Profile.taken, c.Profile.Labels = c.Started, c.Labels
	}
	tell(true)
}

// check makes sure that an answer is what was asked for.
func check(raw []byte, kind Type, source string, opts ReadOptions) (*Profile, error) {
	p, err := parse(raw, describe(kind, source), opts)
	switch {
	case kind == Trace && errors.Is(err, ErrTrace):
		return nil, nil
	case kind == Trace && err == nil:
		return nil, fmt.Errorf("read %s: it is a profile, not an execution trace", describe(kind, source))
	case err != nil:
		return nil, err
	}
	if kind != "" {
		p.Type = kind // the address knows mutex from block, and heap from allocs
	}
	return p, nil
}

func describe(kind Type, source string) string {
	if kind == "" {
		return "the profile of " + source
	}
	return string(kind) + " of " + source
}

// captureURL captures the one profile that an address is of: of CPU where it names none.
func captureURL(ctx context.Context, address string, opts Options) (*Profile, error) {
	opts.Targets, opts.whole = []string{address}, true
	if len(opts.Types) == 0 {
		opts.Types = []Type{CPU}
	}
	all, err := Capture(ctx, opts)
	if err != nil {
		return nil, err
	}
	return all[0].Profile, all[0].Err
}
