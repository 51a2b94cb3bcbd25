package value

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// DomainOf gives the values that a column may have by its type, its CHECK constraints and the bound, as a set to build
// keys from, and what they were inferred from. Its first indexes are the most usual values.
func DomainOf(ctx context.Context, r Request, column string, within Bound) (Domain, string, error) {
	b := newBuilder(ctx, r)
	for _, c := range r.Table.Columns {
		if c.Name != column {
			continue
		}
		r.Distinct = append(r.Distinct, Distinct{Column: column})
		src, w, err := b.domainSource(c, r, solve.Everything())
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

func (b *builder) domainSource(c *schema.Column, r Request, set solve.Set) (*source, wish, error) {
	w, err := b.wish(c, r, set)
	if err != nil {
		return nil, w, err
	}
	src, err := b.make(w)
	return src, w, err
}

// domainSet narrows a set to what a domain's checks allow.
func (b *builder) domainSet(_ *schema.Type, set solve.Set) solve.Set { return set }
