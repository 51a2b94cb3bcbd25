package analyze

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
)

// RuleList is the documentation of rules. It is made from what the checks run on.
type RuleList struct {
	Version int        `json:"version"`
	Rules   []RuleText `json:"rules"`

	whole bool
}

// RuleText documents one rule.
type RuleText struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	About      string          `json:"about"`
	Silent     string          `json:"silent"`
	Advice     string          `json:"advice"`
	Thresholds []RuleThreshold `json:"thresholds"`
}

// RuleThreshold is a number that a rule goes by.
type RuleThreshold struct {
	Name    string  `json:"name"`
	Default float64 `json:"default"`
	Unit    string  `json:"unit"`
	Text    string  `json:"text"`
}

// DescribeRules documents the rules of these ids, in this order; all of them, by id, if none is named. Unknown ids are
// left out.
func DescribeRules(ids ...string) RuleList {
	list := RuleList{Version: 1, Rules: []RuleText{}, whole: len(ids) > 0}
	if len(ids) == 0 {
		for _, r := range rule.All() {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
	}
	for _, id := range ids {
		r, ok := rule.Find(id)
		if !ok {
			continue
		}
		text := RuleText{r.ID, r.Title, r.About, r.Silent, r.Advice, []RuleThreshold{}}
		for _, t := range r.Thresholds {
			text.Thresholds = append(text.Thresholds, RuleThreshold(t))
		}
		list.Rules = append(list.Rules, text)
	}
	return list
}

// Document lists the rules in a table, or tells all about those that were named.
func (l RuleList) Document() report.Document {
	if !l.whole {
		d := report.Document{Title: "Rules"}
		table := report.Table{Columns: []report.Column{{Name: "rule"}, {Name: "what is wrong"}}}
		for _, r := range l.Rules {
			table.Rows = append(table.Rows, []report.Value{report.Name(r.ID), report.Text(r.Title)})
		}
		d.Add(table, report.Paragraph{Text: "pgassay analyze explain RULE says more about one."})
		return d
	}
	var d report.Document
	for _, r := range l.Rules {
		d.Add(report.Heading{Level: 1, Text: r.ID + ": " + r.Title}, report.Paragraph{Text: r.About},
			report.Paragraph{Text: "Silent when " + strings.TrimSuffix(r.Silent, ".") + "."}, report.Paragraph{Text: "What to do: " + r.Advice})
		if len(r.Thresholds) == 0 {
			continue
		}
		table := report.Table{Columns: []report.Column{{Name: "threshold"}, {Name: "default", Right: true}, {Name: "meaning"}}}
		for _, t := range r.Thresholds {
			table.Rows = append(table.Rows, []report.Value{report.Name(t.Name), report.Text(strings.TrimSpace(fmt.Sprintf("%g %s", t.Default, strings.TrimPrefix(t.Unit, "ratio")))), report.Text(t.Text)})
		}
		d.Add(table)
	}
	return d
}
