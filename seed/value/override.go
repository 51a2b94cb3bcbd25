package value

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// Override is what the configuration says of a column. At most one of Generator, Values, Template, Range, SQL and
// Default is set; the engine's configuration reader has checked that.
type Override struct {
	Generator string     // the name of a generator: email, first-name, sentence, … (Generators lists them)
	Values    []Weighted // a list of values in text form
	Template  string     // text with {column}, {row} and {word}, {digits:4} and the like in it
	Min, Max  *string    // bounds in text form, inclusive
	SQL       string     // an expression that the server evaluates; row is the number of a row, from 1 on
	Default   bool       // the column is left to its default
	// Distribution of Min to Max or of Values: uniform, normal, lognormal, exponential or zipf; "" for the default.
	Distribution string
	NullShare    *float64
	// Where it stands in the configuration, for messages: "seed.yaml:12".
	Where string
}

// Weighted is a value of a list.
type Weighted struct {
	Value  *string // nil is NULL
	Weight float64 // relative; all 0 means equal weights
}

// Distributions lists the names that Override.Distribution may have, sorted.
func Distributions() []string {
	return []string{"exponential", "lognormal", "normal", "uniform", "zipf"}
}

// misfit is an error of the configuration, in words for people.
func (o *Override) misfit(format string, args ...any) error { return unfitf(format, args...) }

// override lets the configuration decide on a column. The error is an unfit one if it cannot be done.
func (b *builder) override(p *puzzle, pc *puzzleColumn, sc *solve.Column, o *Override) error {
	if o.NullShare != nil {
		if *o.NullShare > 0 && sc.NotNull {
			return o.misfit("column %s is NOT NULL and can have no share of nulls", pc.column.Name)
		}
		pc.nulls = *o.NullShare
	}
	switch {
	case o.Generator != "":
		m, ok := meaning.Named(o.Generator, b.class(pc.typ))
		if !ok {
			if slices.Contains(meaning.Names(), o.Generator) {
				return o.misfit("the generator %s makes no values of type %s", o.Generator, pc.column.Type)
			}
			return o.misfit("there is no generator %s; %s", o.Generator, schema.Suggest(o.Generator, meaning.Names()))
		}
		m.Group, m.Why = pc.wish.meaning.Group, "seed.yaml"
		if m.Null >= 0 && o.NullShare == nil {
			pc.nulls = m.Null
		}
		pc.wish.meaning = m
	case len(o.Values) > 0:
		return b.overrideValues(pc, sc, o)
	case o.Template != "":
		return b.overrideTemplate(p, pc, o)
	case o.Min != nil || o.Max != nil || o.Distribution != "":
		return b.overrideBounds(pc, sc, o)
	case o.SQL != "":
		return b.overrideSQL(pc, o)
	}
	return nil
}

// overrideValues draws from a list.
func (b *builder) overrideValues(pc *puzzleColumn, sc *solve.Column, o *Override) error {
	total, nulls, n := 0.0, 0.0, 0
	var texts []string
	var weights []float64
	for _, v := range o.Values {
		weight := v.Weight
		if weight < 0 {
			return o.misfit("a weight is negative")
		}
		total += weight
		if v.Value == nil {
			nulls += weight
			n++
			continue
		}
		texts, weights = append(texts, *v.Value), append(weights, weight)
	}
	if total == 0 { // equal weights
		total = float64(len(o.Values))
		nulls = float64(n)
		for i := range weights {
			weights[i] = 1
		}
	}
	if n > 0 {
		if sc.NotNull {
			return o.misfit("column %s is NOT NULL and cannot be null", pc.column.Name)
		}
		pc.nulls = nulls / total
	} else if o.NullShare == nil {
		pc.nulls = 0
	}
	if len(texts) == 0 {
		sc.Start = &solve.Set{Null: true}
		return nil
	}
	v := &values{}
	sum := 0.0
	for i, text := range texts {
		read, err := b.readText(pc, text)
		if err != nil {
			return o.misfit("%q is no value of type %s", text, pc.column.Type)
		}
		v.list = append(v.list, read)
		sum += weights[i]
		v.shares = append(v.shares, sum)
	}
	for i := range v.shares {
		v.shares[i] /= sum
	}
	if o.Distribution == "zipf" {
		v.shares, v.skew = nil, true
	}
	src := &source{maker: v, domain: v, width: 10, from: "one of " + abbreviate(texts), order: pc.order}
	if pc.order != nil { // so that other columns can follow it
		d := &draw{shape: listed, shares: v.shares}
		for _, read := range v.list {
			tick, ok := pc.order.tick(read)
			if !ok {
				d = nil
				break
			}
			d.list, d.spans = append(d.list, tick), d.spans.Union(solve.Spans{{Low: tick, High: tick}})
			pc.listed = append(pc.listed, listedValue{text: texts[len(d.list)-1], tick: tick})
		}
		if src.draw = d; d != nil {
			src.order.allowed = d.spans
			sc.Start = &solve.Set{Null: true, Some: true, Spans: d.spans}
		}
	} else if sc.Text {
		sc.Start = &solve.Set{Null: true, Some: true, Texts: []solve.Texts{{List: texts, High: -1}}}
		for _, text := range texts {
			pc.listed = append(pc.listed, listedValue{text: text})
		}
	}
	pc.wish.fixed = src
	pc.wish.meaning.Why, pc.wish.meaning.Name = "seed.yaml", "values"
	return nil
}

// listedValue is a value that the configuration lists.
type listedValue struct {
	text string
	tick int64 // of an ordered type
}

// in tells whether the value is in a set.
func (v listedValue) in(set solve.Set, pc *puzzleColumn) bool {
	if !set.Some {
		return false
	}
	if pc.order != nil {
		return set.Spans == nil || set.Spans.Contains(v.tick)
	}
	return set.Texts == nil || slices.ContainsFunc(set.Texts, func(t solve.Texts) bool { return slices.Contains(t.List, v.text) })
}

// forbidden notes values of the configuration that the checks allow in no row, where they allow others.
func (a *assembly) forbidden(g solve.Group) {
	for _, name := range g.Columns {
		pc := a.puzzle.columns[name]
		var bad []string
		for _, v := range pc.listed {
			if !slices.ContainsFunc(g.Scenarios, func(s solve.Scenario) bool { return v.in(s.Sets[name], pc) }) {
				bad = append(bad, v.text)
			}
		}
		if len(bad) == 0 || len(bad) == len(pc.listed) {
			continue
		}
		u := Unsolved{Column: name, Reason: fmt.Sprintf("%s: %s can't be: the checks forbid it", name, strings.Join(bad, ", ")), Advice: "leave it out", Where: a.request.where(name)}
		for _, c := range a.puzzle.checks {
			if len(c.columns) == 1 && c.columns[0] == name {
				u.Constraint, u.Definition = c.name, c.definition
			}
		}
		a.out.Unsolved = append(a.out.Unsolved, u)
	}
}

// readText gives the binary form of a text of a column's type.
func (b *builder) readText(pc *puzzleColumn, text string) ([]byte, error) {
	if slices.Contains(textTypes, pc.typ.Name) && pc.typ.Kind == schema.BaseType {
		if limit := length(pc.typ, pc.mod); limit > 0 && len([]rune(text)) > limit {
			return nil, errors.New("too long")
		}
		return []byte(text), nil
	}
	if pc.order != nil {
		v, err := check.ParseText(text, pc.typ.Formatted, b)
		if tick, ok := pc.order.Exactly(v); err == nil && ok {
			return pc.order.append(nil, tick), nil
		}
	}
	read, err := b.trials.read(b.ctx, pc.typ.Formatted, []string{text})
	if err != nil {
		return nil, err
	}
	if read[0] == nil {
		return nil, errors.New("refused")
	}
	return read[0], nil
}

// overrideBounds draws from between two values.
func (b *builder) overrideBounds(pc *puzzleColumn, sc *solve.Column, o *Override) error {
	if pc.order == nil {
		return o.misfit("type %s has no order: min, max and distribution do not apply", pc.column.Type)
	}
	bound := func(text *string, whole int64) (int64, error) {
		if text == nil {
			return whole, nil
		}
		v, err := check.ParseText(*text, pc.typ.Formatted, b)
		tick, ok := pc.order.Exactly(v)
		if err != nil || !ok {
			return 0, o.misfit("%q is no value of type %s", *text, pc.column.Type)
		}
		return tick, nil
	}
	low, err := bound(o.Min, pc.order.Min)
	if err != nil {
		return err
	}
	high, err := bound(o.Max, pc.order.Max)
	if err != nil {
		return err
	}
	if low > high {
		return o.misfit("min is greater than max")
	}
	spans := solve.Spans{{Low: low, High: high}}
	sc.Start = &solve.Set{Null: true, Some: true, Spans: spans}
	pc.wish.meaning.Why, pc.wish.meaning.Name = "seed.yaml", "bounds"
	if o.Min == nil || o.Max == nil {
		if o.Distribution == "" {
			return nil
		}
		spans = comfortable(spans, ticksOf(pc.order, 1000))
		low, high = spans[0].Low, spans[len(spans)-1].High
	}
	d, err := distribution(o, low, high)
	pc.wish.draw = d
	return err
}

func distribution(o *Override, low, high int64) (*draw, error) {
	d := &draw{spans: solve.Spans{{Low: low, High: high}}}
	width := float64(uint64(high) - uint64(low))
	switch o.Distribution {
	case "", "uniform":
	case "normal":
		d.shape, d.median, d.sigma = normal, float64(low)+width/2, width/6
	case "lognormal", "exponential":
		d.shape, d.origin, d.median, d.factor = logNormal, low, math.Max(1, width/10), random.NewLogNormal(0.9)
	case "zipf":
		d.shape = zipf
	default:
		return nil, o.misfit("there is no distribution %s; %s", o.Distribution, schema.Suggest(o.Distribution, Distributions()))
	}
	return d, nil
}

// overrideTemplate writes text from a template, which may name other columns of the row.
func (b *builder) overrideTemplate(p *puzzle, pc *puzzleColumn, o *Override) error {
	limit := 0
	if slices.Contains(textTypes, pc.typ.Name) {
		limit = length(pc.typ, pc.mod)
	} else {
		return o.misfit("a template makes text, and column %s is of type %s", pc.column.Name, pc.column.Type)
	}
	parts, err := parseTemplate(o.Template, func(name string) (Generator, *ordered, bool) {
		other := p.columns[name]
		if other == nil || name == pc.column.Name {
			return nil, nil, false
		}
		if other.order == nil && !slices.Contains(textTypes, other.typ.Name) {
			return nil, nil, false
		}
		if other.later == nil {
			other.later = &laterGenerator{}
		}
		return other.later, other.order, true
	})
	if err != nil {
		return o.misfit("%v", err)
	}
	t := newTemplate(parts, pc.wish.stream, b.person(pc.wish.meaning.Group), b.place(pc.wish.meaning.Group))
	if longest := t.longest(); limit > 0 && longest > limit {
		return o.misfit("the template makes texts of up to %d characters, and column %s takes %d", longest, pc.column.Name, limit)
	}
	within := solve.Texts{High: -1}
	if limit > 0 {
		within.High = limit
	}
	src := b.templated(t, within, "template")
	if src == nil {
		src = &source{maker: t, width: 30, from: "template"}
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.kind == column || p.kind == rowNumber }) {
		// It takes its differences from the row.
		src.domain, src.block, src.rising = rowed{t}, 1, true
	}
	pc.wish.fixed = src
	pc.wish.meaning.Why, pc.wish.meaning.Name = "seed.yaml", "template"
	return nil
}

// laterGenerator is a column's generator, which is known once all columns are.
type laterGenerator struct{ Generator }

// sqlRows is how many rows an expression of the configuration is evaluated for.
const sqlRows = 2000

// overrideSQL draws from what the server makes of an expression.
func (b *builder) overrideSQL(pc *puzzleColumn, o *Override) error {
	sql := fmt.Sprintf("SELECT (%s)::%s FROM generate_series(1, %d) AS series(row)", o.SQL, pc.column.Type, sqlRows)
	rows, err := b.trials.query(b.ctx, sql, nil, nil, nil)
	if err != nil {
		var refusal *pgconn.PgError
		switch {
		case errors.As(err, &refusal) && refused(err):
			return o.misfit("the expression for column %s cannot be evaluated: %s", pc.column.Name, refusal.Message)
		case b.trials.server == nil:
			return o.misfit("the expression for column %s cannot be evaluated: %v", pc.column.Name, err)
		}
		return fmt.Errorf("evaluate the expression for column %s: %w", pc.column.Name, err)
	}
	v := &values{}
	seen := map[string]bool{}
	nulls := 0
	for _, row := range rows {
		switch {
		case row[0] == nil:
			nulls++
		case !pc.wish.distinct || !seen[string(row[0])]:
			seen[string(row[0])] = true
			v.list = append(v.list, row[0])
		}
	}
	if nulls > 0 && pc.column.NotNull || len(v.list) == 0 {
		return o.misfit("the expression for column %s gives null", pc.column.Name)
	}
	if o.NullShare == nil {
		pc.nulls = float64(nulls) / float64(len(rows))
	}
	pc.wish.fixed = &source{maker: v, domain: v, width: 16, from: "sql", order: pc.order}
	pc.wish.meaning.Why, pc.wish.meaning.Name = "seed.yaml", "sql"
	return nil
}
