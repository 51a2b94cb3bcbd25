package rule

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/internal/report"
)

func indexDuplicate() Rule {
	return Rule{
		ID:     "index-duplicate",
		Title:  "two indexes are the same",
		About:  "Both are kept up to date by every change, and only one is ever used.",
		Silent: "no statement uses one of them, compares the column that they start with or changes the table; one of them is unique, belongs to a constraint or is the replica identity: then only the other may go; any difference in keys, order, operator class, condition or included columns.",
		Advice: "Drop one of them.",
		Tables: func(t *Tables) []Hit {
			var hits []Hit
			for _, table := range t.Catalog.Sorted() {
				var gone []*catalog.Index
				for _, i := range table.Indexes {
					for _, other := range table.Indexes {
						if i == other || slices.Contains(gone, other) || !droppable(i) || !other.Valid || !sameIndex(i, other) || !t.concerns(table, i, other) {
							continue
						}
						if droppable(other) && i.Name < other.Name { // of two alike the first stays
							continue
						}
						gone = append(gone, i)
						hits = append(hits, dropHit(table, i, other, report.Warning, fmt.Sprintf("%s is the same as %s", i.Name, other.Name)))
						break
					}
				}
			}
			return hits
		},
	}
}

func sameIndex(a, b *catalog.Index) bool {
	return a.Method == b.Method && a.Where == b.Where && slices.Equal(a.Keys, b.Keys) && slices.Equal(a.Include, b.Include)
}

func dropHit(t *catalog.Table, drop, keep *catalog.Index, severity report.Severity, title string) Hit {
	hit := Hit{
		Severity: severity, Table: t.Qualified(), Title: title,
		Evidence: []report.Evidence{evidence("size", drop.SizeBytes, "bytes"), evidence("scans", drop.Scans, "count")},
		Mend: report.Mend{
			Kind: "index", SQL: fmt.Sprintf("DROP INDEX CONCURRENTLY %s;", catalog.Qualified(t.Schema, drop.Name)),
			Text: "Drop it. The way back: " + drop.SQL + ";",
		},
	}
	for _, k := range drop.Keys {
		hit.Columns = append(hit.Columns, k.Text())
	}
	if keep != nil {
		hit.Evidence = append(hit.Evidence, evidence("scans of "+keep.Name, keep.Scans, "count"))
	}
	return hit
}
