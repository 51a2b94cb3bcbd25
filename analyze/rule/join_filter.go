package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
)

func joinFilter() Rule {
	return Rule{
		ID:    "join-filter",
		Title: "a join compares row by row and drops nearly all",
		About: "The join's condition is none that a hash or a merge could use: an inequality, an OR, an expression over both tables. So each pair of rows is looked at, " +
			"and most are dropped.",
		Silent: "few pairs are dropped: a hundred thousand take some ten milliseconds, and a small table of ranges or rates is joined that way for good reason; a good part of the pairs is kept.",
		Advice: "Add an equality to the condition; split an OR into a UNION; for ranges use a range type with a GiST index, or a LATERAL look-up with LIMIT 1.",
		Thresholds: []Threshold{
			{"rows", 100000, "rows", "pairs dropped, at least"},
			{"dropped", 0.9, "ratio", "share of the pairs that are dropped, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Nested Loop", "Hash Join", "Merge Join") {
				dropped := n.RowsRemovedByJoinFilter * n.Loops
				inner := n.Inner()
				filtered := n.JoinFilter != ""
				if !filtered && n.Type == "Nested Loop" && inner != nil && inner.IsScan() && inner.Filter != "" && !filterIsOwn(inner) {
					filtered, dropped = true, inner.RowsRemovedByFilter*inner.Loops // the pairs are dropped one node below
				}
				if !filtered || !n.Executed() || dropped < c.limit("rows") || dropped < c.limit("dropped")*(dropped+n.Rows()) || !c.matters() || c.subtree(n) < leastShare {
					continue
				}
				hit := Hit{
					Node: n, Severity: c.severityOfSubtree(n),
					Title:    fmt.Sprintf("a join looks at %s to find %s", count(dropped+n.Rows(), "pair"), count(n.Rows(), "row")),
					Evidence: []report.Evidence{evidence("pairs dropped", dropped, "rows"), evidence("rows kept", n.Rows(), "rows"), evidence("share of time", c.subtree(n), "ratio")},
					Mend:     report.Mend{Kind: "rewrite", Text: "Give the join an equality that can be hashed; split an OR into a UNION."},
				}
				if inner != nil {
					hit.Table = tableOf(anyScan(inner))
					hit.Scope = append(hit.Scope, inner)
					hit.Scope = append(hit.Scope, inner.Inputs()...)
				}
				hits = append(hits, hit)
			}
			return hits
		},
	}
}
