package rule

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Tables is what rules on tables, rather than on single statements, may look at.
type Tables struct {
	Catalog *catalog.Catalog
	Deleted map[string]bool // quoted names of tables that the workload's statements delete from
	Updated map[string]bool // and of those that they update
	Plans   []*plan.Plan    // of the workload's statements

	limits map[string]float64
}

func (t *Tables) limit(name string) float64 { return t.limits[name] }

// CheckTables runs every rule on the tables that a workload's statements use.
func CheckTables(t Tables, settings Settings) []Hit {
	if t.Catalog == nil {
		return nil
	}
	var hits []Hit
	for _, r := range All() {
		if r.Tables == nil || settings.Off[r.ID] {
			continue
		}
		t.limits = r.limits(settings)
		for _, hit := range r.Tables(&t) {
			hit.Rule = r.ID
			hits = append(hits, hit)
		}
	}
	return hits
}

// ChangedTables lists the tables in which plans do an operation, Delete or Update.
func ChangedTables(plans []*plan.Plan, operation string) map[string]bool {
	changed := map[string]bool{}
	for _, p := range plans {
		for _, n := range p.Nodes() {
			if n.Type == "ModifyTable" && n.Operation == operation && n.Relation != "" {
				changed[tableOf(n)] = true
			}
		}
	}
	return changed
}

// concerns tells whether any statement of the workload has to do with one of a table's indexes: its plan uses it, its
// condition compares the column that it starts with, or it changes the table's rows. What a workload neither uses nor pays
// for is no fault of its statements.
func (t *Tables) concerns(table *catalog.Table, indexes ...*catalog.Index) bool {
	for _, p := range t.Plans {
		for _, n := range p.Nodes() {
			for _, i := range indexes {
				if n.Index != "" && n.Index == i.Name {
					return true
				}
			}
			if t.Catalog.Of(n) != table {
				continue
			}
			if n.Type == "ModifyTable" {
				return true
			}
			for _, e := range conditions(n.Filter, n.IndexCond, n.RecheckCond) {
				for _, column := range expr.Columns(e) {
					if slices.ContainsFunc(indexes, func(i *catalog.Index) bool { return len(i.Keys) > 0 && i.Keys[0].Column == column.Name }) {
						return true
					}
				}
			}
		}
	}
	return false
}

// leads tells whether a usable index starts with the column.
func leads(indexes []*catalog.Index, column string) bool {
	return slices.ContainsFunc(indexes, func(i *catalog.Index) bool {
		return i.Valid && i.Where == "" && i.Method == "btree" && len(i.Keys) > 0 && i.Keys[0].Column == column
	})
}

// droppable tells whether nothing but queries needs an index.
func droppable(i *catalog.Index) bool {
	return i.Valid && !i.Unique && !i.Primary && !i.Constrained && !i.ReplicaIdentity
}

func keyList(i *catalog.Index) string {
	var keys []string
	for _, k := range i.Keys {
		keys = append(keys, k.Text())
	}
	return strings.Join(keys, ", ")
}
