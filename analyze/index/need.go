package index

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/catalog"
	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

// Need is what one scan of a table asks an index for.
type Need struct {
	Node    *plan.Node
	Table   *catalog.Table
	Equal   []Term // = a value, IS NULL, a boolean column
	In      []Term // = ANY (values)
	Range   []Term // < <= > >=, and LIKE 'prefix%'
	Join    []Term // = another table's column
	Special []Term // what only GIN, GiST or trigrams serve
	Order   []Key  // the order in which the rows are wanted
	Limited bool   // and only the first of them
	Arms    [][]Term
	Columns []string // every column of the table that the scan gives or reads; nil if not known

	unread    bool            // it has conditions that are in none of these
	others    []*Need         // scans of further partitions of the same table, for the same rows
	alias     string          // of the partitioned table, if it is one of its partitions
	constants map[string]bool // comparisons whose value is a constant of the statement and may be shown
}

// maxKinds is how many values a column may have for one of them to be worth a partial index: a status, not a name.
const maxKinds = 20

// Term is a condition on one column or expression of a table.
type Term struct {
	Key       Key
	Operator  string
	Predicate string  // the condition as a partial index may have it; "" if it must not be one
	Selective float64 // estimated share of the rows for which it holds
	Prefix    bool    // LIKE 'prefix%'
	Other     string  // of a Join term: the alias of the other table
}

// readNeeds reads a plan's scans. Tables that the catalog does not have are left out. Fixed is a plan of the same statement
// whose constants are the statement's own, not values of parameters, and may appear in an index's definition; nil if
// there is none.
func readNeeds(p, fixed *plan.Plan, tables *catalog.Catalog) []*Need {
	constants := constantComparisons(fixed)
	byAlias := map[string]*Need{}
	var needs []*Need
	for _, n := range p.Nodes() {
		if !n.IsScan() || n.Type == "Foreign Scan" {
			continue
		}
		table := tables.Of(n)
		if table == nil {
			continue
		}
		need := &Need{Node: n, Table: table, constants: constants}
		needs = append(needs, need)
		byAlias[alias(n)] = need
		need.readConditions()
		need.plannedShare()
		need.Columns = need.outputColumns()
	}
	needs = together(needs, byAlias)
	for _, n := range p.Nodes() {
		switch {
		case n.IsJoin():
			readJoin(n, byAlias)
		case n.Is("Sort", "Incremental Sort"):
			readSort(n, byAlias)
		}
	}
	return needs
}

// constantComparisons lists the comparisons in a plan's conditions as an index's predicate would have them.
func constantComparisons(p *plan.Plan) map[string]bool {
	found := map[string]bool{}
	if p == nil {
		return found
	}
	for _, n := range p.Nodes() {
		for _, conjunct := range conjuncts(n.IndexCond, n.RecheckCond, n.Filter) {
			if printed, ok := expr.Print(conjunct); ok {
				found[printed] = true
			}
		}
	}
	return found
}

func alias(n *plan.Node) string {
	if n.Alias != "" {
		return n.Alias
	}
	return n.Relation
}

func (need *Need) readConditions() {
	conditions := []string{need.Node.IndexCond, need.Node.Filter}
	if need.Node.IndexCond == "" {
		conditions = append(conditions, need.Node.RecheckCond)
	}
	for _, conjunct := range conjuncts(conditions...) {
		need.add(conjunct)
	}
}

// conjuncts returns the parts that AND joins of conditions of a plan. Those that can't be read are left out.
func conjuncts(conditions ...string) (all []expr.Expr) {
	for _, text := range conditions {
		if text == "" {
			continue
		}
		if e, err := expr.Parse(text); err == nil {
			all = append(all, expr.Conjuncts(e)...)
		}
	}
	return all
}

// plannedShare takes the share of a scan's only condition from the plan: the planner has seen the value.
func (need *Need) plannedShare() {
	if len(need.Equal)+len(need.In)+len(need.Range)+len(need.Special)+len(need.Arms)+len(need.Join) != 1 || need.Table.Rows <= 0 {
		return
	}
	share := min(1, need.Node.PlanRows*need.Node.Processes()/need.Table.Rows)
	for _, terms := range [][]Term{need.Equal, need.In, need.Range} {
		for i := range terms {
			terms[i].Selective = share
		}
	}
}

// add files one condition.
func (need *Need) add(e expr.Expr) {
	if or, ok := e.(expr.Logic); ok && or.Or {
		need.addOr(or)
		return
	}
	term, kind := need.term(e)
	switch kind {
	case equalKind:
		need.Equal = append(need.Equal, term)
	case inKind:
		need.In = append(need.In, term)
	case rangeKind:
		need.Range = append(need.Range, term)
	case joinKind:
		need.Join = append(need.Join, term)
	case specialKind:
		need.Special = append(need.Special, term)
	default:
		need.unread = true
	}
}

// addOr takes an OR apart if an index can serve each of its arms: the server can combine them in a BitmapOr.
func (need *Need) addOr(or expr.Logic) {
	var arms []Term
	for _, arm := range or.Args {
		var best *Term
		for _, conjunct := range expr.Conjuncts(arm) {
			if term, kind := need.term(conjunct); kind == equalKind || kind == inKind || kind == rangeKind {
				if best == nil || term.Selective < best.Selective {
					best = &term
				}
			}
		}
		if best == nil {
			return
		}
		arms = append(arms, *best)
	}
	need.Arms = append(need.Arms, arms)
}

type termKind int

const (
	noKind termKind = iota
	equalKind
	inKind
	rangeKind
	joinKind
	specialKind
)

// term reads one condition.
func (need *Need) term(e expr.Expr) (Term, termKind) {
	switch e := e.(type) {
	case expr.Op:
		if e.Left == nil {
			return Term{}, noKind
		}
		if t, kind := need.comparison(e.Left, e.Name, e.Right); kind != noKind {
			return t, kind
		}
		return need.comparison(e.Right, flip(e.Name), e.Left)
	case expr.Any:
		key, ok := need.key(e.Left)
		if !ok || e.All || len(need.foreign(e.Right)) > 0 {
			return Term{}, noKind
		}
		t := Term{Key: key, Operator: e.Op, Selective: need.inShare(key, e.Right)}
		if e.Op == "=" {
			return t, inKind
		}
	case expr.Test:
		key, ok := need.key(e.Arg)
		if !ok || e.What == "unknown" {
			return Term{}, noKind
		}
		t := Term{Key: key, Operator: "is", Selective: need.testShare(key, e)}
		t.Predicate, _ = expr.Print(e) // no value in it: it can't have come from a parameter
		return t, equalKind
	case expr.Column:
		return need.boolean(e, e)
	case expr.Not:
		return need.boolean(e, e.Arg)
	}
	return Term{}, noKind
}

func (need *Need) boolean(whole, arg expr.Expr) (Term, termKind) {
	key, ok := need.key(arg)
	if !ok || key.Column == "" {
		return Term{}, noKind
	}
	predicate, _ := expr.Print(whole)
	share := 0.5
	if c := need.Table.Column(key.Column); c != nil && c.TopFrequency > 0 {
		share = min(c.TopFrequency, 1-c.TopFrequency)
		if need.Node.PlanRows > need.Table.Rows/2 {
			share = 1 - share
		}
	}
	return Term{Key: key, Operator: "is", Predicate: predicate, Selective: share}, equalKind
}

func flip(operator string) string {
	switch operator {
	case "<":
		return ">"
	case ">":
		return "<"
	case "<=":
		return ">="
	case ">=":
		return "<="
	case "<@":
		return "@>"
	case "@>":
		return "<@"
	case "=", "&&", "<>", "@@":
		return operator
	}
	return ""
}

// comparison reads left operator right, where left is the table's side.
func (need *Need) comparison(left expr.Expr, operator string, right expr.Expr) (Term, termKind) {
	if row, ok := left.(expr.Array); ok && row.Row { // (a, b) < (1, 2): its first column bounds the scan
		values, isRow := right.(expr.Array)
		if !isRow || len(values.Items) == 0 || len(row.Items) != len(values.Items) {
			return Term{}, noKind
		}
		return need.comparison(row.Items[0], strings.TrimSuffix(operator, "=")+"=", values.Items[0])
	}
	key, ok := need.key(left)
	if !ok || operator == "" {
		return Term{}, noKind
	}
	t := Term{Key: key, Operator: operator}
	if others := need.foreign(right); len(others) > 0 {
		if operator == "=" && !need.mentions(right) {
			t.Other, t.Selective = others[0], 1/need.distinct(key)
			return t, joinKind
		}
		return Term{}, noKind
	}
	if need.mentions(right) {
		return Term{}, noKind
	}
	constant, isConst := right.(expr.Const)
	switch operator {
	case "=":
		t.Selective = need.equalShare(key, right)
		if text, ok := expr.Print(expr.Op{Name: operator, Left: left, Right: right}); ok && isConst && !constant.Null && need.constants[text] && need.distinct(key) <= maxKinds {
			t.Predicate = text
		}
		return t, equalKind
	case "<", "<=", ">", ">=":
		t.Selective = 1.0 / 3
		return t, rangeKind
	case "~~", "^@":
		t.Prefix = true
		t.Selective = 0.01
		if operator == "~~" && isConst {
			if p := strings.IndexAny(constant.Text, `%_\`); p == 0 {
				return t, specialKind
			}
		}
		return t, rangeKind
	case "@>", "<@", "?", "?|", "?&", "@@", "@?", "&&", "~~*", "~", "~*", "<%", "%", "<->":
		t.Selective = 0.01
		return t, specialKind
	}
	return Term{}, noKind
}

// key reads a column or an expression of the scan's table and of no other.
func (need *Need) key(e expr.Expr) (Key, bool) {
	if c, ok := e.(expr.Cast); ok { // varchar and text compare alike: the cast is only a label
		if column, isColumn := c.Arg.(expr.Column); isColumn && need.owns(column) {
			if known := need.Table.Column(column.Name); known != nil && known.Base == "varchar" && c.Type == "text" {
				return Key{Column: column.Name}, true
			}
		}
	}
	if column, ok := e.(expr.Column); ok {
		return Key{Column: column.Name}, need.owns(column) && need.Table.Column(column.Name) != nil
	}
	columns := expr.Columns(e)
	if len(columns) == 0 {
		return Key{}, false
	}
	for _, column := range columns {
		if !need.owns(column) || need.Table.Column(column.Name) == nil {
			return Key{}, false
		}
	}
	text, ok := expr.Print(e)
	return Key{Expression: text}, ok
}

func (need *Need) owns(c expr.Column) bool {
	return c.Table == "" || c.Table == alias(need.Node) || need.alias != "" && c.Table == need.alias
}

// foreign lists the aliases of other tables in an expression.
func (need *Need) foreign(e expr.Expr) []string {
	var others []string
	for _, c := range expr.Columns(e) {
		if !need.owns(c) && !slices.Contains(others, c.Table) {
			others = append(others, c.Table)
		}
	}
	return others
}

func (need *Need) mentions(e expr.Expr) bool {
	return slices.ContainsFunc(expr.Columns(e), need.owns)
}

func (need *Need) distinct(k Key) float64 {
	if k.Column == "" {
		return 200
	}
	return need.Table.DistinctValues(k.Column)
}

// equalShare is the share of the rows that has a value in a column or expression.
func (need *Need) equalShare(k Key, value expr.Expr) float64 {
	for {
		cast, ok := value.(expr.Cast)
		if !ok {
			break
		}
		value = cast.Arg
	}
	if constant, ok := value.(expr.Const); ok && !constant.Null && k.Column != "" {
		return need.Table.ShareOf(k.Column, constant.Text)
	}
	return 1 / need.distinct(k)
}

func (need *Need) inShare(k Key, list expr.Expr) float64 {
	n := 10.0
	if c, ok := list.(expr.Const); ok {
		n = float64(strings.Count(c.Text, ",") + 1)
	}
	return min(1, n/need.distinct(k))
}

func (need *Need) testShare(k Key, t expr.Test) float64 {
	share := 0.5
	if c := need.Table.Column(k.Column); c != nil && t.What == "null" {
		share = c.NullShare
		if t.Not {
			share = 1 - share
		}
	}
	return share
}

// outputColumns are the plain columns that a scan reads; nil if the plan does not say or a whole row is among them.
func (need *Need) outputColumns() []string {
	if len(need.Node.Output) == 0 {
		return nil
	}
	var columns []string
	for _, e := range need.Node.Expressions() {
		parsed, err := expr.Parse(e.Text)
		if err != nil {
			return nil
		}
		for _, c := range expr.Columns(parsed) {
			if !need.owns(c) {
				continue
			}
			if need.Table.Column(c.Name) == nil {
				return nil
			}
			if !slices.Contains(columns, c.Name) {
				columns = append(columns, c.Name)
			}
		}
	}
	return columns
}

// readJoin gives both sides of an equality join to the scans whose columns they are.
func readJoin(n *plan.Node, needs map[string]*Need) {
	for _, conjunct := range conjuncts(n.HashCond, n.MergeCond, n.JoinFilter) {
		op, ok := conjunct.(expr.Op)
		if !ok || op.Name != "=" || op.Left == nil {
			continue
		}
		for _, side := range [][2]expr.Expr{{op.Left, op.Right}, {op.Right, op.Left}} {
			columns := expr.Columns(side[0])
			if len(columns) != 1 || needs[columns[0].Table] == nil {
				continue
			}
			need := needs[columns[0].Table]
			if t, kind := need.comparison(side[0], "=", side[1]); kind == joinKind {
				need.Join = append(need.Join, t)
			}
		}
	}
}

// readSort gives an order to the scan whose columns it sorts by.
func readSort(n *plan.Node, needs map[string]*Need) {
	var need *Need
	var order []Key
	for _, text := range n.SortKey {
		body, descending, nullsFirst := sortDirection(text)
		e, err := expr.Parse(body)
		if err != nil {
			return
		}
		columns := expr.Columns(e)
		if len(columns) == 0 {
			return
		}
		owner := needs[columns[0].Table]
		if owner == nil && columns[0].Table == "" && len(needs) == 1 {
			for _, only := range needs {
				owner = only
			}
		}
		if owner == nil || need != nil && owner != need {
			return
		}
		need = owner
		key, ok := need.key(e)
		if !ok {
			return
		}
		key.Descending, key.NullsFirst = descending, nullsFirst
		order = append(order, key)
	}
	if need == nil || need.Order != nil {
		return
	}
	need.Order = order
	parent := n.Parent
	for parent != nil && parent.Is("Gather Merge", "Gather", "Subquery Scan", "Unique") {
		parent = parent.Parent
	}
	need.Limited = parent != nil && parent.Type == "Limit"
}

// sortDirection splits "created_at DESC NULLS LAST".
func sortDirection(text string) (body string, descending, nullsFirst bool) {
	body = text
	explicit := false
	for _, suffix := range []struct {
		text  string
		first bool
	}{{" NULLS FIRST", true}, {" NULLS LAST", false}} {
		if rest, ok := strings.CutSuffix(body, suffix.text); ok {
			body, nullsFirst, explicit = rest, suffix.first, true
		}
	}
	if rest, ok := strings.CutSuffix(body, " DESC"); ok {
		body, descending = rest, true
		if !explicit {
			nullsFirst = true
		}
	}
	return body, descending, nullsFirst
}
