package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// here measures a file in this process.
func here(ctx context.Context, dsn, file string, opts options) (outcome, error) {
	o := outcome{File: filepath.Base(file)}
	script, err := os.ReadFile(file)
	if err != nil {
		return o, err
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return o, err
	}
	o.try(ctx, config, string(script), opts)
	return o, nil
}

// apart measures a file in a process of its own, which may crash without taking the other files' outcomes with it.
func apart(ctx context.Context, dsn, file string, opts options) (outcome, error) {
	o := outcome{File: filepath.Base(file)}
	program, err := os.Executable()
	if err != nil {
		return o, err
	}
	var out, said bytes.Buffer
	child := exec.CommandContext(ctx, program, "-rows", strconv.FormatUint(opts.rows, 10), "-one", file)
	child.Env = append(os.Environ(), addressVariable+"="+dsn)
	child.Stdout, child.Stderr = &out, &said
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.WaitDelay = 10 * time.Second
	runErr := child.Run()
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		o.fail("", "pgassay ends with %v: %s", runErr, first)
		if ctx.Err() != nil {
			o.fail("", "not done in %s", opts.timeout)
		}
		o.Tables = countTables(context.WithoutCancel(ctx), dsn)
	}
	return o, nil
}

// countTables returns how many tables of a database can hold rows, or 0 if it can't be read.
func countTables(ctx context.Context, dsn string) int {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return 0
	}
	db, err := load(ctx, config)
	if err != nil {
		return 0
	}
	n := 0
	for _, t := range db.Tables {
		if t.PartitionOf == "" && holdsRows(db, t) {
			n++
		}
	}
	return n
}

// holdsRows tells whether rows can go into a table: partitioned tables without a partition have nowhere to put them,
// foreign ones are another server's, and abstract ones only pass their columns on.
func holdsRows(db *schema.Database, t *schema.Table) bool {
	if t.Abstract() {
		return false
	}
	if t.Kind != schema.Partitioned {
		return t.Kind == schema.Ordinary
	}
	return slices.ContainsFunc(db.Tables, func(part *schema.Table) bool { return part.Kind == schema.Ordinary && part != t && db.Root(part) == t })
}
