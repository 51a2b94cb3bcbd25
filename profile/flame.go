package profile

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
)

// FlameOptions choose what a flame graph shows.
type FlameOptions struct {
	Title      string // empty means the profile's source
	SampleType string
	SplitBy    string   // a label, each of whose values is a tower of its own
	Base       *Profile // if it is set, colours tell what grew and shrank compared with it, as shares of each profile
	Filter     Filter
	App        []string
	MaxBytes   int // of the whole page; 0 means 2,000,000. What is too small to be seen is left out to keep to it
}

//go:embed flame.html.tmpl flame.css flame.js
var flameFiles embed.FS

// flameNode is a frame with all that it called. Before is its value in the base.
type flameNode struct {
	name          int32 // in flameTree.names; -1 for what was left out
	value, before int64
	children      []*flameNode
	index         map[int32]*flameNode
}

type flameTree struct {
	root    flameNode
	names   []flameName
	numbers map[flameName]int32
	total   [2]int64 // now, and of the base
	top     []flameTop
}

// flameName is what a frame is called and how it is coloured.
type flameName struct {
	text, place string
	owner       Owner
}

// Flame writes a flame graph as one HTML page that needs no network: it can be mailed, archived and opened from a file.
func Flame(w io.Writer, p *Profile, opts FlameOptions) error {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 2_000_000
	}
	tree := &flameTree{numbers: map[flameName]int32{}}
	tree.root.name = tree.number(flameName{text: "all"})
	unit, err := tree.add(p, 0, opts)
	if err != nil {
		return err
	}
	if tree.total[0] == 0 {
		return fmt.Errorf("draw %s: it counts nothing; choose another --sample-type, or another filter", p.Source)
	}
	if opts.Base != nil {
		other, err := tree.add(opts.Base, 1, opts)
		if err != nil {
			return err
		}
		if other != unit {
			return fmt.Errorf("draw %s: it counts %s, and the base %s", p.Source, unit, other)
		}
	}
	tree.top = tree.hottest(100)
	page, err := newFlamePage(p, opts)
	if err != nil {
		return err
	}
	// The smallest frames are left out, more of them each time, until the page is small enough.
	shares := tree.shares()
	for keep := min(len(shares), opts.MaxBytes/6); ; { // a frame takes six bytes and more
		below := 0.0
		if keep < len(shares) {
			below = shares[keep]
		}
		content, err := page.render(tree.encode(below, unit))
		if err != nil {
			return err
		}
		if len(content) <= opts.MaxBytes {
			_, err := w.Write(content)
			return err
		}
		if keep < 10 {
			return errors.New("draw flame graph: the page is too large even without any detail")
		}
		most := int(0.95 * float64(keep) * float64(opts.MaxBytes) / float64(len(content)))
		for keep = min(most, keep*9/10); keep > 0 && shares[keep] == below; keep-- { // equal ones go together
		}
	}
}

// shares lists the shares of all frames below the root, the largest first.
func (t *flameTree) shares() []float64 {
	var all []float64
	var walk func(n *flameNode)
	walk = func(n *flameNode) {
		for _, c := range n.children {
			all = append(all, t.share(c))
			walk(c)
		}
	}
	walk(&t.root)
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	return all
}

// share is a frame's share of its side's total, of the larger one.
func (t *flameTree) share(n *flameNode) float64 {
	return max(share(n.value, t.total[0]), share(n.before, t.total[1]))
}

// maxDepth is how many frames of a stack are drawn, from the outermost on. Go's profiler itself records no more than 128.
const maxDepth = 1000

func (t *flameTree) number(name flameName) int32 {
	number, ok := t.numbers[name]
	if !ok {
		number = int32(len(t.names))
		t.numbers[name] = number
		t.names = append(t.names, name)
	}
	return number
}

// add puts a profile's stacks into the tree; side 1 is the base. It returns the unit of the values.
func (t *flameTree) add(p *Profile, side int, opts FlameOptions) (unit string, err error) {
	p, err = p.Filter(opts.Filter)
	if err != nil {
		return "", err
	}
	column, err := p.flat.column(p.sampleType(opts.SampleType))
	if err != nil {
		return "", fmt.Errorf("draw %s: %w", p.Source, err)
	}
	reader := newStacks(p.flat, opts.App)
	names := make([]int32, len(reader.frames)) // by line of the tables
	for i, f := range reader.frames {
		name := flameName{text: f.name, owner: f.owner}
		if f.function != none {
			name.place = reader.tree.file(p.flat.functions[f.function], f.owner)
		}
		if name.text == "" {
			name.text = "[no symbol]"
		}
		names[i] = t.number(name)
	}
	for sample := range p.flat.samples() {
		value := p.flat.value(sample, column)
		if value <= 0 {
			continue
		}
		node := &t.root
		node.count(side, value)
		t.total[side] += value
		if opts.SplitBy != "" {
			node = node.child(t.number(flameName{text: opts.SplitBy + ": " + labelValue(p.flat.labelsOf(sample), opts.SplitBy)}))
			node.count(side, value)
		}
		depth := 0
		for _, at := range slices.Backward(p.flat.stack(sample)) {
			l := p.flat.locations[at]
			for i := int(l.upTo) - 1; i >= int(l.from); i-- {
				if depth++; depth > maxDepth {
					break
				}
				node = node.child(names[i])
				node.count(side, value)
			}
		}
	}
	return p.flat.types[column].unit, nil
}

func (n *flameNode) count(side int, value int64) {
	if side == 0 {
		n.value += value
	} else {
		n.before += value
	}
}

func (n *flameNode) child(name int32) *flameNode {
	if n.index == nil {
		n.index = map[int32]*flameNode{}
	}
	c := n.index[name]
	if c == nil {
		c = &flameNode{name: name}
		n.index[name] = c
		n.children = append(n.children, c)
	}
	return c
}

// labelValue is what the samples with a label are called.
func labelValue(labels []label, key string) string {
	for _, l := range labels {
		if l.key != key {
			continue
		}
		if l.text != "" {
			return l.text
		}
		return fmt.Sprint(l.number) + unitSuffix(l.unit)
	}
	return "(none)"
}

// flameData is what the page's script reads. The tree is in Nodes, frame by frame in the order of a walk that visits a
// frame before those that it called: name, value, [before,] number of children.
type flameData struct {
	Unit    string     `json:"unit"`
	Total   int64      `json:"total"`
	Base    int64      `json:"base"` // total of the base, or 0
	Names   []string   `json:"names"`
	Places  []string   `json:"places"`
	Owners  []string   `json:"owners"` // whose code there is
	Owner   []int      `json:"owner"`  // by name, into Owners
	Nodes   []int64    `json:"nodes"`
	Dropped int        `json:"dropped"` // frames that were too small
	Below   float64    `json:"below"`   // the share that they were below
	Top     []flameTop `json:"top"`
}

// flameTop is a row of the table below the graph.
type flameTop struct {
	Name int32 `json:"name"`
	Flat int64 `json:"flat"`
	Cum  int64 `json:"cum"`
	// Of the base.
	FlatBefore int64 `json:"flat_before,omitempty"`
	CumBefore  int64 `json:"cum_before,omitempty"`
}

// encode writes down the frames with at least a share of their side's total.
func (t *flameTree) encode(below float64, unit string) flameData {
	d := flameData{Unit: unit, Total: t.total[0], Base: t.total[1], Below: below}
	renumbered := map[int32]int64{}
	owners := map[Owner]int{}
	name := func(n int32) int64 {
		number, ok := renumbered[n]
		if !ok {
			number = int64(len(d.Names))
			renumbered[n] = number
			what := t.names[n]
			d.Names, d.Places = append(d.Names, what.text), append(d.Places, what.place)
			if _, ok := owners[what.owner]; !ok {
				owners[what.owner] = len(d.Owners)
				d.Owners = append(d.Owners, string(what.owner))
			}
			d.Owner = append(d.Owner, owners[what.owner])
		}
		return number
	}
	var write func(n *flameNode)
	write = func(n *flameNode) {
		kept := make([]*flameNode, 0, len(n.children))
		for _, c := range n.children {
			if t.share(c) > below || below == 0 {
				kept = append(kept, c)
			} else {
				d.Dropped++
			}
		}
		slices.SortStableFunc(kept, func(a, b *flameNode) int {
			return cmp.Or(cmp.Compare(t.names[a.name].text, t.names[b.name].text), cmp.Compare(t.names[a.name].place, t.names[b.name].place))
		})
		d.Nodes = append(d.Nodes, name(n.name), n.value)
		if d.Base > 0 {
			d.Nodes = append(d.Nodes, n.before)
		}
		d.Nodes = append(d.Nodes, int64(len(kept)))
		for _, c := range kept {
			write(c)
		}
	}
	write(&t.root)
	for _, row := range t.top {
		row.Name = int32(name(row.Name))
		d.Top = append(d.Top, row)
	}
	return d
}

// hottest lists the names that count most in themselves, whatever is left out of the drawing; of a comparison, those whose
// own share changed most.
func (t *flameTree) hottest(rows int) []flameTop {
	byName := make([]flameTop, len(t.names))
	seen := make([]bool, len(t.names))
	var walk func(n *flameNode)
	walk = func(n *flameNode) {
		row := &byName[n.name]
		first := !seen[n.name]
		if first {
			row.Cum += n.value
			row.CumBefore += n.before
			seen[n.name] = true
		}
		row.Flat += n.value
		row.FlatBefore += n.before
		for _, c := range n.children {
			row.Flat -= c.value
			row.FlatBefore -= c.before
			walk(c)
		}
		if first {
			seen[n.name] = false
		}
	}
	for _, c := range t.root.children {
		walk(c)
	}
	var top []flameTop
	for name, row := range byName {
		if row.Flat > 0 || row.FlatBefore > 0 {
			row.Name = int32(name)
			top = append(top, row)
		}
	}
	weight := func(row flameTop) float64 {
		if t.total[1] == 0 {
			return float64(row.Flat)
		}
		return math.Abs(share(row.Flat, t.total[0]) - share(row.FlatBefore, t.total[1]))
	}
	slices.SortFunc(top, func(a, b flameTop) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(t.names[a.Name].text, t.names[b.Name].text), cmp.Compare(a.Name, b.Name))
	})
	return top[:min(rows, len(top))]
}

// flamePage is the page without its data.
type flamePage struct {
	tmpl                 *template.Template
	Title, Summary, Base string
	CSS                  template.CSS
	Script               template.JS
	Data                 template.JS
}

func newFlamePage(p *Profile, opts FlameOptions) (*flamePage, error) {
	page := &flamePage{Title: cmp.Or(opts.Title, p.Source)}
	summary, err := Summarize(p, SummaryOptions{SampleType: opts.SampleType, App: opts.App, Filter: opts.Filter})
	if err != nil {
		return nil, err
	}
	page.Summary = summary.headline()
	if summary.Verdict.Text != "" {
		page.Summary += " " + summary.Verdict.Text
	}
	if opts.Base != nil {
		page.Base = opts.Base.Source
	}
	css, err := flameFiles.ReadFile("flame.css")
	if err != nil {
		return nil, err
	}
	script, err := flameFiles.ReadFile("flame.js")
	if err != nil {
		return nil, err
	}
	page.CSS, page.Script = template.CSS(css), template.JS(script) // both are ours
	page.tmpl, err = template.ParseFS(flameFiles, "flame.html.tmpl")
	return page, err
}

func (page *flamePage) render(d flameData) ([]byte, error) {
	data, err := json.Marshal(d) // it escapes <, > and &, so that a name can't end the script
	if err != nil {
		return nil, err
	}
	page.Data = template.JS(data)
	var out bytes.Buffer
	if err := page.tmpl.Execute(&out, page); err != nil {
		return nil, fmt.Errorf("draw flame graph: %w", err)
	}
	return out.Bytes(), nil
}
