// Package analyze finds what is wrong with the statements of a workload, and proves it.
//
// Statements go one way: they are explained (analyze/explain), their plans are judged (analyze/rule), indexes that would
// serve them are looked for and tried (analyze/index), and what an application recorded is searched for N+1 queries
// (analyze/nplusone). What comes out is a Result: one finding per fault, each with its evidence and its mend.
package analyze

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/index"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// Finding is one fault with its evidence, its mend and its proof.
type Finding = report.Finding

// Options choose how statements are analysed. The zero value executes what is safe to execute and builds nothing.
type Options struct {
	Verify           bool          // build advised indexes in transactions that are rolled back, and measure with them
	AllowDML         bool          // execute data-changing statements, too; always rolled back
	ShowValues       bool          // literals and binds may appear in the result
	StatementTimeout time.Duration // 0 means 30 s
	Rules            rule.Settings // thresholds, and rules that are off
	Ignore           []Ignore      // findings to leave out
	Repeat           bool          // run what is executed several times, for a baseline

	// Building is called before indexes are built on a table, with what it takes. It may be nil.
	Building func(index.Building)
}

// Statement is a statement to analyse.
type Statement struct {
	SQL    string
	Name   string // of a "-- name:" comment, or ""
	Source string // where it stands: file.sql:12
	Count  int64  // how often it was executed; 0 means not known
	Binds  []*string
	Total  time.Duration // of all executions; 0 means not known
	Logged bool          // it comes from a log: what has no plan, such as COMMIT, is left out without a word
	Cut    bool          // the source had not all of its text, so that it can't be run
	Plan   *plan.Plan    // with what was measured, if its source has it: the statement is then not executed again

	statistics bool // it comes from pg_stat_statements, among what we ask ourselves
}

// Result is what was found. Its JSON is a contract: it only ever gains fields.
type Result struct {
	Version    int               `json:"version"`
	Statements []StatementResult `json:"statements"`
	Findings   []Finding         `json:"findings"`
	Ignored    []Ignored         `json:"ignored,omitempty"`
	Comparison *Comparison       `json:"comparison,omitempty"` // with a baseline, see Against
	Warnings   []string          `json:"warnings"`

	showValues bool
}

// StatementResult says how one statement did.
type StatementResult struct {
	Statement   string  `json:"statement"` // normalised; as written with Options.ShowValues
	Fingerprint string  `json:"fingerprint"`
	Name        string  `json:"name,omitempty"`
	Source      string  `json:"source,omitempty"`
	Count       int64   `json:"count,omitempty"`
	Executed    bool    `json:"executed"`           // false: planned only, or refused
	Reason      string  `json:"reason,omitempty"`   // why it was not executed
	Values      string  `json:"values,omitempty"`   // of its parameters: given, statistics, generic
	DurationNS  int64   `json:"duration_ns"`        // execution time as EXPLAIN ANALYZE has it; 0 if not executed
	TotalNS     int64   `json:"total_ns,omitempty"` // of the executions that the source timed; 0 if it timed none
	Cost        float64 `json:"cost"`               // the planner's; 0 if it was refused
	Rows        float64 `json:"rows"`               // given, or expected if not executed
	Pages       float64 `json:"pages"`              // of tables and indexes touched; 0 if not executed
	Findings    int     `json:"findings"`

	sql        string
	normalized string
	result     *explain.Result
	timed      int64   // executions that TotalNS is of
	runs       []int64 // nanoseconds of executions, see Options.Repeat
}

// Statements returns the statements of an SQL script. Lines of psql's own commands are left out with a warning.
func Statements(script, source string) (statements []Statement, warnings []string) {
	for _, s := range sqltext.Split(script) {
		where := fmt.Sprintf("%s:%d", source, s.Line)
		switch s.Kind {
		case sqltext.SQL:
			statements = append(statements, Statement{SQL: s.Text, Name: s.Name, Source: where})
		case sqltext.Meta:
			warnings = append(warnings, where+": a command of psql is left out")
		case sqltext.CopyIn:
			warnings = append(warnings, where+": COPY FROM stdin is left out")
		}
	}
	return statements, warnings
}

// Run explains the statements on the database and reports what is wrong with them. Nothing in the database changes. An
// error means that the analysis could not be done; what is wrong with a single statement is in the result.
func Run(ctx context.Context, config *pgx.ConnConfig, statements []Statement, opts Options) (*Result, error) {
	session, err := explain.Open(ctx, config, explain.Options{AllowDML: opts.AllowDML, StatementTimeout: opts.StatementTimeout})
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx)
	result := &Result{Version: 1, Statements: []StatementResult{}, Findings: []Finding{}, Warnings: []string{}, showValues: opts.ShowValues}
	seen := map[string]int{}
	for _, s := range statements {
		fingerprint := sqltext.Fingerprint(s.SQL)
		if i, again := seen[fingerprint]; again {
			result.Statements[i].add(s)
			continue
		}
		seen[fingerprint] = len(result.Statements)
		explained, err := explainOne(ctx, session, s, opts)
		if err != nil {
			return nil, fmt.Errorf("explain the statement at %s: %w", s.Source, err)
		}
		if s.Logged && explained.Class == explain.Utility || s.statistics && readsCatalogs(explained.Plan) {
			delete(seen, fingerprint)
			continue
		}
		result.Statements = append(result.Statements, describe(s, fingerprint, explained, opts))
	}
	if err := result.judge(ctx, session, opts); err != nil {
		return nil, err
	}
	if opts.Repeat {
		if err := result.repeat(ctx, session); err != nil {
			return nil, err
		}
	}
	result.finish(opts)
	return result, nil
}

// add counts further executions of a statement, and their time if their source has it.
func (r *StatementResult) add(s Statement) {
	r.Count += max(s.Count, 1)
	if s.Total > 0 {
		r.TotalNS += s.Total.Nanoseconds()
		r.timed += max(s.Count, 1)
	}
}

// finish leaves out what is ignored, puts the worst finding first and says what each is known by.
func (r *Result) finish(opts Options) {
	r.ignore(opts.Ignore)
	report.SortFindings(r.Findings)
	for i := range r.Findings {
		r.Findings[i].ID = r.Findings[i].Identity()
	}
}

// explainOne explains one statement: executes it if that is safe and nobody has measured it yet.
func explainOne(ctx context.Context, session *explain.Session, s Statement, opts Options) (*explain.Result, error) {
	if s.Cut {
		return &explain.Result{Verdict: explain.Verdict{Level: explain.Refuse, Reason: "its text was cut off where it comes from"}}, nil
	}
	request := explain.Request{SQL: s.SQL, Binds: s.Binds}
	if s.Plan != nil && !opts.Verify { // proof needs executions of our own
		request.NoRun, request.Reason = true, "the log has its plan, with what was measured"
	}
	explained, err := session.Explain(ctx, request)
	if err == nil && request.NoRun && explained.Class != explain.Utility {
		explained.Adopt(s.Plan)
	}
	return explained, err
}

// readsCatalogs tells whether a plan reads nothing but the system's catalogs, as the statements of tools do.
func readsCatalogs(p *plan.Plan) bool {
	if p == nil {
		return false
	}
	reads := false
	for _, n := range p.Nodes() {
		if n.IsScan() && n.Schema != "pg_catalog" && n.Schema != "information_schema" {
			return false
		}
		reads = reads || n.IsScan() || n.Is("Function Scan", "Result")
	}
	return reads
}

func describe(s Statement, fingerprint string, explained *explain.Result, opts Options) StatementResult {
	d := StatementResult{
		Statement: sqltext.Normalize(s.SQL), Fingerprint: fingerprint, Name: s.Name, Source: s.Source,
		Executed: explained.Executed(), Reason: explained.Verdict.Reason, Values: explained.Values,
		sql: s.SQL, result: explained,
	}
	d.add(s)
	d.normalized = d.Statement
	if opts.ShowValues {
		d.Statement = s.SQL
	}
	if explained.Err != nil {
		d.Reason = explained.Message(s.SQL, opts.ShowValues)
	}
	if p := explained.Plan; p != nil {
		d.Cost, d.Rows = p.Root.TotalCost, p.Root.PlanRows
		if d.Executed {
			d.DurationNS, d.Rows, d.Pages = nanoseconds(p), p.Root.Rows(), p.Pages()
		}
	}
	return d
}

func nanoseconds(p *plan.Plan) int64 { return int64(p.TotalMS() * float64(time.Millisecond)) }

// judge looks for indexes that the statements lack and lets the rules speak.
func (r *Result) judge(ctx context.Context, session *explain.Session, opts Options) error {
	queries := make([]index.Query, len(r.Statements))
	for i, s := range r.Statements {
		queries[i] = index.Query{SQL: s.sql, Result: s.result, Weight: float64(s.Count)}
	}
	outcome, err := index.Advise(ctx, session, queries, index.Options{Verify: opts.Verify, Literals: opts.ShowValues, Building: opts.Building})
	r.Warnings = append(r.Warnings, outcome.Warnings...)
	if err != nil {
		return fmt.Errorf("look for missing indexes: %w", err)
	}
	j := judge{result: r, session: session, settings: opts.Rules, outcome: outcome}
	return j.run(ctx)
}
