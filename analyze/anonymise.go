package analyze

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/baseline"
	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// Anonymise renames whatever is the user's own in the result: schemas, tables, columns, indexes, functions, aliases, literals,
// files, functions of the application, routes and the names of statements. One thing has one new name everywhere, and the same
// input gets the same names: they are given in the order of the statements. Fingerprints and ids are those of the renamed
// statements, because the real ones would tell who guesses a statement whether it was there. What PostgreSQL itself brings
// keeps its name, and so does a column that is called like a key word of SQL where its place does not tell it.
func (r *Result) Anonymise() {
	a := newAnonymiser()
	for i := range r.Statements {
		a.learnStatement(&r.Statements[i])
	}
	for i := range r.Findings {
		a.learnFinding(&r.Findings[i])
	}
	for i := range r.Ignored {
		a.learnFinding(&r.Ignored[i].finding)
	}
	if c := r.Comparison; c != nil {
		for _, f := range c.Vanished {
			a.learnTable(f.Table)
		}
		for _, change := range c.Changes {
			a.learnSQL(change.Statement)
		}
	}
	for i := range r.Statements {
		a.statement(&r.Statements[i])
	}
	for i := range r.Findings {
		a.finding(&r.Findings[i])
	}
	for i := range r.Ignored {
		f := &r.Ignored[i]
		f.Title, f.Table, f.Fingerprint, f.Reason = a.prose(f.Title), a.sql(f.Table), a.fingerprints[f.Fingerprint], "(left out)"
		a.finding(&f.finding)
		f.ID = f.finding.ID
	}
	for i, warning := range r.Warnings {
		r.Warnings[i] = a.prose(warning)
	}
	a.comparison(r.Comparison)
}

func (a *anonymiser) learnStatement(s *StatementResult) {
	if s.result != nil && s.result.Plan != nil {
		a.learnPlan(s.result.Plan)
	}
	a.learnSQL(s.sql)
	a.learnSQL(s.normalized)
	a.learnPlace(s.Source)
	a.rename(s.Name, "statement")
}

func (a *anonymiser) learnPlan(p *plan.Plan) {
	for _, n := range p.Nodes() {
		a.rename(n.Schema, "schema")
		a.rename(n.Relation, "table")
		a.rename(n.Index, "index")
		a.rename(n.CTE, "cte")
		if !builtin[strings.ToLower(n.Function)] {
			a.rename(n.Function, "function")
		}
		a.rename(n.Alias, "alias")
	}
	for _, n := range p.Nodes() {
		for _, e := range n.Expressions() {
			a.learnSQL(e.Text)
		}
	}
	for _, t := range p.Triggers {
		a.rename(t.Name, "trigger")
		a.rename(t.Constraint, "constraint")
	}
}

func (a *anonymiser) learnFinding(f *Finding) {
	a.learnTable(f.Table)
	for _, column := range f.Columns {
		a.rename(strings.Trim(column, `"`), "column")
	}
	a.learnSQL(f.Statement)
	a.learnSQL(f.Mend.SQL)
	for _, place := range []string{f.Source, f.Location, f.CallSite} {
		a.learnPlace(place)
	}
	for _, r := range f.Related {
		a.learnPlace(r.Location)
		a.learnSQL(r.Statement)
	}
	a.exact(f.Function, "function")
	a.exact(f.Route, "route")
}

func (a *anonymiser) statement(s *StatementResult) {
	old := s.Fingerprint
	s.Statement, s.sql, s.normalized = a.sql(s.Statement), a.sql(s.sql), a.sql(s.normalized)
	if s.Fingerprint = ""; s.normalized != "" {
		s.Fingerprint = sqltext.Fingerprint(s.normalized)
	}
	a.fingerprints[old] = s.Fingerprint
	s.Source, s.Reason = a.place(s.Source), a.prose(s.Reason)
	if s.Name != "" {
		s.Name = a.names[strings.ToLower(s.Name)]
	}
	if s.result == nil {
		return
	}
	result := &explain.Result{Class: s.result.Class, Verdict: s.result.Verdict} // what is left holds the server's own words
	if p := s.result.Plan; p != nil {
		result.Plan = a.plan(p)
	}
	s.result = result
}

// plan writes a plan with other names and reads it back.
func (a *anonymiser) plan(p *plan.Plan) *plan.Plan {
	data, err := p.JSON(plan.Rewrite{Expression: a.sql, Name: a.name})
	if err != nil {
		return nil
	}
	plans, err := plan.ParseJSON(data)
	if err != nil {
		return nil
	}
	return plans[0]
}

func (a *anonymiser) finding(f *Finding) {
	f.Title, f.Mend.Text = a.prose(f.Title), a.prose(f.Mend.Text)
	f.Statement, f.Excerpt, f.Mend.SQL, f.Table, f.Node = a.sql(f.Statement), a.sql(f.Excerpt), a.sqlWithComments(f.Mend.SQL), a.sql(f.Table), a.sql(f.Node)
	if f.Fingerprint != "" {
		was := f.Fingerprint
		if f.Fingerprint = a.fingerprints[was]; f.Fingerprint == "" {
			f.Fingerprint = sqltext.Fingerprint(f.Statement)
			a.fingerprints[was] = f.Fingerprint
		}
	}
	f.Columns = slices.Clone(f.Columns)
	for i, column := range f.Columns {
		f.Columns[i] = a.name(strings.Trim(column, `"`))
	}
	f.Source, f.Location, f.CallSite = a.place(f.Source), a.place(f.Location), a.place(f.CallSite)
	f.Function, f.Route = a.whole[f.Function], a.whole[f.Route]
	f.Related = slices.Clone(f.Related)
	for i, r := range f.Related {
		f.Related[i] = report.Related{What: r.What, Location: a.place(r.Location), Fingerprint: a.fingerprints[r.Fingerprint], Statement: a.sql(r.Statement)}
	}
	f.Evidence = slices.Clone(f.Evidence)
	for i := range f.Evidence {
		f.Evidence[i].Name = a.prose(f.Evidence[i].Name)
	}
	if f.Proof != nil {
		proof := *f.Proof
		proof.Method = a.prose(proof.Method)
		f.Proof = &proof
	}
	f.ID = f.Identity()
}

func (a *anonymiser) comparison(c *Comparison) {
	if c == nil {
		return
	}
	a.learnPlace(c.Against)
	c.Against = a.place(c.Against)
	for i := range c.Changes {
		change := &c.Changes[i]
		a.learnPlace(change.Source)
		change.Statement, change.NodeBefore, change.NodeAfter = a.sql(change.Statement), a.sql(change.NodeBefore), a.sql(change.NodeAfter)
		change.Reason = a.prose(change.Reason)
		change.Fingerprint, change.Source = a.fingerprints[change.Fingerprint], a.place(change.Source)
	}
	for i, f := range c.Vanished {
		a.exact(f.Function, "function")
		a.exact(f.Route, "route")
		c.Vanished[i] = baseline.Finding{
			IDs: []string{}, Rule: f.Rule, Severity: f.Severity, Title: ruleTitle(f.Rule), // its own may name what nothing else does
			Fingerprint: a.fingerprints[f.Fingerprint],
			Table:       a.sql(f.Table), Route: a.whole[f.Route], Function: a.whole[f.Function],
		}
	}
}

// learnPlace gives a file's name another, with its ending.
func (a *anonymiser) learnPlace(s string) {
	file, ok := fileOf(s)
	if !ok || a.files[file] != "" {
		return
	}
	a.files[file] = fmt.Sprintf("file_%d%s", len(a.files)+1, filepath.Ext(file))
	a.order = append(a.order, file)
}

func (a *anonymiser) place(s string) string {
	if file, ok := fileOf(s); ok {
		return a.files[file] + strings.TrimPrefix(s, file)
	}
	return s
}

// fileOf returns the file of "a.sql:12" or "a.txt, plan 2".
func fileOf(s string) (file string, ok bool) {
	if s == "" || s == "pg_stat_statements" || strings.HasPrefix(s, "standard input") {
		return "", false
	}
	s, _, _ = strings.Cut(s, ", plan ")
	if file, _, ok := cutLine(s); ok {
		return file, true
	}
	return s, true
}

// ruleTitle says what a rule finds, or is its id if this version does not have it.
func ruleTitle(id string) string {
	if described := DescribeRules(id).Rules; len(described) == 1 {
		return described[0].Title
	}
	return id
}
