package pgserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// keptMark is the file in a server's folder that says that the server outlives whoever started it.
const keptMark = "kept"

// States of a temporary server.
const (
	StateRunning  = "running"     // the process that started it is at work
	StateKept     = "kept"        // it was told to outlive that process
	StateStopping = "stopping"    // that process has gone, and the server is on its way
	StateLeft     = "left behind" // nobody looks after it: its guardian was killed too, or the machine went down
)

// Temporary is one server that Start started, or what is left of it.
type Temporary struct {
	Folder   string    `json:"folder"`
	State    string    `json:"state"`
	PID      int       `json:"pid"` // of postgres; 0 if it doesn't run
	OwnerPID int       `json:"owner_pid"`
	Started  time.Time `json:"started"`
}

// An entry is the file that says that a temporary server exists. It is locked for as long as the server's owner or its
// guardian lives, so that one look at the lock tells whether anybody looks after the server.
type entry struct {
	path string
	file *os.File
}

func register(cache, home string) (*entry, error) {
	dir := filepath.Join(cache, "temporary")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("register a server: %w", err)
	}
	if _, err := readRegister(cache); err != nil { // forgets those that are gone
		return nil, err
	}
	path := filepath.Join(dir, filepath.Base(home)+".json")
	file, err := tryLock(path, true)
	if err != nil {
		return nil, fmt.Errorf("register a server: %w", err)
	}
	e := &entry{path, file}
	content, err := json.Marshal(Temporary{Folder: home, OwnerPID: os.Getpid(), Started: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		_, err = file.Write(content)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("register a server: %w", err), e.remove())
	}
	return e, nil
}

// remove takes the entry out of the register. A second call does nothing.
func (e *entry) remove() error {
	err := os.Remove(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if closeErr := e.file.Close(); err == nil && !errors.Is(closeErr, os.ErrClosed) {
		err = closeErr
	}
	return err
}

// Temporaries returns the temporary servers of this user, in the order of their folders' names. A server whose process
// was killed a moment ago is StateStopping. The register forgets those that are gone, folder and all.
func Temporaries(cacheDir string) ([]Temporary, error) {
	cache, err := cacheOnly(cacheDir)
	if err != nil {
		return nil, err
	}
	return readRegister(cache)
}

func readRegister(cache string) ([]Temporary, error) {
	paths, err := filepath.Glob(filepath.Join(globQuote(cache), "temporary", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("read the register of servers: %w", err)
	}
	list := []Temporary{}
	for _, path := range paths {
		t, err := readEntry(path)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errEmptyEntry):
		case err != nil:
			return nil, fmt.Errorf("read the register of servers: %w", err)
		default:
			list = append(list, t)
		}
	}
	return list, nil
}

var errEmptyEntry = errors.New("an entry that says nothing yet")

// readEntry reads one entry, and removes it if what it names is gone.
func readEntry(path string) (Temporary, error) {
	file, err := tryLock(path, false)
	locked := errors.Is(err, errLocked)
	if err != nil && !locked {
		return Temporary{}, err
	}
	if !locked {
		defer file.Close()
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return Temporary{}, err
	}
	var t Temporary
	if json.Unmarshal(content, &t) != nil || t.Folder == "" {
		if !locked { // whoever was to write it was killed before
			return Temporary{}, errors.Join(errEmptyEntry, os.Remove(path))
		}
		return Temporary{}, errEmptyEntry
	}
	_, err = os.Stat(t.Folder)
	gone := errors.Is(err, fs.ErrNotExist)
	t.PID = serverProcess(filepath.Join(t.Folder, "data"))
	switch _, notKept := os.Stat(filepath.Join(t.Folder, keptMark)); {
	case !locked && gone && t.PID == 0:
		return Temporary{}, errors.Join(fs.ErrNotExist, os.Remove(path))
	case !locked:
		t.State = StateLeft
	case notKept == nil:
		t.State = StateKept
	case alive(t.OwnerPID):
		t.State = StateRunning
	default:
		t.State = StateStopping
	}
	return t, nil
}

// StopTemporaries stops the servers that were kept, removes what was left behind, and returns them. Servers that a
// process is at work with stay.
func StopTemporaries(ctx context.Context, cacheDir string) ([]Temporary, error) {
	cache, err := cacheOnly(cacheDir)
	if err != nil {
		return nil, err
	}
	list, err := readRegister(cache)
	if err != nil {
		return nil, err
	}
	var stopped []Temporary
	for _, t := range list {
		if t.State == StateRunning {
			continue
		}
		if err := stopTemporary(ctx, cache, t); err != nil {
			return stopped, fmt.Errorf("stop the server in %s: %w", t.Folder, err)
		}
		stopped = append(stopped, t)
	}
	return stopped, nil
}

func stopTemporary(ctx context.Context, cache string, t Temporary) error {
	if err := stopProcess(ctx, filepath.Join(t.Folder, "data"), syscall.SIGQUIT); err != nil {
		return err
	}
	path := filepath.Join(cache, "temporary", filepath.Base(t.Folder)+".json")
	file, err := lock(ctx, path) // its guardian, if there is one, removes the folder first
	if err != nil {
		return err
	}
	e := entry{path, file}
	forgetMemory(filepath.Join(t.Folder, "data"))
	sockets := socketFolder(t.Folder)
	return errors.Join(os.RemoveAll(t.Folder), os.RemoveAll(sockets), e.remove())
}
