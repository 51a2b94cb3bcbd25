// Command withserver runs a command with a PostgreSQL server that ends with it: every process of "go test ./..." then uses
// the same one. The server's address is in the environment variable pgtest.Variable.
//
//	go run ./internal/pgtest/withserver go test ./...
//
// Signals go to the command, and its exit code is ours.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/pgtest"
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
	if len(arguments) == 0 {
		return 2, errors.New("name the command to run, such as go test ./...")
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
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
