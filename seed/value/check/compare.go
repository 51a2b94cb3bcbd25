package check

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Compare orders two values of one type. Texts have an order only by collation, which is not known here: of them it is
// only told whether they are equal.
func Compare(a, b Value) (int, error) {
	a, b = unify(a, b)
	switch a := a.(type) {
	case Num:
		switch b := b.(type) {
		case Num:
			return a.R.Cmp(b.R), nil
		case float64:
			f, _ := a.R.Float64()
			return compareFloats(f, b), nil
		}
	case float64:
		switch b := b.(type) {
		case float64:
			return compareFloats(a, b), nil
		case Num:
			f, _ := b.R.Float64()
			return compareFloats(a, f), nil
		}
	case bool:
		if b, ok := b.(bool); ok {
			return compareBools(a, b), nil
		}
	case Label:
		if b, ok := b.(Label); ok {
			return cmp.Compare(a.Place, b.Place), nil
		}
	case Time:
		if b, ok := b.(Time); ok {
			return cmp.Compare(a, b), nil
		}
	case Interval:
		if b, ok := b.(Interval); ok {
			return a.total().Cmp(b.total()), nil
		}
	case List:
		if b, ok := b.(List); ok {
			return compareLists(a, b)
		}
	case Date, Timestamp, TimestampTZ:
		if x, ok := instant(a); ok {
			if y, ok := instant(b); ok {
				return cmp.Compare(x, y), nil
			}
		}
	}
	equal, err := equalTexts(a, b)
	if err == nil && equal {
		return 0, nil
	}
	return 0, cannot("order of text")
}

func compareFloats(a, b float64) int {
	switch { // NaN is equal to itself and greater than all else
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareLists(a, b List) (int, error) {
	for i := range min(len(a.Items), len(b.Items)) {
		x, y := a.Items[i], b.Items[i]
		switch {
		case x == nil && y == nil:
			continue
		case x == nil:
			return 1, nil // nulls are last
		case y == nil:
			return -1, nil
		}
		equal, err := Equal(x, y)
		if err != nil {
			return 0, err
		}
		if !equal {
			return Compare(x, y)
		}
	}
	return cmp.Compare(len(a.Items), len(b.Items)), nil
}

// instant gives dates and timestamps on one line of microseconds; with time zone as in UTC.
func instant(v Value) (int64, bool) {
	switch v := v.(type) {
	case Date:
		if v == infinite || v == -infinite {
			return int64(v), true
		}
		return int64(v) * microsPerDay, true
	case Timestamp:
		return int64(v), true
	case TimestampTZ:
		return int64(v), true
	}
	return 0, false
}

// total is the length of an interval as the server compares them: a month has 30 days.
func (i Interval) total() *big.Int {
	n := big.NewInt(i.Months*30 + i.Days)
	n.Mul(n, big.NewInt(microsPerDay))
	return n.Add(n, big.NewInt(i.Micros))
}

// Equal tells whether two values are equal under the type's operator =.
func Equal(a, b Value) (bool, error) {
	a, b = unify(a, b)
	switch a := a.(type) {
	case string, Padded, Other, Untyped:
		return equalTexts(a, b)
	case Document:
		if b, ok := b.(Document); ok {
			return equalJSON(a.Root, b.Root), nil
		}
	case Bounds:
		if b, ok := b.(Bounds); ok {
			return equalBounds(a, b)
		}
	default:
		order, err := Compare(a, b)
		return order == 0, err
	}
	return false, cannot("comparison")
}

func equalTexts(a, b Value) (bool, error) {
	x, okX := a.(Padded)
	y, okY := b.(Padded)
	if okX && okY {
		return x.Text == y.Text, nil
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return a == b, nil
		}
	case Other:
		if b, ok := b.(Other); ok && a.Text == b.Text {
			return true, nil
		} else if ok && len(a.Text) == 36 && len(b.Text) == 36 { // uuids
			return false, nil
		}
	case Untyped:
		if b, ok := b.(Untyped); ok {
			return a.Text == b.Text, nil
		}
	}
	return false, cannot("comparison")
}

func equalBounds(a, b Bounds) (bool, error) {
	if a.Empty || b.Empty {
		return a.Empty == b.Empty, nil
	}
	if a.LowerInclusive != b.LowerInclusive || a.UpperInclusive != b.UpperInclusive || (a.Lower == nil) != (b.Lower == nil) ||
		(a.Upper == nil) != (b.Upper == nil) {
		return false, nil
	}
	for _, pair := range [][2]Value{{a.Lower, b.Lower}, {a.Upper, b.Upper}} {
		if pair[0] != nil {
			if equal, err := Equal(pair[0], pair[1]); err != nil || !equal {
				return false, err
			}
		}
	}
	return true, nil
}

// unify gives a constant without a type that of its partner.
func unify(a, b Value) (Value, Value) {
	if u, ok := a.(Untyped); ok {
		if v, ok := u.as(b); ok {
			return v, b
		}
	}
	if u, ok := b.(Untyped); ok {
		if v, ok := u.as(a); ok {
			return a, v
		}
	}
	return a, b
}

func (u Untyped) as(like Value) (Value, bool) {
	name := ""
	switch like := like.(type) {
	case string:
		return u.Text, true
	case Padded:
		return Padded{Text: strings.TrimRight(u.Text, " ")}, true
	case Other:
		return Other(u), true
	case Num:
		name = "numeric"
		if like.Integer {
			name = "bigint"
		}
	case float64:
		name = "double precision"
	case bool:
		name = "boolean"
	case Date:
		name = "date"
	case Time:
		name = "time without time zone"
	case Timestamp:
		name = "timestamp without time zone"
	case TimestampTZ:
		name = "timestamp with time zone"
	case Interval:
		name = "interval"
	case Document:
		name = "jsonb"
	default:
		return nil, false
	}
	v, err := ParseText(u.Text, name, nil)
	return v, err == nil
}

// contains tells whether an item is in a list; null if that depends on nulls.
func (l List) contains(item Value) (Value, error) {
	if item == nil {
		return nil, nil
	}
	for _, other := range l.Items {
		if other == nil {
			continue
		}
		equal, err := Equal(item, other)
		if err != nil {
			return nil, err
		}
		if equal {
			return true, nil
		}
	}
	if slices.Contains(l.Items, nil) {
		return nil, nil
	}
	return false, nil
}
