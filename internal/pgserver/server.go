// Package pgserver runs a PostgreSQL of our own: for people who have none at hand, for tests, and for scratch work.
//
// A server that Start started belongs to the process that did: it stops, and its folder goes, when that process calls
// Stop or ends in whatever way, SIGKILL included (guardian.sh says how). The one server that StartKept starts lives on
// between processes.
package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// AnyPort asks for a TCP port that is free.
const AnyPort = -1

// Options choose how Start starts a server. The zero value is a temporary server of the PostgreSQL at hand that listens
// on a Unix socket alone.
type Options struct {
	Source
	Port int // a TCP port of 127.0.0.1 to listen on, or AnyPort; 0 means none
	// Settings are settings of postgresql.conf, except those about where it listens. What is not here has PostgreSQL's
	// default, fsync included.
	Settings map[string]string
}

// A Server is a running PostgreSQL. Its methods are safe for concurrent use.
type Server struct {
	binaries Binaries
	guardian *guardian
	home     string
	dsn      url.URL
	config   *pgx.ConnConfig // through its socket
	entry    *entry
	kept     atomic.Bool
}

// Start starts a server and returns when it accepts connections. The caller calls Stop when done with it.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := startTemporary(ctx, opts)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", explainFiles(err, launch{home: os.TempDir()}))
	}
	return s, nil
}

func startTemporary(ctx context.Context, opts Options) (*Server, error) {
	who, err := serverOwner()
	if err != nil {
		return nil, err
	}
	cache, err := cacheFolder(opts.CacheDir, who)
	if err != nil {
		return nil, err
	}
	binaries, err := opts.find(ctx, cache)
	if err != nil {
		return nil, err
	}
	base, err := who.temporaryBase()
	if err != nil {
		return nil, err
	}
	for first := firstPort; ; {
		l := launch{binaries: binaries, who: who, port: opts.Port, password: rand.Text(), settings: opts.Settings}
		l.home = filepath.Join(base, "pgassay-"+strings.ToLower(rand.Text()[:10]))
		if opts.Port == AnyPort {
			if l.port, err = freePort(ctx, first); err != nil {
				return nil, err
			}
		}
		s, err := l.runRegistered(ctx, cache)
		if opts.Port == AnyPort && errors.Is(err, ErrPortTaken) { // somebody was faster
			first = l.port + 1
			continue
		}
		return s, err
	}
}

// runRegistered is run for a temporary server: it writes down that there is one before there is.
func (l launch) runRegistered(ctx context.Context, cache string) (*Server, error) {
	entry, err := register(cache, l.home)
	if err != nil {
		return nil, err
	}
	l.lock = entry.file
	s, err := l.run(ctx)
	if err != nil {
		return nil, errors.Join(err, entry.remove())
	}
	s.entry = entry
	return s, nil
}

// DSN returns the address of the database "postgres", with the superuser's password in it.
func (s *Server) DSN() string { return s.dsn.String() }

// Version returns the version of PostgreSQL that runs, such as 16.4.
func (s *Server) Version() string { return s.binaries.Version }

// Folder returns the server's folder: its data is in data, its log is the file log.
func (s *Server) Folder() string { return s.home }

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

// Stop stops the server, removes its folder and returns when both are done. Further calls do nothing, and neither does a
// call after Keep.
func (s *Server) Stop() error {
	if s.kept.Load() {
		return nil
	}
	err := s.guardian.stop()
	if s.entry != nil {
		err = errors.Join(err, s.entry.remove())
	}
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// Keep lets the server outlive this process. It then runs until StopTemporaries or the machine stops it; its folder still
// goes with it.
func (s *Server) Keep(ctx context.Context) error {
	if err := s.letLive(ctx); err != nil {
		return fmt.Errorf("keep PostgreSQL: %w", err)
	}
	return nil
}

func (s *Server) letLive(ctx context.Context) error {
	if _, err := s.guardian.pipe.Write([]byte("keep\n")); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(filepath.Join(s.home, keptMark)); err == nil {
			s.kept.Store(true)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.guardian.done:
			return errors.New("the server has stopped: " + s.guardian.said())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
