package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"

	"github.com/pgassay/pgassay/internal/report"
)

// hostile is a finding whose every text tries to break out of its format.
func hostile(text string) report.Document {
	f := report.Finding{
		Rule: "missing-index", Severity: report.Error, Title: text, Statement: text, Fingerprint: "0123456789abcdef", Table: text,
		Columns: []string{text}, Function: text, Count: 3, CallSite: text + ".go:9", Route: text, Location: text + ".sql:12", Source: text + ".sql:10",
		Node: text, Also: []string{text}, Evidence: []report.Evidence{{Name: text, Value: 1, Unit: text}},
		Mend: report.Mend{Kind: "index", SQL: text, Text: text}, Proof: &report.Proof{Method: text},
		Excerpt: text, Related: []report.Related{{What: text, Location: text + ":3"}},
	}
	d := report.Document{
		Title: text, Rules: []report.Rule{{ID: "missing-index", Title: text, About: text, Silent: text, Advice: text}},
		Cases: []report.Case{{Name: text, Source: text + ".sql:10", Fingerprint: "0123456789abcdef", Lines: 4, Skipped: text}, {Name: text, Skipped: text}},
	}
	milder := f
	milder.Severity, milder.Source, milder.Location, milder.CallSite = report.Note, "", "", ""
	d.Add(f, milder)
	return d
}

var hostileTexts = []string{
	"", "a", "\x00\x01\x1b[31m", "]]></failure><!-- &lt;", "::error file=x::y\r\n::stop-commands::z", "100%,25%:x=1",
	"{0} {123} [a](b) `x` ${{ secrets.X }}", "\xff\xfe invalid", "a\u2028b\U0001F600", `"'<>&\`, "../../etc/passwd", "/etc/passwd", "C:\\x\\y", "a b#c?d%2e", "x:y:z",
	"</script><img src=x onerror=alert(1)>", "%SRCROOT%", strings.Repeat("long ", 500),
}

func render(t testing.TB, d report.Document, format report.Format, opts report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.Render(&out, d, format, opts); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// schema returns the schema of SARIF 2.1.0 with errata 01 as OASIS publishes it: the module that we validate with holds it.
func schema(t testing.TB) *gojsonschema.Schema {
	t.Helper()
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(folder)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && len(literal.Value) > 10_000 {
			text, _ = strconv.Unquote(literal.Value)
		}
		return true
	})
	if !strings.Contains(text, "errata01/os/schemas/sarif-schema-2.1.0.json") {
		t.Fatal("the module does not hold the schema")
	}
	loaded, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// valid holds a SARIF log against the schema, and reads it with another's model.
func valid(t testing.TB, schema *gojsonschema.Schema, log []byte) *sarif.Report {
	t.Helper()
	result, err := schema.Validate(gojsonschema.NewBytesLoader(log))
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, problem := range result.Errors() {
		t.Errorf("%s\n%s", problem, log)
	}
	read, err := sarif.FromBytes(log, sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	schema := schema(t)
	read := valid(t, schema, render(t, sample(), report.SARIFFormat, report.Options{Folder: "/src/app"}))
	result := read.Runs[0].Results[0]
	at := result.Locations[0].PhysicalLocation
	got := []any{
		*result.RuleID, result.Level, *at.ArtifactLocation.URI, *at.ArtifactLocation.URIBaseID, *at.Region.StartLine, *at.ContextRegion.StartLine, *at.ContextRegion.EndLine,
		*result.RelatedLocations[0].PhysicalLocation.ArtifactLocation.URI, result.PartialFingerprints["statement/v1"], len(read.Runs[0].Tool.Driver.Rules),
	}
	want := []any{"missing-index", "error", "sql/queries.sql", "%SRCROOT%", 5, 3, 5, "sql/more.sql", "0123456789abcdef", 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if help := read.Runs[0].Tool.Driver.Rules[0].Help; help == nil || !strings.Contains(*help.Text, "Create it.") {
		t.Errorf("the rule has no help: %+v", help)
	}
	for _, text := range hostileTexts {
		log := valid(t, schema, render(t, hostile(text), report.SARIFFormat, report.Options{Folder: "/src"}))
		for _, r := range log.Runs[0].Results {
			for _, l := range r.Locations {
				if l.PhysicalLocation == nil {
					continue
				}
				if u, err := url.Parse(*l.PhysicalLocation.ArtifactLocation.URI); err != nil || u.Scheme != "" && u.Scheme != "file" {
					t.Errorf("%q: no address of a file: %v", text, u)
				}
			}
		}
	}
	valid(t, schema, render(t, report.Document{}, report.SARIFFormat, report.Options{}))
}

// TestSchemaBites makes sure that the schema is not one that accepts anything.
func TestSchemaBites(t *testing.T) {
	t.Parallel()
	schema := schema(t)
	good := render(t, sample(), report.SARIFFormat, report.Options{})
	for _, change := range [][2]string{{`"level": "error"`, `"level": "fatal"`}, {`"ruleId"`, `"rule"`}, {`"version": "2.1.0"`, `"version": "2"`}, {`"startLine": 5`, `"startLine": 0`}} {
		bad := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, good) {
			t.Fatalf("the sample has no %s", change[0])
		}
		if result, err := schema.Validate(gojsonschema.NewBytesLoader(bad)); err != nil || result.Valid() {
			t.Errorf("%s is valid (%v)", change[1], err)
		}
	}
}

func TestJUnit(t *testing.T) {
	t.Parallel()
	type suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Cases []struct {
				Name     string   `xml:"name,attr"`
				Failures []string `xml:"failure"`
				Skipped  []string `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	for _, text := range hostileTexts {
		for _, failOn := range []report.Severity{"", report.Note, report.Error} {
			out := render(t, hostile(text), report.JUnitFormat, report.Options{FailOn: failOn})
			var read suites
			if err := xml.Unmarshal(out, &read); err != nil {
				t.Fatalf("%q: %v\n%s", text, err, out)
			}
			tests, failures, skipped := 0, 0, 0
			for _, s := range read.Suites {
				for _, c := range s.Cases {
					tests, failures, skipped = tests+1, failures+len(c.Failures), skipped+len(c.Skipped)
				}
			}
			wantFailures := map[report.Severity]int{"": 0, report.Note: 2, report.Error: 1}[failOn]
			if tests != read.Tests || failures != read.Failures || skipped != read.Skipped || tests != 3 || failures != wantFailures {
				t.Errorf("%q, --fail-on %q: %d tests, %d failures, %d skipped; it says %+v", text, failOn, tests, failures, skipped, read)
			}
			if !utf8.Valid(out) {
				t.Errorf("%q: not UTF-8", text)
			}
			wellFormed(t, out)
		}
	}
}

func wellFormed(t *testing.T, out []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(out)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	for _, text := range hostileTexts {
		out := string(render(t, hostile(text), report.GitHubFormat, report.Options{}))
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "::error file=") || !strings.HasPrefix(lines[1], "::notice title=pgassay%3A missing-index::") {
			t.Fatalf("%q: not one command a finding:\n%s", text, out)
		}
		properties, message, _ := strings.Cut(strings.TrimPrefix(lines[0], "::error "), "::")
		if got := len(strings.Split(properties, ",")); got != 3 || strings.Contains(properties, ":") {
			t.Errorf("%q: properties %s", text, properties)
		}
		unescape := strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n")
		if !strings.HasPrefix(unescape.Replace(message), text+"\n") {
			t.Errorf("%q: the title reads %q", text, message)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		location string
		opts     report.Options
		want     string // file:line of the annotation, "" for none
	}{
		"relative":                 {"sql/a.sql:3", report.Options{}, "sql/a.sql:3"},
		"absolute under":           {"/src/app/sql/a.sql:3", report.Options{Folder: "/src/app"}, "sql/a.sql:3"},
		"absolute outside":         {"/etc/a.sql:3", report.Options{Folder: "/src/app"}, "/etc/a.sql:3"},
		"upwards":                  {"../sql/a.sql:3", report.Options{Folder: "/src/app"}, "/src/sql/a.sql:3"},
		"upwards in the workspace": {"../sql/a.sql:3", report.Options{Folder: "/src/app", Root: "/src"}, "sql/a.sql:3"},
		"below the workspace":      {"./a.sql:3", report.Options{Folder: "/src/app", Root: "/src"}, "app/a.sql:3"},
		"standard input":           {"standard input:3", report.Options{}, ""},
		"no line":                  {"postgresql.log", report.Options{}, "postgresql.log"},
		"a plan of several":        {"plan.txt, plan 2", report.Options{}, "plan.txt"},
		"a line that is none":      {"a.sql:0", report.Options{}, "a.sql%3A0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := report.Document{}
			d.Add(report.Finding{Rule: "r", Severity: report.Error, Location: c.location})
			out := string(render(t, d, report.GitHubFormat, c.opts))
			want := "::error "
			if file, line, ok := strings.Cut(c.want, ":"); ok {
				want += "file=" + file + ",line=" + line + ","
			} else if c.want != "" {
				want += "file=" + c.want + ","
			}
			if !strings.HasPrefix(out, want+"title=") {
				t.Errorf("got %s, want %s", out, want)
			}
		})
	}
}

// TestIdentity: a finding stays the same whatever its counts and lines are.
func TestIdentity(t *testing.T) {
	t.Parallel()
	f := report.Finding{Rule: "missing-index", Fingerprint: "0123456789abcdef", Table: "public.posts", Columns: []string{"a"}}
	moved := f
	moved.Count, moved.Location, moved.CallSite, moved.Title, moved.Columns, moved.Severity = 7, "x.sql:9", "a.go:1", "t", []string{"a", "b"}, report.Note
	if f.Identity() != moved.Identity() {
		t.Error("it hangs on counts, lines, titles or columns")
	}
	for name, change := range map[string]func(*report.Finding){
		"rule": func(f *report.Finding) { f.Rule = "x" }, "fingerprint": func(f *report.Finding) { f.Fingerprint = "x" }, "route": func(f *report.Finding) { f.Route = "x" },
		"function": func(f *report.Finding) { f.Function = "x" }, "table": func(f *report.Finding) { f.Table = "x" },
	} {
		other := f
		if change(&other); other.Identity() == f.Identity() {
			t.Errorf("it does not hang on its %s", name)
		}
	}
	other := f
	other.Fingerprint = "fedcba9876543210"
	other.Related = []report.Related{{What: report.AlsoServed, Fingerprint: f.Fingerprint}}
	if got := other.Identities(); len(got) != 2 || got[1] != f.Identity() {
		t.Errorf("a statement that is served, too, does not stand for the finding: %v", got)
	}
}

func FuzzFormats(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	schema := schema(f)
	f.Fuzz(func(t *testing.T, text string) {
		d := hostile(text)
		valid(t, schema, render(t, d, report.SARIFFormat, report.Options{Folder: "/src"}))
		wellFormed(t, render(t, d, report.JUnitFormat, report.Options{FailOn: report.Note}))
		if n := bytes.Count(render(t, d, report.GitHubFormat, report.Options{}), []byte("\n")); n != 2 {
			t.Errorf("%d lines for two findings", n)
		}
		if !json.Valid(render(t, d, report.SARIFFormat, report.Options{})) {
			t.Error("no JSON")
		}
	})
}
