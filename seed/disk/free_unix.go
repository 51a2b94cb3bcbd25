//go:build linux || darwin || freebsd

package disk

import "golang.org/x/sys/unix"

// free is how many bytes an ordinary user can still write to the file system of a path.
func free(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
