package pgserver

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

//go:embed guardian.sh
var guardianScript string

// A guardian is the process that runs initdb and postgres for us; guardian.sh says how.
type guardian struct {
	pipe    io.Writer     // the guardian stops when this end of its standard input closes
	close   func() error  // closes pipe, once
	done    chan struct{} // closed when the guardian has ended; then message may be read
	message bytes.Buffer  // its standard error
}

func startGuardian(l launch, arguments []string) (*guardian, error) {
	read, write, err := os.Pipe() // not inherited by other children
	if err != nil {
		return nil, err
	}
	defer read.Close()
	g := &guardian{pipe: write, close: sync.OnceValue(write.Close), done: make(chan struct{})}
	// The script is in the environment, so that a list of processes stays readable.
	command := exec.Command("/bin/sh", append([]string{"-c", `eval "$PGASSAY_GUARDIAN"`, "pgassay-guardian"}, arguments...)...)
	command.Env = append(environment(), "PGASSAY_GUARDIAN="+guardianScript)
	command.Dir = "/"
	command.Stdin = read
	command.Stderr = &g.message
	command.ExtraFiles = []*os.File{l.lock}
	command.SysProcAttr = l.who.attributes()
	if err := command.Start(); err != nil {
		return nil, errors.Join(err, g.close())
	}
	go func() { // ends with the guardian, which stop waits for; until then it keeps our end of the pipe from being collected
		_ = command.Wait() // message says more
		_ = g.close()
		close(g.done)
	}()
	if _, err := io.WriteString(write, l.password+"\n"); err != nil {
		return nil, errors.Join(fmt.Errorf("talk to the server's guardian: %w", err), g.stop())
	}
	return g, nil
}

// stop makes the guardian stop the server, and waits until it has.
func (g *guardian) stop() error {
	err := g.close()
	<-g.done
	return err
}

// said returns the guardian's message, once it has ended.
func (g *guardian) said() string {
	<-g.done
	return strings.TrimSpace(g.message.String())
}
