package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/analyze/querylog"
	"github.com/pgassay/pgassay/examples/blog"
)

// demoServiceName is the hidden command that runs the demo's service in a process of its own, so that its profiles hold
// the service alone and not the load on it.
const demoServiceName = "demo-service"

// serviceConfig is the line on standard input that tells the service what to do. It is not in the arguments because the
// DSN holds a password and everybody can read the arguments of a process.
type serviceConfig struct {
	DSN   string `json:"dsn"`
	Fixed bool   `json:"fixed"`
}

// serviceGrace is how long the service may take for the requests that are under way when it is told to end: on a machine
// without time for it, as many of the slowest as there are senders.
const serviceGrace = 30 * time.Second

// demoServiceCommand serves the blog until its standard input ends, in whatever way the demo did. The first line of its
// standard output is the address; what follows is the record of its statements.
func (p *program) demoServiceCommand() *cli.Command {
	return &cli.Command{
		Name:   demoServiceName,
		Hidden: true,
		Usage:  "the service of pgassay demo, which starts it",
		Action: func(c *cli.Context) error {
			input := bufio.NewReader(p.stdin)
			line, err := input.ReadBytes('\n')
			var config serviceConfig
			if err != nil || json.Unmarshal(line, &config) != nil {
				return usageErrorf("%s is run by pgassay demo", demoServiceName)
			}
			ctx, cancel := context.WithCancel(c.Context)
			defer cancel()
			go func() {
				_, _ = io.Copy(io.Discard, input) // until the demo is done with us, or dead
				cancel()
			}()
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, listener.Addr())
			recorder := querylog.New(p.stdout, querylog.Options{})
			err = blog.Serve(ctx, blog.Config{
				DSN: config.DSN, Listener: listener, Fixed: config.Fixed, Recorder: recorder, Grace: serviceGrace,
				Logger: slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
			})
			return errors.Join(err, recorder.Close())
		},
	}
}

// service is the demo's service, running in a child process.
type service struct {
	address string // host:port
	command *exec.Cmd
	stdin   io.Closer
	log     *tail
	record  bytes.Buffer // of its statements; to be read after stop
	copied  chan struct{}
	exited  error // of the process; to be read after copied
	stop    func() error
}

// startService starts the child and returns when it listens.
func startService(ctx context.Context, config serviceConfig) (*service, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	s := &service{command: exec.Command(program, demoServiceName), log: &tail{}, copied: make(chan struct{})} //nolint:gosec // ourselves
	s.command.Args[0] = os.Args[0]
	s.command.Stderr = s.log
	// Heap profiles count one allocation in 64 KB instead of one in 512: a short demo has no time for more growth.
	s.command.Env = append(os.Environ(), "GODEBUG=memprofilerate=65536")
	stdin, err := s.command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start the service: %w", err)
	}
	s.stdin, s.stop = stdin, sync.OnceValue(s.end)

	listening := make(chan string, 1)
	go func() { // owned by stop, which waits for copied
		defer close(s.copied)
		output := bufio.NewReader(stdout)
		address, _ := output.ReadString('\n')
		listening <- strings.TrimSpace(address)
		_, _ = io.Copy(&s.record, output)
		s.exited = s.command.Wait()
	}()
	line, err := json.Marshal(config)
	if err == nil {
		_, err = stdin.Write(append(line, '\n'))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the service: %w", err), s.stop())
	}
	select {
	case s.address = <-listening:
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("start the service: %w", ctx.Err()), s.stop())
	}
	if s.address == "" {
		return nil, errors.Join(errors.New("start the service: it did not start"), s.stop())
	}
	return s, nil
}

// end tells the child to stop, waits until it is gone, and returns what it complained about.
func (s *service) end() error {
	s.stdin.Close()
	select {
	case <-s.copied:
	case <-time.After(serviceGrace + 10*time.Second):
		_ = s.command.Process.Kill()
		<-s.copied
	}
	if s.exited != nil {
		return fmt.Errorf("the service ended: %w%s", s.exited, s.log)
	}
	return nil
}

// ended tells what became of a child that ended before it was told to; nil while it runs.
func (s *service) ended() error {
	select {
	case <-s.copied:
		return fmt.Errorf("the service ended before it was told to: %v%s", s.command.ProcessState, s.log)
	case <-time.After(100 * time.Millisecond): // it may be on its way
		return nil
	}
}

// tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const (
	tailSize  = 4096
	tailLines = 3
)

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// String returns the last lines of what was kept, set off by a line break, or nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return "\n" + strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
