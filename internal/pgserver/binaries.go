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

// FindBinaries returns the PostgreSQL that a server is started from: the one in dir if that is not empty, else the first
// on PATH, else the newest of those in the usual places. It returns an error that wraps ErrNoBinaries if there is none.
func FindBinaries(ctx context.Context, dir string) (Binaries, error) {
	if dir != "" {
		b, err := inspect(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("PostgreSQL in %s: %w", dir, err)
		}
		return b, nil
	}
	found := installed(ctx)
	if len(found) == 0 {
		return Binaries{}, ErrNoBinaries
	}
	return found[0], nil
}

// findMajor returns the first of the installed PostgreSQLs of a major version.
func findMajor(ctx context.Context, major int) (Binaries, error) {
	for _, b := range installed(ctx) {
		if b.Major == major {
			return b, nil
		}
	}
	return Binaries{}, fmt.Errorf("%w of version %d", ErrNoBinaries, major)
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
		for _, dir := range []string{dir, target(filepath.Join(dir, "initdb")), target(filepath.Join(dir, "postgres"))} {
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
	if err != nil {
		return Binaries{}, fmt.Errorf("run postgres --version: %w", err)
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
