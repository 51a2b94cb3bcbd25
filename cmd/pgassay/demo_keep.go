package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// demoKept says where to find what was kept.
type demoKept struct {
	DSN    string `json:"dsn"`    // with the password: the server is the reader's own, and it was asked for
	Folder string `json:"folder"` // of the recorded statements, the file of statements and the profiles
}

// The names of what is kept.
const (
	recordFile     = "querylog.jsonl"
	statementsFile = "statements.sql"
	cpuFile        = "cpu.pb.gz"
)

// keepAll writes down what was recorded, into the server's folder, so that it goes when the server does; and lets the
// server live on.
func (d *demo) keepAll(ctx context.Context) (string, error) {
	kept := &demoKept{DSN: d.dsn, Folder: filepath.Join(d.server.Folder(), "demo")}
	files := map[string][]byte{recordFile: d.record, statementsFile: []byte(d.statements()), cpuFile: d.cpu.Raw}
	for i, snapshot := range d.snapshots {
		files[fmt.Sprintf("heap-%d.pb.gz", i+1)] = snapshot.Raw
	}
	err := os.Mkdir(kept.Folder, 0o755)
	for name, content := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(kept.Folder, name), content, 0o644)
		}
	}
	if err == nil {
		err = giveToOwner(d.server.Folder(), kept.Folder)
	}
	if err != nil {
		return "", err
	}
	if err := d.server.Keep(ctx); err != nil {
		return "", err
	}
	d.server = nil // no longer ours to stop
	d.result.Kept = kept
	return "the server and what was recorded in " + kept.Folder, nil
}

// giveToOwner makes whoever owns a folder the owner of all in a folder within it: the server's owner has to be able to
// remove it, and where we are root that is another user.
func giveToOwner(folder, within string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the owner of " + folder + " cannot be told")
	}
	return filepath.WalkDir(within, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}

// commands are what to try on what was kept.
func (k *demoKept) commands() string {
	in := func(name string) string { return filepath.Join(k.Folder, name) }
	return strings.Join([]string{
		"psql '" + k.DSN + "'",
		"pgassay analyze " + in(recordFile),
		"pgassay analyze " + in(statementsFile) + " --dsn '" + k.DSN + "'",
		"pgassay profile top " + in(cpuFile),
		"pgassay db stop --all   # stops the server and removes all of it",
	}, "\n")
}
