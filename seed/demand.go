package seed

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// demand is a constraint that reads several columns of a row at once, so that no column can keep it alone: a unique index over
// expressions, or over some rows, or a CHECK constraint over columns that foreign keys make.
type demand struct {
	name, definition string
	columns          []string
	unique           bool
	sql              string // of a unique one: null, or a hash that differs from row to row; else 0 where it is broken
	when, row        string // of a unique one: which rows it is about, and what must differ in them
	open             bool   // the layout does not see to it
}

// hash is the SQL of a hash of what must differ.
func (d *demand) hash() string { return "hash_record_extended(" + d.row + ", 0)" }

// textHash is that for types that have no hash function: of their texts.
func (d *demand) textHash() string { return "hashtextextended((" + d.row + ")::text, 0)" }

// hashed is a hash in the rows that a demand is about, null in others.
func (d *demand) hashed(hash string) string { return "CASE WHEN " + d.when + " THEN " + hash + " END" }

// demands lists what a row must keep: unique sets, and the CHECK constraints.
func (l *layout) demands(solution *value.Solution) []demand {
	table := l.table.table
	var all []demand
	for _, s := range uniqueSets(table, l.excluded...) {
		if s.constant || slices.ContainsFunc(l.checks, func(c *schema.Check) bool { return c.Name == s.name }) {
			continue
		}
		d := demand{name: s.name, unique: true, columns: s.columns, open: !l.proven(&s)}
		conditions := []string{"true"}
		if s.predicate != "" {
			conditions = append(conditions, "("+s.predicate+")")
			for _, name := range columnsIn(table, s.predicate) {
				if !slices.Contains(d.columns, name) {
					d.columns = append(slices.Clone(d.columns), name)
				}
			}
		}
		if !s.notDistinct {
			for _, e := range s.elements {
				conditions = append(conditions, e+" IS NOT NULL")
			}
		}
		d.when, d.row = strings.Join(conditions, " AND "), "ROW("+strings.Join(s.elements, ", ")+")"
		d.sql = d.hashed(d.hash())
		all = append(all, d)
	}
	for _, c := range append(slices.Clone(table.Checks), l.checks...) {
		d := demand{name: c.Name, definition: c.Definition, columns: columnsIn(table, c.Expression)}
		d.open = l.refused[c.Name] || slices.ContainsFunc(solution.Demands, func(u value.Unsolved) bool { return u.Constraint == c.Name }) ||
			slices.ContainsFunc(d.columns, func(name string) bool { return slices.Contains(l.unknown, name) })
		d.sql = "CASE WHEN (" + l.table.onStage(c.Expression) + ") IS FALSE THEN 0 ELSE 1 END::bigint"
		all = append(all, d)
	}
	return all
}

// demand leaves a CHECK constraint to agreement that the server found broken by a row. It tells whether that is new.
func (l *layout) demand(u *Unfillable) bool {
	known := slices.ContainsFunc(append(slices.Clone(l.table.table.Checks), l.checks...), func(c *schema.Check) bool { return c.Name == u.Constraint })
	if !known || l.refused[u.Constraint] || l.rows > agreeRows {
		return false
	}
	if l.refused == nil {
		l.refused = map[string]bool{}
	}
	l.refused[u.Constraint] = true
	return true
}

// keptBy tells whether a column must differ from row to row, and some set counts on that.
func (l *layout) keptBy(name string) bool {
	if !slices.ContainsFunc(l.distinct, func(d distinct) bool { return d.Column == name }) {
		return false
	}
	return slices.ContainsFunc(uniqueSets(l.table.table, l.excluded...), func(s uniqueSet) bool { return slices.Contains(s.columns, name) && l.keeps(&s, name) })
}

// proven tells whether the layout keeps a set by itself.
func (l *layout) proven(s *uniqueSet) bool {
	for _, d := range l.distinct {
		if s.tells(d.Column, d.expressions) && l.keeps(s, d.Column) && (d.NoNulls || !s.fillsNull(l.table.table, d.Column)) {
			return true
		}
	}
	if !s.simple() || slices.ContainsFunc(l.loose, func(other uniqueSet) bool { return other.name == s.name }) {
		return false
	}
	// Whether a foreign key is null is for CHECK constraints to say.
	return !s.notDistinct || !slices.ContainsFunc(l.refs, func(ref *reference) bool {
		return slices.ContainsFunc(ref.nulls, func(name string) bool { return slices.Contains(s.columns, name) })
	})
}

// changes tells whether a constraint reads what agreement may change.
func (l *layout) changes(u value.Unsolved) bool {
	for _, c := range append(slices.Clone(l.table.table.Checks), l.checks...) {
		if c.Name != u.Constraint {
			continue
		}
		columns := columnsIn(l.table.table, c.Expression)
		return l.rows <= agreeRows && slices.ContainsFunc(l.atoms, func(at *atom) bool {
			return l.mayChange(at) && slices.ContainsFunc(at.columns(), func(name string) bool { return slices.Contains(columns, name) })
		})
	}
	return false
}
