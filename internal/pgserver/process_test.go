package pgserver

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func FuzzParseServerLock(f *testing.F) {
	f.Add("4711\n/data\n1700000000\n5432\n/tmp\n127.0.0.1\n  5432001         7\nready   \n")
	f.Add("-1\n")
	f.Add("4711")
	f.Add("4711\n\n\n\n\n\n1 2 3\n")
	f.Add("1\n\n\n\n\n\n1 -2\n")
	f.Fuzz(func(t *testing.T, content string) {
		lock := parseServerLock(content)
		if lock.pid < 0 || lock.pid == 1 || lock.segment < -1 || lock.pid == 0 && lock.segment != -1 {
			t.Errorf("%q is %+v: a signal to that, or its removal, would hit somebody else", content, lock)
		}
	})
}

func TestParseServerLock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		content string
		want    serverLock
	}{
		{"4711\n/data\n1700000000\n5432\n/tmp\n127.0.0.1\n  5432001         7\nready   \n", serverLock{4711, 7}},
		{"4711\n/data\n1700000000\n5432\n", serverLock{4711, -1}}, // as it is at first
		{"", serverLock{0, -1}},
	} {
		if got := parseServerLock(test.content); got != test.want {
			t.Errorf("%q is %+v, want %+v", test.content, got, test.want)
		}
	}
}

func TestServerProcess(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if got := serverProcess(data); got != 0 {
		t.Errorf("a folder without a lock file is served by %d", got)
	}
	// A process that lives, but is no server of this folder.
	if err := os.WriteFile(filepath.Join(data, "postmaster.pid"), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serverProcess(data); got != 0 {
		t.Errorf("a folder with this test's number in its lock file is served by %d", got)
	}
}
