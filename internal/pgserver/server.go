// Package pgserver runs a PostgreSQL of our own: for people who have none at hand, for tests, and for scratch work.
//
// A server belongs to the process that started it. It stops, and its folder goes, when that process calls Stop or ends in
// whatever way, SIGKILL included: see guardian.sh.
package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	superuser = "pgassay"
	// A path of a Unix socket has 104 bytes on macOS, 108 on Linux, one of them a final zero.
	socketLimit = 103
	// socketPort is part of a socket's file name; it is no TCP port.
	socketPort = 5432
)

// Options choose how Start starts a server. The zero value is a temporary server of the newest PostgreSQL at hand that
// listens on a Unix socket alone.
type Options struct {
	BinDir   string            // the folder of initdb and postgres; empty means FindBinaries
	Settings map[string]string // settings of postgresql.conf; what is not here has PostgreSQL's default, fsync included
}

// A Server is a running PostgreSQL. Its methods are safe for concurrent use.
type Server struct {
	binaries Binaries
	guardian *guardian
	config   *pgx.ConnConfig
	dsn      url.URL
}

// Start starts a server and returns when it accepts connections. The caller calls Stop when done with it.
func Start(ctx context.Context, opts Options) (*Server, error) {
	binaries, err := FindBinaries(ctx, opts.BinDir)
	if err != nil {
		return nil, err
	}
	who, err := serverOwner()
	if err != nil {
		return nil, err
	}
	base, err := who.temporaryBase()
	if err != nil {
		return nil, err
	}
	name := "pgassay-" + strings.ToLower(rand.Text()[:10])
	s := &Server{binaries: binaries}
	home := filepath.Join(base, name)
	sockets := home
	if len(socketPath(sockets)) > socketLimit {
		sockets = filepath.Join("/tmp", name)
	}
	password := rand.Text()
	s.dsn = url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Path:     "/postgres",
		RawQuery: url.Values{"host": {sockets}, "port": {strconv.Itoa(socketPort)}}.Encode(),
	}
	if s.config, err = pgx.ParseConfig(s.dsn.String()); err != nil {
		return nil, errors.New("start PostgreSQL: its own address can't be read")
	}
	arguments := append([]string{home, sockets, binaries.Dir, "remove", "-c", "listen_addresses=", "-c", "port=" + strconv.Itoa(socketPort)}, settings(opts.Settings)...)
	if s.guardian, err = startGuardian(who, password, arguments); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL %s: %w", binaries.Version, err), s.guardian.stop())
	}
	return s, nil
}

func socketPath(dir string) string { return filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(socketPort)) }

// settings turns settings into arguments of postgres, in an order that is always the same.
func settings(values map[string]string) []string {
	var arguments []string
	for name, value := range values {
		arguments = append(arguments, name+"="+value)
	}
	slices.Sort(arguments)
	var list []string
	for _, argument := range arguments {
		list = append(list, "-c", argument)
	}
	return list
}

// awaitReady waits until the server accepts connections. Its socket exists before that, so only a connection can tell.
func (s *Server) awaitReady(ctx context.Context) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		conn, err := pgx.ConnectConfig(attempt, s.config)
		cancel()
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // cannot_connect_now: it still starts
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.guardian.done:
			return s.guardian.failure()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// DSN returns the address of the database "postgres", with the superuser's password in it.
func (s *Server) DSN() string { return s.dsn.String() }

// Version returns the version of PostgreSQL that runs, such as 16.4.
func (s *Server) Version() string { return s.binaries.Version }

// CreateDatabase makes an empty database and returns its address.
func (s *Server) CreateDatabase(ctx context.Context, name string) (dsn string, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return "", fmt.Errorf("create database %q: %w", name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", fmt.Errorf("create database %q: %w", name, err)
	}
	address := s.dsn
	address.Path = "/" + name
	return address.String(), nil
}

// Stop stops the server, removes its folder and returns when both are done. Further calls do nothing.
func (s *Server) Stop() error {
	if err := s.guardian.stop(); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// environment is what initdb and postgres see of ours: nothing that would configure them, and messages in English, which
// failure reads.
func environment() []string {
	var list []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		list = append(list, entry)
	}
	return append(list, "LC_ALL=C")
}
