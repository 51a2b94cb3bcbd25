package solve

import (
	"math/big"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// opposite gives the operator that is true where another is false.
var opposite = map[string]string{
	"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~": "!~", "!~": "~", "~*": "!~*", "!~*": "~*", "~~": "!~~",
	"!~~": "~~", "~~*": "!~~*", "!~~*": "~~*",
}

// mirrored gives the operator with its sides exchanged.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

func ordering(name string) bool { return mirrored[name] != "" }

// comparison gives the ways in which an operator with two sides is what is wanted.
func (e *expander) comparison(x *check.Expr, m mode) []Case {
	name, wanted := x.Name, m
	if !m.positive() {
		if opposite[name] == "" {
			return e.opaque(x, m)
		}
		name, m = opposite[name], m.flip()
	}
	left, right := strip(x.Args[0]), strip(x.Args[1])
	if left.Constant() && mirrored[name] != "" {
		left, right, name = right, left, mirrored[name]
	}
	switch {
	case left.Kind == check.Row && right.Kind == check.Row && len(left.Args) == len(right.Args) && (name == "=" || name == "<>"):
		parts := make([]*check.Expr, len(left.Args))
		for i := range left.Args {
			parts[i] = &check.Expr{Kind: check.Operator, Name: name, Args: []*check.Expr{left.Args[i], right.Args[i]}}
		}
		if name == "=" {
			return e.all(parts, m)
		}
		return e.some(parts, m)
	case ordering(name) && e.boolean(left) && (e.boolean(right) || right.Constant()):
		if name == "=" || name == "<>" {
			return e.sameTruth(left, right, name == "=", m)
		}
	}
	if ordering(name) {
		if cases, ok := e.spread(left, right, name, m); ok {
			return cases
		}
	}
	if cases, ok := e.joined(left, right, name, m); ok {
		return cases
	}
	if right.Constant() {
		if cases, ok := e.againstConstant(left, right, name, m); ok {
			return cases
		}
		return e.opaque(x, wanted)
	}
	if cases, ok := e.betweenColumns(left, right, name, m); ok {
		return cases
	}
	return e.opaque(x, wanted)
}

// strip takes off casts and collations that change nothing that matters.
func strip(x *check.Expr) *check.Expr {
	for {
		switch {
		case x.Kind == check.Collate:
		case x.Kind == check.Cast && x.Args[0].Kind != check.Literal && (x.Name == "text" || x.Name == "character varying" || x.Name == "numeric" ||
			x.Name == "bigint" || x.Name == "double precision" || x.Name == "timestamp with time zone" || x.Name == "timestamp without time zone" ||
			x.Name == "text[]" || x.Name == "bpchar"):
		default:
			return x
		}
		x = x.Args[0]
	}
}

// boolean tells whether an expression is a condition.
func (e *expander) boolean(x *check.Expr) bool {
	switch x.Kind {
	case check.And, check.Or, check.Not, check.Test, check.Distinct, check.Any, check.All:
		return true
	case check.Operator:
		return len(x.Args) == 2 && (opposite[x.Name] != "" || slices.Contains([]string{"@>", "<@", "&&", "?", "?|", "?&"}, x.Name))
	case check.Column:
		c := e.columns[x.Name]
		return c != nil && c.Line != nil && c.Line.Unit == Bool
	case check.Cast:
		return x.Name == "boolean"
	case check.Call:
		return slices.Contains([]string{"isempty", "isfinite", "starts_with", "lower_inf", "upper_inf"}, x.Name) ||
			x.Name == "coalesce" && e.boolean(x.Args[0])
	}
	return false
}

// sameTruth gives the ways in which two conditions are both true or both false, or with same false are not.
func (e *expander) sameTruth(a, b *check.Expr, same bool, m mode) []Case {
	first, second := isTrue, isFalse
	if !same {
		first, second = second, first
	}
	cases := product(e.expand(a, isTrue), e.expand(b, first))
	cases = append(cases, product(e.expand(a, isFalse), e.expand(b, second))...)
	if m.nulls() {
		for _, x := range []*check.Expr{a, b} {
			if x.Kind == check.Column {
				cases = append(cases, e.nullTest(x, true)...)
			}
		}
	}
	return merged(cases)
}

// spread takes apart what stands for several values: CASE, COALESCE, GREATEST, LEAST, NULLIF, sums of conditions.
func (e *expander) spread(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	with := func(part *check.Expr, m mode) []Case {
		return e.expand(&check.Expr{Kind: check.Operator, Name: name, Args: []*check.Expr{part, right}}, m)
	}
	switch {
	case right.Constant():
		if cases, ok := e.count(left, right, name); ok {
			return cases, true
		}
	case right.Kind == check.Case || right.Kind == check.Call && (right.Name == "greatest" || right.Name == "least" || right.Name == "nullif" || right.Name == "coalesce"):
		if left.Kind != check.Case && left.Kind != check.Call {
			return e.spread(right, left, mirrored[name], m)
		}
	}
	if left.Kind == check.Case {
		return e.caseWhen(left, m, with), true
	}
	if left.Kind == check.Call {
		switch left.Name {
		case "coalesce":
			cases := product(e.nullTest(left.Args[0], false), with(left.Args[0], m))
			if len(left.Args) > 1 {
				rest := &check.Expr{Kind: check.Call, Name: "coalesce", Args: left.Args[1:]}
				if len(rest.Args) == 1 {
					rest = rest.Args[0]
				}
				cases = append(cases, product(e.nullTest(left.Args[0], true), with(rest, m))...)
			}
			return merged(cases), true
		case "nullif":
			same := &check.Expr{Kind: check.Operator, Name: "=", Args: left.Args}
			cases := product(e.expand(same, notTrue), with(left.Args[0], m))
			if m.nulls() {
				cases = append(cases, e.expand(same, isTrue)...)
			}
			return merged(cases), true
		case "greatest", "least":
			// Nulls do not count; to be simple, none is null unless null will do.
			parts := make([]*check.Expr, len(left.Args))
			for i, arg := range left.Args {
				parts[i] = &check.Expr{Kind: check.Operator, Name: name, Args: []*check.Expr{arg, right}}
			}
			below := name == "<" || name == "<="
			if name == "=" || name == "<>" {
				return nil, false
			}
			if below == (left.Name == "greatest") {
				return e.all(parts, m), true
			}
			return e.some(parts, isTrue), true
		}
	}
	return e.coalesced(left, right, name, m)
}

// coalesced takes apart a COALESCE that stands inside arithmetic.
func (e *expander) coalesced(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	whole := &check.Expr{Kind: check.Operator, Name: name, Args: []*check.Expr{left, right}}
	inner := findCoalesce(whole)
	if inner == nil || len(inner.Args) < 2 || inner.Args[0].Kind != check.Column {
		return nil, false
	}
	rest := inner.Args[1]
	if len(inner.Args) > 2 {
		rest = &check.Expr{Kind: check.Call, Name: "coalesce", Args: inner.Args[1:]}
	}
	cases := product(e.nullTest(inner.Args[0], false), e.expand(replaced(whole, inner, inner.Args[0]), m))
	return merged(append(cases, product(e.nullTest(inner.Args[0], true), e.expand(replaced(whole, inner, rest), m))...)), true
}

// findCoalesce finds a COALESCE within arithmetic.
func findCoalesce(x *check.Expr) *check.Expr {
	if x.Kind == check.Call && x.Name == "coalesce" {
		return x
	}
	if x.Kind != check.Operator && x.Kind != check.Cast {
		return nil
	}
	for _, arg := range x.Args {
		if found := findCoalesce(arg); found != nil {
			return found
		}
	}
	return nil
}

// replaced gives x with one part of it exchanged.
func replaced(x, old, fresh *check.Expr) *check.Expr {
	if x == old {
		return fresh
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		if arg != nil {
			out.Args[i] = replaced(arg, old, fresh)
		}
	}
	return &out
}

// plainColumn gives the column that an expression is.
func (e *expander) plainColumn(x *check.Expr) (*Column, bool) {
	if x = strip(x); x.Kind != check.Column {
		return nil, false
	}
	c := e.columns[x.Name]
	return c, c != nil
}

// equalTo gives the set of one value. It is false if the type does not go with the value.
func (e *expander) equalTo(c *Column, v check.Value) (Set, bool) {
	set := Set{Some: true}
	switch {
	case c.Line != nil:
		if text, ok := v.(string); ok && c.Line.Unit == Enum { // compared as text
			v = check.Untyped{Text: text}
			if !slices.Contains(c.Line.Labels, text) {
				return Set{}, true
			}
		}
		spans, ok := c.Line.compared("=", v)
		set.Spans = spans
		return set, ok
	case c.Text:
		text, ok := textOf(v)
		set.Texts = []Texts{{List: []string{text}, High: -1}}
		return set, ok
	}
	text, ok := textOf(v)
	if other, isOther := v.(check.Other); isOther {
		text, ok = other.Text, true
	}
	set.List = []string{text}
	return set, ok
}

func textOf(v check.Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case check.Untyped:
		return v.Text, true
	case check.Padded:
		return v.Text, true
	case check.Label:
		return v.Text, true
	}
	return "", false
}

// againstConstant reads a comparison of an expression of one column with a constant. It is false if it does not
// understand the expression.
func (e *expander) againstConstant(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	columns := left.Columns()
	if len(columns) != 1 {
		return e.linearCases(left, right, name, m)
	}
	c := e.columns[columns[0]]
	if c == nil {
		return nil, false
	}
	v, err := e.bound(right, name)
	if err != nil {
		return nil, false
	}
	if v == nil { // nothing compares to null
		if m.nulls() {
			return always(), true
		}
		return nil, true
	}
	null := m.nulls()
	if left.Kind == check.Column {
		set, ok := e.compareColumn(c, name, v)
		if ok {
			set.Null = null
			return of(c.Name, set), true
		}
		return nil, false
	}
	if set, ok := e.compareFunction(c, left, name, v); ok {
		set.Null = null
		return of(c.Name, set), true
	}
	return e.linearCases(left, right, name, m)
}

// movingMargin is how far ahead a value must lie that is to be later than the time at which it is written.
const movingMargin = 20 * 365

// bound evaluates the constant side of a comparison. Where it moves with time, what must be later than it is put years
// ahead, and what must be earlier keeps to the present that the data know.
func (e *expander) bound(x *check.Expr, name string) (check.Value, error) {
	moving := false
	for _, call := range calls(x) {
		moving = moving || movesWithTime(call)
	}
	eval := e.eval
	if moving && (name == ">" || name == ">=") {
		eval.Present = eval.Present.AddDate(0, 0, movingMargin)
	}
	return eval.Eval(x)
}

func movesWithTime(function string) bool {
	return slices.Contains([]string{
		"now", "current_date", "current_timestamp", "localtimestamp", "transaction_timestamp", "statement_timestamp", "clock_timestamp",
	}, function)
}

// calls lists the functions that an expression calls.
func calls(x *check.Expr) []string {
	if x == nil {
		return nil
	}
	var names []string
	if x.Kind == check.Call {
		names = append(names, x.Name)
	}
	for _, arg := range x.Args {
		names = append(names, calls(arg)...)
	}
	return names
}

// compareColumn gives the values of a column that compare to a constant as wanted.
func (e *expander) compareColumn(c *Column, name string, v check.Value) (Set, bool) {
	set := Set{Some: true}
	if c.Line != nil {
		if text, isText := v.(string); isText && c.Line.Unit == Enum {
			if name != "=" && name != "<>" {
				return set, false
			}
			v = check.Untyped{Text: text}
			if !slices.Contains(c.Line.Labels, text) {
				set.Some = name == "<>"
				return set, true
			}
		}
		spans, ok := c.Line.compared(name, v)
		if !ok {
			return set, false
		}
		set.Spans, set.Some = spans, len(spans) > 0
		return set, true
	}
	if c.Text {
		return textSet(c, name, v)
	}
	switch name {
	case "=":
		if c.JSON || c.Element != nil {
			return set, false
		}
		return e.equalTo(c, v)
	case "?", "?&", "@>":
		if keys, ok := wantedKeys(name, v); ok && c.JSON {
			set.Kinds, set.Keys = []string{"object"}, keys
			return set, true
		}
	case "<@":
		return e.subset(c, v)
	}
	return set, false
}

func wantedKeys(name string, v check.Value) ([]string, bool) {
	if name == "@>" {
		return nil, false
	}
	if text, ok := textOf(v); ok && name == "?" {
		return []string{text}, true
	}
	list, ok := v.(check.List)
	if !ok || name != "?&" {
		return nil, false
	}
	var keys []string
	for _, item := range list.Items {
		text, ok := textOf(item)
		if !ok {
			return nil, false
		}
		keys = append(keys, text)
	}
	return keys, true
}

// subset reads column <@ ARRAY[…].
func (e *expander) subset(c *Column, v check.Value) (Set, bool) {
	list, ok := v.(check.List)
	if !ok || c.Element == nil {
		return Set{}, false
	}
	element := Set{}
	for _, item := range list.Items {
		one, ok := e.equalTo(c.Element, item)
		if !ok {
			return Set{}, false
		}
		union, ok := element.Or(one)
		if !ok {
			return Set{}, false
		}
		element = union
	}
	// The texts of one list each are one list.
	if len(element.Texts) > 1 {
		all := Texts{List: []string{}, High: -1}
		for _, t := range element.Texts {
			all.List = join(all.List, t.List)
		}
		element.Texts = []Texts{all}
	}
	return Set{Some: true, Array: &Array{High: -1, Element: &element}}, true
}

// compareFunction gives the values of a column for which a function of it compares to a constant as wanted.
func (e *expander) compareFunction(c *Column, x *check.Expr, name string, v check.Value) (Set, bool) {
	set := Set{Some: true}
	if x.Kind == check.Operator && (x.Name == "->>" || x.Name == "->") {
		return set, false
	}
	if set, ok := e.remainder(c, x, name, v); ok {
		return set, true
	}
	if x.Kind != check.Call || len(x.Args) == 0 {
		return set, false
	}
	arg := strip(x.Args[0])
	direct := arg.Kind == check.Column
	n, isNumber := wholeNumber(v)
	switch x.Name {
	case "length", "char_length", "character_length", "octet_length":
		if !isNumber || !c.Text && x.Name != "octet_length" {
			return set, false
		}
		return lengths(c, arg, direct, name, n, x.Name == "octet_length")
	case "array_length", "cardinality":
		if isNumber && direct && c.Element != nil {
			return counts(name, n, x.Name == "array_length")
		}
	case "jsonb_typeof", "json_typeof":
		if text, ok := textOf(v); ok && direct && c.JSON {
			all := []string{"object", "array", "string", "number", "boolean", "null"}
			if name == "=" {
				set.Kinds = []string{text}
			} else if name == "<>" {
				set.Kinds = slices.DeleteFunc(all, func(kind string) bool { return kind == text })
			} else {
				return set, false
			}
			return set, true
		}
	case "lower", "upper":
		if c.Bounds != nil && direct {
			spans, ok := c.Bounds.compared(name, v)
			set.Range = &Range{NotEmpty: true, LowerBounded: true, UpperBounded: true}
			if x.Name == "lower" {
				set.Range.Lower = spans
			} else {
				set.Range.Upper = spans
			}
			return set, ok && len(spans) > 0
		}
		if text, ok := textOf(v); ok && direct && c.Text {
			return foldedText(x.Name, name, text)
		}
		if text, ok := textOf(v); ok && direct && c.Line != nil && c.Line.Unit == Enum && (name == "=" || name == "<>") {
			for i, label := range c.Line.Labels {
				if strings.EqualFold(label, text) == (name == "=") {
					set.Spans = append(set.Spans, Span{int64(i), int64(i)})
				}
			}
			return set, len(set.Spans) > 0
		}
	case "btrim", "ltrim", "rtrim":
		if text, ok := textOf(v); ok && c.Text && len(x.Args) == 1 && text == "" && name == "<>" {
			texts := anyText()
			texts.Language, _ = pattern.Regexp("[^ ]", false)
			set.Texts = []Texts{texts}
			return set, direct
		}
	case "position", "strpos":
		return e.positions(c, x, name, n, isNumber)
	case "left", "right", "substr", "substring":
		return e.beginning(c, x, name, v)
	case "abs":
		if c.Line != nil && direct {
			return absolute(c.Line, name, v)
		}
	}
	return set, false
}

func (e *expander) number(x *check.Expr) (int, bool) {
	v, err := e.eval.Eval(x)
	if err != nil {
		return 0, false
	}
	return wholeNumber(v)
}

// absolute reads abs(column) <= 7.
func absolute(l *Line, name string, v check.Value) (Set, bool) {
	if f, isFloat := v.(float64); isFloat {
		if r := new(big.Rat).SetFloat64(f); r != nil {
			v = check.Num{R: r}
		}
	}
	n, ok := v.(check.Num)
	if !ok || n.R.Sign() < 0 {
		return Set{}, false
	}
	minus := check.Num{R: new(big.Rat).Neg(n.R), Integer: n.Integer}
	above, ok := l.compared(name, v)
	below, ok2 := l.compared(mirrored[name], minus)
	if !ok || !ok2 {
		return Set{}, false
	}
	set := Set{Some: true}
	switch name {
	case "<", "<=", "<>":
		set.Spans = above.Intersect(below)
	default:
		set.Spans = above.Union(below)
	}
	return set, len(set.Spans) > 0
}
