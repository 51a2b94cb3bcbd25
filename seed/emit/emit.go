// Package emit writes the rows of a seed's plan to files instead of loading them: as CSV, as COPY's binary format, or as SQL
// scripts, with a script that loads them all. The rows are those that a load would make, byte for byte, and each file is
// written from its beginning to its end, so that memory stays flat.
//
// Nothing is written to a database. What this package does not know of (the text form of a type, or the binary form of one
// that rows are made for in text) it asks the server that the plan was made with, in a read-only session.
package emit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgassay/pgassay/seed"
)

// Format is a format of files.
type Format string

// The formats.
const (
	SQL  Format = "sql"  // scripts for psql -f, with COPY … FROM stdin
	CSV  Format = "csv"  // with a line of column names, for \copy … (FORMAT csv, HEADER)
	Copy Format = "copy" // for \copy … (FORMAT binary)
)

// Formats lists the formats.
func Formats() []Format { return []Format{SQL, CSV, Copy} }

// Compression is how files are compressed.
type Compression string

// The compressions.
const (
	None Compression = ""
	Gzip Compression = "gzip"
	Zstd Compression = "zstd"
)

// Options choose where to write and how. Directory and Format must be given.
type Options struct {
	Directory      string // made if need be; it must be empty
	Format         Format
	Compression    Compression
	Workers        int  // tables that are written at the same time; 0: one per processor, at most eight
	SkipUnfillable bool // write what can be filled

	// Progress is told what happens as it happens, from several goroutines but never from two at once. May be nil.
	Progress func(seed.Event)
}

// Result is what was written. Its JSON is a contract: it only ever grows.
type Result struct {
	Version    int                `json:"version"`
	Directory  string             `json:"directory"`
	Format     Format             `json:"format"`
	Load       string             `json:"load"`   // the script that loads everything, a file in Directory
	Tables     []Table            `json:"tables"` // in the order in which they are to be loaded
	Rows       uint64             `json:"rows"`
	Bytes      int64              `json:"bytes"`
	Duration   time.Duration      `json:"duration_ns"`
	Unfillable []*seed.Unfillable `json:"unfillable"`
	Warnings   []string           `json:"warnings"`
}

// Table is what was written of one table.
type Table struct {
	Table    string        `json:"table"`
	File     string        `json:"file"` // in Directory
	Rows     uint64        `json:"rows"`
	Bytes    int64         `json:"bytes"` // of the file
	Duration time.Duration `json:"duration_ns"`
	Checksum string        `json:"checksum"` // that of a load, see seed.TableResult
}

// Write writes the rows of a plan to files. They appear in the directory when all of them are whole; after an error or a
// cancelled context there is none.
func Write(ctx context.Context, plan *seed.Plan, opts Options) (*Result, error) {
	start := time.Now()
	if len(plan.Unfillable) > 0 && !opts.SkipUnfillable {
		return nil, &seed.UnfillableError{Tables: plan.Unfillable}
	}
	tables := slices.DeleteFunc(slices.Clone(plan.Tables), func(t *seed.TablePlan) bool { return t.Rows == 0 })
	if len(tables) == 0 {
		return nil, errors.New("no table is to get rows: name some, as in users=1000")
	}
	stage, err := newStage(opts.Directory)
	if err != nil {
		return nil, err
	}
	defer stage.abort()
	w := &writer{plan: plan, opts: opts, stage: stage}
	r := &Result{Version: 1, Directory: opts.Directory, Format: opts.Format, Tables: make([]Table, len(tables)), Unfillable: plan.Unfillable, Warnings: plan.Warnings}
	if err := w.tables(ctx, tables, r.Tables); err != nil {
		return nil, err
	}
	names := make([]string, len(tables), len(tables)+1)
	for i, t := range r.Tables {
		names[i] = t.File
		r.Rows += t.Rows
		r.Bytes += t.Bytes
	}
	s := &script{db: plan.Schema(), tables: tables, files: names, opts: opts, about: plan.About()}
	if r.Load, err = s.write(stage); err != nil {
		return nil, err
	}
	if err := stage.finish(append(names, r.Load)); err != nil {
		return nil, err
	}
	r.Duration = time.Since(start)
	return r, nil
}

// writer writes tables.
type writer struct {
	plan  *seed.Plan
	opts  Options
	stage *stage
	told  chan struct{} // holds one token: whoever has it may call Progress
}

// tables writes each table to a file of its own, several at a time.
func (w *writer) tables(ctx context.Context, tables []*seed.TablePlan, results []Table) error {
	workers := w.opts.Workers
	if workers <= 0 {
		workers = min(runtime.GOMAXPROCS(0), 8)
	}
	w.told = make(chan struct{}, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i, t := range tables {
		group.Go(func() error {
			var err error
			if results[i], err = w.table(ctx, t, fileName(i+1, len(tables), t.Table, w.opts)); err != nil {
				return fmt.Errorf("write %s: %w", t.Table, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (w *writer) tell(e seed.Event) {
	if w.opts.Progress == nil {
		return
	}
	w.told <- struct{}{}
	defer func() { <-w.told }()
	w.opts.Progress(e)
}

// table writes one table.
func (w *writer) table(ctx context.Context, t *seed.TablePlan, name string) (result Table, err error) {
	if err := ctx.Err(); err != nil {
		return Table{}, err
	}
	start := time.Now()
	w.tell(seed.Event{Kind: seed.Started, Table: t.Table, Rows: t.Rows, Bytes: t.Bytes})
	c := w.converter(t)
	if c.asks() {
		var conn *pgx.Conn
		if conn, err = w.plan.Connect(ctx); err != nil {
			return Table{}, err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing is open on it
		c.conn = conn
	}
	out, err := w.stage.create(name, w.opts.Compression)
	if err != nil {
		return Table{}, err
	}
	defer out.abandon()
	sum, err := w.rows(ctx, t, c, out)
	if err != nil {
		return Table{}, err
	}
	size, err := out.close()
	if err != nil {
		return Table{}, err
	}
	w.tell(seed.Event{Kind: seed.Finished, Table: t.Table})
	return Table{Table: t.Table, File: name, Rows: t.Rows, Bytes: size, Duration: time.Since(start), Checksum: fmt.Sprintf("%016x", sum)}, nil
}

// rows writes all rows of a table and returns their checksum.
func (w *writer) rows(ctx context.Context, t *seed.TablePlan, c *converter, out *file) (sum uint64, err error) {
	f := w.form(t)
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = column.Name
	}
	buffer := f.header(nil, names)
	b := newBatch(len(t.Columns))
	for row := uint64(0); row < t.Rows; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		end := b.encode(t, row)
		if err := c.convert(ctx, b); err != nil {
			return 0, err
		}
		for i := range int(end - row) {
			buffer = f.row(buffer, b.row(i))
		}
		if _, err := out.Write(buffer); err != nil {
			return 0, err
		}
		w.tell(seed.Event{Kind: seed.Loaded, Table: t.Table, Rows: end - row, Bytes: int64(len(buffer))})
		buffer, row = buffer[:0], end
	}
	_, err = out.Write(f.trailer(buffer))
	return b.checksum, err
}

// form gives the format of a table's file.
func (w *writer) form(t *seed.TablePlan) form {
	switch w.opts.Format {
	case CSV:
		return csvForm{}
	case Copy:
		return binaryForm{seed.CopyHeader, seed.CopyTrailer}
	}
	_, _, after := target(t)
	return copyTextForm{sqlHead(t), after}
}
