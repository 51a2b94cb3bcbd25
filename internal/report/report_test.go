package report_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/report"
)

func sample() report.Document {
	doc := report.Document{
		Title: "Findings",
		Cases: []report.Case{
			{Name: "posts of an author (sql/queries.sql:3)", Source: "sql/queries.sql:3", Fingerprint: "0123456789abcdef", Lines: 3, Duration: 4500 * time.Microsecond},
			{Name: "DELETE FROM posts (sql/queries.sql:7)", Source: "sql/queries.sql:7", Fingerprint: "fedcba9876543210", Lines: 1, Skipped: "it changes data"},
		},
		Rules: []report.Rule{{ID: "missing-index", Title: "an index would serve", About: "A scan reads much.", Silent: "it does not.", Advice: "Create it."}},
	}
	doc.Add(
		report.Paragraph{Text: "Two statements were run; <b>one</b> has a problem."},
		report.Table{
			Columns: []report.Column{{Name: "table"}, {Name: "p95 ms", Right: true}},
			Rows: [][]report.Value{
				{report.Name("public.posts"), report.Count(1_200_000)},
				{report.Name("a|b"), report.Count(7)},
			},
		},
		report.Finding{
			Rule: "missing-index", Severity: report.Error, Title: "No index serves author_id = $1",
			Statement: "SELECT id\n  FROM posts WHERE author_id = $1", Table: "public.posts", Columns: []string{"author_id"},
			Evidence:    []report.Evidence{{Name: "rows read", Value: 5000, Unit: "rows"}, {Name: "share of time", Value: 0.873, Unit: "ratio"}},
			Fingerprint: "0123456789abcdef", Source: "sql/queries.sql:3", Location: "sql/queries.sql:5", Excerpt: "WHERE author_id = $1",
			Related: []report.Related{{What: report.AlsoServed, Location: "sql/more.sql:2", Fingerprint: "00ff00ff00ff00ff"}},
			Mend:    report.Mend{Kind: "index", SQL: "CREATE INDEX ON public.posts (author_id);", Text: "Create the index."},
			Proof:   &report.Proof{Method: "7 paired runs", BeforeNS: 4_500_000, AfterNS: 90_000, RowsEqual: true, PlanChanged: true},
		},
	)
	return doc
}

// TestRender holds each format against a file in testdata; UPDATE_GOLDENS=1 rewrites them.
func TestRender(t *testing.T) {
	t.Parallel()
	for _, format := range []report.Format{
		report.TextFormat, report.MarkdownFormat, report.HTMLFormat, report.SARIFFormat, report.JUnitFormat, report.GitHubFormat,
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			if err := report.Render(&got, sample(), format, report.Options{FailOn: report.Warning, Version: "1.2.3"}); err != nil {
				t.Fatal(err)
			}
			golden := "testdata/sample." + string(format)
			if os.Getenv("UPDATE_GOLDENS") != "" {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRenderEscapes(t *testing.T) {
	t.Parallel()
	evil := `</script><img src=x onerror="alert(1)">`
	doc := report.Document{Title: evil}
	doc.Add(report.Heading{Level: 1, Text: evil}, report.Code{Text: evil}, report.Finding{Title: evil, Statement: evil})
	var got bytes.Buffer
	if err := report.Render(&got, doc, report.HTMLFormat, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.String(), "<img") || strings.Contains(got.String(), "</script>") {
		t.Errorf("markup got through:\n%s", got.String())
	}
}

func TestRenderUnknown(t *testing.T) {
	t.Parallel()
	if err := report.Render(&bytes.Buffer{}, sample(), "pdf", report.Options{}); err == nil {
		t.Error("no error for an unknown format")
	}
}

func TestSortFindings(t *testing.T) {
	t.Parallel()
	costs := func(ms, pages float64, counted bool) *report.Cost {
		return &report.Cost{TimeNS: int64(ms * 1e6), Pages: pages, Executions: 1, Counted: counted}
	}
	for _, test := range []struct {
		name     string
		findings []report.Finding
		want     string
	}{
		{"severity, then rule", []report.Finding{{Rule: "b", Severity: report.Note}, {Rule: "b", Severity: report.Error}, {Rule: "a", Severity: report.Error}}, "a b b"},
		{"severity before cost", []report.Finding{{Rule: "note", Severity: report.Note, Cost: costs(5000, 0, false)}, {Rule: "error", Severity: report.Error}}, "error note"},
		{"time", []report.Finding{{Rule: "a", Cost: costs(20, 9000, false)}, {Rule: "b", Cost: costs(2000, 10, false)}}, "b a"},
		{"what is known before what is not", []report.Finding{{Rule: "a"}, {Rule: "b", Cost: costs(20, 0, false)}}, "b a"},
		{"times too close to tell: pages", []report.Finding{{Rule: "a", Cost: costs(60, 100, false)}, {Rule: "b", Cost: costs(30, 900, false)}}, "b a"},
		{"times and pages too close to tell", []report.Finding{{Rule: "b", Cost: costs(60, 901, false)}, {Rule: "a", Cost: costs(20, 900, false)}}, "a b"},
		{"some milliseconds don't count", []report.Finding{{Rule: "b", Cost: costs(19, 3, false)}, {Rule: "a", Cost: costs(0.02, 3, false)}}, "a b"},
		{"some counted milliseconds do", []report.Finding{{Rule: "b", Cost: costs(9, 3, true)}, {Rule: "a", Cost: costs(4, 3, true)}}, "b a"},
		{"counted by the source", []report.Finding{{Rule: "a", Cost: costs(20, 900, true)}, {Rule: "b", Cost: costs(60, 100, true)}}, "b a"},
	} {
		report.SortFindings(test.findings)
		var got []string
		for _, f := range test.findings {
			got = append(got, f.Rule)
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.name, diff)
		}
	}
}

func TestCosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		finding report.Finding
		want    string
	}{
		{"not known", report.Finding{}, ""},
		{"one execution", report.Finding{Cost: &report.Cost{TimeNS: 4_300_000, Executions: 1, Pages: 2242}}, "costs      4.30 ms, 2,242 pages"},
		{"one execution, which the proof times", report.Finding{Cost: &report.Cost{TimeNS: 4_300_000, Executions: 1}, Proof: &report.Proof{}}, ""},
		{"counted", report.Finding{Cost: &report.Cost{TimeNS: 12_300_000_000, Executions: 340, Counted: true}}, "costs      12.3 s in 340 executions"},
		{
			"worked out",
			report.Finding{Cost: &report.Cost{TimeNS: 12_300_000_000, Executions: 1340, Pages: 5000, Estimated: true}},
			"costs      about 12.3 s, 5,000 pages in 1,340 executions, estimated from one plan",
		},
		{
			"the evidence says it", report.Finding{
				Evidence: []report.Evidence{{Name: "time", Value: 5e9, Unit: "ns"}}, Cost: &report.Cost{TimeNS: 5_000_000_000, Executions: 3, Counted: true},
			}, "",
		},
	} {
		var doc report.Document
		doc.Add(test.finding)
		var text bytes.Buffer
		if err := report.Render(&text, doc, report.TextFormat, report.Options{}); err != nil {
			t.Fatal(err)
		}
		got := ""
		for line := range strings.Lines(text.String()) {
			if strings.HasPrefix(line, "  costs") {
				got = strings.TrimSpace(line)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
