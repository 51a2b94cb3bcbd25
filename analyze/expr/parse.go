package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Expr is one of Column, Const, Param, Op, Logic, Not, Test, Call, Cast, Array, Any, Plan, Opaque.
type Expr interface{ expression() }

// The kinds of expression.
type (
	// Column is a column, qualified by a table's alias if the text had one.
	Column struct{ Table, Name string }
	// Const is a constant; Type is what it was cast to, or "". Null tells NULL from a string.
	Const struct {
		Text, Type string
		Null       bool
	}
	// Param is $1, or the result of an InitPlan ($0 before PostgreSQL 17).
	Param struct{ Name string }
	// Op is a binary operator, or a prefix one with a nil Left.
	Op struct {
		Name        string
		Left, Right Expr
	}
	// Logic is AND or OR over two or more arguments.
	Logic struct {
		Or   bool
		Args []Expr
	}
	// Not negates.
	Not struct{ Arg Expr }
	// Test is IS [NOT] NULL, TRUE, FALSE or UNKNOWN.
	Test struct {
		Arg  Expr
		What string // null, true, false, unknown
		Not  bool
	}
	// Call is a function; Name is as written, unquoted and qualified with its schema if the text had one.
	Call struct {
		Name string
		Args []Expr
	}
	// Cast is Arg::Type.
	Cast struct {
		Arg  Expr
		Type string
	}
	// Array is ARRAY[…] or ROW(…).
	Array struct {
		Items []Expr
		Row   bool
	}
	// Any is Left Op ANY (Right) or, with All, ALL.
	Any struct {
		Left  Expr
		Op    string
		All   bool
		Right Expr
	}
	// Plan is the result of another part of the plan: SubPlan 1, hashed SubPlan 2, InitPlan 1.
	Plan struct{ Name string }
	// Opaque is what the parser does not take apart; Columns are those that it reads.
	Opaque struct {
		Text    string
		Columns []Column
	}
)

func (Column) expression() {}
func (Const) expression()  {}
func (Param) expression()  {}
func (Op) expression()     {}
func (Logic) expression()  {}
func (Not) expression()    {}
func (Test) expression()   {}
func (Call) expression()   {}
func (Cast) expression()   {}
func (Array) expression()  {}
func (Any) expression()    {}
func (Plan) expression()   {}
func (Opaque) expression() {}

// ErrSyntax says that an expression could not be read to its end.
var ErrSyntax = errors.New("expression not understood")

// Parse reads one deparsed expression. The error wraps ErrSyntax.
func Parse(text string) (Expr, error) {
	p := parser{text: text, tokens: Scan(text)}
	e, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.tokens) {
		return nil, p.fail("more text after the expression")
	}
	return e, nil
}

// maxDepth bounds the recursion: an expression nested deeper is not understood.
const maxDepth = 500

type parser struct {
	text   string
	tokens []Token
	pos    int
	depth  int
	open   bool // a bracket is never closed: there is no use in trying again
}

func (p *parser) peek() Token {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos]
	}
	return Token{Kind: Invalid, Start: len(p.text), End: len(p.text)}
}

func (p *parser) peekAt(n int) Token {
	if p.pos+n < len(p.tokens) {
		return p.tokens[p.pos+n]
	}
	return Token{Kind: Invalid, Start: len(p.text), End: len(p.text)}
}

func (p *parser) take() Token { t := p.peek(); p.pos++; return t }

// accept takes the next tokens if they are these.
func (p *parser) accept(words ...string) bool {
	for i, word := range words {
		if !p.peekAt(i).Is(word) {
			return false
		}
	}
	p.pos += len(words)
	return true
}

func (p *parser) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrSyntax, what, p.peek().Start)
}

// Binding powers, from PostgreSQL's own table of precedence.
const (
	powerOr = 1 + iota
	powerAnd
	powerNot
	powerIs
	powerCompare
	powerOther
	powerAdd
	powerMultiply
	powerPower
	powerCollate
	powerUnary
	powerCast
)

func power(t Token) int {
	if t.Kind == Ident {
		switch t.Text {
		case "or":
			return powerOr
		case "and":
			return powerAnd
		case "is", "isnull", "notnull":
			return powerIs
		case "like", "ilike", "similar", "between", "in":
			return powerOther
		case "not": // NOT LIKE
			return powerOther
		case "at", "collate":
			return powerCollate
		}
		return 0
	}
	if t.Kind == Punct && t.Text == "[" {
		return powerCast
	}
	if t.Kind != Operator {
		return 0
	}
	switch t.Text {
	case "<", ">", "=", "<=", ">=", "<>", "!=":
		return powerCompare
	case "+", "-":
		return powerAdd
	case "*", "/", "%":
		return powerMultiply
	case "^":
		return powerPower
	case "::":
		return powerCast
	case ":=":
		return 0
	}
	return powerOther
}

// expression reads as far as operators bind tighter than least.
func (p *parser) expression(least int) (Expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail("nested too deep")
	}
	left, err := p.prefix()
	for err == nil {
		t := p.peek()
		strength := power(t)
		if strength == 0 || strength <= least {
			return left, nil
		}
		left, err = p.infix(left, t, strength)
	}
	return nil, err
}

func (p *parser) infix(left Expr, t Token, strength int) (Expr, error) {
	p.pos++
	switch {
	case t.Is("::"):
		name, err := p.typeName()
		if err != nil {
			return nil, err
		}
		if c, ok := left.(Const); ok && c.Type == "" && !c.Null {
			c.Type = name
			return c, nil
		}
		return Cast{left, name}, nil
	case t.Is("and"), t.Is("or"):
		right, err := p.expression(strength)
		if err != nil {
			return nil, err
		}
		return join(t.Is("or"), left, right), nil
	case t.Is("is"):
		return p.is(left)
	case t.Is("isnull"), t.Is("notnull"):
		return Test{left, "null", t.Is("notnull")}, nil
	case t.Is("["):
		return p.subscript(left)
	case t.Is("collate"):
		p.qualifiedName()
		return Opaque{"COLLATE", columnsOf(left)}, nil
	case t.Is("at"):
		if !p.accept("time", "zone") {
			return nil, p.fail("TIME ZONE expected")
		}
		right, err := p.expression(strength)
		return Call{"timezone", []Expr{right, left}}, err
	case t.Kind == Ident:
		return p.wordOperator(left, t)
	}
	if (p.peek().Is("any") || p.peek().Is("all") || p.peek().Is("some")) && p.peekAt(1).Is("(") {
		all := p.take().Is("all")
		p.pos++
		right, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if !p.accept(")") {
			return nil, p.fail(") expected")
		}
		return Any{left, t.Text, all, right}, nil
	}
	right, err := p.expression(strength)
	return Op{t.Text, left, right}, err
}

// join makes one AND or OR of two sides. It grows the left one, which nobody else holds.
func join(or bool, left, right Expr) Expr {
	l, ok := left.(Logic)
	if !ok || l.Or != or {
		l = Logic{Or: or, Args: []Expr{left}}
	}
	if r, ok := right.(Logic); ok && r.Or == or {
		l.Args = append(l.Args, r.Args...)
	} else {
		l.Args = append(l.Args, right)
	}
	return l
}

// wordOperator reads LIKE, BETWEEN and IN, which EXPLAIN never prints but SQL text has.
func (p *parser) wordOperator(left Expr, t Token) (Expr, error) {
	negate := t.Is("not")
	if negate {
		t = p.take()
	}
	var e Expr
	var err error
	switch {
	case t.Is("like"), t.Is("ilike"):
		name := map[string]string{"like": "~~", "ilike": "~~*"}[t.Text]
		var right Expr
		right, err = p.expression(powerOther)
		e = Op{name, left, right}
	case t.Is("between"):
		var low, high Expr
		p.accept("symmetric")
		if low, err = p.expression(powerOther); err == nil && p.accept("and") {
			high, err = p.expression(powerOther)
			e = Logic{Args: []Expr{Op{">=", left, low}, Op{"<=", left, high}}}
		}
	case t.Is("in") && p.accept("("):
		var items []Expr
		items, err = p.list(")")
		e = Any{Left: left, Op: "=", Right: Array{Items: items}}
	}
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, p.fail("operator not understood")
	}
	if negate {
		e = Not{e}
	}
	return e, nil
}

func (p *parser) is(left Expr) (Expr, error) {
	negate := p.accept("not")
	for _, what := range []string{"null", "true", "false", "unknown"} {
		if p.accept(what) {
			return Test{left, what, negate}, nil
		}
	}
	if p.accept("distinct", "from") {
		right, err := p.expression(powerIs)
		if negate {
			return Op{"is not distinct from", left, right}, err
		}
		return Op{"is distinct from", left, right}, err
	}
	return nil, p.fail("IS not understood")
}

func (p *parser) subscript(left Expr) (Expr, error) {
	start := p.pos
	if err := p.skipTo("]"); err != nil {
		return nil, err
	}
	inner := columnsIn(p.tokens[start : p.pos-1])
	return Opaque{"[]", append(columnsOf(left), inner...)}, nil
}

// skipTo goes past the closing bracket that ends what was just opened.
func (p *parser) skipTo(closing string) error {
	depth := 0
	for p.pos < len(p.tokens) && !p.open {
		t := p.take()
		switch {
		case depth == 0 && t.Is(closing):
			return nil
		case t.Is("("), t.Is("["):
			depth++
		case t.Is(")"), t.Is("]"):
			depth--
		}
	}
	p.open = true
	return p.fail(closing + " expected")
}

func (p *parser) list(closing string) ([]Expr, error) {
	var items []Expr
	if p.accept(closing) {
		return nil, nil
	}
	for {
		e, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		if p.accept(closing) {
			return items, nil
		}
		if !p.accept(",") {
			return nil, p.fail(", expected")
		}
	}
}

// typeName reads a type as format_type prints it: timestamp with time zone, numeric(10,2), public."My Type"[].
func (p *parser) typeName() (string, error) {
	start := p.peek().Start
	name := p.qualifiedName()
	if name == "" {
		return "", p.fail("type expected")
	}
	for (name == "double" && p.accept("precision")) || (name == "character" || name == "bit") && p.accept("varying") ||
		name == "interval" && p.intervalField() {
	}
	if p.peek().Is("(") {
		p.pos++
		if err := p.skipTo(")"); err != nil {
			return "", err
		}
	}
	if strings.HasPrefix(name, "time") || strings.HasPrefix(name, "pg_catalog.time") {
		_ = p.accept("with", "time", "zone") || p.accept("without", "time", "zone")
	}
	for p.peek().Is("[") && (p.peekAt(1).Is("]") || p.peekAt(2).Is("]") && p.peekAt(1).Kind == Number) {
		for !p.take().Is("]") {
		}
	}
	return p.text[start:p.tokens[p.pos-1].End], nil
}

func (p *parser) intervalField() bool {
	for _, field := range []string{"year", "month", "day", "hour", "minute", "second", "to"} {
		if p.accept(field) {
			return true
		}
	}
	return false
}

// qualifiedName reads a.b.c and returns the names joined by points, unquoted; "" if there is none.
func (p *parser) qualifiedName() string {
	var parts []string
	for p.peek().Kind == Ident || p.peek().Kind == Quoted {
		parts = append(parts, p.take().Text)
		if !p.peek().Is(".") || p.peekAt(1).Kind != Ident && p.peekAt(1).Kind != Quoted {
			break
		}
		p.pos++
	}
	return strings.Join(parts, ".")
}

// Conjuncts returns the conditions that all have to hold: the arguments of a top-level AND, or the expression itself.
func Conjuncts(e Expr) []Expr {
	if l, ok := e.(Logic); ok && !l.Or {
		var all []Expr
		for _, arg := range l.Args {
			all = append(all, Conjuncts(arg)...)
		}
		return all
	}
	return []Expr{e}
}

// Columns returns the columns that an expression reads, each once, in order of appearance.
func Columns(e Expr) []Column {
	var unique []Column
	for _, c := range columnsOf(e) {
		if !slices.Contains(unique, c) {
			unique = append(unique, c)
		}
	}
	return unique
}

func columnsOf(e Expr) []Column {
	var all []Column
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case Column:
			all = append(all, e)
		case Opaque:
			all = append(all, e.Columns...)
		}
	})
	return all
}

// Walk calls visit for an expression and all those in it.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, arg := range parts(e) {
		Walk(arg, visit)
	}
}

// parts returns what an expression is directly made of.
func parts(e Expr) []Expr {
	var args []Expr
	switch e := e.(type) {
	case Op:
		args = []Expr{e.Left, e.Right}
	case Logic:
		args = e.Args
	case Not:
		args = []Expr{e.Arg}
	case Test:
		args = []Expr{e.Arg}
	case Call:
		args = e.Args
	case Cast:
		args = []Expr{e.Arg}
	case Array:
		args = e.Items
	case Any:
		args = []Expr{e.Left, e.Right}
	}
	return slices.DeleteFunc(slices.Clone(args), func(e Expr) bool { return e == nil })
}
