// Package check reads the expressions of CHECK constraints in the form that PostgreSQL deparses them to, and evaluates
// them with SQL's three-valued logic.
package check

import (
	"slices"
	"strings"
)

// Kind tells the kinds of expression apart.
type Kind uint8

// The kinds of expression.
const (
	Column    Kind = iota // Name: a column; in a domain's check VALUE is called "value"
	Literal               // Text: a constant whose type a Cast around it gives, or for numbers its form
	And                   // Args
	Or                    // Args
	Not                   // Args[0]
	Operator              // Name: an operator with one or two Args; Prefix is said by their number
	Any                   // Name: an operator; Args[0] compared to some (or, with All, every) element of Args[1]
	All                   //
	Test                  // Args[0] IS Name, where Name is null, true, false, unknown, json, document; Negated for IS NOT
	Distinct              // Args[0] IS DISTINCT FROM Args[1]; Negated for IS NOT DISTINCT
	Cast                  // Args[0]::Name
	Call                  // Name(Args…), lower case; a schema other than pg_catalog stays before the name
	Case                  // Args: when, then, when, then, …, and else if their number is odd; searched form
	Array                 // ARRAY[Args…]
	Row                   // ROW(Args…)
	Subscript             // Args[0][Args[1]], or [Args[1]:Args[2]] where an absent bound is nil
	Field                 // (Args[0]).Name
	Collate               // Args[0] COLLATE Name
)

// LiteralForm tells how a constant was written.
type LiteralForm uint8

// The forms of a constant.
const (
	String LiteralForm = iota
	Number
	True
	False
	Null
	Bits // Text begins with b or x
)

// Expr is an expression.
type Expr struct {
	Kind    Kind
	Name    string
	Text    string
	Form    LiteralForm
	Negated bool
	Args    []*Expr
}

// Columns gives the names of the columns that the expression reads, each once, in order of appearance.
func (x *Expr) Columns() []string {
	var names []string
	x.walk(func(x *Expr) {
		if x.Kind == Column && !slices.Contains(names, x.Name) {
			names = append(names, x.Name)
		}
	})
	return names
}

func (x *Expr) walk(visit func(*Expr)) {
	if x == nil {
		return
	}
	visit(x)
	for _, arg := range x.Args {
		arg.walk(visit)
	}
}

// Constant tells whether the expression reads no column.
func (x *Expr) Constant() bool {
	constant := true
	x.walk(func(x *Expr) { constant = constant && x.Kind != Column })
	return constant
}

// String gives SQL that reads back as the same expression, with every operation in parentheses.
func (x *Expr) String() string {
	var out strings.Builder
	x.print(&out)
	return out.String()
}

func (x *Expr) print(out *strings.Builder) {
	list := func(separator string) {
		for i, arg := range x.Args {
			if i > 0 {
				out.WriteString(separator)
			}
			arg.print(out)
		}
	}
	switch x.Kind {
	case Column:
		out.WriteString(quoteName(x.Name))
	case Literal:
		x.printLiteral(out)
	case And, Or:
		out.WriteByte('(')
		if x.Kind == And {
			list(" AND ")
		} else {
			list(" OR ")
		}
		out.WriteByte(')')
	case Not:
		out.WriteString("(NOT ")
		list("")
		out.WriteByte(')')
	case Operator:
		out.WriteByte('(')
		if len(x.Args) == 1 {
			out.WriteString(x.Name + " ")
			x.Args[0].print(out)
		} else {
			list(" " + x.Name + " ")
		}
		out.WriteByte(')')
	case Any, All:
		out.WriteByte('(')
		x.Args[0].print(out)
		out.WriteString(" " + x.Name + map[Kind]string{Any: " ANY (", All: " ALL ("}[x.Kind])
		x.Args[1].print(out)
		out.WriteString("))")
	case Test:
		out.WriteByte('(')
		list("")
		out.WriteString(" IS " + not(x.Negated) + strings.ToUpper(x.Name) + ")")
	case Distinct:
		out.WriteByte('(')
		list(" IS " + not(x.Negated) + "DISTINCT FROM ")
		out.WriteByte(')')
	case Cast:
		out.WriteByte('(')
		list("")
		out.WriteString(")::" + x.Name)
	case Call:
		x.printCall(out, list)
	case Case:
		x.printCase(out)
	case Array:
		out.WriteString("ARRAY[")
		list(", ")
		out.WriteByte(']')
	case Row:
		out.WriteString("ROW(")
		list(", ")
		out.WriteByte(')')
	case Subscript:
		out.WriteByte('(')
		x.Args[0].print(out)
		out.WriteString(")[")
		for i, bound := range x.Args[1:] {
			if i > 0 {
				out.WriteByte(':')
			}
			if bound != nil {
				bound.print(out)
			}
		}
		out.WriteByte(']')
	case Field:
		out.WriteByte('(')
		list("")
		out.WriteString(")." + quoteName(x.Name))
	case Collate:
		out.WriteByte('(')
		list("")
		out.WriteString(" COLLATE " + x.Name + ")")
	}
}

func not(negated bool) string {
	if negated {
		return "NOT "
	}
	return ""
}

func (x *Expr) printLiteral(out *strings.Builder) {
	switch x.Form {
	case Number:
		out.WriteString(x.Text)
	case True:
		out.WriteString("true")
	case False:
		out.WriteString("false")
	case Null:
		out.WriteString("NULL")
	case Bits:
		out.WriteString(strings.ToUpper(x.Text[:1]) + "'" + strings.ReplaceAll(x.Text[1:], "'", "''") + "'")
	default:
		if strings.Contains(x.Text, `\`) {
			out.WriteByte('E')
		}
		out.WriteString("'" + strings.ReplaceAll(strings.ReplaceAll(x.Text, `\`, `\\`), "'", "''") + "'")
	}
}

// bare are functions that SQL calls without parentheses.
var bare = []string{
	"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user", "session_user",
	"current_role", "current_catalog", "current_schema", "user", "system_user",
}

func (x *Expr) printCall(out *strings.Builder, list func(string)) {
	if len(x.Args) == 0 && slices.Contains(bare, x.Name) {
		out.WriteString(strings.ToUpper(x.Name))
		return
	}
	name := x.Name
	schema, function, qualified := strings.Cut(x.Name, ".")
	switch {
	case qualified:
		name = quoteName(schema) + "." + quoteName(function)
	case x.Name == "extract" && len(x.Args) == 2:
		out.WriteString("EXTRACT(")
		list(" FROM ")
		out.WriteByte(')')
		return
	case !slices.Contains([]string{"coalesce", "greatest", "least", "nullif"}, x.Name):
		name = quoteName(x.Name) // what has a grammar of its own too: in quotes it is the plain function
	}
	out.WriteString(name + "(")
	list(", ")
	out.WriteByte(')')
}

func (x *Expr) printCase(out *strings.Builder) {
	out.WriteString("CASE")
	i := 0
	for ; i+1 < len(x.Args); i += 2 {
		out.WriteString(" WHEN ")
		x.Args[i].print(out)
		out.WriteString(" THEN ")
		x.Args[i+1].print(out)
	}
	if i < len(x.Args) {
		out.WriteString(" ELSE ")
		x.Args[i].print(out)
	}
	out.WriteString(" END")
}

// quoteName quotes a name unless it is plain and means nothing else to the parser.
func quoteName(name string) string {
	plain := name != "" && !isDigit(name[0]) && name[0] != '$'
	for _, c := range []byte(name) {
		plain = plain && (c == '_' || c == '$' || isDigit(c) || c >= 'a' && c <= 'z')
	}
	if plain && !slices.Contains(reserved, name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// special are functions whose names are keywords, with a grammar of their own.
var special = []string{"coalesce", "greatest", "least", "nullif", "position", "substring", "trim", "overlay", "extract"}

// reserved are names that the parser takes for something else where an operand is expected, or after one.
var reserved = slices.Concat(special, bare, []string{
	"and", "or", "not", "is", "null", "true", "false", "case", "when", "then", "else", "end", "any", "some", "all", "array", "row",
	"between", "in", "like", "ilike", "similar", "collate", "at", "operator", "isnull", "notnull", "distinct", "from", "for", "both",
	"leading", "trailing", "cast", "as", "symmetric", "asymmetric", "escape", "to", "interval", "date", "time", "timestamp", "select",
	"exists", "normalize", "xmlexists", "overlaps", "unknown", "document", "json", "double", "character", "bit", "national",
	"numeric", "decimal", "using", "placing", "with", "without", "variadic", "ilike", "uescape", "bool", "int", "integer",
	"where", "order", "table", "user", "default", "check", "constraint", "primary", "references", "unique", "foreign",
	"grant", "group", "having", "limit", "offset", "on", "only", "union", "window", "analyse", "analyze", "asc", "desc", "both",
	"char", "column", "create", "deferrable", "do", "except", "false", "fetch", "initially", "intersect", "into", "lateral", "returning",
})
