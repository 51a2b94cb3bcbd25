package pgserver

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	s := start(t, p.options())
	if version := query(t, s.DSN(), "SHOW server_version"); !strings.HasPrefix(version, s.Version()) {
		t.Errorf("Version is %s, the server says %s", s.Version(), version)
	}
	pid := serverProcess(filepath.Join(s.Folder(), "data"))
	if pid == 0 {
		t.Error("its process is not found")
	}
	id, exists := sharedMemory(t, s.Folder())
	if !exists() {
		t.Errorf("shared memory %d is not there", id)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Errorf("process %d is left", pid)
	}
	if exists() {
		t.Errorf("shared memory %d is left", id)
	}
	if _, err := os.Stat(s.Folder()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left (%v)", s.Folder(), err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("a second Stop: %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	opts := newPlace(t).options()
	opts.Settings = map[string]string{"work_mem": "17MB", "application_name": "it's a \"name\"", "listen_addresses": "0.0.0.0", "port": "1"}
	s := start(t, opts)
	for name, want := range map[string]string{"work_mem": "17MB", "application_name": `it's a "name"`, "fsync": "on", "listen_addresses": ""} {
		if got := query(t, s.DSN(), "SHOW "+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestStrangersNeedThePassword(t *testing.T) {
	t.Parallel()
	opts := newPlace(t).options()
	opts.Port = AnyPort
	s := start(t, opts)
	for name, dsn := range map[string]string{
		"TCP":    strings.Replace(s.DSN(), s.config.Password, "guess", 1),
		"socket": "user=pgassay password=guess dbname=postgres host='" + s.config.Host + "' port=" + strconv.Itoa(int(s.config.Port)),
	} {
		_, err := pgx.Connect(t.Context(), dsn)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "28P01" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, line := range processes(t) {
		if strings.Contains(line, s.config.Password) {
			t.Errorf("the password is in the list of processes: %s", line)
		}
	}
	info, err := os.Stat(s.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("its folder has mode %v", info.Mode())
	}
}

func TestCreateDatabase(t *testing.T) {
	t.Parallel()
	opts := newPlace(t).options()
	opts.Port = AnyPort
	s := start(t, opts)
	for _, name := range []string{"shop", `My "Shop" / 100%?`, "select"} {
		dsn, err := s.CreateDatabase(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got := query(t, dsn, "SELECT current_database()"); got != name {
			t.Errorf("connected to %q, want %q", got, name)
		}
	}
	if _, err := s.CreateDatabase(t.Context(), "shop"); err == nil || !strings.Contains(err.Error(), `create database "shop": `) {
		t.Errorf("a second database of the same name: %v", err)
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	opts := newPlace(t).options()
	opts.Port = AnyPort
	s := start(t, opts)
	address, err := url.Parse(s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, s.DSN(), "SELECT host(inet_server_addr()) || ':' || inet_server_port()"); got != address.Host {
		t.Errorf("connected to %s, the DSN says %s", got, address.Host)
	}
	// The same port again.
	if opts.Port, err = strconv.Atoi(address.Port()); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), opts)
	if !errors.Is(err, ErrPortTaken) || !strings.Contains(err.Error(), "another program listens on port "+address.Port()) {
		t.Errorf("a second server on the port: %v", err)
	}
}

// TestFreePortPassesOver takes ports away and looks which is found.
func TestFreePortPassesOver(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port
	got, err := freePort(t.Context(), taken)
	if err != nil {
		t.Fatal(err)
	}
	if got <= taken {
		t.Errorf("port %d, where %d is taken", got, taken)
	}
}

// TestFolders starts servers in folders with names that have to be quoted somewhere, or are too long for a socket.
func TestFolders(t *testing.T) {
	needPostgres(t)
	for _, name := range []string{"plain", "with a space", `with,comma`, `with"quote'and$dollar`, strings.Repeat("long", 40)} {
		t.Run(name[:min(len(name), 20)], func(t *testing.T) {
			p := newPlace(t)
			dir := filepath.Join(p.cache, name)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", dir)
			opts := p.options()
			opts.CacheDir = p.cache
			s := start(t, opts)
			if got := filepath.Dir(s.Folder()); got != dir {
				t.Errorf("the server is in %s, want %s", got, dir)
			}
			if got := query(t, s.DSN(), "SELECT 'here'"); got != "here" {
				t.Error(got)
			}
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
			if sockets := socketFolder(s.Folder()); len(sockets) > 0 {
				if _, err := os.Stat(sockets); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s is left (%v)", sockets, err)
				}
			}
		})
	}
}

func TestStartCancelled(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("somebody pressed Ctrl-C")
	opts := p.options()
	go func() {
		await(t, "a server is registered", func() bool {
			list, err := Temporaries(p.cache)
			return err == nil && len(list) > 0
		})
		cancel(reason)
	}()
	if _, err := Start(ctx, opts); !errors.Is(err, reason) {
		t.Errorf("the error is %v", err)
	}
	p.wantNothing(t)
}

// TestNoRoom starts servers where no file may be larger than a few blocks.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"temporary", "kept"} {
		for _, blocks := range []string{"0", "64", "2000"} {
			t.Run(what+" "+blocks, func(t *testing.T) {
				t.Parallel()
				p := newPlace(t)
				self, err := os.Executable()
				if err != nil {
					t.Fatal(err)
				}
				command := exec.CommandContext(t.Context(), "/bin/sh", "-c", `ulimit -f "$1" && exec "$2"`, "sh", blocks, self)
				command.Env = append(os.Environ(), helperVariable+"="+what, "TMPDIR="+p.temporary, "PGASSAY_CACHE="+p.cache)
				out, err := command.Output()
				if err == nil || !strings.Contains(string(out), "disk full: no room for ") {
					t.Errorf("the helper ends with %v and says %s", err, out)
				}
			})
		}
	}
}

func TestExplainFailure(t *testing.T) {
	t.Parallel()
	l := launch{home: "/home/ada", who: owner{uid: 65534, other: true}, binaries: Binaries{Dir: "/opt/pg/bin", Version: "16.4"}, port: 5432}
	for _, test := range []struct {
		name, message string
		is            error
		want          string
	}{
		{"disk", `initdb: error: could not write file "/x/1247": No space left on device`, ErrDiskFull, "another place with TMPDIR"},
		{"quota", `FATAL:  could not extend file "base/1/1255": Disk quota exceeded`, ErrDiskFull, "free 100 MB there"},
		{"part of a block", "FATAL:  could not extend file \"base/1/2691\": wrote only 4096 of 8192 bytes at block 19\nHINT:  Check free disk space.", ErrDiskFull, "/home/ada"},
		{"folder", "mkdir: cannot create directory '/x': No space left on device", ErrDiskFull, "/home/ada"},
		{"port", `LOG:  could not bind IPv4 address "127.0.0.1": Address already in use`, ErrPortTaken, "listens on port 5432"},
		{
			"version", "DETAIL:  The data directory was initialized by PostgreSQL version 14, which is not compatible with this version 16.4.",
			ErrOtherVersion, "is of version 14, this is 16.4",
		},
		{"binaries", "/bin/sh: 1: /opt/pg/bin/initdb: Permission denied", nil, "user 65534, as whom PostgreSQL runs because we are root, may not run what is in /opt/pg/bin"},
		{"memory", "FATAL:  could not create shared memory segment: No space left on device", nil, "the system gives no shared memory"},
		{"anything", "creating this ... ok\nFATAL:  something is amiss\nHINT:  Mend it.\nremoving that", nil, "FATAL:  something is amiss; HINT:  Mend it."},
		{"anything of initdb", "creating this ... ok\ninitdb: error: something is amiss", nil, "error: something is amiss"},
		{"no pattern", "1\n2\n3\n4\n5\n6\n7", nil, "3; 4; 5; 6; 7"},
		{"nothing", "", nil, "without a word"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := explainFailure(test.message, l)
			if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
