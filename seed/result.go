package seed

import "time"

// Result is what was loaded. Its JSON is a contract: it only ever grows.
type Result struct {
	Version       int           `json:"version"`
	Tables        []TableResult `json:"tables"` // in the order of the plan; those that are committed
	Rows          uint64        `json:"rows"`
	Bytes         int64         `json:"bytes"`
	Duration      time.Duration `json:"duration_ns"` // from the first change to the last, constraints and ANALYZE included
	RowsPerSecond float64       `json:"rows_per_second"`
	Unfillable    []*Unfillable `json:"unfillable"` // tables that got no rows, with Options.SkipUnfillable
	Warnings      []string      `json:"warnings"`
}

// TableResult is what was loaded into one table.
type TableResult struct {
	Table    string        `json:"table"`
	Rows     uint64        `json:"rows"`
	Bytes    int64         `json:"bytes"`       // as sent to COPY
	Duration time.Duration `json:"duration_ns"` // of its COPY; with several connections, of all of them added up
	// Checksum is the sum, modulo 2^64, of a hash of each row, in sixteen hexadecimal digits: the order of the rows does
	// not matter, and parts made by several workers or shards add up to the whole.
	Checksum string `json:"checksum"`
}
