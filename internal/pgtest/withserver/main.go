// Command withserver runs a command with a PostgreSQL server that ends with it: every process of "go test ./..." then uses
// the same one. The server's address is in the environment variable pgtest.Variable.
//
//	go run ./internal/pgtest/withserver go test ./...
//
// Signals go to the command, and its exit code is ours. With --repository before the command, PostgreSQL is taken neither
// from PATH nor from the usual places, but downloaded by everybody from a repository that serves this machine's own:
//
//	go run ./internal/pgtest/withserver --repository make demo
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/pgtest/repository"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withserver:", err)
	}
	os.Exit(code)
}

// run runs the command and returns the exit code.
func run(arguments []string) (int, error) {
	local := len(arguments) > 0 && arguments[0] == "--repository"
	if local {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		return 2, errors.New("name the command to run, such as make demo")
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	if local {
		stop, err := serveRepository()
		if err != nil {
			return 1, err
		}
		defer stop()
	}
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = os.Environ()

	server, err := start(signals)
	switch {
	case errors.Is(err, pgserver.ErrNoBinaries) && os.Getenv("CI") == "":
		fmt.Fprintln(os.Stderr, "withserver: tests that need PostgreSQL are skipped:", err)
	case err != nil:
		return 1, err
	default:
		command.Env = append(command.Env, pgtest.Variable+"="+server.DSN())
		defer server.Stop()
	}

	if err := command.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			_ = command.Process.Signal(s) // fails only when the command is gone
		}
	}()
	err = command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return command.ProcessState.ExitCode(), nil
}

// start starts the server, unless a signal comes first.
func start(signals <-chan os.Signal) (*pgserver.Server, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	started := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case s := <-signals:
			cancel(fmt.Errorf("stopped by signal: %v", s))
		case <-started:
		}
	}()
	server, err := pgserver.Start(ctx, pgtest.Options())
	close(started)
	<-watched
	if cause := context.Cause(ctx); cause != nil && server != nil {
		return nil, errors.Join(cause, server.Stop())
	} else if cause != nil {
		return nil, cause
	}
	return server, err
}

// serveRepository serves this machine's PostgreSQL and sets the environment up so that it comes from there alone.
func serveRepository() (stop func(), err error) {
	binaries, err := pgserver.Installed(context.Background())
	if err != nil {
		return nil, err
	}
	jar, err := repository.Archive(context.Background(), binaries.Dir)
	if err != nil {
		return nil, err
	}
	cache, err := os.MkdirTemp("", "pgassay-download-")
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(repository.Handler(jar))
	stop = func() {
		server.Close()
		if err := os.RemoveAll(cache); err != nil {
			fmt.Fprintln(os.Stderr, "withserver:", err)
		}
	}
	err = os.Chmod(cache, 0o755) // a server of root's runs as somebody else
	for name, value := range map[string]string{
		"PGASSAY_PG_BIN": pgserver.DownloadOnly, "PGASSAY_PG_REPOSITORY": server.URL, "PGASSAY_CACHE": cache,
	} {
		err = errors.Join(err, os.Setenv(name, value))
	}
	if err != nil {
		stop()
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "withserver: PostgreSQL %s is served for download at %s\n", binaries.Version, server.URL)
	return stop, nil
}
