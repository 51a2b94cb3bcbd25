package check

import (
	"errors"
	"strings"
	"time"
)

// Evaluator evaluates expressions over the values of one row. Its zero value knows no column and no user-defined type.
type Evaluator struct {
	Column  func(name string) (Value, error) // the value of a column; may wrap ErrCannot
	Types   Types                            // may be nil
	Present time.Time                        // what now() is
}

// Eval gives the value of an expression. The error wraps ErrCannot where that is not known here, for want of a function,
// a type or a collation.
func (e *Evaluator) Eval(x *Expr) (Value, error) {
	switch x.Kind {
	case Column:
		if e.Column == nil {
			return nil, cannot("column " + x.Name)
		}
		return e.Column(x.Name)
	case Literal:
		return e.literal(x)
	case And, Or:
		return e.logic(x)
	case Not:
		v, err := e.truth(x.Args[0])
		if b, ok := v.(bool); ok {
			return !b, nil
		}
		return nil, err
	case Test:
		return e.test(x)
	case Distinct:
		return e.distinct(x)
	case Cast:
		v, err := e.Eval(x.Args[0])
		if err != nil {
			return nil, err
		}
		return e.cast(v, x.Name)
	case Collate:
		return e.Eval(x.Args[0])
	case Operator:
		return e.operator(x)
	case Any, All:
		return e.anyAll(x)
	case Case:
		return e.caseWhen(x)
	case Array:
		items, err := e.all(x.Args)
		return List{items}, err
	case Call:
		return e.call(x)
	case Subscript:
		return e.subscript(x)
	}
	return nil, cannot("expression " + x.String())
}

func (e *Evaluator) all(args []*Expr) ([]Value, error) {
	values := make([]Value, len(args))
	for i, arg := range args {
		var err error
		if values[i], err = e.Eval(arg); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (e *Evaluator) literal(x *Expr) (Value, error) {
	switch x.Form {
	case Number:
		v, err := parseNumber(x.Text)
		if n, ok := v.(Num); ok && !strings.ContainsAny(x.Text, ".eE") {
			n.Integer = true
			return n, nil
		}
		return v, err
	case True:
		return true, nil
	case False:
		return false, nil
	case Null:
		return nil, nil
	case Bits:
		return Other{x.Text}, nil
	}
	return Untyped{x.Text}, nil
}

// truth evaluates a condition: true, false or nil.
func (e *Evaluator) truth(x *Expr) (Value, error) {
	v, err := e.Eval(x)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		return v, nil
	case Untyped:
		return parseBool(v.Text)
	}
	return nil, cannot("condition " + x.String())
}

// logic evaluates AND and OR. What cannot be evaluated does not matter if another part decides.
func (e *Evaluator) logic(x *Expr) (Value, error) {
	decisive := x.Kind == Or
	var unknown error
	null := false
	for _, arg := range x.Args {
		v, err := e.truth(arg)
		switch {
		case errors.Is(err, errRaises):
			return nil, err
		case err != nil:
			unknown = err
		case v == nil:
			null = true
		case v == decisive:
			return decisive, nil
		}
	}
	if unknown != nil {
		return nil, unknown
	}
	if null {
		return nil, nil
	}
	return !decisive, nil
}

func (e *Evaluator) test(x *Expr) (Value, error) {
	v, err := e.Eval(x.Args[0])
	if err != nil {
		return nil, err
	}
	var is bool
	switch x.Name {
	case "null", "unknown":
		is = v == nil
		if _, ok := v.([]Value); ok {
			return nil, cannot("row IS NULL")
		}
	case "true":
		is = v == true
	case "false":
		is = v == false
	case "json", "json value", "json object", "json array", "json scalar":
		if v == nil {
			return nil, nil
		}
		document, isDocument := v.(Document)
		if !isDocument {
			text, ok := text(v)
			if !ok {
				return nil, cannot("IS JSON")
			}
			parsed, err := parseJSON(text)
			if err != nil {
				return x.Negated, nil //nolint:nilerr // not JSON is an answer
			}
			document = parsed.(Document)
		}
		kind := document.kind()
		switch x.Name {
		case "json object", "json array":
			is = "json "+kind == x.Name
		case "json scalar":
			is = kind != "object" && kind != "array"
		default:
			is = true
		}
	default:
		return nil, cannot("IS " + x.Name)
	}
	return is != x.Negated, nil
}

func (e *Evaluator) distinct(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	is := false
	if args[0] == nil || args[1] == nil {
		is = args[0] != nil || args[1] != nil
	} else {
		equal, err := Equal(args[0], args[1])
		if err != nil {
			return nil, err
		}
		is = !equal
	}
	return is != x.Negated, nil
}

func (e *Evaluator) caseWhen(x *Expr) (Value, error) {
	i := 0
	for ; i+1 < len(x.Args); i += 2 {
		v, err := e.truth(x.Args[i])
		if err != nil {
			return nil, err
		}
		if v == true {
			return e.Eval(x.Args[i+1])
		}
	}
	if i < len(x.Args) {
		return e.Eval(x.Args[i])
	}
	return nil, nil
}

func (e *Evaluator) anyAll(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	if u, ok := args[1].(Untyped); ok { // '{a,b}' without a cast
		if args[1], err = parseArray(u.Text, "unknown", nil); err != nil {
			return nil, err
		}
	}
	if args[1] == nil {
		return nil, nil
	}
	list, ok := args[1].(List)
	if !ok {
		return nil, cannot("ANY of what is no array")
	}
	decisive := x.Kind == Any
	null := false
	for _, item := range list.Items {
		v, err := Apply(x.Name, args[0], item)
		if err != nil {
			return nil, err
		}
		if v == nil {
			null = true
		} else if v == decisive {
			return decisive, nil
		}
	}
	if null {
		return nil, nil
	}
	return !decisive, nil
}

func (e *Evaluator) operator(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return prefixOperator(x.Name, args[0])
	}
	if rows, ok := rowComparison(x); ok {
		return e.Eval(rows)
	}
	return Apply(x.Name, args[0], args[1])
}

// rowComparison turns ROW(a, b) = ROW(c, d) into conditions on the members.
func rowComparison(x *Expr) (*Expr, bool) {
	left, right := x.Args[0], x.Args[1]
	if left.Kind != Row || right.Kind != Row || len(left.Args) != len(right.Args) || len(left.Args) == 0 {
		return nil, false
	}
	if x.Name != "=" && x.Name != "<>" {
		return nil, false
	}
	all := &Expr{Kind: And}
	if x.Name == "<>" {
		all.Kind = Or
	}
	for i := range left.Args {
		all.Args = append(all.Args, &Expr{Kind: Operator, Name: x.Name, Args: []*Expr{left.Args[i], right.Args[i]}})
	}
	return all, true
}

func (e *Evaluator) subscript(x *Expr) (Value, error) {
	if len(x.Args) != 2 {
		return nil, cannot("slice of an array")
	}
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	if args[0] == nil || args[1] == nil {
		return nil, nil
	}
	switch from := args[0].(type) {
	case List:
		n, ok := args[1].(Num)
		if !ok {
			return nil, cannot("subscript")
		}
		i := n.R.Num().Int64()
		if i < 1 || i > int64(len(from.Items)) {
			return nil, nil
		}
		return from.Items[i-1], nil
	case Document:
		key := args[1]
		if member, ok := from.get(key); ok {
			return member, nil
		}
		return nil, nil
	}
	return nil, cannot("subscript")
}
