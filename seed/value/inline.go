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
	body       *check.Expr // reads $1, $2, … as columns of these names
	parameters int
	strict     bool // null where an argument is null, whatever the body says
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
	f := b.function(x.Name, len(x.Args))
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

// function finds a function by its qualified name and number of arguments; nil if there are several, or its body is no expression.
func (b *builder) function(name string, arguments int) *function {
	key := name + "/" + strconv.Itoa(arguments)
	if f, known := b.functions[key]; known {
		return f
	}
	if b.functions == nil {
		b.functions = map[string]*function{}
	}
	b.functions[key] = b.readFunction(name, arguments)
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

// functionSQL reads the functions of a name that can be called with a number of arguments. A body in SQL's own syntax is not in
// prosrc: it is taken from the definition.
const functionSQL = `SELECT l.lanname::text, coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)), p.pronargs::int4, p.proisstrict,
	coalesce(array_to_string(p.proargnames, ','), '')
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE ` + userFunction + ` AND p.pronargs = $3::int4 AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0`

func (b *builder) readFunction(name string, arguments int) *function {
	args := append(nameOf(name), []byte(strconv.Itoa(arguments)))
	rows, err := b.trials.query(b.ctx, functionSQL, args, []uint32{textOID, textOID, textOID}, []int16{0, 0, 0})
	if refusal := (*pgconn.PgError)(nil); err != nil && !errors.As(err, &refusal) || len(rows) != 1 {
		return nil
	}
	row := rows[0]
	text, ok := bodyOf(string(row[0]), string(row[1]))
	if !ok {
		return nil
	}
	x, err := check.Parse(parameters(text))
	if err != nil {
		return nil
	}
	by := map[string]*check.Expr{}
	if len(row[4]) > 0 {
		for i, name := range strings.Split(string(row[4]), ",")[:min(arguments, 1+strings.Count(string(row[4]), ","))] {
			by[name] = &check.Expr{Kind: check.Column, Name: "$" + strconv.Itoa(i+1)}
		}
	}
	f := &function{body: substitute(x, by), parameters: arguments, strict: len(row[3]) == 1 && row[3][0] == 1}
	for _, name := range f.body.Columns() {
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "$")); err != nil || name[0] != '$' || n > arguments {
			return nil // it reads something else
		}
	}
	return f
}

var (
	sqlBody      = regexp.MustCompile(`(?is)^\s*select\s+(.+?)[\s;]*$`)
	standardBody = regexp.MustCompile(`(?is)\n\s*return\s+(.+?)[\s;]*$`)
	atomicBody   = regexp.MustCompile(`(?is)\n\s*begin\s+atomic\s+select\s+(.+?)[\s;]*end[\s;]*$`)
	plpgsqlBody  = regexp.MustCompile(`(?is)^\s*begin\s+return\s+([^;]+);\s*end[\s;]*$`)
	alias        = regexp.MustCompile(`(?is)\s+as\s+"?\w+"?$`)
)

// bodyOf gives the expression that a function's body is.
func bodyOf(language, source string) (text string, ok bool) {
	var found []string
	switch language {
	case "sql":
		for _, form := range []*regexp.Regexp{sqlBody, standardBody, atomicBody} {
			if found = form.FindStringSubmatch(source); found != nil {
				break
			}
		}
	case "plpgsql":
		found = plpgsqlBody.FindStringSubmatch(source)
	}
	if found == nil {
		return "", false
	}
	text = found[1]
	if language == "sql" && !strings.HasSuffix(text, ")") {
		text = alias.ReplaceAllString(text, "")
	}
	return text, true
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
