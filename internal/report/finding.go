package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

// Finding is one thing that is wrong, with its proof. Its JSON is a contract: it only ever gains fields.
type Finding struct {
	ID          string     `json:"id,omitempty"` // Identity: the same in the next run, whatever the counts and lines are then
	Rule        string     `json:"rule"`         // stable id, such as missing-index
	Severity    Severity   `json:"severity"`
	Title       string     `json:"title"`                 // one sentence
	Statement   string     `json:"statement,omitempty"`   // normalised SQL: no literals, unless they were asked for
	Fingerprint string     `json:"fingerprint,omitempty"` // of the statement
	Table       string     `json:"table,omitempty"`       // quoted qualified name
	Columns     []string   `json:"columns,omitempty"`
	Function    string     `json:"function,omitempty"`  // of a profile's finding
	Count       int64      `json:"count,omitempty"`     // how often it was seen
	CallSite    string     `json:"call_site,omitempty"` // path/file.go:123
	Route       string     `json:"route,omitempty"`     // of the requests that have it: GET /users/{id}
	Location    string     `json:"location,omitempty"`  // where the statement has it: queries.sql:12
	Source      string     `json:"source,omitempty"`    // where the statement begins: queries.sql:10
	Excerpt     string     `json:"excerpt,omitempty"`   // the statement's line at Location, if it has several; literals masked, unless they were asked for
	Related     []Related  `json:"related,omitempty"`   // other statements and lines that have to do with it
	Node        string     `json:"node,omitempty"`      // the guilty node of the statement's plan, as EXPLAIN names it
	Also        []string   `json:"also,omitempty"`      // other rules that saw the same fault; their evidence is in Evidence
	Evidence    []Evidence `json:"evidence"`
	Cost        *Cost      `json:"cost,omitempty"` // nil: not measured
	Estimated   bool       `json:"estimated"`      // true: from the planner's numbers, nothing was executed
	Mend        Mend       `json:"mend"`
	Proof       *Proof     `json:"proof"` // null: the mend was not tried
}

// Related is another statement or line that has to do with a finding.
type Related struct {
	What        string `json:"what"`                  // "also served", "parent", "each time round"
	Location    string `json:"location,omitempty"`    // file:line
	Fingerprint string `json:"fingerprint,omitempty"` // of the statement there
	Statement   string `json:"statement,omitempty"`   // normalised
}

// Identity is what a finding is known by from run to run: 16 hexadecimal digits made of its rule, its statement's
// fingerprint, its route, function and table. Counts, lines, measurements and file names have no part in it.
func (f Finding) Identity() string { return f.identity(f.Rule, f.Fingerprint) }

// Identities are Identity and what it would be if, in another run, a related statement stood for all that are served, or
// another of the rules that saw the fault spoke.
func (f Finding) Identities() []string {
	fingerprints := []string{f.Fingerprint}
	for _, r := range f.Related {
		if r.What == AlsoServed {
			fingerprints = append(fingerprints, r.Fingerprint)
		}
	}
	var all []string
	for _, rule := range append([]string{f.Rule}, f.Also...) {
		for _, fingerprint := range fingerprints {
			all = append(all, f.identity(rule, fingerprint))
		}
	}
	return all
}

// AlsoServed is Related.What of a statement that the same mend serves.
const AlsoServed = "also served"

func (f Finding) identity(rule, fingerprint string) string {
	parts := []string{rule, fingerprint, f.Route, f.Function, f.Table}
	if fingerprint == "" { // it is about a table
		parts = append(parts, f.Columns...)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Severity orders findings.
type Severity string

// The severities, mildest first.
const (
	Note    Severity = "note"
	Warning Severity = "warning"
	Error   Severity = "error"
)

var severities = []Severity{Note, Warning, Error}

// ParseSeverity reads a severity's name.
func ParseSeverity(s string) (Severity, error) {
	if slices.Contains(severities, Severity(s)) {
		return Severity(s), nil
	}
	return "", fmt.Errorf("unknown severity %q: use note, warning or error", s)
}

// AtLeast tells whether s is as severe as other, or more.
func (s Severity) AtLeast(other Severity) bool { return s.compare(other) >= 0 }

func (s Severity) compare(other Severity) int {
	return cmp.Compare(slices.Index(severities, s), slices.Index(severities, other))
}

// Evidence is one measured (or, if the finding says so, estimated) number. Unit is ns, bytes, rows, pages, ratio, count
// or empty; a ratio lies between 0 and 1 unless its name says otherwise.
type Evidence struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// String writes the evidence for people.
func (e Evidence) String() string {
	var value string
	switch e.Unit {
	case "ns":
		value = units.Duration(time.Duration(e.Value))
	case "bytes":
		value = units.Bytes(int64(e.Value))
	case "ratio":
		value = units.Percent(e.Value)
	case "", "count":
		value = number(e.Value)
	default:
		value = number(e.Value)
		if !strings.Contains(e.Name, e.Unit) { // "rows read 5,000" needs no second "rows"
			value += " " + e.Unit
		}
	}
	return e.Name + " " + value
}

func number(v float64) string {
	if v == float64(int64(v)) {
		return units.Count(int64(v))
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// Mend is what to do.
type Mend struct {
	Kind string `json:"kind"`          // index, rewrite, setting, maintenance or none
	SQL  string `json:"sql,omitempty"` // exactly what to run, or what to write instead
	Text string `json:"text"`          // the advice in a sentence
}

// Proof says what was measured with the mend in place.
type Proof struct {
	Method      string `json:"method"` // how it was tried, in a few words
	BeforeNS    int64  `json:"before_ns"`
	AfterNS     int64  `json:"after_ns"`
	RowsEqual   bool   `json:"rows_equal"`
	PlanChanged bool   `json:"plan_changed"`
}

// SortFindings puts the worst first: by severity, and within one by what they cost, in coarse steps. It is otherwise stable in
// rule, table, statement and call site.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(b.Severity.compare(a.Severity), a.Cost.compare(b.Cost), CompareFindings(a, b))
	})
}

// CompareFindings orders findings by severity, rule, table, statement and call site, whatever was measured.
func CompareFindings(a, b Finding) int {
	return cmp.Or(b.Severity.compare(a.Severity), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Statement, b.Statement),
		cmp.Compare(a.CallSite, b.CallSite), cmp.Compare(a.Function, b.Function))
}
