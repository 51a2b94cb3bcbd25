package value

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
)

// contained takes doc @> '{"a": {"b": 1}}' apart: into comparisons of what is read at the places that the constant has.
func (l *leafReader) contained(x *check.Expr) *check.Expr {
	if x == nil {
		return nil
	}
	if x.Kind == check.Operator && x.Name == "@>" && len(x.Args) == 2 {
		if p, ok := pathOf(x.Args[0]); ok && !p.text && l.root(p.column) != nil {
			if parts, ok := containedParts(x.Args[0], strip(x.Args[1])); ok && len(parts) > 0 {
				return &check.Expr{Kind: check.And, Args: parts}
			}
		}
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = l.contained(arg)
	}
	return &out
}

func containedParts(document, constant *check.Expr) ([]*check.Expr, bool) {
	if constant.Kind != check.Literal || constant.Form != check.String {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(constant.Text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, false
	}
	return partsOf(document, object)
}

// partsOf is false where the constant holds something that is not compared by its text: an array, null.
func partsOf(document *check.Expr, object map[string]any) ([]*check.Expr, bool) {
	var parts []*check.Expr
	for _, key := range slices.Sorted(maps.Keys(object)) {
		at := func(operator string) *check.Expr {
			return &check.Expr{Kind: check.Operator, Name: operator, Args: []*check.Expr{document, {Kind: check.Literal, Text: key}}}
		}
		equal := func(typ string, value *check.Expr) *check.Expr {
			read := at("->>")
			if typ != "" {
				read = &check.Expr{Kind: check.Cast, Name: typ, Args: []*check.Expr{read}}
			}
			return &check.Expr{Kind: check.Operator, Name: "=", Args: []*check.Expr{read, value}}
		}
		switch v := object[key].(type) {
		case string:
			parts = append(parts, equal("", &check.Expr{Kind: check.Literal, Text: v}), notNull(at("->>")))
		case json.Number:
			parts = append(parts, equal("numeric", &check.Expr{Kind: check.Literal, Form: check.Number, Text: v.String()}), notNull(at("->>")))
		case bool:
			value := &check.Expr{Kind: check.Cast, Name: "boolean", Args: []*check.Expr{{Kind: check.Literal, Text: strconv.FormatBool(v)}}}
			parts = append(parts, equal("boolean", value), notNull(at("->>")))
		case map[string]any:
			inside, ok := partsOf(at("->"), v)
			if !ok || len(inside) == 0 {
				return nil, false
			}
			parts = append(parts, inside...)
		default:
			return nil, false
		}
	}
	return parts, true
}
