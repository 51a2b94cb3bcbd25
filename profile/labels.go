package profile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
)

// LabelGroup is what the samples with the same labels counted: a route, a statement, a replica, or all of them.
type LabelGroup struct {
	Labels  map[string]string `json:"labels"` // without those that the samples don't have
	Value   int64             `json:"value"`
	Share   float64           `json:"share"`
	Samples int64             `json:"samples"` // how often the profiler looked
	// Statement is the text of the statement whose fingerprint the label "statement" holds, if it is known.
	Statement string `json:"statement,omitempty"`
}

// baseLabel marks the subtracted samples of a comparison.
const baseLabel = "pprof::base"

// statementLabel is set by querylog: the fingerprint of the statement that a goroutine waits for or decodes.
const statementLabel = "statement"

// labelGroups counts a column by the values of some labels, the most first. No keys means all that are texts.
func (f *flat) labelGroups(column int, keys []string) (groups []LabelGroup, used []string) {
	wanted := func(key string) bool {
		return key != baseLabel && (len(keys) == 0 || slices.Contains(keys, key))
	}
	count := f.columnOfObservations()
	index := map[string]*LabelGroup{}
	present := map[string]bool{}
	var all int64
	for sample := range f.samples() {
		labels := map[string]string{}
		var name strings.Builder
		for _, l := range f.labelsOf(sample) {
			text := l.text
			if text == "" && len(keys) > 0 {
				text = fmt.Sprintf("%d", l.number) + unitSuffix(l.unit)
			}
			if text == "" || !wanted(l.key) {
				continue
			}
			if before, double := labels[l.key]; double {
				text = before + ", " + text
			}
			labels[l.key] = text
			present[l.key] = true
			name.WriteString(l.key + "\x00" + text + "\x00")
		}
		g := index[name.String()]
		if g == nil {
			g = &LabelGroup{Labels: labels}
			index[name.String()] = g
		}
		value := f.value(sample, column)
		g.Value += value
		all += abs(value)
		if count >= 0 {
			g.Samples += f.value(sample, count)
		} else {
			g.Samples++
		}
	}
	for _, g := range index {
		g.Share = share(g.Value, all)
		groups = append(groups, *g)
	}
	used = slices.Sorted(maps.Keys(present))
	slices.SortFunc(groups, func(a, b LabelGroup) int {
		order := cmp.Compare(abs(b.Value), abs(a.Value))
		for _, key := range used {
			order = cmp.Or(order, cmp.Compare(a.Labels[key], b.Labels[key]))
		}
		return order
	})
	return groups, used
}

func unitSuffix(unit string) string {
	if unit == "" || unit == "count" {
		return ""
	}
	return " " + unit
}

// labelTable draws the groups, a column for each label.
func labelTable(groups []LabelGroup, keys []string, unit string, rows int) report.Table {
	table := report.Table{Columns: []report.Column{{Name: "value", Right: true}, {Name: "share", Right: true}, {Name: "samples", Right: true}}}
	for _, key := range keys {
		table.Columns = append(table.Columns, report.Column{Name: key})
	}
	for _, g := range groups[:min(rows, len(groups))] {
		row := []report.Value{report.Text(amount(g.Value, unit)), report.Percent(g.Share), report.Count(g.Samples)}
		for _, key := range keys {
			text := cmp.Or(g.Labels[key], "-")
			if key == statementLabel && g.Statement != "" {
				text = beginningOf(g.Statement, 70)
			}
			row = append(row, report.Name(text))
		}
		table.Rows = append(table.Rows, row)
	}
	if len(groups) > rows {
		table.Caption = fmt.Sprintf("The first %d of %d.", rows, len(groups))
	}
	return table
}

// beginningOf is a text's beginning in one line.
func beginningOf(text string, length int) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= length {
		return string(line)
	}
	return string(line[:length-1]) + "…"
}
