package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// Document renders the summary for people.
func (s *Summary) Document() report.Document {
	d := report.Document{Title: s.Source}
	d.Add(report.Paragraph{Text: s.headline()})
	if len(s.Functions) == 0 {
		return d
	}
	if s.Verdict.Text != "" {
		d.Add(report.Paragraph{Text: s.Verdict.Text})
	}
	if s.By == ByLabel {
		if len(s.LabelKeys) == 0 {
			d.Add(report.Paragraph{Text: "The samples have no labels. A service sets them with runtime/pprof's Do and Labels; pgassay's querylog sets route and statement."})
			return d
		}
		d.Add(labelTable(s.Labels, s.LabelKeys, s.Unit, s.opts.Rows))
		return d
	}
	if s.By == BySubsystem || s.By == ByFunction && s.cpu {
		d.Add(report.Heading{Level: 1, Text: "Whose work, and of what kind"}, subsystemTable(s.Subsystems))
	}
	if s.By == BySubsystem {
		return d
	}
	own := slices.DeleteFunc(slices.Clone(s.plain), func(f Function) bool { return !f.Own })
	if len(own) > 0 && len(own) < len(s.Functions) {
		d.Add(report.Heading{Level: 1, Text: "The application's own code"}, s.table(own, 10))
		d.Add(report.Heading{Level: 1, Text: "All code"})
	}
	d.Add(s.table(s.plain, s.opts.Rows))
	return d
}

// headline says what was counted.
func (s *Summary) headline() string {
	text := fmt.Sprintf("%s (%s): %s", s.Kind, s.Type, amount(s.Total, s.Unit))
	if s.Allocated != nil {
		text += fmt.Sprintf(" in use, %s allocated since the start", amount(s.Allocated.Total, s.Allocated.Unit))
	}
	if s.DurationNS > 0 {
		text += " in " + units.Duration(time.Duration(s.DurationNS))
	}
	text += fmt.Sprintf(", %s samples.", units.Count(s.Samples))
	if s.Filter != "" {
		text += fmt.Sprintf(" Only what matches %s is listed; shares are of all.", s.Filter)
	}
	if len(s.Functions) == 0 {
		if len(s.others) > 0 {
			text += fmt.Sprintf(" Nothing was counted of it, but of %s: choose with --sample-type.", strings.Join(s.others, ", "))
		} else {
			text += " There is nothing in it: the service was idle, or this kind of profile is switched off in it."
		}
	}
	return text
}

// table shows the first rows functions.
func (s *Summary) table(functions []Function, rows int) report.Table {
	t := report.Table{Columns: []report.Column{
		{Name: "flat", Right: true},
		{Name: "flat%", Right: true},
		{Name: "cum", Right: true},
		{Name: "cum%", Right: true},
	}}
	if s.Allocated != nil {
		t.Columns = append(t.Columns, report.Column{Name: "allocated", Right: true})
	}
	t.Columns = append(t.Columns, report.Column{Name: "function"})
	if s.By == ByLine {
		t.Columns = append(t.Columns, report.Column{Name: "line"})
	} else {
		t.Columns = append(t.Columns, report.Column{Name: "hottest line"})
	}
	for _, f := range functions[:min(rows, len(functions))] {
		row := []report.Value{
			report.Text(amount(f.Flat, s.Unit)), report.Percent(f.FlatShare),
			report.Text(amount(f.Cum, s.Unit)), report.Percent(f.CumShare),
		}
		if s.Allocated != nil {
			row = append(row, report.Text(amount(f.AllocatedFlat, s.Allocated.Unit)))
		}
		t.Rows = append(t.Rows, append(row, report.Name(shortName(f.Name)), report.Name(f.place)))
	}
	if left := len(functions) - len(t.Rows); left > 0 {
		t.Caption = fmt.Sprintf("The first %d of %d.", len(t.Rows), len(functions))
	}
	return t
}

// amount writes a value with its unit for people.
func amount(v int64, unit string) string {
	switch unit {
	case "nanoseconds":
		return units.Duration(time.Duration(v))
	case "microseconds":
		return units.Duration(time.Duration(v) * time.Microsecond)
	case "milliseconds":
		return units.Duration(time.Duration(v) * time.Millisecond)
	case "seconds":
		return units.Duration(time.Duration(v) * time.Second)
	case "bytes":
		return units.Bytes(v)
	case "count", "":
		return units.Count(v)
	}
	return units.Count(v) + " " + unit
}
