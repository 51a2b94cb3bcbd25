package value

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/seed/value/check"
)

// function is a function of the database whose body is one expression.
type function struct {
	body   *check.Expr // reads $1, $2, … as columns of these names
	strict bool        // null where an argument is null, whatever the body says
}

// maxInlined is how deep functions within functions are looked into.
const maxInlined = 6

// inline puts the bodies of functions in the place of calls of them, where a body is one expression over the arguments, so
// that the solver sees what a constraint really says. What it cannot look into stays a call.
func (b *builder) inline(x *check.Expr) *check.Expr { return b.inlined(x, maxInlined) }

func (b *builder) inlined(x *check.Expr, depth int) *check.Expr {
	if x == nil || depth == 0 {
		return x
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = b.inlined(arg, depth)
	}
	// Names in constraints are qualified, but for those of PostgreSQL itself; in bodies they need not be.
	if x.Kind != check.Call || depth == maxInlined && !strings.Contains(x.Name, ".") || x.Constant() {
		return &out
	}
	f := b.function(x.Name, len(x.Args), depth == maxInlined)
	if f == nil {
		return &out
	}
	by := map[string]*check.Expr{}
	for i, arg := range out.Args {
		by["$"+strconv.Itoa(i+1)] = arg
	}
	body := b.inlined(substitute(f.body, by), depth-1)
	if !f.strict || strictly(f.body) {
		return body
	}
	there := &check.Expr{Kind: check.And}
	for _, arg := range out.Args {
		there.Args = append(there.Args, &check.Expr{Kind: check.Test, Name: "null", Negated: true, Args: []*check.Expr{arg}})
	}
	return &check.Expr{Kind: check.Case, Args: []*check.Expr{there, body}}
}

// strictly tells whether an expression is null where a column that it reads is: nothing in it makes a value of a null.
func strictly(x *check.Expr) bool {
	switch x.Kind {
	case check.Column, check.Literal:
		return true
	case check.Operator, check.Cast, check.Collate:
	case check.Call:
		if slices.Contains([]string{"coalesce", "nullif", "greatest", "least", "concat", "concat_ws", "format", "num_nulls", "num_nonnulls"}, x.Name) {
			return false
		}
	default:
		return false
	}
	return !slices.ContainsFunc(x.Args, func(arg *check.Expr) bool { return arg == nil || !strictly(arg) })
}

// function finds a function by its qualified name and number of arguments; nil if there are several, or its body is no
// expression. Of several, the one that the table's constraints, defaults and indexes call is meant where one of these does.
func (b *builder) function(name string, arguments int, direct bool) *function {
	key := name + "/" + strconv.Itoa(arguments)
	caller := ""
	if direct {
		key, caller = key+" of the table", b.table
	}
	if f, known := b.functions[key]; known {
		return f
	}
	if b.functions == nil {
		b.functions = map[string]*function{}
	}
	b.functions[key] = b.readFunction(name, arguments, caller)
	return b.functions[key]
}

// userFunction is true of functions with the name $2 in the schema $1, or in any that is not PostgreSQL's own where that is empty.
const userFunction = `n.nspname = coalesce(nullif($1, ''), n.nspname) AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.proname = $2`

// nameOf takes the name of a function apart.
func nameOf(name string) [][]byte {
	schemaName, plain, qualified := strings.Cut(name, ".")
	if !qualified {
		schemaName, plain = "", name
	}
	return [][]byte{[]byte(schemaName), []byte(plain)}
}

// functionSQL reads the functions of a name that can be called with a number of arguments, and tells which of them the table $4
// or a domain depends on. A body in SQL's own syntax is not in prosrc.
const functionSQL = `SELECT l.lanname::text, coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid), ''), p.prorettype = 'boolean'::regtype, p.proisstrict,
	coalesce(array_to_string(p.proargnames, ','), ''),
	EXISTS (SELECT FROM pg_catalog.pg_depend AS d
		LEFT JOIN pg_catalog.pg_constraint AS c ON d.classid = 'pg_catalog.pg_constraint'::regclass AND c.oid = d.objid
		LEFT JOIN pg_catalog.pg_attrdef AS a ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid
		LEFT JOIN pg_catalog.pg_index AS i ON d.classid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = d.objid
		WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = p.oid
			AND (coalesce(c.conrelid, a.adrelid, i.indrelid) = to_regclass(nullif($4, '')) OR c.contypid <> 0 AND $4 <> ''))
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE ` + userFunction + ` AND p.pronargs = $3::int4 AND p.prokind = 'f' AND NOT p.proretset
	AND p.provariadic = 0 AND p.proargmodes IS NULL`

func (b *builder) readFunction(name string, arguments int, caller string) *function {
	args := append(nameOf(name), []byte(strconv.Itoa(arguments)), []byte(caller))
	rows, err := b.trials.query(b.ctx, functionSQL, args, []uint32{textOID, textOID, textOID, textOID}, []int16{0, 0, 0, 0})
	if refusal := (*pgconn.PgError)(nil); err != nil && !errors.As(err, &refusal) {
		return nil
	}
	is := func(v []byte) bool { return len(v) == 1 && v[0] == 1 }
	if len(rows) > 1 {
		rows = slices.DeleteFunc(rows, func(row [][]byte) bool { return !is(row[5]) })
	}
	if len(rows) != 1 {
		return nil
	}
	row := rows[0]
	text, ok := bodyOf(string(row[0]), string(row[1]), is(row[2]))
	if !ok {
		return nil
	}
	x, err := check.Parse(parameters(text))
	if err != nil {
		return nil
	}
	_, plain, _ := strings.Cut(name, ".")
	names := map[string]string{}
	if len(row[4]) > 0 {
		for i, name := range strings.Split(string(row[4]), ",") {
			names[name] = "$" + strconv.Itoa(i+1)
		}
	}
	f := &function{body: ofParameters(x, names, plain), strict: is(row[3])}
	for _, name := range f.body.Columns() {
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "$")); err != nil || name[0] != '$' || n > arguments {
			return nil // it reads something else
		}
	}
	return f
}

// ofParameters reads the names of a function's parameters as those that it gives, with the function's name before them or not.
func ofParameters(x *check.Expr, names map[string]string, function string) *check.Expr {
	if x == nil {
		return nil
	}
	named := x.Kind == check.Column || x.Kind == check.Field && x.Args[0].Kind == check.Column && x.Args[0].Name == function && names[function] == ""
	if place := names[x.Name]; named && place != "" {
		return &check.Expr{Kind: check.Column, Name: place}
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = ofParameters(arg, names, function)
	}
	return &out
}

var parameterText = regexp.MustCompile(`'(?:[^']|'')*'|\$\d+`)

// parameters quotes $1, $2, … outside of strings, so that they read as names of columns.
func parameters(text string) string {
	return parameterText.ReplaceAllStringFunc(text, func(found string) string {
		if found[0] == '$' {
			return `"` + found + `"`
		}
		return found
	})
}
