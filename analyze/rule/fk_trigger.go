package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/internal/report"
)

func fkTrigger() Rule {
	return Rule{
		ID:    "fk-trigger",
		Title: "checking foreign keys takes much of a change's time",
		About: "Deleting a row, or changing its key, makes the server look for rows that refer to it, once per row. Without an index on the referring columns each look is a " +
			"scan of the whole table.",
		Silent: "the triggers take little of the time.",
		Advice: "Index the referring columns.",
		Thresholds: []Threshold{
			{"share", 0.2, "ratio", "share of the statement that the triggers take, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			total := c.Plan.TotalMS()
			for _, t := range c.Plan.Triggers {
				if t.Constraint == "" || total < leastMS || t.TimeMS < c.limit("share")*total {
					continue
				}
				hit := Hit{
					Severity: SeverityOf(t.TimeMS / total), Table: t.Relation,
					Title:    fmt.Sprintf("checking the foreign key %s takes %s of the time", t.Constraint, report.Percent(min(1, t.TimeMS/total)).Text),
					Evidence: []report.Evidence{evidence("time of the check", t.TimeMS*1e6, "ns"), evidence("rows checked", t.Calls, "count"), evidence("share of time", min(1, t.TimeMS/total), "ratio")},
					Mend:     report.Mend{Kind: "index", Text: "Index the referring columns."},
				}
				key, found := c.foreignKey(t.Constraint)
				if found && key.Indexed {
					continue // each check is a look-up already
				}
				if found {
					hit.Table, hit.Columns = key.QualifiedTable(), key.Columns
					hit.Mend.SQL = fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", key.QualifiedTable(), quoted(key.Columns))
				}
				hits = append(hits, hit)
			}
			return hits
		},
	}
}

// foreignKey finds a key of another table by its constraint's name.
func (c *Context) foreignKey(name string) (catalog.ForeignKey, bool) {
	if c.Catalog == nil {
		return catalog.ForeignKey{}, false
	}
	for _, t := range c.Catalog.Sorted() {
		for _, key := range t.ReferencedBy {
			if key.Name == name {
				return key, true
			}
		}
	}
	return catalog.ForeignKey{}, false
}
