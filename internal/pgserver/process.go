package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// alive tells whether there is a process of this number.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// A serverLock is what the lock file in a data folder says of the server on it, or on it before the machine went down.
type serverLock struct {
	pid     int // 0 if there is no lock file
	segment int // the identifier of its System V shared memory; -1 if it isn't said
}

// readServerLock reads postmaster.pid. Its lines: https://www.postgresql.org/docs/current/storage-file-layout.html, and
// LOCK_FILE_LINE_* in PostgreSQL's miscadmin.h.
func readServerLock(data string) serverLock {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return serverLock{0, -1}
	}
	return parseServerLock(string(content))
}

func parseServerLock(content string) serverLock {
	lines := strings.Split(content, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return serverLock{0, -1}
	}
	lock := serverLock{pid, -1}
	const memory = 7 - 1 // its key and its identifier
	if len(lines) > memory {
		if words := strings.Fields(lines[memory]); len(words) == 2 {
			if id, err := strconv.Atoi(words[1]); err == nil && id >= 0 {
				lock.segment = id
			}
		}
	}
	return lock
}

// serverProcess returns the number of the postgres that serves a data folder, or 0 if none does. The lock file in the
// folder may be left from before a restart of the machine, its number now another program's.
func serverProcess(data string) int {
	pid := readServerLock(data).pid
	if pid == 0 || !alive(pid) || !serves(pid, data) {
		return 0
	}
	return pid
}

// serves tells whether a process is a postgres on a data folder: its working folder is that one.
func serves(pid int, data string) bool {
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real
	}
	if cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err == nil {
		return cwd == data
	}
	if _, err := os.Stat("/proc/self/cwd"); err == nil {
		return false // it has gone, or is another user's
	}
	command, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && bytes.Contains(command, []byte("postgres")) && bytes.Contains(command, []byte(filepath.Base(filepath.Dir(data))))
}

// stopProcess stops the postgres that serves a data folder, if one does, and waits until it has gone. A server that hasn't
// stopped half a minute later is stopped at once.
func stopProcess(ctx context.Context, data string, signal syscall.Signal) error {
	pid := serverProcess(data)
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	patience := time.After(30 * time.Second)
	for serverProcess(data) == pid {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for process %d to stop: %w", pid, ctx.Err())
		case <-patience:
			if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("stop process %d: %w", pid, err)
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
