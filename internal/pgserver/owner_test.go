package pgserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMay checks permissions for a user that owns nothing here, with files whose group is not his either.
func TestMay(t *testing.T) {
	t.Parallel()
	stranger := owner{uid: 4_000_000, gid: 4_000_000, other: true}
	self := owner{uid: uint32(os.Geteuid()), gid: 4_000_000, other: true}
	group := owner{uid: 4_000_000, gid: uint32(os.Getegid()), other: true}
	dir := t.TempDir()
	for _, test := range []struct {
		name string
		who  owner
		mode os.FileMode
		bits os.FileMode
		want bool
	}{
		{"everybody's", stranger, 0o777, 0o3, true},
		{"the owner's", stranger, 0o700, 0o1, false},
		{"the owner's, for the owner", self, 0o700, 0o3, true},
		{"the group's", stranger, 0o770, 0o1, false},
		{"the group's, for the group", group, 0o770, 0o3, true},
		{"to pass through", stranger, 0o711, 0o1, true},
		{"to pass through, not to write", stranger, 0o711, 0o3, false},
		{"everybody's but the owner's", self, 0o077, 0o1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, strings.ReplaceAll(test.name, " ", "_"))
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.who.may(info, test.bits); got != test.want {
				t.Errorf("%t for mode %v", got, test.mode)
			}
		})
	}
}

// TestReach closes a folder above one that is open to all.
func TestReach(t *testing.T) {
	t.Parallel()
	stranger := owner{uid: 4_000_000, gid: 4_000_000, other: true}
	dir, err := os.MkdirTemp("/tmp", "pgserver-reach-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	inner := filepath.Join(dir, "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	err = stranger.reach(inner)
	if err == nil || !strings.Contains(err.Error(), "user 4000000, as whom PostgreSQL runs, may not enter "+dir) {
		t.Errorf("through a closed folder: %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := stranger.reach(inner); err != nil {
		t.Errorf("through an open one: %v", err)
	}
	if err := stranger.writable(inner); err == nil || !strings.Contains(err.Error(), "may not write to "+inner) {
		t.Errorf("writing to a folder of another's: %v", err)
	}
	if err := (owner{}).reach(filepath.Join(dir, "none")); err != nil {
		t.Errorf("ourselves need no permission: %v", err)
	}
}

// TestTemporaryBase sets TMPDIR to a folder that the server's user can't use.
func TestTemporaryBase(t *testing.T) {
	closed := t.TempDir() // 0700, as is the one above it
	stranger := owner{uid: 4_000_000, gid: 4_000_000, other: true}
	t.Setenv("TMPDIR", closed)
	if got, err := stranger.temporaryBase(); err != nil || got != "/tmp" {
		t.Errorf("for another user it is %q, %v", got, err)
	}
	if got, err := (owner{}).temporaryBase(); err != nil || got != closed {
		t.Errorf("for ourselves it is %q, %v", got, err)
	}
}
