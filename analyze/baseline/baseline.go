// Package baseline keeps what an analysis found, so that a later one can say what is new: findings, plans that changed, and
// what became slower or reads more because of it.
//
// A finding is known by its statement's fingerprint, its route, function and table, never by counts or lines. A statement is
// judged only if its plan changed; one whose plan is the same is neutral, whatever the clock says. Times are then compared
// run by run, after the speed of the machine, which the statements with unchanged plans tell, is taken out, and against the
// noise of the runs themselves.
package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/pgassay/pgassay/internal/report"
)

// version is that of the file's shape, which only grows.
const version = 1

// Baseline is what an analysis found, as it is kept in a file.
type Baseline struct {
	Version    int         `json:"version"`
	Statements []Statement `json:"statements"`
	Findings   []Finding   `json:"findings"`
}

// Statement is how one statement did.
type Statement struct {
	Fingerprint string   `json:"fingerprint"`
	Statement   string   `json:"statement"` // normalised
	Source      string   `json:"source,omitempty"`
	Shape       []string `json:"shape,omitempty"` // the plan's nodes, indented by their depth; none if there was no plan
	Executed    bool     `json:"executed"`
	Cost        float64  `json:"cost,omitempty"`
	Rows        float64  `json:"rows,omitempty"`
	Pages       float64  `json:"pages,omitempty"`
	RunsNS      []int64  `json:"runs_ns,omitempty"` // one execution each, caches warm
	Reason      string   `json:"-"`                 // why it was not executed
}

// Finding is a finding that was there.
type Finding struct {
	IDs         []string        `json:"ids"` // its identities: whichever statement or rule speaks for it next time
	Rule        string          `json:"rule"`
	Severity    report.Severity `json:"severity"`
	Title       string          `json:"title"`
	Fingerprint string          `json:"fingerprint,omitempty"`
	Route       string          `json:"route,omitempty"`
	Function    string          `json:"function,omitempty"`
	Table       string          `json:"table,omitempty"`
}

// New returns the baseline of an analysis.
func New(statements []Statement, findings []report.Finding) *Baseline {
	b := &Baseline{Version: version, Statements: statements, Findings: []Finding{}}
	for _, f := range findings {
		b.Findings = append(b.Findings, Finding{
			IDs: f.Identities(), Rule: f.Rule, Severity: f.Severity, Title: f.Title, Fingerprint: f.Fingerprint, Route: f.Route, Function: f.Function, Table: f.Table,
		})
	}
	return b
}

// JSON is the content of the file.
func (b *Baseline) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write baseline: %w", err)
	}
	return append(data, '\n'), nil
}

// Read reads a file that --save wrote.
func Read(path string) (*Baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	b, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read baseline: %s: %w", path, err)
	}
	return b, nil
}

var errNoBaseline = errors.New("it is no baseline: pgassay analyze --save writes one")

func parse(data []byte) (*Baseline, error) {
	var b Baseline
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoBaseline, err)
	}
	switch {
	case b.Version == 0 || b.Statements == nil || b.Findings == nil:
		return nil, errNoBaseline
	case b.Version > version:
		return nil, fmt.Errorf("it has version %d, and this pgassay reads up to %d: write it anew with --save", b.Version, version)
	}
	return &b, nil
}

// Knows tells whether a finding was there.
func (b *Baseline) Knows(f report.Finding) bool {
	ids := f.Identities()
	return slices.ContainsFunc(b.Findings, func(known Finding) bool { return intersect(known.IDs, ids) })
}

// Vanished returns the findings that are not among these.
func (b *Baseline) Vanished(now []report.Finding) []Finding {
	gone := []Finding{}
	for _, known := range b.Findings {
		if !slices.ContainsFunc(now, func(f report.Finding) bool { return intersect(known.IDs, f.Identities()) }) {
			gone = append(gone, known)
		}
	}
	return gone
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
