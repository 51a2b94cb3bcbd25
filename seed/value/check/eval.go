package check

import (
	"errors"
	"math"
	"math/big"
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

// cast converts a value to a type.
func (e *Evaluator) cast(v Value, typeName string) (Value, error) {
	if v == nil {
		return nil, nil
	}
	base := baseType(typeName)
	switch value := v.(type) {
	case Untyped:
		return ParseText(value.Text, typeName, e.Types)
	case string:
		switch base {
		case "text", "character varying", "name", "citext", "public.citext":
			if base != typeName {
				return nil, cannot("cast to " + typeName) // it cuts off
			}
			return value, nil
		case "bpchar", "character":
			if base != typeName {
				return nil, cannot("cast to " + typeName)
			}
			return Padded{Text: strings.TrimRight(value, " ")}, nil
		}
		return ParseText(value, typeName, e.Types)
	case Padded:
		switch base {
		case "bpchar", "character":
			if base == typeName {
				return value, nil
			}
		case "text", "character varying":
			return e.cast(value.Text, typeName)
		}
	case List:
		element, ok := strings.CutSuffix(base, "[]")
		if !ok {
			return nil, cannot("cast of an array")
		}
		items := make([]Value, len(value.Items))
		for i, item := range value.Items {
			var err error
			if items[i], err = e.cast(item, element); err != nil {
				return nil, err
			}
		}
		return List{items}, nil
	case Label:
		if base == "text" || base == "character varying" && base == typeName {
			return value.Text, nil
		}
		if e.Types != nil {
			if again, err := e.Types.Parse(value.Text, typeName); err == nil {
				return again, nil
			}
		}
	case Num:
		return castNumber(value, base, typeName)
	case float64:
		switch base {
		case "double precision":
			return value, nil
		case "real":
			return float64(float32(value)), nil
		case "integer", "bigint", "smallint":
			if rounded := math.RoundToEven(value); math.Abs(rounded) < 1e15 && fits(int64(rounded), base) {
				return Integer(int64(rounded)), nil
			}
			return nil, raises("cast to " + typeName)
		case "numeric":
			// The server keeps fifteen digits.
			if r, ok := new(big.Rat).SetString(new(big.Float).SetFloat64(value).Text('g', 15)); ok && base == typeName {
				return Num{R: r}, nil
			}
		}
	case bool:
		switch base {
		case "boolean":
			return value, nil
		case "integer":
			if value {
				return Integer(1), nil
			}
			return Integer(0), nil
		case "text":
			if value {
				return "true", nil
			}
			return "false", nil
		}
	case Date, Timestamp, TimestampTZ:
		return castInstant(v, base)
	case Time:
		if base == "time without time zone" {
			return value, nil
		}
		if base == "interval" {
			return Interval{Micros: int64(value)}, nil
		}
	case Interval:
		if base == "interval" {
			return value, nil
		}
	case Document:
		if base == "json" || base == "jsonb" {
			return value, nil
		}
		switch root := value.Root.(type) {
		case bool:
			if base == "boolean" {
				return root, nil
			}
		case nil, string, []any, map[string]any:
		default:
			text, _ := value.text()
			if s, ok := text.(string); ok && (base == "integer" || base == "bigint" || base == "numeric") {
				n, err := parseNumber(s)
				if err != nil {
					return nil, err
				}
				return castNumber(n.(Num), base, typeName)
			}
		}
	case Bounds:
		if strings.Contains(base, "range") {
			return value, nil
		}
	case Other:
		if base == "uuid" || base == "inet" || base == "cidr" {
			return value, nil
		}
		if base == "text" && len(value.Text) == 36 {
			return value.Text, nil
		}
	}
	return nil, cannot("cast to " + typeName)
}

func castNumber(n Num, base, typeName string) (Value, error) {
	switch base {
	case "numeric":
		if base != typeName {
			return nil, cannot("cast to " + typeName)
		}
		return Num{R: n.R}, nil
	case "smallint", "integer", "bigint":
		rounded := roundRat(n.R, 0)
		if !rounded.Num().IsInt64() || !fits(rounded.Num().Int64(), base) {
			return nil, raises("cast to " + typeName)
		}
		return Num{R: rounded, Integer: true}, nil
	case "double precision":
		f, _ := n.R.Float64()
		return f, nil
	case "real":
		f, _ := n.R.Float32()
		return float64(f), nil
	case "text", "character varying":
		if n.Integer && base == typeName {
			return n.R.Num().String(), nil
		}
	case "boolean":
		if n.Integer {
			return n.R.Sign() != 0, nil
		}
	}
	return nil, cannot("cast to " + typeName)
}

// fits tells whether an integer type holds n.
func fits(n int64, base string) bool {
	spare := 64 - widths[base]
	return n<<spare>>spare == n
}

// castInstant converts between dates and timestamps. The session's time zone is taken to be UTC.
func castInstant(v Value, base string) (Value, error) {
	micros, _ := instant(v)
	finite := micros != infinite && micros != -infinite
	switch base {
	case "date":
		if finite {
			return Date(floorDiv(micros, microsPerDay)), nil
		}
		return Date(micros), nil
	case "timestamp without time zone":
		return Timestamp(micros), nil
	case "timestamp with time zone":
		return TimestampTZ(micros), nil
	case "time without time zone":
		if finite {
			return Time(micros - floorDiv(micros, microsPerDay)*microsPerDay), nil
		}
	}
	return nil, cannot("cast to " + base)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// roundRat rounds to a number of decimals, halves away from zero.
func roundRat(r *big.Rat, decimals int) *big.Rat {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(decimals, -decimals))), nil))
	scaled := new(big.Rat).Mul(r, power)
	if decimals < 0 {
		scaled.Quo(r, power)
	}
	negative := scaled.Sign() < 0
	scaled.Abs(scaled)
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
	if negative {
		whole.Neg(whole)
	}
	if decimals < 0 {
		return whole.Mul(whole, power)
	}
	return whole.Quo(whole, power)
}

// Satisfied tells whether a CHECK constraint holds: its value is not false. known is false if that cannot be told here.
func (e *Evaluator) Satisfied(x *Expr) (ok, known bool) {
	v, err := e.truth(x)
	if err != nil {
		return false, !errors.Is(err, ErrCannot)
	}
	return v != false, true
}
