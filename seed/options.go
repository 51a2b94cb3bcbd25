package seed

import (
	"time"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/value"
)

// Options choose what to make and how. The zero value makes a sensible number of rows for every table.
type Options struct {
	Tables    []Wish // rows per table; empty: every table
	Rows      uint64 // rows of every table that Tables and the configuration do not name; 0: by depth of the foreign keys
	Seed      uint64
	NullShare float64 // share of nulls in nullable columns about which nothing is known; negative: per inference
	Present   time.Time

	// Config is what a configuration file says of tables and columns; nil: nothing. Tables and Rows, where they are set, have
	// the say over its numbers of rows; its seed and share of nulls are for the caller to copy.
	Config *config.Config `json:"-"`

	Workers int // connections that load; 0: one per processor, at most eight

	Append   bool // add to tables that hold rows
	Truncate bool // empty them first

	SchemaOnly bool // plan as if every table were empty, for rows that go elsewhere

	SkipUnfillable  bool // fill what can be filled
	KeepConstraints bool // leave foreign keys and indexes in place, except where no order of loading can keep them
	Triggers        bool // leave user triggers on

	LockWait time.Duration // how long to wait for other sessions' locks on the tables; 0: half a minute

	PieceRows uint64 // rows that are committed together where a run is resumable; 0: 50,000

	Resume bool // commit in pieces, and go on with a run that did not end
	Shard  int  // which part of the rows to make, from 1 to Shards
	Shards int  // 0 or 1: all in one

	// Examples asks for an example of every column in the plan.
	Examples bool `json:"-"`

	// Progress is told what happens as it happens, from several goroutines but never from two at once. May be nil.
	Progress func(Event) `json:"-"`
}

// Wish is how many rows a table shall get.
type Wish struct {
	Table string // as written in SQL, with or without schema
	Rows  uint64
}

// DefaultPresent is what values take for now unless Options say otherwise: a fixed day, because the same seed shall give
// the same data tomorrow.
var DefaultPresent = value.DefaultPresent

// Event tells of progress.
type Event struct {
	Kind  EventKind
	Table string // qualified name; "" for a Step
	Rows  uint64 // Started: how many there will be; Loaded: how many more there are
	Bytes int64  // Loaded: how many more bytes were sent
	Text  string // Step: what is being done; Noted: a remark
}

// EventKind tells events apart.
type EventKind int

// The kinds of Event.
const (
	Started  EventKind = iota // a table is being loaded
	Loaded                    // rows went to the server
	Finished                  // a table is committed
	Step                      // something else is being done: constraints put back, say
)

func (w Wish) String() string { return w.Table + "=" + units.Count(int64(w.Rows)) }

func (o Options) sharded() bool { return o.Shards > 1 }
