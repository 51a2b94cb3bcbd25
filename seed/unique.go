package seed

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
)

// uniqueSet is columns that no two rows may share: of a primary key, a unique constraint, a unique index, or the
// elements of an EXCLUDE constraint that are compared with =.
type uniqueSet struct {
	name        string // of the index or constraint
	columns     []string
	plain       []string            // those of the columns that must differ as they are
	expressions map[string][]string // column -> expressions over it alone that must differ, such as lower(email)
	elements    []string            // SQL of all that must differ together
	predicate   string              // of a partial index
	notDistinct bool                // NULLS NOT DISTINCT: at most one row with null
	constant    bool                // an index over an expression without columns: one row
}

// uniqueSets lists what must be unique in a table, and the further sets, smallest sets first, without sets that hold
// another one.
func uniqueSets(table *schema.Table, further ...uniqueSet) []uniqueSet {
	sets := slices.Clone(further)
	for _, index := range table.Indexes {
		if !index.Unique {
			continue
		}
		s := uniqueSet{name: index.Name, predicate: index.Predicate, notDistinct: index.NullsNotDistinct || index.Primary}
		for _, e := range index.Elements {
			s.add(table, e.Column, e.Expression)
		}
		s.constant = len(s.columns) == 0
		sets = append(sets, s)
	}
	// A key may have no index of its own in sight: a partition's, or WITHOUT OVERLAPS, where only the scalar part is =.
	for _, key := range append(slices.Clone(table.Uniques), table.PrimaryKey) {
		if key == nil || slices.ContainsFunc(sets, func(s uniqueSet) bool { return s.name == key.Name }) || key.WithoutOverlaps {
			continue
		}
		s := uniqueSet{name: key.Name, notDistinct: key.NullsNotDistinct || key == table.PrimaryKey}
		for _, name := range key.Columns {
			s.add(table, name, "")
		}
		sets = append(sets, s)
	}
	slices.SortStableFunc(sets, func(a, b uniqueSet) int { return len(a.columns) - len(b.columns) })
	var kept []uniqueSet
	for _, s := range sets {
		if !slices.ContainsFunc(kept, func(k uniqueSet) bool { return k.implies(s) }) {
			kept = append(kept, s)
		}
	}
	return kept
}

// add adds an element of an index: a column, or an expression. A generated column counts as the expression that it is.
func (s *uniqueSet) add(table *schema.Table, column, expression string) {
	if c := table.Column(column); c != nil && c.Generated != "" {
		column, expression = "", c.Generated
	}
	note := func(name string) {
		if !slices.Contains(s.columns, name) {
			s.columns = append(s.columns, name)
		}
	}
	if column != "" {
		note(column)
		if !slices.Contains(s.plain, column) {
			s.plain = append(s.plain, column)
		}
		s.elements = append(s.elements, schema.Quote(column))
		return
	}
	s.elements = append(s.elements, "("+expression+")")
	columns := columnsIn(table, expression)
	for _, c := range columns {
		note(c)
	}
	if len(columns) == 1 {
		if s.expressions == nil {
			s.expressions = map[string][]string{}
		}
		s.expressions[columns[0]] = append(s.expressions[columns[0]], expression)
	}
}

// simple tells whether all that must differ are columns as they are.
func (s *uniqueSet) simple() bool { return len(s.elements) == len(s.plain) }

// tells tells whether rows that differ in a column, and in some expressions over it, differ in the set.
func (s *uniqueSet) tells(column string, expressions []string) bool {
	return slices.Contains(s.plain, column) || len(s.expressions[column]) > 0 && containsAll(expressions, s.expressions[column])
}

// keeps tells whether rows that differ in a column, texts also without regard to case, differ in the set, whatever else
// is in them: round(price) does not keep apart what price does.
func (s *uniqueSet) keeps(table *schema.Table, column string) bool {
	return slices.Contains(s.plain, column) || slices.ContainsFunc(s.expressions[column], func(e string) bool {
		x, err := check.Parse(e)
		return err == nil && keepsApart(x, isText(table.Column(column)))
	})
}

// keepsApart tells whether an expression over a column gives different values for different ones.
func keepsApart(x *check.Expr, text bool) bool {
	switch x.Kind {
	case check.Column:
		return true
	case check.Collate:
		return keepsApart(x.Args[0], text)
	case check.Cast:
		return (text || x.Name == "text") && !strings.Contains(x.Name, "(") && keepsApart(x.Args[0], text)
	case check.Call:
		if x.Name == "coalesce" {
			return keepsApart(x.Args[0], text)
		}
		return slices.Contains([]string{"lower", "upper", "md5", "sha256", "sha512"}, x.Name) && len(x.Args) == 1 && keepsApart(x.Args[0], text)
	}
	return false
}

// fillsNull tells whether rows in which a column is null may be alike although the others differ in it, because an expression
// over it has a value then, as coalesce(column, 0).
func (s *uniqueSet) fillsNull(table *schema.Table, column string) bool {
	c := table.Column(column)
	return c != nil && !c.NotNull && slices.ContainsFunc(s.expressions[column], func(e string) bool {
		e = strings.ToUpper(e)
		return slices.ContainsFunc([]string{"COALESCE", "NULL", "CASE", "CONCAT", "DISTINCT"}, func(word string) bool { return strings.Contains(e, word) })
	})
}

// yesOrNo tells whether all that must differ is a truth value, as in (archived_at IS NULL).
func (s *uniqueSet) yesOrNo() bool {
	if len(s.columns) != 1 || len(s.expressions[s.columns[0]]) == 0 {
		return false
	}
	for _, e := range s.expressions[s.columns[0]] {
		x, err := check.Parse(e)
		if err != nil {
			return false
		}
		switch {
		case slices.Contains([]check.Kind{check.And, check.Or, check.Not, check.Any, check.All, check.Test, check.Distinct}, x.Kind):
		case x.Kind == check.Operator && slices.Contains([]string{"=", "<>", "<", "<=", ">", ">=", "~", "~~", "!~", "!~~"}, x.Name):
		default:
			return false
		}
	}
	return true
}

// asksForNull tells whether all that must differ is whether a column is null.
func (s *uniqueSet) asksForNull() bool {
	return !slices.ContainsFunc(s.expressions[s.columns[0]], func(e string) bool {
		x, err := check.Parse(e)
		return err != nil || x.Kind != check.Test || x.Name != "null" || x.Args[0].Kind != check.Column
	})
}

// implies tells whether rows that differ in k differ in s too.
func (s *uniqueSet) implies(other uniqueSet) bool {
	return s.predicate == "" && s.simple() && (s.notDistinct || !other.notDistinct) &&
		other.simple() && containsAll(other.columns, s.columns) && len(s.columns) > 0
}

// containsAll tells whether every one of few is in many.
func containsAll(many, few []string) bool {
	return !slices.ContainsFunc(few, func(c string) bool { return !slices.Contains(many, c) })
}

// columnsIn lists the columns of a table that an expression names: a scan for its identifiers, quoted or not, outside
// string literals. A function may share a column's name, so a name before a parenthesis does not count.
func columnsIn(table *schema.Table, expression string) []string {
	var found []string
	for i := 0; i < len(expression); {
		switch c := expression[i]; {
		case c == '\'':
			i = endOfQuoted(expression, i, '\'')
		case c == '"':
			end := endOfQuoted(expression, i, '"')
			found = noteColumn(found, table, strings.ReplaceAll(expression[i+1:end-1], `""`, `"`), expression[end:])
			i = end
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			end := i
			for end < len(expression) && isNameByte(expression[end]) {
				end++
			}
			found = noteColumn(found, table, expression[i:end], expression[end:])
			i = end
		default:
			i++
		}
	}
	return found
}

func isNameByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func endOfQuoted(s string, start int, quote byte) int {
	for i := start + 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func noteColumn(found []string, table *schema.Table, name, after string) []string {
	if table.Column(name) == nil || slices.Contains(found, name) || strings.HasPrefix(after, "(") || strings.HasPrefix(after, ".") {
		return found
	}
	return append(found, name)
}
