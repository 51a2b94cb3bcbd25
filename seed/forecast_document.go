package seed

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/journal"
)

// Summary says in a line how many rows there will be and how much room they take.
func (f *Forecast) Summary() string {
	text := fmt.Sprintf("%s in %s, about %s on disk with indexes; ", units.Plural(int(f.Rows), "row"), units.Plural(len(f.Tables), "table"), units.Bytes(f.SizeBytes))
	if !f.Disk.Known {
		return text + "how much is free is not known: " + f.Disk.Why
	}
	return text + fmt.Sprintf("free: %s (%s)", units.Bytes(f.Disk.Free), f.Disk.Path)
}

// RemovalGroup is the removals of one kind.
type RemovalGroup struct {
	Kind  journal.Kind
	Names []string // with their tables
}

// Title says how many there are of which kind: 2 foreign keys.
func (g RemovalGroup) Title() string { return countKind(g.Kind, len(g.Names)) }

// Removals groups what comes off by its kind.
func (f *Forecast) Removals() []RemovalGroup {
	var groups []RemovalGroup
	for _, r := range f.TakesOff {
		kind, name := journal.Kind(r.Kind), schema.Quote(r.Name)+" of "+r.Table
		if kind == journal.RowSecurity {
			name = r.Table
		}
		if n := len(groups); n == 0 || groups[n-1].Kind != kind {
			groups = append(groups, RemovalGroup{Kind: kind})
		}
		last := &groups[len(groups)-1]
		last.Names = append(last.Names, name)
	}
	return groups
}

// Document is the forecast for people.
func (f *Forecast) Document() report.Document {
	d := report.Document{Title: "What seed would do in " + f.Database}
	d.Add(report.Paragraph{Text: f.Summary() + "."})
	if f.GoesOn != "" {
		d.Add(report.Paragraph{Text: "It goes on with a run that did not end: " + f.GoesOn + "."})
	}
	table := report.Table{Columns: []report.Column{
		{Name: "table"}, {Name: "rows", Right: true}, {Name: "sent", Right: true}, {Name: "on disk", Right: true}, {Name: "of it indexes", Right: true},
	}}
	for _, t := range f.Tables {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(t.Table), report.Count(int64(t.Rows)), report.Bytes(t.Bytes), report.Bytes(t.SizeBytes), report.Bytes(t.IndexBytes),
		})
	}
	d.Add(table)
	f.addRemovals(&d)
	if len(f.Empties) > 0 {
		items := make([]string, len(f.Empties))
		for i, e := range f.Empties {
			items[i] = fmt.Sprintf("%s, %s", e.Table, units.Bytes(e.SizeBytes))
		}
		d.Add(report.Heading{Level: 1, Text: "Emptied first"}, report.List{Items: items})
	}
	if len(f.Production) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Looks like production"}, report.List{Items: f.Production},
			report.Paragraph{Text: "Without --yes-this-database a load is refused."})
	}
	addUnfillable(&d, f.Unfillable)
	addWarnings(&d, f.Warnings)
	return d
}

// addRemovals lists what comes off for the load.
func (f *Forecast) addRemovals(d *report.Document) {
	if len(f.TakesOff) == 0 {
		d.Add(report.Paragraph{Text: "No constraint, index or trigger comes off for the load."})
		return
	}
	table := report.Table{Caption: "Off during the load, back after it", Columns: []report.Column{{Name: "what"}, {Name: "table"}, {Name: "name"}, {Name: "definition"}}}
	for _, r := range f.TakesOff {
		definition := r.Definition
		if r.Kind == "trigger" {
			definition = strings.TrimPrefix(definition, "CREATE ")
		}
		table.Rows = append(table.Rows, []report.Value{report.Text(r.Kind), report.Name(r.Table), report.Name(r.Name), report.Name(definition)})
	}
	d.Add(table)
}
