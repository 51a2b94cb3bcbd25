package analyze

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/nplusone"
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
		for _, r := range allRules() {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
	}
	for _, id := range ids {
		i := slices.IndexFunc(allRules(), func(r rule.Rule) bool { return r.ID == id })
		if i < 0 {
			continue
		}
		r := allRules()[i]
		text := RuleText{r.ID, r.Title, r.About, r.Silent, r.Advice, []RuleThreshold{}}
		for _, t := range r.Thresholds {
			text.Thresholds = append(text.Thresholds, RuleThreshold(t))
		}
		list.Rules = append(list.Rules, text)
	}
	return list
}

// allRules are the rules on plans and tables, and those whose findings come from elsewhere.
func allRules() []rule.Rule { return append(append(rule.All(), loopRules()...), comparisonRules()...) }

// loopRules documents what analyze/nplusone finds.
func loopRules() []rule.Rule {
	return []rule.Rule{
		{
			ID: nplusone.RuleNPlusOne, Title: "a statement is run once for each row of another",
			About: "An application reads a list and then, in a loop, something for each of its rows: one round trip and one execution for every row, where one statement " +
				"would do. Proven by the loop's arguments being the values that the list returned, by a foreign key with counts that fit, or by the loop growing with the list.",
			Silent: "there is one row or none, the number of executions does not depend on the rows, each argument comes from the answer before (a cursor), or executions belong to several users.",
			Advice: "Collect the keys, pass them as an array, and run the one statement that the finding has; with an ORM, load the association with the list.",
			Thresholds: []rule.Threshold{
				{Name: "proven", Default: 3, Text: "executions where the parent is proven by its values"},
				{Name: "likely", Default: 5, Text: "executions where the parent is likely"},
				{Name: "unproven", Default: 15, Text: "executions where there is no parent"},
			},
		},
		{
			ID: nplusone.RuleDuplicate, Title: "a request asks the same again and again",
			About:      "A statement is run with the same arguments several times within one request, and nothing is written in between: the answers are the same.",
			Silent:     "something that the statement reads is written in between, or it is a poll or a retry.",
			Advice:     "Ask once and keep the answer for the request.",
			Thresholds: []rule.Threshold{{Name: "executions", Default: 5, Text: "executions with the same arguments in one request"}},
		},
		{
			ID: nplusone.RuleWriteLoop, Title: "rows are written one by one",
			About:      "Rows are inserted or changed by one statement each: one round trip and one execution for every row.",
			Silent:     "there are fewer than ten.",
			Advice:     "Write them in one statement with unnest(), or with COPY beyond some thousand.",
			Thresholds: []rule.Threshold{{Name: "executions", Default: 10, Text: "executions in one request"}},
		},
		{
			ID: nplusone.RuleWalk, Title: "links are followed one by one",
			About:  "Each statement asks for the row that the row before points to: a chain or tree is walked with a round trip for each link.",
			Silent: "the chain is short.",
			Advice: "WITH RECURSIVE walks it in the server, in one statement.",
		},
	}
}

// loopOptions are the thresholds that the settings change.
func loopOptions(settings rule.Settings) nplusone.Options {
	of := func(id, name string) int { return int(settings.Thresholds[id][name]) }
	return nplusone.Options{
		Proven: of(nplusone.RuleNPlusOne, "proven"), Likely: of(nplusone.RuleNPlusOne, "likely"), Unproven: of(nplusone.RuleNPlusOne, "unproven"),
		Duplicates: of(nplusone.RuleDuplicate, "executions"), Writes: of(nplusone.RuleWriteLoop, "executions"),
	}
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
