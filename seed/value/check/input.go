package check

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Types knows the types of a database that are not built in.
type Types interface {
	// Parse reads a text as a value of a type named as in an expression. It wraps ErrCannot if it does not know the type.
	Parse(text, typeName string) (Value, error)
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

// widths are the bits of the integer types; oid is unsigned.
var widths = map[string]int{"smallint": 16, "integer": 32, "bigint": 64, "oid": 64}

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
		for i < len(body)-1 && body[i] == ' ' { // blanks before an element are none of it
			i++
		}
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
