// Package workload reads where statements come from: SQL files, PostgreSQL's logs in all their formats,
// pg_stat_statements, and what package querylog recorded in an application.
//
// Whatever the source, executions are grouped by fingerprint into Statements while they are read, so that memory does not
// grow with the length of a log. What needs every execution by itself (N+1 detection does) gets them as Events.
package workload

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Statement is all executions of one statement: those with its fingerprint, in one database. What the source does not
// know is left at its zero value, except where said.
type Statement struct {
	Fingerprint string
	Normalized  string
	Samples     []Sample // how it was executed, at most five; the first is the slowest that was seen with all its values
	Name        string   // of an SQL file's "-- name:" comment
	Source      string   // file:line of an SQL file, a log file's name, "pg_stat_statements"
	Count       int64    // executions; 0 for an SQL file's
	Errors      int64    // of them, or besides them, those that failed
	TotalTime   time.Duration
	MaxTime     time.Duration
	PlanTime    time.Duration // parse and bind, where the log has them by themselves
	Rows        int64         // of all executions; -1: not known
	First, Last time.Time
	Database    string
	User        string // of the first sample
	Application string
	Tags        map[string]string // of the first sample
	Plans       []LoggedPlan      // from auto_explain, the slowest first, at most three
	Stats       *Stats            // from pg_stat_statements

	key groupKey
}

// Sample is one execution's text and values.
type Sample struct {
	Text     string // as it was executed
	Binds    []Bind // for its $1, $2, …; nil: none, or not known
	Duration time.Duration
	Cut      bool // the source had not all of the text
}

// Bind is a parameter's value in text form. Its type is for the server to find out.
type Bind struct {
	Text string
	Null bool
	Cut  bool // the log has only the start (log_parameter_max_length)
}

// LoggedPlan is a plan that auto_explain logged.
type LoggedPlan struct {
	Format   string // text, json, xml or yaml
	Text     string // without the query's text in front
	Duration time.Duration
	Analyzed bool // it has actual rows
}

// Text returns the first sample's text, or the normalised one if there is none.
func (s *Statement) Text() string {
	if len(s.Samples) > 0 {
		return s.Samples[0].Text
	}
	return s.Normalized
}

// Options choose what is read. The zero value reads everything, of whatever kind it is.
type Options struct {
	Kind      Kind      // how to read all inputs; Unknown tells by their content
	Prefix    string    // log_line_prefix of stderr logs; "" guesses it
	Since     time.Time // of logs: only what was logged at or after it
	Until     time.Time // and before it
	Databases []string  // of logs and statistics: only these
	Users     []string
	Top       int          // keep the statements with the most time in all; 0 keeps all
	Unread    func(Unread) // called at the end with what could not be read
	Events    func(*Event) // called for each execution, for sources that know them; it may keep the Event
}

// Workload is what was read.
type Workload struct {
	Statements []*Statement // those with the most time first; those of SQL files in their order
	Left       int          // statements left out by Options.Top
	Bytes      int64        // read, after decompression
	Entries    int64        // of logs: messages, whatever they say
	Executions int64        // of logs: messages that are about a statement's execution
	Dropped    int64        // executions that a recorder had to drop
	Unread     Unread       // lines that could not be read
	Warnings   []string
}

// Unread counts what could not be read, and keeps some of it to show.
type Unread struct {
	Count   int64    `json:"count"`
	Samples []string `json:"-"` // the first few, cut; they may hold values of the application
}

const (
	maxSamples    = 10
	maxSampleSize = 200
)

func (u *Unread) add(line []byte) {
	u.Count++
	if len(u.Samples) < maxSamples {
		u.Samples = append(u.Samples, string(line[:min(len(line), maxSampleSize)]))
	}
}

func (u *Unread) merge(other Unread) {
	u.Count += other.Count
	u.Samples = append(u.Samples, other.Samples[:min(len(other.Samples), maxSamples-len(u.Samples))]...)
}

// sortStatements puts those with the most time first; equal ones by count and fingerprint, so that the same log always
// gives the same order.
func sortStatements(statements []*Statement) {
	slices.SortFunc(statements, func(a, b *Statement) int {
		return cmp.Or(cmp.Compare(b.TotalTime, a.TotalTime), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Database, b.Database))
	})
}

// readText fills in what follows from the text of the first sample.
func (s *Statement) readText() {
	if len(s.Samples) > 0 {
		s.Normalized = sqltext.Normalize(s.Samples[0].Text)
		s.Tags = sqltext.Tags(s.Samples[0].Text)
	}
}
