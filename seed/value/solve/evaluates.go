package solve

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// readable are the texts that casts to a type take, of those that are made: enough to choose from, not all there are.
var readable = map[string]string{
	"smallint": `^[1-9]\d{0,3}$`, "integer": `^[1-9]\d{0,8}$`, "bigint": `^[1-9]\d{0,11}$`, "numeric": `^[1-9]\d{0,5}(\.\d\d)?$`,
	"double precision": `^[1-9]\d{0,5}(\.\d\d)?$`, "real": `^[1-9]\d{0,3}(\.\d)?$`, "boolean": `^(true|false)$`, "oid": `^[1-9]\d{0,7}$`,
	"uuid": `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`, "date": `^20[012]\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$`,
	"timestamp without time zone": `^20[012]\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$`,
	"timestamp with time zone":    `^20[012]\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d\+00$`,
	"time without time zone":      `^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$`, "interval": `^[1-9]\d? (hours|days|minutes)$`,
	"inet": `^10\.(\d|[1-9]\d|1\d\d)\.(\d|[1-9]\d|1\d\d)\.[1-9]\d?$`, "cidr": `^10\.(\d|[1-9]\d|1\d\d)\.(\d|[1-9]\d|1\d\d)\.[1-9]\d?/32$`,
	"jsonb": `^\{"[a-z]{2,6}": \d{1,3}\}$`, "json": `^\{"[a-z]{2,6}": \d{1,3}\}$`, "money": `^[1-9]\d{0,4}\.\d\d$`,
	"bytea": `^[a-z0-9]{4,20}$`, "xml": `^<a>[a-z]{2,8}</a>$`, "macaddr": `^02(:[0-9a-f]{2}){5}$`, "point": `^\(\d{1,3},\d{1,3}\)$`,
}

// evaluates gives the ways in which an expression can be evaluated without an error: what is cast to a type must be text
// that the type reads, what is divided by must not be zero. The rest is tried.
func (e *expander) evaluates(x *check.Expr) []Case {
	cases := always()
	risky := false
	var walk func(x *check.Expr)
	walk = func(x *check.Expr) {
		if x == nil {
			return
		}
		for _, arg := range x.Args {
			walk(arg)
		}
		switch {
		case x.Kind == check.Cast:
			arg := strip(x.Args[0])
			c, known := e.plainColumn(arg)
			base := strings.TrimSuffix(x.Name, "[]")
			switch {
			case arg.Constant() || slices.Contains([]string{"text", "character varying", "numeric", "bpchar", "text[]"}, x.Name) && !known:
			case known && c.Text && readable[base] != "" && base == x.Name:
				texts := anyText()
				texts.Language, _ = pattern.Regexp(readable[base], false)
				cases = product(cases, of(c.Name, Set{Some: true, Null: true, Texts: []Texts{texts}}))
			case known && !c.Text:
			default:
				risky = true
			}
		case x.Kind == check.Operator && (x.Name == "/" || x.Name == "%"):
			zero := &check.Expr{Kind: check.Literal, Form: check.Number, Text: "0"}
			if !x.Args[len(x.Args)-1].Constant() {
				cases = product(cases, e.expand(&check.Expr{Kind: check.Operator, Name: "<>", Args: []*check.Expr{x.Args[len(x.Args)-1], zero}}, notFalse))
			}
		case x.Kind == check.Call && !harmless(x.Name):
			risky = true
		}
	}
	walk(x)
	if risky {
		test := &check.Expr{Kind: check.Test, Name: "null", Args: []*check.Expr{x}}
		known := &check.Expr{Kind: check.Test, Name: "null", Negated: true, Args: []*check.Expr{test}}
		return product(cases, e.opaque(known, notFalse))
	}
	return cases
}

// Risky tells whether the evaluation of an expression may raise an error for some values.
func Risky(x *check.Expr) bool {
	if x == nil {
		return false
	}
	switch x.Kind {
	case check.Cast:
		if arg := strip(x.Args[0]); !arg.Constant() && !slices.Contains([]string{"text", "character varying", "bpchar", "text[]"}, x.Name) {
			return true
		}
	case check.Operator:
		if x.Name == "/" || x.Name == "%" {
			return true
		}
	case check.Call:
		if !harmless(x.Name) {
			return true
		}
	}
	return slices.ContainsFunc(x.Args, Risky)
}

// harmless tells whether a function takes every value of its type.
func harmless(name string) bool {
	return slices.Contains([]string{
		"lower", "upper", "coalesce", "btrim", "ltrim", "rtrim", "length", "char_length", "md5", "date_trunc", "date_part", "extract", "abs",
		"nullif", "greatest", "least", "concat", "to_tsvector", "left", "right", "replace", "jsonb_typeof", "array_length", "cardinality",
		"timezone", "date", "round", "floor", "ceil", "reverse", "octet_length", "immutable_unaccent", "setweight", "split_part",
		"substring", "substr", "position", "strpos", "initcap", "concat_ws", "hashtext", "num_nonnulls",
	}, name)
}
