package pgserver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// keptDatabase is the database of the kept server that people work in.
const keptDatabase = "pgassay"

// KeptOptions choose how StartKept starts the kept server. The zero value works.
type KeptOptions struct {
	Source
	Port  int  // a TCP port of 127.0.0.1; 0 means that of last time, else a free one
	Reset bool // throw away the data folder first
}

// A Kept describes the kept server.
type Kept struct {
	DSN     string // with the password
	Version string // of PostgreSQL
	Port    int
	PID     int
	Folder  string
	Started bool // by this call
	Moved   bool // the port of last time is taken, so this is another one
}

// keptFolder is where the kept server and what is known about it live, in the cache folder:
//
//	server/busy         locked while a command starts or stops the server
//	server/running      locked by the server's guardian
//	server/server.json  keptState
//	server/home         the server's folder
type keptFolder struct {
	dir string
	who owner
}

func (k keptFolder) home() string { return filepath.Join(k.dir, "home") }
func (k keptFolder) data() string { return filepath.Join(k.dir, "home", "data") }

// keptState is what has to be known of the kept server besides what its data folder says.
type keptState struct {
	Port     int    `json:"port"`
	Password string `json:"password"`
	Version  string `json:"postgresql"`
}

func openKept(cacheDir string) (keptFolder, error) {
	who, err := serverOwner()
	if err != nil {
		return keptFolder{}, err
	}
	cache, err := cacheFolder(cacheDir, who)
	if err != nil {
		return keptFolder{}, err
	}
	dir := filepath.Join(cache, "server")
	mode := fs.FileMode(0o700)
	if who.other {
		mode = 0o755
	}
	if err := makeFolder(dir, mode); err != nil {
		return keptFolder{}, err
	}
	return keptFolder{dir, who}, nil
}

// StartKept makes sure that the server that is kept between commands runs, and returns its address. It is safe when
// several processes do it at once: one starts the server, the others wait for it.
func StartKept(ctx context.Context, opts KeptOptions) (Kept, error) {
	k, err := openKept(opts.CacheDir)
	if err != nil {
		return Kept{}, fmt.Errorf("start PostgreSQL: %w", err)
	}
	busy, err := lock(ctx, filepath.Join(k.dir, "busy"))
	if err != nil {
		return Kept{}, fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer busy.Close()
	kept, err := k.start(ctx, opts)
	if err != nil {
		return Kept{}, fmt.Errorf("start PostgreSQL: %w", explainFiles(err, launch{home: k.home(), keep: true}))
	}
	return kept, nil
}

// start is StartKept under the lock.
func (k keptFolder) start(ctx context.Context, opts KeptOptions) (Kept, error) {
	if opts.Reset {
		if _, err := k.stop(ctx); err != nil {
			return Kept{}, err
		}
		forgetMemory(k.data())
		if err := os.RemoveAll(k.home()); err != nil {
			return Kept{}, err
		}
	}
	running, err := k.awaitSettled(ctx)
	if err != nil {
		return Kept{}, err
	}
	if running == nil {
		return k.adopt(ctx, opts)
	}
	defer running.Close()
	if pid := serverProcess(k.data()); pid != 0 { // its guardian was killed
		if err := stopProcess(ctx, k.data(), syscall.SIGINT); err != nil {
			return Kept{}, err
		}
	}
	return k.launch(ctx, opts, running)
}

// awaitSettled waits until the server either serves, kept, or is gone. In the latter case it returns the lock that says
// that there is a server, now ours.
func (k keptFolder) awaitSettled(ctx context.Context) (*os.File, error) {
	for {
		running, err := tryLock(filepath.Join(k.dir, "running"), true)
		if !errors.Is(err, errLocked) {
			return running, err
		}
		// A guardian lives. Without the mark it is that of a command that was killed, and stops its server.
		if _, err := os.Stat(filepath.Join(k.home(), keptMark)); err == nil && serverProcess(k.data()) != 0 {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the server in %s to stop: %w", k.home(), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// adopt returns the server that runs already, if it is what opts ask for.
func (k keptFolder) adopt(ctx context.Context, opts KeptOptions) (Kept, error) {
	state, err := k.read()
	if err != nil {
		return Kept{}, err
	}
	if opts.Port != 0 && opts.Port != state.Port {
		return Kept{}, fmt.Errorf("the server runs already, on port %d: stop it first (pgassay db stop)", state.Port)
	}
	if !(Binaries{Version: state.Version}).is(opts.Version) {
		return Kept{}, fmt.Errorf("the server runs already, with PostgreSQL %s: stop it first (pgassay db stop)", state.Version)
	}
	if err := k.ping(ctx, state); err != nil {
		return Kept{}, fmt.Errorf("the server in %s does not answer: %w: stop it (pgassay db stop), or see %s", k.home(), err, filepath.Join(k.home(), "log"))
	}
	return k.describe(state), nil
}

func (k keptFolder) describe(state keptState) Kept {
	address := launch{password: state.Password, port: state.Port}.address(keptDatabase)
	return Kept{DSN: address.String(), Version: state.Version, Port: state.Port, PID: serverProcess(k.data()), Folder: k.home()}
}

func (k keptFolder) ping(ctx context.Context, state keptState) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	address := launch{password: state.Password, port: state.Port}.address("postgres")
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// launch starts the server, whose lock is running, and lets it live on.
func (k keptFolder) launch(ctx context.Context, opts KeptOptions, running *os.File) (Kept, error) {
	binaries, there, err := k.binaries(ctx, opts)
	if err != nil {
		return Kept{}, err
	}
	state, err := k.read()
	switch {
	case !there: // a new data folder gets a new password
		state = keptState{Port: state.Port, Password: rand.Text()}
	case err != nil:
		return Kept{}, err
	}
	state.Version = binaries.Version
	if err := k.prepare(); err != nil {
		return Kept{}, err
	}
	s, moved, err := k.launchOnPort(ctx, opts, launch{
		binaries: binaries, who: k.who, home: k.home(), keep: true, lock: running, password: state.Password,
	}, &state)
	if err != nil {
		return Kept{}, err
	}
	if err = s.createKeptDatabase(ctx); err == nil {
		err = s.letLive(ctx)
	}
	if err != nil {
		return Kept{}, errors.Join(err, s.guardian.stop())
	}
	kept := k.describe(state)
	kept.Started, kept.Moved = true, moved
	return kept, nil
}

// prepare makes the server's folder, and clears from it what an earlier server may have left.
func (k keptFolder) prepare() error {
	if err := os.Mkdir(k.home(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := k.who.chown(k.home()); err != nil {
		return err
	}
	// Nobody serves this folder, as the caller made sure: a lock file is from before a restart of the machine, and
	// PostgreSQL would not start if its process number belongs to another program by now.
	forgetMemory(k.data())
	for _, stale := range []string{keptMark, filepath.Join("data", "postmaster.pid")} {
		if err := os.Remove(filepath.Join(k.home(), stale)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// launchOnPort launches the server on the port that is asked for, else on that of last time, else on a free one, and
// writes down which.
func (k keptFolder) launchOnPort(ctx context.Context, opts KeptOptions, l launch, state *keptState) (s *Server, moved bool, err error) {
	last := state.Port
	want := opts.Port
	if want == 0 {
		want = last
	}
	for {
		l.port = want
		if want == 0 || portFree(ctx, want) != nil {
			if opts.Port != 0 {
				return nil, false, fmt.Errorf("%w: another program listens on port %d: name another one, or none for a free one", ErrPortTaken, opts.Port)
			}
			if l.port, err = freePort(ctx, max(firstPort, want)); err != nil {
				return nil, false, err
			}
		}
		state.Port = l.port
		if err := k.write(*state); err != nil { // before the folder: its password must not get lost
			return nil, false, err
		}
		s, err = l.run(ctx)
		if errors.Is(err, ErrPortTaken) && opts.Port == 0 { // somebody was faster
			want = l.port + 1
			continue
		}
		return s, last != 0 && opts.Port == 0 && l.port != last, err
	}
}

// binaries finds the PostgreSQL to start, and tells whether there is a data folder already, which it then fits.
func (k keptFolder) binaries(ctx context.Context, opts KeptOptions) (b Binaries, there bool, err error) {
	cache := filepath.Dir(k.dir)
	content, err := os.ReadFile(filepath.Join(k.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		b, err = opts.find(ctx, cache)
		return b, false, err
	}
	if err != nil {
		return Binaries{}, true, err
	}
	made, source := strings.TrimSpace(string(content)), opts.Source
	if source.Version == "" && source.BinDir == "" {
		source.Version = made // the newest on this machine need not be the one that fits
	}
	if want, _, _ := strings.Cut(source.Version, "."); want != "" && want != made {
		err = fmt.Errorf("%s is asked for", source.Version)
	} else if b, err = source.find(ctx, cache); err == nil && strconv.Itoa(b.Major) != made {
		err = fmt.Errorf("%s holds %s", b.Dir, b.Version)
	}
	if err != nil {
		return Binaries{}, true, fmt.Errorf("%w: the data folder in %s is of PostgreSQL %s: %w: name one of that version with PGASSAY_PG_BIN or --version, or throw the data away with pgassay db start --reset",
			ErrOtherVersion, k.home(), made, err)
	}
	return b, true, nil
}

// createKeptDatabase makes the database that people work in, unless it is there already.
func (s *Server) createKeptDatabase(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", keptDatabase).Scan(&there); err != nil || there {
		return err
	}
	_, err = s.CreateDatabase(ctx, keptDatabase)
	return err
}

func (k keptFolder) read() (keptState, error) {
	var state keptState
	content, err := os.ReadFile(filepath.Join(k.dir, "server.json"))
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		return keptState{}, fmt.Errorf("the password of the server in %s is lost: pgassay db start --reset throws it away and makes a new one: %w", k.home(), err)
	}
	return state, nil
}

func (k keptFolder) write(state keptState) error {
	content, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(k.dir, "server.json")
	if err := os.WriteFile(path+".new", append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// StopKept stops the kept server and tells whether it ran. Its data stays.
func StopKept(ctx context.Context, cacheDir string) (ran bool, err error) {
	k, err := openKept(cacheDir)
	if err != nil {
		return false, fmt.Errorf("stop PostgreSQL: %w", err)
	}
	busy, err := lock(ctx, filepath.Join(k.dir, "busy"))
	if err != nil {
		return false, fmt.Errorf("stop PostgreSQL: %w", err)
	}
	defer busy.Close()
	if ran, err = k.stop(ctx); err != nil {
		return ran, fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return ran, nil
}

// stop is StopKept under the lock.
func (k keptFolder) stop(ctx context.Context) (ran bool, err error) {
	ran = serverProcess(k.data()) != 0
	if err := stopProcess(ctx, k.data(), syscall.SIGINT); err != nil {
		return ran, err
	}
	running, err := lock(ctx, filepath.Join(k.dir, "running")) // until its guardian has gone
	if err != nil {
		return ran, err
	}
	return ran, running.Close()
}

// FindKept returns the kept server if it runs. It starts nothing and changes nothing.
func FindKept(cacheDir string) (kept Kept, running bool, err error) {
	k, err := openKept(cacheDir)
	if err != nil {
		return Kept{}, false, err
	}
	kept.Folder = k.home()
	if serverProcess(k.data()) == 0 {
		return kept, false, nil
	}
	state, err := k.read()
	if err != nil {
		return kept, false, err
	}
	return k.describe(state), true, nil
}
