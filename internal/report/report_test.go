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
	findings := []report.Finding{{Rule: "b", Severity: report.Note}, {Rule: "b", Severity: report.Error}, {Rule: "a", Severity: report.Error}}
	report.SortFindings(findings)
	var got []string
	for _, f := range findings {
		got = append(got, string(f.Severity)+" "+f.Rule)
	}
	if diff := cmp.Diff([]string{"error a", "error b", "note b"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
