// Command benchlogs measures how fast logs are read: it writes one log of each format to a folder outside of the
// repository, reads each in a process of its own on one core, and lets Debian's pgbadger read the stderr log beside it.
// The executions that each counts must be those that were written. Speeds are MB per second of CPU time: all run on one
// core, and what else runs on the machine does not count. make bench-logs runs it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/analyze/workload/logsynth"
)

func main() {
	megabytes := flag.Int64("mb", 1000, "size of each log in MB")
	read := flag.String("read", "", "read this log and print the number of its executions (used by benchlogs itself)")
	keep := flag.String("dir", "", "folder for the logs, which then stay; a temporary one if it is empty")
	flag.Parse()
	var err error
	if *read != "" {
		err = readLog(*read)
	} else {
		err = bench(*megabytes*1_000_000, *keep)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchlogs:", err)
		os.Exit(1)
	}
}

// readLog is the part that is measured.
func readLog(path string) error {
	inputs, err := workload.Files([]string{path}, nil)
	if err != nil {
		return err
	}
	w, err := workload.Read(context.Background(), inputs, workload.Options{})
	if err != nil {
		return err
	}
	var count int64
	for _, s := range w.Statements {
		count += s.Count
	}
	fmt.Println(count, len(w.Statements), w.Unread.Count)
	return nil
}

// measured is one run of a program.
type measured struct {
	wall    time.Duration
	cpu     time.Duration
	peak    int64 // bytes
	output  string
	program string
}

func bench(size int64, keep string) error {
	folder := keep
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("", "pgassay-bench-logs-"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	speeds := map[logsynth.Format]float64{}
	var peak int64
	var stderrLog string
	var stderrSize, stderrCount int64
	for _, format := range []logsynth.Format{logsynth.CSV, logsynth.JSON, logsynth.Stderr} {
		path := filepath.Join(folder, "postgresql."+string(format))
		written, executions, err := write(path, format, size)
		if err != nil {
			return err
		}
		best := measured{}
		for range 3 {
			m, err := run(self, "-read", path)
			if err != nil {
				return err
			}
			var count, statements, unread int64
			if _, err := fmt.Sscan(m.output, &count, &statements, &unread); err != nil || count != executions || unread != 0 {
				return fmt.Errorf("%s: %d executions read, %d lines unread, %d executions written", format, count, unread, executions)
			}
			if best.cpu == 0 || m.cpu < best.cpu {
				best = m
			}
			peak = max(peak, m.peak)
		}
		speeds[format] = float64(written) / 1e6 / best.cpu.Seconds()
		fmt.Printf("%-7s %5d MB, %d executions: CPU %.2f s, %.0f MB/s, wall %.2f s, peak %d MB\n",
			format, written/1_000_000, executions, best.cpu.Seconds(), speeds[format], best.wall.Seconds(), best.peak>>20)
		if format == logsynth.Stderr {
			stderrLog, stderrSize, stderrCount = path, written, executions
		} else if keep == "" {
			os.Remove(path)
		}
	}
	ratio := "missing"
	if _, err := exec.LookPath("pgbadger"); err != nil {
		fmt.Println("pgbadger is not there to compare with: apt-get install pgbadger")
	} else {
		fmt.Printf("pgbadger reads the same log: at 2 MB/s that takes %s of CPU time\n", time.Duration(stderrSize/2_000_000)*time.Second)
		m, queries, err := pgbadger(folder, stderrLog)
		if err != nil {
			return err
		}
		speed := float64(stderrSize) / 1e6 / m.cpu.Seconds()
		fmt.Printf("%-7s %5d MB, %d of %d executions: CPU %.2f s, %.1f MB/s, wall %.2f s, peak %d MB (%s)\n",
			"stderr", stderrSize/1_000_000, queries, stderrCount, m.cpu.Seconds(), speed, m.wall.Seconds(), m.peak>>20, m.program)
		ratio = strconv.FormatFloat(speeds[logsynth.Stderr]/speed, 'f', 1, 64)
	}
	fmt.Printf("bench-logs csv_mb_s=%.0f json_mb_s=%.0f stderr_mb_s=%.0f pgbadger_ratio=%s peak_mb=%d\n",
		speeds[logsynth.CSV], speeds[logsynth.JSON], speeds[logsynth.Stderr], ratio, peak>>20)
	return nil
}

func write(path string, format logsynth.Format, size int64) (written, executions int64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	written, executions, err = logsynth.Write(file, logsynth.Options{Format: format, Bytes: size, Seed: 1})
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return written, executions, err
}

// run runs a program on one core and measures it.
func run(program string, args ...string) (measured, error) {
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	command.Stderr = os.Stderr
	start := time.Now()
	output, err := command.Output()
	m := measured{wall: time.Since(start), output: string(output)}
	if err != nil {
		return m, fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	m.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = usage.Maxrss * 1024
	}
	return m, nil
}

// pgbadger lets pgbadger read a log in one process, as it does unless told otherwise, and write its smallest report.
func pgbadger(folder, path string) (m measured, queries int64, err error) {
	report := filepath.Join(folder, "pgbadger.json")
	m, err = run("pgbadger", "--quiet", "--jobs", "1", "--format", "stderr", "--prefix", logsynth.Prefix, "--extension", "json", "--outfile", report, path)
	if err != nil {
		return m, 0, err
	}
	content, err := os.ReadFile(report)
	if err != nil {
		return m, 0, err
	}
	var result struct {
		Overall struct {
			Postgres struct {
				Histogram struct {
					Total int64 `json:"query_total"`
				} `json:"histogram"`
			} `json:"postgres"`
		} `json:"overall_stat"`
	}
	if err := json.Unmarshal(content, &result); err != nil {
		return m, 0, fmt.Errorf("read pgbadger's report: %w", err)
	}
	version, err := exec.Command("pgbadger", "--version").Output()
	m.program = string(version[:max(0, len(version)-1)])
	return m, result.Overall.Postgres.Histogram.Total, err
}
