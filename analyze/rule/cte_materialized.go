package rule

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
)

func cteMaterialized() Rule {
	return Rule{
		ID:    "cte-materialized",
		Title: "a CTE is computed whole and hardly used",
		About: "A CTE that is AS MATERIALIZED, or that is read more than once, is computed as it stands: conditions of the statement outside do not reach into it, and " +
			"no index helps with what comes out.",
		Silent: "most of its rows are used; with a database at hand: unless the statement really ran faster with AS NOT MATERIALIZED.",
		Advice: "Write AS NOT MATERIALIZED, or put the condition into the CTE.",
		Thresholds: []Threshold{
			{"rows", 10000, "rows", "rows that the CTE computes, at least"},
			{"dropped", 0.9, "ratio", "share of them that its readers drop, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes() {
				name, isCTE := strings.CutPrefix(n.Subplan, "CTE ")
				if !isCTE || !n.Executed() || n.Rows() < c.limit("rows") || !c.matters() || n.Type == "ModifyTable" || n.Type == "Recursive Union" {
					continue
				}
				scans, read, kept := 0, 0.0, 0.0
				hit := Hit{Node: n}
				for _, scan := range c.nodes("CTE Scan") {
					if scan.CTE == name {
						scans++
						read, kept = read+scanned(scan), kept+scan.Rows()
						hit.Scope = append(hit.Scope, scan)
					}
				}
				share := c.subtree(n)
				for _, scan := range hit.Scope {
					share += c.share(scan)
				}
				if scans == 0 || read-kept < c.limit("dropped")*read || share < leastShare {
					continue
				}
				hit.Severity, hit.Table = SeverityOf(share), tableOf(anyScan(n))
				hit.Title = fmt.Sprintf("the CTE %s computes %s, of which %s are used", name, count(n.Rows(), "row"), count(kept, "row"))
				hit.Evidence = []report.Evidence{evidence("rows computed", n.Rows(), "rows"), evidence("rows used", kept, "rows"), evidence("times read", float64(scans), "count"), evidence("share of time", min(1, share), "ratio")}
				n.Walk(func(m *plan.Node) bool { hit.Scope = append(hit.Scope, m); return true })
				hit.Mend = report.Mend{Kind: "rewrite", SQL: "WITH " + name + " AS NOT MATERIALIZED (…)", Text: "Write AS NOT MATERIALIZED, so that the conditions outside reach into it, or put them into it."}
				if sql, ok := notMaterialized(c.SQL, c.Tokens, name); ok && c.Catalog != nil {
					hit.Experiment = &Experiment{SQL: sql, Method: "with AS NOT MATERIALIZED"}
				}
				hits = append(hits, hit)
			}
			return hits
		},
	}
}

// notMaterialized rewrites WITH name AS [MATERIALIZED] ( into WITH name AS NOT MATERIALIZED (.
func notMaterialized(sql string, tokens []expr.Token, name string) (string, bool) {
	for i, t := range tokens {
		if t.Kind != expr.Ident && t.Kind != expr.Quoted || t.Text != name || i == 0 || !tokens[i-1].Is("with") && !tokens[i-1].Is(",") && !tokens[i-1].Is("recursive") {
			continue
		}
		j := i + 1
		if j < len(tokens) && tokens[j].Is("(") { // its columns' names
			for j < len(tokens) && !tokens[j].Is(")") {
				j++
			}
			j++
		}
		if j >= len(tokens) || !tokens[j].Is("as") {
			continue
		}
		end := tokens[j].End
		rest := end
		if j+1 < len(tokens) && tokens[j+1].Is("materialized") {
			rest = tokens[j+1].End
		}
		return sql[:end] + " NOT MATERIALIZED" + sql[rest:], true
	}
	return "", false
}
