package expr

import (
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Print writes an expression as SQL that means the same, without the qualifiers of its columns: it then stands for any
// row of one table, as an index's definition needs it. ok is false if a part of it was not understood.
func Print(e Expr) (text string, ok bool) {
	p := printer{ok: true}
	p.print(e)
	return p.String(), p.ok
}

// Show is Print for people who may not see the statement's values: constants are written as '?', but for those that are
// part of the expression's structure, such as the unit of date_trunc, a text search configuration, a key of a JSON
// document, an empty string, zero and one.
func Show(e Expr) (text string, ok bool) {
	p := printer{ok: true, hide: true}
	p.print(e)
	return p.String(), p.ok
}

type printer struct {
	strings.Builder
	ok   bool
	hide bool // values are not to be seen
}

// structure prints what is part of an expression's structure.
func (p *printer) structure(e Expr) {
	hide := p.hide
	if c, ok := e.(Const); ok && isWord(c.Text) {
		p.hide = false
	}
	p.print(e)
	p.hide = hide
}

// isWord tells whether a text looks like a name: a key, a unit, a configuration.
func isWord(text string) bool {
	for _, c := range []byte(text) {
		if !isNamePart(c) && c != '/' || c >= 0x80 {
			return false
		}
	}
	return len(text) <= 30
}

func (p *printer) print(e Expr) {
	switch e := e.(type) {
	case Column:
		p.WriteString(sqltext.QuoteIdent(e.Name))
	case Const:
		p.constant(e)
	case Op:
		p.WriteByte('(')
		if e.Left != nil {
			p.print(e.Left)
			p.WriteByte(' ')
		}
		p.WriteString(strings.ToUpper(e.Name) + " ")
		if e.Name == "->" || e.Name == "->>" {
			p.structure(e.Right)
		} else {
			p.print(e.Right)
		}
		p.WriteByte(')')
	case Logic:
		word := " AND "
		if e.Or {
			word = " OR "
		}
		p.WriteByte('(')
		p.list(e.Args, word)
		p.WriteByte(')')
	case Not:
		p.WriteString("(NOT ")
		p.print(e.Arg)
		p.WriteByte(')')
	case Test:
		p.WriteByte('(')
		p.print(e.Arg)
		p.WriteString(" IS ")
		if e.Not {
			p.WriteString("NOT ")
		}
		p.WriteString(strings.ToUpper(e.What) + ")")
	case Call:
		p.call(e)
	case Cast:
		p.WriteByte('(')
		p.print(e.Arg)
		p.WriteString(")::" + e.Type)
	case Array:
		if e.Row {
			p.WriteString("ROW(")
			p.list(e.Items, ", ")
			p.WriteByte(')')
			return
		}
		p.WriteString("ARRAY[")
		p.list(e.Items, ", ")
		p.WriteByte(']')
	case Any:
		p.WriteByte('(')
		p.print(e.Left)
		p.WriteString(" " + e.Op)
		if e.All {
			p.WriteString(" ALL (")
		} else {
			p.WriteString(" ANY (")
		}
		p.print(e.Right)
		p.WriteString("))")
	default: // Param, Plan, Opaque
		p.ok = false
	}
}

func (p *printer) list(items []Expr, separator string) {
	for i, item := range items {
		if i > 0 {
			p.WriteString(separator)
		}
		p.print(item)
	}
}

func (p *printer) constant(c Const) {
	switch {
	case c.Null:
		p.WriteString("NULL")
	case p.hide && c.Text != "" && c.Text != "0" && c.Text != "1" && c.Type != "boolean":
		p.WriteString("'?'")
		if c.Type != "" {
			p.WriteString("::" + c.Type)
		}
	case c.Type == "boolean" && (c.Text == "true" || c.Text == "false"):
		p.WriteString(c.Text)
	case c.Type == "" && isNumber(c.Text):
		p.WriteString(c.Text)
	default:
		p.WriteString("'" + strings.ReplaceAll(c.Text, "'", "''") + "'")
		if c.Type != "" {
			p.WriteString("::" + c.Type)
		}
	}
}

func isNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	tokens := Scan(text)
	return len(tokens) == 1 && tokens[0].Kind == Number && tokens[0].Start == 0 && tokens[0].End == len(text)
}

func (p *printer) call(c Call) {
	if constants[c.Name] {
		p.WriteString(strings.ToUpper(c.Name))
		return
	}
	if c.Name == "extract" && len(c.Args) == 2 {
		p.WriteString("EXTRACT(" + c.Args[0].(Const).Text + " FROM ")
		p.print(c.Args[1])
		p.WriteByte(')')
		return
	}
	parts := strings.Split(c.Name, ".")
	for i, part := range parts {
		if special := strings.ToLower(part); len(parts) == 1 && (special == "coalesce" || special == "greatest" || special == "least" || special == "nullif") {
			parts[i] = strings.ToUpper(part)
			continue
		}
		parts[i] = sqltext.QuoteIdent(part)
	}
	p.WriteString(strings.Join(parts, ".") + "(")
	switch strings.TrimPrefix(strings.ToLower(c.Name), "pg_catalog.") {
	case "date_trunc", "date_part", "timezone", "to_tsvector", "jsonb_extract_path_text", "jsonb_extract_path":
		for i, arg := range c.Args {
			if i > 0 {
				p.WriteString(", ")
			}
			p.structure(arg)
		}
	default:
		p.list(c.Args, ", ")
	}
	p.WriteByte(')')
}
