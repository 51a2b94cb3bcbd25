package pgserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// helperVariable makes this test binary do something else than run tests: be a process that owns a server, and can be
// killed.
const helperVariable = "PGSERVER_TEST_HELPER"

func TestMain(m *testing.M) {
	if what := os.Getenv(helperVariable); what != "" {
		os.Exit(help(what))
	}
	flag.Parse()
	if err := havePostgres(context.Background()); errors.Is(err, ErrNoBinaries) && os.Getenv("CI") == "" {
		_ = flag.Set("test.skip", "^Example") // an example can't skip itself
	}
	os.Exit(m.Run())
}

// help starts a server, prints what it is as one line of JSON, and waits for the end of its standard input.
func help(what string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var result any
	var err error
	switch what {
	case "temporary", "keep":
		var s *Server
		if s, err = Start(ctx, Options{Source: testSource(os.Getenv("PGASSAY_CACHE"))}); err == nil {
			result = s.Folder()
		}
		if err == nil && what == "keep" {
			err = s.Keep(ctx)
		}
	case "kept":
		result, err = StartKept(ctx, KeptOptions{Source: testSource(os.Getenv("PGASSAY_CACHE"))})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// testSource is the PostgreSQL that the tests of this package use.
func testSource(cache string) Source {
	return Source{BinDir: os.Getenv("PGASSAY_PG_BIN"), Repository: os.Getenv("PGASSAY_PG_REPOSITORY"), CacheDir: cache}
}

// place is where a test's servers live.
type place struct {
	cache, temporary string
}

// newPlace makes folders for a test's servers. Not in t.TempDir, which root makes so that a server's user can't enter it.
// At the end of the test nothing may run from them or lie in them.
func newPlace(t *testing.T) place {
	t.Helper()
	needPostgres(t)
	dir, err := os.MkdirTemp("/tmp", "pgserver test ") // a space must not matter
	if err != nil {
		t.Fatal(err)
	}
	p := place{filepath.Join(dir, "cache"), filepath.Join(dir, "tmp")}
	for _, path := range []string{dir, p.cache, p.temporary} {
		if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{dir: 0o755, p.temporary: 0o777 | os.ModeSticky} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := StopKept(ctx, p.cache); err != nil {
			t.Error(err)
		}
		if _, err := StopTemporaries(ctx, p.cache); err != nil {
			t.Error(err)
		}
		p.wantNothing(t)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return p
}

// needPostgres skips a test on a user's machine without PostgreSQL; in CI it fails.
func needPostgres(t *testing.T) {
	t.Helper()
	err := havePostgres(t.Context())
	if errors.Is(err, ErrNoBinaries) && os.Getenv("CI") == "" {
		t.Skip("needs PostgreSQL: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func havePostgres(ctx context.Context) error {
	_, err := testSource(os.Getenv("PGASSAY_CACHE")).Find(ctx)
	return err
}

// options are those of a temporary server in a place; TMPDIR is the process's, so only helpers live in p.temporary.
func (p place) options() Options { return Options{Source: testSource(p.cache)} }

// wantNothing fails the test if a server of this place is left: a folder, a process, or an entry of the register.
func (p place) wantNothing(t *testing.T) {
	t.Helper()
	folders, err := os.ReadDir(p.temporary)
	if err != nil {
		t.Error(err)
	}
	for _, folder := range folders {
		t.Errorf("%s is left", folder.Name())
	}
	for _, line := range processes(t) {
		if strings.Contains(line, p.temporary) || strings.Contains(line, p.cache) {
			t.Errorf("a process is left: %s", line)
		}
	}
	entries, err := Temporaries(p.cache)
	if err != nil {
		t.Error(err)
	}
	for _, entry := range entries {
		t.Errorf("the register still has %+v", entry)
	}
}

// processes returns the command lines of all processes.
func processes(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(out), "\n")
}

// A helper is a process of help.
type helper struct {
	command *exec.Cmd
	stdin   io.Closer
	stdout  *bufio.Reader
}

// help starts a helper whose servers live in this place.
func (p place) help(t *testing.T, what string) *helper {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), self)
	command.Env = append(os.Environ(), helperVariable+"="+what, "TMPDIR="+p.temporary, "PGASSAY_CACHE="+p.cache)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return &helper{command, stdin, bufio.NewReader(stdout)}
}

// result waits for what the helper has started.
func (h *helper) result(t *testing.T, result any) {
	t.Helper()
	line, err := h.stdout.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), result); err != nil {
		t.Fatalf("the helper says %s", line)
	}
}

// owner starts a helper that starts a server, waits until that runs, and returns the server's folder too.
func (p place) owner(t *testing.T, what string) (h *helper, folder string) {
	t.Helper()
	h = p.help(t, what)
	h.result(t, &folder)
	return h, folder
}

// kill kills the helper as SIGKILL does, and waits until it has gone.
func (h *helper) kill(t *testing.T) {
	t.Helper()
	if err := h.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.command.Wait() // says that it was killed
}

// end lets the helper end by itself.
func (h *helper) end(t *testing.T) {
	t.Helper()
	if err := h.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.command.Wait(); err != nil {
		t.Fatal(err)
	}
}

// await waits until something is so. What it waits for is another process's doing, which sends no signal.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("in vain waited until %s", what)
		case <-tick.C:
		}
	}
}

// settled waits until no guardian of this place is at work.
func (p place) settled(t *testing.T) {
	t.Helper()
	await(t, "the guardians have done their work", func() bool {
		list, err := Temporaries(p.cache)
		if err != nil {
			t.Fatal(err)
		}
		for _, temporary := range list {
			if temporary.State == StateStopping || temporary.State == StateRunning {
				return false
			}
		}
		return true
	})
}

// sharedMemory returns the number of the System V shared memory segment of a running server, and whether it exists.
func sharedMemory(t *testing.T, home string) (id int, exists func() bool) {
	t.Helper()
	id = readServerLock(filepath.Join(home, "data")).segment
	if id < 0 {
		t.Fatalf("%s names no shared memory", home)
	}
	return id, func() bool {
		out, err := exec.CommandContext(t.Context(), "ipcs", "-m").Output()
		if err != nil {
			t.Skip("needs the program ipcs: ", err)
		}
		for line := range strings.Lines(string(out)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[1] == strconv.Itoa(id) {
				return true
			}
		}
		return false
	}
}

func query(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var value string
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("kill %d: %v", pid, err)
	}
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// guardiansOf returns the process numbers of the guardian of a server's folder, and then of its watcher.
func guardiansOf(t *testing.T, home string) []int {
	t.Helper()
	var list []int
	for _, line := range processes(t) {
		if strings.Contains(line, "pgassay-guardian "+home) {
			pid, err := strconv.Atoi(strings.Fields(line)[0])
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, pid)
		}
	}
	slices.Sort(list)
	if len(list) != 2 {
		t.Fatalf("%s has the guardians %v, want two", home, list)
	}
	return list
}
