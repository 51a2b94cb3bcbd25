package profile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	pprof "github.com/google/pprof/profile"
)

// named makes a CPU profile of stacks, the outermost function first, with a value each.
func named(stacks map[string]int64) *Profile {
	p := &pprof.Profile{SampleType: []*pprof.ValueType{{Type: "samples", Unit: "count"}}, PeriodType: &pprof.ValueType{}}
	functions := map[string]*pprof.Location{}
	for text, value := range stacks {
		var stack []*pprof.Location
		for name := range strings.SplitSeq(text, ";") {
			if functions[name] == nil {
				fn := &pprof.Function{ID: uint64(len(p.Function) + 1), Name: name, SystemName: name, Filename: "/src/main.go"}
				functions[name] = &pprof.Location{ID: fn.ID, Line: []pprof.Line{{Function: fn, Line: 1}}}
				p.Function, p.Location = append(p.Function, fn), append(p.Location, functions[name])
			}
			stack = append([]*pprof.Location{functions[name]}, stack...)
		}
		p.Sample = append(p.Sample, &pprof.Sample{Location: stack, Value: []int64{value}, Label: map[string][]string{"route": {"/" + text[len(text)-1:]}}})
	}
	return fromProto(p, "named", CPU)
}

// hostile are names that would do harm in a page that doesn't escape them.
const hostile = `main.</script><script>document.title='owned'</script>&amp"'`

func flame(t *testing.T, p *Profile, opts FlameOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Flame(&out, p, opts); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// dataOf takes the data out of a page.
func dataOf(t *testing.T, page string) flameData {
	t.Helper()
	_, rest, _ := strings.Cut(page, `id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var d flameData
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFlameData(t *testing.T) {
	t.Parallel()
	p := named(map[string]int64{"main.main;main.a": 6, "main.main;main.a;main.b": 3, "main.main;main.c": 1})
	d := dataOf(t, flame(t, p, FlameOptions{}))
	if diff := gocmp.Diff([]int64{0, 10, 1, 1, 10, 2, 2, 9, 1, 3, 3, 0, 4, 1, 0}, d.Nodes); diff != "" {
		t.Errorf("nodes (-want +got)\n%s", diff)
	}
	if diff := gocmp.Diff([]string{"all", "main.main", "main.a", "main.b", "main.c"}, d.Names); diff != "" {
		t.Errorf("names (-want +got)\n%s", diff)
	}
	if top := d.Top[0]; d.Names[top.Name] != "main.a" || top.Flat != 6 || top.Cum != 9 {
		t.Errorf("hottest %+v", top)
	}
	split := dataOf(t, flame(t, p, FlameOptions{SplitBy: "route"}))
	if split.Names[1] != "route: /a" {
		t.Errorf("first tower %q, want that of route /a", split.Names[1])
	}
	base := named(map[string]int64{"main.main;main.a": 6, "main.main;main.gone": 4})
	d = dataOf(t, flame(t, p, FlameOptions{Base: base}))
	if d.Base != 10 || !strings.Contains(strings.Join(d.Names, " "), "main.gone") {
		t.Errorf("compared: base %d, names %v", d.Base, d.Names)
	}
	if err := Flame(&bytes.Buffer{}, named(map[string]int64{"main.main": 0}), FlameOptions{}); err == nil || !strings.Contains(err.Error(), "counts nothing") {
		t.Errorf("error %v for a profile of nothing", err)
	}
}

// TestFlameIsSmall: a large profile's page keeps to its bound, says what it left out, and keeps the totals.
func TestFlameIsSmall(t *testing.T) {
	t.Parallel()
	stacks := map[string]int64{}
	for i := range 30_000 {
		stacks["main.main;main.f"+strings.Repeat(string(rune('a'+i%26)), i%40+1)+";main.g"+time.Duration(i).String()] = int64(i%97 + 1)
	}
	p := named(stacks)
	page := flame(t, p, FlameOptions{MaxBytes: 300_000})
	if len(page) > 300_000 || len(page) < 150_000 {
		t.Errorf("%d bytes", len(page))
	}
	d := dataOf(t, page)
	if d.Dropped == 0 || d.Below == 0 || d.Nodes[1] != d.Total || d.Total != p.flat.total(0) {
		t.Errorf("dropped %d below %v, total %d of %d", d.Dropped, d.Below, d.Nodes[1], d.Total)
	}
}

// TestFlameInBrowser runs the page in headless Chromium, if there is one: no error in the console, names are text, the
// search counts, a click zooms, keys move.
func TestFlameInBrowser(t *testing.T) {
	t.Parallel()
	browser := ""
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if found, err := exec.LookPath(name); err == nil {
			browser = found
			break
		}
	}
	if browser == "" {
		t.Skip("there is no Chromium on the PATH")
	}
	p := named(map[string]int64{"main.main;main.a": 6, "main.main;main.a;main.b": 3, "main.main;" + hostile: 1})
	const check = `<script>
const out = [];
const frames = () => [...document.querySelectorAll('.frame')];
const frame = (name) => frames().find((f) => f.textContent === name);
const key = (k) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: k, bubbles: true, cancelable: true}));
out.push('title ' + document.title);
out.push('frames ' + frames().map((f) => f.textContent).join('|'));
out.push('label ' + frame('main.a').getAttribute('aria-label'));
const box = document.getElementById('search');
box.value = 'main\\.[ab]$'; box.dispatchEvent(new Event('input'));
out.push('search ' + document.getElementById('matched').textContent + ' hits ' + document.querySelectorAll('.hit').length);
box.value = ''; box.dispatchEvent(new Event('input'));
const before = frame('main.a').getBoundingClientRect().width;
frame('main.a').click();
out.push('zoom ' + (frame('main.a').getBoundingClientRect().width > before) + ' focus ' + document.activeElement.textContent + ' reset ' + !document.getElementById('reset').disabled);
key('ArrowDown');
out.push('down ' + document.activeElement.textContent + ' status ' + document.getElementById('status').textContent);
key('Escape');
out.push('escape ' + document.activeElement.textContent + ' ' + frames().length);
key('ArrowDown'); key('ArrowDown'); key('ArrowRight');
out.push('right ' + document.activeElement.textContent);
out.push('tabbable ' + document.querySelectorAll('.frame[tabindex="0"]').length);
out.push('table ' + document.querySelectorAll('#top tr').length);
const pre = document.createElement('pre'); pre.id = 'result'; pre.textContent = out.join('\n'); document.body.append(pre);
</script></body>`
	page := strings.Replace(flame(t, p, FlameOptions{Title: hostile}), "</body>", check, 1)
	dom, log := browse(t, browser, page)
	_, rest, ok := strings.Cut(dom, `<pre id="result">`)
	result, _, _ := strings.Cut(rest, "</pre>")
	if !ok {
		t.Fatalf("the page did not run:\n%s", log)
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(hostile)
	want := strings.Join([]string{
		"title " + escaped + " – flame graph",
		"frames all|main.main|" + escaped + "|main.a|main.b",
		"label main.a (main.go): 9, 90.0%",
		"search 2 frames, 9, 90.0% hits 2",
		"zoom true focus main.a reset true",
		"down main.b status main.b (main.go): 3, 30.0%",
		"escape all 5",
		"right main.a",
		"tabbable 1",
		"table 3",
	}, "\n")
	if diff := gocmp.Diff(strings.Split(want, "\n"), strings.Split(result, "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if strings.Contains(log, "CONSOLE") {
		t.Errorf("the console says:\n%s", log)
	}
}

// browse opens a page and returns what became of it, and what the browser logged.
func browse(t *testing.T, browser, page string) (dom, log string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "flame.html")
	if err := os.WriteFile(name, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
		"--user-data-dir="+t.TempDir(), "--window-size=1200,800", "--virtual-time-budget=2000", "--dump-dom", "file://"+name)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.WaitDelay = 5 * time.Second
	if err := command.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}
