package check

import (
	"strings"
)

// call evaluates a function.
func (e *Evaluator) call(x *Expr) (Value, error) {
	switch x.Name { // those that are not strict
	case "coalesce":
		for _, arg := range x.Args {
			if v, err := e.Eval(arg); err != nil || v != nil {
				return v, err
			}
		}
		return nil, nil
	case "nullif":
		return e.nullIf(x)
	case "greatest", "least":
		return e.extreme(x)
	case "num_nulls", "num_nonnulls":
		return e.countNulls(x)
	case "concat":
		return e.concat(x)
	case "now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "localtimestamp", "current_date":
		return e.now(x.Name)
	}
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	for _, arg := range args {
		if arg == nil {
			if x.Name == "array_position" || x.Name == "array_remove" || x.Name == "array_append" || strings.Contains(x.Name, ".") {
				return nil, cannot("function " + x.Name)
			}
			return nil, nil
		}
	}
	return e.strict(x.Name, args)
}

// strict evaluates the functions that give null if an argument is null.
func (e *Evaluator) strict(name string, args []Value) (Value, error) {
	if len(args) == 0 {
		return nil, cannot("function " + name)
	}
	if s, ok := text(args[0]); ok {
		if v, err, known := textFunction(name, s, args); known {
			return v, err
		}
	}
	switch first := args[0].(type) {
	case List:
		if v, err, known := arrayFunction(name, first, args); known {
			return v, err
		}
	case Num:
		if v, err, known := numberFunction(name, first, args); known {
			return v, err
		}
	case float64:
		if v, known := floatFunction(name, first); known {
			return v, nil
		}
	case Document:
		if v, known := documentFunction(name, first, args); known {
			return v, nil
		}
	case Bounds:
		if v, known := rangeFunction(name, first); known {
			return v, nil
		}
	case Date, Timestamp, TimestampTZ:
		switch name {
		case "isfinite":
			micros, _ := instant(first)
			return micros != infinite && micros != -infinite, nil
		case "timestamp", "timestamptz", "date":
			return castInstant(first, map[string]string{
				"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone", "date": "date",
			}[name])
		}
	}
	if len(args) == 2 {
		return e.dateFunction(name, args[0], args[1])
	}
	return nil, cannot("function " + name)
}

func (e *Evaluator) nullIf(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil || len(args) != 2 || args[0] == nil || args[1] == nil {
		return at(args, 0), err
	}
	equal, err := Equal(args[0], args[1])
	if err != nil || equal {
		return nil, err
	}
	return args[0], nil
}

func (e *Evaluator) extreme(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	var best Value
	for _, arg := range args {
		if arg == nil {
			continue
		}
		if best == nil {
			best = arg
			continue
		}
		order, err := Compare(arg, best)
		if err != nil {
			return nil, err
		}
		if x.Name == "greatest" && order > 0 || x.Name == "least" && order < 0 {
			best = arg
		}
	}
	return best, nil
}

func (e *Evaluator) countNulls(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	if len(x.Args) == 1 && x.Args[0].Kind == Array { // VARIADIC ARRAY[…]
		if list, ok := args[0].(List); ok {
			args = list.Items
		}
	}
	nulls := int64(0)
	for _, arg := range args {
		if arg == nil {
			nulls++
		}
	}
	if x.Name == "num_nulls" {
		return Integer(nulls), nil
	}
	return Integer(int64(len(args)) - nulls), nil
}

func (e *Evaluator) concat(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for _, arg := range args {
		if arg == nil {
			continue
		}
		s, ok := text(arg)
		if !ok {
			return nil, cannot("concat")
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// int64At gives the argument at a place as an int64; false if there is none, or it is not a whole number.
func int64At(args []Value, at int) (int64, bool) {
	if at >= len(args) {
		return 0, false
	}
	n, ok := args[at].(Num)
	if !ok || !n.R.IsInt() || !n.R.Num().IsInt64() {
		return 0, false
	}
	return n.R.Num().Int64(), true
}

func arrayFunction(name string, list List, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	size := int64(len(list.Items))
	switch name {
	case "cardinality":
		return Integer(size), nil, true
	case "array_length", "array_upper", "array_lower":
		dimension, ok := int64At(args, 1)
		if !ok {
			return nil, nil, false
		}
		if size == 0 || dimension != 1 {
			return nil, nil, true
		}
		if name == "array_lower" {
			return Integer(1), nil, true
		}
		return Integer(size), nil, true
	case "array_ndims":
		if size == 0 {
			return nil, nil, true
		}
		return Integer(1), nil, true
	case "array_position":
		for i, item := range list.Items {
			if item == nil {
				continue
			}
			equal, err := Equal(item, at(args, 1))
			if err != nil {
				return nil, err, true
			}
			if equal {
				return Integer(int64(i + 1)), nil, true
			}
		}
		return nil, nil, true
	}
	return nil, nil, false
}

func documentFunction(name string, d Document, args []Value) (v Value, known bool) {
	switch name {
	case "jsonb_typeof", "json_typeof":
		return d.kind(), true
	case "jsonb_array_length", "json_array_length":
		if list, ok := d.Root.([]any); ok {
			return Integer(int64(len(list))), true
		}
	case "jsonb_exists":
		if key, ok := text(at(args, 1)); ok {
			return d.has(key), true
		}
	}
	return nil, false
}

func rangeFunction(name string, r Bounds) (v Value, known bool) {
	switch name {
	case "isempty":
		return r.Empty, true
	case "lower":
		return r.Lower, true
	case "upper":
		return r.Upper, true
	case "lower_inf":
		return !r.Empty && r.Lower == nil, true
	case "upper_inf":
		return !r.Empty && r.Upper == nil, true
	case "lower_inc":
		return !r.Empty && r.Lower != nil && r.LowerInclusive, true
	case "upper_inc":
		return !r.Empty && r.Upper != nil && r.UpperInclusive, true
	}
	return nil, false
}

// at is the argument at a place, or nil.
func at(args []Value, place int) Value {
	if place >= len(args) {
		return nil
	}
	return args[place]
}
