package profile

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/stats"
	"github.com/pgassay/pgassay/internal/units"
)

// conclude puts the verdict into words.
func (d *Diff) conclude(t *table, family stats.Family) {
	var significant []DeltaFunc
	for _, f := range d.Functions {
		if f.Flat.Significant || f.Cum.Significant {
			significant = append(significant, f)
		}
	}
	sides := fmt.Sprintf("%d profiles before, %d after", t.before, len(t.sums)-t.before)
	switch {
	case family.Least > d.Level:
		d.Verdict = CantTell
		d.Text = fmt.Sprintf("%s: too few to tell a change from chance. Record %d a side, better more.", sides, enoughProfiles)
	case !d.Total.Significant && len(significant) == 0:
		d.Verdict = NoChange
		smallest := 1.0
		for _, p := range family.P {
			smallest = min(smallest, p)
		}
		d.Text = fmt.Sprintf("No significant change (%s): of the total and %d functions none differs by more than the profiles of one side do (p = %.2g at the least).",
			sides, len(d.Functions), smallest)
		if d.Total.Before > 0 {
			d.Text += fmt.Sprintf(" A change of the total by %s would have been seen.", units.Percent(d.Total.Detectable/d.Total.Before))
		}
	default:
		d.Verdict = Changed
		var parts []string
		if d.Total.Significant {
			parts = append(parts, fmt.Sprintf("the total went from %s to %s (%s, p = %.2g)",
				d.value(d.Total.Before), d.value(d.Total.After), percentChange(d.Total), d.Total.P))
		} else {
			parts = append(parts, fmt.Sprintf("the total did not change significantly (%s, p = %.2g)", percentChange(d.Total), d.Total.P))
		}
		for _, f := range mostTelling(significant) {
			change, what := f.Flat, "in itself"
			if !f.Flat.Significant {
				change, what = f.Cum, "with what it calls"
			}
			parts = append(parts, fmt.Sprintf("%s %s went from %s to %s (p = %.2g)",
				shortName(f.Name), what, d.value(change.Before), d.value(change.After), change.P))
		}
		d.Text = fmt.Sprintf("Changed (%s): %s.", sides, strings.Join(parts, "; "))
		if d.Total.Significant && d.Per == PerSecond {
			d.Text += " If the service did not do the same work on both sides, compare per request or per total."
		}
	}
}

// mostTelling picks up to three functions: the application's own first.
func mostTelling(functions []DeltaFunc) []DeltaFunc {
	var own, others []DeltaFunc
	for _, f := range functions {
		if f.Own && f.Flat.Significant {
			own = append(own, f)
		} else if f.Flat.Significant {
			others = append(others, f)
		}
	}
	if len(own)+len(others) == 0 {
		others = functions
	}
	both := append(own, others...)
	return both[:min(3, len(both))]
}

func percentChange(d Delta) string {
	switch {
	case d.Before == 0 && d.After == 0:
		return ""
	case d.Before == 0:
		return "new"
	}
	change := d.Delta / d.Before
	if change < 0 {
		return "−" + units.Percent(-change)
	}
	return "+" + units.Percent(change)
}

// value writes a normalised value for people.
func (d *Diff) value(v float64) string {
	var text string
	switch {
	case d.Per == PerTotal:
		return units.Percent(v)
	case d.Unit == "nanoseconds" && d.Per == PerSecond:
		return fmt.Sprintf("%.3g cores", v/1e9)
	case math.Abs(v) < 100 && d.Unit != "nanoseconds" && d.Unit != "bytes":
		text = fmt.Sprintf("%.3g", v)
	case d.Unit == "nanoseconds":
		text = units.Duration(time.Duration(v))
	default:
		text = amount(int64(v), d.Unit)
	}
	if d.Per == PerProfile {
		return text
	}
	return text + "/" + string(d.Per)
}

// Document renders the comparison for people.
func (d *Diff) Document() report.Document {
	doc := report.Document{Title: fmt.Sprintf("%s: before and after", d.Kind)}
	doc.Add(report.Paragraph{Text: d.Text})
	if len(d.Warnings) > 0 {
		doc.Add(report.List{Items: d.Warnings})
	}
	table := report.Table{Columns: []report.Column{
		{Name: ""},
		{Name: "before", Right: true},
		{Name: "after", Right: true},
		{Name: "change", Right: true},
		{Name: "p", Right: true},
		{Name: "cum before", Right: true},
		{Name: "cum after", Right: true},
		{Name: "p", Right: true},
		{Name: "function"},
		{Name: "hottest line"},
	}}
	mark := func(significant bool) string {
		if significant {
			return "*"
		}
		return ""
	}
	table.Rows = append(table.Rows, []report.Value{
		report.Text(mark(d.Total.Significant)), report.Text(d.value(d.Total.Before)), report.Text(d.value(d.Total.After)), report.Text(percentChange(d.Total)),
		report.Textf("%.2g", d.Total.P), report.Text(""), report.Text(""), report.Text(""), report.Text("all"), report.Text(""),
	})
	shown := 0
	for _, f := range d.Functions {
		if shown++; shown > d.opts.Rows {
			break
		}
		table.Rows = append(table.Rows, []report.Value{
			report.Text(mark(f.Flat.Significant || f.Cum.Significant)),
			report.Text(d.value(f.Flat.Before)), report.Text(d.value(f.Flat.After)), report.Text(percentChange(f.Flat)), report.Textf("%.2g", f.Flat.P),
			report.Text(d.value(f.Cum.Before)), report.Text(d.value(f.Cum.After)), report.Textf("%.2g", f.Cum.P),
			report.Name(shortName(f.Name)), report.Name(f.place),
		})
	}
	doc.Add(table)
	doc.Add(report.Paragraph{Text: fmt.Sprintf("Medians over the profiles, per %s. * marks what is significant at %g, all lines judged together.", d.Per, d.Level)})
	return doc
}
