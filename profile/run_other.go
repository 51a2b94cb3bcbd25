//go:build !linux

package profile

import (
	"errors"
	"os/exec"
)

func sampleCommand(*exec.Cmd) (*recorded, error) {
	return nil, errors.New("only Linux can sample a command from outside; for Go code use go test -cpuprofile, or profile.Do")
}
