package solve

import (
	"math/big"
	"slices"

	"github.com/pgassay/pgassay/seed/value/check"
)

// count reads sums of conditions, such as num_nonnulls(a, b) = 1 and (a IS NULL)::int + (b IS NULL)::int < 2.
func (e *expander) count(left, right *check.Expr, name string) ([]Case, bool) {
	terms, constant, ok := e.conditions(left)
	if !ok || len(terms) == 0 {
		return nil, false
	}
	v, err := e.eval.Eval(right)
	n, isNumber := v.(check.Num)
	if err != nil || !isNumber || !n.R.IsInt() {
		return nil, false
	}
	want := int(n.R.Num().Int64()) - constant
	var cases []Case
	for k := 0; k <= len(terms); k++ {
		order := k - want
		fits := map[string]bool{"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[name]
		if fits && len(cases) < maxCases {
			cases = append(cases, e.choose(terms, k)...)
		}
	}
	return thinned(cases), true
}

// conditions reads a sum of conditions that count one each, and what is added to it.
func (e *expander) conditions(x *check.Expr) (terms []*check.Expr, constant int, ok bool) {
	switch x.Kind {
	case check.Call:
		if x.Name == "num_nonnulls" || x.Name == "num_nulls" {
			args := x.Args
			if len(args) == 1 && args[0].Kind == check.Array {
				args = args[0].Args
			}
			for _, arg := range args {
				terms = append(terms, &check.Expr{Kind: check.Test, Name: "null", Negated: x.Name == "num_nonnulls", Args: []*check.Expr{arg}})
			}
			return terms, 0, true
		}
		if x.Name == "int4" && len(x.Args) == 1 && e.boolean(x.Args[0]) {
			return x.Args, 0, true
		}
	case check.Cast:
		if (x.Name == "integer" || x.Name == "bigint" || x.Name == "smallint") && e.boolean(x.Args[0]) {
			return x.Args[:1], 0, true
		}
		return e.conditions(x.Args[0])
	case check.Case:
		if len(x.Args) == 3 && literalNumber(x.Args[1]) == "1" && literalNumber(x.Args[2]) == "0" {
			return x.Args[:1], 0, true
		}
		if len(x.Args) == 3 && literalNumber(x.Args[1]) == "0" && literalNumber(x.Args[2]) == "1" {
			// Not true counts.
			test := &check.Expr{Kind: check.Test, Name: "true", Negated: true, Args: x.Args[:1]}
			return []*check.Expr{test}, 0, true
		}
	case check.Operator:
		if x.Name != "+" || len(x.Args) != 2 {
			break
		}
		a, b, ok := e.conditions(x.Args[0])
		c, d, ok2 := e.conditions(x.Args[1])
		if ok && ok2 {
			return slices.Concat(a, c), b + d, true
		}
	case check.Literal:
		if n, ok := new(big.Int).SetString(literalNumber(x), 10); ok && n.IsInt64() {
			return nil, int(n.Int64()), true
		}
	}
	return nil, 0, false
}

func literalNumber(x *check.Expr) string {
	if x.Kind == check.Literal && x.Form == check.Number {
		return x.Text
	}
	return ""
}

// choose gives the ways in which exactly k of the conditions are true.
func (e *expander) choose(terms []*check.Expr, k int) []Case {
	var out []Case
	var walk func(i, left int, so []Case)
	walk = func(i, left int, so []Case) {
		if len(so) == 0 || len(out) >= maxCases || left > len(terms)-i {
			return
		}
		if i == len(terms) {
			out = append(out, so...)
			return
		}
		if left > 0 {
			walk(i+1, left-1, product(so, e.expand(terms[i], isTrue)))
		}
		walk(i+1, left, product(so, e.expand(terms[i], notTrue)))
	}
	walk(0, k, always())
	return out
}
