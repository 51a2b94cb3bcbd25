package pgserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An owner is the user that a server runs as. The zero value is whoever runs this program.
type owner struct {
	uid, gid uint32
	other    bool // the server runs as another user than we do
}

// serverOwner returns whom to run a server as: PostgreSQL refuses to run as root, and initdb wants a user with a name.
// nobody comes before postgres, so that our server can't touch what another PostgreSQL of this machine owns.
func serverOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"nobody", "postgres", "daemon", "bin"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return owner{uint32(uid), uint32(gid), true}, nil
		}
	}
	return owner{}, errors.New("PostgreSQL refuses to run as root, and this machine has no user nobody, postgres, daemon or bin to run it as: run pgassay as an ordinary user")
}

// attributes make a process run as the owner, in a session of its own, so that Ctrl-C in our terminal reaches us alone.
func (o owner) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if o.other {
		attributes.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	return attributes
}

// chown gives a file of ours to the owner.
func (o owner) chown(path string) error {
	if !o.other {
		return nil
	}
	return os.Chown(path, int(o.uid), int(o.gid))
}

// reach returns an error if the owner, where it is not ourselves, may not enter a folder or one above it.
func (o owner) reach(dir string) error {
	if !o.other {
		return nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if !o.may(info, 0o1) {
			return fmt.Errorf("user %d, as whom PostgreSQL runs, may not enter %s", o.uid, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// may tells whether the owner has all of the permissions in bits (4 read, 2 write, 1 enter) on a file.
func (o owner) may(info fs.FileInfo, bits fs.FileMode) bool {
	mode := info.Mode().Perm()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		switch {
		case stat.Uid == o.uid:
			mode >>= 6
		case stat.Gid == o.gid:
			mode >>= 3
		}
	}
	return mode&bits == bits
}

// temporaryBase returns a folder in which the owner may make a temporary one.
func (o owner) temporaryBase() (string, error) {
	var reasons error
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		dir, err := filepath.Abs(dir)
		if err == nil {
			err = o.writable(dir)
		}
		if err == nil {
			return dir, nil
		}
		reasons = errors.Join(reasons, err)
	}
	return "", fmt.Errorf("no folder for temporary files; set TMPDIR to one: %w", reasons)
}

func (o owner) writable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || !o.other {
		return err
	}
	if err := o.reach(dir); err != nil {
		return err
	}
	if !o.may(info, 0o3) {
		return fmt.Errorf("user %d, as whom PostgreSQL runs, may not write to %s", o.uid, dir)
	}
	return nil
}
