package analyze_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/report"
)

// TestValuesStayHidden: no literal and no bound value is in a result, in whatever format, unless it was asked for.
func TestValuesStayHidden(t *testing.T) {
	t.Parallel()
	config := setUp(t, `
CREATE TABLE people (id int PRIMARY KEY, name text, status text, born date, doc jsonb, n numeric);
INSERT INTO people SELECT g, 'n' || g, CASE WHEN g % 100 = 0 THEN 'S3CRET' ELSE 'x' END, '1950-01-01'::date + g % 20000, '{}', g FROM generate_series(1, 30000) g;
ANALYZE;`)
	bind := "S3CRET-BIND"
	statements, _ := analyze.Statements(`
SELECT * FROM people WHERE name = 'S3CRET';
SELECT * FROM people WHERE status = 'S3CRET' ORDER BY born LIMIT 5;
SELECT * FROM people WHERE n = 981234567;
SELECT * FROM people WHERE name LIKE '%S3CRET%';
SELECT * FROM people WHERE doc @> '{"a": "S3CRET"}';
SELECT * FROM people WHERE id = 'S3CRET';
SELECT * FROM people WHERE S3CRET.x = 'S3CRET';
SELECT * FROM people WHERE born = 'S3CRET'::date;
SELECT 1/0 FROM people WHERE name = $$S3CRET$$;
SELECT * FROM people WHERE name || 'S3CRET' = 'x';
SELECT * FROM people ORDER BY name = 'S3CRET' LIMIT 3;
SELECT 'S3CRET`, "q.sql")
	statements = append(statements, analyze.Statement{SQL: "SELECT * FROM people WHERE name = $1", Binds: []*string{&bind}, Source: "q.sql:99"})
	for _, show := range []bool{false, true} {
		result, err := analyze.Run(t.Context(), config, statements, analyze.Options{Verify: true, ShowValues: show})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Findings) < 3 {
			t.Errorf("only %d findings: there is nothing to hide", len(result.Findings))
		}
		data, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		outputs := map[string]string{"json": string(data)}
		for _, format := range []report.Format{report.TextFormat, report.MarkdownFormat, report.HTMLFormat} {
			var out bytes.Buffer
			if err := report.Render(&out, result.Document(), format, report.Options{}); err != nil {
				t.Fatal(err)
			}
			outputs[string(format)] = out.String()
		}
		for format, text := range outputs {
			for _, secret := range []string{"S3CRET", "981234567"} {
				// The name of the table that does not exist is a name, however it looks.
				found := strings.Contains(strings.ReplaceAll(strings.ReplaceAll(text, "s3cret.x", ""), `table \"s3cret\"`, ""), secret)
				if found != show {
					at := strings.Index(text, secret)
					t.Errorf("show values %v: %q in %s: %v\n%s", show, secret, format, found, text[max(0, at-200):min(len(text), at+200)])
				}
			}
		}
	}
}
