package solve

import (
	"slices"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// Set is what is known of the values that a column may take. It may be less than what the constraints allow, never more,
// Conditions aside: those must still be tried on each value.
type Set struct {
	Null bool // NULL may be
	Some bool // a value may be

	Spans Spans    // of an ordered type; nil means all
	Step  int64    // of an ordered type: values are multiples of it; 0 means any
	Texts []Texts  // of a text type: alternatives; nil means all
	Array *Array   // of an array type; nil means all
	Kinds []string // of jsonb and json: what jsonb_typeof may say; nil means all
	Keys  []string // of jsonb: keys that must be there
	Range *Range   // of a range type; nil means all
	List  []string // of any other type: the values that may be, in text form; nil means all

	// Conditions must not be false for a value; each reads the column alone.
	Conditions []Condition
}

// Condition is an expression that must not be false, or with True must be true.
type Condition struct {
	Expr *check.Expr
	True bool
}

// Texts is a set of texts.
type Texts struct {
	List      []string // nil: any
	Except    []string
	Low, High int // characters; High is -1 for no bound
	ASCII     bool
	Language  pattern.Language
}

// Array is a set of arrays of one dimension.
type Array struct {
	Low, High int  // elements; High is -1 for no bound
	Element   *Set // nil: any
}

// Range is a set of ranges.
type Range struct {
	NotEmpty, LowerBounded, UpperBounded bool
	Lower, Upper                         Spans // where the bounds may be; nil: anywhere
	Wide                                 bool  // lower < upper
}

// Everything is the set of all values and NULL.
func Everything() Set { return Set{Null: true, Some: true} }

// Empty tells whether nothing is in the set, as far as can be told without building automata.
func (s *Set) Empty() bool { return !s.Null && !s.Some }

// Plain tells whether the set says nothing but whether the column may be null.
func (s *Set) Plain() bool {
	return s.Spans == nil && s.Step == 0 && s.Texts == nil && s.Array == nil && s.Kinds == nil && s.Keys == nil && s.Range == nil && s.List == nil &&
		len(s.Conditions) == 0
}

// And gives the intersection of two sets of one column.
func (s Set) And(other Set) Set {
	out := Set{Null: s.Null && other.Null, Some: s.Some && other.Some}
	if !out.Some {
		return out
	}
	out.Conditions = slices.Concat(s.Conditions, other.Conditions)
	out.Step = commonMultiple(s.Step, other.Step)
	switch {
	case s.Spans == nil:
		out.Spans = other.Spans
	case other.Spans == nil:
		out.Spans = s.Spans
	default:
		out.Spans = s.Spans.Intersect(other.Spans)
		if len(out.Spans) == 0 {
			out.Some = false
		}
	}
	switch {
	case s.Texts == nil:
		out.Texts = other.Texts
	case other.Texts == nil:
		out.Texts = s.Texts
	default:
		out.Texts = []Texts{}
		for _, a := range s.Texts {
			for _, b := range other.Texts {
				if both := a.and(b); !both.empty() && len(out.Texts) < maxTexts {
					out.Texts = append(out.Texts, both)
				}
			}
		}
		if len(out.Texts) == 0 {
			out.Some = false
		}
	}
	out.Kinds = meet(s.Kinds, other.Kinds)
	out.List = meet(s.List, other.List)
	if out.Kinds != nil && len(out.Kinds) == 0 || out.List != nil && len(out.List) == 0 {
		out.Some = false
	}
	out.Keys = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.Keys, other.Keys))))
	if len(out.Keys) == 0 {
		out.Keys = nil
	}
	if out.Array = s.Array.and(other.Array); out.Array.impossible() {
		out.Some = false
	}
	if out.Range = s.Range.and(other.Range); out.Range.impossible() {
		out.Some = false
	}
	if !out.Some {
		return Set{Null: out.Null}
	}
	return out
}

// maxTexts is how many alternatives of texts are kept.
const maxTexts = 16

// Or gives the union of two sets of one column, and whether it could: conditions, arrays and ranges have none.
func (s Set) Or(other Set) (Set, bool) {
	switch {
	case !s.Some:
		other.Null = other.Null || s.Null
		return other, true
	case !other.Some:
		s.Null = s.Null || other.Null
		return s, true
	case s.Plain() || other.Plain(): // everything but, perhaps, NULL
		return Set{Null: s.Null || other.Null, Some: true}, true
	}
	if len(s.Conditions)+len(other.Conditions) > 0 || s.Array != nil || other.Array != nil || s.Range != nil || other.Range != nil ||
		s.Keys != nil || other.Keys != nil || s.Step != other.Step {
		return Set{}, false
	}
	out := Set{Null: s.Null || other.Null, Some: true, Step: s.Step}
	if s.Spans != nil && other.Spans != nil {
		out.Spans = s.Spans.Union(other.Spans)
	}
	if s.Texts != nil && other.Texts != nil {
		out.Texts = joinLists(slices.Concat(s.Texts, other.Texts))
		if len(out.Texts) > maxTexts {
			out.Texts = out.Texts[:maxTexts]
		}
	}
	if s.Kinds != nil && other.Kinds != nil {
		out.Kinds = join(s.Kinds, other.Kinds)
	}
	if s.List != nil && other.List != nil {
		out.List = join(s.List, other.List)
	}
	return out, true
}

// commonMultiple is the least common multiple of two steps, of which 0 is none.
func commonMultiple(a, b int64) int64 {
	if a == 0 || b == 0 {
		return a + b
	}
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	if a/x > 1<<40/b {
		return max(a, b)
	}
	return a / x * b
}

// meet intersects two lists of which nil is everything.
func meet(a, b []string) []string {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	both := []string{}
	for _, text := range a {
		if slices.Contains(b, text) {
			both = append(both, text)
		}
	}
	return both
}

// joinLists makes one of the alternatives that are lists.
func joinLists(texts []Texts) []Texts {
	var out []Texts
	list := -1
	for _, t := range texts {
		switch {
		case t.List == nil:
			out = append(out, t)
		case list < 0:
			list = len(out)
			out = append(out, t)
		default:
			out[list].List = join(out[list].List, t.List)
		}
	}
	return out
}

func join(a, b []string) []string {
	out := slices.Clone(a)
	for _, text := range b {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// anyText is every text.
func anyText() Texts { return Texts{High: -1} }

func (t Texts) and(other Texts) Texts {
	out := Texts{
		List: meet(t.List, other.List), Except: slices.Concat(t.Except, other.Except),
		Low: max(t.Low, other.Low), High: lower(t.High, other.High), ASCII: t.ASCII || other.ASCII,
		Language: t.Language.And(other.Language),
	}
	if out.List == nil {
		return out
	}
	// A list answers for all the rest.
	list := []string{}
	var set *pattern.Set
	if !out.Language.All() {
		set, _ = out.Language.Compile(0, -1)
	}
	for _, text := range out.List {
		n := len([]rune(text))
		if slices.Contains(out.Except, text) || n < out.Low || out.High >= 0 && n > out.High {
			continue
		}
		if set != nil && set.Spells(text) && !set.Match(text) {
			continue
		}
		list = append(list, text)
	}
	out.List = list
	return out
}

func lower(a, b int) int {
	switch {
	case a < 0:
		return b
	case b < 0:
		return a
	}
	return min(a, b)
}

func (t Texts) empty() bool {
	if t.List != nil {
		return len(t.List) == 0
	}
	return t.High >= 0 && t.Low > t.High
}

func (a *Array) and(other *Array) *Array {
	if a == nil {
		return other
	}
	if other == nil {
		return a
	}
	out := &Array{Low: max(a.Low, other.Low), High: lower(a.High, other.High), Element: a.Element}
	if a.Element == nil {
		out.Element = other.Element
	} else if other.Element != nil {
		both := a.Element.And(*other.Element)
		out.Element = &both
	}
	return out
}

func (a *Array) impossible() bool {
	return a != nil && (a.High >= 0 && a.Low > a.High || a.Element != nil && a.Element.Empty() && a.Low > 0)
}

func (r *Range) and(other *Range) *Range {
	if r == nil {
		return other
	}
	if other == nil {
		return r
	}
	out := &Range{
		NotEmpty: r.NotEmpty || other.NotEmpty, LowerBounded: r.LowerBounded || other.LowerBounded,
		UpperBounded: r.UpperBounded || other.UpperBounded, Wide: r.Wide || other.Wide, Lower: r.Lower, Upper: r.Upper,
	}
	if other.Lower != nil {
		if out.Lower == nil {
			out.Lower = other.Lower
		} else {
			out.Lower = append(Spans{}, out.Lower.Intersect(other.Lower)...)
		}
	}
	if other.Upper != nil {
		if out.Upper == nil {
			out.Upper = other.Upper
		} else {
			out.Upper = append(Spans{}, out.Upper.Intersect(other.Upper)...)
		}
	}
	return out
}

func (r *Range) impossible() bool {
	return r != nil && (r.Lower != nil && len(r.Lower) == 0 || r.Upper != nil && len(r.Upper) == 0)
}
