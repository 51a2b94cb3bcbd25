package value

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
)

// path is where in a JSON document an expression reads: the keys of objects within objects.
type path struct {
	column string
	keys   []string
	text   bool // it gives the text there, as ->> does, not JSON
}

// pathOf reads col -> 'a' ->> 'b', col #>> '{a,b}', jsonb_extract_path_text(col, 'a', 'b') and col['a']['b']. It is false for
// what does not lead to a key of a column's document by constants: an element of an array, say.
func pathOf(x *check.Expr) (path, bool) {
	switch x.Kind {
	case check.Column:
		return path{column: x.Name}, true
	case check.Cast:
		if x.Name == "jsonb" || x.Name == "json" {
			return documentAt(x.Args[0], nil, false)
		}
	case check.Operator:
		if len(x.Args) != 2 {
			break
		}
		switch x.Name {
		case "->", "->>":
			if key, ok := keyOf(x.Args[1]); ok {
				return documentAt(x.Args[0], []string{key}, x.Name == "->>")
			}
		case "#>", "#>>":
			if keys, ok := keysOf(x.Args[1]); ok {
				return documentAt(x.Args[0], keys, x.Name == "#>>")
			}
		}
	case check.Call:
		name, isJSON := strings.CutPrefix(strings.TrimPrefix(x.Name, "pg_catalog."), "json")
		name = strings.TrimPrefix(name, "b")
		if !isJSON || name != "_extract_path" && name != "_extract_path_text" || len(x.Args) < 2 {
			break
		}
		var keys []string
		for _, arg := range x.Args[1:] {
			if key, ok := keyOf(arg); ok {
				keys = append(keys, key)
			} else if several, ok := keysOf(arg); ok {
				keys = append(keys, several...)
			} else {
				return path{}, false
			}
		}
		return documentAt(x.Args[0], keys, name == "_extract_path_text")
	case check.Subscript:
		if len(x.Args) == 2 && x.Args[1] != nil {
			if key, ok := keyOf(x.Args[1]); ok {
				return documentAt(x.Args[0], []string{key}, false)
			}
		}
	}
	return path{}, false
}

// documentAt is what keys read of the document that an expression gives.
func documentAt(x *check.Expr, keys []string, text bool) (path, bool) {
	p, ok := pathOf(x)
	if !ok || p.text {
		return path{}, false
	}
	p.keys, p.text = slices.Concat(p.keys, keys), text
	return p, true
}

// keyOf reads a constant key of an object.
func keyOf(x *check.Expr) (string, bool) {
	x = strip(x)
	if x.Kind != check.Literal || x.Form != check.String || x.Text == "" {
		return "", false
	}
	return x.Text, true
}

// keysOf reads a constant list of keys. Numbers among them may be places in arrays: those are not read.
func keysOf(x *check.Expr) ([]string, bool) {
	var keys []string
	x = strip(x)
	switch {
	case x.Kind == check.Array:
		for _, arg := range x.Args {
			key, ok := keyOf(arg)
			if !ok {
				return nil, false
			}
			keys = append(keys, key)
		}
	case x.Kind == check.Literal && x.Form == check.String:
		v, err := check.ParseText(x.Text, "text[]", nil)
		list, ok := v.(check.List)
		if err != nil || !ok {
			return nil, false
		}
		for _, item := range list.Items {
			key, ok := item.(string)
			if !ok {
				return nil, false
			}
			keys = append(keys, key)
		}
	}
	return keys, len(keys) > 0 && !slices.ContainsFunc(keys, func(key string) bool { return key == "" || strings.Trim(key, "-0123456789") == "" })
}

// keysAsked reads col ? 'a', col ?& '{a,b}' and col ?| '{a,b}': the document that is asked, and for which keys.
func keysAsked(x *check.Expr) (p path, keys []string, every, ok bool) {
	operator := x.Name
	switch {
	case x.Kind == check.Operator && len(x.Args) == 2 && (operator == "?" || operator == "?&" || operator == "?|"):
	case x.Kind == check.Call && len(x.Args) == 2 && strings.HasPrefix(x.Name, "jsonb_exists"):
		operator = map[string]string{"jsonb_exists": "?", "jsonb_exists_all": "?&", "jsonb_exists_any": "?|"}[x.Name]
	default:
		return p, nil, false, false
	}
	p, ok = pathOf(x.Args[0])
	if !ok || p.text {
		return p, nil, false, false
	}
	if operator == "?" {
		var key string
		key, ok = keyOf(x.Args[1])
		return p, []string{key}, true, ok
	}
	keys, ok = keysOf(x.Args[1])
	return p, keys, operator == "?&", ok
}
