package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/browsertest"
	"github.com/pgassay/pgassay/internal/report"
)

// evil is markup that would be seen to act: it says so on the console.
const evil = `</script></template></style></pre><img src=x onerror="console.error('injected')"><svg onload="console.error('injected')"><iframe srcdoc="<script>parent.console.error('injected')</script>"></iframe> '"{{constructor.constructor('console.error(1)')()}}`

// drawn is a document with a plan, whose every text is hostile.
func drawn(text string) report.Document {
	d := hostile(text)
	d.Title, d.Rules, d.Cases = "Analysis", nil, nil
	node := `{"Node Type": "Seq Scan", "Relation Name": %q, "Schema": "public", "Alias": %q, "Startup Cost": 0.0, "Total Cost": 1234.5, "Plan Rows": 10, "Plan Width": 8,
		"Actual Startup Time": 0.1, "Actual Total Time": 9.5, "Actual Rows": 7, "Actual Loops": 1, "Filter": %q, "Rows Removed by Filter": 99993, "Output": [%q]}`
	f := d.Blocks[0].(report.Finding)
	plan := report.Plan{
		Title: "queries.sql:3 " + text, Source: f.Source, Fingerprint: f.Fingerprint, SQL: "SELECT '" + text + "'",
		JSON:    `[{"Plan": ` + fmt.Sprintf(node, "posts"+text, text, "(a = '"+text+"')", text) + `, "Execution Time": 9.7}]`,
		Outline: "Seq Scan on " + text,
	}
	second := plan
	second.Source, second.Title = "other.sql:1", "another plan"
	d.Add(report.Plans{List: []report.Plan{plan, second}})
	return d
}

func open(t *testing.T, d report.Document, opts browsertest.Options) *browsertest.Page {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, render(t, d, report.HTMLFormat, report.Options{}), 0o644); err != nil {
		t.Fatal(err)
	}
	return browsertest.Open(t, file, opts)
}

// inFrame is a JavaScript expression on the page that the first plan is drawn in.
const inFrame = `document.querySelector("details.plan iframe")?.contentDocument`

// TestPageInBrowser opens a report from a file: plans are drawn, nothing of a statement acts, nothing is asked of a network.
func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	page := open(t, drawn(evil), browsertest.Options{})
	page.WaitFor(inFrame + `?.querySelector(".plan-node")`)
	if problems := page.Problems(); len(problems) > 0 {
		t.Errorf("problems: %s", strings.Join(problems, "\n"))
	}
	if n := page.Count("section.finding"); n != 2 {
		t.Errorf("%d findings, want 2", n)
	}
	if n := page.Count("img, svg, .finding iframe, section script"); n != 0 {
		t.Errorf("%d elements of a statement got into the page", n)
	}
	if n := browsertest.Eval[int](page, inFrame+`.querySelectorAll("img[onerror], svg[onload], iframe").length`); n != 0 {
		t.Errorf("%d elements of a statement got into the drawing", n)
	}
	if text := browsertest.Eval[string](page, inFrame+`.body.innerText`); !strings.Contains(text, "Seq Scan") {
		t.Errorf("the drawing has no node: %q", text)
	}
	if page.Text("details.plan.drawn pre") != "" {
		t.Error("the outline is shown beside the drawing")
	}
	// A plan that is closed is drawn when it is opened, also by a finding's link to it.
	if n := page.Count("iframe"); n != 1 {
		t.Errorf("%d plans are drawn before they are opened", n)
	}
	page.Click("details.plan:last-of-type summary")
	page.WaitFor(`document.querySelectorAll("details.plan.drawn").length == 2`)
	if href := browsertest.Eval[string](page, `document.querySelector(".finding a").getAttribute("href")`); page.Count(href+"[open]") != 1 {
		t.Errorf("a finding's link %s leads to no plan", href)
	}
	if problems := page.Problems(); len(problems) > 0 {
		t.Errorf("problems: %s", strings.Join(problems, "\n"))
	}
	page.Screenshot("report-hostile.png")
}

// TestPageInjectionWouldShow makes sure that the test above can fail: the same markup, let through, is heard of.
func TestPageInjectionWouldShow(t *testing.T) {
	t.Parallel()
	d := report.Document{}
	d.Add(report.Raw{HTML: evil})
	if problems := open(t, d, browsertest.Options{}).Problems(); len(problems) == 0 {
		t.Error("markup that got through was not heard of")
	}
}

// TestPagePolicy: even markup that got through runs no script.
func TestPagePolicy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.html")
	html := strings.Replace(string(render(t, drawn("x"), report.HTMLFormat, report.Options{})), "</h1>", `</h1><img src="data:," onerror="document.title = 'injected'">`, 1)
	if err := os.WriteFile(file, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	page := browsertest.Open(t, file, browsertest.Options{})
	if problems := page.Problems(); len(problems) == 0 || browsertest.Eval[string](page, "document.title") == "injected" {
		t.Errorf("the policy did not hold: %v", problems)
	}
}

func TestPageLooks(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]browsertest.Options{
		"light": {}, "dark": {Dark: true}, "phone": {Phone: true}, "print": {Print: true, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := sample()
			d.Add(drawn("of a table with a name that is rather long").Blocks[2])
			page := open(t, d, opts)
			page.WaitFor(inFrame + `?.querySelector(".plan-node") || document.querySelector("details.plan.drawn")`)
			if wide := page.Overflow(); wide > 0 {
				t.Errorf("the page is %d pixels too wide", wide)
			}
			background := browsertest.Eval[string](page, "getComputedStyle(document.body).backgroundColor")
			if want := map[bool]string{true: "rgb(22, 26, 32)", false: "rgb(255, 255, 255)"}[name == "dark"]; background != want {
				t.Errorf("the background is %s, want %s", background, want)
			}
			if name == "print" && !strings.Contains(page.Text("details.plan pre"), "Seq Scan") {
				t.Error("the plan is not printed")
			}
			page.Screenshot("report-" + name + ".png")
		})
	}
}
