package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// errLocked says that another process holds a lock.
var errLocked = errors.New("locked by another process")

// tryLock opens a file, made if it isn't there and create says so, and locks it until the returned file, and every
// inherited copy of it, is closed. The lock goes with the processes that hold it, however they end. It returns errLocked
// if another process holds it, and an error that wraps fs.ErrNotExist if there is no such file.
func tryLock(path string, create bool) (*os.File, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	for {
		file, err := os.OpenFile(path, flags, 0o600)
		if err != nil {
			return nil, err
		}
		if err := flock(file); err != nil {
			file.Close()
			return nil, err
		}
		// Between opening and locking another process may have removed the file: then the lock guards nothing.
		locked, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(locked, there) {
			return file, nil
		}
		file.Close()
	}
}

func flock(file *os.File) error {
	for {
		switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		default:
			return fmt.Errorf("lock %s: %w", file.Name(), err)
		}
	}
}

// lock is tryLock that waits for its turn.
func lock(ctx context.Context, path string) (*os.File, error) {
	for {
		file, err := tryLock(path, true)
		if !errors.Is(err, errLocked) {
			return file, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another pgassay that holds %s: %w", path, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
