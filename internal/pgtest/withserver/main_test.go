package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// helperVariable makes this test binary be withserver.
const helperVariable = "WITHSERVER_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

func withserver(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	pgtest.Server(t) // skips the test where there is no PostgreSQL
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, arguments...)
	command.Env = append(os.Environ(), helperVariable+"=1")
	return command
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		arguments []string
		want      int
	}{
		{"success", []string{"true"}, 0},
		{"failure", []string{"sh", "-c", "exit 7"}, 7},
		{"signal", []string{"sh", "-c", "kill -s TERM $$"}, 128 + int(syscall.SIGTERM)},
		{"no such program", []string{"/none/such"}, 1},
		{"no command", nil, 2},
		{"no command for a repository", []string{"--repository"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			command := withserver(t, test.arguments...)
			out, err := command.CombinedOutput()
			if got := command.ProcessState.ExitCode(); got != test.want {
				t.Errorf("exit code %d (%v), want %d: %s", got, err, test.want, out)
			}
		})
	}
}

// TestAddress lets the command say what address it got, and looks whether the server has gone with it.
func TestAddress(t *testing.T) {
	t.Parallel()
	out, err := withserver(t, "sh", "-c", `printf %s "$`+pgtest.Variable+`"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	dsn := string(out)
	if !strings.HasPrefix(dsn, "postgres://") {
		t.Fatalf("the address is %q", dsn)
	}
	_, folder, _ := strings.Cut(dsn, "host=")
	folder, _, _ = strings.Cut(folder, "&")
	if folder = strings.ReplaceAll(folder, "%2F", "/"); folder == "" {
		t.Fatalf("%s names no folder", dsn)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is left (%v)", folder, err)
	}
}

func TestSignalsAreForwarded(t *testing.T) {
	t.Parallel()
	command := withserver(t, "sh", "-c", `trap 'echo heard; exit 9' TERM; echo ready; while :; do sleep 0.01; done`)
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the command says %q", lines.Text())
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "heard" {
		t.Errorf("the command says %q", lines.Text())
	}
	_ = command.Wait() // says what follows
	if got := command.ProcessState.ExitCode(); got != 9 {
		t.Errorf("exit code %d, want 9", got)
	}
}

// TestRepository holds that under --repository the server is one that was downloaded.
func TestRepository(t *testing.T) {
	t.Parallel()
	if _, err := pgserver.Installed(t.Context()); err != nil {
		t.Skip("needs an installed PostgreSQL to be made a repository of: ", err)
	}
	command := withserver(t, "--repository", "sh", "-c", `echo "$PGASSAY_PG_BIN $PGASSAY_PG_REPOSITORY"; ls "$PGASSAY_CACHE/postgresql"/*/bin/`)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if strings.Contains(stderr.String(), "no pg_config") {
		t.Skip("needs a PostgreSQL with pg_config: ", stderr.String())
	}
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if got := string(out); !strings.HasPrefix(got, "download http://127.0.0.1:") || !strings.Contains(got, "initdb") {
		t.Errorf("the command sees %s", got)
	}
}
