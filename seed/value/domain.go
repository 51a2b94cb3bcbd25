package value

import (
	"context"

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
		w, err := b.wish(c, r, solve.Everything())
		if err != nil {
			return nil, "", err
		}
		src, err := b.make(w)
		if err != nil {
			return nil, "", err
		}
		if src.domain == nil {
			return nil, "", unfitf("values of type %s cannot be counted off", c.Type)
		}
		return src.domain, explain(src, w), nil
	}
	return nil, "", unfitf("there is no column %s", column)
}

// domainSet narrows a set to what a domain's checks allow.
func (b *builder) domainSet(_ *schema.Type, set solve.Set) solve.Set { return set }
