package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// puzzle is a table's columns and constraints, as the solver takes them, with what is needed to build on its answer.
type puzzle struct {
	solve.Problem
	columns map[string]*puzzleColumn
	misfits []Unsolved   // what the configuration asks for and cannot be
	checks  []tableCheck // all of them, read or not
	// documents are the JSON columns of which something is read, by column; apart are the leaves of them that must differ.
	documents map[string]*branch
	apart     []Distinct
}

type puzzleColumn struct {
	column    *schema.Column // nil for what stands for a column of another table
	standsFor string         // that column, for people: users.created_at
	typ       *schema.Type   // under its domains
	mod       int32
	order     *ordered
	given     bool
	generator Generator // of a given column; may be nil
	wish      wish
	nulls     float64         // the share of nulls where they may be
	later     *laterGenerator // for templates that name the column; nil: none does
	listed    []listedValue   // what the configuration lists, as far as the solver knows such values
	leafOf    string          // the JSON column whose documents hold the values; "" for a column of the table
}

// tableCheck is a CHECK constraint of the table, or of a domain that a column has.
type tableCheck struct {
	name       string
	sql        string // an expression over the table's columns
	definition string
	columns    []string
	expr       *check.Expr // nil: it could not be read
	solved     *check.Expr // as the solver takes it; nil: it does not
	reach      []string    // what solved reads, leaves of documents in place of these; nil: columns
}

// reads lists the columns, and leaves of documents, that the check depends on.
func (c *tableCheck) reads() []string {
	if c.reach != nil {
		return c.reach
	}
	return c.columns
}

// underlying gives the type under domains, and its modifier.
func (b *builder) underlying(typ *schema.Type, mod int32) (*schema.Type, int32) {
	for range 20 {
		if typ == nil || typ.Kind != schema.DomainType {
			break
		}
		typ, mod = b.db.Type(typ.Base), typ.BaseMod
	}
	return typ, mod
}

// newPuzzle puts a table's columns and constraints together.
func (b *builder) newPuzzle(r Request) (*puzzle, error) {
	p := &puzzle{columns: map[string]*puzzleColumn{}}
	p.Present, p.Types = clock(b.present), b
	generated := map[string]*check.Expr{}
	for _, c := range r.Table.Columns {
		if c.Generated != "" {
			if x, err := check.Parse(c.Generated); err == nil {
				generated[c.Name] = x
			}
			continue
		}
		p.add(b, c, r)
	}
	p.nameParts()
	if err := p.override(b, r); err != nil {
		return nil, err
	}
	for _, c := range r.Table.Checks {
		p.addCheck(b, c.Name, c.Expression, c.Definition, generated)
	}
	for _, c := range r.Table.Columns {
		p.addDomainChecks(b, c, generated[c.Name])
	}
	p.addExpressions(b, r)
	b.addLeaves(p, r)
	b.lifeWishes(p, r)
	p.sumWishes()
	return p, nil
}

// connect lets templates that name columns whose own templates name others come after those. Circles are misfits.
func (p *puzzle) connect(where func(column string) string) {
	state := map[string]int{}
	var visit func(name string) bool
	visit = func(name string) bool {
		pc := p.columns[name]
		if state[name] == 1 {
			return false
		}
		if pc == nil || state[name] == 2 || pc.wish.fixed == nil {
			return true
		}
		state[name] = 1
		ok := true
		if t, isTemplate := pc.wish.fixed.maker.(*template); isTemplate {
			for _, part := range t.parts {
				for other, oc := range p.columns {
					if part.other != nil && oc.later != nil && part.other == Generator(oc.later) {
						ok = ok && visit(other)
					}
				}
			}
		}
		state[name] = 2
		return ok
	}
	for _, c := range p.Columns {
		if !visit(c.Name) {
			p.misfits = append(p.misfits, Unsolved{Column: c.Name, Reason: "the template of column " + c.Name + " names columns whose templates name it", Advice: "write out one of them", Where: where(c.Name)})
			p.columns[c.Name].wish.fixed = nil
		}
	}
}

func (p *puzzle) add(b *builder, c *schema.Column, r Request) {
	typ, mod := b.underlying(b.db.Type(c.TypeOID), c.TypeMod)
	generator, given := r.Given[c.Name]
	pc := &puzzleColumn{column: c, typ: typ, mod: mod, given: given, generator: generator}
	p.columns[c.Name] = pc
	sc := b.describe(typ, mod)
	sc.Name, sc.NotNull, sc.Given = c.Name, c.NotNull || b.db.RefusesNull(c.TypeOID), given
	if n, ok := generator.(interface{ AlwaysNull() bool }); ok && n.AlwaysNull() {
		sc.Start = &solve.Set{Null: true}
	}
	if typ != nil {
		if o, ok := b.ordered(typ, mod); ok {
			pc.order = o
		}
	}
	if w, err := b.wish(c, r, solve.Everything()); err == nil {
		pc.wish = w
		sc.Fixed = w.distinct
	}
	if pc.nulls = pc.wish.meaning.Null; pc.nulls < 0 {
		pc.nulls = r.usualNulls()
	}
	if slices.ContainsFunc(r.Distinct, func(d Distinct) bool { return d.Column == c.Name && d.NoNulls }) {
		pc.nulls = 0
	}
	p.Columns = append(p.Columns, sc)
}

// override lets the configuration decide on columns. It comes after all columns are known, because templates name others.
func (p *puzzle) override(b *builder, r Request) error {
	for i := 0; i < len(p.Columns); i++ {
		sc := &p.Columns[i]
		pc := p.columns[sc.Name]
		o, ok := r.Overrides[sc.Name]
		if !ok || pc.given || pc.typ == nil {
			continue
		}
		if o.Default {
			delete(p.columns, sc.Name)
			p.Columns = slices.Delete(p.Columns, i, i+1)
			i--
			continue
		}
		var reason unfit
		switch err := b.override(p, pc, sc, &o); {
		case errors.As(err, &reason):
			p.misfits = append(p.misfits, Unsolved{Column: sc.Name, Reason: reason.reason, Advice: "mend it there", Where: o.Where})
		case err != nil:
			return err
		}
		sc.Fixed = sc.Fixed || pc.wish.fixed != nil && pc.wish.fixed.draw == nil
	}
	p.connect(r.where)
	return nil
}

// describe tells the solver what a type is.
func (b *builder) describe(typ *schema.Type, mod int32) solve.Column {
	var c solve.Column
	if typ == nil {
		return c
	}
	if o, ok := b.ordered(typ, mod); ok {
		line := o.Line
		c.Line = &line
		return c
	}
	switch {
	case typ.Kind == schema.ArrayType:
		element, elementMod := b.underlying(b.db.Type(typ.Element), mod)
		inner := b.describe(element, elementMod)
		c.Element = &inner
	case typ.Kind == schema.RangeType:
		if subtype := b.db.Type(typ.Subtype); subtype != nil {
			if o, ok := b.ordered(subtype, -1); ok {
				line := o.Line
				c.Bounds = &line
			}
		}
	case typ.Name == "json" || typ.Name == "jsonb":
		c.JSON = true
	case slices.Contains(textTypes, typ.Name) && typ.Kind == schema.BaseType:
		c.Text, c.Limit = true, length(typ, mod)
		if typ.Name == "bpchar" {
			c.Padded = length(typ, mod)
		}
	}
	return c
}

func (p *puzzle) addCheck(b *builder, name, expression, definition string, generated map[string]*check.Expr) {
	c := tableCheck{name: name, sql: expression, definition: definition}
	x, err := check.Parse(expression)
	if err == nil {
		x = b.fold(x)
		c.expr = x
		for range 3 { // generated columns may not use each other, but be safe
			x = substitute(x, generated)
		}
		c.columns = x.Columns()
		if !slices.ContainsFunc(c.columns, func(name string) bool { return p.columns[name] == nil }) {
			c.solved = b.inline(x)
			p.Checks = append(p.Checks, solve.Check{Name: name, Expr: c.solved, Definition: definition})
		}
	}
	p.checks = append(p.checks, c)
}

// substitute puts expressions in the place of columns.
func substitute(x *check.Expr, by map[string]*check.Expr) *check.Expr {
	if x == nil || len(by) == 0 {
		return x
	}
	if x.Kind == check.Column {
		if other, ok := by[x.Name]; ok {
			return other
		}
		return x
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = substitute(arg, by)
	}
	return &out
}

// addDomainChecks adds the checks of the domains that a column's type is made of, over the column in place of VALUE, or over
// the expression that it is generated from.
func (p *puzzle) addDomainChecks(b *builder, c *schema.Column, generated *check.Expr) {
	if c.Generated != "" && generated == nil {
		return // it is not understood: the server will tell
	}
	in := &check.Expr{Kind: check.Column, Name: c.Name}
	if generated != nil {
		in = generated
	}
	if slices.ContainsFunc(in.Columns(), func(name string) bool { return p.columns[name] == nil }) {
		return
	}
	for domain := range b.db.Domains(c.TypeOID) {
		for _, d := range domain.Checks {
			x, err := check.Parse(d.Expression)
			if err != nil {
				p.checks = append(p.checks, tableCheck{name: d.Name, definition: d.Definition, columns: in.Columns()})
				continue
			}
			x = substitute(x, map[string]*check.Expr{"value": in})
			solved := b.inline(x)
			p.Checks = append(p.Checks, solve.Check{Name: d.Name, Expr: solved, Definition: d.Definition})
			p.checks = append(p.checks, tableCheck{name: d.Name, sql: x.String(), definition: d.Definition, columns: in.Columns(), expr: x, solved: solved})
		}
	}
}

// domainSet narrows a set to what the checks of a domain allow: for a domain inside another type, where no column is.
func (b *builder) domainSet(typ *schema.Type, set solve.Set) solve.Set {
	base, mod := b.underlying(typ, -1)
	column := b.describe(base, mod)
	column.Name = "value"
	p := solve.Problem{Columns: []solve.Column{column}, Present: clock(b.present), Types: b}
	for at := typ; at != nil && at.Kind == schema.DomainType; at = b.db.Type(at.Base) {
		for _, d := range at.Checks {
			if x, err := check.Parse(d.Expression); err == nil {
				p.Checks = append(p.Checks, solve.Check{Name: d.Name, Expr: b.inline(x)})
			}
		}
	}
	result := solve.Solve(&p)
	if len(result.Groups) == 0 || len(result.Groups[0].Scenarios) == 0 {
		return set
	}
	return set.And(result.Groups[0].Scenarios[0].Sets["value"])
}

// Parse implements check.Types for the types of the database.
func (b *builder) Parse(text, name string) (check.Value, error) {
	plain, _, _ := strings.Cut(name, "(")
	for _, typ := range b.db.Types {
		if typ.Formatted != name && typ.Formatted != plain && typ.QualifiedName() != plain {
			continue
		}
		switch typ.Kind {
		case schema.EnumType:
			if i := slices.Index(typ.Labels, text); i >= 0 {
				return check.Label{Text: text, Place: i}, nil
			}
		case schema.DomainType:
			if base, _ := b.underlying(typ, -1); base != nil {
				return check.ParseText(text, base.Formatted, b)
			}
		case schema.BaseType:
			if typ.Name == "citext" {
				return text, nil
			}
			return check.Other{Text: text}, nil
		}
	}
	return nil, fmt.Errorf("type %s: %w", name, check.ErrCannot)
}

// lifeWishes adds what rows usually are like: updated after they were created, created after the row that they belong to.
func (b *builder) lifeWishes(p *puzzle, r Request) {
	type stage struct {
		name string
		life int
	}
	var stages []stage
	for _, c := range p.Columns {
		pc := p.columns[c.Name]
		if pc.order == nil || pc.wish.meaning.Life < 10 || c.Fixed {
			continue
		}
		switch pc.order.Unit {
		case solve.Date, solve.Timestamp, solve.TimestampTZ:
			stages = append(stages, stage{c.Name, pc.wish.meaning.Life})
		}
	}
	slices.SortStableFunc(stages, func(a, b stage) int { return a.life - b.life })
	// Everything comes after the making of the row, and an end after a start.
	for i, later := range stages {
		if stages[0].life == 10 && i > 0 {
			p.wish(later.name, stages[0].name)
		}
		// Paid, shipped, delivered.
		for j := i - 1; j >= 0 && later.life > 20 && later.life < 40; j-- {
			if before := stages[j]; before.life >= 20 && before.life < later.life {
				p.wish(later.name, before.name)
				break
			}
		}
		if later.life < 60 {
			continue
		}
		for _, before := range stages[:i] {
			if before.life == 20 {
				p.wish(later.name, before.name)
				break
			}
		}
	}
	if len(stages) == 0 || stages[0].life > 10 || p.columns[stages[0].name].given {
		return
	}
	for i, parent := range r.Parents {
		if name := b.birth(r, parent); name != "" {
			p.addParent(b, fmt.Sprintf("\x00%d.%s", i, name), parent, name, stages[0].name, r.First+r.Rows)
		}
	}
}

// wish adds the wish that one column is not before another.
func (p *puzzle) wish(later, earlier string) {
	x := &check.Expr{Kind: check.Operator, Name: ">=", Args: []*check.Expr{{Kind: check.Column, Name: later}, {Kind: check.Column, Name: earlier}}}
	p.Checks = append(p.Checks, solve.Check{Name: "\x00" + later + " >= " + earlier, Expr: x, Soft: true})
}

// birth gives the column of a parent's table that says when its row was made, if its values are known.
func (b *builder) birth(r Request, parent Parent) string {
	if parent.Key == nil || parent.Column == nil || parent.Row == nil {
		return ""
	}
	table := b.db.Referenced(parent.Key)
	if table == nil || table.OID == r.Table.OID {
		return ""
	}
	for _, c := range table.Columns {
		typ, mod := b.underlying(b.db.Type(c.TypeOID), c.TypeMod)
		if typ == nil || c.Generated != "" {
			continue
		}
		m := meaning.Of(meaning.Column{Name: c.Name, Table: table.Name, Class: b.class(typ)})
		if o, ok := b.ordered(typ, mod); ok && m.Life == 10 && parent.Column(c.Name) != nil && (o.Unit == solve.Timestamp || o.Unit == solve.TimestampTZ || o.Unit == solve.Date) {
			return c.Name
		}
	}
	return ""
}

// addParent adds a column that stands for one of the parent's row.
func (p *puzzle) addParent(b *builder, name string, parent Parent, column, child string, rows uint64) {
	table := b.db.Referenced(parent.Key)
	c := table.Column(column)
	typ, mod := b.underlying(b.db.Type(c.TypeOID), c.TypeMod)
	o, _ := b.ordered(typ, mod)
	p.columns[name] = &puzzleColumn{standsFor: table.Name + "." + column, typ: typ, mod: mod, order: o, given: true, generator: &parentColumn{parent, parent.Column(column), rows}}
	line := o.Line
	p.Columns = append(p.Columns, solve.Column{Name: name, Given: true, Line: &line})
	p.wish(child, name)
}

// parentColumn gives a column of the row that a row refers to.
type parentColumn struct {
	parent Parent
	column Generator
	rows   uint64 // rows from here on have no parent that is known
}

// Append implements Generator.
func (g *parentColumn) Append(dst []byte, row uint64) (out []byte, null bool) {
	return g.AppendWith(nil, dst, row)
}

// AppendWith implements Rememberer.
func (g *parentColumn) AppendWith(m *Memory, dst []byte, row uint64) (out []byte, null bool) {
	at, null := g.at(m, row)
	if null {
		return dst, true
	}
	return AppendWith(m, g.column, dst, at)
}

// at gives the row that a row refers to.
func (g *parentColumn) at(m *Memory, row uint64) (parent uint64, null bool) {
	if row >= g.rows {
		return 0, true
	}
	return g.parent.Row(m, row)
}
