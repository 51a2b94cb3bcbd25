// Command compat measures how well pgassay seed does on schemas that people really have. For every .sql file of a folder
// it makes a fresh database on a server of its own, applies the file, fills every table, and checks every constraint
// against the rows.
//
//	go run ./seed/compat [flags] DIR
//
// The last line is "compat files=F whole=W tables=M filled=N": of M tables N have their rows; a file is whole if all of
// its tables have, every constraint holds, and everything that the file defines is there and valid as before. The exit
// status is 0 unless the tool itself fails.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

type options struct {
	rows    uint64
	timeout time.Duration
	keep    bool
	details string
	only    string

	one func(ctx context.Context, dsn, file string, opts options) (outcome, error) // measures a file
}

// addressVariable has the database's address in a process that measures one file.
const addressVariable = "PGASSAY_COMPAT_DSN"

func main() {
	var opts options
	flag.Uint64Var(&opts.rows, "rows", 200, "rows of every table")
	flag.DurationVar(&opts.timeout, "timeout", 10*time.Minute, "of one file")
	flag.BoolVar(&opts.keep, "keep", false, "leave the server running at the end, and print its address")
	flag.StringVar(&opts.details, "details", "", "write every failure in full to this `file`")
	flag.StringVar(&opts.only, "only", "", "files whose name has this in it")
	one := flag.String("one", "", "measure this `file` alone, in the database that "+addressVariable+" names, and write JSON")
	flag.Parse()
	if *one == "" && flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: compat [flags] DIR, a folder of .sql files; with make: make compat DIR=…")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *one != "" {
		err = runOne(ctx, *one, opts, os.Stdout)
	} else {
		opts.one = apart
		err = run(ctx, flag.Arg(0), opts, os.Stdout, os.Stderr)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

// runOne measures one file for a parent process.
func runOne(ctx context.Context, file string, opts options, stdout io.Writer) error {
	o, err := here(ctx, os.Getenv(addressVariable), file, opts)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(o)
}

// run measures every file of a folder and prints the table.
func run(ctx context.Context, dir string, opts options, stdout, stderr io.Writer) error {
	files, err := list(dir, opts.only)
	if err != nil {
		return err
	}
	server, err := pgserver.Start(ctx, pgserver.Options{
		Source: pgserver.Source{BinDir: os.Getenv("PGASSAY_PG_BIN"), Repository: os.Getenv("PGASSAY_PG_REPOSITORY"), CacheDir: os.Getenv("PGASSAY_CACHE")},
		// What is measured is whether rows go in, not how durably. Schemas of over a thousand tables need room for locks.
		Settings: map[string]string{"fsync": "off", "full_page_writes": "off", "max_locks_per_transaction": "1024", "max_wal_size": "4GB"},
	})
	if err != nil {
		return err
	}
	defer func() {
		if opts.keep {
			fmt.Fprintln(stderr, server.DSN())
			<-ctx.Done()
		}
		_ = server.Stop() // it ends with this process in any case
	}()
	var outcomes []outcome
	for i, file := range files {
		o, err := measure(ctx, server, fmt.Sprintf("compat_%d", i+1), file, opts)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		outcomes = append(outcomes, o)
		fmt.Fprintf(stderr, "%d/%d %s %d/%d %.1fs %s\n", i+1, len(files), o.File, o.Filled, o.Tables, o.Took.Seconds(), o.summary())
	}
	if opts.details != "" {
		if err := os.WriteFile(opts.details, []byte(details(outcomes)), 0o644); err != nil {
			return fmt.Errorf("write details: %w", err)
		}
	}
	return show(stdout, server.Version(), outcomes)
}

// list returns the .sql files of a folder, sorted.
func list(dir, only string) ([]string, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	all, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, file := range all {
		if strings.Contains(filepath.Base(file), only) {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no .sql file in " + dir)
	}
	return files, nil
}

// show prints a row per file, and the totals as the last line.
func show(w io.Writer, version string, outcomes []outcome) error {
	table := report.Table{Columns: []report.Column{
		{Name: "file"},
		{Name: "tables", Right: true},
		{Name: "filled", Right: true},
		{Name: "seconds", Right: true},
		{Name: "failed"},
	}}
	var whole, tables, filled int
	for _, o := range outcomes {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(o.File), report.Count(int64(o.Tables)), report.Count(int64(o.Filled)), report.Textf("%.1f", o.Took.Seconds()), report.Text(o.summary()),
		})
		if o.whole() {
			whole++
		}
		tables += o.Tables
		filled += o.Filled
	}
	d := report.Document{Title: "Schemas filled on PostgreSQL " + version}
	d.Add(table)
	if err := report.Render(w, d, report.TextFormat, report.Options{}); err != nil {
		return err
	}
	if tables > 0 {
		fmt.Fprintf(w, "\n%s of the tables, %s of the files whole\n", units.Percent(float64(filled)/float64(tables)), units.Percent(float64(whole)/float64(len(outcomes))))
	}
	_, err := fmt.Fprintf(w, "compat files=%d whole=%d tables=%d filled=%d\n", len(outcomes), whole, tables, filled)
	return err
}
