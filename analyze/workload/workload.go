// Package workload reads where statements come from: SQL files, PostgreSQL's logs, pg_stat_statements, and what package
// querylog recorded in an application.
package workload

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
