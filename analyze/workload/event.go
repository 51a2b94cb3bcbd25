package workload

import "time"

// Event is one execution of a statement. What a source does not know is left at its zero value, except where said.
type Event struct {
	Time        time.Time // when it started
	Duration    time.Duration
	Session     string   // the connection
	Client      string   // what the connections of one application have in common: user, database, application name, host; "" not known
	Transaction string   // "" outside of a transaction, or not known
	Batch       int64    // not 0: sent in one round trip with the session's other statements of that batch
	Scope       string   // the request, trace or job that it is part of; "" not known
	Route       string   // of the scope: method and pattern
	Fingerprint string   // as sqltext.Fingerprint
	Statement   string   // normalised; "" if the source defines it later (see QueryLog.Statements)
	Args        []uint64 // a hash for each $n of Statement, bind or literal, equal for equal values within a scope; nil: not known
	Rows        int64    // returned or affected; -1: not known
	CallSite    string   // path/file.go:12 of the application
	Function    string   // the function at CallSite
	Via         string   // the module between CallSite and the driver, such as an ORM's; "" for none
	Results     []Column // hashes of what may be keys in its result
	Tags        map[string]string
	Code        string // SQLSTATE, or "client", of an execution that failed
}

// Column holds the hashes of one column of a result, in the order of its rows, at most a thousand. A value has the same
// hash here and in Args.
type Column struct {
	Name   string
	Hashes []uint64
}
