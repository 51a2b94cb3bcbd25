package seed

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
)

// asked is what tables that refer to another one need its rows to be like, since their own constraints would let them refer to
// none of those that it would get: a shop's alias must look like a host name, say. Where several need something of the same
// columns, some of the rows suit each. By the columns that the conditions read.
type asked map[string][]*check.Expr

// ask asks the referenced table for rows of which a condition holds, if that was not tried before: everything is planned
// once more then.
func (l *layout) ask(ref *reference, c condition) {
	parent := ref.parent
	x, err := check.Parse(c.expression)
	if err != nil || c.parent || c.line > 0 || !parent.planned || parent.Rows == 0 || parent.source.made == 0 || parent.deaf {
		return
	}
	var columns []string
	names := map[string]string{}
	for _, name := range c.columns {
		referenced := ref.key.ReferencedColumns[slices.Index(ref.key.Columns, name)]
		columns = append(columns, referenced)
		if names[name] = referenced; c.domain {
			names = map[string]string{"value": referenced}
		}
	}
	slices.Sort(columns)
	key := strings.Join(columns, "\x00")
	x = renamed(x, names)
	if slices.ContainsFunc(parent.asked[key], func(y *check.Expr) bool { return y.String() == x.String() }) {
		return
	}
	if parent.asked == nil {
		parent.asked = asked{}
	}
	parent.asked[key] = append(parent.asked[key], x)
	l.plan.again = true
}

// renamed gives columns other names.
func renamed(x *check.Expr, names map[string]string) *check.Expr {
	out := *x
	if name, ok := names[x.Name]; ok && x.Kind == check.Column {
		out.Name = name
	}
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		if arg != nil {
			out.Args[i] = renamed(arg, names)
		}
	}
	return &out
}

// checks are the conditions as CHECK constraints.
func (a asked) checks() []*schema.Check {
	var all []*schema.Check
	for key, conditions := range a {
		texts := make([]string, len(conditions))
		for i, x := range conditions {
			texts[i] = "(" + x.String() + ")"
		}
		expression := strings.Join(texts, " OR ")
		all = append(all, &schema.Check{
			Name: "what refers to " + strings.ReplaceAll(key, "\x00", ", "), Expression: expression, Validated: true, Definition: "CHECK (" + expression + ")",
		})
	}
	slices.SortFunc(all, func(a, b *schema.Check) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// asAsked is the table with what is asked of its rows.
func (l *layout) asAsked() *schema.Table {
	if len(l.table.asked) == 0 || l.table.deaf {
		return l.table.table
	}
	table := *l.table.table
	table.Checks = append(slices.Clone(table.Checks), l.table.asked.checks()...)
	return &table
}

// refuse tells whether a table can't do what others ask of it: it is laid out without, then.
func (l *layout) refuse(wished uint64) bool {
	t := l.table
	if len(t.asked) == 0 || t.deaf || len(l.unfillable) == 0 && l.rows == wished {
		return false
	}
	t.deaf, l.unfillable, l.notes, l.rows = true, nil, nil, wished
	t.Rows = wished
	return true
}
