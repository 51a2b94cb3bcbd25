package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
)

func fkUnindexed() Rule {
	return Rule{
		ID:    "fk-unindexed",
		Title: "the columns of a foreign key have no index",
		About: "Whenever a row is deleted that may be referred to, or its key changes, the referring table is searched. Without an index that is a scan of the whole " +
			"table, under a lock on the row.",
		Silent: "the referring table is small; nothing is ever deleted from the table referred to, as far as the statistics and the statements say.",
		Advice: "Index the referring columns.",
		Thresholds: []Threshold{
			{"rows", 10000, "rows", "rows of the referring table, at least"},
			{"deletes", 1, "rows", "rows deleted from the table referred to, at least, if no statement deletes there"},
		},
		Tables: func(t *Tables) []Hit {
			var hits []Hit
			for _, table := range t.Catalog.Sorted() {
				for _, key := range table.ReferencedBy {
					if key.Indexed || key.Rows < t.limit("rows") || table.Deletes < t.limit("deletes") && !t.Deleted[table.Qualified()] {
						continue
					}
					hits = append(hits, Hit{
						Severity: report.Warning, Table: key.QualifiedTable(), Columns: key.Columns,
						Title: fmt.Sprintf("the foreign key %s of %s has no index", key.Name, key.QualifiedTable()),
						Evidence: []report.Evidence{
							evidence("rows of the referring table", key.Rows, "rows"), evidence("rows deleted from the table referred to", table.Deletes, "rows"),
						},
						Mend: report.Mend{Kind: "index", SQL: fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);", key.QualifiedTable(), quoted(key.Columns)), Text: "Index the referring columns."},
					})
				}
			}
			return hits
		},
	}
}
