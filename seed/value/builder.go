package value

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// builder makes the makers of one table's columns.
type builder struct {
	db      *schema.Database
	seed    uint64
	table   string // qualified name
	present int64  // microseconds since 2000-01-01
	people  map[string]*people
	places  map[string]*places
	trials  *trials
	// functions are those of the database that constraints call, by name and number of arguments; nil for what is no expression.
	functions map[string]*function
	ctx       context.Context // of the one call that the builder serves
}

func newBuilder(ctx context.Context, r Request) *builder {
	present := r.Present
	if present.IsZero() {
		present = DefaultPresent
	}
	return &builder{
		db: r.Database, seed: r.Seed, table: r.Table.QualifiedName(), present: present.UnixMicro() - epochMicros,
		people: map[string]*people{}, places: map[string]*places{}, trials: newTrials(r.Server), ctx: ctx,
	}
}

func (b *builder) stream(name string) random.Stream { return random.NewStream(b.seed, b.table, name) }

// person gives the people of a group of columns: billing_name and billing_email share one.
func (b *builder) person(group string) *people {
	p := b.people[group]
	if p == nil {
		p = newPeople(b.stream("person " + group))
		b.people[group] = p
	}
	return p
}

func (b *builder) place(group string) *places {
	p := b.places[group]
	if p == nil {
		p = &places{b.stream("place " + group)}
		b.places[group] = p
	}
	return p
}

// wish is what is asked of the values of a type.
type wish struct {
	typ      *schema.Type
	mod      int32
	name     string // the column's, or the field's
	meaning  meaning.Meaning
	set      solve.Set
	stream   random.Stream
	distinct bool    // a domain is wanted
	preset   string  // the column's default, if it is a constant
	depth    int     // of types within types
	draw     *draw   // what the configuration says of the distribution, in ticks; nil: nothing
	fixed    *source // what the configuration says of the values; nil: nothing
	leaves   *branch // of a JSON column: what is put into its documents besides; nil: nothing
}

// source is how the values of a type are made.
type source struct {
	maker  maker
	alone  maker // makes better ones, where no other column must know the value; nil: the same
	domain Domain
	block  uint64 // of the domain: how many of its first indexes are the best ones; 0 for all
	rising bool   // the domain is best used in order
	order  *ordered
	draw   *draw // of an ordered type
	width  float64
	cast   bool   // the values are the type's text form
	from   string // what the values are: an email address
}

// within makes wishes for the type inside another one.
func (w wish) within(typ *schema.Type, mod int32, part string) wish {
	w.typ, w.mod, w.depth = typ, mod, w.depth+1
	w.stream = w.stream.Sub(part)
	w.preset, w.draw, w.fixed, w.leaves = "", nil, nil, nil
	return w
}

// unfit is an error for what cannot be made, in words for people.
type unfit struct{ reason string }

func (e unfit) Error() string { return e.reason }

func unfitf(format string, args ...any) error { return unfit{fmt.Sprintf(format, args...)} }

// make finds out how to make the values of a wish.
func (b *builder) make(w wish) (*source, error) {
	if w.fixed != nil {
		return w.fixed, nil
	}
	if w.depth > 12 {
		return nil, unfitf("type %s is nested too deeply", w.typ.Formatted)
	}
	switch w.typ.Kind {
	case schema.DomainType:
		return b.makeDomain(w)
	case schema.ArrayType:
		return b.makeArray(w)
	case schema.CompositeType:
		return b.makeComposite(w)
	case schema.RangeType:
		return b.makeRange(w)
	case schema.MultirangeType:
		inner := b.db.Type(w.typ.Range)
		if inner == nil {
			return nil, unfitf("the range type of %s is not known", w.typ.Formatted)
		}
		src, err := b.makeRange(w.within(inner, -1, "range"))
		if err != nil {
			return nil, err
		}
		m := multirange{one: src.maker, domain: src.domain}
		return &source{maker: m, domain: m, width: src.width + 8, from: src.from}, nil
	}
	if o, ok := b.ordered(w.typ, w.mod); ok {
		return b.makeOrdered(o, w)
	}
	if src, err, known := b.makeText(w); known {
		return src, err
	}
	if src, err, known := b.makeSpecial(w); known {
		return src, err
	}
	return b.makeUnknown(w)
}

// makeDomain makes the values of the type under a domain; the domain's checks are in the wish's set already where it is
// a column's own type, and are added here for one inside another type.
func (b *builder) makeDomain(w wish) (*source, error) {
	base := b.db.Type(w.typ.Base)
	if base == nil {
		return nil, unfitf("the type under domain %s is not known", w.typ.Formatted)
	}
	inner := w
	inner.typ, inner.mod, inner.depth = base, w.typ.BaseMod, w.depth+1
	if w.depth > 0 {
		inner.set = b.domainSet(w.typ, w.set)
		inner.set.Null = false
		if inner.set.Empty() {
			return nil, unfitf("no value satisfies the checks of domain %s", w.typ.Formatted)
		}
	}
	if w.meaning.Name == "" {
		if m := meaning.Of(meaning.Column{Name: w.typ.Name, Class: b.class(base)}); m.Name != "" {
			m.Why = "the name of its type"
			inner.meaning = m
		}
	}
	return b.make(inner)
}

func (b *builder) makeArray(w wish) (*source, error) {
	element := b.db.Type(w.typ.Element)
	if element == nil {
		return nil, unfitf("the element type of %s is not known", w.typ.Formatted)
	}
	low, high := 0, 5
	inner := w.within(element, w.mod, "element")
	inner.set = solve.Set{Some: true}
	if a := w.set.Array; a != nil {
		low = a.Low
		high = max(low+4, 5)
		if a.High >= 0 {
			high = min(high, a.High)
		}
		if a.Element != nil {
			inner.set = *a.Element
			inner.set.Null = false
		}
	}
	if w.meaning.Name == "" || strings.HasSuffix(w.name, "s") && len(w.name) > 2 {
		// tags holds many a tag.
		m := meaning.Of(meaning.Column{Name: strings.TrimSuffix(w.name, "s"), Class: b.class(element)})
		if m.Name != "" {
			inner.meaning = m
		}
	}
	if inner.meaning.Name == "" && b.class(element) == meaning.Text {
		inner.meaning.Templates = []string{"{word}"} // lists hold words rather than sentences
	}
	if inner.set.Empty() {
		if low > 0 {
			return nil, unfitf("no element satisfies the checks")
		}
		high = 0
		inner.set = solve.Set{Some: true}
	}
	src, err := b.make(inner)
	if err != nil {
		return nil, err
	}
	m := &array{element: src.maker, oid: element.OID, low: low, high: high}
	if src.domain != nil && src.domain.Size() < 64 {
		// Few different elements: none twice.
		m.high = min(m.high, int(src.domain.Size()))
		m.high = max(m.high, m.low)
		if src.domain.Size() > 0 && m.high <= int(src.domain.Size()) {
			m.domain = src.domain
		}
	}
	out := &source{maker: m, width: 20 + float64(low+high)/2*(4+src.width), from: src.from}
	if src.domain != nil && src.domain.Size() > 0 && m.high > 0 {
		out.domain = &singletons{element: src.domain, oid: element.OID, size: max(1, low)}
		out.block = src.block
	}
	return out, nil
}

func (b *builder) makeComposite(w wish) (*source, error) {
	m := &composite{}
	d := &tuples{}
	width := 4.0
	for _, field := range w.typ.Fields {
		typ := b.db.Type(field.TypeOID)
		m.oids = append(m.oids, field.TypeOID)
		d.oids = append(d.oids, field.TypeOID)
		if typ == nil {
			m.fields, d.fields = append(m.fields, nil), append(d.fields, nil)
			continue
		}
		inner := w.within(typ, field.TypeMod, "field "+field.Name)
		inner.name, inner.set = field.Name, solve.Set{Some: true}
		inner.meaning = meaning.Of(meaning.Column{
			Name: field.Name, Table: w.typ.Name, Comment: field.Comment, Class: b.class(typ), Length: length(typ, field.TypeMod),
		})
		inner.meaning.Group = strings.Trim(w.name+" "+inner.meaning.Group, " ")
		src, err := b.make(inner)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", field.Name, err)
		}
		m.fields = append(m.fields, src.maker)
		d.fields = append(d.fields, src.domain)
		width += 8 + src.width
	}
	d.makers = m.fields
	out := &source{maker: m, width: width, from: "its fields"}
	if d.Size() > 1 {
		out.domain = d
	}
	return out, nil
}

// class tells what a type can hold, for its meaning.
func (b *builder) class(typ *schema.Type) meaning.Class {
	for range 20 {
		if typ == nil {
			return meaning.Other
		}
		switch typ.Kind {
		case schema.DomainType:
			typ = b.db.Type(typ.Base)
			continue
		case schema.EnumType:
			return meaning.Other
		case schema.ArrayType:
			return meaning.Other
		}
		break
	}
	if typ == nil {
		return meaning.Other
	}
	switch typ.Name {
	case "json", "jsonb":
		return meaning.JSON
	case "uuid":
		return meaning.UUID
	case "inet", "cidr":
		return meaning.Network
	case "bytea":
		return meaning.Binary
	case "bool":
		return meaning.Bool
	case "date", "timestamp", "timestamptz", "time", "timetz", "interval":
		return meaning.Time
	case "int2", "int4", "int8", "numeric", "float4", "float8", "money":
		return meaning.Number
	case "text", "varchar", "bpchar", "citext", "name":
		return meaning.Text
	}
	return meaning.Other
}

// length is how many characters fit into a text type, 0 for any number.
func length(typ *schema.Type, mod int32) int {
	switch typ.Name {
	case "varchar", "bpchar":
		if mod >= 4 {
			return int(mod - 4)
		}
		if typ.Name == "bpchar" {
			return 0
		}
	case "name":
		return 63
	}
	return 0
}
