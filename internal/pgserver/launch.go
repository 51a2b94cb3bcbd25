package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
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
	// socketPort is part of the file name of a server's socket, if the server has no TCP port to be named after.
	socketPort = 5432
)

// startLimit is how long a server may take until it accepts connections, initdb and recovery after a crash included.
const startLimit = 10 * time.Minute

// A launch is all that the start of one server needs.
type launch struct {
	binaries Binaries
	who      owner
	home     string // the server's folder
	keep     bool   // home stays when the server stops
	lock     *os.File
	password string
	port     int // 0 means no TCP
	settings map[string]string
}

// run starts the server and returns when it accepts connections.
func (l launch) run(ctx context.Context) (*Server, error) {
	sockets := socketFolder(l.home)
	port, listen := strconv.Itoa(socketPort), ""
	if l.port != 0 {
		port, listen = strconv.Itoa(l.port), "127.0.0.1"
	}
	socket := l.address("postgres")
	socket.Host = ""
	// libpq and pgx take a plus for a plus.
	socket.RawQuery = strings.ReplaceAll(url.Values{"host": {sockets}, "port": {port}, "sslmode": {"disable"}}.Encode(), "+", "%20")
	s := &Server{binaries: l.binaries, home: l.home, dsn: socket}
	if l.port != 0 {
		s.dsn = l.address("postgres")
	}
	var err error
	if s.config, err = pgx.ParseConfig(socket.String()); err != nil {
		return nil, errors.New("the server's own address can't be read")
	}
	keep := "remove"
	if l.keep {
		keep = "keep"
	}
	arguments := append([]string{l.home, sockets, l.binaries.Dir, keep}, settings(l.settings)...)
	arguments = append(arguments, // last, so that they count
		"-c", "listen_addresses="+listen, "-c", "port="+port, "-c", `unix_socket_directories="`+strings.ReplaceAll(sockets, `"`, `""`)+`"`)
	if s.guardian, err = startGuardian(l, arguments); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx, l); err != nil {
		return nil, errors.Join(err, s.guardian.stop())
	}
	return s, nil
}

// address is where the server is reached through TCP.
func (l launch) address(database string) url.URL {
	return url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, l.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
}

// socketFolder returns where a server's socket goes: into its folder, unless that makes too long a path, or one that
// can't be written into an address.
func socketFolder(home string) string {
	if len(filepath.Join(home, ".s.PGSQL.65535.lock")) <= socketLimit && !strings.Contains(home, ",") {
		return home
	}
	return filepath.Join("/tmp", "pgassay-"+shortHash(home))
}

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

// awaitReady waits until the server accepts connections. Its socket exists before that, so only a connection can tell;
// the socket and not the port, where somebody else may answer.
func (s *Server) awaitReady(ctx context.Context, l launch) error {
	tooLong := time.After(startLimit)
	for {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		conn, err := pgx.ConnectConfig(attempt, s.config)
		cancel()
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // cannot_connect_now: it still starts
			return fmt.Errorf("its first connection: %s (SQLSTATE %s)", refused.Message, refused.Code)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.guardian.done:
			return explainFailure(s.guardian.said(), l)
		case <-tooLong:
			return fmt.Errorf("it accepts no connections after %v: %w", startLimit, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// firstPort is where the search for a free port begins: below the ports that systems give to outgoing connections.
const firstPort = 15432

// freePort returns a TCP port from first on that nothing listens on just now.
func freePort(ctx context.Context, first int) (int, error) {
	for port := first; port < first+100; port++ {
		if portFree(ctx, port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("%w: none of the ports %d to %d is free: name one", ErrPortTaken, first, first+99)
}

func portFree(ctx context.Context, port int) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}

// environment is what initdb and postgres see of ours: nothing that would configure them, and messages in English, which
// explainFailure reads. The guardian finds the system's own programs whatever our PATH.
func environment() []string {
	var list []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		if name != "PATH" {
			list = append(list, entry)
		}
	}
	return append(list, "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/bin:/bin")
}
