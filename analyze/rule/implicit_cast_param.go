package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
)

func implicitCastParam() Rule {
	return Rule{
		ID:    "implicit-cast-param",
		Title: "a value of another type makes the server cast the column",
		About: "The statement compares a column with a value of a wider type, a bigint with a numeric for example, often because a driver sends the parameter so. The " +
			"server then casts the column, row by row, and an index on it is of no use.",
		Silent:     "the statement itself casts the column (cast-on-column says so); the scan keeps many of its rows or is cheap.",
		Advice:     "Bind the parameter with the column's type, or cast it in the statement.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, p := range c.predicates() {
				cast, ok := p.subject.(expr.Cast)
				if !ok || c.isLabel(p, cast) || !indexable(p.operator) || !c.implicitCast(p, cast) {
					continue
				}
				column := p.columns[0].Name
				mend := report.Mend{Kind: "rewrite", SQL: fmt.Sprintf("-- %s %s $value, bound with the column's type", column, p.operator), Text: "Bind the value with the column's type."}
				if known := c.column(p); known != nil {
					mend.SQL = fmt.Sprintf("-- %s %s $value::%s", column, p.operator, known.Type)
				}
				hits = append(hits, c.predicateHit(p, fmt.Sprintf("%s is cast to %s because the value that it is compared with is one", column, cast.Type), mend))
			}
			return hits
		},
	}
}

// implicitCast tells whether the server cast the column by itself: the statement's text has no cast of it.
func (c *Context) implicitCast(p predicate, cast expr.Cast) bool {
	column, ok := cast.Arg.(expr.Column)
	if !ok || len(c.Tokens) == 0 {
		return false
	}
	for i, t := range c.Tokens {
		if t.Kind != expr.Ident && t.Kind != expr.Quoted || t.Text != column.Name {
			continue
		}
		next := func(n int) expr.Token {
			if i+n < len(c.Tokens) && i+n >= 0 {
				return c.Tokens[i+n]
			}
			return expr.Token{Kind: expr.Invalid}
		}
		if next(1).Is("::") || next(1).Is(")") && next(2).Is("::") || next(1).Is("as") && castBefore(c.Tokens, i) {
			return false
		}
		// date(created_at) may be printed as a cast, too.
		if next(1).Is(")") && (next(-1).Is("(") && next(-2).Kind == expr.Ident || next(-1).Is(".") && next(-3).Is("(") && next(-4).Kind == expr.Ident) {
			return false
		}
	}
	return p.value != nil
}

// castBefore tells whether the column at i stands in CAST(… AS type).
func castBefore(tokens []expr.Token, i int) bool {
	for j := i - 1; j > 0 && j > i-4; j-- {
		if tokens[j].Is("(") && tokens[j-1].Is("cast") {
			return true
		}
	}
	return false
}
