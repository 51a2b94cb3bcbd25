package pgserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func (p place) startKept(t *testing.T, opts KeptOptions) Kept {
	t.Helper()
	opts.Source = testSource(p.cache)
	kept, err := StartKept(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func (p place) stopKept(t *testing.T) (ran bool) {
	t.Helper()
	ran, err := StopKept(t.Context(), p.cache)
	if err != nil {
		t.Fatal(err)
	}
	return ran
}

// sameServer tells whether a server that was started again is the one of before. Another test may have taken its port.
func sameServer(now, before Kept) bool {
	return now.DSN == before.DSN && !now.Moved ||
		now.DSN == strings.Replace(before.DSN, ":"+strconv.Itoa(before.Port)+"/", ":"+strconv.Itoa(now.Port)+"/", 1) && now.Moved
}

func TestKept(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h := p.help(t, "kept")
	var first Kept
	h.result(t, &first)
	h.kill(t) // the server is to outlive whoever started it
	if !first.Started {
		t.Error("the first start says that the server ran already")
	}
	if got := query(t, first.DSN, "SELECT current_database()"); got != "pgassay" {
		t.Errorf("connected to %s", got)
	}
	execute(t, first.DSN, "CREATE TABLE kept (n int)")

	again := p.startKept(t, KeptOptions{})
	if again.Started || again.DSN != first.DSN || again.PID != first.PID {
		t.Errorf("a second start returns %+v, the first %+v", again, first)
	}
	found, running, err := FindKept(p.cache)
	if err != nil || !running || found.DSN != first.DSN {
		t.Errorf("found %+v, %t, %v", found, running, err)
	}
	if !p.stopKept(t) {
		t.Error("Stop says that no server ran")
	}
	if p.stopKept(t) {
		t.Error("a second Stop says that a server ran")
	}
	if _, running, err := FindKept(p.cache); err != nil || running {
		t.Errorf("found a server after Stop: %t, %v", running, err)
	}

	back := p.startKept(t, KeptOptions{})
	if !sameServer(back, first) || !back.Started {
		t.Errorf("after a restart it is %+v, before %+v", back, first)
	}
	if got := query(t, back.DSN, "SELECT to_regclass('kept')::text"); got != "kept" {
		t.Errorf("the table is %q after a restart", got)
	}

	reset := p.startKept(t, KeptOptions{Reset: true})
	if reset.DSN == first.DSN {
		t.Error("a reset keeps the password")
	}
	if got := query(t, reset.DSN, "SELECT coalesce(to_regclass('kept')::text, 'gone')"); got != "gone" {
		t.Errorf("the table is %q after a reset", got)
	}
}

// TestKeptAtOnce starts it from several processes and goroutines at once.
func TestKeptAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var helpers []*helper
	for range 3 {
		helpers = append(helpers, p.help(t, "kept"))
	}
	results := make([]Kept, 3)
	errs := make([]error, 3)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			results[i], errs[i] = StartKept(t.Context(), KeptOptions{Source: testSource(p.cache)})
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	for _, h := range helpers {
		var result Kept
		h.result(t, &result)
		h.end(t)
		results = append(results, result)
	}
	started := 0
	for _, result := range results {
		if result.DSN != results[0].DSN || result.PID != results[0].PID {
			t.Errorf("one got %+v, another %+v", result, results[0])
		}
		if result.Started {
			started++
		}
	}
	if started != 1 {
		t.Errorf("%d of them started it", started)
	}
}

// TestKeptStarterKilled kills the command that starts the server: then either it runs, kept, or nothing does, and the next
// command gets a server anyhow.
func TestKeptStarterKilled(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"home", "home/data.new/global/pg_control", "home/data", "home/data/postmaster.pid", "home/kept"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			h := p.help(t, "kept")
			await(t, stage, func() bool {
				_, err := os.Stat(filepath.Join(p.cache, "server", stage))
				return err == nil
			})
			h.kill(t)
			kept := p.startKept(t, KeptOptions{})
			if got := query(t, kept.DSN, "SELECT current_database()"); got != "pgassay" {
				t.Errorf("connected to %s", got)
			}
			if _, err := os.Stat(filepath.Join(p.cache, "server/home/data.new")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("half a data folder is left: %v", err)
			}
		})
	}
}

// TestKeptAfterCrash kills everything, as a power cut does, and lets the process number in the lock file that is left
// belong to another program.
func TestKeptAfterCrash(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		pid  func(old int) int
	}{
		{"a number of nobody", func(old int) int { return old }},
		{"a number of another program", func(int) int { return os.Getpid() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			kept := p.startKept(t, KeptOptions{})
			execute(t, kept.DSN, "CREATE TABLE precious (n int)")
			home := filepath.Join(p.cache, "server", "home")
			id, memory := sharedMemory(t, home)
			for _, line := range processes(t) {
				if strings.Contains(line, "pgassay-guardian "+home) {
					pid, err := strconv.Atoi(strings.Fields(line)[0])
					if err != nil {
						t.Fatal(err)
					}
					kill(t, pid)
				}
			}
			kill(t, kept.PID)
			await(t, "the server has gone", func() bool { return !alive(kept.PID) })
			lock := filepath.Join(home, "data", "postmaster.pid")
			content, err := os.ReadFile(lock)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(content), "\n")
			if err := os.WriteFile(lock, []byte(strconv.Itoa(test.pid(kept.PID))+"\n"+rest), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, running, err := FindKept(p.cache); err != nil || running {
				t.Fatalf("running: %t, %v", running, err)
			}
			again := p.startKept(t, KeptOptions{})
			if now, _ := sharedMemory(t, home); now != id && memory() && test.name == "a number of nobody" {
				t.Errorf("shared memory %d is left", id)
			}
			if !sameServer(again, kept) || !again.Started {
				t.Errorf("after a crash it is %+v, before %+v", again, kept)
			}
			if got := query(t, again.DSN, "SELECT to_regclass('precious')::text"); got != "precious" {
				t.Errorf("the table is %q after a crash", got)
			}
		})
	}
}

// TestKeptGuardianKilled leaves the server without its guardian.
func TestKeptGuardianKilled(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	kept := p.startKept(t, KeptOptions{})
	for _, line := range processes(t) {
		if strings.Contains(line, "pgassay-guardian "+filepath.Join(p.cache, "server", "home")) {
			pid, err := strconv.Atoi(strings.Fields(line)[0])
			if err != nil {
				t.Fatal(err)
			}
			kill(t, pid)
			await(t, "the guardian has gone", func() bool { return !alive(pid) })
		}
	}
	if _, running, err := FindKept(p.cache); err != nil || !running {
		t.Errorf("running: %t, %v", running, err)
	}
	again := p.startKept(t, KeptOptions{})
	if !sameServer(again, kept) || again.PID == kept.PID {
		t.Errorf("now it is %+v, before %+v", again, kept)
	}
	if !p.stopKept(t) {
		t.Error("Stop says that no server ran")
	}
}

func TestKeptAskedForAnother(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	kept := p.startKept(t, KeptOptions{})
	opts := KeptOptions{Source: testSource(p.cache), Port: kept.Port + 1}
	if _, err := StartKept(t.Context(), opts); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("runs already, on port %d: stop it first", kept.Port)) {
		t.Errorf("another port while it runs: %v", err)
	}
	opts.Port, opts.Version = 0, "99"
	if _, err := StartKept(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "runs already, with PostgreSQL "+kept.Version+": stop it first") {
		t.Errorf("another version while it runs: %v", err)
	}
	p.stopKept(t)
	if _, err := StartKept(t.Context(), opts); !errors.Is(err, ErrOtherVersion) || !strings.Contains(err.Error(), "99 is asked for") {
		t.Errorf("another version on its data: %v", err)
	}
	opts.Version = ""

	// Its port is taken: it moves, unless that port was asked for.
	listener, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(kept.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	opts.Port = kept.Port
	if _, err := StartKept(t.Context(), opts); !errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), "name another one, or none for a free one") {
		t.Errorf("a taken port: %v", err)
	}
	moved := p.startKept(t, KeptOptions{})
	if moved.Port == kept.Port || !moved.Moved {
		t.Errorf("it is on port %d, moved: %t", moved.Port, moved.Moved)
	}
	if got := query(t, moved.DSN, "SELECT current_database()"); got != "pgassay" {
		t.Errorf("connected to %s", got)
	}
}

func TestKeptOfAnotherVersion(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.startKept(t, KeptOptions{})
	p.stopKept(t)
	if err := os.WriteFile(filepath.Join(p.cache, "server/home/data/PG_VERSION"), []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := testSource(p.cache)
	source.Repository = "http://127.0.0.1:1" // nothing is there
	_, err := StartKept(t.Context(), KeptOptions{Source: source})
	if !errors.Is(err, ErrOtherVersion) || !strings.Contains(err.Error(), "is of PostgreSQL 12") || !strings.Contains(err.Error(), "pgassay db start --reset") {
		t.Errorf("the error is %v", err)
	}
	p.startKept(t, KeptOptions{Reset: true})
}

func TestKeptPasswordLost(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.startKept(t, KeptOptions{})
	p.stopKept(t)
	if err := os.Remove(filepath.Join(p.cache, "server/server.json")); err != nil {
		t.Fatal(err)
	}
	_, err := StartKept(t.Context(), KeptOptions{Source: testSource(p.cache)})
	if err == nil || !strings.Contains(err.Error(), "is lost: pgassay db start --reset") {
		t.Errorf("the error is %v", err)
	}
}
