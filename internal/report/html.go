package report

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"io"
	"slices"
	"strconv"
)

//go:embed report.html.tmpl
var htmlText string

// renderHTML writes one file that needs no network and opens from file://. Its content security policy lets no script run
// but those that are known by their hashes, so that markup in a statement would do nothing even if it got through.
func renderHTML(w io.Writer, d Document) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"kind":    func(b Block) string { return fmt.Sprintf("%T", b)[len("report."):] },
		"details": func(f Finding) []map[string]any { return htmlDetails(f) },
		"level":   func(h Heading) int { return min(h.Level+1, 6) },
		"trusted": func(s string) template.HTML { return template.HTML(s) }, // Raw's contract: escaped by its maker
		"script":  func(s string) template.JS { return template.JS(s) },     // our own
		"heads":   heads,
		"planOf":  d.planOf,
		"anchor":  func(p Plan) string { return "plan-" + fragment(p.Source+p.Fingerprint) },
	}).Parse(htmlText)
	if err != nil {
		return fmt.Errorf("parse report template: %w", err)
	}
	data := struct {
		Document
		Policy string
		Viewer *viewer
	}{Document: d}
	if slices.ContainsFunc(d.Blocks, func(b Block) bool { _, ok := b.(Plans); return ok }) {
		if data.Viewer, err = newViewer(); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(d.Blocks, func(b Block) bool { _, ok := b.(Raw); return ok }) { // whose scripts nobody knows
		data.Policy = policy(data.Viewer)
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("render html: %w", err)
	}
	return nil
}

func htmlDetails(f Finding) []map[string]any {
	var lines []map[string]any
	for _, line := range f.details() {
		lines = append(lines, map[string]any{"Name": line.name, "Value": line.value})
	}
	return lines
}

// heads returns what the Raw blocks need in the head, each once.
func heads(blocks []Block) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, block := range blocks {
		if raw, ok := block.(Raw); ok && !seen[raw.Head] {
			seen[raw.Head] = true
			all = append(all, raw.Head)
		}
	}
	return all
}

// planOf returns the plan that a finding's node is in, or nil.
func (d Document) planOf(f Finding) *Plan {
	for _, block := range d.Blocks {
		plans, ok := block.(Plans)
		if !ok || f.Node == "" {
			continue
		}
		for _, p := range plans.List {
			if p.Source == f.Source && p.Fingerprint == f.Fingerprint {
				return &p
			}
		}
	}
	return nil
}

// fragment makes a name that an address can end in.
func fragment(s string) string {
	h := fnv.New64a()
	h.Write([]byte(s))
	return strconv.FormatUint(h.Sum64(), 36)
}
