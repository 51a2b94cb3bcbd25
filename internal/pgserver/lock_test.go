package pgserver

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	if _, err := tryLock(path, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lock that isn't there: %v", err)
	}
	held, err := tryLock(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tryLock(path, true); !errors.Is(err, errLocked) {
		t.Errorf("a lock that is held: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a lock, cancelled: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	// The file goes, and somebody else makes a new one: both locks are good, on different files.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := tryLock(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Close(), other.Close()); err != nil {
		t.Error(err)
	}
}

// TestLockPassesOn holds that the lock stays for as long as a copy of the file that another process inherited.
func TestLockPassesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := tryLock(path, true)
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	process, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "read line"}, &os.ProcAttr{Files: []*os.File{read, nil, nil, held}})
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tryLock(path, true); !errors.Is(err, errLocked) {
		t.Errorf("the lock while a child has it: %v", err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	after, err := tryLock(path, true)
	if err != nil {
		t.Fatalf("the lock when the child has gone: %v", err)
	}
	after.Close()
}
