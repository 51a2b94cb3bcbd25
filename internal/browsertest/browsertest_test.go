package browsertest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/browsertest"
)

func file(t *testing.T, html string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page #1.html")
	if err := os.WriteFile(path, []byte("<!DOCTYPE html><meta name=viewport content='width=device-width'>"+html), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpen(t *testing.T) {
	t.Parallel()
	page := browsertest.Open(t, file(t, `<p>one</p><p hidden>two</p><button onclick="this.textContent='clicked'">go</button>`), browsertest.Options{})
	if problems := page.Problems(); len(problems) > 0 {
		t.Errorf("a page that does nothing has problems: %q", problems)
	}
	if n := page.Count("p"); n != 2 {
		t.Errorf("%d paragraphs, want 2", n)
	}
	if got := page.Text("p"); got != "one" {
		t.Errorf("the first paragraph says %q", got)
	}
	if got := page.Text("p[hidden]") + page.Text("nope"); got != "" {
		t.Errorf("what is hidden, or not there, says %q", got)
	}
	page.Click("button")
	page.WaitFor("document.querySelector('button').textContent == 'clicked'")
	page.Screenshot("browsertest.png")
}

// TestProblems: whatever a page should not do is told.
func TestProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ html, want string }{
		"console error": {`<script>console.error("broken", 7)</script>`, "console error: broken 7"},
		"exception":     {`<script>nope()</script>`, "nope is not defined"},
		"dialog":        {`<script>alert("hello")</script>`, "dialog: hello"},
		"injected":      {`<img src=nope.png onerror="alert(1)">`, "dialog: 1"},
		"request":       {`<script src="http://example.invalid/a.js"></script>`, "request to http://example.invalid/a.js"},
		"later":         {`<script>Promise.reject(new Error("late"))</script>`, "late"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := browsertest.Open(t, file(t, c.html), browsertest.Options{}).Problems()
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) }) {
				t.Errorf("got %q, want one with %q", problems, c.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	html := `<style>p { display: none } @media (prefers-color-scheme: dark) { .dark { display: block } }
		@media print { .print { display: block } } @media (max-width: 400px) { .narrow { display: block; width: 500px } }</style>
		<p class=dark>dark<p class=print>print<p class=narrow>narrow`
	for name, c := range map[string]struct {
		opts     browsertest.Options
		overflow bool
	}{
		"dark":   {browsertest.Options{Dark: true}, false},
		"print":  {browsertest.Options{Print: true}, false},
		"narrow": {browsertest.Options{Phone: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := browsertest.Open(t, file(t, html), c.opts)
			if got := strings.TrimSpace(page.Text("body")); got != name {
				t.Errorf("it shows %q", got)
			}
			if got := page.Overflow() > 0; got != c.overflow {
				t.Errorf("wider than the window: %v, want %v", got, c.overflow)
			}
		})
	}
}
