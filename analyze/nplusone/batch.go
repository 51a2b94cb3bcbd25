package nplusone

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
	"github.com/pgassay/pgassay/schema"
)

// Batch is a statement that does in one run what a loop does in many.
type Batch struct {
	SQL     string
	Arrays  []int  // placeholders that take an array, with an element for each run of the loop; counted from 0
	Form    string // any, group by, lateral, multi-row, unnest; "" for none
	Key     int    // how many columns in front of the original ones hold the key
	Missing bool   // a key without rows has none in the answer, where the loop got one (an aggregate's)
	Assumed bool   // the arrays' types are a guess
}

// batcher rewrites one statement.
type batcher struct {
	*statement
	db      *schema.Database
	clauses map[string]int // clause to its first token, at the outermost level
	end     int            // the last token's index plus one
	assumed bool
}

// newBatch returns the statement to run once instead of a loop of the statement. Keys are the placeholders whose
// argument varies; those in one slice have the same argument. A statement that can't be rewritten gives a Batch without SQL.
func newBatch(s *statement, keys [][]int, db *schema.Database) Batch {
	b := &batcher{statement: s, db: db, clauses: map[string]int{}, end: len(s.tokens)}
	b.findClauses()
	var batch Batch
	switch s.verb {
	case "select":
		batch = b.selects(keys)
	case "insert":
		batch = b.inserts(keys)
	case "update", "delete":
		batch = b.changes(keys)
	}
	batch.Assumed = b.assumed
	return batch
}

// findClauses notes where the clauses of the outermost level start.
func (b *batcher) findClauses() {
	for i, t := range b.tokens {
		if t.depth != 0 || t.Kind != sqltext.Word {
			continue
		}
		switch word := t.lower; word {
		case "select", "where", "group", "having", "window", "limit", "offset", "fetch", "union", "intersect", "except", "values", "returning", "set":
			b.note(word, i)
		case "from":
			if !b.is(i-1, "distinct") {
				b.note(word, i)
			}
		case "order":
			if b.is(i+1, "by") {
				b.note(word, i)
			}
		case "for":
			if !b.is(i-1, "ordinality") {
				b.note(word, i)
			}
		case "on":
			if b.is(i+1, "conflict") {
				b.note("conflict", i)
			}
		}
	}
}

func (b *batcher) note(clause string, i int) {
	if _, ok := b.clauses[clause]; !ok {
		b.clauses[clause] = i
	}
}

func (b *batcher) has(clauses ...string) bool {
	return slices.ContainsFunc(clauses, func(c string) bool { _, ok := b.clauses[c]; return ok })
}

// until returns the first token at or after i where another clause starts.
func (b *batcher) until(i int) int {
	end := b.end
	for _, start := range b.clauses {
		if start > i && start < end {
			end = start
		}
	}
	return end
}

func (b *batcher) selects(keys [][]int) Batch {
	if len(keys) == 1 && len(keys[0]) == 1 {
		key := keys[0][0]
		if b.conjunct(key) && !b.has("union", "intersect", "except", "window") && !b.distinctOn() && !b.windowed() && b.column(key) != "" {
			if batch, ok := b.simple(key); ok {
				return batch
			}
		}
	}
	return b.lateral(keys)
}

// simple rewrites column = $1 to column = ANY($1).
func (b *batcher) simple(key int) (Batch, bool) {
	column := b.params[key].column
	edits, ok := b.toAny(key)
	if !ok {
		return Batch{}, false
	}
	aggregates, grouped := b.aggregates(), b.has("group")
	limited := b.has("limit", "offset", "fetch")
	batch := Batch{Arrays: []int{key}, Form: "any"}
	switch {
	case aggregates && !grouped:
		if b.has("order") || b.has("offset") {
			return Batch{}, false
		}
		batch.Form, batch.Missing, batch.Key = "group by", !b.has("having"), 1
		edits = append(edits, b.drop("limit", "fetch")...)
		edits = append(edits, b.insertBefore(b.until(b.clauses["where"]), "GROUP BY "+column))
	case grouped:
		if limited {
			return Batch{}, false
		}
		batch.Form, batch.Key = "group by", 1
		edits = append(edits, edit{b.tokens[b.clauses["group"]+2].Start, b.tokens[b.clauses["group"]+2].Start, column + ", "})
	case limited:
		if !b.unique(column) {
			return Batch{}, false
		}
		edits = append(edits, b.drop("limit", "offset", "fetch")...)
	}
	if batch.Key == 0 && !b.selectsColumn(column) {
		batch.Key = 1
	}
	if batch.Key == 1 {
		edits = append(edits, b.prepend(column))
	}
	batch.SQL = apply(b.text, edits)
	return batch, true
}

// edit replaces a part of the text.
type edit struct {
	start, end int
	text       string
}

func apply(text string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var out strings.Builder
	at := 0
	for _, e := range edits {
		if e.start < at {
			continue
		}
		out.WriteString(text[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.WriteString(text[at:])
	return strings.TrimRight(strings.ReplaceAll(out.String(), "  ", " "), " ")
}

func (b *batcher) insertBefore(i int, text string) edit {
	if i >= b.end {
		return edit{len(b.text), len(b.text), " " + text}
	}
	at := b.tokens[i].Start
	return edit{at, at, text + " "}
}

// drop removes clauses with what follows them.
func (b *batcher) drop(clauses ...string) []edit {
	var edits []edit
	for _, c := range clauses {
		i, ok := b.clauses[c]
		if !ok {
			continue
		}
		end := len(b.text)
		if j := b.until(i); j < b.end {
			end = b.tokens[j].Start
		}
		edits = append(edits, edit{b.tokens[i].Start, end, ""})
	}
	return edits
}

// prepend puts a column in front of the select list.
func (b *batcher) prepend(column string) edit {
	i := b.clauses["select"] + 1
	if b.is(i, "distinct") || b.is(i, "all") {
		i++
	}
	at := b.tokens[i].Start
	return edit{at, at, column + ", "}
}

// toAny rewrites the comparison with a placeholder.
func (b *batcher) toAny(key int) ([]edit, bool) {
	p := b.params[key]
	i := p.token
	placeholder := b.tokens[i].text
	end := i + 1
	if b.textAt(end) == "::" {
		_, end = b.typeName(end + 1)
		placeholder += "::" + strings.TrimSpace(b.text[b.tokens[i+2].Start:b.tokens[end-1].End]) + "[]"
	}
	switch {
	case p.use == equality && b.textAt(i-1) == "=":
		return []edit{{b.tokens[i].Start, b.tokens[end-1].End, "ANY(" + placeholder + ")"}}, true
	case p.use == inList && b.textAt(i-1) == "(" && b.is(i-2, "in") && b.textAt(end) == ")" && !b.is(i-3, "not"):
		return []edit{{b.tokens[i-2].Start, b.tokens[end].End, "= ANY(" + placeholder + ")"}}, true
	case p.use == inList && b.is(i-2, "any"):
		return nil, true
	}
	return nil, false
}

// conjunct tells whether the comparison with a placeholder must hold for every row: it stands in WHERE under nothing but
// AND and parentheses.
func (b *batcher) conjunct(key int) bool {
	where, ok := b.clauses["where"]
	i := b.params[key].token
	if !ok || i < where || i >= b.until(where) {
		return false
	}
	if b.params[key].use == inList {
		i = b.opening(i)
	}
	for depth := b.tokens[i].depth; depth > 0; depth-- {
		open := b.opening(i)
		if open < 0 || !(b.is(open-1, "where") || b.is(open-1, "and") || b.textAt(open-1) == "(") {
			return false
		}
		if b.alternatives(open+1, depth) {
			return false
		}
		i = open
	}
	return !b.alternatives(where+1, 0)
}

// alternatives tells whether an OR stands at a depth, from token i up to where the depth ends.
func (b *batcher) alternatives(i, depth int) bool {
	for ; i < b.end && b.tokens[i].depth >= depth; i++ {
		if b.tokens[i].depth == depth && (b.is(i, "or") || b.is(i, "not") && !b.is(i+1, "in") && !b.is(i-1, "is") || b.is(i, "select")) {
			return true
		}
		if depth == 0 && i > b.clauses["where"] && i >= b.until(b.clauses["where"]) {
			return false
		}
	}
	return false
}

var aggregateNames = []string{
	"count", "sum", "avg", "min", "max", "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "bool_and",
	"bool_or", "every", "bit_and", "bit_or", "xmlagg", "stddev", "variance", "percentile_cont", "percentile_disc", "mode", "any_value", "corr",
}

// aggregates tells whether the select list calls an aggregate at the outermost query.
func (b *batcher) aggregates() bool {
	from, _ := b.clauses["from"]
	for i := b.clauses["select"]; i < from; i++ {
		if b.textAt(i+1) == "(" && slices.Contains(aggregateNames, b.tokens[i].lower) && !b.inSubquery(i) {
			return true
		}
	}
	return false
}

func (b *batcher) inSubquery(i int) bool {
	for i >= 0 && b.tokens[i].depth > 0 {
		if i = b.opening(i); i < 0 || b.is(i+1, "select") {
			return i >= 0
		}
	}
	return false
}

func (b *batcher) windowed() bool {
	return slices.ContainsFunc(b.tokens, func(t token) bool { return t.lower == "over" })
}

func (b *batcher) distinctOn() bool {
	i := b.clauses["select"]
	return b.is(i+1, "distinct") && b.is(i+2, "on")
}

// selectsColumn tells whether the select list has the column, or everything of its table.
func (b *batcher) selectsColumn(column string) bool {
	qualifier := ""
	if i := strings.LastIndexByte(column, '.'); i >= 0 {
		qualifier = column[:i]
	}
	start := b.clauses["select"] + 1
	if b.is(start, "distinct") {
		start++
	}
	for i := start; i < b.clauses["from"]; i++ {
		if i > start && (b.tokens[i-1].text != "," || b.tokens[i-1].depth != 0) {
			continue
		}
		name, next := b.name(i)
		item := b.textAt(next) == "," || next == b.clauses["from"] || b.is(next, "as")
		switch {
		case b.textAt(i) == "*" && len(b.tables) == 1:
			return true
		case b.textAt(next) == "." && b.textAt(next+1) == "*" && (name == qualifier || qualifier == "" && len(b.tables) == 1):
			return true
		case item && unqualified(name) == unqualified(column) && (name == column || !strings.Contains(name, ".") || qualifier == ""):
			return true
		}
	}
	return false
}

// unique tells whether at most one row of the statement's table has a value in the column.
func (b *batcher) unique(column string) bool {
	if table := b.table(column); table != nil {
		if len(b.tables) > 1 { // a join may give several rows
			return false
		}
		name := strings.Trim(unqualified(column), `"`)
		for _, key := range append(slices.Clone(table.Uniques), table.PrimaryKey) {
			if key != nil && len(key.Columns) == 1 && key.Columns[0] == name {
				return true
			}
		}
		return false
	}
	return len(b.tables) == 1 && keyName(unqualified(column)) != ""
}

// table finds the table that a column belongs to, nil if the schema is not known or the name fits none or several.
func (b *batcher) table(column string) *schema.Table {
	if b.db == nil {
		return nil
	}
	candidates := b.tables
	if i := strings.LastIndexByte(column, '.'); i >= 0 {
		if table, ok := b.aliases[unqualified(column[:i])]; ok {
			candidates = []string{table}
		}
	}
	name := strings.Trim(unqualified(column), `"`)
	var found *schema.Table
	for _, table := range b.db.Tables {
		for _, candidate := range candidates {
			if names(candidate, table.Schema, table.Name) && slices.ContainsFunc(table.Columns, func(c *schema.Column) bool { return c.Name == name }) {
				if found != nil && found != table {
					return nil
				}
				found = table
			}
		}
	}
	return found
}

// typeOf returns the type of the elements of the array that takes a placeholder's place.
func (b *batcher) typeOf(key int) string {
	p := b.params[key]
	if b.textAt(p.token+1) == "::" {
		_, end := b.typeName(p.token + 2)
		return b.text[b.tokens[p.token+2].Start:b.tokens[end-1].End]
	}
	name := strings.Trim(unqualified(p.column), `"`)
	if table := b.table(p.column); table != nil {
		for _, c := range table.Columns {
			if c.Name == name {
				return c.Type
			}
		}
	}
	b.assumed = true
	switch lower := strings.ToLower(name); {
	case strings.Contains(lower, "uuid") || strings.Contains(lower, "guid"):
		return "uuid"
	case strings.HasSuffix(lower, "id"):
		return "bigint"
	}
	return "text"
}

func (b *batcher) column(key int) string { return b.params[key].column }

// lateral runs the statement as it is for each key, in the keys' order.
func (b *batcher) lateral(keys [][]int) Batch {
	var edits []edit
	var arrays, names []string
	batch := Batch{Form: "lateral", Key: len(keys)}
	for n, same := range keys {
		name := "key"
		if len(keys) > 1 {
			name = fmt.Sprintf("key%d", n+1)
		}
		names = append(names, name)
		for _, key := range same {
			i := b.params[key].token
			edits = append(edits, edit{b.tokens[i].Start, b.tokens[i].End, "k." + name})
		}
		batch.Arrays = append(batch.Arrays, same[0])
		arrays = append(arrays, b.tokens[b.params[same[0]].token].text+"::"+b.typeOf(same[0])+"[]")
	}
	keyed := make([]string, len(names))
	for i, name := range names {
		keyed[i] = "k." + name
	}
	batch.SQL = fmt.Sprintf("SELECT %s, q.* FROM unnest(%s) WITH ORDINALITY AS k(%s, n) CROSS JOIN LATERAL (%s) AS q ORDER BY k.n%s",
		strings.Join(keyed, ", "), strings.Join(arrays, ", "), strings.Join(names, ", "), apply(b.text, edits), b.innerOrder())
	return batch
}

// innerOrder repeats the statement's own ORDER BY behind that of the keys where it names columns of the select list.
func (b *batcher) innerOrder() string {
	order, ok := b.clauses["order"]
	if !ok || !b.has("from") || b.has("union", "intersect", "except") {
		return ""
	}
	var out strings.Builder
	end := b.until(order)
	for i := order + 2; i < end; {
		name, next := b.name(i)
		if name == "" || !b.selectsColumn(name) {
			return ""
		}
		out.WriteString(", q." + unqualified(name))
		for next < end && b.textAt(next) != "," {
			switch b.tokens[next].lower {
			case "asc", "desc", "nulls", "first", "last":
				out.WriteString(" " + strings.ToUpper(b.tokens[next].text))
			default:
				return ""
			}
			next++
		}
		i = next + 1
	}
	return out.String()
}
