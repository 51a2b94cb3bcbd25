// Package browsertest opens pages in a headless Chromium, for tests: what a page's scripts report on the console, what
// they throw, and what they ask the network for are recorded, and its document can be asked.
//
//	page := browsertest.Open(t, "report.html", browsertest.Options{})
//	if problems := page.Problems(); len(problems) > 0 { … }
//	if got := page.Text("main"); got != want { … }
//
// A test that needs Chromium is skipped where there is none, and fails where the environment has CI=true.
package browsertest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take in all. Only a browser that hangs gets there.
const patience = 2 * time.Minute

// Options choose how a page is shown. The zero value is a light desktop window.
type Options struct {
	Width, Height int  // of the window; 0 means 1280 by 900
	Phone         bool // touch, and the width is the device's: 390 by 844 if none is given
	Dark          bool // prefers-color-scheme: dark
	Print         bool // as it would be printed
}

// Page is an open page. Its methods are for the test's own goroutine.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// Find returns the path of a Chromium: PGASSAY_CHROMIUM, or the first of its usual names in PATH. It skips the test, or
// fails it in CI, if there is none.
func Find(t testing.TB) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}
	if given := os.Getenv("PGASSAY_CHROMIUM"); given != "" {
		names = []string{given}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no Chromium: install one (apt-get install chromium), or name it in PGASSAY_CHROMIUM; looked for %s", strings.Join(names, ", "))
	}
	t.Skipf("no Chromium: install one, or name it in PGASSAY_CHROMIUM; looked for %s", strings.Join(names, ", "))
	return ""
}

// Open shows a file, or an address with a scheme, and waits until it has loaded. The browser has no network but
// loopback, and ends with the test.
func Open(t testing.TB, target string, opts Options) *Page {
	t.Helper()
	path := Find(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	ctx, stop := chromedp.NewExecAllocator(ctx, flags(path)...)
	p := &Page{t: t}
	p.ctx, _ = chromedp.NewContext(ctx, chromedp.WithListener(p.hear), chromedp.WithLogf(func(string, ...any) {}))
	var dialogs sync.WaitGroup
	t.Cleanup(func() {
		_ = chromedp.Cancel(p.ctx) // a browser that has ended already is as good
		stop()
		cancel()
		dialogs.Wait()
	})
	call(p, log.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	call(p, page.Enable, page.EnableParams{})
	opened := chromedp.Events(p.ctx, page.JavascriptDialogOpening)
	dialogs.Go(func() { dismiss(p.ctx, opened) })
	p.emulate(opts)
	p.run(chromedp.Navigate(address(t, target)))
	return p
}

// dismiss answers dialogs, which block their page, until the context ends.
func dismiss(ctx context.Context, opened iter.Seq2[page.EventJavascriptDialogOpening, error]) {
	for _, err := range opened {
		if err != nil {
			return
		}
		if _, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}); err != nil {
			return
		}
	}
}

func flags(path string) []chromedp.ExecAllocatorOption {
	return append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // Chromium refuses to run as root with it
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
}

func (p *Page) emulate(opts Options) {
	width, height, scale := 1280, 900, 1.0
	if opts.Phone {
		width, height, scale = 390, 844, 2
	}
	width, height = cmp.Or(opts.Width, width), cmp.Or(opts.Height, height)
	scheme, media := "light", "screen"
	if opts.Dark {
		scheme = "dark"
	}
	if opts.Print {
		media = "print"
	}
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: scale, Mobile: opts.Phone,
	})
	call(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: opts.Phone})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func address(t testing.TB, target string) string {
	t.Helper()
	if strings.Contains(target, "://") {
		return target
	}
	path, err := filepath.Abs(target)
	if err != nil {
		t.Fatalf("open %s: %v", target, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("open page: %v", err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// hear records what should not happen on a page. It runs on the browser's goroutine.
func (p *Page) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, arg := range e.Args {
				words = append(words, cmp.Or(strings.Trim(string(arg.Value), `"`), arg.Description))
			}
			p.problem("console %s: %s", e.Type, strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + cmp.Or(thrown.Description, string(thrown.Value))
		}
		p.problem("exception: %s", text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.problem("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if to := e.Request.URL; !local(to) {
			p.problem("request to %s", to)
		}
	case *page.EventJavascriptDialogOpening:
		p.problem("dialog: %s", e.Message)
	}
}

// local tells whether an address stays on the machine.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return slices.Contains([]string{"file", "data", "blob", "about"}, u.Scheme) || host == "127.0.0.1" || host == "localhost" || host == "::1"
}

func (p *Page) problem(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// Problems returns, in order, what should not happen on a page: errors and warnings on the console, exceptions, dialogs,
// and requests that leave the machine. It waits for the page's next two frames, so that what is under way is told.
func (p *Page) Problems() []string {
	p.t.Helper()
	Eval[bool](p, "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))")
	return p.heard()
}

func (p *Page) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// run does something with the page, and fails the test if it can't be done.
func (p *Page) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.check(chromedp.Do(p.ctx, actions...))
}

func call[P, R any](p *Page, command cdp.Command[P, R], params P) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, command, params)
	p.check(err)
}

func (p *Page) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("browser: %v; so far: %s", err, strings.Join(p.heard(), "; "))
	}
}

// Eval returns the value of a JavaScript expression, waiting for it if it is a promise.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.check(err)
	return value
}

// Count returns how many elements a CSS selector names.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return Eval[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

// Text returns what the first element that a CSS selector names shows to a reader: "" if it is hidden, or not there.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, fmt.Sprintf("(e => e && e.checkVisibility() ? e.innerText : '')(document.querySelector(%q))", selector))
}

// Click clicks the first element that a CSS selector names, once it is visible.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(chromedp.CSS(selector)))
}

// Type types keys into the first element that a CSS selector names.
func (p *Page) Type(selector, keys string) {
	p.t.Helper()
	p.run(chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// WaitFor waits until a JavaScript expression is true.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(patience/2)))
	p.check(err)
}

// Overflow returns by how many pixels the page is wider than the window: what a reader has to scroll sideways for.
func (p *Page) Overflow() int {
	p.t.Helper()
	return Eval[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// Screenshot writes the whole page to a PNG file in the folder that PGASSAY_SCREENSHOTS names, to look at. Without that
// it does nothing.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	folder := os.Getenv("PGASSAY_SCREENSHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	p.check(err)
	p.check(os.WriteFile(filepath.Join(folder, name), png, 0o644))
}
