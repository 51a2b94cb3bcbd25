package value

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// What constraints, generated columns and expressions of indexes read out of a JSON document is solved like columns of
// their own, so that it can be of any type, be unique, and follow other columns: each is a leaf of the document. The column's own
// values get the leaves put in (document.go). A leaf that is null is left out of the document.

// branch is a place in a document that is read, or that holds such places.
type branch struct {
	key      string
	name     string // of the leaf, among the columns
	inside   []*branch
	reads    bool     // as a whole
	types    []string // that it is cast to
	guess    string   // the type that a function of it gives, "" if none
	kinds    []string // that its JSON type is compared to
	texts    bool     // its text is read as it is
	document bool     // JSON is read that no cast makes something else of
	column   *puzzleColumn
}

// at finds the place at a path, and makes it if need be.
func (n *branch) at(keys []string) *branch {
	for _, key := range keys {
		i := slices.IndexFunc(n.inside, func(in *branch) bool { return in.key == key })
		if i < 0 {
			i = len(n.inside)
			n.inside = append(n.inside, &branch{key: key, name: n.name + " -> " + key})
		}
		n = n.inside[i]
	}
	return n
}

// has tells whether a key is there among those inside.
func (n *branch) has(key string) bool {
	return n != nil && slices.ContainsFunc(n.inside, func(in *branch) bool { return in.key == key })
}

// leaves gives the places that have columns.
func (n *branch) leaves() []*branch {
	var out []*branch
	if n.column != nil {
		out = append(out, n)
	}
	for _, in := range n.inside {
		out = append(out, in.leaves()...)
	}
	return out
}

// leafReader finds out what is read of documents and puts leaves in the place of that.
type leafReader struct {
	*builder
	p     *puzzle
	roots map[string]*branch // by the document's column
}

// addLeaves lets what is read of documents be columns.
func (b *builder) addLeaves(p *puzzle, r Request) {
	l := &leafReader{builder: b, p: p, roots: map[string]*branch{}}
	for i := range p.Checks {
		p.Checks[i].Expr = l.contained(p.Checks[i].Expr)
		l.collect(p.Checks[i].Expr, "")
	}
	for i := range p.checks {
		p.checks[i].solved = l.contained(p.checks[i].solved)
	}
	for _, c := range slices.Clone(p.Columns) {
		if root := l.roots[c.Name]; root != nil {
			for _, n := range root.inside {
				l.grow(root, n, r)
			}
		}
	}
	l.addBounds(r)
	if len(p.documents) == 0 {
		return
	}
	for i := range p.Checks {
		p.Checks[i].Expr = l.rewrite(p.Checks[i].Expr)
	}
	for i := range p.checks {
		if c := &p.checks[i]; c.solved != nil {
			c.solved = l.rewrite(c.solved)
			c.reach = c.solved.Columns()
		}
	}
	l.emptyDocuments()
	l.distinct(r)
}

// root gives the root of a column's document; nil if the column's values are not ours to make.
func (l *leafReader) root(name string) *branch {
	pc := l.p.columns[name]
	if pc == nil || pc.given || pc.column == nil || pc.typ == nil || pc.typ.Name != "json" && pc.typ.Name != "jsonb" || pc.wish.fixed != nil || len(pc.listed) > 0 {
		return nil
	}
	if l.roots[name] == nil {
		l.roots[name] = &branch{name: name}
	}
	return l.roots[name]
}

// collect notes what an expression reads. as is the type that what stands around it makes of it; "" for none.
func (l *leafReader) collect(x *check.Expr, as string) {
	if x == nil {
		return
	}
	if p, keys, _, ok := keysAsked(x); ok {
		if root := l.root(p.column); root != nil {
			for _, key := range keys {
				root.at(slices.Concat(p.keys, []string{key})).reads = true
			}
			return
		}
	}
	if x.Kind == check.Operator && x.Name == "=" && len(x.Args) == 2 {
		l.kinds(x.Args[0], x.Args[1:])
		l.kinds(x.Args[1], x.Args[:1])
	}
	if x.Kind == check.Any && x.Name == "=" && len(x.Args) == 2 {
		if list := strip(x.Args[1]); list.Kind == check.Array {
			l.kinds(x.Args[0], list.Args)
		}
	}
	if typeOf(x) != nil {
		if p, ok := pathOf(typeOf(x)); ok && len(p.keys) > 0 && l.root(p.column) != nil {
			l.root(p.column).at(p.keys).reads = true // what it is compared to says more
			return
		}
	}
	if p, ok := pathOf(x); ok && len(p.keys) > 0 && l.root(p.column) != nil {
		n := l.root(p.column).at(p.keys)
		n.reads = true
		switch {
		case as != "" && !textual(as):
			n.types = append(n.types, as)
		case p.text:
			n.texts = true
		default:
			n.document = true
		}
		return
	}
	if x.Kind == check.Call && len(x.Args) > 0 && as == "" {
		l.guess(x)
	}
	for i, arg := range x.Args {
		inner := ""
		switch {
		case x.Kind == check.Cast && x.Name != "jsonb" && x.Name != "json" && (as == "" || !textual(x.Name)):
			inner = x.Name
		case x.Kind == check.Cast && textual(x.Name), x.Kind == check.Collate, x.Kind == check.Call && (x.Name == "coalesce" || x.Name == "nullif"),
			x.Kind == check.Case && (i%2 == 1 || i == len(x.Args)-1):
			inner = as
		}
		l.collect(arg, inner)
	}
}

func textual(typ string) bool {
	return typ == "text" || typ == "bpchar" || strings.HasPrefix(typ, "character")
}

// typeOf gives what jsonb_typeof is asked of.
func typeOf(x *check.Expr) *check.Expr {
	if x = strip(x); x.Kind == check.Call && (x.Name == "jsonb_typeof" || x.Name == "json_typeof") && len(x.Args) == 1 {
		return x.Args[0]
	}
	return nil
}

// kinds notes the JSON types that a place's is compared to.
func (l *leafReader) kinds(x *check.Expr, with []*check.Expr) {
	of := typeOf(x)
	if of == nil {
		return
	}
	p, ok := pathOf(of)
	if !ok || len(p.keys) == 0 || l.root(p.column) == nil {
		return
	}
	n := l.root(p.column).at(p.keys)
	for _, kind := range with {
		if kind = strip(kind); kind.Kind == check.Literal {
			n.kinds = append(n.kinds, kind.Text)
		}
	}
}

// guess takes the text that a function makes a time, a number or a label of for one that such a type reads.
func (l *leafReader) guess(x *check.Expr) {
	if len(x.Args) != 1 {
		return
	}
	p, ok := pathOf(x.Args[0])
	if !ok || len(p.keys) == 0 || !p.text || l.root(p.column) == nil {
		return
	}
	if result := l.resultOf(x.Name); result != "" {
		l.root(p.column).at(p.keys).guess = result
	}
}

// resultOf gives the type of what a function gives, if that is one that texts are made to be.
func (b *builder) resultOf(name string) string {
	const sql = `SELECT format_type(p.prorettype, NULL) FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
		WHERE ` + userFunction + ` AND p.pronargs = 1`
	rows, err := b.trials.query(b.ctx, sql, nameOf(name), []uint32{textOID, textOID}, []int16{0, 0})
	if err != nil || len(rows) != 1 {
		return ""
	}
	result := string(rows[0][0])
	if typ := b.typeNamed(result); typ == nil || isText(typ) || typ.Name == "json" || typ.Name == "jsonb" {
		return ""
	}
	return result
}

// grow makes the columns of a place and those inside it.
func (l *leafReader) grow(root, n *branch, r Request) {
	if len(n.inside) > 0 {
		for _, in := range n.inside {
			l.grow(root, in, r)
		}
		return
	}
	if !n.reads {
		return
	}
	document := l.p.columns[root.name]
	typ, mod := l.leafType(n, document.typ)
	if typ == nil {
		return
	}
	pc := &puzzleColumn{typ: typ, mod: mod, leafOf: root.name}
	pc.column = &schema.Column{Name: n.name, Type: typ.Formatted, TypeOID: typ.OID, TypeMod: mod}
	if o, ok := l.ordered(typ, mod); ok {
		pc.order = o
	}
	pc.wish = wish{typ: typ, mod: mod, name: n.key, set: solve.Everything(), stream: l.stream(n.name)}
	pc.wish.meaning = meaning.Of(meaning.Column{Name: spelledOut(n.key), Table: r.Table.Name, Class: l.class(typ)})
	if pc.nulls = pc.wish.meaning.Null; pc.nulls < 0 {
		pc.nulls = r.usualNulls()
	}
	n.column = pc
	l.p.columns[n.name] = pc
	sc := l.describe(typ, mod)
	sc.Name = n.name
	l.p.Columns = append(l.p.Columns, sc)
	if l.p.documents == nil {
		l.p.documents = map[string]*branch{}
	}
	if l.p.documents[root.name] == nil {
		l.p.documents[root.name] = root
		document.wish.leaves = root
		i := slices.IndexFunc(l.p.Columns, func(c solve.Column) bool { return c.Name == root.name })
		start := solve.Everything()
		if known := l.p.Columns[i].Start; known != nil {
			start = *known
		}
		start = start.And(solve.Set{Null: true, Some: true, Kinds: []string{"object"}})
		l.p.Columns[i].Start = &start
	}
}

// spelledOut writes a key as columns are named: createdAt is created_at.
func spelledOut(key string) string {
	var out strings.Builder
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			if i > 0 && !strings.HasSuffix(out.String(), "_") {
				out.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		if c == '-' || c == '.' || c == ' ' {
			c = '_'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// leafType chooses the type of a place: what it is cast to, else what its JSON type must be, else text, or JSON where it is
// read as that.
func (b *builder) leafType(n *branch, document *schema.Type) (*schema.Type, int32) {
	for _, name := range n.types {
		if typ, mod := b.underlying(b.typeNamed(name), -1); typ != nil && writable(typ) {
			return typ, mod
		}
	}
	for _, kind := range n.kinds {
		switch kind {
		case "number":
			return b.typeNamed("numeric"), 8<<16 + 2 + 4 // numeric(8,2)
		case "boolean":
			return b.typeNamed("boolean"), -1
		case "string":
			return b.typeNamed("text"), -1
		case "array", "object":
			return document, -1
		}
	}
	switch {
	case n.texts && n.guess != "":
		if typ, mod := b.underlying(b.typeNamed(n.guess), -1); typ != nil && writable(typ) {
			return typ, mod
		}
		return b.typeNamed("text"), -1
	case n.document && !n.texts:
		return document, -1
	}
	return b.typeNamed("text"), -1
}

// rewrite puts the leaves in the place of what reads them.
func (l *leafReader) rewrite(x *check.Expr) *check.Expr {
	if x == nil {
		return nil
	}
	if p, keys, every, ok := keysAsked(x); ok && l.p.documents[p.column] != nil {
		tests := &check.Expr{Kind: check.Or}
		if every {
			tests.Kind = check.And
		}
		for _, key := range keys {
			tests.Args = append(tests.Args, notNull(l.read(l.p.documents[p.column].at(slices.Concat(p.keys, []string{key})))))
		}
		if len(tests.Args) == 1 {
			return tests.Args[0]
		}
		return tests
	}
	if bound := l.boundOf(x); bound != nil {
		return bound
	}
	if x.Kind == check.Call && typeOf(x) != nil {
		if n := l.placeOf(typeOf(x)); n != nil {
			read := l.read(n)
			if n.column == nil || n.column.typ.Name == "json" || n.column.typ.Name == "jsonb" {
				return &check.Expr{Kind: check.Call, Name: x.Name, Args: []*check.Expr{read}}
			}
			kind := &check.Expr{Kind: check.Literal, Text: kindOf(n.column.typ)}
			return &check.Expr{Kind: check.Case, Args: []*check.Expr{notNull(read), kind}}
		}
	}
	if x.Kind == check.Cast {
		if n := l.placeOf(x.Args[0]); n != nil && n.column != nil && l.typeNamed(x.Name) != nil {
			if typ, _ := l.underlying(l.typeNamed(x.Name), -1); typ.OID == n.column.typ.OID {
				return l.read(n)
			}
		}
	}
	if p, ok := pathOf(x); ok && len(p.keys) > 0 {
		if n := l.placeOf(x); n != nil {
			read := l.read(n)
			switch plain := n.column != nil && isText(n.column.typ); {
			case p.text && !plain:
				return &check.Expr{Kind: check.Cast, Name: "text", Args: []*check.Expr{read}}
			case !p.text && n.column != nil && n.column.typ.Name != "json" && n.column.typ.Name != "jsonb":
				return &check.Expr{Kind: check.Call, Name: "to_jsonb", Args: []*check.Expr{read}}
			}
			return read
		}
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = l.rewrite(arg)
	}
	return &out
}

// placeOf gives the place that an expression reads; nil if it is none that has a column, or others inside it.
func (l *leafReader) placeOf(x *check.Expr) *branch {
	p, ok := pathOf(x)
	if !ok || len(p.keys) == 0 || l.p.documents[p.column] == nil {
		return nil
	}
	return l.p.documents[p.column].at(p.keys)
}

// read is the expression that stands for a place: its column, or a constant for an object with leaves inside it.
func (l *leafReader) read(n *branch) *check.Expr {
	if n.column != nil {
		return &check.Expr{Kind: check.Column, Name: n.name}
	}
	return &check.Expr{Kind: check.Cast, Name: "jsonb", Args: []*check.Expr{{Kind: check.Literal, Text: "{}"}}}
}

func notNull(x *check.Expr) *check.Expr {
	return &check.Expr{Kind: check.Test, Name: "null", Negated: true, Args: []*check.Expr{x}}
}

// emptyDocuments says of documents that may be null what that means for their leaves: all of them are null then. Where a leaf
// must be there in some way, and nothing asks whether the document is null, it never is.
func (l *leafReader) emptyDocuments() {
	var missing []string
	for i := range l.p.Columns {
		c := &l.p.Columns[i]
		if root := l.p.documents[c.Name]; root == nil || c.NotNull {
			continue
		}
		missing = append(missing, c.Name)
	}
	if len(missing) == 0 {
		return
	}
	needed := map[string]bool{}
	for _, g := range solve.Solve(&l.p.Problem).Groups {
		for _, s := range g.Scenarios {
			for name, set := range s.Sets {
				if pc := l.p.columns[name]; pc != nil && pc.leafOf != "" && !set.Null {
					needed[pc.leafOf] = true
				}
			}
		}
	}
	for _, name := range missing {
		if !needed[name] {
			continue
		}
		asked := slices.ContainsFunc(l.p.Checks, func(c solve.Check) bool { return slices.Contains(c.Expr.Columns(), name) })
		if !asked {
			i := slices.IndexFunc(l.p.Columns, func(c solve.Column) bool { return c.Name == name })
			l.p.Columns[i].NotNull = true
			continue
		}
		none := &check.Expr{Kind: check.And}
		for _, leaf := range l.p.documents[name].leaves() {
			none.Args = append(none.Args, &check.Expr{Kind: check.Test, Name: "null", Args: []*check.Expr{{Kind: check.Column, Name: leaf.name}}})
		}
		either := &check.Expr{Kind: check.Or, Args: []*check.Expr{notNull(&check.Expr{Kind: check.Column, Name: name}), none}}
		l.p.Checks = append(l.p.Checks, solve.Check{Name: "\x00leaves of " + name, Expr: either})
	}
}
