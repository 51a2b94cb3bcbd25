package profile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/browsertest"
)

// hostile are names that would do harm in a page that doesn't escape them.
const hostile = `main.</script><img src=x onerror="document.title='owned'">&amp"'<!--`

// written writes a flame graph to a file.
func written(t *testing.T, p *Profile, opts FlameOptions) string {
	t.Helper()
	browsertest.Find(t) // before the work, for its own reason to skip
	name := filepath.Join(t.TempDir(), "flame.html")
	if err := os.WriteFile(name, []byte(flame(t, p, opts)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// opened opens a flame graph. Whatever the console says by the end of the test fails it.
func opened(t *testing.T, name string, how browsertest.Options) *browsertest.Page {
	t.Helper()
	page := browsertest.Open(t, name, how)
	t.Cleanup(func() {
		if problems := page.Problems(); len(problems) > 0 && !t.Failed() {
			t.Errorf("the browser says: %s", strings.Join(problems, "\n"))
		}
	})
	return page
}

// frames lists the frames' texts as they stand in the page.
func frames(page *browsertest.Page) string {
	return browsertest.Eval[string](page, `[...document.querySelectorAll('.frame')].map((f) => f.textContent).join('|')`)
}

// drawn is the expression for a frame with a text.
func drawn(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('.frame')].find((f) => f.textContent === %q)`, text)
}

// press presses a key where the focus is.
func press(page *browsertest.Page, keys ...string) {
	for _, key := range keys {
		browsertest.Eval[bool](page, fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: %q, bubbles: true, cancelable: true}))`, key))
	}
}

const (
	focusedText = `document.activeElement.textContent`
	statusText  = `document.getElementById('status').textContent`
)

func wantEval[T comparable](t *testing.T, page *browsertest.Page, what, expression string, want T) {
	t.Helper()
	if got := browsertest.Eval[T](page, expression); got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestFlamePage: names are text, the search counts, a click zooms, keys move, and the same can be done without a mouse.
func TestFlamePage(t *testing.T) {
	t.Parallel()
	p := named(map[string]int64{"main.main;main.a": 6, "main.main;main.a;main.b": 3, "main.main;" + hostile: 1})
	page := opened(t, written(t, p, FlameOptions{Title: hostile}), browsertest.Options{})
	wantEval(t, page, "title", "document.title", hostile+" – flame graph")
	if got, want := frames(page), "all|main.main|"+hostile+"|main.a|main.b"; got != want {
		t.Errorf("frames %s, want %s", got, want)
	}
	wantEval(t, page, "images", "document.images.length", 0)
	wantEval(t, page, "label", drawn("main.a")+".getAttribute('aria-label')", "main.a (main.go): 9, 90.0%; itself 6")

	page.Type("#search", `main\.[ab]$`)
	wantEval(t, page, "search", "document.getElementById('matched').textContent", "2 frames, 9, 90.0%")
	wantEval(t, page, "hits", "document.querySelectorAll('.hit').length", 2)
	page.Type("#search", "(")
	wantEval(t, page, "no regular expression", "document.getElementById('matched').textContent", "0 frames, 0, 0.00%")
	page.Click("#reset")
	wantEval(t, page, "hits after Show all", "document.querySelectorAll('.hit, .dim').length", 0)

	before := browsertest.Eval[float64](page, drawn("main.a")+".getBoundingClientRect().width")
	page.Click(".frame:nth-child(4)") // main.a
	if after := browsertest.Eval[float64](page, drawn("main.a")+".getBoundingClientRect().width"); after <= before {
		t.Errorf("main.a is %v pixels wide after a click on it, and was %v", after, before)
	}
	wantEval(t, page, "focus after a click", focusedText, "main.a")
	press(page, "ArrowDown")
	wantEval(t, page, "down", focusedText, "main.b")
	wantEval(t, page, "status", statusText, "main.b (main.go): 3, 30.0%")
	press(page, "Enter", "Backspace")
	wantEval(t, page, "in and out by one", focusedText, "main.a")
	press(page, "Escape")
	wantEval(t, page, "out", focusedText, "all")
	if got := strings.Count(frames(page), "|"); got != 4 {
		t.Errorf("%d frames after Escape, want 5", got+1)
	}
	press(page, "ArrowDown", "ArrowDown", "ArrowLeft")
	wantEval(t, page, "left", focusedText, hostile)
	press(page, "ArrowRight", "ArrowUp", "Home", "/")
	wantEval(t, page, "the slash", "document.activeElement.id", "search")
	wantEval(t, page, "frames that Tab stops at", "document.querySelectorAll('.frame[tabindex=\"0\"]').length", 1)
	wantEval(t, page, "table", "document.querySelectorAll('#top tr').length", 3)
	page.Click("#top button")
	wantEval(t, page, "hits of a row of the table", "document.querySelectorAll('.hit').length", 1)
	wantEval(t, page, "title after all that", "document.title", hostile+" – flame graph")
}

// TestFlamePageOwners: a press on the legend shows one owner's frames up.
func TestFlamePageOwners(t *testing.T) {
	t.Parallel()
	p := named(map[string]int64{"runtime.goexit;net/http.(*conn).serve;main.a": 6, "runtime.goexit;runtime.mallocgc": 4})
	page := opened(t, written(t, p, FlameOptions{}), browsertest.Options{})
	wantEval(t, page, "legend", "[...document.querySelectorAll('#legend button')].map((b) => b.textContent).join('|')", "runtime|net/http|application")
	page.Click("#legend li:nth-child(2) button")
	wantEval(t, page, "what is net/http's", "document.getElementById('matched').textContent", "1 frames, 6, 60.0%")
	wantEval(t, page, "what is not dimmed", "[...document.querySelectorAll('.frame:not(.dim)')].map((f) => f.textContent).join('|')", "http.(*conn).serve")
	wantEval(t, page, "pressed", "document.querySelectorAll('#legend [aria-pressed=true]').length", 1)
	page.Click("#legend li:nth-child(2) button")
	wantEval(t, page, "dimmed after a second press", "document.querySelectorAll('.dim').length", 0)
}

// TestFlamePageSplit: a tower for each value of a label.
func TestFlamePageSplit(t *testing.T) {
	t.Parallel()
	p := named(map[string]int64{"main.main;main.a": 6, "main.main;main.b": 3})
	page := opened(t, written(t, p, FlameOptions{SplitBy: "route"}), browsertest.Options{})
	if diff := gocmp.Diff("all|route: /a|main.main|main.a|route: /b|main.main|main.b", frames(page)); diff != "" {
		t.Errorf("frames (-want +got)\n%s", diff)
	}
	wantEval(t, page, "first tower", drawn("route: /a")+".getAttribute('aria-level')", "2")
}

// TestFlamePageDifference: what takes a larger share is red, what takes a smaller one blue, what takes the same grey.
func TestFlamePageDifference(t *testing.T) {
	t.Parallel()
	base := named(map[string]int64{"main.main;main.grew": 2, "main.main;main.shrank": 6, "main.main;main.same": 2})
	p := named(map[string]int64{"main.main;main.grew": 12, "main.main;main.shrank": 4, "main.main;main.same": 4})
	page := opened(t, written(t, p, FlameOptions{Base: base}), browsertest.Options{})
	for name, want := range map[string]func(red, green, blue int) bool{
		"main.grew":   func(r, g, b int) bool { return r > g+60 && r > b+60 },
		"main.shrank": func(r, g, b int) bool { return b > r+60 },
		"main.same":   func(r, g, b int) bool { return r == g && g == b },
	} {
		color := browsertest.Eval[string](page, "getComputedStyle("+drawn(name)+").backgroundColor")
		rgb := regexp.MustCompile(`\d+`).FindAllString(color, 3)
		if len(rgb) < 3 {
			t.Fatalf("%s: colour %q", name, color)
		}
		var c [3]int
		for i := range c {
			c[i], _ = strconv.Atoi(rgb[i])
		}
		if !want(c[0], c[1], c[2]) {
			t.Errorf("%s is %s", name, color)
		}
	}
	wantEval(t, page, "label", drawn("main.grew")+".getAttribute('aria-label')", "main.grew (main.go): 12, 60.0%; before 2, 20.0%")
	wantEval(t, page, "the most changed", "[...document.querySelectorAll('#top tr')].map((r) => r.cells[5].textContent + ' ' + r.cells[2].textContent).join('|')",
		"main.grew +40.0|main.shrank −40.0|main.same 0")
	if low := browsertest.Eval[float64](page, leastContrast); low < 4.5 {
		t.Errorf("a contrast of %.1f:1; text needs 4.5:1", low)
	}
	width := "parseFloat(" + drawn("main.shrank") + ".style.width)"
	now := browsertest.Eval[float64](page, width)
	page.Click("#widths")
	if before := browsertest.Eval[float64](page, width); before < 2.9*now || before > 3.1*now {
		t.Errorf("main.shrank is %v wide now and %v as before, want three times as much", now, before)
	}
}

// TestFlamePageLarge: a page of the largest size opens, fits a phone, and can be read in light and dark.
func TestFlamePageLarge(t *testing.T) {
	t.Parallel()
	stacks := map[string]int64{}
	for i := range 40_000 {
		stacks[fmt.Sprintf("main.main;main.f%d;main.g%d;main.h%d;main.deep%s%d", i%40, i%700, i%9000, strings.Repeat("x", i%50), i)] = int64(i%97 + 1)
	}
	file := written(t, named(stacks), FlameOptions{})
	for name, how := range map[string]browsertest.Options{"light": {}, "dark": {Dark: true}, "phone": {Phone: true}} {
		t.Run(name, func(t *testing.T) {
			page := opened(t, file, how)
			page.Screenshot("flame-" + name + ".png")
			if over := page.Overflow(); over > 0 {
				t.Errorf("%d pixels wider than the window", over)
			}
			if n := page.Count(".frame"); n < 40 {
				t.Errorf("only %d frames are drawn", n)
			}
			if note := page.Text("#note"); !strings.Contains(note, "are left out to keep this page small") {
				t.Errorf("note %q", note)
			}
			if low := browsertest.Eval[float64](page, leastContrast); low < 4.5 {
				t.Errorf("a contrast of %.1f:1; text needs 4.5:1", low)
			}
		})
	}
}

// leastContrast is the lowest contrast of a text with what it stands on, by WCAG 2.2, of some of each kind on the page.
const leastContrast = `(() => {
  const rgb = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const of = (e) => { const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a); return (a + 0.05) / (b + 0.05); };
  return Math.min(...['h1', 'h2', 'header p', '#status', '#note', '#legend button', 'th', 'td', 'td button', '.frame']
    .flatMap((s) => [...document.querySelectorAll(s)].filter((e) => e.textContent).slice(0, 50)).map(of));
})()`
