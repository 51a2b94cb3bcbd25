package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

func partitionNoPrune() Rule {
	return Rule{
		ID:     "partition-no-prune",
		Title:  "every partition of a table is searched",
		About:  "The statement looks for few rows, but its conditions do not name the partition key in a way that the planner understands, so that it looks into every partition.",
		Silent: "the statement has no conditions, or wants a good part of the rows; half of the partitions or more have rows that are wanted, so that no condition could leave them out; partitions were removed, while planning or while running; it is joined on the partition key; the partitions are by hash, which is to spread rows and not to find them.",
		Advice: "Add a condition on the partition key, as it stands: a function or a cast around it hides it.",
		Thresholds: []Threshold{
			{"partitions", 4, "count", "partitions searched, at least"},
			{"kept", 0.1, "ratio", "share of the rows that are wanted, at most"},
			{"hits", 0.5, "ratio", "share of the partitions that have rows which are wanted, less than"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Append", "Merge Append") {
				scans, filtered, root := c.partitionScans(n)
				if float64(len(scans)) < c.limit("partitions") || !filtered || n.SubplansRemoved > 0 || root == "" || !c.matters() || c.subtree(n) < leastShare {
					continue
				}
				var rows, looked float64
				executed, wanted := 0, 0
				for _, s := range scans {
					rows += s.Rows()
					if s.Executed() {
						executed++
					}
					if c.Plan.Analyzed && s.Rows() > 0 {
						wanted++
					}
					if t := c.table(s); t != nil {
						looked += t.Rows
					} else {
						looked += scanned(s)
					}
				}
				if c.byHash(scans[0]) || c.joinedOnKey(n, scans) {
					continue
				}
				if c.Plan.Analyzed && executed < len(scans) || !c.Plan.Analyzed || rows > c.limit("kept")*looked {
					continue
				}
				if float64(wanted) >= c.limit("hits")*float64(len(scans)) {
					continue
				}
				hit := Hit{
					Node: n, Table: root, Columns: c.keyColumns(scans[0]), Severity: c.severityOfSubtree(n),
					Title:    fmt.Sprintf("all %s partitions of %s are searched", units.Count(int64(len(scans))), root),
					Evidence: []report.Evidence{evidence("partitions searched", float64(len(scans)), "count"), evidence("rows found", rows, "rows"), evidence("pages read", n.Buffers.Pages(), "pages")},
					Mend:     report.Mend{Kind: "rewrite", Text: "Add a condition on the partition key as it stands, so that the planner can leave the other partitions out."},
				}
				hit.Scope = scans
				hits = append(hits, hit)
			}
			return hits
		},
	}
}

// keyColumns are the columns of the partition key that a scan's conditions name.
func (c *Context) keyColumns(scan *plan.Node) []string {
	t := c.table(scan)
	if t == nil {
		return nil
	}
	var named []string
	for _, column := range c.filterColumns(scan) {
		if slices.ContainsFunc(expr.Scan(t.PartitionKey), func(k expr.Token) bool { return k.Text == column }) {
			named = append(named, column)
		}
	}
	return named
}

// byHash tells whether a partition is one by hash.
func (c *Context) byHash(scan *plan.Node) bool {
	t := c.table(scan)
	return t != nil && strings.HasPrefix(t.PartitionKey, "HASH")
}

// joinedOnKey tells whether a scan's condition, or that of a join above, compares the partition key with another table's
// column: which partitions are wanted is then known only row by row.
func (c *Context) joinedOnKey(n *plan.Node, scans []*plan.Node) bool {
	t := c.table(scans[0])
	alias := plan.RootAlias(scans[0].Alias)
	joins := func(text string) bool {
		for _, e := range conditions(text) {
			key, others := t == nil, false
			for _, column := range expr.Columns(e) {
				if own := column.Table == "" || column.Table == alias || plan.RootAlias(column.Table) == alias; !own {
					others = true
				} else if t != nil && slices.ContainsFunc(expr.Scan(t.PartitionKey), func(k expr.Token) bool { return k.Text == column.Name }) {
					key = true
				}
			}
			if key && others {
				return true
			}
		}
		return false
	}
	if joins(scans[0].IndexCond) || joins(scans[0].Filter) || joins(scans[0].RecheckCond) {
		return true
	}
	return n.Ancestor(func(m *plan.Node) bool {
		return m.IsJoin() && (joins(m.HashCond) || joins(m.MergeCond) || joins(m.JoinFilter))
	}) != nil
}

// partitionScans returns the scans of partitions under an Append, whether they have conditions, and the name of what
// they are partitions of: all but the last part of the partitions' common name if the catalog does not say.
func (c *Context) partitionScans(n *plan.Node) (scans []*plan.Node, filtered bool, root string) {
	filtered = true
	for _, child := range n.Inputs() {
		scan := child
		for !scan.IsScan() && len(scan.Inputs()) == 1 {
			scan = scan.Inputs()[0]
		}
		if !scan.IsScan() || scan.Relation == "" {
			return nil, false, ""
		}
		if t := c.table(scan); c.Catalog != nil && (t == nil || t.Root == "") {
			return nil, false, ""
		}
		scans = append(scans, scan)
		if scan.Filter == "" && scan.IndexCond == "" && scan.RecheckCond == "" {
			filtered = false
		}
	}
	if len(scans) == 0 {
		return nil, false, ""
	}
	// The planner names the partitions' aliases after the table: measurements_1, measurements_2.
	root = plan.RootAlias(scans[0].Alias)
	if t := c.table(scans[0]); t != nil {
		return scans, filtered, t.Root
	}
	for _, s := range scans {
		if plan.RootAlias(s.Alias) != root {
			return nil, false, ""
		}
	}
	return scans, filtered, root
}
