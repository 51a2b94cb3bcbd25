package check

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/value/pattern"
)

func prefixOperator(name string, v Value) (Value, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case Num:
		switch name {
		case "-":
			return Num{new(big.Rat).Neg(v.R), v.Integer}, nil
		case "+":
			return v, nil
		case "@":
			return Num{new(big.Rat).Abs(v.R), v.Integer}, nil
		}
	case float64:
		switch name {
		case "-":
			return -v, nil
		case "+":
			return v, nil
		}
	case Interval:
		if name == "-" {
			return Interval{-v.Months, -v.Days, -v.Micros}, nil
		}
	}
	return nil, cannot("operator " + name)
}

// Apply evaluates a binary operator. Nulls make null.
func Apply(name string, a, b Value) (Value, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	switch name {
	case "=", "<>":
		equal, err := Equal(a, b)
		if err != nil {
			return nil, err
		}
		return equal == (name == "="), nil
	case "<", "<=", ">", ">=":
		order, err := Compare(a, b)
		if err != nil {
			return nil, err
		}
		switch name {
		case "<":
			return order < 0, nil
		case "<=":
			return order <= 0, nil
		case ">":
			return order > 0, nil
		}
		return order >= 0, nil
	case "+", "-", "*", "/", "%", "^":
		return arithmetic(name, a, b)
	case "||":
		return concatenate(a, b)
	case "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*":
		return match(name, a, b)
	case "^@":
		whole, ok := text(a)
		part, ok2 := text(b)
		if ok && ok2 {
			return strings.HasPrefix(whole, part), nil
		}
	case "->", "->>", "#>", "#>>", "?", "?|", "?&", "@>", "<@", "&&":
		return containment(name, a, b)
	}
	return nil, cannot("operator " + name)
}

func arithmetic(name string, a, b Value) (Value, error) {
	a, b = unifyArithmetic(a, b)
	switch x := a.(type) {
	case Num:
		switch y := b.(type) {
		case Num:
			return exact(name, x, y)
		case float64:
			f, _ := x.R.Float64()
			return inexact(name, f, y)
		case Interval:
			if name == "*" && x.R.IsInt() && x.R.Num().IsInt64() {
				return scaleInterval(y, x.R.Num().Int64()), nil
			}
		}
	case float64:
		switch y := b.(type) {
		case Num:
			f, _ := y.R.Float64()
			return inexact(name, x, f)
		case float64:
			return inexact(name, x, y)
		}
	case Interval:
		switch y := b.(type) {
		case Interval:
			switch name {
			case "+":
				return Interval{x.Months + y.Months, x.Days + y.Days, x.Micros + y.Micros}, nil
			case "-":
				return Interval{x.Months - y.Months, x.Days - y.Days, x.Micros - y.Micros}, nil
			}
		case Num:
			if name == "*" && y.R.IsInt() && y.R.Num().IsInt64() {
				return scaleInterval(x, y.R.Num().Int64()), nil
			}
		case Date, Timestamp, TimestampTZ:
			if name == "+" {
				return arithmetic(name, b, a)
			}
		}
	case Date, Timestamp, TimestampTZ:
		return moveInstant(name, a, b)
	case Time:
		switch y := b.(type) {
		case Time:
			if name == "-" {
				return Interval{Micros: int64(x - y)}, nil
			}
		case Interval:
			micros := y.Micros
			if name == "-" {
				micros = -micros
			}
			if name == "+" || name == "-" {
				sum := (int64(x) + micros) % microsPerDay
				if sum < 0 {
					sum += microsPerDay
				}
				return Time(sum), nil
			}
		}
	}
	return nil, cannot("operator " + name)
}

// unifyArithmetic gives a constant without a type that of a number beside it.
func unifyArithmetic(a, b Value) (Value, Value) {
	switch a.(type) {
	case Num, float64, Untyped:
		return unify(a, b)
	}
	return a, b
}

func scaleInterval(i Interval, by int64) Interval {
	return Interval{i.Months * by, i.Days * by, i.Micros * by}
}

func moveInstant(name string, a, b Value) (Value, error) {
	micros, _ := instant(a)
	if micros == infinite || micros == -infinite {
		return nil, cannot("arithmetic with infinity")
	}
	switch y := b.(type) {
	case Num: // date + integer
		if d, ok := a.(Date); ok && y.Integer && y.R.Num().IsInt64() {
			n := y.R.Num().Int64()
			if name == "-" {
				n = -n
			}
			if name == "+" || name == "-" {
				return d + Date(n), nil
			}
		}
	case Date, Timestamp, TimestampTZ:
		other, _ := instant(b)
		if name != "-" || other == infinite || other == -infinite {
			break
		}
		if x, ok := a.(Date); ok {
			if y, ok := b.(Date); ok {
				return Integer(int64(x - y)), nil
			}
		}
		// The server gives days and what is left of them.
		difference := micros - other
		return Interval{Days: difference / microsPerDay, Micros: difference % microsPerDay}, nil
	case Interval:
		if name == "-" {
			y = Interval{-y.Months, -y.Days, -y.Micros}
		} else if name != "+" {
			break
		}
		if _, ok := a.(Date); ok {
			a = Timestamp(micros)
		}
		moved := micros
		if y.Months != 0 {
			t := epoch.Add(0).AddDate(0, 0, int(floorDiv(micros, microsPerDay)))
			moved = addMonths(t.Year(), int(t.Month()), t.Day(), y.Months)*microsPerDay + (micros - floorDiv(micros, microsPerDay)*microsPerDay)
		}
		moved += y.Days*microsPerDay + y.Micros
		if _, ok := a.(TimestampTZ); ok {
			return TimestampTZ(moved), nil
		}
		return Timestamp(moved), nil
	}
	return nil, cannot("operator " + name)
}

func exact(name string, a, b Num) (Value, error) {
	integer := a.Integer && b.Integer
	result := new(big.Rat)
	switch name {
	case "+":
		return Num{result.Add(a.R, b.R), integer}, nil
	case "-":
		return Num{result.Sub(a.R, b.R), integer}, nil
	case "*":
		return Num{result.Mul(a.R, b.R), integer}, nil
	case "/":
		if b.R.Sign() == 0 {
			return nil, cannot("division by zero")
		}
		if result.Quo(a.R, b.R); integer {
			result.SetInt(new(big.Int).Quo(result.Num(), result.Denom()))
			return Num{result, true}, nil
		}
		// The server rounds a quotient to some sixteen digits; an exact one comes out the same.
		if scaled := roundRat(result, 12); scaled.Cmp(result) == 0 {
			return Num{R: result}, nil
		}
		return nil, cannot("quotient with many digits")
	case "%":
		if b.R.Sign() == 0 {
			return nil, cannot("division by zero")
		}
		quotient := new(big.Rat).Quo(a.R, b.R)
		whole := new(big.Rat).SetInt(new(big.Int).Quo(quotient.Num(), quotient.Denom()))
		return Num{result.Sub(a.R, whole.Mul(whole, b.R)), integer}, nil
	case "^":
		if b.R.IsInt() && b.R.Num().IsInt64() {
			if n := b.R.Num().Int64(); n >= 0 && n <= 64 && !integer {
				result.SetInt64(1)
				for range n {
					result.Mul(result, a.R)
				}
				return Num{R: result}, nil
			}
		}
	}
	return nil, cannot("operator " + name)
}

func inexact(name string, a, b float64) (Value, error) {
	switch name {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "/":
		if b != 0 {
			return a / b, nil
		}
	case "^":
		return math.Pow(a, b), nil
	}
	return nil, cannot("operator " + name)
}

func concatenate(a, b Value) (Value, error) {
	if x, ok := text(a); ok {
		if y, ok := text(b); ok {
			return x + y, nil
		}
	}
	x, okX := a.(List)
	y, okY := b.(List)
	switch {
	case okX && okY:
		return List{slices.Concat(x.Items, y.Items)}, nil
	case okX:
		return List{append(slices.Clone(x.Items), b)}, nil
	case okY:
		return List{append([]Value{a}, y.Items...)}, nil
	}
	return nil, cannot("operator ||")
}

// match evaluates the pattern operators through an automaton, so that there is one reading of a pattern only.
func match(name string, a, b Value) (Value, error) {
	whole, ok := text(a)
	expression, ok2 := text(b)
	if !ok || !ok2 {
		return nil, cannot("operator " + name)
	}
	if p, ok := a.(Padded); ok {
		if p.Width == 0 {
			return nil, cannot("operator " + name)
		}
		whole += strings.Repeat(" ", max(0, p.Width-utf8.RuneCountInString(whole)))
	}
	positive := strings.TrimPrefix(name, "!")
	fold := strings.HasSuffix(positive, "*")
	language := pattern.Regexp
	if strings.HasPrefix(positive, "~~") {
		language = pattern.Like
	}
	l, err := language(expression, fold)
	if err != nil {
		return nil, cannot("pattern")
	}
	set, err := l.Compile(0, -1)
	if err != nil || !set.Spells(whole) {
		return nil, cannot("pattern")
	}
	return set.Match(whole) == (name == positive), nil
}

func containment(name string, a, b Value) (Value, error) {
	if d, ok := a.(Document); ok {
		return jsonOperator(name, d, b)
	}
	if _, ok := b.(Document); ok && name == "<@" {
		return containment("@>", b, a)
	}
	if r, ok := a.(Bounds); ok && name == "@>" {
		if _, isRange := b.(Bounds); !isRange {
			return r.contains(b)
		}
	}
	if r, ok := b.(Bounds); ok && name == "<@" {
		return r.contains(a)
	}
	a, b = untypedList(a), untypedList(b)
	x, okX := a.(List)
	y, okY := b.(List)
	if !okX || !okY {
		return nil, cannot("operator " + name)
	}
	if name == "<@" {
		x, y = y, x
	}
	switch name {
	case "@>", "<@":
		for _, item := range y.Items {
			in, err := x.contains(item)
			if err != nil {
				return nil, err
			}
			if in != true { // a null is contained in nothing
				return false, nil
			}
		}
		return true, nil
	case "&&":
		for _, item := range y.Items {
			if in, err := x.contains(item); err != nil || in == true {
				return in, err
			}
		}
		return false, nil
	}
	return nil, cannot("operator " + name)
}

func untypedList(v Value) Value {
	if u, ok := v.(Untyped); ok {
		if list, err := parseArray(u.Text, "unknown", nil); err == nil {
			return list
		}
	}
	return v
}

func jsonOperator(name string, d Document, b Value) (Value, error) {
	keys := untypedList(b)
	switch name {
	case "->", "->>":
		if u, ok := b.(Untyped); ok {
			b = u.Text
		}
		member, ok := d.get(b)
		if !ok {
			return nil, nil
		}
		if name == "->>" {
			return member.text()
		}
		return member, nil
	case "#>", "#>>":
		list, ok := keys.(List)
		if !ok {
			return nil, cannot("operator " + name)
		}
		member, ok := d.path(list)
		if !ok {
			return nil, nil
		}
		if name == "#>>" {
			return member.text()
		}
		return member, nil
	case "?":
		if key, ok := text(b); ok {
			return d.has(key), nil
		}
	case "?|", "?&":
		list, ok := keys.(List)
		if !ok {
			return nil, cannot("operator " + name)
		}
		for _, item := range list.Items {
			key, ok := text(item)
			if !ok {
				return nil, cannot("operator " + name)
			}
			if d.has(key) == (name == "?|") {
				return name == "?|", nil
			}
		}
		return name == "?&", nil
	case "@>", "<@":
		if u, ok := b.(Untyped); ok {
			parsed, err := parseJSON(u.Text)
			if err != nil {
				return nil, err
			}
			b = parsed
		}
		other, ok := b.(Document)
		if !ok {
			return nil, cannot("operator " + name)
		}
		if name == "<@" {
			d, other = other, d
		}
		return d.contains(other), nil
	}
	return nil, cannot("operator " + name)
}

// contains tells whether an element is in a range.
func (r Bounds) contains(v Value) (Value, error) {
	if r.Empty {
		return false, nil
	}
	if r.Lower != nil {
		order, err := Compare(r.Lower, v)
		if err != nil {
			return nil, err
		}
		if order > 0 || order == 0 && !r.LowerInclusive {
			return false, nil
		}
	}
	if r.Upper != nil {
		order, err := Compare(v, r.Upper)
		if err != nil {
			return nil, err
		}
		if order > 0 || order == 0 && !r.UpperInclusive {
			return false, nil
		}
	}
	return true, nil
}
