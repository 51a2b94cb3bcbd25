package value

import (
	"encoding/binary"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// The bounds of a range that constraints tie to other columns, or to each other, are leaves of it, as what is read of a JSON document
// is. A bound that is null is an infinite one.

// lowerKey and upperKey are the keys of the leaves of a range.
const lowerKey, upperKey = "lower", "upper"

// boundReads are functions of a range, and what they say of its bounds.
var boundReads = map[string]func(lower, upper *check.Expr) *check.Expr{
	"lower":     func(lower, _ *check.Expr) *check.Expr { return lower },
	"upper":     func(_, upper *check.Expr) *check.Expr { return upper },
	"lower_inf": func(lower, _ *check.Expr) *check.Expr { return isNull(lower) },
	"upper_inf": func(_, upper *check.Expr) *check.Expr { return isNull(upper) },
	"lower_inc": func(lower, _ *check.Expr) *check.Expr { return notNull(lower) },
	"upper_inc": func(_, _ *check.Expr) *check.Expr { return &check.Expr{Kind: check.Literal, Form: check.False} },
	"isempty":   func(_, _ *check.Expr) *check.Expr { return &check.Expr{Kind: check.Literal, Form: check.False} },
}

func isNull(x *check.Expr) *check.Expr {
	return &check.Expr{Kind: check.Test, Name: "null", Args: []*check.Expr{x}}
}

// addBounds lets the bounds of ranges be columns where constraints tie them to something.
func (l *leafReader) addBounds(r Request) {
	for _, sc := range slices.Clone(l.p.Columns) {
		pc := l.p.columns[sc.Name]
		if pc.given || pc.column == nil || pc.typ == nil || pc.typ.Kind != schema.RangeType || pc.wish.fixed != nil || pc.wish.distinct || sc.Start != nil {
			continue
		}
		subtype := l.db.Type(pc.typ.Subtype)
		if subtype == nil || !slices.ContainsFunc(l.p.Checks, func(c solve.Check) bool { return tiesBounds(c.Expr, sc.Name) }) {
			continue
		}
		o, ok := l.ordered(subtype, -1)
		if !ok || o.Unit == solve.Enum || o.Unit == solve.Bool {
			continue
		}
		root := &branch{name: sc.Name}
		var reads []string
		for _, c := range l.p.Checks {
			reads = append(reads, callsOf(c.Expr, sc.Name)...)
		}
		for _, key := range []string{lowerKey, upperKey} {
			n := root.at([]string{key})
			l.addBound(root, n, subtype, o, r)
			if slices.Contains(reads, key+"_inf") {
				n.column.nulls = 0.2
			}
		}
		if l.p.documents == nil {
			l.p.documents = map[string]*branch{}
		}
		l.p.documents[sc.Name] = root
		ordered := &check.Expr{Kind: check.Operator, Name: "<", Args: []*check.Expr{l.read(root.inside[0]), l.read(root.inside[1])}}
		l.p.Checks = append(l.p.Checks, solve.Check{Name: "\x00bounds of " + sc.Name, Expr: ordered})
	}
}

func (l *leafReader) addBound(root, n *branch, subtype *schema.Type, o *ordered, r Request) {
	pc := &puzzleColumn{typ: subtype, mod: -1, order: o, leafOf: root.name}
	pc.column = &schema.Column{Name: n.name, Type: subtype.Formatted, TypeOID: subtype.OID, TypeMod: -1}
	pc.wish = wish{typ: subtype, mod: -1, name: root.name, set: solve.Everything(), stream: l.stream(n.name)}
	pc.wish.meaning = meaning.Of(meaning.Column{Name: root.name, Table: r.Table.Name, Class: l.class(subtype)})
	n.column = pc
	l.p.columns[n.name] = pc
	sc := l.describe(subtype, -1)
	sc.Name = n.name
	l.p.Columns = append(l.p.Columns, sc)
}

// callsOf lists the functions of a column that an expression calls.
func callsOf(x *check.Expr, column string) []string {
	if x == nil {
		return nil
	}
	var out []string
	if x.Kind == check.Call && len(x.Args) == 1 && strip(x.Args[0]).Kind == check.Column && strip(x.Args[0]).Name == column {
		out = append(out, x.Name)
	}
	for _, arg := range x.Args {
		out = append(out, callsOf(arg, column)...)
	}
	return out
}

// tiesBounds tells whether an expression ties a bound of a range to another column, or to the other bound.
func tiesBounds(x *check.Expr, column string) bool {
	calls := callsOf(x, column)
	lower, upper := slices.Contains(calls, lowerKey), slices.Contains(calls, upperKey)
	return (lower || upper) && len(x.Columns()) > 1 || lower && upper
}

// boundOf gives what a function of a range says of its bounds; nil if it is none.
func (l *leafReader) boundOf(x *check.Expr) *check.Expr {
	if x.Kind != check.Call || len(x.Args) != 1 || boundReads[x.Name] == nil {
		return nil
	}
	arg := strip(x.Args[0])
	if arg.Kind != check.Column || l.p.documents[arg.Name] == nil || l.p.columns[arg.Name].typ.Kind != schema.RangeType {
		return nil
	}
	root := l.p.documents[arg.Name]
	return boundReads[x.Name](l.read(root.at([]string{lowerKey})), l.read(root.at([]string{upperKey})))
}

// bounded is a column of ranges whose bounds are made apart. The column's own generator says where it is null.
type bounded struct {
	Generator
	lower, upper *laterGenerator
}

// Append implements Generator.
func (b *bounded) Append(dst []byte, row uint64) (out []byte, null bool) {
	start := len(dst)
	if dst, null = b.Generator.Append(dst, row); null {
		return dst[:start], true
	}
	dst = append(dst[:start], wire.RangeLowerInclusive)
	if dst, null = appendBound(dst, b.lower, row); null {
		dst[start] = wire.RangeLowerInfinite
	}
	if dst, null = appendBound(dst, b.upper, row); null {
		dst[start] |= wire.RangeUpperInfinite
	}
	return dst, false
}

func appendBound(dst []byte, g Generator, row uint64) (out []byte, null bool) {
	at := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	if dst, null = g.Append(dst, row); null {
		return dst[:at], true
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, false
}
