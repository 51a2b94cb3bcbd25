package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// prefix reads an operand with what stands before it.
func (p *parser) prefix() (*Expr, error) {
	t := p.peek()
	switch t.kind {
	case tokenNumber:
		p.take()
		return &Expr{Kind: Literal, Form: Number, Text: t.text}, nil
	case tokenString:
		p.take()
		return &Expr{Kind: Literal, Text: t.text}, nil
	case tokenBits:
		p.take()
		return &Expr{Kind: Literal, Form: Bits, Text: t.text}, nil
	case tokenOperator:
		return p.sign()
	case tokenPunctuation:
		if t.text == "(" {
			p.take()
			return p.parentheses()
		}
	case tokenName:
		return p.keyword(t.text)
	case tokenQuoted:
		return p.name()
	}
	return nil, fmt.Errorf("expected an expression before %q", t.text)
}

// sign reads a prefix operator.
func (p *parser) sign() (*Expr, error) {
	name := p.take().text
	power := powerOperator
	if name == "-" || name == "+" {
		power = powerSign
	}
	if t := p.peek(); name == "-" && t.kind == tokenNumber && !p.ahead(1).punctuation("::") {
		p.take()
		return &Expr{Kind: Literal, Form: Number, Text: "-" + t.text}, nil
	}
	x, err := p.expression(power)
	return &Expr{Kind: Operator, Name: name, Args: []*Expr{x}}, err
}

// parentheses reads (x), or a row (x, y).
func (p *parser) parentheses() (*Expr, error) {
	items, err := p.items(")")
	if err != nil {
		return nil, err
	}
	switch len(items) {
	case 0:
		return nil, errors.New("empty parentheses")
	case 1:
		return items[0], nil
	}
	return &Expr{Kind: Row, Args: items}, nil
}

func (p *parser) keyword(name string) (*Expr, error) {
	switch name {
	case "true":
		p.take()
		return &Expr{Kind: Literal, Form: True}, nil
	case "false":
		p.take()
		return &Expr{Kind: Literal, Form: False}, nil
	case "null":
		p.take()
		return &Expr{Kind: Literal, Form: Null}, nil
	case "not":
		p.take()
		x, err := p.expression(powerNot)
		return &Expr{Kind: Not, Args: []*Expr{x}}, err
	case "case":
		p.take()
		return p.caseWhen()
	case "array":
		p.take()
		if err := p.expect("["); err != nil {
			return nil, err
		}
		return p.array()
	case "row":
		if p.ahead(1).punctuation("(") {
			p.at += 2
			items, err := p.items(")")
			return &Expr{Kind: Row, Args: items}, err
		}
	case "cast":
		p.take()
		return p.cast()
	case "select", "exists":
		return nil, fmt.Errorf("unexpected %s", strings.ToUpper(name))
	}
	if slices.Contains(bare, name) && !p.ahead(1).punctuation(".") {
		p.take()
		if p.peek().punctuation("(") { // current_timestamp(3): the precision changes nothing that matters
			p.take()
			if _, err := p.items(")"); err != nil {
				return nil, err
			}
		}
		return &Expr{Kind: Call, Name: name}, nil
	}
	if p.ahead(1).punctuation("(") && slices.Contains(special, name) {
		p.at += 2
		return p.specialCall(name)
	}
	if x, ok, err := p.typedLiteral(); ok || err != nil {
		return x, err
	}
	return p.name()
}

// typedLiteral reads DATE '2020-01-01' and the like.
func (p *parser) typedLiteral() (*Expr, bool, error) {
	start := p.at
	name, err := p.typeName()
	if err == nil && p.peek().kind == tokenString {
		x := &Expr{Kind: Cast, Name: name, Args: []*Expr{{Kind: Literal, Text: p.take().text}}}
		if name == "interval" && p.peek().kind == tokenName && slices.Contains(intervalFields, p.peek().text) {
			p.intervalField()
		}
		return x, true, nil
	}
	p.at = start
	return nil, false, nil
}

// array reads the elements of ARRAY[…], of which those of more dimensions have no ARRAY before them.
func (p *parser) array() (*Expr, error) {
	x := &Expr{Kind: Array}
	if p.accept("]") {
		return x, nil
	}
	for {
		var item *Expr
		var err error
		if p.accept("[") {
			if p.depth++; p.depth > maxDepth {
				return nil, errors.New("nested too deeply")
			}
			item, err = p.array()
			p.depth--
		} else {
			item, err = p.expression(0)
		}
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, item)
		if p.accept("]") {
			return x, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// name reads a column or a call of a function.
func (p *parser) name() (*Expr, error) {
	var parts []string
	for {
		t := p.take()
		if t.kind != tokenName && t.kind != tokenQuoted {
			return nil, fmt.Errorf("expected a name before %q", t.text)
		}
		parts = append(parts, t.text)
		if !p.peek().punctuation(".") || p.ahead(1).kind != tokenName && p.ahead(1).kind != tokenQuoted {
			break
		}
		p.take()
	}
	if !p.accept("(") {
		// A column may be written table.column.
		return &Expr{Kind: Column, Name: parts[len(parts)-1]}, nil
	}
	if parts[0] == "pg_catalog" && len(parts) > 1 {
		parts = parts[1:]
	}
	p.accept("distinct")
	args, err := p.items(")")
	return &Expr{Kind: Call, Name: strings.Join(parts, "."), Args: args}, err
}

func (p *parser) caseWhen() (*Expr, error) {
	x := &Expr{Kind: Case}
	var operand *Expr
	if !p.peek().is("when") {
		var err error
		if operand, err = p.expression(0); err != nil {
			return nil, err
		}
	}
	for p.accept("when") {
		when, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if operand != nil {
			when = &Expr{Kind: Operator, Name: "=", Args: []*Expr{operand, when}}
		}
		if err := p.expect("then"); err != nil {
			return nil, err
		}
		then, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, when, then)
	}
	if len(x.Args) == 0 {
		return nil, errors.New("CASE without WHEN")
	}
	if p.accept("else") {
		otherwise, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, otherwise)
	}
	return x, p.expect("end")
}

func (p *parser) cast() (*Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	x, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect("as"); err != nil {
		return nil, err
	}
	name, err := p.typeName()
	if err != nil {
		return nil, err
	}
	return &Expr{Kind: Cast, Name: name, Args: []*Expr{x}}, p.expect(")")
}

// specialCall reads the functions that have a grammar of their own, whose ( is behind us. Their arguments come out in
// the order of the plain function.
func (p *parser) specialCall(name string) (*Expr, error) {
	x := &Expr{Kind: Call, Name: name}
	switch name {
	case "extract":
		field := p.take() // a name or a string
		x.Args = append(x.Args, &Expr{Kind: Literal, Text: field.text})
		if !p.accept("from") && !p.accept(",") {
			return nil, errors.New("expected FROM in EXTRACT")
		}
		from, err := p.expression(0)
		x.Args = append(x.Args, from)
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	case "position":
		part, err := p.expression(powerBetween + 1)
		if err != nil {
			return nil, err
		}
		if p.accept(",") { // as the plain function has them: the whole first
			whole := part
			if part, err = p.expression(0); err != nil {
				return nil, err
			}
			x.Args = []*Expr{whole, part}
			return x, p.expect(")")
		}
		if err := p.expect("in"); err != nil {
			return nil, err
		}
		whole, err := p.expression(0)
		x.Args = []*Expr{whole, part}
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	case "trim":
		return p.trim()
	}
	for {
		arg, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		x.Args = append(x.Args, arg)
		if p.accept(")") {
			return x, nil
		}
		if !p.accept(",") && !p.accept("from") && !p.accept("for") && !p.accept("placing") && !p.accept("similar") && !p.accept("escape") {
			return nil, fmt.Errorf("unexpected %q in %s", p.peek().text, strings.ToUpper(name))
		}
		if name == "substring" && (p.tokens[p.at-1].is("similar") || p.tokens[p.at-1].is("for") && len(x.Args) == 1) {
			return nil, errors.New("this form of SUBSTRING is not read")
		}
	}
}

// trim reads TRIM(BOTH x FROM y) as btrim(y, x).
func (p *parser) trim() (*Expr, error) {
	x := &Expr{Kind: Call, Name: "btrim"}
	switch {
	case p.accept("leading"):
		x.Name = "ltrim"
	case p.accept("trailing"):
		x.Name = "rtrim"
	default:
		p.accept("both")
	}
	if !p.accept("from") {
		first, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		x.Args = []*Expr{first}
		if p.accept(")") {
			return x, nil
		}
		if p.accept(",") {
			second, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			x.Args = append(x.Args, second)
			return x, p.expect(")")
		}
		if err := p.expect("from"); err != nil {
			return nil, err
		}
	}
	whole, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	x.Args = append([]*Expr{whole}, x.Args...)
	return x, p.expect(")")
}

var intervalFields = []string{"year", "month", "day", "hour", "minute", "second"}

// intervalField reads DAY TO SECOND(3).
func (p *parser) intervalField() string {
	text := " " + p.take().text
	if p.accept("to") {
		text += " to " + p.take().text
	}
	return text + p.modifiers()
}

// modifiers reads (10,2) after the name of a type.
func (p *parser) modifiers() string {
	if !p.peek().punctuation("(") {
		return ""
	}
	var out strings.Builder
	for depth := 0; ; {
		t := p.take()
		if t.kind == tokenEnd {
			return out.String()
		}
		if t.kind == tokenQuoted || t.kind == tokenString {
			out.WriteString(quoteName(t.text))
		} else {
			out.WriteString(t.text)
		}
		if t.punctuation("(") {
			depth++
		} else if t.punctuation(")") {
			if depth--; depth == 0 {
				return out.String()
			}
		}
	}
}

// typeName reads the name of a type, several words and modifiers included, and gives it in one form: that of format_type.
func (p *parser) typeName() (string, error) {
	t := p.peek()
	name := ""
	if t.kind == tokenName {
		switch t.text {
		case "double":
			p.take()
			if err := p.expect("precision"); err != nil {
				return "", err
			}
			name = "double precision"
		case "national":
			p.take()
			p.accept("character")
			p.accept("char")
			name = "character"
		case "character", "char", "bit":
			p.take()
			name = t.text
			if name == "char" {
				name = "character"
			}
			if p.accept("varying") {
				name += " varying"
			}
			name += p.modifiers()
		case "time", "timestamp":
			p.take()
			name = t.text + p.modifiers()
			for _, with := range []string{"with", "without"} {
				if p.peek().is(with) && p.ahead(1).is("time") {
					p.at += 2
					p.accept("zone")
					name += " " + with + " time zone"
				}
			}
			if !strings.HasSuffix(name, "zone") {
				name += " without time zone"
			}
		case "interval":
			p.take()
			name = "interval"
			if p.peek().kind == tokenName && slices.Contains(intervalFields, p.peek().text) {
				name += p.intervalField()
			} else {
				name += p.modifiers()
			}
		}
	}
	if name == "" {
		var err error
		if name, err = p.qualified(); err != nil {
			return "", err
		}
		name = strings.TrimPrefix(name, "pg_catalog.")
		if alias, ok := typeAliases[name]; ok {
			name = alias
		}
		name += p.modifiers()
	}
	for p.peek().punctuation("[") {
		p.take()
		if p.peek().kind == tokenNumber {
			p.take()
		}
		if err := p.expect("]"); err != nil {
			return "", err
		}
		name += "[]"
	}
	return name, nil
}

// typeAliases are the short names of built-in types.
var typeAliases = map[string]string{
	`"int"`: "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean", `"bool"`: "boolean", `"integer"`: "integer",
	"float8": "double precision", "float4": "real", "varchar": "character varying", "bpchar": "bpchar", `"decimal"`: "numeric",
	`"numeric"`: "numeric", "timestamptz": "timestamp with time zone", "timetz": "time with time zone", `"date"`: "date", `"json"`: "json",
	"varbit": "bit varying", `"unknown"`: "unknown",
}
