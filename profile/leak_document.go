package profile

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
)

// Document renders the verdict for people.
func (r *LeakReport) Document() report.Document {
	d := report.Document{Title: "Does " + r.Target + " keep more and more?"}
	if len(r.Warnings) > 0 {
		d.Add(report.List{Items: r.Warnings})
	}
	for _, s := range r.Series {
		d.Add(report.Heading{Level: 1, Text: strings.ToUpper(string(s.Type)[:1]) + string(s.Type)[1:]}, report.Paragraph{Text: s.Text})
		table := report.Table{Columns: []report.Column{
			{Name: "verdict"},
			{Name: "first", Right: true},
			{Name: "last", Right: true},
			{Name: "a minute", Right: true},
			{Name: "course"},
			{Name: "function"},
			{Name: "at"},
		}}
		show := func(v float64) string { return amount(int64(v), s.Unit) }
		add := func(t LeakTrend, name, place string) {
			rate := ""
			if t.Verdict == Grows {
				rate = show(60 * t.PerSecond)
			}
			table.Rows = append(table.Rows, []report.Value{
				report.Text(string(t.Verdict)), report.Text(show(t.Values[0])), report.Text(show(t.Values[len(t.Values)-1])), report.Text(rate),
				report.Text(sparkline(t.Values)), report.Name(name), report.Name(place),
			})
		}
		add(s.LeakTrend, "all", "")
		shown := 0
		for _, site := range s.Sites {
			if shown++; shown > r.opts.Rows {
				table.Caption = fmt.Sprintf("The first %d of %d places.", r.opts.Rows, len(s.Sites))
				break
			}
			add(site.LeakTrend, shortName(site.Function), site.CallSite)
		}
		d.Add(table)
	}
	return d
}

// sparkline draws a series in block characters, from 0 to its maximum.
func sparkline(values []float64) string {
	const blocks = "▁▂▃▄▅▆▇█"
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	var out strings.Builder
	for _, v := range values {
		level := 0
		if top > 0 {
			level = int(max(0, v) / top * 7.999)
		}
		out.WriteRune([]rune(blocks)[level])
	}
	return out.String()
}
