package emit

import (
	"fmt"
	"path/filepath"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// Document is the result for people.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Written to " + r.Directory}
	table := report.Table{Columns: []report.Column{
		{Name: "table"}, {Name: "rows", Right: true}, {Name: "bytes", Right: true}, {Name: "checksum"}, {Name: "file"},
	}}
	for _, t := range r.Tables {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(t.Table), report.Count(int64(t.Rows)), report.Bytes(t.Bytes), report.Text(t.Checksum), report.Name(t.File),
		})
	}
	d.Add(table, report.Paragraph{Text: fmt.Sprintf("%s, %s in %s. %s loads them; it says how.",
		units.Plural(int(r.Rows), "row"), units.Bytes(r.Bytes), units.Duration(r.Duration), filepath.Join(r.Directory, r.Load))})
	if len(r.Unfillable) > 0 {
		items := make([]string, len(r.Unfillable))
		for i, u := range r.Unfillable {
			items[i] = u.String()
		}
		d.Add(report.Heading{Level: 1, Text: "Can't be filled"}, report.List{Items: items})
	}
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	return d
}
