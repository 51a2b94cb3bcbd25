package value

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// DomainOf gives the values that a column may have by its type, its CHECK constraints and the bound, as a set to build keys
// from, and what they were inferred from. Its first indexes are the most usual values. The domain is nil if the values
// cannot be counted off or none is known; the text then says why. An error is of the server alone.
func DomainOf(ctx context.Context, r Request, column string, within Bound) (Domain, string, error) {
	b := newBuilder(ctx, r)
	for _, c := range r.Table.Columns {
		if c.Name != column {
			continue
		}
		r.Distinct = append(r.Distinct[:len(r.Distinct):len(r.Distinct)], Distinct{Column: column})
		set, pc, err := b.columnSet(r, c)
		if err != nil {
			return nil, "", fmt.Errorf("column %s: %w", column, err)
		}
		src, w, err := b.domainSource(c, pc, b.bounded(c, set, within))
		var reason unfit
		switch {
		case errors.As(err, &reason):
			return nil, reason.reason, nil
		case err != nil:
			return nil, "", fmt.Errorf("column %s: %w", column, err)
		case src.domain == nil:
			return nil, "values of type " + c.Type + " cannot be counted off", nil
		}
		return src.domain, explain(src, w), nil
	}
	return nil, "there is no column " + column, nil
}

func (b *builder) domainSource(c *schema.Column, pc *puzzleColumn, set solve.Set) (*source, wish, error) {
	if pc == nil || pc.wish.typ == nil {
		return nil, wish{}, unfitf("its type %s is not known, or it is left to its default", c.Type)
	}
	w := pc.wish
	w.set = set
	if !set.Some {
		return nil, w, unfitf("no value of type %s satisfies the checks", c.Type)
	}
	src, err := b.make(w)
	return src, w, err
}

// columnSet is what a column may be in any of the scenarios of its table, and what is known of it.
func (b *builder) columnSet(r Request, c *schema.Column) (solve.Set, *puzzleColumn, error) {
	p, err := b.newPuzzle(r)
	if err != nil {
		return solve.Set{}, nil, err
	}
	out := solve.Set{}
	for _, g := range solve.Solve(&p.Problem).Groups {
		for _, s := range g.Scenarios {
			set, ok := s.Sets[c.Name]
			if !ok || !set.Some {
				continue
			}
			if union, ok := out.Or(set); ok {
				out = union
			}
		}
	}
	return out, p.columns[c.Name], nil
}

// bounded narrows a set to the values that a partition takes.
func (b *builder) bounded(c *schema.Column, set solve.Set, within Bound) solve.Set {
	if within.Values == nil && within.From == nil && within.To == nil && len(within.Except) == 0 {
		return set
	}
	typ, mod := b.underlying(b.db.Type(c.TypeOID), c.TypeMod)
	if typ == nil {
		return set
	}
	column := b.describe(typ, mod)
	column.Name = c.Name
	name := typ.Formatted
	compare := func(operator, text string) *check.Expr {
		constant := &check.Expr{Kind: check.Cast, Name: name, Args: []*check.Expr{{Kind: check.Literal, Text: text}}}
		return &check.Expr{Kind: check.Operator, Name: operator, Args: []*check.Expr{{Kind: check.Column, Name: c.Name}, constant}}
	}
	p := solve.Problem{Columns: []solve.Column{column}, Present: clock(b.present), Types: b}
	add := func(x *check.Expr) { p.Checks = append(p.Checks, solve.Check{Name: "bound", Expr: x}) }
	if within.Values != nil {
		any := &check.Expr{Kind: check.Or}
		for _, text := range within.Values {
			any.Args = append(any.Args, compare("=", text))
		}
		if len(any.Args) == 1 {
			any = any.Args[0]
		}
		add(any)
	}
	if within.From != nil {
		add(compare(">=", *within.From))
	}
	if within.To != nil {
		add(compare("<", *within.To))
	}
	for _, text := range within.Except {
		add(compare("<>", text))
	}
	result := solve.Solve(&p)
	if len(result.Failures) > 0 {
		return solve.Set{}
	}
	for _, s := range result.Groups[0].Scenarios {
		narrowed := s.Sets[c.Name]
		narrowed.Conditions = nil
		return set.And(narrowed)
	}
	return set
}
