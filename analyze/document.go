package analyze

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
)

// Document says what was found, worst first, and how each statement did.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Analysis", Cases: r.cases(), Rules: reportRules()}
	executed := 0
	for _, s := range r.Statements {
		if s.Executed {
			executed++
		}
	}
	d.Add(report.Paragraph{Text: fmt.Sprintf("%s, %d executed. %s.", plural(len(r.Statements), "statement"), executed, plural(len(r.Findings), "finding"))})
	if n := len(r.Ignored); n > 0 {
		reasons := make([]string, n)
		for i, f := range r.Ignored {
			reasons[i] = fmt.Sprintf("%s: %s [%s %s]", f.Title, f.Reason, f.Rule, f.ID)
		}
		d.Add(report.Paragraph{Text: plural(n, "finding") + " ignored by the configuration:"}, report.List{Items: reasons})
	}
	for _, f := range r.Findings {
		d.Add(f)
	}
	if r.Comparison != nil {
		d.Add(r.Comparison.blocks()...)
	}
	if len(r.Statements) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Statements"}, r.statementTable())
	}
	if plans, left := r.plans(); len(plans) > 0 {
		d.Add(report.Plans{List: plans, Left: left})
	}
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	return d
}

// cases are the statements, for formats that list what was examined.
func (r *Result) cases() []report.Case {
	cases := make([]report.Case, len(r.Statements))
	for i, s := range r.Statements {
		name := s.Name
		if name == "" {
			name = shorten(s.Statement, 80)
		}
		if p := s.Source; p != "" {
			name = strings.TrimSpace(name + " (" + p + ")")
		}
		cases[i] = report.Case{Name: name, Source: s.Source, Fingerprint: s.Fingerprint, Duration: time.Duration(s.DurationNS)}
		if s.sql != "" {
			cases[i].Lines = 1 + strings.Count(strings.TrimSpace(s.sql), "\n")
		}
		if !s.Executed && s.Findings == 0 {
			cases[i].Skipped = s.Reason
		}
	}
	return cases
}

// reportRules documents every rule, for formats that carry it.
func reportRules() []report.Rule {
	var rules []report.Rule
	for _, r := range DescribeRules().Rules {
		rules = append(rules, report.Rule{ID: r.ID, Title: r.Title, About: r.About, Silent: r.Silent, Advice: r.Advice})
	}
	return rules
}

func (r *Result) statementTable() report.Table {
	t := report.Table{Columns: []report.Column{
		{Name: "where"},
		{Name: "time", Right: true},
		{Name: "rows", Right: true},
		{Name: "pages", Right: true},
		{Name: "planner's cost", Right: true},
		{Name: "findings", Right: true},
		{Name: "statement"},
	}}
	for _, s := range r.Statements {
		duration, pages := report.Text("-"), report.Text("-")
		if s.Executed {
			duration, pages = report.Duration(time.Duration(s.DurationNS)), report.Count(int64(s.Pages))
		}
		where := s.Source
		if s.Name != "" {
			where += " " + s.Name
		}
		text := shorten(s.Statement, 60)
		if s.Reason != "" && !s.Executed {
			text += "  (not executed: " + s.Reason + ")"
		}
		t.Rows = append(t.Rows, []report.Value{
			report.Text(where), duration, report.Count(int64(s.Rows)), pages, report.Textf("%.0f", s.Cost), report.Count(int64(s.Findings)), report.Text(text),
		})
	}
	return t
}

// shorten leaves the first n characters of a text on one line.
func shorten(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
