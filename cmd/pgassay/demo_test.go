package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/report"
)

// listFindings is the script command "findings FILE": it prints where the findings of a demo's JSON are, a line each.
func listFindings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: findings FILE")
	}
	var result struct {
		Version  int
		Seeded   []struct{ Table string }
		Findings []report.Finding
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &result))
	if result.Version != 1 || len(result.Seeded) != 3 {
		ts.Fatalf("version %d and %d tables", result.Version, len(result.Seeded))
	}
	lines := []string{}
	for _, f := range result.Findings {
		where := f.CallSite
		switch f.Rule {
		case "missing-index":
			where = f.Table + "(" + strings.Join(f.Columns, ",") + ")"
		case "hot-function":
			where = path.Base(f.Function)
		}
		if len(f.Evidence) == 0 || f.Mend.Text == "" {
			ts.Fatalf("%s at %s has no evidence or no mend", f.Rule, where)
		}
		lines = append(lines, f.Rule+" "+where+"\n")
	}
	slices.Sort(lines)
	fmt.Fprint(ts.Stdout(), strings.Join(lines, ""))
}

// renderDemo is the script command "rendered FILE TEXT": it writes what the text of a demo's JSON would be.
func renderDemo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: rendered FILE TEXT")
	}
	var result demoResult
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &result))
	var text strings.Builder
	ts.Check(report.Render(&text, result.Document(), report.TextFormat, report.Options{}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text.String()), 0o600))
}

var (
	plantedMark  = regexp.MustCompile(`// planted: ([a-z-]+)$`)
	plantedFunc  = regexp.MustCompile(`^func (?:\(.*\) )?(\w+)\(`)
	plantedIndex = regexp.MustCompile(`ON (\w+) \((.*)\);`)
)

// listPlanted is the script command "planted FILE": it writes into FILE what the sources of the example service say is
// wrong with it, in the form of listFindings.
func listPlanted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: planted FILE")
	}
	const folder = "../../examples/blog"
	var lines []string
	sources, err := filepath.Glob(folder + "/*.go")
	ts.Check(err)
	for _, source := range sources {
		content, err := os.ReadFile(source)
		ts.Check(err)
		for i, line := range strings.Split(string(content), "\n") {
			mark := plantedMark.FindStringSubmatch(line)
			if mark == nil {
				continue
			}
			where := fmt.Sprintf("examples/blog/%s:%d", filepath.Base(source), i+1)
			if function := plantedFunc.FindStringSubmatch(line); function != nil {
				where = "blog." + function[1]
			}
			lines = append(lines, mark[1]+" "+where+"\n")
		}
	}
	indexes, err := os.ReadFile(folder + "/indexes.sql")
	ts.Check(err)
	for _, index := range plantedIndex.FindAllStringSubmatch(string(indexes), -1) {
		lines = append(lines, "missing-index public."+index[1]+"("+index[2]+")\n")
	}
	if len(lines) != 5 {
		ts.Fatalf("%d planted faults: %q", len(lines), lines)
	}
	slices.Sort(lines)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "")), 0o600))
}

// demoProcess is pgassay demo in a process of its own.
type demoProcess struct {
	command *exec.Cmd
	steps   *bufio.Scanner // of its standard error
	cache   string
}

func startDemo(t *testing.T) *demoProcess {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: where root runs the tests, the server's user can't enter that.
	cache, err := os.MkdirTemp("/tmp", "pgassay-demo-test-")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(cache) })
		err = os.Chmod(cache, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &demoProcess{command: exec.CommandContext(t.Context(), binary, "demo", "--rows", "20000"), cache: cache}
	d.command.Args[0] = "pgassay" // TestMain makes the test binary be pgassay under that name
	d.command.Env = append(os.Environ(), "PGASSAY_CACHE="+d.cache)
	stderr, err := d.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.command.Process.Kill() })
	d.steps = bufio.NewScanner(stderr)
	return d
}

// after waits until a step is done and returns what it said.
func (d *demoProcess) after(t *testing.T, step string) string {
	t.Helper()
	var last string
	for d.steps.Scan() {
		if last = strings.TrimSpace(d.steps.Text()); strings.HasPrefix(last, step+" ") {
			return last
		}
	}
	t.Fatalf("the demo ended before the step %q was done: %s", step, last)
	return ""
}

// end sends a signal and returns the exit code, or -1.
func (d *demoProcess) end(t *testing.T, signal os.Signal) int {
	t.Helper()
	if err := d.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	for d.steps.Scan() { // until all that share its standard error have closed it
	}
	err := d.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	return d.command.ProcessState.ExitCode()
}

// TestDemoKilled: whenever the demo is killed, its server and its service go, and its folder.
func TestDemoKilled(t *testing.T) {
	t.Parallel()
	if _, err := pgserver.Installed(t.Context()); err != nil {
		t.Skip("needs PostgreSQL: ", err)
	}
	for _, step := range []string{"server", "service"} {
		t.Run("after "+step, func(t *testing.T) {
			t.Parallel()
			d := startDemo(t)
			said := d.after(t, step)
			servers, err := pgserver.Temporaries(d.cache)
			if err != nil || len(servers) != 1 {
				t.Fatalf("%d servers of the demo are registered: %v", len(servers), err)
			}
			d.end(t, syscall.SIGKILL)
			eventually(t, "the server is gone", func() bool {
				left, err := pgserver.Temporaries(d.cache)
				return err == nil && len(left) == 0
			})
			eventually(t, "its folder is gone", func() bool {
				_, err := os.Stat(servers[0].Folder)
				return errors.Is(err, os.ErrNotExist)
			})
			if step == "service" {
				address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(said)
				eventually(t, "the service is gone", func() bool {
					conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
					if err == nil {
						conn.Close()
					}
					return err != nil
				})
			}
		})
	}
}

// TestDemoInterrupted: Ctrl-C ends it with 130 and everything cleared up.
func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	if _, err := pgserver.Installed(t.Context()); err != nil {
		t.Skip("needs PostgreSQL: ", err)
	}
	d := startDemo(t)
	d.after(t, "service")
	servers, err := pgserver.Temporaries(d.cache)
	if err != nil || len(servers) != 1 {
		t.Fatalf("%d servers of the demo are registered: %v", len(servers), err)
	}
	if code := d.end(t, os.Interrupt); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if left, err := pgserver.Temporaries(d.cache); err != nil || len(left) != 0 {
		t.Errorf("%d servers are left: %v", len(left), err)
	}
	if _, err := os.Stat(servers[0].Folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

// eventually waits for what another process does on its own.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so: %s", what)
		}
	}
}
