package seed

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed/disk"
	"github.com/pgassay/pgassay/seed/guard"
	"github.com/pgassay/pgassay/seed/journal"
)

// Forecast is what Load would do, found out without writing anything. Its JSON is a contract: it only ever grows.
type Forecast struct {
	Version    int             `json:"version"`
	Database   string          `json:"database"`
	Tables     []TableForecast `json:"tables"` // those that get rows, in the order of the plan
	Rows       uint64          `json:"rows"`
	Bytes      int64           `json:"bytes"`      // estimate of what is sent through COPY
	SizeBytes  int64           `json:"size_bytes"` // estimate of what the rows and their indexes take on the server's disk
	Disk       disk.Space      `json:"disk"`
	TakesOff   []Removal       `json:"takes_off"`        // for the time of the load
	Empties    []Emptied       `json:"empties"`          // before the load, with Options.Truncate
	Production []string        `json:"production_signs"` // what makes the database look like production
	GoesOn     string          `json:"goes_on"`          // the run that did not end and that this one goes on with, or ""
	Unfillable []*Unfillable   `json:"unfillable"`
	Warnings   []string        `json:"warnings"`

	frees int64 // what emptying tables gives back
	whole int64 // SizeBytes of all shards together
}

// TableForecast is what Load would make of one table.
type TableForecast struct {
	Table      string `json:"table"`
	Rows       uint64 `json:"rows"` // in this run: a shard's part, without what an earlier run has loaded
	Bytes      int64  `json:"bytes"`
	SizeBytes  int64  `json:"size_bytes"`  // estimate, with TOAST and indexes
	IndexBytes int64  `json:"index_bytes"` // estimate of the indexes in it
}

// Removal is something that comes off for the time of a load, and back after it.
type Removal struct {
	Kind       string `json:"kind"` // foreign key, index, trigger or row security
	Table      string `json:"table"`
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

// Emptied is a table that a load empties first.
type Emptied struct {
	Table     string `json:"table"`
	SizeBytes int64  `json:"size_bytes"`
}

// Forecast finds out what Load would do and how much room that takes. It reads only, in one READ ONLY transaction, and
// fails where Load would refuse to begin.
func (p *Plan) Forecast(ctx context.Context) (*Forecast, error) {
	f := &Forecast{
		Version: 1, Database: p.Database, Tables: []TableForecast{}, TakesOff: []Removal{}, Empties: []Emptied{}, Production: []string{},
		Unfillable: p.Unfillable, Warnings: p.Warnings,
	}
	l, err := newLoader(p)
	if err != nil {
		return f, err
	}
	conn, err := trialSession(ctx, p.config)
	if err != nil {
		return f, err
	}
	defer closeConn(ctx, conn)
	place, err := guard.Look(ctx, conn)
	if err != nil {
		return f, err
	}
	f.Production = append(f.Production, place.Signs()...)
	if f.Disk, err = disk.Look(ctx, conn); err != nil {
		return f, err
	}
	return f, pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		off, goesOn, err := l.look(ctx, tx)
		if err != nil {
			return err
		}
		if goesOn {
			f.GoesOn = l.journal.About
		}
		for _, o := range off {
			f.TakesOff = append(f.TakesOff, Removal{Kind: string(o.Kind), Table: o.Table, Name: o.Name, Definition: o.Definition})
		}
		for _, t := range l.tables {
			f.add(l, t)
		}
		return f.addEmpties(ctx, tx, l)
	})
}

// add estimates one table.
func (f *Forecast) add(l *loader, t *TablePlan) {
	size := t.estimate(l.plan.db)
	table := TableForecast{Table: t.Table}
	for _, p := range l.pieces(t) {
		table.Rows += p.end - p.first
	}
	table.Bytes = int64(size.sent * float64(table.Rows))
	table.IndexBytes = int64(size.indexes * float64(table.Rows))
	table.SizeBytes = int64((size.heap + size.indexes) * float64(table.Rows))
	f.Tables = append(f.Tables, table)
	f.Rows += table.Rows
	f.Bytes += table.Bytes
	f.SizeBytes += table.SizeBytes
	left := t.Rows
	for _, part := range l.journal.Parts {
		if part.Table == t.Table {
			left -= min(part.Rows, left)
		}
	}
	f.whole += int64((size.heap + size.indexes) * float64(left))
}

// addEmpties lists the tables that will be emptied.
func (f *Forecast) addEmpties(ctx context.Context, tx pgx.Tx, l *loader) error {
	if !l.plan.opts.Truncate {
		return nil
	}
	for _, t := range l.tables {
		if !t.table.HasRows {
			continue
		}
		e := Emptied{Table: t.Table}
		err := tx.QueryRow(ctx, "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM (SELECT $1::oid AS relid UNION SELECT relid FROM pg_partition_tree($1::oid)) AS t", t.table.OID).Scan(&e.SizeBytes)
		if err != nil {
			return fmt.Errorf("read the size of %s: %w", t.Table, err)
		}
		f.Empties = append(f.Empties, e)
		f.frees += e.SizeBytes
	}
	return nil
}

// FullError says that the rows don't fit on the server's disk.
type FullError struct {
	Size int64 // estimate, in bytes
	Free int64 // bytes, with what emptying tables gives back
	Path string
	Rows uint64
}

func (e *FullError) Error() string {
	fits := uint64(float64(e.Rows) * 0.8 * float64(e.Free) / float64(e.Size))
	return fmt.Sprintf("the rows would take about %s on the server's disk, and %s are free (%s): nothing was changed. Make room there, ask for fewer rows (about %s would fit), or, if you know better, add --ignore-disk",
		units.Bytes(e.Size), units.Bytes(e.Free), e.Path, units.Count(int64(roundDown(fits))))
}

// roundDown keeps the first two digits.
func roundDown(n uint64) uint64 {
	scale := uint64(1)
	for n >= 100 {
		n /= 10
		scale *= 10
	}
	return n * scale
}

// diskMargin is by how much an estimate must exceed the free disk to count: estimates are a fifth off at times.
const diskMargin = 1.1

// CheckDisk returns a *FullError if the rows clearly don't fit on the server's disk. Where its room is not known, it
// returns nil.
func (f *Forecast) CheckDisk() error {
	free := f.Disk.Free + f.frees
	if !f.Disk.Known || float64(f.whole) <= diskMargin*float64(free) {
		return nil
	}
	return &FullError{Size: f.whole, Free: free, Path: f.Disk.Path, Rows: f.Rows}
}

// look finds out what a load has to do: what is to come off, or the run that it goes on with. It reads only.
func (l *loader) look(ctx context.Context, tx pgx.Tx) (off []*journal.Object, goesOn bool, err error) {
	run, err := journal.Read(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	objects, err := l.find(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	if run != nil {
		return nil, true, l.goOn(ctx, tx, run)
	}
	if err := l.checkEmpty(ctx, tx); err != nil {
		return nil, false, err
	}
	if err := l.mayChange(ctx, tx); err != nil {
		return nil, false, err
	}
	off = l.choose(objects)
	l.journal = &journal.Run{ID: l.plan.digest(), About: l.plan.about()}
	for _, t := range l.tables {
		l.journal.Targets = append(l.journal.Targets, journal.Target{Table: t.Table, First: t.first, Rows: t.Rows, Empty: !l.plan.opts.Append})
	}
	return off, false, l.circleInPlace()
}
