package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Parse reads an expression. It takes what pg_get_expr prints, fully in parentheses or not, and most of what people
// write by hand. The error says where it stopped.
func Parse(text string) (*Expr, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	x, err := p.expression(0)
	if err == nil && p.peek().kind != tokenEnd {
		err = fmt.Errorf("unexpected %q", p.peek().text)
	}
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", p.peek().at, err)
	}
	return x, nil
}

type parser struct {
	tokens []token
	at     int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// accept takes a name or a piece of punctuation if it is next.
func (p *parser) accept(text string) bool {
	if t := p.peek(); t.is(text) || t.punctuation(text) {
		p.take()
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if !p.accept(text) {
		return fmt.Errorf("expected %q before %q", text, p.peek().text)
	}
	return nil
}

// Binding powers, from PostgreSQL's grammar (src/backend/parser/gram.y): weakest first.
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerIs
	powerComparison
	powerBetween // BETWEEN IN LIKE ILIKE SIMILAR
	powerOperator
	powerSum
	powerProduct
	powerPower
	powerAt
	powerCollate
	powerSign
	powerSubscript
	powerCast
)

const maxDepth = 400

// expression reads an expression whose operators bind at least as strongly as power. It is a Pratt parser.
func (p *parser) expression(power int) (*Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	defer func() { p.depth-- }()
	left, err := p.prefix()
	for err == nil {
		var ok bool
		if left, ok, err = p.infix(left, power); !ok {
			break
		}
	}
	return left, err
}

// infix reads what follows an operand, if it binds strongly enough.
func (p *parser) infix(left *Expr, power int) (x *Expr, ok bool, err error) {
	t := p.peek()
	switch {
	case t.punctuation("::") && power <= powerCast:
		p.take()
		name, err := p.typeName()
		return &Expr{Kind: Cast, Name: name, Args: []*Expr{left}}, true, err
	case t.punctuation("[") && power <= powerSubscript:
		p.take()
		x, err := p.subscript(left)
		return x, true, err
	case t.punctuation(".") && power <= powerSubscript:
		p.take()
		return &Expr{Kind: Field, Name: p.take().text, Args: []*Expr{left}}, true, nil
	case t.kind == tokenOperator || t.is("operator") && p.ahead(1).punctuation("("):
		return p.operator(left, power)
	case t.kind == tokenName:
		return p.word(left, t.text, power)
	}
	return left, false, nil
}

// word reads the infix keywords.
func (p *parser) word(left *Expr, name string, power int) (*Expr, bool, error) {
	binary := func(kind Kind, own int) (*Expr, bool, error) {
		if power > own {
			return left, false, nil
		}
		p.take()
		right, err := p.expression(own + 1)
		if err != nil {
			return nil, false, err
		}
		if left.Kind == kind { // a AND b AND c is one
			return &Expr{Kind: kind, Args: append(slices.Clone(left.Args), right)}, true, nil
		}
		return &Expr{Kind: kind, Args: []*Expr{left, right}}, true, nil
	}
	switch name {
	case "or":
		return binary(Or, powerOr)
	case "and":
		return binary(And, powerAnd)
	case "is":
		if power > powerIs {
			return left, false, nil
		}
		p.take()
		x, err := p.is(left)
		return x, true, err
	case "isnull", "notnull":
		if power > powerIs {
			return left, false, nil
		}
		p.take()
		return &Expr{Kind: Test, Name: "null", Negated: name == "notnull", Args: []*Expr{left}}, true, nil
	case "collate":
		if power > powerCollate {
			return left, false, nil
		}
		p.take()
		name, err := p.qualified()
		return &Expr{Kind: Collate, Name: name, Args: []*Expr{left}}, true, err
	case "at":
		if power > powerAt || !p.ahead(1).is("time") {
			return left, false, nil
		}
		p.at += 2
		if err := p.expect("zone"); err != nil {
			return nil, false, err
		}
		zone, err := p.expression(powerAt + 1)
		return &Expr{Kind: Call, Name: "timezone", Args: []*Expr{zone, left}}, true, err
	case "not", "between", "in", "like", "ilike", "similar":
		if power > powerBetween {
			return left, false, nil
		}
		return p.between(left)
	}
	return left, false, nil
}

// operator reads a symbol and its right side.
func (p *parser) operator(left *Expr, power int) (*Expr, bool, error) {
	start := p.at
	name, own, err := p.symbol()
	if err != nil {
		return nil, false, err
	}
	if power > own {
		p.at = start
		return left, false, nil
	}
	if t := p.peek(); (t.is("any") || t.is("some") || t.is("all")) && p.ahead(1).punctuation("(") {
		p.at += 2
		list, err := p.expression(0)
		if err == nil {
			err = p.expect(")")
		}
		kind := Any
		if t.is("all") {
			kind = All
		}
		return &Expr{Kind: kind, Name: name, Args: []*Expr{left, list}}, true, err
	}
	right, err := p.expression(own + 1)
	return &Expr{Kind: Operator, Name: name, Args: []*Expr{left, right}}, true, err
}

// symbol reads an operator, which may be written OPERATOR(schema.=); pg_catalog is left out.
func (p *parser) symbol() (name string, power int, err error) {
	if p.accept("operator") {
		if err := p.expect("("); err != nil {
			return "", 0, err
		}
		for p.peek().kind == tokenName || p.peek().kind == tokenQuoted {
			p.take() // the schema: an extension's operator means what its name says
			if err := p.expect("."); err != nil {
				return "", 0, err
			}
		}
		name = p.take().text
		return name, powerOperator, p.expect(")")
	}
	name = p.take().text
	if name == "!=" {
		name = "<>"
	}
	switch name {
	case "<", ">", "=", "<=", ">=", "<>":
		return name, powerComparison, nil
	case "+", "-":
		return name, powerSum, nil
	case "*", "/", "%":
		return name, powerProduct, nil
	case "^":
		return name, powerPower, nil
	}
	return name, powerOperator, nil
}

// is reads what follows IS.
func (p *parser) is(left *Expr) (*Expr, error) {
	negated := p.accept("not")
	t := p.take()
	switch t.text {
	case "null", "true", "false", "unknown", "document", "normalized":
		return &Expr{Kind: Test, Name: t.text, Negated: negated, Args: []*Expr{left}}, nil
	case "json":
		var name strings.Builder
		name.WriteString("json")
		for _, kind := range []string{"value", "scalar", "array", "object"} {
			if p.accept(kind) {
				name.WriteString(" " + kind)
			}
		}
		if p.peek().is("with") || p.peek().is("without") {
			name.WriteString(" " + p.take().text)
			for _, word := range []string{"unique", "keys"} {
				if p.accept(word) {
					name.WriteString(" " + word)
				}
			}
		}
		return &Expr{Kind: Test, Name: name.String(), Negated: negated, Args: []*Expr{left}}, nil
	case "distinct":
		if err := p.expect("from"); err != nil {
			return nil, err
		}
		right, err := p.expression(powerIs + 1)
		return &Expr{Kind: Distinct, Negated: negated, Args: []*Expr{left, right}}, err
	}
	return nil, fmt.Errorf("unexpected %q after IS", t.text)
}

// between reads BETWEEN, IN, LIKE, ILIKE and SIMILAR TO, which deparsed text writes as operators.
func (p *parser) between(left *Expr) (*Expr, bool, error) {
	negated := false
	if p.peek().is("not") {
		if next := p.ahead(1); !next.is("between") && !next.is("in") && !next.is("like") && !next.is("ilike") && !next.is("similar") {
			return left, false, nil
		}
		negated = true
		p.take()
	}
	var x *Expr
	var err error
	switch keyword := p.take().text; keyword {
	case "between":
		x, err = p.bounds(left)
	case "in":
		x, err = p.list(left)
	default:
		x, err = p.pattern(left, keyword)
	}
	if negated && err == nil {
		x = &Expr{Kind: Not, Args: []*Expr{x}}
	}
	return x, true, err
}

func (p *parser) bounds(left *Expr) (*Expr, error) {
	symmetric := p.accept("symmetric")
	p.accept("asymmetric")
	low, err := p.expression(powerBetween + 1)
	if err != nil {
		return nil, err
	}
	if err := p.expect("and"); err != nil {
		return nil, err
	}
	high, err := p.expression(powerBetween + 1)
	if err != nil {
		return nil, err
	}
	within := func(low, high *Expr) *Expr {
		return &Expr{Kind: And, Args: []*Expr{
			{Kind: Operator, Name: ">=", Args: []*Expr{left, low}},
			{Kind: Operator, Name: "<=", Args: []*Expr{left, high}},
		}}
	}
	if symmetric {
		return &Expr{Kind: Or, Args: []*Expr{within(low, high), within(high, low)}}, nil
	}
	return within(low, high), nil
}

func (p *parser) list(left *Expr) (*Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	items, err := p.items(")")
	return &Expr{Kind: Any, Name: "=", Args: []*Expr{left, {Kind: Array, Args: items}}}, err
}

func (p *parser) pattern(left *Expr, keyword string) (*Expr, error) {
	name := map[string]string{"like": "~~", "ilike": "~~*", "similar": "~"}[keyword]
	if keyword == "similar" {
		if err := p.expect("to"); err != nil {
			return nil, err
		}
	}
	right, err := p.expression(powerBetween + 1)
	if err != nil {
		return nil, err
	}
	args := []*Expr{right}
	if p.accept("escape") {
		escape, err := p.expression(powerBetween + 1)
		if err != nil {
			return nil, err
		}
		args = append(args, escape)
	}
	switch {
	case keyword == "similar":
		right = &Expr{Kind: Call, Name: "similar_to_escape", Args: args}
	case len(args) > 1:
		right = &Expr{Kind: Call, Name: "like_escape", Args: args}
	}
	return &Expr{Kind: Operator, Name: name, Args: []*Expr{left, right}}, nil
}

// items reads expressions between commas up to a closing mark.
func (p *parser) items(end string) ([]*Expr, error) {
	var items []*Expr
	if p.accept(end) {
		return items, nil
	}
	for {
		p.accept("variadic") // the array after it stands for the arguments; functions that take one know
		item, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.accept(end) {
			return items, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

func (p *parser) subscript(left *Expr) (*Expr, error) {
	x := &Expr{Kind: Subscript, Args: []*Expr{left}}
	for range 2 {
		if p.peek().punctuation(":") || p.peek().punctuation("]") {
			x.Args = append(x.Args, nil)
		} else {
			bound, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			x.Args = append(x.Args, bound)
		}
		if !p.accept(":") {
			break
		}
	}
	if len(x.Args) == 2 && x.Args[1] == nil {
		return nil, errors.New("empty subscript")
	}
	return x, p.expect("]")
}

// qualified reads a name with or without schemas before it, and prints it quoted where it must be.
func (p *parser) qualified() (string, error) {
	var parts []string
	for {
		t := p.take()
		if t.kind != tokenName && t.kind != tokenQuoted {
			return "", fmt.Errorf("expected a name before %q", t.text)
		}
		parts = append(parts, quoteName(t.text))
		if !p.accept(".") {
			return strings.Join(parts, "."), nil
		}
	}
}
