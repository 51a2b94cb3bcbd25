package value

import (
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// addExpressions adds what the server will compute from a row: generated columns, and the expressions and predicates of
// indexes. They must not raise an error, and a generated column that is NOT NULL must come out so.
func (p *puzzle) addExpressions(b *builder, r Request) {
	add := func(name, expression string, notNull bool) {
		x, err := check.Parse(expression)
		if err != nil || x.Kind == check.Column || len(x.Columns()) == 0 {
			return
		}
		if slices.ContainsFunc(x.Columns(), func(name string) bool { return p.columns[name] == nil }) {
			return
		}
		c := tableCheck{name: name, definition: expression, columns: x.Columns(), expr: x}
		x = b.inline(x)
		s := solve.Check{Name: name, Expr: x, Definition: expression, Evaluates: true}
		if notNull {
			s.Expr, s.Evaluates = &check.Expr{Kind: check.Test, Name: "null", Negated: true, Args: []*check.Expr{x}}, false
			c.sql = "(" + expression + ") IS NOT NULL"
			p.Checks = append(p.Checks, solve.Check{Name: name, Expr: x, Definition: expression, Evaluates: true})
		} else if solve.Risky(x) {
			c.sql = "((" + expression + ") IS NULL) IS NOT NULL" // true, if it can be evaluated
		}
		p.Checks = append(p.Checks, s)
		c.solved = s.Expr
		p.checks = append(p.checks, c)
	}
	for _, c := range r.Table.Columns {
		if c.Generated != "" {
			add("the generated column "+c.Name, c.Generated, c.NotNull)
			p.addLength(b, c)
		}
	}
	for _, index := range r.Table.Indexes {
		for _, element := range index.Elements {
			if element.Expression != "" {
				add(index.Name, element.Expression, false)
			}
		}
	}
}

// addLength keeps what a generated column of a type with a length is made of to that length: nothing cuts it off.
func (p *puzzle) addLength(b *builder, c *schema.Column) {
	typ, mod := b.underlying(b.db.Type(c.TypeOID), c.TypeMod)
	if typ == nil || !isText(typ) || length(typ, mod) == 0 {
		return
	}
	expression := fmt.Sprintf("char_length((%s)::text) <= %d", c.Generated, length(typ, mod))
	p.addCheck(b, "the generated column "+c.Name, expression, c.Generated, nil)
}
