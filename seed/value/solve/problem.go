package solve

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/pgassay/pgassay/seed/value/check"
)

// Column is what the solver must know of a column.
type Column struct {
	Name    string
	NotNull bool
	Given   bool // its values are made by somebody else; only whether it is null can be asked for
	Fixed   bool // its values cannot follow those of other columns: they are unique, say
	Start   *Set // what its values are to be, whatever the constraints say; nil: anything

	// What the type is; at most one.
	Line    *Line   // ordered
	Text    bool    // a text, of which
	Limit   int     // how many characters fit, 0 for any number
	Padded  int     // character(n): filled up with blanks to n characters; 0 for other types
	JSON    bool    // json or jsonb
	Element *Column // an array of these
	Bounds  *Line   // a range of these
}

// Check is a constraint to be satisfied.
type Check struct {
	Name       string
	Expr       *check.Expr
	Definition string
	Soft       bool // a wish: given up if it stands in the way
	Evaluates  bool // it is enough that the expression can be evaluated: that of an index, say
}

// Problem is the columns and constraints of one table.
type Problem struct {
	Columns []Column
	Checks  []Check
	Present time.Time
	Types   check.Types
}

// Case is one way to satisfy a condition: every set, relation and condition of it must hold.
type Case struct {
	Sets       map[string]Set
	Relations  []Relation
	Computed   []Computed
	Pairs      []Pair
	Joins      []Join
	Conditions []Condition // of several columns, not understood
}

// Relation is a linear comparison of ordered columns: the sum of Factor × tick of every term, plus Constant, compared to 0.
type Relation struct {
	Terms    []Term
	Constant int64
	Operator string // <=, =, <>
	Soft     bool   // a wish
}

// Term is a column in a Relation.
type Term struct {
	Column string
	Factor int64
}

// Computed compares a column with arithmetic on others that is not linear.
type Computed struct {
	Soft     bool // a wish
	Column   string
	Operator string // <=, >=, =, <, >, <>
	Expr     *check.Expr
}

// Pair says that two columns of one type without order are equal or differ.
type Pair struct {
	Left, Right string
	Equal       bool
}

// and joins two cases; ok is false if they contradict each other.
func (c Case) and(other Case) (both Case, ok bool) {
	both = Case{
		Relations: slices.Concat(c.Relations, other.Relations), Computed: slices.Concat(c.Computed, other.Computed),
		Pairs: slices.Concat(c.Pairs, other.Pairs), Joins: slices.Concat(c.Joins, other.Joins), Conditions: slices.Concat(c.Conditions, other.Conditions),
	}
	if len(c.Sets)+len(other.Sets) > 0 {
		both.Sets = make(map[string]Set, len(c.Sets)+len(other.Sets))
	}
	maps.Copy(both.Sets, c.Sets)
	for name, set := range other.Sets {
		if known, seen := both.Sets[name]; seen {
			set = known.And(set)
		}
		if set.Empty() {
			return both, false
		}
		both.Sets[name] = set
	}
	return both, true
}

// single gives the column that the case is about, if it is about one alone and says nothing else.
func (c Case) single() (string, bool) {
	if len(c.Sets) != 1 || len(c.Relations)+len(c.Computed)+len(c.Pairs)+len(c.Joins)+len(c.Conditions) > 0 {
		return "", false
	}
	for name := range c.Sets {
		return name, true
	}
	return "", false
}

// columns lists the columns of a case, in order of name.
func (c Case) columns() []string {
	var names []string
	for name := range c.Sets {
		names = append(names, name)
	}
	for _, r := range c.Relations {
		for _, t := range r.Terms {
			names = append(names, t.Column)
		}
	}
	for _, x := range c.Computed {
		names = append(append(names, x.Column), x.Expr.Columns()...)
	}
	for _, p := range c.Pairs {
		names = append(names, p.Left, p.Right)
	}
	for _, j := range c.Joins {
		names = append(names, j.columns()...)
	}
	for _, x := range c.Conditions {
		names = append(names, x.Expr.Columns()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// of makes a case of one column's set, or none if it is empty.
func of(name string, set Set) []Case {
	if set.Empty() {
		return nil
	}
	return []Case{{Sets: map[string]Set{name: set}}}
}

// always is the case that asks for nothing.
func always() []Case { return []Case{{}} }

// form is a linear form over ticks, with a dimension.
type form struct {
	terms    map[string]*big.Rat
	constant *big.Rat
	unit     dimension
	moving   *big.Rat // how often the present is in the constant; nil for never
	months   *big.Rat // months to be added, whose length is not known; nil for none
}

type dimension uint8

const (
	pure    dimension = iota
	instant           // microseconds since 2000-01-01
	clock             // microseconds since midnight
	length            // microseconds
)
