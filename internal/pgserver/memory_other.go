//go:build unix && !linux && !darwin

package pgserver

// forgetMemory does nothing here: the system call has no name in golang.org/x/sys/unix.
func forgetMemory(string) {}
