package solve

import (
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/seed/value/check"
)

// mode is what is wanted of a condition.
type mode uint8

const (
	isTrue mode = iota
	isFalse
	notFalse // true or null: what a CHECK constraint wants
	notTrue
)

// flip is what is wanted of x where m is wanted of NOT x.
func (m mode) flip() mode {
	return [...]mode{isTrue: isFalse, isFalse: isTrue, notFalse: notTrue, notTrue: notFalse}[m]
}

// positive tells whether true will do.
func (m mode) positive() bool { return m == isTrue || m == notFalse }

// nulls tells whether null will do.
func (m mode) nulls() bool { return m == notFalse || m == notTrue }

// maxCases is how many ways to satisfy a condition are kept.
const maxCases = 48

// expander finds the ways to satisfy conditions.
type expander struct {
	problem *Problem
	columns map[string]*Column
	eval    check.Evaluator
	depth   int
}

func newExpander(p *Problem) *expander {
	e := &expander{problem: p, columns: map[string]*Column{}, eval: check.Evaluator{Types: p.Types, Present: p.Present}}
	for i := range p.Columns {
		e.columns[p.Columns[i].Name] = &p.Columns[i]
	}
	return e
}

// opaque is a condition that is not understood: it must be tried.
func (e *expander) opaque(x *check.Expr, m mode) []Case {
	columns := x.Columns()
	switch m {
	case isFalse:
		x = &check.Expr{Kind: check.Not, Args: []*check.Expr{x}}
	case notTrue:
		x = &check.Expr{Kind: check.Not, Args: []*check.Expr{x}}
	}
	condition := Condition{Expr: x, True: m == isTrue || m == isFalse}
	if len(columns) != 1 {
		return []Case{{Conditions: []Condition{condition}}}
	}
	set := Everything()
	set.Conditions = []Condition{condition}
	// NULL is tried here, as far as it can be.
	e.eval.Column = func(string) (check.Value, error) { return nil, nil }
	if v, err := e.eval.Eval(x); err == nil && (v == false || condition.True && v != true) {
		set.Null = false
	}
	e.eval.Column = nil
	return of(columns[0], set)
}

// expand gives the ways in which x is what is wanted. None means that there is no way.
func (e *expander) expand(x *check.Expr, m mode) []Case {
	if e.depth++; e.depth > 200 {
		e.depth--
		return e.opaque(x, m)
	}
	defer func() { e.depth-- }()
	if x.Constant() {
		if cases, ok := e.constant(x, m); ok {
			return cases
		}
		return e.opaque(x, m)
	}
	switch x.Kind {
	case check.Not:
		return e.expand(x.Args[0], m.flip())
	case check.And, check.Or:
		if (x.Kind == check.And) == m.positive() {
			return e.all(x.Args, m)
		}
		return e.some(x.Args, m)
	case check.Test:
		return e.test(x, m)
	case check.Distinct:
		return e.distinct(x, m)
	case check.Case:
		return e.caseWhen(x, m, func(then *check.Expr, m mode) []Case { return e.expand(then, m) })
	case check.Column:
		if c := e.columns[x.Name]; c != nil && c.Line != nil && c.Line.Unit == Bool {
			tick := int64(0)
			if m.positive() {
				tick = 1
			}
			return of(x.Name, Set{Some: true, Null: m.nulls(), Spans: Spans{{tick, tick}}})
		}
	case check.Cast:
		if x.Name == "boolean" {
			return e.expand(x.Args[0], m)
		}
	case check.Any, check.All:
		return e.anyAll(x, m)
	case check.Operator:
		if len(x.Args) == 2 {
			return e.comparison(x, m)
		}
	case check.Call:
		return e.call(x, m)
	}
	return e.opaque(x, m)
}

func (e *expander) constant(x *check.Expr, m mode) ([]Case, bool) {
	v, err := e.eval.Eval(x)
	if err != nil {
		return nil, false
	}
	ok := false
	switch v {
	case nil:
		ok = m.nulls()
	case true:
		ok = m.positive()
	case false:
		ok = !m.positive()
	default:
		return nil, false
	}
	if ok {
		return always(), true
	}
	return nil, true
}

// all gives the ways in which every part is what is wanted.
func (e *expander) all(parts []*check.Expr, m mode) []Case {
	cases := always()
	for _, part := range parts {
		cases = product(cases, e.expand(part, m))
		if len(cases) == 0 {
			return nil
		}
	}
	return cases
}

// product joins each case of a with each of b.
func product(a, b []Case) []Case {
	var out []Case
	if len(a)*len(b) <= maxCases {
		for _, x := range a {
			for _, y := range b {
				if both, ok := x.and(y); ok {
					out = append(out, both)
				}
			}
		}
		return out
	}
	// Too many: walk through both at different speeds, so that every case has a chance to be in it.
	for i := range len(a) * len(b) {
		x, y := a[i%len(a)], b[(i/len(a)+i)%len(b)]
		if both, ok := x.and(y); ok {
			if out = append(out, both); len(out) >= maxCases {
				break
			}
		}
	}
	return out
}

// some gives the ways in which some part is what is wanted. Parts about one column become one set where they can.
func (e *expander) some(parts []*check.Expr, m mode) []Case {
	var cases []Case
	for _, part := range parts {
		cases = append(cases, e.expand(part, m)...)
	}
	return merged(cases)
}

func merged(cases []Case) []Case {
	var out []Case
next:
	for _, c := range cases {
		if name, ok := c.single(); ok {
			for i, other := range out {
				if known, ok := other.single(); !ok || known != name {
					continue
				}
				if union, ok := other.Sets[name].Or(c.Sets[name]); ok {
					out[i] = Case{Sets: map[string]Set{name: union}}
					continue next
				}
			}
		}
		if len(c.columns()) == 0 { // always
			return always()
		}
		out = append(out, c)
	}
	return thinned(out)
}

// thinned keeps no more than maxCases, from all parts of a list: the last way may be the only one that goes with other constraints.
func thinned(cases []Case) []Case {
	if len(cases) <= maxCases {
		return cases
	}
	out := make([]Case, maxCases)
	for i := range out {
		out[i] = cases[i*(len(cases)-1)/(maxCases-1)]
	}
	return out
}

func (e *expander) test(x *check.Expr, m mode) []Case {
	positive := m.positive() != x.Negated // IS is never null
	arg := x.Args[0]
	switch x.Name {
	case "null":
		if arg.Kind == check.Row {
			// A row IS NULL if all of it is, and IS NOT NULL if none of it is.
			every := m.positive()
			null := !x.Negated
			if !every {
				null = !null
			}
			return e.nullTests(arg.Args, null, every)
		}
		return e.nullTest(arg, positive)
	case "true":
		if positive {
			return e.expand(arg, isTrue)
		}
		return e.expand(arg, notTrue)
	case "false":
		if positive {
			return e.expand(arg, isFalse)
		}
		return e.expand(arg, notFalse)
	case "unknown":
		if arg.Kind == check.Column {
			return e.nullTest(arg, positive)
		}
	}
	if x.Name == "json object" && positive && arg.Kind == check.Column {
		return e.opaque(x, m)
	}
	return e.opaque(x, m)
}

// nullTests gives the ways in which all, or with every false some, of the arguments are null or not.
func (e *expander) nullTests(args []*check.Expr, null, every bool) []Case {
	if every {
		cases := always()
		for _, arg := range args {
			cases = product(cases, e.nullTest(arg, null))
		}
		return cases
	}
	var cases []Case
	for _, arg := range args {
		cases = append(cases, e.nullTest(arg, null)...)
	}
	return merged(cases)
}

// nullTest gives the ways in which an expression is null, or is not.
func (e *expander) nullTest(x *check.Expr, null bool) []Case {
	if x.Constant() {
		v, err := e.eval.Eval(x)
		if err == nil && (v == nil) == null {
			return always()
		}
		if err == nil {
			return nil
		}
	}
	switch x.Kind {
	case check.Column:
		return of(x.Name, Set{Null: null, Some: !null})
	case check.Cast, check.Collate:
		return e.nullTest(x.Args[0], null)
	case check.Operator:
		if strings.HasPrefix(x.Name, "->") && !null {
			if name, key, ok := jsonKey(x); ok && e.columns[name] != nil && e.columns[name].JSON {
				return of(name, Set{Some: true, Kinds: []string{"object"}, Keys: []string{key}})
			}
		}
		if slices.Contains([]string{"+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "||", "~", "~~"}, x.Name) {
			return e.nullTests(x.Args, null, !null)
		}
	case check.Call:
		switch x.Name {
		case "coalesce":
			return e.nullTests(x.Args, null, null)
		case "greatest", "least":
			return e.nullTests(x.Args, null, null)
		case "nullif":
			same := &check.Expr{Kind: check.Operator, Name: "=", Args: x.Args}
			if null {
				return merged(append(e.nullTest(x.Args[0], true), e.expand(same, isTrue)...))
			}
			return product(e.nullTest(x.Args[0], false), e.expand(same, notTrue))
		case "lower", "upper", "btrim", "ltrim", "rtrim", "length", "char_length", "octet_length", "abs", "round", "date_part", "extract",
			"date_trunc", "md5", "text", "jsonb_typeof", "replace", "left", "right", "substring", "substr", "cardinality":
			return e.nullTests(x.Args, null, !null)
		}
	}
	test := &check.Expr{Kind: check.Test, Name: "null", Negated: !null, Args: []*check.Expr{x}}
	return e.opaque(test, isTrue)
}

// jsonKey reads column -> 'key'.
func jsonKey(x *check.Expr) (column, key string, ok bool) {
	if len(x.Args) != 2 || x.Args[0].Kind != check.Column {
		return "", "", false
	}
	literal := x.Args[1]
	for literal.Kind == check.Cast {
		literal = literal.Args[0]
	}
	if literal.Kind != check.Literal || literal.Form != check.String {
		return "", "", false
	}
	return x.Args[0].Name, literal.Text, true
}

func (e *expander) distinct(x *check.Expr, m mode) []Case {
	differ := m.positive() != x.Negated
	a, b := x.Args[0], x.Args[1]
	same := &check.Expr{Kind: check.Operator, Name: "=", Args: x.Args}
	if differ {
		cases := e.expand(same, isFalse)
		cases = append(cases, product(e.nullTest(a, true), e.nullTest(b, false))...)
		cases = append(cases, product(e.nullTest(a, false), e.nullTest(b, true))...)
		return merged(cases)
	}
	return merged(append(e.expand(same, isTrue), product(e.nullTest(a, true), e.nullTest(b, true))...))
}

// caseWhen gives the ways in which a CASE is what is wanted, where then says the same of what one of its branches gives.
func (e *expander) caseWhen(x *check.Expr, m mode, then func(*check.Expr, mode) []Case) []Case {
	var out []Case
	before := always() // none of the conditions so far is true
	i := 0
	for ; i+1 < len(x.Args); i += 2 {
		taken := product(before, e.expand(x.Args[i], isTrue))
		out = append(out, product(taken, then(x.Args[i+1], m))...)
		before = product(before, e.expand(x.Args[i], notTrue))
	}
	switch {
	case i < len(x.Args):
		out = append(out, product(before, then(x.Args[i], m))...)
	case m.nulls():
		out = append(out, before...)
	}
	return merged(out)
}

func (e *expander) call(x *check.Expr, m mode) []Case {
	switch x.Name {
	case "coalesce":
		cases := product(e.nullTest(x.Args[0], false), e.expand(x.Args[0], m))
		if len(x.Args) > 1 {
			rest := &check.Expr{Kind: check.Call, Name: "coalesce", Args: x.Args[1:]}
			cases = append(cases, product(e.nullTest(x.Args[0], true), e.expand(rest, m))...)
		} else if m.nulls() {
			cases = append(cases, e.nullTest(x.Args[0], true)...)
		}
		return merged(cases)
	case "starts_with":
		if m.positive() && len(x.Args) == 2 {
			pattern := &check.Expr{Kind: check.Operator, Name: "^@", Args: x.Args}
			return e.comparison(pattern, m)
		}
	case "isfinite":
		if m.positive() { // infinity is never made
			return e.nullable(x, m)
		}
	case "isempty", "lower_inf", "upper_inf", "lower_inc", "upper_inc":
		return e.rangeTest(x, m)
	case "jsonb_exists":
		return e.comparison(&check.Expr{Kind: check.Operator, Name: "?", Args: x.Args}, m)
	}
	return e.opaque(x, m)
}

// nullable is a condition that every value satisfies: the columns need only not be null where null will not do.
func (e *expander) nullable(x *check.Expr, m mode) []Case {
	cases := always()
	for _, name := range x.Columns() {
		cases = product(cases, of(name, Set{Some: true, Null: m.nulls()}))
	}
	return cases
}

func (e *expander) rangeTest(x *check.Expr, m mode) []Case {
	arg := x.Args[0]
	if arg.Kind != check.Column || e.columns[arg.Name] == nil || e.columns[arg.Name].Bounds == nil {
		return e.opaque(x, m)
	}
	set := Set{Some: true, Null: m.nulls(), Range: &Range{}}
	switch {
	case x.Name == "isempty" && !m.positive():
		set.Range.NotEmpty = true
	case x.Name == "lower_inf" && !m.positive():
		set.Range.LowerBounded = true
	case x.Name == "upper_inf" && !m.positive():
		set.Range.UpperBounded = true
	case x.Name == "lower_inc" && m.positive():
		set.Range.LowerBounded = true
	case x.Name == "upper_inc" && !m.positive():
	default:
		return e.opaque(x, m) // ranges are made with both bounds, [ and )
	}
	return of(arg.Name, set)
}

func (e *expander) anyAll(x *check.Expr, m mode) []Case {
	left, list := x.Args[0], x.Args[1]
	var items []*check.Expr
	switch values, ok := e.list(list); {
	case ok:
		items = values
	case list.Kind == check.Array:
		items = list.Args
	case left.Constant():
		return e.elements(x, m)
	default:
		return e.opaque(x, m)
	}
	if x.Kind == check.Any && x.Name == "=" && m.positive() || x.Kind == check.All && x.Name == "<>" && !m.positive() {
		if cases, ok := e.oneOf(left, items, m); ok {
			return cases
		}
	}
	parts := make([]*check.Expr, len(items))
	for i, item := range items {
		parts[i] = &check.Expr{Kind: check.Operator, Name: x.Name, Args: []*check.Expr{left, item}}
	}
	if (x.Kind == check.All) == m.positive() {
		return e.all(parts, m)
	}
	return e.some(parts, m)
}

// list gives the elements of a constant array.
func (e *expander) list(x *check.Expr) ([]*check.Expr, bool) {
	inner := x
	element := ""
	for inner.Kind == check.Cast {
		if cut, ok := strings.CutSuffix(inner.Name, "[]"); ok && element == "" {
			element = cut
		}
		inner = inner.Args[0]
	}
	if inner.Kind == check.Array {
		if element == "" || !inner.Constant() {
			return inner.Args, true
		}
		items := make([]*check.Expr, len(inner.Args))
		for i, item := range inner.Args {
			items[i] = &check.Expr{Kind: check.Cast, Name: element, Args: []*check.Expr{item}}
		}
		return items, true
	}
	if !x.Constant() {
		return nil, false
	}
	v, err := e.eval.Eval(x)
	if u, ok := v.(check.Untyped); ok && err == nil {
		v, err = check.ParseText(u.Text, "unknown[]", nil)
	}
	l, ok := v.(check.List)
	if err != nil || !ok {
		return nil, false
	}
	items := make([]*check.Expr, len(l.Items))
	for i, item := range l.Items {
		if items[i], ok = literalOf(item); !ok {
			return nil, false
		}
	}
	return items, true
}

// literalOf writes a value as a constant.
func literalOf(v check.Value) (*check.Expr, bool) {
	switch v := v.(type) {
	case nil:
		return &check.Expr{Kind: check.Literal, Form: check.Null}, true
	case string:
		return &check.Expr{Kind: check.Cast, Name: "text", Args: []*check.Expr{{Kind: check.Literal, Text: v}}}, true
	case check.Untyped:
		return &check.Expr{Kind: check.Literal, Text: v.Text}, true
	case check.Padded:
		return &check.Expr{Kind: check.Literal, Text: v.Text}, true
	case check.Label:
		return &check.Expr{Kind: check.Literal, Text: v.Text}, true
	case check.Num:
		if v.R.IsInt() {
			return &check.Expr{Kind: check.Literal, Form: check.Number, Text: v.R.Num().String()}, true
		}
	case check.Date:
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(v)).Format("2006-01-02")
		return &check.Expr{Kind: check.Cast, Name: "date", Args: []*check.Expr{{Kind: check.Literal, Text: day}}}, true
	}
	return nil, false
}

// oneOf makes one set of "left is one of the items", which is what most constraints on text are.
func (e *expander) oneOf(left *check.Expr, items []*check.Expr, m mode) ([]Case, bool) {
	c, ok := e.plainColumn(left)
	if !ok {
		return nil, false
	}
	set := Set{Some: true, Null: m.nulls()}
	for _, item := range items {
		v, err := e.eval.Eval(item)
		if err != nil {
			return nil, false
		}
		if v == nil {
			continue
		}
		one, ok := e.equalTo(c, v)
		if !ok {
			return nil, false
		}
		switch {
		case c.Line != nil:
			set.Spans = set.Spans.Union(one.Spans)
		case c.Text:
			if set.Texts == nil {
				set.Texts = []Texts{{List: []string{}, High: -1}}
			}
			set.Texts[0].List = join(set.Texts[0].List, one.Texts[0].List)
		default:
			set.List = join(append([]string{}, set.List...), one.List)
		}
	}
	if set.Spans == nil && set.Texts == nil && set.List == nil {
		set.Some = false
	}
	return of(c.Name, set), true
}

// elements reads constant op ALL (column), and what a negated ANY is.
func (e *expander) elements(x *check.Expr, m mode) []Case {
	list := x.Args[1]
	if list.Kind != check.Column || e.columns[list.Name] == nil || e.columns[list.Name].Element == nil || (x.Kind == check.All) != m.positive() {
		return e.opaque(x, m)
	}
	// Every element must satisfy the comparison, or for a negated ANY its opposite.
	element := *e.columns[list.Name].Element
	element.Name = "element"
	inner := newExpander(&Problem{Columns: []Column{element}, Present: e.problem.Present, Types: e.problem.Types})
	comparison := &check.Expr{Kind: check.Operator, Name: x.Name, Args: []*check.Expr{x.Args[0], {Kind: check.Column, Name: "element"}}}
	want := isTrue
	if !m.positive() {
		want = isFalse
	}
	cases := inner.expand(comparison, want)
	if len(cases) != 1 || len(cases[0].Sets) != 1 || len(cases[0].Sets["element"].Conditions) > 0 {
		return e.opaque(x, m)
	}
	set := cases[0].Sets["element"]
	return of(list.Name, Set{Some: true, Null: m.nulls(), Array: &Array{High: -1, Element: &set}})
}
