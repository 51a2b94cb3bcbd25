// Package show writes a database's structure for people: as a report.Document, and as a Mermaid diagram.
package show

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/schema"
)

// detailed is how many tables are shown column by column if none are named: what still fits on a few screens. Databases
// with more get an overview.
const detailed = 15

// Result is what pgassay schema show reports: a database, or the tables of it that were named.
type Result struct {
	Version int `json:"version"`
	*schema.Database

	named bool
	all   *schema.Database
	sizes map[*schema.Table]*size
}

// New makes the result for a database, with the tables that were named alone, or all if none were.
func New(db *schema.Database, names []string) (*Result, error) {
	r := &Result{Version: 1, Database: db, all: db, sizes: sizes(db)}
	if len(names) == 0 {
		return r, nil
	}
	some := *db
	some.Tables = nil
	for _, name := range names {
		t, err := db.Find(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(some.Tables, t) {
			some.Tables = append(some.Tables, t)
		}
	}
	some.Types = typesOf(db, some.Tables)
	r.Database, r.named = &some, true
	return r, nil
}

// typesOf returns the types that columns of some tables use, directly or inside another type.
func typesOf(db *schema.Database, tables []*schema.Table) []*schema.Type {
	used := map[*schema.Type]bool{}
	var add func(oid uint32)
	add = func(oid uint32) {
		t := db.Type(oid)
		if t == nil || used[t] {
			return
		}
		used[t] = true
		for _, inner := range []uint32{t.Base, t.Element, t.Subtype, t.Range} {
			add(inner)
		}
		for _, field := range t.Fields {
			add(field.TypeOID)
		}
	}
	for _, table := range tables {
		for _, column := range table.Columns {
			add(column.TypeOID)
		}
	}
	return slices.DeleteFunc(slices.Clone(db.Types), func(t *schema.Type) bool { return !used[t] })
}

// Document shows a table per table, or an overview where there are many and none was named.
func (r *Result) Document() report.Document {
	var d report.Document
	if !r.named {
		d.Title = fmt.Sprintf("Database %s, PostgreSQL %d", r.Name, r.ServerVersion/10000)
		overview(&d, r.all, r.sizes)
	}
	shown := slices.DeleteFunc(slices.Clone(r.Tables), func(t *schema.Table) bool { return !r.named && r.all.Root(t) != t })
	if r.named || len(shown) <= detailed {
		for _, t := range shown {
			describe(&d, r.all, t, *r.sizes[t])
		}
		describeTypes(&d, r.Database)
	} else {
		d.Add(report.Paragraph{Text: "Name tables to see their columns: pgassay schema show " + shown[0].QualifiedName()})
	}
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	return d
}

// relative writes a table's name without the schema where that goes without saying.
func relative(qualified, inSchema string) string {
	return strings.TrimPrefix(qualified, schema.Quote(inSchema)+".")
}

// rows writes how many rows a table is estimated to have.
func rows(s size) report.Value {
	switch {
	case s.unknown:
		return report.Text("?")
	case s.rows == 0:
		return report.Text("0")
	}
	return report.Text("~" + units.Count(int64(s.rows)))
}

// size adds up what a table and the partitions below it hold.
type size struct {
	rows           float64
	unknown        bool // no statistics for some part that holds rows
	bytes, indexes int64
	partitions     int
}

func (s *size) add(t *schema.Table) {
	switch {
	case t.Kind == schema.Partitioned:
	case !t.HasRows:
	case t.EstimatedRows < 0 || t.EstimatedRows == 0:
		s.unknown = true
	default:
		s.rows += t.EstimatedRows
	}
	s.bytes += t.SizeBytes
	for _, index := range t.Indexes {
		s.indexes += index.SizeBytes
	}
}

// sizes adds partitions to the tables that they are parts of.
func sizes(db *schema.Database) map[*schema.Table]*size {
	all := map[*schema.Table]*size{}
	for _, t := range db.Tables {
		root := db.Root(t)
		if all[root] == nil {
			all[root] = &size{}
		}
		all[root].add(t)
		if root != t {
			all[root].partitions++
			own := &size{}
			own.add(t)
			if all[t] == nil {
				all[t] = own
			}
		}
	}
	return all
}
