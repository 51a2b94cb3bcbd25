package profile

import (
	"bytes"
	"encoding/json"
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
