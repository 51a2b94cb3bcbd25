package check

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Document is a json or jsonb value: Root is nil for JSON's null, bool, json.Number, string, []any or map[string]any.
type Document struct{ Root any }

func parseJSON(text string) (Value, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, cannot("json")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, cannot("json")
	}
	return Document{root}, nil
}

// kind is what jsonb_typeof says.
func (d Document) kind() string {
	switch d.Root.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// get is the operator ->; the second result is false for NULL.
func (d Document) get(key Value) (Document, bool) {
	switch root := d.Root.(type) {
	case map[string]any:
		name, ok := text(key)
		if !ok {
			return d, false
		}
		member, ok := root[name]
		return Document{member}, ok
	case []any:
		n, ok := key.(Num)
		if !ok || !n.R.IsInt() {
			return d, false
		}
		i := int(n.R.Num().Int64())
		if i < 0 {
			i += len(root)
		}
		if i < 0 || i >= len(root) {
			return d, false
		}
		return Document{root[i]}, true
	}
	return d, false
}

// path is the operator #>.
func (d Document) path(keys List) (Document, bool) {
	for _, key := range keys.Items {
		name, ok := text(key)
		if !ok {
			return d, false
		}
		step := Value(name)
		if _, isArray := d.Root.([]any); isArray {
			i, err := strconv.Atoi(name)
			if err != nil {
				return d, false
			}
			step = Integer(int64(i))
		}
		if d, ok = d.get(step); !ok {
			return d, false
		}
	}
	return d, true
}

// text is what ->> gives: NULL for JSON's null, a string without quotes, else the JSON text.
func (d Document) text() (Value, error) {
	switch root := d.Root.(type) {
	case nil:
		return nil, nil
	case string:
		return root, nil
	case bool:
		return strconv.FormatBool(root), nil
	case json.Number:
		return root.String(), nil
	}
	return nil, cannot("text of json")
}

// has is the operator ?.
func (d Document) has(key string) bool {
	switch root := d.Root.(type) {
	case map[string]any:
		_, ok := root[key]
		return ok
	case []any:
		return slices.Contains(root, any(key))
	case string:
		return root == key
	}
	return false
}

func equalJSON(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, okX := new(big.Rat).SetString(a.String())
		y, okY := new(big.Rat).SetString(b.String())
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalJSON)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equalJSON)
	}
	switch b.(type) {
	case []any, map[string]any, json.Number:
		return false
	}
	return a == b
}

// contains is the operator @>. Only at the top does an array contain a value that is not in an array.
func (d Document) contains(other Document) bool {
	if list, ok := d.Root.([]any); ok {
		switch other.Root.(type) {
		case []any, map[string]any:
		default:
			return slices.ContainsFunc(list, func(item any) bool { return equalJSON(item, other.Root) })
		}
	}
	return containsJSON(d.Root, other.Root)
}

func containsJSON(a, b any) bool {
	switch b := b.(type) {
	case map[string]any:
		a, ok := a.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range b {
			member, ok := a[key]
			if !ok || !containsJSON(member, value) {
				return false
			}
		}
		return true
	case []any:
		a, ok := a.([]any)
		if !ok {
			return false
		}
		return !slices.ContainsFunc(b, func(value any) bool {
			return !slices.ContainsFunc(a, func(other any) bool { return containsJSON(other, value) })
		})
	}
	return equalJSON(a, b)
}

// text gives the text of a value that is one.
func text(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case Padded:
		return v.Text, true
	case Untyped:
		return v.Text, true
	}
	return "", false
}
