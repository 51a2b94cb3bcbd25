package analyze

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/analyze/rule"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// merge leaves one hit of those that are about the same fault: the first in the order of the rules. The others' evidence
// goes with it.
func merge(hits []rule.Hit) []merged {
	var kept []merged
	for _, hit := range hits {
		into := -1
		for k, m := range kept {
			if sameFault(m.Hit, hit) {
				into = k
				break
			}
		}
		if into < 0 {
			kept = append(kept, merged{Hit: hit})
			continue
		}
		m := &kept[into]
		m.also = appendNew(m.also, hit.Rule)
		m.Evidence = appendEvidence(m.Evidence, hit.Evidence)
		if hit.Severity.AtLeast(m.Severity) {
			m.Severity = hit.Severity
		}
	}
	return kept
}

type merged struct {
	rule.Hit
	also  []string
	proof *report.Proof
}

// sameFault tells whether a later rule's hit is the same fault as an earlier one's.
func sameFault(first, later rule.Hit) bool {
	if first.Node == nil || later.Node == nil {
		return false
	}
	together := first.Node == later.Node || slices.Contains(first.Scope, later.Node) || siblings(first, later)
	if !together {
		return false
	}
	if later.Rule == "misestimate" {
		return true // what is wrong there has a rule of its own
	}
	switch first.Rule {
	case "stale-stats":
		return slices.Contains([]string{"misestimate-join", "nested-loop-inner", "generic-plan-trap", "hash-spill", "agg-spill", "seq-scan-selective", "index-filter", "no-index-helps"}, later.Rule)
	case "wide-row", "cold-read", "parallel-not-launched":
		return false
	}
	return later.Rule != "wide-row" && later.Rule != "parallel-not-launched"
}

// siblings tells whether two hits are about two partitions of one table, which the statement searches by one condition.
func siblings(first, later rule.Hit) bool {
	a, b := first.Node, later.Node
	return a.Parent != nil && a.Parent == b.Parent && a.Parent.Is("Append", "Merge Append") &&
		plan.RootAlias(a.Alias) == plan.RootAlias(b.Alias) && bareFilter(a) == bareFilter(b) &&
		(first.Rule != later.Rule || slices.Equal(first.Columns, later.Columns))
}

// bareFilter is a scan's filter without the name that the plan gives the partition.
func bareFilter(n *plan.Node) string {
	return strings.ReplaceAll(n.Filter, sqltext.QuoteIdent(n.Alias)+".", "")
}

func appendNew(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// appendEvidence adds what is not there yet by name.
func appendEvidence(list, more []report.Evidence) []report.Evidence {
	for _, e := range more {
		if !slices.ContainsFunc(list, func(known report.Evidence) bool { return known.Name == e.Name }) {
			list = append(list, e)
		}
	}
	return list
}
