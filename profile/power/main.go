// Command power tells how far profile diff can be trusted, on a real service in a process of its own, under a steady load
// that the command itself puts on: how often it calls a change where there is none, and how often it finds a planted one.
//
//	go run ./profile/power                         # 100 comparisons of like with like, 20 of each planted change
//	go run ./profile/power -keep DIR               # and keep the captures
//	go run ./profile/power -from DIR               # judge captures that were kept, without recording anew
//
// Every comparison has captures of its own, taken one after the other as a person would: first those of one side, then
// those of the other. One planted change is a new function that takes a share of all the service's CPU, the other one makes
// what there is slower by as much; the process's CPU time is measured beside. Where the service
// did not get round to the same number of requests on both sides within a twentieth, the load was not the same, and that
// is told apart. The last line is for machines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgassay/pgassay/profile"
)

type options struct {
	comparisons       int
	planted           map[string]*int // by plant
	captures, seconds int
	rate, share       float64
	keep, from        string
}

func main() {
	var o options
	flag.IntVar(&o.comparisons, "comparisons", 100, "of like with like")
	o.planted = map[string]*int{
		"new":    flag.Int("new", 20, "comparisons with a new function"),
		"slower": flag.Int("slower", 20, "comparisons with a function that became slower"),
	}
	flag.IntVar(&o.captures, "captures", 5, "a side")
	flag.IntVar(&o.seconds, "seconds", 1, "of each capture")
	flag.Float64Var(&o.rate, "rate", 1000, "requests a second")
	flag.Float64Var(&o.share, "share", 0.1, "of the service's CPU that the planted change takes")
	flag.StringVar(&o.keep, "keep", "", "keep the captures in this folder")
	flag.StringVar(&o.from, "from", "", "judge the captures in this folder")
	service := flag.Bool("serve", false, "be the service (for the command itself)")
	flag.Parse()
	if *service {
		fmt.Fprintln(os.Stderr, "power:", serve())
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "power:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir := o.from
	if dir == "" {
		if dir = o.keep; dir == "" {
			temporary, err := os.MkdirTemp("", "pgassay-power-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(temporary)
			dir = temporary
		}
		if err := record(ctx, dir, o); err != nil {
			return err
		}
	}
	return judge(ctx, dir)
}

// record captures both sides of every comparison into folders of their own.
func record(ctx context.Context, dir string, o options) error {
	ctx, cancel := context.WithCancel(ctx)
	b, err := start(ctx)
	if err != nil {
		cancel()
		return err
	}
	ended := make(chan struct{})
	go func() { b.load(ctx, o.rate); close(ended) }()
	defer func() { cancel(); <-ended }()
	changed := map[string]work{}
	for _, p := range plants {
		if *o.planted[p.name] == 0 {
			continue
		}
		if changed[p.name], err = b.calibrate(ctx, p, o.share); err != nil {
			return err
		}
	}
	for n := range max(o.comparisons, *o.planted["new"], *o.planted["slower"]) { // of each kind in turns
		if n < o.comparisons {
			if err := b.comparison(ctx, filepath.Join(dir, fmt.Sprintf("like-%03d", n)), plain, o); err != nil {
				return err
			}
		}
		for _, p := range plants {
			if n < *o.planted[p.name] {
				if err := b.comparison(ctx, filepath.Join(dir, fmt.Sprintf("%s-%03d", p.name, n)), changed[p.name], o); err != nil {
					return err
				}
			}
		}
	}
	if failed := b.failed.Load(); failed > 0 {
		fmt.Fprintf(os.Stderr, "%d requests failed\n", failed)
	}
	return nil
}

// comparison captures one side after the other.
func (b *bench) comparison(ctx context.Context, dir string, after work, o options) error {
	for _, side := range []struct {
		name string
		work work
	}{{"a", plain}, {"b", after}} {
		b.work.Store(&side.work)
		if err := sleep(ctx, 300*time.Millisecond); err != nil { // requests that were under way
			return err
		}
		var all profile.Captures
		for range o.captures {
			from, err := b.read(ctx)
			if err != nil {
				return err
			}
			captures, err := profile.Capture(ctx, profile.Options{Targets: []string{"http://" + b.address}, Types: []profile.Type{profile.CPU}, Seconds: o.seconds})
			if err = errors.Join(err, captures.Err()); err != nil {
				return err
			}
			to, err := b.read(ctx)
			if err != nil {
				return err
			}
			for i := range captures {
				captures[i].Labels = map[string]string{
					"requests": fmt.Sprint(to.requests - from.requests), "cpu": fmt.Sprint(to.cpu - from.cpu),
				}
			}
			all = append(all, captures...)
		}
		if _, err := all.Save(filepath.Join(dir, side.name)); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A tally counts the verdicts on the comparisons of one kind, normalised one way.
type tally struct {
	all, changed, blamed    int
	steady, changedOfSteady int // where the load was the same on both sides
}

// A verdicts is what became of a folder of comparisons.
type verdicts struct {
	tallies map[string]*tally
	truth   map[string][]float64 // by plant: how much more CPU a request really took
	samples []float64            // a side
}

var pers = []profile.Per{profile.PerSecond, profile.PerRequest, profile.PerTotal}

// judge compares what is kept in a folder, normalised in all ways that suit.
func judge(ctx context.Context, dir string) error {
	folders, err := filepath.Glob(filepath.Join(dir, "*-*"))
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return fmt.Errorf("there is no comparison in %s", dir)
	}
	slices.Sort(folders)
	v := verdicts{tallies: map[string]*tally{}, truth: map[string][]float64{}}
	for _, folder := range folders {
		if err := v.add(ctx, folder); err != nil {
			return err
		}
	}
	v.report()
	return nil
}

// add compares the two sides in a folder.
func (v *verdicts) add(ctx context.Context, folder string) error {
	kind, _, _ := strings.Cut(filepath.Base(folder), "-")
	before, after, err := sides(ctx, folder)
	if err != nil {
		return err
	}
	v.truth[kind] = append(v.truth[kind], ratio(after, before)-1)
	load := sum(label(after, "requests"))/sum(label(before, "requests")) - 1
	for _, per := range pers {
		d, err := profile.Compare(before, after, profile.DiffOptions{Per: per, RequestsBefore: label(before, "requests"), RequestsAfter: label(after, "requests")})
		if err != nil {
			return err
		}
		t := v.tallies[kind+string(per)]
		if t == nil {
			t = &tally{}
			v.tallies[kind+string(per)] = t
		}
		if per == pers[0] {
			v.samples = append(v.samples, float64(d.Before.Samples))
		}
		t.count(d, math.Abs(load) <= 0.05)
		if kind == "like" && d.Verdict == profile.Changed {
			fmt.Printf("%s per %s, with %+.0f %% requests: %s\n", filepath.Base(folder), per, 100*load, d.Text)
		}
	}
	return nil
}

func (t *tally) count(d *profile.Diff, steady bool) {
	t.all++
	if steady {
		t.steady++
	}
	if d.Verdict == profile.Changed {
		t.changed++
		if steady {
			t.changedOfSteady++
		}
	}
	if slices.ContainsFunc(d.Functions, func(f profile.DeltaFunc) bool {
		planted := f.Name == "main.check" || f.Name == "main.score" || f.Name == "main.rank"
		return planted && f.Flat.Delta+f.Cum.Delta > 0 && (f.Flat.Significant || f.Cum.Significant)
	}) {
		t.blamed++
	}
}

func (v *verdicts) report() {
	fmt.Printf("%.0f samples a side (median)\n", median(v.samples))
	figures := []string{"power"}
	for _, kind := range []string{"like", "new", "slower"} {
		if truth := v.truth[kind]; len(truth) > 0 {
			slices.Sort(truth)
			fmt.Printf("%s: a request took %+.1f %% of CPU time on the other side (median of %d; %+.1f to %+.1f %%)\n",
				kind, 100*median(truth), len(truth), 100*truth[0], 100*truth[len(truth)-1])
		}
		for _, per := range pers {
			t := v.tallies[kind+string(per)]
			switch {
			case t == nil:
			case kind == "like":
				fmt.Printf("  per %-8s %d of %d called a change; of %d under the same load, %d\n", per, t.changed, t.all, t.steady, t.changedOfSteady)
				figures = append(figures, fmt.Sprintf("false_%s=%d/%d", per, t.changed, t.all))
			default:
				fmt.Printf("  per %-8s %d of %d found, %d put down to the right function\n", per, t.changed, t.all, t.blamed)
				figures = append(figures, fmt.Sprintf("%s_%s=%d/%d", kind, per, t.changed, t.all))
			}
		}
	}
	fmt.Println(strings.Join(figures, " "))
}

func sides(ctx context.Context, folder string) (before, after []*profile.Profile, err error) {
	for _, side := range []struct {
		name string
		into *[]*profile.Profile
	}{{"a", &before}, {"b", &after}} {
		if *side.into, err = profile.OpenSide(ctx, filepath.Join(folder, side.name), profile.CPU, profile.Options{}); err != nil {
			return nil, nil, err
		}
	}
	return before, after, nil
}

// label reads a number that was kept with each profile.
func label(profiles []*profile.Profile, key string) []float64 {
	var all []float64
	for _, p := range profiles {
		v, _ := strconv.ParseFloat(p.Labels[key], 64) // what is missing is 0, which Compare refuses
		all = append(all, v)
	}
	return all
}

// ratio is what a request takes of CPU time on one side over what it takes on the other.
func ratio(after, before []*profile.Profile) float64 {
	each := func(profiles []*profile.Profile) float64 {
		return sum(label(profiles, "cpu")) / sum(label(profiles, "requests"))
	}
	return each(after) / each(before)
}

func sum(values []float64) (all float64) {
	for _, v := range values {
		all += v
	}
	return all
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
