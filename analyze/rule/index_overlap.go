package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/internal/report"
)

func indexOverlap() Rule {
	return Rule{
		ID:     "index-overlap",
		Title:  "an index is the beginning of another",
		About:  "An index on (a, b) also serves what an index on (a) does, a little less compactly. Both are kept up to date by every change.",
		Silent: "no statement uses one of them, compares the column that they start with or changes the table; the shorter one is unique, belongs to a constraint, is the replica identity, or is much smaller than the longer one; they differ in condition, order or operator class.",
		Advice: "Drop the shorter one, unless its smaller size matters to a statement that reads much of it.",
		Thresholds: []Threshold{
			{"size", 3, "", "times the shorter one's size that the longer one may have, at most"},
			{"bytes", 1 << 20, "bytes", "size of the shorter one, at least"},
		},
		Tables: func(t *Tables) []Hit {
			var hits []Hit
			for _, table := range t.Catalog.Sorted() {
				for _, i := range table.Indexes {
					if !droppable(i) || i.Method != "btree" || i.SizeBytes < t.limit("bytes") || len(i.Include) > 0 {
						continue
					}
					for _, other := range table.Indexes {
						if other == i || !t.concerns(table, i, other) || !other.Valid || other.Method != "btree" || len(other.Keys) <= len(i.Keys) || other.Where != i.Where || !beginsWith(other, i) ||
							other.SizeBytes > t.limit("size")*i.SizeBytes {
							continue
						}
						hits = append(hits, dropHit(table, i, other, report.Note, fmt.Sprintf("%s (%s) is the beginning of %s (%s)", i.Name, keyList(i), other.Name, keyList(other))))
						break
					}
				}
			}
			return hits
		},
	}
}

func beginsWith(long, short *catalog.Index) bool {
	for n, k := range short.Keys {
		if long.Keys[n] != k {
			return false
		}
	}
	return true
}
