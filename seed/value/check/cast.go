package check

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

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
		return e.castText(value, base, typeName)
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
		return e.castList(value, base)
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
		return castFloat(value, base, typeName)
	case bool:
		return castBool(value, base, typeName)
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
		return castDocument(value, base, typeName)
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

// castText reads a text as its target's input function does; to a text type with a length it would be cut off.
func (e *Evaluator) castText(text, base, typeName string) (Value, error) {
	switch base {
	case "text", "character varying", "name", "citext", "public.citext":
		if base != typeName {
			return nil, cannot("cast to " + typeName)
		}
		return text, nil
	case "bpchar", "character":
		if base != typeName {
			return nil, cannot("cast to " + typeName)
		}
		return Padded{Text: strings.TrimRight(text, " ")}, nil
	}
	return ParseText(text, typeName, e.Types)
}

func (e *Evaluator) castList(list List, base string) (Value, error) {
	element, ok := strings.CutSuffix(base, "[]")
	if !ok {
		return nil, cannot("cast of an array")
	}
	items := make([]Value, len(list.Items))
	for i, item := range list.Items {
		var err error
		if items[i], err = e.cast(item, element); err != nil {
			return nil, err
		}
	}
	return List{items}, nil
}

func castFloat(f float64, base, typeName string) (Value, error) {
	switch base {
	case "double precision":
		return f, nil
	case "real":
		return float64(float32(f)), nil
	case "integer", "bigint", "smallint":
		if rounded := math.RoundToEven(f); math.Abs(rounded) < 1e15 && fits(int64(rounded), base) {
			return Integer(int64(rounded)), nil
		}
		return nil, raises("cast to " + typeName)
	case "numeric":
		// The server keeps fifteen digits.
		if r, ok := new(big.Rat).SetString(new(big.Float).SetFloat64(f).Text('g', 15)); ok && base == typeName {
			return Num{R: r}, nil
		}
	}
	return nil, cannot("cast to " + typeName)
}

func castBool(b bool, base, typeName string) (Value, error) {
	switch base {
	case "boolean":
		return b, nil
	case "integer":
		if b {
			return Integer(1), nil
		}
		return Integer(0), nil
	case "text":
		return strconv.FormatBool(b), nil
	}
	return nil, cannot("cast to " + typeName)
}

func castDocument(d Document, base, typeName string) (Value, error) {
	if base == "json" || base == "jsonb" {
		return d, nil
	}
	switch root := d.Root.(type) {
	case bool:
		if base == "boolean" {
			return root, nil
		}
	case nil, string, []any, map[string]any:
	default: // a number
		text, _ := d.text()
		if s, ok := text.(string); ok && (base == "integer" || base == "bigint" || base == "numeric") {
			n, err := parseNumber(s)
			if err != nil {
				return nil, err
			}
			return castNumber(n.(Num), base, typeName)
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
