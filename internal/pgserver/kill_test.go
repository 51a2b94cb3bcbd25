package pgserver

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestOwnerKilled kills the process that owns a server, at every stage of the server's life. Nothing may be left of it.
func TestOwnerKilled(t *testing.T) {
	t.Parallel()
	// What there is to see of a server's folder tells how far it has come.
	there := func(pattern string) func(p place) bool {
		return func(p place) bool {
			found, err := filepath.Glob(filepath.Join(globQuote(p.temporary), "pgassay-*", pattern))
			return err == nil && len(found) > 0
		}
	}
	for _, stage := range []struct {
		name    string
		reached func(p place) bool
	}{
		{"at once", func(place) bool { return true }},
		{"registered", func(p place) bool { list, err := Temporaries(p.cache); return err == nil && len(list) > 0 }},
		{"folder made", there(".")},
		{"initdb begins", there("data.new")},
		{"bootstrapping", there("data.new/global/pg_control")},
		{"after bootstrap", there("data.new/base/5")},
		{"initdb is done", there("data")},
		{"postgres begins", there("data/postmaster.pid")},
		{"its socket is there", there(".s.PGSQL.*")},
	} {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			h := p.help(t, "temporary")
			await(t, stage.name, func() bool { return stage.reached(p) })
			h.kill(t)
			p.settled(t)
			p.wantNothing(t)
		})
	}
}

// TestOwnerKilledWhileRunning looks closer at what a server that was in use leaves.
func TestOwnerKilledWhileRunning(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h, folder := p.owner(t, "temporary")
	pid := serverProcess(filepath.Join(folder, "data"))
	id, exists := sharedMemory(t, folder)
	if pid == 0 || !exists() {
		t.Fatalf("the server does not run: process %d", pid)
	}
	h.kill(t)
	p.settled(t)
	p.wantNothing(t)
	if alive(pid) {
		t.Errorf("process %d is left", pid)
	}
	if exists() {
		t.Errorf("shared memory %d is left", id)
	}
}

// TestOwnerKilledAnyTime kills at moments spread over the time that a start takes.
func TestOwnerKilledAnyTime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a server start for each of its kills")
	}
	p := newPlace(t)
	begin := time.Now()
	h, _ := p.owner(t, "temporary")
	whole := time.Since(begin)
	h.end(t)
	const kills = 12
	for i := range kills {
		h := p.help(t, "temporary")
		time.Sleep(whole * time.Duration(i) / kills) // which moment it is doesn't matter, only that they differ
		h.kill(t)
		p.settled(t)
		p.wantNothing(t)
	}
}

// TestOwnerEnds has the owner end without a call of Stop.
func TestOwnerEnds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h, _ := p.owner(t, "temporary")
	h.end(t)
	p.settled(t)
	p.wantNothing(t)
}

// TestProcessGroup makes sure that what is meant for the owner's process group doesn't reach the server: Ctrl-C in a
// terminal, or a shell that kills its job.
func TestProcessGroup(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h, folder := p.owner(t, "temporary")
	guardian := guardiansOf(t, folder)[0]
	group, err := syscall.Getpgid(guardian)
	if err != nil {
		t.Fatal(err)
	}
	if group != guardian {
		t.Errorf("the guardian is in process group %d, not in one of its own", group)
	}
	h.end(t)
	p.settled(t)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h, folder := p.owner(t, "keep")
	h.kill(t)
	list, err := Temporaries(p.cache)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].State != StateKept || list[0].Folder != folder || list[0].PID == 0 {
		t.Fatalf("the register has %+v", list)
	}
	stopped, err := StopTemporaries(t.Context(), p.cache)
	if err != nil {
		t.Fatal(err)
	}
	if len(stopped) != 1 || stopped[0].Folder != folder {
		t.Errorf("stopped %+v", stopped)
	}
	p.wantNothing(t)
}

// TestGuardianKilled kills the guardian before the owner: what is left then is known, and can be removed.
func TestGuardianKilled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		victims func(guardian, watcher, server int) []int
		lives   bool // the server does
	}{
		{"its watcher stops the server", func(guardian, _, _ int) []int { return []int{guardian} }, false},
		{"with its watcher", func(guardian, watcher, _ int) []int { return []int{watcher, guardian} }, true},
		{"with its watcher and the server", func(guardian, watcher, server int) []int { return []int{watcher, guardian, server} }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			h, folder := p.owner(t, "temporary")
			guardians := guardiansOf(t, folder)
			server := serverProcess(filepath.Join(folder, "data"))
			id, memory := sharedMemory(t, folder)
			for _, pid := range test.victims(guardians[0], guardians[1], server) {
				kill(t, pid)
				await(t, "it has gone", func() bool { return !alive(pid) })
			}
			h.kill(t)
			p.settled(t)
			await(t, "the watcher has gone", func() bool { return !alive(guardians[1]) })
			if !test.lives {
				await(t, "the server has gone", func() bool { return !alive(server) })
				server = 0
			}
			list, err := Temporaries(p.cache)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) != 1 || list[0].State != StateLeft || list[0].Folder != folder || list[0].PID != server {
				t.Fatalf("the register has %+v, want %s left behind with process %d", list, folder, server)
			}
			if _, err := StopTemporaries(t.Context(), p.cache); err != nil {
				t.Fatal(err)
			}
			p.wantNothing(t)
			if memory() {
				t.Errorf("shared memory %d is left", id)
			}
		})
	}
}
