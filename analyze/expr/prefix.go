package expr

import "strings"

// prefix reads what an expression may start with.
func (p *parser) prefix() (Expr, error) {
	t := p.take()
	switch t.Kind {
	case String, Number:
		return Const{Text: t.Text}, nil
	case ParamNo:
		return Param{t.Text}, nil
	case Operator:
		arg, err := p.expression(powerUnary)
		if c, ok := arg.(Const); ok && t.Text == "-" {
			c.Text = "-" + c.Text
			return c, err
		}
		return Op{Name: t.Text, Right: arg}, err
	case Punct:
		if t.Text == "(" {
			return p.parenthesised()
		}
	case Ident, Quoted:
		p.pos--
		return p.name(t)
	case Invalid:
	}
	p.pos--
	return nil, p.fail("an expression expected")
}

// parenthesised reads (expression), (a, b), (SubPlan 1), (InitPlan 1).col1 and a whole-row or field reference.
func (p *parser) parenthesised() (Expr, error) {
	if plan, ok := p.subplan(); ok {
		if !p.accept(")") {
			return nil, p.fail(") expected")
		}
		return p.field(plan)
	}
	// PostgreSQL 17 and later print (ANY (a = (SubPlan 1).col1)).
	if p.peek().Is("any") || p.peek().Is("all") {
		all := p.take().Is("all")
		if !p.accept("(") {
			return nil, p.fail("( expected")
		}
		inner, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if !p.accept(")", ")") {
			return nil, p.fail(") expected")
		}
		if op, ok := inner.(Op); ok {
			return Any{op.Left, op.Name, all, op.Right}, nil
		}
		return Opaque{"ANY", columnsOf(inner)}, nil
	}
	items, err := p.list(")")
	if err != nil {
		return nil, err
	}
	if len(items) != 1 {
		return Array{Items: items, Row: true}, nil
	}
	return p.field(items[0])
}

// field reads the .name that may follow a parenthesis.
func (p *parser) field(e Expr) (Expr, error) {
	for p.peek().Is(".") {
		p.pos++
		if t := p.take(); t.Kind != Ident && t.Kind != Quoted && !t.Is("*") {
			return nil, p.fail("a field's name expected")
		}
		if _, ok := e.(Plan); !ok {
			e = Opaque{"field", columnsOf(e)}
		}
	}
	return e, nil
}

// subplan reads SubPlan 1, hashed SubPlan 1, alternatives: …, InitPlan 1, CTE x.
func (p *parser) subplan() (Expr, bool) {
	i := 0
	if p.peek().Is("hashed") || p.peek().Is("rescan") {
		i = 1
	}
	word := p.peekAt(i)
	if (word.Is("subplan") || word.Is("initplan")) && p.peekAt(i+1).Kind == Number {
		p.pos += i + 2
		return Plan{p.text[p.tokens[p.pos-2].Start:p.tokens[p.pos-1].End]}, true
	}
	return nil, false
}

var constants = map[string]bool{
	"current_date": true, "current_time": true, "current_timestamp": true, "localtime": true, "localtimestamp": true,
	"current_user": true, "session_user": true, "user": true, "current_role": true, "current_catalog": true, "current_schema": true, "system_user": true,
}

// name reads what starts with a name: a key word's own syntax, a function, or a column.
func (p *parser) name(t Token) (Expr, error) {
	next := p.peekAt(1)
	if t.Kind == Ident && !next.Is(".") {
		switch t.Text {
		case "null":
			p.pos++
			return Const{Null: true}, nil
		case "true", "false":
			p.pos++
			return Const{Text: t.Text, Type: "boolean"}, nil
		case "not":
			p.pos++
			arg, err := p.expression(powerNot)
			return Not{arg}, err
		case "case":
			return p.caseWhen()
		case "array", "row":
			if next.Is("[") || next.Is("(") {
				return p.array(t.Text == "row")
			}
		case "exists":
			if next.Is("(") {
				return p.exists()
			}
		case "interval", "date", "timestamp", "time":
			if next.Kind == String { // a typed constant of SQL text
				p.pos += 2
				return Const{Text: next.Text, Type: t.Text}, nil
			}
		}
		if constants[t.Text] && !next.Is("(") {
			p.pos++
			return Call{Name: t.Text}, nil
		}
	}
	if e, ok := p.subplan(); ok {
		return e, nil
	}
	var parts []string
	for {
		parts = append(parts, p.take().Text)
		if !p.peek().Is(".") {
			break
		}
		p.pos++
		if k := p.peek(); k.Kind != Ident && k.Kind != Quoted && !k.Is("*") {
			return nil, p.fail("a name expected")
		}
	}
	if p.peek().Is("(") {
		return p.call(strings.Join(parts, "."))
	}
	column := Column{Name: parts[len(parts)-1]}
	if len(parts) > 1 {
		column.Table = parts[len(parts)-2]
	}
	return column, nil
}

// call reads a function's arguments. Those with key words among them, such as EXTRACT(year FROM x), are read when they
// are well known, and are opaque otherwise.
func (p *parser) call(name string) (Expr, error) {
	p.pos++ // (
	start := p.pos
	if lower := strings.ToLower(name); lower == "extract" || lower == "pg_catalog.extract" {
		field := p.take()
		if p.accept("from") {
			arg, err := p.expression(0)
			if err == nil && p.accept(")") {
				return Call{"extract", []Expr{Const{Text: field.Text}, arg}}, nil
			}
		}
		p.pos = start
	}
	args, err := p.list(")")
	if err == nil {
		// FILTER, OVER and WITHIN GROUP belong to aggregates, which are in no condition of a scan.
		if p.peek().Is("filter") || p.peek().Is("over") || p.peek().Is("within") {
			rest := columnsIn(p.tokens[p.pos:])
			p.pos = len(p.tokens)
			return Opaque{name, append(columnsOf(Call{name, args}), rest...)}, nil
		}
		return p.field(Call{name, args})
	}
	if p.open {
		return nil, err
	}
	p.pos = start
	if skipErr := p.skipTo(")"); skipErr != nil {
		return nil, err
	}
	return Opaque{name, columnsIn(p.tokens[start : p.pos-1])}, nil
}

func (p *parser) caseWhen() (Expr, error) {
	start, depth := p.pos, 0
	for p.pos < len(p.tokens) {
		switch t := p.take(); {
		case t.Kind == Ident && t.Text == "case":
			depth++
		case t.Kind == Ident && t.Text == "end":
			if depth--; depth == 0 {
				return Opaque{"CASE", columnsIn(p.tokens[start:p.pos])}, nil
			}
		}
	}
	return nil, p.fail("END expected")
}

func (p *parser) array(row bool) (Expr, error) {
	p.pos++
	closing := ")"
	if p.take().Is("[") {
		closing = "]"
	} else if !row {
		if e, ok := p.subplan(); ok && p.accept(")") { // ARRAY(SubPlan 1)
			return e, nil
		}
		return nil, p.fail("ARRAY not understood")
	}
	items, err := p.list(closing)
	return Array{items, row}, err
}

func (p *parser) exists() (Expr, error) {
	p.pos += 2
	if e, ok := p.subplan(); ok && p.accept(")") {
		return e, nil
	}
	start := p.pos
	if err := p.skipTo(")"); err != nil {
		return nil, err
	}
	return Opaque{"EXISTS", columnsIn(p.tokens[start : p.pos-1])}, nil
}

// columnsIn guesses the columns among tokens that were not parsed: names that are followed by no parenthesis. It errs
// on the side of naming too many.
func columnsIn(tokens []Token) []Column {
	var columns []Column
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.Kind != Ident && t.Kind != Quoted || i > 0 && tokens[i-1].Is("::") {
			continue
		}
		var parts []string
		parts = append(parts, t.Text)
		for i+2 < len(tokens) && tokens[i+1].Is(".") && (tokens[i+2].Kind == Ident || tokens[i+2].Kind == Quoted) {
			parts = append(parts, tokens[i+2].Text)
			i += 2
		}
		if i+1 < len(tokens) && tokens[i+1].Is("(") || t.Kind == Ident && len(parts) == 1 && reserved[t.Text] {
			continue
		}
		c := Column{Name: parts[len(parts)-1]}
		if len(parts) > 1 {
			c.Table = parts[len(parts)-2]
		}
		columns = append(columns, c)
	}
	return columns
}

// reserved are the key words that expressions have in places where columns may stand, too.
var reserved = map[string]bool{
	"all": true, "and": true, "any": true, "array": true, "as": true, "asc": true, "between": true, "both": true, "by": true, "case": true, "collate": true, "desc": true,
	"distinct": true, "else": true, "end": true, "exists": true, "false": true, "filter": true, "for": true, "from": true, "ilike": true, "in": true, "is": true, "leading": true,
	"like": true, "not": true, "null": true, "nulls": true, "or": true, "order": true, "over": true, "partition": true, "row": true, "similar": true, "some": true, "symmetric": true,
	"then": true, "to": true, "trailing": true, "true": true, "using": true, "when": true, "where": true, "within": true,
}
