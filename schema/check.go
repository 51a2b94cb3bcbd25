package schema

import "slices"

// Check is a CHECK constraint of a table or a domain.
type Check struct {
	Name        string   `json:"name"`
	Columns     []string `json:"columns"`    // those that the expression reads
	Expression  string   `json:"expression"` // as pg_get_expr deparses it, without CHECK and outer parentheses
	Validated   bool     `json:"validated"`
	NotEnforced bool     `json:"not_enforced,omitempty"` // PostgreSQL 18
	NoInherit   bool     `json:"no_inherit,omitempty"`
	Inherited   bool     `json:"inherited,omitempty"` // declared by a parent
	Definition  string   `json:"definition"`          // pg_get_constraintdef
}

func (r constraintRow) check() *Check {
	return &Check{
		Name: r.name, Columns: r.columns, Expression: withoutParentheses(r.expression), Validated: r.validated,
		NotEnforced: !r.enforced, NoInherit: r.noInherit, Inherited: r.inherited, Definition: r.definition,
	}
}

// Abstract tells whether a CHECK constraint keeps every row out: CHECK (false) NO INHERIT makes a table that others inherit
// from and that has no rows of its own.
func (t *Table) Abstract() bool {
	return slices.ContainsFunc(t.Checks, func(c *Check) bool { return c.Expression == "false" && !c.NotEnforced })
}

// withoutParentheses strips the pairs of parentheses that enclose all of a deparsed expression.
func withoutParentheses(expression string) string {
	for {
		inner, ok := enclosed(expression)
		if !ok {
			return expression
		}
		expression = inner
	}
}

// enclosed returns what is inside the parentheses that enclose all of s, if there are any. Deparsed text has no comments
// and no dollar quotes, and in strings a backslash is only special after E.
func enclosed(s string) (inner string, ok bool) {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return s, false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 && i < len(s)-1 {
				return s, false
			}
		case '\'', '"':
			i = endOfQuoted(s, i)
		}
	}
	return s[1 : len(s)-1], depth == 0
}

// endOfQuoted returns the place of the quote that ends the string or name whose quote is at start. A doubled quote ends
// it and starts it again, which comes to the same.
func endOfQuoted(s string, start int) int {
	escapes := s[start] == '\'' && start > 0 && (s[start-1] == 'E' || s[start-1] == 'e')
	for i := start + 1; i < len(s); i++ {
		switch {
		case s[i] == s[start]:
			if escapes && i+1 < len(s) && s[i+1] == s[start] {
				i++
				continue
			}
			return i
		case s[i] == '\\' && escapes:
			i++
		}
	}
	return len(s) - 1
}
