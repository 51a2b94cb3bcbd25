//go:build linux || darwin

package pgserver

import (
	"golang.org/x/sys/unix"
)

// forgetMemory removes the System V shared memory segment that a server on a data folder left because it was killed with
// SIGKILL. Nothing else does: PostgreSQL finds such a segment again only if it is started on the very same folder. It
// removes no segment that a process has attached or that another process than that server made.
func forgetMemory(data string) {
	lock := readServerLock(data)
	if lock.pid == 0 || lock.segment < 0 || alive(lock.pid) && serves(lock.pid, data) {
		return
	}
	var segment unix.SysvShmDesc
	if _, err := unix.SysvShmCtl(lock.segment, unix.IPC_STAT, &segment); err != nil || int(segment.Cpid) != lock.pid || segment.Nattch != 0 {
		return
	}
	_, _ = unix.SysvShmCtl(lock.segment, unix.IPC_RMID, nil) // another process may have been faster
}
