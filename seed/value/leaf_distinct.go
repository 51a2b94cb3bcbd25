package value

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// Leaf gives the values that may be where an expression reads a column's JSON documents, as DomainOf does for a column. It is nil
// if the expression gives equal results for different ones, or reads no such place.
func Leaf(ctx context.Context, r Request, column, expression string) (Domain, string, error) {
	b := newBuilder(ctx, r)
	r.Distinct = append(r.Distinct[:len(r.Distinct):len(r.Distinct)], Distinct{Column: column, Apart: [][]string{{expression}}})
	p, err := b.newPuzzle(r)
	if err != nil {
		return nil, "", err
	}
	if len(p.apart) == 0 {
		return nil, "it reads no place in a document that is told apart", nil
	}
	name := p.apart[len(p.apart)-1].Column
	pc, set := p.columns[name], solve.Set{}
	for _, g := range solve.Solve(&p.Problem).Groups {
		for _, s := range g.Scenarios {
			if one, ok := s.Sets[name]; ok && one.Some {
				if union, ok := set.Or(one); ok {
					set = union
				}
			}
		}
	}
	src, w, err := b.domainSource(pc.column, pc, set)
	var reason unfit
	switch {
	case errors.As(err, &reason):
		return nil, reason.reason, nil
	case err != nil:
		return nil, "", fmt.Errorf("%s of column %s: %w", expression, column, err)
	case src.domain == nil:
		return nil, "its values cannot be counted off", nil
	}
	return src.domain, explain(src, w), nil
}

// distinct chooses the leaves that must differ from row to row.
func (l *leafReader) distinct(r Request) {
	for _, d := range r.Distinct {
		if l.p.documents[d.Column] == nil {
			continue
		}
		for _, list := range d.Apart {
			best, bestRank, filled := "", 0, false
			for _, expression := range list {
				x, err := check.Parse(expression)
				if err != nil {
					continue
				}
				name, strict, ok := l.toldApart(l.rewrite(l.inline(x)))
				if !ok {
					continue
				}
				rank := l.variety(name)
				if slices.ContainsFunc(l.p.apart, func(d Distinct) bool { return d.Column == name }) {
					rank = 10
				}
				if rank > bestRank {
					best, bestRank, filled = name, rank, !strict
				}
			}
			if best != "" {
				l.setApart(best, d.NoNulls || filled && len(list) == 1)
			}
		}
	}
}

func (l *leafReader) setApart(name string, noNulls bool) {
	l.p.apart = append(l.p.apart, Distinct{Column: name, NoNulls: noNulls})
	l.p.columns[name].wish.distinct = true
	i := slices.IndexFunc(l.p.Columns, func(c solve.Column) bool { return c.Name == name })
	l.p.Columns[i].Fixed = true
	if noNulls {
		l.p.columns[name].nulls, l.p.Columns[i].NotNull = 0, true
	}
}

// toldApart gives the leaf whose different values give different results of an expression, and whether a null gives null.
func (l *leafReader) toldApart(x *check.Expr) (name string, strict, ok bool) {
	switch x.Kind {
	case check.Column:
		pc := l.p.columns[x.Name]
		return x.Name, true, pc != nil && pc.leafOf != ""
	case check.Collate:
		return l.toldApart(x.Args[0])
	case check.Cast:
		name, strict, ok = l.toldApart(x.Args[0])
		return name, strict, ok && textual(x.Name)
	case check.Call:
		switch {
		case x.Name == "coalesce":
			name, _, ok = l.toldApart(x.Args[0])
			return name, false, ok
		case slices.Contains([]string{"lower", "upper", "md5", "sha256", "sha512", "to_jsonb"}, x.Name) && len(x.Args) == 1:
			return l.toldApart(x.Args[0])
		}
	}
	return "", false, false
}

// variety ranks leaves by how many different values their types have.
func (l *leafReader) variety(name string) int {
	switch pc := l.p.columns[name]; {
	case isText(pc.typ) || pc.typ.Name == "uuid":
		return 5
	case pc.order == nil || pc.order.form == formBool || pc.order.form == formEnum:
		return 1
	case pc.typ.Category == "N":
		return 4
	}
	return 3
}
