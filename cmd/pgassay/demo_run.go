package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/examples/blog"
	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/profile"
)

// demo is one run of pgassay demo.
type demo struct {
	*program
	rows        int64
	seed        uint64
	fixed, keep bool
	started     time.Time

	server  *pgserver.Server
	dsn     string // of the blog's database
	service *service
	result  demoResult

	record    []byte // of the service's statements
	cpu       profile.Captured
	rate      float64          // of requests while the CPU profile was taken, as a share of the rate that was meant
	snapshots profile.Captures // heap profiles in order of time
}

// How the service is watched while it is under load.
const (
	warmUpShare    = 0.15            // of the requests that are enough, before anything is recorded
	cpuSeconds     = 8               // of the CPU profile, at first
	cpuStatistics  = 25              // requests to the statistics that it has to see; where the machine is too busy for it, it is made longer
	minSamples     = 50              // that a share of the CPU can be told from
	minCores       = 0.05            // that its own code keeps busy at the full rate of requests
	heapSnapshots  = 8               // heap profiles, spread over the load
	loadPatience   = 5 * time.Minute // after which even a crawling machine is given up
	profileTimeout = time.Minute
)

// demoTask is a step to be done. It returns what came of it, for people.
type demoTask struct {
	name string
	do   func(context.Context) (string, error)
}

// run does all of it and removes what it made, whatever happens.
func (d *demo) run(ctx context.Context) (result *demoResult, err error) {
	defer func() {
		if cleanErr := d.clean(); err == nil && cleanErr != nil {
			result, err = nil, cleanErr
		}
	}()
	d.result = demoResult{Version: 1, Rows: d.rows, Seed: d.seed, Fixed: d.fixed, Findings: []report.Finding{}, Verdicts: []string{}, Warnings: []string{}}
	steps := []demoTask{
		{"server", d.startServer},
		{"schema", d.makeSchema},
		{"seed", d.fill},
		{"service", d.serve},
		{"load", d.watch},
		{"analysis", d.analyze},
		{"profiles", d.analyzeProfiles},
	}
	if d.keep {
		steps = append(steps, demoTask{"keep", d.keepAll})
	}
	for _, step := range steps {
		if err := d.step(ctx, step.name, step.do); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(d.result.Findings, report.CompareFindings) // the same order each time, whatever the clock says
	d.result.Duration = time.Since(d.started)
	return &d.result, nil
}

// step does one step and tells what came of it and how long it took.
func (d *demo) step(ctx context.Context, name string, do func(context.Context) (string, error)) error {
	d.underWay(name, "")
	start := time.Now()
	detail, err := do(ctx)
	if _, live := terminal(d.stderr); live {
		fmt.Fprint(d.stderr, "\r\033[K")
	}
	if err != nil {
		return fmt.Errorf("demo: %s: %w", name, err)
	}
	took := time.Since(start)
	d.result.Steps = append(d.result.Steps, demoStep{Name: name, Detail: detail, Duration: took})
	fmt.Fprintf(d.stderr, "  %-11s %7s  %s\n", name, units.Duration(took), detail)
	return nil
}

// underWay tells on a terminal what is being done; the step's own line takes its place.
func (d *demo) underWay(step, detail string) {
	if _, live := terminal(d.stderr); live {
		fmt.Fprintf(d.stderr, "\r\033[K  %-11s       …  %s", step, detail)
	}
}

// clean stops what runs. What it removes is the server's: nothing else of the demo is on disk.
func (d *demo) clean() error {
	var all []error
	if d.service != nil {
		all = append(all, d.service.stop())
	}
	if d.server != nil {
		all = append(all, d.server.Stop())
	}
	return errors.Join(all...)
}

func (d *demo) startServer(ctx context.Context) (string, error) {
	source, downloaded := d.serverSource()
	defer downloaded()
	opts := pgserver.Options{Source: source}
	how := "on a Unix socket"
	if d.keep {
		opts.Port, how = pgserver.AnyPort, "on a port of its own"
	}
	server, err := pgserver.Start(ctx, opts)
	if err != nil {
		return "", err
	}
	d.server = server
	d.result.Server = server.Version()
	if d.dsn, err = server.CreateDatabase(ctx, "blog"); err != nil {
		return "", err
	}
	return "PostgreSQL " + server.Version() + ", temporary, " + how, nil
}

// connect opens a connection of the demo's own to the blog's database.
func (d *demo) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, d.dsn)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

func (d *demo) serve(ctx context.Context) (string, error) {
	service, err := startService(ctx, serviceConfig{DSN: d.dsn, Fixed: d.fixed})
	if err != nil {
		return "", err
	}
	d.service = service
	detail := "http://" + service.address + ", a process of its own, with the planted faults"
	if d.fixed {
		detail = strings.Replace(detail, "with the planted faults", "without the faults", 1)
	}
	return detail, nil
}

// watch puts the load on the service and records its profiles meanwhile.
func (d *demo) watch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, loadPatience, fmt.Errorf("the service did not answer enough requests in %v", loadPatience))
	defer cancel()
	conn, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	base := "http://" + d.service.address
	endpoints, err := d.endpoints(ctx, conn, base)
	if err != nil {
		return "", err
	}
	load, err := startLoad(ctx, endpoints, d.seed)
	if err != nil {
		return "", err
	}
	err = d.recordProfiles(ctx, load, base)
	if stopErr := load.stop(); err == nil {
		err = stopErr
	}
	if err != nil {
		return "", d.explain(ctx, load, err)
	}
	for _, target := range load.result.Targets {
		d.result.Load = append(d.result.Load, demoLoad{
			Endpoint: target.Name, Requests: target.Requests, Mean: time.Duration(target.Service.MeanNS), P95: time.Duration(target.Service.P95NS),
		})
	}
	// The record is whole when the service is gone, and nothing else needs it.
	if err := d.service.stop(); err != nil {
		return "", err
	}
	d.record = d.service.record.Bytes()
	return fmt.Sprintf("%s requests to %d endpoints; CPU profile of %d s and %d heap profiles meanwhile",
		units.Count(load.result.Requests), len(d.result.Load), d.cpu.Profile.Duration().Round(time.Second)/time.Second, len(d.snapshots)), nil
}

// recordProfiles takes a CPU profile and, at equal shares of the load, heap profiles.
func (d *demo) recordProfiles(ctx context.Context, load *load, base string) error {
	if err := load.await(ctx, warmUpShare); err != nil {
		return err
	}
	opts := profile.Options{Targets: []string{base}, Timeout: profileTimeout}
	recorded := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { recorded <- d.recordCPU(ctx, load, opts) }()
	err := d.takeSnapshots(ctx, load, opts)
	if err != nil {
		cancel()
	}
	return errors.Join(err, <-recorded)
}

// recordCPU takes a CPU profile during which the service has done enough of what costs CPU time.
func (d *demo) recordCPU(ctx context.Context, load *load, opts profile.Options) error {
	opts.Types = []profile.Type{profile.CPU}
	for opts.Seconds = cpuSeconds; ; opts.Seconds *= 2 {
		before := load.answered.Load()
		captured, err := profile.Capture(ctx, opts)
		if err == nil {
			err = captured.Err()
		}
		if err != nil {
			return err
		}
		d.cpu = captured[0]
		answered := load.answered.Load() - before
		d.rate = float64(answered) / (loadRate * d.cpu.Profile.Duration().Seconds())
		if answered >= cpuStatistics*loadRate/statisticsWeight || opts.Seconds > 60 {
			return nil
		}
	}
}

// takeSnapshots takes heap profiles at equal shares of the load.
func (d *demo) takeSnapshots(ctx context.Context, load *load, opts profile.Options) error {
	opts.Types = []profile.Type{profile.Heap}
	began := time.Now()
	for i := range heapSnapshots {
		d.underWay("load", fmt.Sprintf("%s requests so far, heap profile %d of %d", units.Count(load.answered.Load()), i+1, heapSnapshots))
		passed := float64(i) / (heapSnapshots - 1)
		if err := load.await(ctx, warmUpShare+(1-warmUpShare)*passed); err != nil {
			return err
		}
		// Not all at once where the load is quicker than it was meant to be.
		select {
		case <-time.After(time.Until(began.Add(time.Duration(passed * cpuSeconds * float64(time.Second))))):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		captured, err := profile.Capture(ctx, opts)
		if err == nil {
			err = captured.Err()
		}
		if err != nil {
			return err
		}
		d.snapshots = append(d.snapshots, captured...)
	}
	return nil
}

// explain adds to an error of the load what the service and the answers have to say about it.
func (d *demo) explain(ctx context.Context, load *load, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if ended := d.service.ended(); ended != nil {
		return ended
	}
	if load.result == nil || len(load.result.Kinds) == 0 {
		return err
	}
	first := load.result.Kinds[0]
	return fmt.Errorf("%w (%s)%s", err, strings.TrimSpace(first.Kind+" "+first.Example), d.service.log)
}

// statements is the file of the service's statements that is analysed.
func (d *demo) statements() string { return blog.Statements(d.fixed) }
