// Command bench compares pgassay profile top with go tool pprof -top on a large profile: wall time, CPU time and peak memory,
// in turns, the median of several rounds. CPU time is what a machine that others use at the same time disturbs least. The last
// line is for machines.
//
//	go run ./profile/testdata/bench bin/pgassay
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 5, "runs of each program")
	size := flag.Int64("size", 10_000_000, "bytes of the compressed profile, at least")
	keep := flag.String("profile", "", "use this profile instead of a generated one")
	target := flag.String("generate", "", "only write the generated profile to this file")
	flag.Parse()
	if *target != "" {
		if err := generate(*target, *size); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(flag.Arg(0), *keep, *size, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(program, name string, size int64, rounds int) error {
	if program == "" {
		return errors.New("name the program to measure")
	}
	if name == "" {
		dir, err := os.MkdirTemp("", "bench-profile")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		name = filepath.Join(dir, "cpu.pb.gz")
		// Not in this process: Linux counts the memory of whoever starts a program as that program's own.
		self, err := os.Executable()
		if err != nil {
			return err
		}
		if out, err := exec.Command(self, "-generate", name, "-size", fmt.Sprint(size)).CombinedOutput(); err != nil {
			return fmt.Errorf("generate a profile: %w: %s", err, out)
		}
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	// The tool itself, not the go command that would start it: that one would only add to its time.
	out, err := exec.Command("go", "tool", "-n", "pprof").Output()
	if err != nil {
		return fmt.Errorf("find the pprof tool: %w", err)
	}
	ours := measured{args: []string{program, "profile", "top", name}}
	theirs := measured{args: []string{strings.TrimSpace(string(out)), "-top", "-symbolize=none", name}}
	for range rounds {
		for _, m := range []*measured{&ours, &theirs} {
			if err := m.once(); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%d bytes, median of %d runs each, in turns\n", info.Size(), rounds)
	for _, m := range []struct {
		name string
		measured
	}{{"pgassay profile top", ours}, {"go tool pprof -top", theirs}} {
		fmt.Printf("%-22s %8s wall %8s CPU %6d MiB\n", m.name,
			median(m.times).Round(time.Millisecond), median(m.cpu).Round(time.Millisecond), median(m.memory)>>20)
	}
	fmt.Printf("bench-profile time_ratio=%.2f memory_ratio=%.2f cpu_ratio=%.2f\n",
		ratio(ours.times, theirs.times), ratio(ours.memory, theirs.memory), ratio(ours.cpu, theirs.cpu))
	return nil
}

// measured is a program's runs.
type measured struct {
	args   []string
	times  []time.Duration
	cpu    []time.Duration
	memory []int64 // peak resident set, bytes
}

func (m *measured) once() error {
	command := exec.Command(m.args[0], m.args[1:]...)
	command.Stdout, command.Stderr = io.Discard, io.Discard
	start := time.Now()
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(m.args, " "), err)
	}
	m.times = append(m.times, time.Since(start))
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system doesn't tell a program's memory")
	}
	m.cpu = append(m.cpu, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
	m.memory = append(m.memory, usage.Maxrss<<10) // Linux counts KiB
	return nil
}

func median[T ~int64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func ratio[T ~int64](a, b []T) float64 { return float64(median(a)) / float64(median(b)) }
