package value

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// DefaultPresent is what generators take for now unless they are told otherwise. It does not move, so that the same seed
// gives the same data on every day.
var DefaultPresent = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var epochMicros = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// Columns works out how the columns of a table are filled, so that its NOT NULL and CHECK constraints hold. What it finds
// no values for is in the solution's Unsolved; an error is of the server alone.
func Columns(ctx context.Context, r Request) (*Solution, error) {
	b := newBuilder(ctx, r)
	p, err := b.newPuzzle(r)
	if err != nil {
		return nil, err
	}
	r.Distinct = append(r.Distinct[:len(r.Distinct):len(r.Distinct)], p.apart...)
	a := &assembly{builder: b, request: r, puzzle: p}
	return a.run()
}

// usualNulls is the share of nulls in a column of which nothing special is known.
func (r *Request) usualNulls() float64 {
	if r.NullShare >= 0 && r.NullShare <= 1 && !math.Signbit(r.NullShare) && r.NullShare > 0 {
		return r.NullShare
	}
	return 0.1
}

// where gives the place in the configuration that says something of a column; "" if none does.
func (r *Request) where(column string) string { return r.Overrides[column].Where }

// goesOn is the index of the domain from which a column that counts up goes on after the values that are there; not ok if it
// can't, for want of room say.
func (r *Request) goesOn(name string, src *source) (first uint64, ok bool) {
	for _, d := range r.Distinct {
		if d.Column != name || d.First == 0 || src.order == nil {
			continue
		}
		if c, ok := src.domain.(*counted); ok && c.step <= 1 && len(c.spans) > 0 && int64(d.First) >= c.spans[0].Low {
			if first := d.First - uint64(c.spans[0].Low); first < c.Size() && c.Size()-first >= r.Rows {
				return first, true
			}
		}
	}
	return 0, false
}

// sometimes makes some values of a column null.
type sometimes struct {
	inner  Generator
	stream random.Stream
	nulls  float64
}

// Append implements Generator.
func (g *sometimes) Append(dst []byte, row uint64) (out []byte, null bool) {
	if s := g.stream.At(row); s.Chance(g.nulls) {
		return dst, true
	}
	return g.inner.Append(dst, row)
}

// wish puts together what is known of a column.
func (b *builder) wish(c *schema.Column, r Request, set solve.Set) (wish, error) {
	typ := b.db.Type(c.TypeOID)
	if typ == nil {
		return wish{}, unfitf("its type %s is not known", c.Type)
	}
	w := wish{typ: typ, mod: c.TypeMod, name: c.Name, set: set, stream: b.stream(c.Name), preset: constant(c.Default)}
	for _, d := range r.Distinct {
		w.distinct = w.distinct || d.Column == c.Name
	}
	w.meaning = meaning.Of(meaning.Column{
		Name: c.Name, Table: r.Table.Name, Comment: c.Comment, Class: b.class(typ), Length: length(typ, c.TypeMod), Default: w.preset,
		Unique: w.distinct,
	})
	return w, nil
}

// constant gives the text of a default that is one: 'draft'::character varying is draft.
func constant(expression string) string {
	if expression == "" {
		return ""
	}
	x, err := check.Parse(expression)
	if err != nil {
		return ""
	}
	for x.Kind == check.Cast {
		x = x.Args[0]
	}
	if x.Kind != check.Literal {
		return ""
	}
	switch x.Form {
	case check.True:
		return "true"
	case check.False:
		return "false"
	case check.Null, check.Bits:
		return ""
	}
	return x.Text
}

// explain says what a column holds and from what that was inferred.
func explain(src *source, w wish) string {
	what := src.from
	if what == "" {
		what = strings.TrimPrefix(w.typ.Formatted, "pg_catalog.")
	}
	why := w.meaning.Why
	if w.meaning.Name == "" {
		why = "its type"
	}
	return what + ": from " + why
}
