package seed

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// reference is a foreign key: which row of the parent each row points to.
type reference struct {
	key    *schema.ForeignKey
	parent *source
	row    func(row uint64) (parent uint64, null bool)
	from   string // explanation
}

// column gives the generator of the key's i-th column: that of the column it references, at the parent's row.
func (r *reference) column(i int) value.Generator {
	return &pointer{row: r.row, target: r.parent.reserve(r.key.ReferencedColumns[i])}
}

// pointer is the generator of a foreign key's column.
type pointer struct {
	row    func(uint64) (uint64, bool)
	target *later
}

// Append implements value.Generator.
func (p *pointer) Append(dst []byte, row uint64) ([]byte, bool) {
	parent, null := p.row(row)
	if null {
		return dst, true
	}
	return p.target.Append(dst, parent)
}

// authorship is the skew of foreign keys about which nothing else is known: that of a Zipf distribution.
const authorship = 1.0

// references decides, for each foreign key, which row of the parent each row points to.
func (t *TablePlan) references(p *Plan) {
	for _, key := range t.table.ForeignKeys {
		parent := p.byName[schema.QualifiedName(key.ReferencedSchema, key.ReferencedTable)]
		if parent == nil || parent.Rows == 0 && parent != t {
			continue
		}
		ref := &reference{key: key, parent: parent.source}
		stream := random.NewStream(p.opts.Seed, t.Table, "→ "+key.Name)
		popularity := random.NewStream(p.opts.Seed, parent.Table, "popularity").Key()
		switch {
		case parent == t:
			ref.row = tree(stream)
			ref.from = fmt.Sprintf("foreign key to %s: a tree", parent.Table)
		case t.oneToOne(key):
			shuffle := permutation.New(parent.source.rows, stream.Key())
			ref.row = func(row uint64) (uint64, bool) { return shuffle.At(row), false }
			ref.from = fmt.Sprintf("foreign key to %s: one to one", parent.Table)
		default:
			shares := allocation.New(t.Rows, parent.source.rows, allocation.Shape{Exponent: authorship}, stream.Key(), popularity)
			first := t.first
			ref.row = func(row uint64) (uint64, bool) {
				parent, _ := shares.At(row - first)
				return parent, false
			}
			ref.from = fmt.Sprintf("foreign key to %s: Zipf", parent.Table)
		}
		for i, column := range key.Columns {
			t.source.set(column, ref.column(i))
		}
		t.refs = append(t.refs, ref)
	}
}

// tree gives every row but the first, and a twentieth of the others, a parent with a smaller number.
func tree(stream random.Stream) func(uint64) (uint64, bool) {
	return func(row uint64) (uint64, bool) {
		r := stream.At(row)
		if row == 0 || r.Below(20) == 0 {
			return 0, true
		}
		return r.Below(row), false
	}
}

// oneToOne tells whether a foreign key's columns hold a key of the table.
func (t *TablePlan) oneToOne(key *schema.ForeignKey) bool {
	return slices.ContainsFunc(t.uniques(), func(unique []string) bool {
		return !slices.ContainsFunc(unique, func(column string) bool { return !slices.Contains(key.Columns, column) })
	})
}
