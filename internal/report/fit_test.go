package report_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pgassay/pgassay/internal/report"
)

// TestTableFits: a table is no wider than the terminal, whatever stands in it, and loses nothing.
func TestTableFits(t *testing.T) {
	t.Parallel()
	d := report.Document{}
	statement := "SELECT posts.id, posts.title FROM posts WHERE author_id = $1 AND published ORDER BY created_at"
	d.Add(report.Table{
		Columns: []report.Column{{Name: "where"}, {Name: "time", Right: true}, {Name: "rows", Right: true}, {Name: "statement"}},
		Rows: [][]report.Value{
			{report.Text("internal/storage/queries/posts.sql:112 PostsOfAnAuthor"), report.Text("1.21 ms"), report.Count(1234567), report.Text(statement)},
			{report.Text("a.sql:1"), report.Text("-"), report.Count(0), report.Text("日本語の表 " + strings.Repeat("x", 70))},
			{report.Text("latin1-\xe9\xe8.sql:1" + strings.Repeat("\xe9", 70)), report.Text("-"), report.Count(0), report.Text("SELECT 1")},
		},
	})
	for _, width := range []int{0, 60, 80, 100, 120, 400} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			out := string(render(t, d, report.TextFormat, report.Options{Width: width}))
			for line := range strings.Lines(out) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			if got := strings.Join(strings.Fields(out), ""); width == 0 && !strings.Contains(got, strings.ReplaceAll(statement, " ", "")) {
				t.Errorf("the statement is broken without need:\n%s", out)
			}
			for word := range strings.FieldsSeq(statement) {
				if !strings.Contains(out, word) {
					t.Errorf("%s is lost:\n%s", word, out)
				}
			}
		})
	}
}
