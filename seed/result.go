package seed

import (
	"fmt"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// Result is what was loaded. Its JSON is a contract: it only ever grows.
type Result struct {
	Version       int           `json:"version"`
	Tables        []TableResult `json:"tables"` // in the order of the plan; those that are committed
	Rows          uint64        `json:"rows"`
	Bytes         int64         `json:"bytes"`
	Duration      time.Duration `json:"duration_ns"` // from the first change to the last, constraints and ANALYZE included
	RowsPerSecond float64       `json:"rows_per_second"`
	Warnings      []string      `json:"warnings"`
}

// TableResult is what was loaded into one table.
type TableResult struct {
	Table    string        `json:"table"`
	Rows     uint64        `json:"rows"`
	Bytes    int64         `json:"bytes"`       // as sent to COPY
	Duration time.Duration `json:"duration_ns"` // of its COPY
	// Checksum is the sum, modulo 2^64, of a hash of each row, in sixteen hexadecimal digits: the order of the rows does
	// not matter, and parts made by several workers or shards add up to the whole.
	Checksum string `json:"checksum"`
}

// Document is the result for people.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Seeded"}
	table := report.Table{Columns: []report.Column{
		{Name: "table"},
		{Name: "rows", Right: true},
		{Name: "bytes", Right: true},
		{Name: "time", Right: true},
		{Name: "rows/s", Right: true},
		{Name: "checksum"},
	}}
	for _, t := range r.Tables {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(t.Table), report.Count(int64(t.Rows)), report.Bytes(t.Bytes), report.Duration(t.Duration),
			report.Rate(perSecond(t.Rows, t.Duration)), report.Text(t.Checksum),
		})
	}
	d.Add(table, report.Paragraph{Text: fmt.Sprintf("%s rows, %s in %s: %s rows a second, constraints checked.",
		units.Count(int64(r.Rows)), units.Bytes(r.Bytes), units.Duration(r.Duration), units.Count(int64(r.RowsPerSecond)))})
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	return d
}

func perSecond(rows uint64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(rows) / d.Seconds()
}
