package profile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestRun samples this very test program, which is told by its environment to spin.
func TestRun(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGASSAY_TEST_SPIN") != "" {
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			spin()
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	// A shell in between: what the command starts is sampled too.
	result, err := Run(t.Context(), []string{"sh", "-c", `PGASSAY_TEST_SPIN=1 "$0" -test.run '^TestRun$' -test.v; exit 7`, self}, RunOptions{Stdout: &out, Stderr: &out})
	if err != nil {
		if strings.Contains(err.Error(), "does not allow it") || strings.Contains(err.Error(), "only Linux") || strings.Contains(err.Error(), "no perf events") {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if !errors.As(result.Err, &exit) || exit.ExitCode() != 7 || !strings.Contains(out.String(), "PASS") {
		t.Errorf("the command ended with %v and wrote %q", result.Err, out.String())
	}
	s, err := Summarize(result.Profile, SummaryOptions{Cum: true})
	if err != nil {
		t.Fatal(err)
	}
	if s.Samples < 5 {
		t.Skipf("this machine had no time for the command: %d samples", s.Samples)
	}
	for _, f := range s.Functions {
		if strings.HasSuffix(f.Name, "profile.spin") {
			if f.CumShare < 0.5 || !f.Own || !strings.HasSuffix(f.File, "more_test.go") || f.Line == 0 {
				t.Errorf("%+v", f)
			}
			return
		}
	}
	t.Errorf("spin is not among %d functions", len(s.Functions))
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{nil, {"/nonexistent/command"}, {"no-such-command-anywhere"}} {
		if _, err := Run(t.Context(), command, RunOptions{}); err == nil || !strings.HasPrefix(err.Error(), "profile a command: ") {
			t.Errorf("%q: error %v", command, err)
		}
	}
}
