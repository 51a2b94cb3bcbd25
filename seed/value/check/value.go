package check

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is a value of SQL: nil for NULL, else one of
//
//	bool                          boolean
//	Num                           the integers, numeric, money (in units)
//	float64                       real, double precision
//	string                        text, character varying, name, citext, xml
//	Padded                        character
//	Date, Time, Timestamp, TimestampTZ, Interval
//	Label                         an enum's value
//	List                          an array of one dimension
//	Document                      json, jsonb
//	Bounds                        a range
//	Other                         any other type, in text form
type Value any

// Num is an exact number. Integer division cuts off.
type Num struct {
	R       *big.Rat
	Integer bool
}

// Date is days since 2000-01-01.
type Date int64

// Time is microseconds since midnight.
type Time int64

// Timestamp is microseconds since 2000-01-01 00:00.
type Timestamp int64

// TimestampTZ is microseconds since 2000-01-01 00:00 UTC.
type TimestampTZ int64

// Interval is an interval.
type Interval struct {
	Months, Days int64
	Micros       int64
}

// Label is a label of an enum type, with its place among the type's labels.
type Label struct {
	Text  string
	Place int
}

// List is an array of one dimension; Element names the type of its elements if it is known.
type List struct {
	Items []Value
}

// Bounds is a range.
type Bounds struct {
	Empty                          bool
	Lower, Upper                   Value // nil: unbounded
	LowerInclusive, UpperInclusive bool
}

// Padded is a value of character(n), without the blanks that it is filled up with. Only pattern operators see those.
type Padded struct {
	Text  string
	Width int
}

// Other is a value of a type that is not known here.
type Other struct{ Text string }

// Untyped is a constant in quotes whose type follows from what it is compared with.
type Untyped struct{ Text string }

// ErrCannot is wrapped where the answer is not known here, only to the server.
var ErrCannot = errors.New("cannot be evaluated here")

// errRaises is wrapped, beside ErrCannot, where the server would most likely raise an error.
var errRaises = errors.New("invalid input")

func raises(what string) error { return fmt.Errorf("%s: %w: %w", what, errRaises, ErrCannot) }

func cannot(what string) error { return fmt.Errorf("%s: %w", what, ErrCannot) }

// Integer makes a Num of an integer.
func Integer(n int64) Num { return Num{new(big.Rat).SetInt64(n), true} }

// Decimal makes a Num of ticks × 10^-scale.
func Decimal(ticks int64, scale int) Num {
	r := new(big.Rat).SetInt64(ticks)
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
	if scale > 0 {
		r.Quo(r, power)
	} else {
		r.Mul(r, power)
	}
	return Num{R: r}
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	microsPerDay    = 24 * 60 * 60 * 1_000_000
	microsPerSecond = 1_000_000
	infinite        = math.MaxInt64 // infinity of dates and timestamps; its negative is -infinity
)

// baseType cuts modifiers off the name of a type: numeric(10,2) is numeric.
func baseType(name string) string {
	if open := strings.IndexByte(name, '('); open >= 0 {
		if end := strings.IndexByte(name[open:], ')'); end >= 0 {
			return name[:open] + name[open+end+1:]
		}
	}
	if rest, ok := strings.CutPrefix(name, "interval "); ok && rest != "" {
		return "interval" + name[len(name)-2*strings.Count(name, "[]"):]
	}
	return name
}

// ParseText gives the value that a text stands for in a type, as the type's input function reads it. types helps with
// types that are not built in; it may be nil.
func ParseText(text, typeName string, types Types) (Value, error) {
	base := baseType(typeName)
	if element, ok := strings.CutSuffix(base, "[]"); ok {
		return parseArray(text, element, types)
	}
	trimmed := strings.TrimSpace(text)
	switch base {
	case "text", "character varying", "name", "xml":
		return text, nil
	case "character", "bpchar":
		width, _ := strconv.Atoi(strings.Trim(strings.TrimPrefix(typeName, base), "()"))
		return Padded{strings.TrimRight(text, " "), width}, nil
	case "smallint", "integer", "bigint", "oid":
		n, err := strconv.ParseInt(trimmed, 10, widths[base])
		if err != nil {
			return nil, raises("integer " + text)
		}
		return Integer(n), nil
	case "numeric":
		return parseNumber(trimmed)
	case "money":
		return nil, cannot("money")
	case "real", "double precision":
		f, err := strconv.ParseFloat(trimmed, 64)
		if err != nil {
			return nil, raises("float " + text)
		}
		return f, nil
	case "boolean":
		return parseBool(trimmed)
	case "date":
		return parseDate(trimmed)
	case "time without time zone":
		return parseTime(trimmed)
	case "timestamp without time zone", "timestamp with time zone":
		t, err := parseTimestamp(trimmed)
		if err != nil || base == "timestamp without time zone" {
			return t, err
		}
		return TimestampTZ(t.(Timestamp)), nil
	case "interval":
		return parseInterval(trimmed)
	case "json", "jsonb":
		return parseJSON(text)
	case "uuid":
		return Other{strings.ToLower(trimmed)}, nil
	case "unknown", `"unknown"`:
		return Untyped{text}, nil
	}
	if types != nil {
		return types.Parse(text, typeName)
	}
	return nil, cannot("type " + typeName)
}

// widths are the bits of the integer types; oid is unsigned.
var widths = map[string]int{"smallint": 16, "integer": 32, "bigint": 64, "oid": 64}

// Types knows the types of a database that are not built in.
type Types interface {
	// Parse reads a text as a value of a type named as in an expression. It wraps ErrCannot if it does not know the type.
	Parse(text, typeName string) (Value, error)
}

func parseNumber(text string) (Value, error) {
	if text == "" || strings.ContainsAny(text, "/xXpP_iInN") {
		return nil, raises("number " + text)
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(text[i+1:]); err != nil || exponent > 1000 || exponent < -1000 {
			return nil, raises("number " + text)
		}
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, raises("number " + text)
	}
	return Num{R: r}, nil
}

func parseBool(text string) (Value, error) {
	switch strings.ToLower(text) {
	case "t", "true", "yes", "y", "on", "1":
		return true, nil
	case "f", "false", "no", "n", "off", "0":
		return false, nil
	}
	return nil, raises("boolean " + text)
}

func parseDate(text string) (Value, error) {
	switch text {
	case "infinity":
		return Date(infinite), nil
	case "-infinity":
		return Date(-infinite), nil
	}
	t, err := time.Parse("2006-01-02", text)
	if err != nil {
		return nil, raises("date " + text)
	}
	return Date(t.Unix()/86400 - epoch.Unix()/86400), nil
}

func parseTime(text string) (Value, error) {
	if text == "24:00:00" {
		return Time(microsPerDay), nil
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return Time(t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)).Microseconds()), nil
		}
	}
	return nil, raises("time " + text)
}

func parseTimestamp(text string) (Value, error) {
	switch text {
	case "infinity":
		return Timestamp(infinite), nil
	case "-infinity":
		return Timestamp(-infinite), nil
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02", "2006-01-02T15:04:05Z07:00",
		"2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05 UTC",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return Timestamp(t.UnixMicro() - epoch.UnixMicro()), nil
		}
	}
	return nil, raises("timestamp " + text)
}

var intervalUnits = map[string]Interval{
	"microsecond": {Micros: 1}, "us": {Micros: 1}, "millisecond": {Micros: 1000}, "ms": {Micros: 1000},
	"second": {Micros: microsPerSecond}, "sec": {Micros: microsPerSecond}, "s": {Micros: microsPerSecond},
	"minute": {Micros: 60 * microsPerSecond}, "min": {Micros: 60 * microsPerSecond}, "m": {Micros: 60 * microsPerSecond},
	"hour": {Micros: 3600 * microsPerSecond}, "hr": {Micros: 3600 * microsPerSecond}, "h": {Micros: 3600 * microsPerSecond},
	"day": {Days: 1}, "d": {Days: 1}, "week": {Days: 7}, "w": {Days: 7},
	"month": {Months: 1}, "mon": {Months: 1}, "year": {Months: 12}, "yr": {Months: 12}, "y": {Months: 12},
	"decade": {Months: 120}, "century": {Months: 1200},
}

// parseInterval reads the forms that the server prints and people write: 1 year 2 mons 3 days 04:05:06, 90 minutes.
func parseInterval(text string) (Value, error) {
	var sum Interval
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if strings.Contains(word, ":") {
			negative := strings.HasPrefix(word, "-")
			var clock [3]float64
			for j, part := range strings.SplitN(strings.TrimLeft(word, "+-"), ":", 3) {
				f, err := strconv.ParseFloat(part, 64)
				if err != nil {
					return nil, raises("interval " + text)
				}
				clock[j] = f
			}
			micros := int64(clock[0])*3600*microsPerSecond + int64(clock[1])*60*microsPerSecond + int64(math.Round(clock[2]*microsPerSecond))
			if negative {
				micros = -micros
			}
			sum.Micros += micros
			continue
		}
		end := strings.IndexFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		number, unit := word, ""
		if end > 0 {
			number, unit = word[:end], word[end:]
		} else if i+1 < len(words) && end < 0 {
			i++
			unit = words[i]
		}
		unit = strings.ToLower(unit)
		if unit == "" {
			unit = "second"
		}
		one, ok := intervalUnits[unit]
		if !ok {
			one, ok = intervalUnits[strings.TrimSuffix(unit, "s")]
		}
		n, err := strconv.ParseFloat(number, 64)
		if !ok || err != nil || math.Abs(n) > 1e9 || n != math.Trunc(n) && one.Micros == 0 {
			return nil, raises("interval " + text)
		}
		sum.Months += int64(n) * one.Months
		sum.Days += int64(n) * one.Days
		sum.Micros += int64(math.Round(n * float64(one.Micros)))
	}
	if len(words) == 0 {
		return nil, raises("interval " + text)
	}
	return sum, nil
}

// total is the length of an interval as the server compares them: a month has 30 days.
func (i Interval) total() *big.Int {
	n := big.NewInt(i.Months*30 + i.Days)
	n.Mul(n, big.NewInt(microsPerDay))
	return n.Add(n, big.NewInt(i.Micros))
}

// parseArray reads the text form of an array of one dimension: {a,"b c",NULL}.
func parseArray(text, element string, types Types) (Value, error) {
	text = strings.TrimSpace(text)
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, cannot("array " + text)
	}
	list := List{}
	body := text[1 : len(text)-1]
	for i := 0; i < len(body); {
		var item strings.Builder
		isQuoted := false
		if body[i] == '{' {
			return nil, cannot("array of several dimensions")
		}
		if body[i] == '"' {
			isQuoted = true
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' && i+1 < len(body) {
					i++
				}
				item.WriteByte(body[i])
			}
			i++
		} else {
			for ; i < len(body) && body[i] != ','; i++ {
				item.WriteByte(body[i])
			}
		}
		if i < len(body) && body[i] != ',' {
			return nil, cannot("array " + text)
		}
		i++
		if !isQuoted && strings.EqualFold(item.String(), "null") {
			list.Items = append(list.Items, nil)
			continue
		}
		value, err := ParseText(item.String(), element, types)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, value)
	}
	return list, nil
}

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
