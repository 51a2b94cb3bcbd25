// Command power tells how far profile diff can be trusted, on a real service in a process of its own, under a steady load
// that the command itself puts on: how often it calls a change where there is none, and how often it finds a planted one.
//
//	go run ./profile/power                         # 100 comparisons of like with like, 20 with 10 % more CPU
//	go run ./profile/power -keep DIR               # and keep the captures
//	go run ./profile/power -from DIR               # judge captures that were kept, without recording anew
//
// Every comparison has captures of its own, taken one after the other as a person would: first those of one side, then
// those of the other. The planted change makes one function slower by a share of all the service's CPU; how much it really
// was is measured beside, from the process's CPU time. The last line is for machines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
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
	comparisons, planted int
	captures, seconds    int
	rate, share          float64
	keep, from           string
}

func main() {
	var o options
	flag.IntVar(&o.comparisons, "comparisons", 100, "of like with like")
	flag.IntVar(&o.planted, "planted", 20, "comparisons with a planted change")
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
	const base = 600
	changed, err := b.calibrate(ctx, base, o.share)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%g requests/s; the change makes rank work %.2f times as hard on each product\n", o.rate, float64(changed)/base)
	every := max(1, o.comparisons/max(1, o.planted))
	like, planted := 0, 0
	for like < o.comparisons || planted < o.planted {
		if like < o.comparisons {
			like++
			if err := b.comparison(ctx, filepath.Join(dir, fmt.Sprintf("like-%03d", like)), base, base, o); err != nil {
				return err
			}
		}
		if planted < o.planted && (like%every == 0 || like == o.comparisons) {
			planted++
			if err := b.comparison(ctx, filepath.Join(dir, fmt.Sprintf("planted-%03d", planted)), base, changed, o); err != nil {
				return err
			}
		}
	}
	if failed := b.failed.Load(); failed > 0 {
		fmt.Fprintf(os.Stderr, "%d requests failed\n", failed)
	}
	return nil
}

// comparison captures one side after the other.
func (b *bench) comparison(ctx context.Context, dir string, before, after int64, o options) error {
	for _, side := range []struct {
		name   string
		effort int64
	}{{"a", before}, {"b", after}} {
		b.effort.Store(side.effort)
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

// tally counts the verdicts on the comparisons of one kind, normalised one way.
type tally struct{ all, changed, blamed int }

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
	pers := []profile.Per{profile.PerSecond, profile.PerRequest, profile.PerTotal}
	tallies := map[string]*tally{}
	var truth, samples []float64
	for _, folder := range folders {
		kind, _, _ := strings.Cut(filepath.Base(folder), "-")
		before, after, err := sides(ctx, folder)
		if err != nil {
			return err
		}
		if kind == "planted" {
			truth = append(truth, ratio(after, before)-1)
		}
		for _, per := range pers {
			d, err := profile.Compare(before, after, profile.DiffOptions{Per: per, RequestsBefore: label(before, "requests"), RequestsAfter: label(after, "requests")})
			if err != nil {
				return err
			}
			if per == pers[0] {
				samples = append(samples, float64(d.Before.Samples))
			}
			t := tallies[kind+string(per)]
			if t == nil {
				t = &tally{}
				tallies[kind+string(per)] = t
			}
			t.all++
			if d.Verdict == profile.Changed {
				t.changed++
				if kind == "like" {
					fmt.Printf("%s per %s: %s\n", filepath.Base(folder), per, d.Text)
				}
			}
			if slices.ContainsFunc(d.Functions, func(f profile.DeltaFunc) bool {
				return (f.Name == "main.score" || f.Name == "main.rank") && f.Flat.Delta > 0 && (f.Flat.Significant || f.Cum.Significant)
			}) {
				t.blamed++
			}
		}
	}
	report(tallies, pers, truth, samples)
	return nil
}

func report(tallies map[string]*tally, pers []profile.Per, truth, samples []float64) {
	fmt.Printf("%.0f samples a side (median)\n", median(samples))
	if len(truth) > 0 {
		fmt.Printf("the planted change was %.1f %% of the service's CPU per request (median of %d, from the process's CPU time; %.1f to %.1f %%)\n",
			100*median(truth), len(truth), 100*slices.Min(truth), 100*slices.Max(truth))
	}
	figures := []string{"power"}
	for _, per := range pers {
		like, planted := tallies["like"+string(per)], tallies["planted"+string(per)]
		if like != nil {
			fmt.Printf("per %-8s like with like: %d of %d called a change\n", per, like.changed, like.all)
			figures = append(figures, fmt.Sprintf("false_%s=%d/%d", per, like.changed, like.all))
		}
		if planted != nil {
			fmt.Printf("per %-8s planted: %d of %d found, %d put down to the right function\n", per, planted.changed, planted.all, planted.blamed)
			figures = append(figures, fmt.Sprintf("found_%s=%d/%d blamed_%s=%d/%d", per, planted.changed, planted.all, per, planted.blamed, planted.all))
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
