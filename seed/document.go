package seed

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// Document is the result for people.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Seeded"}
	table := report.Table{Columns: []report.Column{
		{Name: "table"},
		{Name: "rows", Right: true},
		{Name: "bytes", Right: true},
		{Name: "time", Right: true},
		{Name: "rows/s", Right: true},
		{Name: "checksum"},
	}}
	for _, t := range r.Tables {
		table.Rows = append(table.Rows, []report.Value{
			report.Name(t.Table), report.Count(int64(t.Rows)), report.Bytes(t.Bytes), report.Duration(t.Duration),
			report.Rate(perSecond(t.Rows, t.Duration)), report.Text(t.Checksum),
		})
	}
	d.Add(table, report.Paragraph{Text: fmt.Sprintf("%s rows, %s in %s: %s rows a second.",
		units.Count(int64(r.Rows)), units.Bytes(r.Bytes), units.Duration(r.Duration), units.Count(int64(r.RowsPerSecond)))})
	addUnfillable(&d, r.Unfillable)
	addWarnings(&d, r.Warnings)
	return d
}

// Document is the plan for people.
func (p *Plan) Document() report.Document {
	d := report.Document{Title: "What seed would make in " + p.Database}
	d.Add(report.Paragraph{Text: fmt.Sprintf("%s rows in %s, about %s.",
		units.Count(int64(p.Rows)), counted(uint64(len(p.filled())), "table"), units.Bytes(p.Bytes))})
	for _, t := range p.filled() {
		d.Add(report.Heading{Level: 1, Text: fmt.Sprintf("%s: %s, about %s", t.Table, counted(t.Rows, "row"), units.Bytes(t.Bytes))})
		if t.Why != "" {
			d.Add(report.Paragraph{Text: t.Why + "."})
		}
		d.Add(t.columnTable())
	}
	addUnfillable(&d, p.Unfillable)
	addWarnings(&d, p.Warnings)
	return d
}

// columnTable shows how the columns of a table are filled.
func (t *TablePlan) columnTable() report.Table {
	table := report.Table{Columns: []report.Column{{Name: "column"}, {Name: "type"}, {Name: "values"}, {Name: "nulls", Right: true}, {Name: "distribution"}, {Name: "example"}}}
	made := map[string]*ColumnPlan{}
	for i := range t.Columns {
		made[t.Columns[i].Name] = &t.Columns[i]
	}
	for _, column := range t.table.Columns {
		c := made[column.Name]
		switch {
		case c != nil:
			nulls := ""
			if c.Nulls > 0 {
				nulls = units.Percent(c.Nulls)
			}
			table.Rows = append(table.Rows, []report.Value{
				report.Name(c.Name), report.Text(c.Type), report.Text(c.From), report.Text(nulls), report.Text(c.Spread), report.Text(shortened(c.Example)),
			})
		case column.Generated != "":
			table.Rows = append(table.Rows, []report.Value{
				report.Name(column.Name), report.Text(column.Type), report.Text("generated: " + shortened(column.Generated)), {}, {}, {},
			})
		default:
			table.Rows = append(table.Rows, []report.Value{report.Name(column.Name), report.Text(column.Type), report.Text("left to its default"), {}, {}, {}})
		}
	}
	return table
}

// shortened is the beginning of a text, in one line.
func shortened(text string) string {
	const most = 36
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return string(letters)
}

// Document is the repair for people.
func (r *Repaired) Document() report.Document {
	d := report.Document{Title: "Repaired"}
	if r.Run == "" {
		d.Add(report.Paragraph{Text: "Nothing to repair: no run has left anything."})
		return d
	}
	d.Add(report.Paragraph{Text: "The run that did not end: " + r.Run + "."})
	if len(r.Emptied) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Emptied, as they were half loaded or need rows that are missing"}, report.List{Items: r.Emptied})
	}
	if len(r.Restored) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Put back"}, report.List{Items: r.Restored})
	}
	return d
}

func addUnfillable(d *report.Document, tables []*Unfillable) {
	if len(tables) == 0 {
		return
	}
	items := make([]string, len(tables))
	for i, u := range tables {
		items[i] = u.String()
	}
	d.Add(report.Heading{Level: 1, Text: "Can't be filled"}, report.List{Items: items})
}

func addWarnings(d *report.Document, warnings []string) {
	if len(warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: warnings})
	}
}

// filled lists the tables that get rows.
func (p *Plan) filled() []*TablePlan {
	var tables []*TablePlan
	for _, t := range p.Tables {
		if t.Rows > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

func perSecond(rows uint64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(rows) / d.Seconds()
}
