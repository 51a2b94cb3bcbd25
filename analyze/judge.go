package analyze

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/index"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// judge turns what rules saw and what indexes were found into findings: one for each fault.
type judge struct {
	result   *Result
	session  *explain.Session // nil without a database
	settings rule.Settings
	outcome  index.Outcome
	hits     [][]rule.Hit // by statement
}

func (j *judge) run(ctx context.Context) error {
	j.hits = make([][]rule.Hit, len(j.result.Statements))
	for i := range j.result.Statements {
		c, err := j.context(ctx, i)
		if err != nil {
			return err
		}
		if c.Plan != nil {
			j.hits[i] = rule.Check(c, j.settings)
		}
	}
	for _, a := range j.outcome.Advice {
		j.index(a)
	}
	for _, t := range j.outcome.Tried {
		j.tried(t)
	}
	for i := range j.hits {
		hits, err := j.prove(ctx, i, merge(j.hits[i]))
		if err != nil {
			return err
		}
		for _, hit := range hits {
			j.report(i, hit)
		}
	}
	j.tables()
	return nil
}

// context gathers what the rules may look at.
func (j *judge) context(ctx context.Context, i int) (rule.Context, error) {
	s := &j.result.Statements[i]
	c := rule.Context{Plan: s.result.Plan, SQL: s.sql, Tokens: expr.Scan(s.sql)}
	if j.session == nil {
		return c, nil
	}
	c.Catalog = j.outcome.Catalog
	if err := j.generic(ctx, s, &c); err != nil {
		return c, fmt.Errorf("compare the plans of the statement at %s: %w", s.Source, err)
	}
	return c, nil
}

// generic measures a statement with its generic plan where that differs from the plan for its values, or from the one
// for the most common values.
func (j *judge) generic(ctx context.Context, s *StatementResult, c *rule.Context) error {
	if !s.result.Runs() || s.result.Generic == nil || s.result.Class != explain.Query {
		return nil
	}
	candidates := []*explain.Result{s.result}
	if common := s.result.Common(); common != nil {
		again, err := j.session.Explain(ctx, explain.Request{SQL: s.sql, Binds: common})
		if err != nil {
			return err
		}
		candidates = append(candidates, again)
	}
	for _, custom := range candidates {
		if !custom.Executed() || shape(s.result.Generic) == shape(custom.Plan) || s.result.Generic.Root.TotalCost > 1.1*custom.Plan.Root.TotalCost {
			continue
		}
		m, err := j.session.MeasureGeneric(ctx, s.sql, custom)
		if refused(err) {
			continue
		}
		if err != nil {
			return err
		}
		if c.Generic == nil || m.Pages-custom.Plan.Pages() > c.Generic.Pages()-c.Custom.Pages() {
			c.Generic, c.Custom = m.Plan, custom.Plan
		}
	}
	return nil
}

// refused tells whether the server said no, so that the analysis can go on without what was asked.
func refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) || errors.Is(err, explain.ErrTrial)
}

// shape is equal for plans that do the same to the same relations.
func shape(p *plan.Plan) string {
	var s strings.Builder
	for _, n := range p.Nodes() {
		depth := 0
		for m := n; m.Parent != nil; m = m.Parent {
			depth++
		}
		fmt.Fprintf(&s, "%d %s %s\n", depth, n.Label(), n.Strategy)
	}
	return s.String()
}

// wrapped are the rules on conditions that no plain index serves. Where such a condition is what an advised index is
// for, they speak: rewriting the condition comes first, the index second.
var wrapped = []string{"cast-on-column", "implicit-cast-param", "function-on-column", "like-leading-wildcard", "jsonb-containment", "array-overlap", "fts", "or-across"}

// index reports one advised index, once for all the statements that it serves, and takes over the hits that it mends.
func (j *judge) index(a index.Advice) {
	a.Gains = slices.DeleteFunc(a.Gains, j.meaningless)
	if len(a.Gains) == 0 {
		return
	}
	gain := a.Gains[0]
	if a.Trial != nil {
		for _, g := range a.Gains {
			if g.Query == a.Trial.Query {
				gain = g
			}
		}
	}
	f := j.result.missingIndex(a, gain)
	for _, g := range a.Gains {
		after := g.After
		if a.Trial != nil && g.Query == a.Trial.Query {
			after = a.Trial.Plan
		}
		var speaker *rule.Hit
		j.hits[g.Query] = slices.DeleteFunc(j.hits[g.Query], func(hit rule.Hit) bool {
			if slices.Contains(wrapped, hit.Rule) && slices.Contains(g.Need.Scans(), hit.Node) && serves(a, hit) {
				if speaker == nil && g.Query == gain.Query {
					speaker = &hit
				}
				return true
			}
			if byExpression(a, hit, g.Need) {
				return true
			}
			if !slices.ContainsFunc(g.Need.Scans(), func(scan *plan.Node) bool { return mended(hit, scan) }) || j.persists(g.Query, hit, after) {
				return false
			}
			f.Also = appendNew(f.Also, hit.Rule)
			if g.Query == gain.Query {
				f.Evidence = appendEvidence(f.Evidence, hit.Evidence)
			}
			return true
		})
		if speaker != nil {
			f = speak(*speaker, f)
		}
		if g.Query != gain.Query {
			j.result.Statements[g.Query].Findings++
		}
	}
	if j.settings.Off[f.Rule] {
		return
	}
	j.result.Findings = append(j.result.Findings, f)
	j.result.Statements[gain.Query].Findings++
}

// meaningless tells whether a statement that would gain from an index is wrong in itself: where a join's condition was
// forgotten, nobody knows which index the statement will want once it is there.
func (j *judge) meaningless(g index.Gain) bool {
	return slices.ContainsFunc(j.hits[g.Query], func(hit rule.Hit) bool {
		return hit.Rule == "cartesian" && slices.ContainsFunc(g.Need.Scans(), func(scan *plan.Node) bool { return slices.Contains(hit.Scope, scan) })
	})
}

// byExpression tells whether a wrong row count comes with an expression that the advised index has: statistics on it come
// with the index.
func byExpression(a index.Advice, hit rule.Hit, need *index.Need) bool {
	return hit.Rule == "misestimate" && slices.Contains(need.Scans(), hit.Node) && slices.ContainsFunc(a.Indexes, func(d index.Definition) bool {
		return slices.ContainsFunc(d.Keys, func(k index.Key) bool { return k.Column == "" })
	})
}

// serves tells whether an index is for the condition that a hit is about, rather than for another condition of the scan.
func serves(a index.Advice, hit rule.Hit) bool {
	if hit.Rule == "or-across" {
		return len(a.Indexes) > 1 || slices.Contains(hit.Columns, a.Columns()[0])
	}
	for _, d := range a.Indexes {
		for _, k := range d.Keys {
			for _, column := range hit.Columns {
				if k.Column == column && (d.Method == "gin" || d.Method == "gist") || k.Column == "" && strings.Contains(k.Expression, column) {
					return true
				}
			}
		}
	}
	return false
}

// speak lets a rule on conditions say what the index finding would have: its mend is the rewriting, with the index as the
// other way.
func speak(hit rule.Hit, f Finding) Finding {
	f.Also = append([]string{f.Rule}, f.Also...)
	f.Rule, f.Title, f.Columns = hit.Rule, hit.Title, hit.Columns
	f.Evidence = appendEvidence(f.Evidence, hit.Evidence)
	if hit.Mend.Kind == "index" {
		f.Mend.Text = hit.Mend.Text + " " + f.Mend.Text
		return f
	}
	f.Mend = report.Mend{Kind: hit.Mend.Kind, SQL: hit.Mend.SQL + "\n-- or\n" + f.Mend.SQL, Text: hit.Mend.Text + " Otherwise: " + f.Mend.Text}
	return f
}

// mended tells whether what a rule saw is a consequence of the missing index: it is about the scan itself, or about work
// above that the scan's way of reading brought about.
func mended(hit rule.Hit, scan *plan.Node) bool {
	if hit.Node == nil {
		return false
	}
	if hit.Node == scan {
		// A wrong row count does no harm once an index finds the rows, unless a join is chosen by it.
		if hit.Rule == "misestimate" {
			return scan.Ancestor((*plan.Node).IsJoin) == nil
		}
		return hit.Rule != "stale-stats" && hit.Rule != "misestimate-join"
	}
	consequences := []string{
		"topn-full-scan", "sort-avoidable", "wrong-index-order-by", "seq-scan-loop", "subplan-correlated", "nested-loop-inner", "materialize-loops", "join-filter",
		"sort-spill", "hash-spill", "agg-spill", "temp-io", "partition-no-prune", "seq-scan-selective", "index-filter", "parallel-not-launched", "misestimate-join", "or-across",
	}
	if !slices.Contains(consequences, hit.Rule) {
		return false
	}
	if slices.Contains(hit.Scope, scan) {
		return true
	}
	for above := scan.Parent; above != nil; above = above.Parent {
		if hit.Node == above {
			return true
		}
	}
	return false
}

// persists tells whether a rule still sees its fault with the index in place, as far as that was measured. What is left
// of it where the statement reads a tenth of what it did is no finding: its evidence is of pages that the index saves.
func (j *judge) persists(statement int, hit rule.Hit, after *plan.Plan) bool {
	if after == nil || !after.Analyzed || hit.Rule == "misestimate" {
		return false
	}
	if hit.Rule == "partition-no-prune" && len(hit.Columns) == 0 {
		return false // the statement does not ask by the partition key: finding its rows by the index is what it wants
	}
	s := j.result.Statements[statement]
	if before := s.result.Plan; before.Analyzed && before.HasBuffers && after.Pages() <= before.Pages()/10 {
		return false
	}
	c := rule.Context{Plan: after, Catalog: j.outcome.Catalog, SQL: s.sql}
	return slices.ContainsFunc(rule.Check(c, j.settings), func(again rule.Hit) bool { return again.Rule == hit.Rule && again.Table == hit.Table })
}

// tried takes back what rules would mend by an index where indexes were tried and none helped, and says so.
func (j *judge) tried(t index.Tried) {
	r, _ := rule.Find("no-index-helps")
	if expected, found := t.Need.Expected(), t.Need.RowsKept(); t.Need.Executed() && expected >= misled*max(1, found) && expected >= manyRows*t.Need.RowsRead() {
		j.unexpected(t, expected, found)
		return
	}
	selective := false
	j.hits[t.Query] = slices.DeleteFunc(j.hits[t.Query], func(hit rule.Hit) bool {
		concerned := slices.ContainsFunc(t.Need.Scans(), func(scan *plan.Node) bool { return hit.Node == scan || slices.Contains(hit.Scope, scan) })
		if !concerned {
			return false
		}
		if slices.Contains(wrapped, hit.Rule) {
			return t.Covers(hit.Columns)
		}
		if t.Built() == 0 && (hit.Rule == "seq-scan-selective" || hit.Rule == "index-filter") { // the server could build none of them
			return false
		}
		selective = selective || hit.ByIndex && hit.Rule == "seq-scan-selective"
		return hit.ByIndex
	})
	if !selective || j.settings.Off[r.ID] {
		return
	}
	n := t.Need.Node
	hit := rule.Hit{
		Rule: r.ID, Node: n, Severity: report.Note, Table: t.Need.Table.Qualified(),
		Title:    fmt.Sprintf("no index would help: %d were tried for the scan of %s", t.Candidates, t.Need.Table.Qualified()),
		Evidence: []report.Evidence{{Name: "indexes tried", Value: float64(t.Candidates), Unit: "count"}, {Name: "pages read", Value: n.SelfBuffers().Pages(), Unit: "pages"}},
		Mend:     report.Mend{Kind: "none", Text: "Look at what is asked for rather than at how it is found."},
	}
	j.hits[t.Query] = append(j.hits[t.Query], hit)
}

// The planner's refusal of an index says nothing where it expected so many times the rows that came, and so great a share of
// those that were read.
const (
	misled   = 100
	manyRows = 0.05
)

// unexpected mends the advice of a scan of which the planner expects so many rows that it would take no index, though it
// finds few: it does not know the value that is compared.
func (j *judge) unexpected(t index.Tried, expected, found float64) {
	for i, hit := range j.hits[t.Query] {
		if hit.Rule == "seq-scan-selective" && slices.Contains(t.Need.Scans(), hit.Node) {
			hit.Evidence = append(hit.Evidence, report.Evidence{Name: "rows expected", Value: expected, Unit: "rows"})
			hit.Mend = report.Mend{Kind: "rewrite", Text: fmt.Sprintf("The planner expects %s rows where %s came, so that it would take no index. Where the value comes from a subquery, ask for it first and send it as a parameter; otherwise mend the expectation, then index what is compared.",
				report.Count(int64(expected)).Text, report.Count(int64(found)).Text)}
			j.hits[t.Query][i] = hit
		}
	}
}

// report files one hit of a statement.
func (j *judge) report(i int, hit merged) {
	s := &j.result.Statements[i]
	f := Finding{
		Rule: hit.Rule, Severity: hit.Severity, Title: hit.Title, Statement: s.Statement, Fingerprint: s.Fingerprint, Table: hit.Table, Columns: hit.Columns,
		Count: s.Count, Evidence: hit.Evidence, Estimated: hit.Estimated, Mend: hit.Mend, Also: hit.also, Proof: hit.proof,
		Source: s.Source,
	}
	f.Location, f.Excerpt = s.locate(hit.Node, hit.Columns, j.result.showValues)
	var nodes []*plan.Node // none: it is about the statement as a whole
	if hit.Node != nil {
		f.Node, nodes = hit.Node.Label(), append([]*plan.Node{hit.Node}, hit.Scope...)
	}
	f.Cost = s.cost(shareOf(s.result.Plan, nodes))
	s.Findings++
	if !j.joins(f) {
		j.result.Findings = append(j.result.Findings, f)
	}
}

// joins adds a finding on a foreign key's check to that of the index which mends it, if another statement lacks that, too:
// nobody is to build it twice.
func (j *judge) joins(f Finding) bool {
	if f.Rule != "fk-trigger" || len(f.Columns) != 1 {
		return false
	}
	for k := range j.result.Findings {
		index := &j.result.Findings[k]
		if index.Rule != "missing-index" || index.Table != f.Table || index.Columns[0] != f.Columns[0] || strings.Contains(index.Mend.SQL, " WHERE ") {
			continue
		}
		index.Also = appendNew(index.Also, f.Rule)
		index.Related = append(index.Related, report.Related{What: report.AlsoServed, Location: f.Location, Fingerprint: f.Fingerprint})
		index.Cost = addCost(index.Cost, f.Cost)
		return true
	}
	return false
}

// tables runs the rules on tables, and leaves out what is said already.
func (j *judge) tables() {
	if j.outcome.Catalog == nil {
		return
	}
	var plans []*plan.Plan
	for _, s := range j.result.Statements {
		if s.result.Plan != nil {
			plans = append(plans, s.result.Plan)
		}
	}
	for _, hit := range rule.CheckTables(rule.Tables{Catalog: j.outcome.Catalog, Deleted: rule.ChangedTables(plans, "Delete"), Updated: rule.ChangedTables(plans, "Update"), Plans: plans}, j.settings) {
		said := slices.ContainsFunc(j.result.Findings, func(f Finding) bool {
			return f.Table == hit.Table && f.Mend.Kind == "index" && hit.Mend.Kind == "index" && len(hit.Columns) > 0 && len(f.Columns) > 0 && f.Columns[0] == hit.Columns[0] &&
				strings.HasPrefix(f.Mend.SQL, "CREATE") == strings.HasPrefix(hit.Mend.SQL, "CREATE")
		})
		if said {
			continue
		}
		j.result.Findings = append(j.result.Findings, Finding{
			Rule: hit.Rule, Severity: hit.Severity, Title: hit.Title, Table: hit.Table, Columns: hit.Columns, Evidence: hit.Evidence, Estimated: hit.Estimated, Mend: hit.Mend,
		})
	}
}
