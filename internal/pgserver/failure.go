package pgserver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

var (
	// ErrPortTaken says that another program listens on the TCP port that a server was to have.
	ErrPortTaken = errors.New("port taken")
	// ErrDiskFull says that a server found no room for its files.
	ErrDiskFull = errors.New("disk full")
	// ErrOtherVersion says that a data folder was made by another major version of PostgreSQL.
	ErrOtherVersion = errors.New("made by another version of PostgreSQL")
)

var madeBy = regexp.MustCompile(`initialized by PostgreSQL version (\S+?),`)

// explainFailure turns what initdb, postgres or the shell said before they ended into an error that says what to do.
func explainFailure(message string, l launch) error {
	has := func(part string) bool { return strings.Contains(message, part) }
	switch {
	case has("Address already in use"):
		return fmt.Errorf("%w: another program listens on port %d", ErrPortTaken, l.port)
	// Its "No space left on device" does not mean a disk.
	case has("could not create shared memory segment"), has("could not resize shared memory segment"), has("could not create semaphores"):
		return fmt.Errorf("the system gives no shared memory to another PostgreSQL: stop one that runs, or raise the kernel's limits: %s", gist(message))
	case outOfRoom(message):
		return l.noRoom()
	case has("initialized by PostgreSQL version"):
		version := "another version"
		if match := madeBy.FindStringSubmatch(message); match != nil {
			version = "version " + match[1]
		}
		return fmt.Errorf("%w: the data folder in %s is of %s, this is %s", ErrOtherVersion, l.home, version, l.binaries.Version)
	case has("Permission denied") && has(l.binaries.Dir) && l.who.other:
		return fmt.Errorf("user %d, as whom PostgreSQL runs because we are root, may not run what is in %s: give it access, or run pgassay as an ordinary user: %s",
			l.who.uid, l.binaries.Dir, gist(message))
	case message == "":
		return errors.New("it ended without a word")
	}
	return errors.New(gist(message))
}

// outOfRoom tells whether a message is about a full disk, a quota or a limit: what errno says, and what PostgreSQL does.
func outOfRoom(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc([]string{"no space left on device", "disk quota exceeded", "file too large", "check free disk space"},
		func(part string) bool { return strings.Contains(message, part) })
}

func (l launch) noRoom() error {
	return fmt.Errorf("%w: no room for a data folder in %s: free 100 MB there, or name another place with %s", ErrDiskFull, l.home, l.placeVariable())
}

// explainFiles does for errors of our own what explainFailure does for those of others.
func explainFiles(err error, l launch) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w (%w)", l.noRoom(), err)
	}
	return err
}

var severe = regexp.MustCompile(`(FATAL|PANIC|ERROR|HINT|DETAIL|[a-z]: (error|fatal|detail|hint)): .*`)

// gist returns the lines of a log that say what went wrong, or its end if none does.
func gist(log string) string {
	if lines := severe.FindAllString(log, -1); len(lines) > 0 {
		return strings.Join(lines[:min(len(lines), 6)], "; ")
	}
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}

// placeVariable names the environment variable that moves the server's folder.
func (l launch) placeVariable() string {
	if l.keep {
		return "PGASSAY_CACHE"
	}
	return "TMPDIR"
}
