package solve

import (
	"maps"
	"math/big"
	"slices"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// betweenColumns reads a comparison both of whose sides have columns. It is false if it does not understand it.
func (e *expander) betweenColumns(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	columns := (&check.Expr{Kind: check.Row, Args: []*check.Expr{left, right}}).Columns()
	for _, column := range columns {
		if e.columns[column] == nil {
			return nil, false
		}
	}
	if len(columns) == 1 {
		if set, ok := e.selfRelation(left, right, name); ok {
			set.Null = m.nulls()
			return of(columns[0], set), true
		}
		return e.linearCases(left, right, name, m)
	}
	if !ordering(name) {
		return nil, false
	}
	if cases, ok := e.linearCases(left, right, name, m); ok {
		return cases, true
	}
	if left.Kind == check.Column && right.Kind == check.Column && (name == "=" || name == "<>") {
		c := e.withNulls(columns, m)
		c.Pairs = []Pair{{Left: left.Name, Right: right.Name, Equal: name == "="}}
		if name == "=" {
			e.fitTogether(&c, e.columns[left.Name], e.columns[right.Name], m)
		}
		return []Case{c}, true
	}
	return e.computed(left, right, name, m)
}

// fitTogether lets each of two texts that are equal be no longer than fits into the other.
func (e *expander) fitTogether(c *Case, a, b *Column, m mode) {
	limit := a.Limit
	if limit == 0 || b.Limit > 0 && b.Limit < limit {
		limit = b.Limit
	}
	if !a.Text || !b.Text || limit == 0 {
		return
	}
	if c.Sets == nil {
		c.Sets = map[string]Set{}
	}
	for _, column := range []*Column{a, b} {
		texts := anyText()
		texts.High = limit
		c.Sets[column.Name] = Set{Some: true, Null: m.nulls(), Texts: []Texts{texts}}
	}
}

// withNulls is a case in which the columns are not null, unless null will do.
func (e *expander) withNulls(columns []string, m mode) Case {
	if m.nulls() {
		return Case{}
	}
	c := Case{Sets: map[string]Set{}}
	for _, column := range columns {
		c.Sets[column] = Set{Some: true}
	}
	return c
}

// selfRelation reads what a column must be the same as after some changes to it: lower(trim(email)) = email. None of the
// changes makes a text longer, and what only changes letters undoes no other change: so each of them changes nothing.
func (e *expander) selfRelation(left, right *check.Expr, name string) (Set, bool) {
	if name != "=" {
		return Set{}, false
	}
	left, right = strip(left), strip(right)
	if right.Kind != check.Column {
		left, right = right, left
	}
	if right.Kind != check.Column {
		return Set{}, false
	}
	if set, ok := e.rounded(e.columns[right.Name], left); ok {
		return set, true
	}
	if !e.columns[right.Name].Text || left.Kind == check.Column {
		return Set{}, false
	}
	texts := anyText()
	for ; left.Kind == check.Call && len(left.Args) == 1; left = strip(left.Args[0]) {
		expression := map[string]string{
			"lower": "^[^A-Z]*$", "upper": "^[^a-z]*$", "btrim": "^([^ ](.*[^ ])?)?$", "ltrim": "^([^ ].*)?$", "rtrim": "^(.*[^ ])?$",
		}[left.Name]
		if expression == "" {
			return Set{}, false
		}
		language, _ := pattern.Regexp(expression, false)
		texts.ASCII = texts.ASCII || left.Name == "lower" || left.Name == "upper"
		texts.Language = texts.Language.And(language)
	}
	if left.Kind != check.Column || left.Name != right.Name {
		return Set{}, false
	}
	return Set{Some: true, Texts: []Texts{texts}}, true
}

// linearCases reads a comparison of linear forms.
func (e *expander) linearCases(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	if !ordering(name) {
		return nil, false
	}
	a, ok := e.linear(left)
	if !ok {
		return nil, false
	}
	b, ok := e.linear(right)
	if !ok {
		return nil, false
	}
	if a.unit == pure && len(a.terms) == 0 { // an untyped zero beside an interval, say
		a.unit = b.unit
	}
	if a.unit != b.unit {
		return nil, false
	}
	whole := a.plus(b, -1)
	r, ok := whole.relation(name)
	if !ok {
		return nil, false
	}
	columns := slices.Sorted(maps.Keys(whole.terms))
	switch len(r.Terms) {
	case 0:
		return nil, false
	case 1:
		c := e.columns[r.Terms[0].Column]
		spans, ok := r.alone(c.Line)
		if !ok {
			return nil, false
		}
		return of(c.Name, Set{Some: len(spans) > 0, Null: m.nulls(), Spans: spans}), true
	}
	c := e.withNulls(columns, m)
	c.Relations = []Relation{r}
	return []Case{c}, true
}

func rational(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func (f form) plus(g form, sign int64) form {
	factor := rational(sign)
	out := form{terms: map[string]*big.Rat{}, constant: new(big.Rat), unit: f.unit}
	out.moving, out.months = sum(f.moving, g.moving, factor), sum(f.months, g.months, factor)
	out.constant.Add(f.constant, new(big.Rat).Mul(g.constant, factor))
	maps.Copy(out.terms, f.terms)
	for name, r := range g.terms {
		scaled := new(big.Rat).Mul(r, factor)
		if known, ok := out.terms[name]; ok {
			scaled.Add(scaled, known)
		}
		out.terms[name] = scaled
		if scaled.Sign() == 0 {
			delete(out.terms, name)
		}
	}
	return out
}

// sum is a + b × factor, where nil is nothing.
func sum(a, b, factor *big.Rat) *big.Rat {
	if b == nil {
		return a
	}
	out := new(big.Rat).Mul(b, factor)
	if a != nil {
		out.Add(out, a)
	}
	return out
}

func (f form) times(factor *big.Rat) form {
	out := form{terms: map[string]*big.Rat{}, constant: new(big.Rat).Mul(f.constant, factor), unit: f.unit}
	out.moving, out.months = sum(nil, f.moving, factor), sum(nil, f.months, factor)
	for name, r := range f.terms {
		out.terms[name] = new(big.Rat).Mul(r, factor)
	}
	return out
}

// linear reads an expression as a linear form of the columns' ticks.
func (e *expander) linear(x *check.Expr) (form, bool) {
	if x.Constant() {
		return e.linearConstant(x)
	}
	switch x.Kind {
	case check.Column:
		return e.linearColumn(x.Name)
	case check.Collate:
		return e.linear(x.Args[0])
	case check.Cast:
		f, ok := e.linear(x.Args[0])
		if !ok {
			return f, false
		}
		switch x.Name {
		case "numeric", "double precision", "real":
			return f, f.unit == pure
		case "bigint", "integer", "smallint":
			return f, f.unit == pure && e.whole(x.Args[0])
		case "timestamp without time zone", "timestamp with time zone":
			return f, f.unit == instant
		case "date":
			return f, f.unit == instant && e.dates(x.Args[0])
		}
	case check.Operator:
		return e.linearOperator(x)
	case check.Call:
		if x.Name == "age" {
			return e.age(x)
		}
		if len(x.Args) == 1 && (x.Name == "numeric" || x.Name == "float8" || x.Name == "timestamptz" || x.Name == "timestamp") {
			return e.linear(x.Args[0])
		}
	}
	return form{}, false
}

// age reads age(a, b) as a - b, and age(b) as the present day minus b.
func (e *expander) age(x *check.Expr) (form, bool) {
	a := &check.Expr{Kind: check.Call, Name: "current_date"}
	b := x.Args[0]
	if len(x.Args) == 2 {
		a, b = x.Args[0], x.Args[1]
	}
	f, ok := e.linear(a)
	g, ok2 := e.linear(b)
	if !ok || !ok2 || f.unit != instant || g.unit != instant {
		return form{}, false
	}
	f = f.plus(g, -1)
	f.unit = length
	return f, true
}

func (e *expander) linearConstant(x *check.Expr) (form, bool) {
	v, err := e.eval.Eval(x)
	if err != nil {
		return form{}, false
	}
	f := form{terms: map[string]*big.Rat{}}
	for _, call := range calls(x) {
		if movesWithTime(call) {
			f.moving = rational(1)
		}
	}
	switch v := v.(type) {
	case check.Num:
		f.constant = v.R
	case float64:
		f.constant = decimalOf(v)
	case check.Date, check.Timestamp, check.TimestampTZ:
		at := (Line{Unit: Timestamp}).instant(v)
		f.constant, f.unit = rational(at.tick), instant
	case check.Time:
		f.constant, f.unit = rational(int64(v)), clock
	case check.Interval:
		f.constant, f.unit = rational(v.Days*Date.micros()+v.Micros), length
		if v.Months != 0 {
			f.months = rational(v.Months)
		}
	default:
		return f, false
	}
	return f, true
}

func (e *expander) linearColumn(name string) (form, bool) {
	c := e.columns[name]
	if c == nil || c.Line == nil {
		return form{}, false
	}
	factor, unit := rational(1), pure
	switch c.Line.Unit {
	case Number:
		power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(c.Line.Scale, -c.Line.Scale))), nil))
		if factor = power; c.Line.Scale > 0 {
			factor = new(big.Rat).Inv(power)
		}
	case Date:
		factor, unit = rational(Date.micros()), instant
	case Timestamp, TimestampTZ:
		unit = instant
	case Time:
		unit = clock
	case Interval:
		unit = length
	default:
		return form{}, false
	}
	return form{terms: map[string]*big.Rat{name: factor}, constant: new(big.Rat), unit: unit}, true
}

// whole tells whether an expression of numbers is of an integer type.
func (e *expander) whole(x *check.Expr) bool {
	switch x.Kind {
	case check.Column:
		c := e.columns[x.Name]
		return c != nil && c.Line != nil && c.Line.Unit == Number && c.Line.Scale == 0 && !c.Line.Float
	case check.Literal:
		return x.Form == check.Number
	case check.Cast:
		return x.Name == "integer" || x.Name == "bigint" || x.Name == "smallint"
	case check.Operator:
		return !slices.ContainsFunc(x.Args, func(arg *check.Expr) bool { return !e.whole(arg) })
	}
	return false
}

// dates tells whether an expression is of type date.
func (e *expander) dates(x *check.Expr) bool {
	if x.Kind == check.Cast {
		return x.Name == "date"
	}
	c := e.columns[x.Name]
	return x.Kind == check.Column && c != nil && c.Line != nil && c.Line.Unit == Date
}

func (e *expander) linearOperator(x *check.Expr) (form, bool) {
	a, ok := e.linear(x.Args[0])
	if !ok {
		return a, false
	}
	if len(x.Args) == 1 {
		return a.times(rational(-1)), x.Name == "-"
	}
	b, ok := e.linear(x.Args[1])
	if !ok {
		return b, false
	}
	switch x.Name {
	case "+", "-":
		return e.linearSum(x, a, b)
	case "*":
		switch {
		case len(b.terms) == 0 && b.unit == pure:
			return a.times(b.constant), true
		case len(a.terms) == 0 && a.unit == pure:
			return b.times(a.constant), true
		}
	case "/":
		if len(b.terms) == 0 && b.unit == pure && b.constant.Sign() != 0 && !(e.whole(x.Args[0]) && e.whole(x.Args[1])) {
			return a.times(new(big.Rat).Inv(b.constant)), true
		}
	}
	return form{}, false
}

func (e *expander) linearSum(x *check.Expr, a, b form) (form, bool) {
	sign := int64(1)
	if x.Name == "-" {
		sign = -1
	}
	total := a.plus(b, sign)
	day := rational(Date.micros())
	switch {
	case a.unit == b.unit && a.unit != instant:
		return total, true
	case a.unit == instant && b.unit == instant && sign < 0:
		if e.dates(x.Args[0]) && e.dates(x.Args[1]) { // date - date is a number of days
			total = total.times(new(big.Rat).Inv(day))
			total.unit = pure
			return total, true
		}
		total.unit = length
		return total, true
	case a.unit == instant && b.unit == pure: // date + number of days
		total = a.plus(b.times(day), sign)
		return total, e.dates(x.Args[0])
	case b.unit == instant && a.unit == pure && sign > 0:
		total = b.plus(a.times(day), 1)
		return total, e.dates(x.Args[1])
	case a.unit == instant && b.unit == length:
		return total, true
	case b.unit == instant && a.unit == length && sign > 0:
		total.unit = instant
		return total, true
	case a.unit == clock && b.unit == clock && sign < 0:
		total.unit = length
		return total, true
	}
	return total, false
}

// relation turns "form name 0" into one with whole factors.
func (f form) relation(name string) (Relation, bool) {
	if name == ">" || name == ">=" { // turn round
		f, name = f.times(rational(-1)), mirrored[name]
	}
	if f.moving != nil && f.moving.Sign() > 0 {
		// What must be later than the time at which it is written is put years ahead. What must be earlier keeps to the
		// present that the data know.
		f = f.plus(form{constant: new(big.Rat).Mul(f.moving, rational(movingMargin*Date.micros()))}, 1)
	}
	if f.months != nil && f.months.Sign() != 0 {
		if name == "=" {
			return Relation{}, false
		}
		// As long as they can be where that is the safe side, else as short.
		days := int64(28)
		if f.months.Sign() > 0 {
			days = 31
		}
		f = f.plus(form{constant: new(big.Rat).Mul(f.months, rational(days*Date.micros()))}, 1)
	}
	common := big.NewInt(1)
	lift := func(r *big.Rat) {
		gcd := new(big.Int).GCD(nil, nil, common, r.Denom())
		common.Mul(common, new(big.Int).Quo(r.Denom(), gcd))
	}
	for _, r := range f.terms {
		lift(r)
	}
	lift(f.constant)
	numbers := map[string]*big.Int{}
	divisor := new(big.Int)
	scale := func(r *big.Rat) *big.Int {
		return new(big.Int).Quo(new(big.Int).Mul(r.Num(), common), r.Denom())
	}
	for column, r := range f.terms {
		numbers[column] = scale(r)
		divisor.GCD(nil, nil, divisor, new(big.Int).Abs(numbers[column]))
	}
	constant := scale(f.constant)
	if divisor.Sign() == 0 {
		return Relation{}, false
	}
	r := Relation{Operator: name}
	if r.Operator == "<" {
		constant.Add(constant, big.NewInt(1))
		r.Operator = "<="
	}
	// Divide by the common divisor; the constant of <= may be rounded up, others must divide.
	quotient, rest := new(big.Int).DivMod(constant, divisor, new(big.Int))
	if rest.Sign() != 0 {
		if r.Operator != "<=" {
			return Relation{}, false
		}
		quotient.Add(quotient, big.NewInt(1))
	}
	if !quotient.IsInt64() {
		return Relation{}, false
	}
	r.Constant = quotient.Int64()
	for _, column := range slices.Sorted(maps.Keys(numbers)) {
		n := new(big.Int).Quo(numbers[column], divisor)
		if !n.IsInt64() {
			return Relation{}, false
		}
		r.Terms = append(r.Terms, Term{column, n.Int64()})
	}
	return r, true
}

// alone gives the ticks for which a relation with one term holds.
func (r Relation) alone(l *Line) (Spans, bool) {
	factor := r.Terms[0].Factor
	limit := new(big.Rat).SetFrac(big.NewInt(-r.Constant), big.NewInt(factor)) // factor × tick operator -constant
	at := Line{}.round(limit)
	all := l.All()
	switch r.Operator {
	case "=":
		if !at.exact {
			return nil, true
		}
		return all.Intersect(Spans{{at.tick, at.tick}}), true
	case "<>":
		if !at.exact {
			return all, true
		}
		return Spans{{at.tick, at.tick}}.Complement(all), true
	case "<=":
		if factor > 0 {
			return all.Intersect(Spans{{l.Min, at.tick}}), true
		}
		if !at.exact {
			at.tick = increment(at.tick)
		}
		return all.Intersect(Spans{{at.tick, l.Max}}), true
	}
	return nil, false
}

// computed reads a comparison of a column with arithmetic that is not linear, such as total = price * quantity.
func (e *expander) computed(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	if !e.lone(left, right) {
		left, right, name = right, left, mirrored[name]
		if !e.lone(left, right) {
			return nil, false
		}
	}
	if !e.arithmetic(right) {
		return nil, false
	}
	c := e.withNulls(slices.Concat(left.Columns(), right.Columns()), m)
	c.Computed = []Computed{{Column: left.Name, Operator: name, Expr: right}}
	return []Case{c}, true
}

// lone tells whether left is an ordered column that right does not read.
func (e *expander) lone(left, right *check.Expr) bool {
	if left.Kind != check.Column || slices.Contains(right.Columns(), left.Name) {
		return false
	}
	c := e.columns[left.Name]
	return c != nil && c.Line != nil && c.Line.Unit != Enum && c.Line.Unit != Bool && !c.Fixed && !c.Given
}

// arithmetic tells whether an expression is made of ordered columns, numbers and operations that can be computed for a row.
func (e *expander) arithmetic(x *check.Expr) bool {
	switch x.Kind {
	case check.Column:
		c := e.columns[x.Name]
		return c != nil && c.Line != nil && c.Line.Unit != Enum
	case check.Literal:
		return x.Form == check.Number
	case check.Cast:
		if x.Args[0].Kind == check.Literal && x.Args[0].Form == check.String {
			return x.Constant()
		}
		return slices.Contains([]string{"numeric", "double precision", "integer", "bigint", "date"}, x.Name) && e.arithmetic(x.Args[0])
	case check.Operator:
		if !slices.Contains([]string{"+", "-", "*", "/"}, x.Name) || x.Name == "/" && e.whole(x) {
			return false // integers are divided without a rest
		}
	case check.Call:
		if !slices.Contains([]string{"round", "trunc", "floor", "ceil", "ceiling", "abs", "greatest", "least"}, x.Name) {
			return false
		}
	default:
		return false
	}
	return !slices.ContainsFunc(x.Args, func(arg *check.Expr) bool { return !e.arithmetic(arg) })
}
