package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guard runs guardian.sh with programs that stand for initdb and postgres, and returns the folder that was to be the
// server's. Its standard error is a pipe that nobody reads any more, as that of an owner that was killed.
func guard(t *testing.T, initdb, postgres string) (home string) {
	t.Helper()
	dir := t.TempDir()
	bin := fake(t, filepath.Join(dir, "bin"), "16.4", "initdb", "postgres")
	for name, script := range map[string]string{"initdb": initdb, "postgres": postgres} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	lock, err := tryLock(filepath.Join(dir, "lock"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	home = filepath.Join(dir, "home")
	command := exec.CommandContext(t.Context(), "/bin/sh", "-c", guardianScript, "guardian", home, home, bin, "remove")
	command.Stdin = strings.NewReader("secret\n")
	command.Stderr = write
	command.ExtraFiles = []*os.File{lock}
	_ = command.Run() // how it ends says nothing: what it leaves does
	return home
}

// TestGuardianCleansUp has initdb and postgres end in every way, with nobody to hear of it.
func TestGuardianCleansUp(t *testing.T) {
	t.Parallel()
	makes := `for last; do [ "$before" = -D ] && data=$last; before=$last; done; mkdir -p "$data"; `
	for _, test := range []struct{ name, initdb, postgres string }{
		{"initdb fails", "echo no luck; exit 1", "exit 0"},
		{"initdb dies", "kill -s TERM $$", "exit 0"},
		{"initdb crashes", "kill -s SEGV $$", "exit 0"},
		{"initdb is no program", "exec /none/such", "exit 0"},
		{"postgres ends", makes, "exit 0"},
		{"postgres fails", makes, "echo no luck; exit 1"},
		{"postgres is killed", makes, "kill -s KILL $$"},
		{"postgres writes until the end", makes, `home=$(dirname "$2"); (i=0; while [ $i -lt 100 ]; do mkdir "$home/data/$i" 2>/dev/null; i=$((i+1)); done) & exit 0`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if home := guard(t, test.initdb, test.postgres); !gone(home) {
				entries, err := os.ReadDir(home)
				t.Errorf("the folder is left with %v (%v)", entries, err)
			}
		})
	}
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}
