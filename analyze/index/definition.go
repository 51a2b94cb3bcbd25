// Package index finds indexes that would serve statements, and proves that they do.
//
// Need reads what each scan of a plan asks for, candidates turns that into possible indexes, Advise weighs them with
// what-if plans and picks few, and Verify builds them in a transaction that is rolled back and measures.
package index

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// Definition is an index that may or may not exist.
type Definition struct {
	Schema, Table string   // of a partition's index: those of the table that it is a partition of
	Partitions    []string // the quoted names of its partitions, each of which gets an index; nil if it has none or is not known to
	Partitioned   bool
	Method        string // btree, gin, …; empty means btree
	Keys          []Key
	Include       []string
	Where         string // a partial index's predicate
	Unique        bool
}

// Key is one key of an index.
type Key = catalog.Key

// keySQL writes a key as CREATE INDEX has it.
func keySQL(k Key) string {
	s := sqltext.QuoteIdent(k.Column)
	if k.Column == "" {
		s = k.Expression
		if !strings.HasPrefix(s, "(") {
			s = "(" + s + ")"
		}
	}
	if k.OpClass != "" {
		s += " " + k.OpClass
	}
	if k.Descending {
		s += " DESC"
	}
	if k.NullsFirst && !k.Descending {
		s += " NULLS FIRST"
	}
	if !k.NullsFirst && k.Descending {
		s += " NULLS LAST"
	}
	return s
}

// method returns the access method's name.
func (d Definition) method() string {
	if d.Method == "" {
		return "btree"
	}
	return d.Method
}

// QualifiedTable is the table's name, quoted.
func (d Definition) QualifiedTable() string {
	return catalog.Qualified(d.Schema, d.Table)
}

// Columns returns what the keys index: names of columns, and expressions as Shown has them.
func (d Definition) Columns() []string {
	d = d.Shown()
	columns := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		columns[i] = k.Text()
	}
	return columns
}

// Shown is the definition for people who may not see the statement's values, see expr.Show.
func (d Definition) Shown() Definition {
	keys := slices.Clone(d.Keys)
	for i, k := range keys {
		if k.Column != "" {
			continue
		}
		e, err := expr.Parse(k.Expression)
		if err != nil {
			keys[i].Expression = expr.Mask(k.Expression)
			continue
		}
		keys[i].Expression, _ = expr.Show(e)
	}
	d.Keys = keys
	return d
}

// target writes what follows ON.
func (d Definition) target() string { return d.on(d.QualifiedTable()) }

// on is target for this table.
func (d Definition) on(table string) string {
	keys := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		keys[i] = keySQL(k)
	}
	s := table
	if d.Method != "" && d.Method != "btree" {
		s += " USING " + d.Method
	}
	s += " (" + strings.Join(keys, ", ") + ")"
	if len(d.Include) > 0 {
		include := make([]string, len(d.Include))
		for i, column := range d.Include {
			include[i] = sqltext.QuoteIdent(column)
		}
		s += " INCLUDE (" + strings.Join(include, ", ") + ")"
	}
	if d.Where != "" {
		s += " WHERE " + d.Where
	}
	return s
}

// ID is equal for equal definitions and sorts them.
func (d Definition) ID() string { return d.target() }

// Name proposes a name as PostgreSQL would choose it, at most 63 bytes long.
func (d Definition) Name() string {
	d = d.Shown()
	parts := []string{d.Table}
	for _, k := range d.Keys {
		switch {
		case k.Column != "":
			parts = append(parts, k.Column)
		default:
			parts = append(parts, firstName(k.Expression))
		}
	}
	if d.Where != "" {
		parts = append(parts, "partial")
	}
	name := strings.Join(parts, "_")
	const limit = 63 - len("_idx")
	for len(name) > limit {
		name = name[:len(name)-1]
	}
	return strings.ToValidUTF8(name, "") + "_idx"
}

// firstName returns the first word of an expression that can be part of a name.
func firstName(expression string) string {
	name := strings.FieldsFunc(expression, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name = slices.DeleteFunc(name, func(s string) bool { return s == "" || s[0] <= '9' })
	if len(name) == 0 {
		return "expr"
	}
	return name[0]
}

// Create writes the statements that build the index for good: without blocking writers. That of a partitioned table is
// put together from those of its partitions, which are built one by one.
func (d Definition) Create(name string) string {
	if d.Partitioned && len(d.Partitions) == 0 {
		return "CREATE " + d.unique() + "INDEX " + sqltext.QuoteIdent(name) + " ON " + d.target() + "; -- blocks writers meanwhile"
	}
	if d.Partitioned {
		lines := []string{"CREATE " + d.unique() + "INDEX " + sqltext.QuoteIdent(name) + " ON ONLY " + d.target() + ";"}
		for _, partition := range d.Partitions {
			part := d.partName(partition)
			schema, _, _ := cutQualified(partition)
			lines = append(lines,
				"CREATE "+d.unique()+"INDEX CONCURRENTLY "+sqltext.QuoteIdent(part)+" ON "+d.on(partition)+";",
				"ALTER INDEX "+catalog.Qualified(d.Schema, name)+" ATTACH PARTITION "+schema+"."+sqltext.QuoteIdent(part)+";")
		}
		return strings.Join(lines, "\n")
	}
	return "CREATE " + d.unique() + "INDEX CONCURRENTLY " + sqltext.QuoteIdent(name) + " ON " + d.target() + ";"
}

// partName proposes a name for a partition's part of the index.
func (d Definition) partName(partition string) string {
	_, table, _ := cutQualified(partition)
	d.Table = expr.Scan(table)[0].Text
	return d.Name()
}

// cutQualified parts schema.table, both quoted as need be.
func cutQualified(name string) (schema, table string, ok bool) {
	tokens := expr.Scan(name)
	if len(tokens) != 3 {
		return "", name, false
	}
	return name[:tokens[0].End], name[tokens[2].Start:], true
}

// build writes the statement that builds it inside a transaction.
func (d Definition) build(name string) string {
	return "CREATE " + d.unique() + "INDEX " + sqltext.QuoteIdent(name) + " ON " + d.target()
}

func (d Definition) unique() string {
	if d.Unique {
		return "UNIQUE "
	}
	return ""
}
