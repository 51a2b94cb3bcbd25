package pgserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// cacheFolder returns the folder that holds what outlives a process, made if need be: dir, or a place of the user's.
func cacheFolder(dir string, who owner) (string, error) {
	if dir != "" {
		dir, err := filepath.Abs(dir)
		if err == nil {
			err = makeCache(dir, who)
		}
		if err != nil {
			return "", fmt.Errorf("cache folder: %w", err)
		}
		return dir, nil
	}
	var reasons error
	for _, dir := range cachePlaces(who) {
		err := makeCache(dir, who)
		if err == nil {
			return dir, nil
		}
		reasons = errors.Join(reasons, err)
	}
	return "", fmt.Errorf("no place for a cache folder; name one with PGASSAY_CACHE: %w", reasons)
}

// cachePlaces lists where a cache folder may be, best first. For root it has to be a place that the server's user can
// enter, and not the home of the user who became root.
func cachePlaces(who owner) []string {
	var places []string
	dir, err := os.UserCacheDir()
	if err == nil && filepath.IsAbs(dir) && (os.Getenv("XDG_CACHE_HOME") != "" || ownHome()) {
		places = append(places, filepath.Join(dir, "pgassay"))
	}
	if who.other {
		places = append(places, "/var/cache/pgassay")
	}
	return append(places, filepath.Join(os.TempDir(), "pgassay-cache-"+strconv.Itoa(os.Geteuid())))
}

// ownHome tells whether we have a home folder of our own: services have none, and under some configurations of sudo it is
// another user's.
func ownHome() bool {
	home, err := os.UserHomeDir()
	if err != nil {
		return false
	}
	info, err := os.Stat(home)
	return err == nil && ours(info)
}

// makeCache makes a cache folder and checks that nobody else can put anything into it.
func makeCache(dir string, who owner) error {
	mode := fs.FileMode(0o700)
	if who.other {
		mode = 0o755 // the server's user passes through
	}
	if err := makeFolder(dir, mode); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	if !ours(info) || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s belongs to somebody else, or others may write to it", dir)
	}
	probe, err := os.CreateTemp(dir, ".probe-*") // on a read-only file system all of the above works
	if err != nil {
		return err
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return err
	}
	return who.reach(dir)
}

// makeFolder makes a folder, and those above it, unless it is there. Its mode is what is asked for whatever our umask.
func makeFolder(dir string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(dir), mode); err != nil {
		return err
	}
	err := os.Mkdir(dir, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// shortHash is a name for a path, where the path itself is too long.
func shortHash(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:5])
}

// cacheOnly is cacheFolder for those who only look.
func cacheOnly(dir string) (string, error) {
	who, err := serverOwner()
	if err != nil {
		return "", err
	}
	return cacheFolder(dir, who)
}

// globQuote makes a path stand for itself in filepath.Glob.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
