package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html.tmpl
var htmlText string

// renderHTML writes one file that needs no network and opens from file://.
func renderHTML(w io.Writer, d Document) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"kind":    func(b Block) string { return fmt.Sprintf("%T", b)[len("report."):] },
		"details": func(f Finding) []map[string]any { return htmlDetails(f) },
		"level":   func(h Heading) int { return min(h.Level+1, 6) },
		"trusted": func(s string) template.HTML { return template.HTML(s) }, // Raw's contract: escaped by its maker
		"heads":   heads,
	}).Parse(htmlText)
	if err != nil {
		return fmt.Errorf("parse report template: %w", err)
	}
	if err := page.Execute(w, d); err != nil {
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
func heads(d Document) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, block := range d.Blocks {
		if raw, ok := block.(Raw); ok && !seen[raw.Head] {
			seen[raw.Head] = true
			all = append(all, raw.Head)
		}
	}
	return all
}
