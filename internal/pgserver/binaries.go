package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldest is the first PostgreSQL that all of pgassay's SQL works on.
const oldest = 13

// ErrNoBinaries says that this machine has no PostgreSQL server that could be started.
var ErrNoBinaries = errors.New("no PostgreSQL server found")

// usualPlaces are where packages put initdb and postgres without adding them to PATH.
var usualPlaces = [...]string{
	"/usr/lib/postgresql/*/bin",                                       // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                                // PostgreSQL's packages for Red Hat, Fedora, SUSE
	"/usr/lib/postgresql*/bin",                                        // SUSE
	"/usr/libexec/postgresql*",                                        // Alpine
	"/usr/local/pgsql/bin",                                            // built from source
	"/opt/homebrew/opt/postgresql*/bin",                               // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",                                  // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",                  // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",              // Postgres.app
	"/opt/local/lib/postgresql*/bin",                                  // MacPorts
	"/Library/PostgreSQL/*/bin",                                       // EDB's installer
	"/run/current-system/sw/bin", "/nix/var/nix/profiles/default/bin", // NixOS, Nix
}

// Binaries are the programs of one PostgreSQL installation.
type Binaries struct {
	Dir     string // holds initdb and postgres
	Version string // as postgres --version says it, such as 16.4
	Major   int    // 16
}

// A Source says which PostgreSQL to use and where it comes from. The zero value is the first on PATH, else the newest in
// the usual places of this system, else one that is downloaded into the cache folder.
type Source struct {
	// BinDir is the folder of initdb and postgres; empty means to look for them, DownloadOnly not to look on this machine.
	BinDir string
	// Version is the version to use, such as 17 or 17.5. Empty means any.
	Version string
	// Repository is the URL of the Maven repository to download from. Empty means the default of embedded-postgres.
	Repository string
	// Progress is called during a download with the bytes that have come, and how many there will be (-1 if unknown).
	Progress func(done, total int64)
	// CacheDir is the folder for what outlives a process; empty means one in the user's cache folder.
	CacheDir string

	patience time.Duration // how long a repository may keep silent; 0 means the default
}

// Find returns the binaries that a source stands for, which are downloaded if need be. Its errors wrap ErrNoBinaries if
// there are none and none can be had.
func (s Source) Find(ctx context.Context) (Binaries, error) {
	cache, err := cacheOnly(s.CacheDir)
	if err != nil {
		return Binaries{}, err
	}
	return s.find(ctx, cache)
}

// find is Find with a cache folder that exists.
func (s Source) find(ctx context.Context, cache string) (Binaries, error) {
	if s.BinDir != "" && s.BinDir != DownloadOnly {
		b, err := inspect(ctx, s.BinDir)
		if err == nil && !b.is(s.Version) {
			err = fmt.Errorf("it is version %s, and %s is asked for", b.Version, s.Version)
		}
		if err != nil {
			return Binaries{}, fmt.Errorf("PostgreSQL in %s: %w", s.BinDir, err)
		}
		return b, nil
	}
	if s.BinDir == "" {
		for _, b := range installed(ctx) {
			if b.is(s.Version) {
				return b, nil
			}
		}
	}
	return s.download(ctx, cache)
}

// Installed returns the PostgreSQL that the zero Source finds on this machine. It downloads nothing; its error wraps
// ErrNoBinaries if there is none.
func Installed(ctx context.Context) (Binaries, error) {
	list := installed(ctx)
	if len(list) == 0 {
		return Binaries{}, ErrNoBinaries
	}
	return list[0], nil
}

// is tells whether a version that somebody asked for, such as 17, is that of the binaries.
func (b Binaries) is(version string) bool {
	want, got := numbers(version), numbers(b.Version)
	if len(want) == 3 && want[2] == 0 {
		want = want[:2] // a repository's 17.5.0 is 17.5
	}
	return len(want) <= len(got) && slices.Equal(want, got[:len(want)])
}

// installed returns what is on PATH, in its order, and then what is in the usual places, newest first.
func installed(ctx context.Context) []Binaries {
	var found []Binaries
	seen := map[string]bool{}
	look := func(dir string) (Binaries, bool) {
		if dir == "" || seen[dir] {
			return Binaries{}, false
		}
		seen[dir] = true
		b, err := inspect(ctx, dir)
		return b, err == nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		for _, dir := range []string{target(filepath.Join(dir, "initdb")), dir, target(filepath.Join(dir, "postgres"))} {
			if b, ok := look(dir); ok {
				found = append(found, b)
			}
		}
	}
	var usual []Binaries
	for _, place := range usualPlaces {
		dirs, err := filepath.Glob(place)
		if err != nil {
			continue // the patterns are all well formed
		}
		for _, dir := range dirs {
			if b, ok := look(dir); ok {
				usual = append(usual, b)
			}
		}
	}
	slices.SortStableFunc(usual, func(a, b Binaries) int { return compareVersions(b.Version, a.Version) })
	return append(found, usual...)
}

// target returns the folder that a symbolic link to a program leads to, or "" if there is none: a folder on PATH may hold
// links to some of the programs only.
func target(link string) string {
	path, err := filepath.EvalSymlinks(link)
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect tells what PostgreSQL a folder holds, or why it can't be used.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return Binaries{}, fmt.Errorf("%w: it holds no %s", ErrNoBinaries, name)
		}
		if info.IsDir() || info.Mode()&0o111 == 0 {
			return Binaries{}, fmt.Errorf("%w: its %s is no program", ErrNoBinaries, name)
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) { // a library is missing, or it was built for another system
		return Binaries{}, fmt.Errorf("postgres --version: %w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return Binaries{}, fmt.Errorf("postgres --version: %w", err)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return Binaries{}, fmt.Errorf("postgres --version says %q", strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(string(match[2]))
	if err != nil {
		return Binaries{}, fmt.Errorf("postgres --version: %w", err)
	}
	if major < oldest {
		return Binaries{}, fmt.Errorf("%w: it is version %s, and %d is the oldest that works", ErrNoBinaries, match[1], oldest)
	}
	return Binaries{Dir: dir, Version: string(match[1]), Major: major}, nil
}

// compareVersions orders versions such as 9.6.24, 16.4 and 17beta1 by their numbers.
func compareVersions(a, b string) int { return slices.Compare(numbers(a), numbers(b)) }

func numbers(version string) []int {
	var list []int
	for _, word := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(word)
		if err != nil {
			break
		}
		list = append(list, n)
	}
	return list
}
