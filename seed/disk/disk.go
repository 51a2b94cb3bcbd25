// Package disk finds out how much room there is on the disk that a PostgreSQL server writes to. The server has no function
// that tells, so the answer is known only where client and server share a machine.
package disk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Space is how much room there is.
type Space struct {
	Known bool   `json:"known"`
	Free  int64  `json:"free_bytes"`       // for ordinary users; 0 unless Known
	Path  string `json:"path,omitempty"`   // the folder that was looked at
	Why   string `json:"reason,omitempty"` // why it is not known
}

// Look finds out how much room there is where the database that conn is connected to keeps new tables. It reads, and
// changes nothing. An error is of the connection alone.
func Look(ctx context.Context, conn *pgx.Conn) (Space, error) {
	if !sameMachine(conn.PgConn().Conn().RemoteAddr()) {
		return Space{Why: "the server runs on another machine"}, nil
	}
	var pid int
	var name, tablespace string
	var settings bool // whether data_directory may be read
	err := conn.QueryRow(ctx, `
		SELECT pg_backend_pid(), datname, pg_tablespace_location(dattablespace),
			(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR pg_has_role('pg_read_all_settings', 'USAGE')
		FROM pg_database WHERE datname = current_database()`, pgx.QueryExecModeExec).Scan(&pid, &name, &tablespace, &settings)
	if err != nil {
		return Space{}, fmt.Errorf("find the server's disk: %w", err)
	}
	if why := notOurs(pid); why != "" {
		return Space{Why: why}, nil
	}
	folder := filepath.Join("/proc", strconv.Itoa(pid), "cwd") // of every server process, the data directory
	shown := ""
	if settings {
		if err := conn.QueryRow(ctx, "SELECT current_setting('data_directory')", pgx.QueryExecModeExec).Scan(&shown); err != nil {
			if pgErr := (*pgconn.PgError)(nil); !errors.As(err, &pgErr) {
				return Space{}, fmt.Errorf("find the server's disk: %w", err)
			}
		}
	}
	candidates := []string{folder, shown}
	if tablespace != "" {
		candidates = []string{tablespace} // a path of the server, which is on this machine
	}
	for _, path := range candidates {
		if path == "" {
			continue
		}
		if free, err := free(path); err == nil {
			if path == folder && shown != "" {
				path = shown
			} else if target, err := os.Readlink(path); err == nil && path == folder {
				path = target
			}
			return Space{Known: true, Free: free, Path: path}, nil
		}
	}
	return Space{Why: "this user may not look at the server's data directory"}, nil
}

// sameMachine tells whether a connection's other end may be on this machine. A forwarded port looks like it too.
func sameMachine(a net.Addr) bool {
	switch a := a.(type) {
	case *net.UnixAddr:
		return true
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	}
	return false
}

// notOurs says why a server process is not one of this machine: behind a forwarded port or in a container, its number is
// another process's here or nobody's. Empty means that it is one.
func notOurs(pid int) string {
	title, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if _, noProc := os.Stat("/proc/self"); err != nil && noProc != nil {
		return "this system does not tell which process the server is"
	}
	program, _, _ := strings.Cut(strings.ReplaceAll(string(title), "\x00", " "), " ") // postgres: 15/main: user database …
	if err != nil || !strings.HasPrefix(filepath.Base(program), "postgres") {
		return "the server runs in a container or behind a forwarded port"
	}
	return ""
}
