package value

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
		if len(set.Conditions) > 0 && b.trials.server != nil {
			own := src
			if src, err = b.tried(r, pc, set, own); err == nil && src.domain.Size() < r.First+r.Rows {
				src, w, err = b.triedStyles(r, pc, set, own, src, w)
			}
			if err != nil {
				return nil, "", fmt.Errorf("column %s: %w", column, err)
			}
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

// triedStyles tries other kinds of text where conditions that only the server can evaluate leave too few of a column's own.
func (b *builder) triedStyles(r Request, pc *puzzleColumn, set solve.Set, own, few *source, w wish) (*source, wish, error) {
	if !isText(pc.typ) || own.domain.Size() == few.domain.Size() {
		return few, w, nil
	}
	for _, style := range styles {
		styled := *pc
		styled.wish.meaning = styleOf(style, pc)
		src, with, err := b.domainSource(pc.column, &styled, set)
		var reason unfit
		if errors.As(err, &reason) || err == nil && src.domain == nil {
			continue
		}
		if err != nil {
			return nil, w, err
		}
		if src, err = b.tried(r, &styled, set, src); err != nil {
			return nil, w, err
		}
		if src.domain.Size() >= r.First+r.Rows {
			return src, with, nil
		}
	}
	return few, w, nil
}

// tried keeps the values of a domain that satisfy conditions which only the server can evaluate: of its first ones, and of
// those that the conditions speak of.
func (b *builder) tried(r Request, pc *puzzleColumn, set solve.Set, src *source) (*source, error) {
	name := pc.column.Name
	a := &assembly{
		builder: b, request: r, puzzle: &puzzle{columns: map[string]*puzzleColumn{name: pc}}, out: &Solution{Columns: map[string]Column{}},
	}
	var checks []tableCheck
	for _, condition := range set.Conditions {
		checks = append(checks, tableCheck{sql: conditionText(condition), columns: []string{name}, expr: condition.Expr})
	}
	const most = 4000
	v := &values{}
	seen := map[string]bool{}
	for i := range min(src.domain.Size(), most) {
		value := src.domain.Append(nil, i)
		seen[string(value)] = true
		v.list = append(v.list, value)
	}
	more, err := a.candidates(name, checks)
	if err != nil {
		return nil, err
	}
	for _, value := range more {
		if value != nil && !seen[string(value)] {
			v.list = append(v.list, value)
		}
	}
	verdicts, err := a.judge(checks, make([]uint64, len(v.list)), map[string][][]byte{name: v.list})
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(verdicts, func(v verdict) bool { return v.bad > 0 }) && len(v.list) >= most {
		return src, nil // a condition that hardly any value fails
	}
	passed := &values{}
	for i, value := range v.list {
		if good(verdicts, i) {
			passed.list = append(passed.list, value)
		}
	}
	out := *src
	out.maker, out.domain, out.block = passed, passed, 0
	out.from += ", those that satisfy the checks"
	return &out, nil
}
