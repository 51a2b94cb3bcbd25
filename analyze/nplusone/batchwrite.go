package nplusone

import (
	"fmt"
	"slices"
	"strings"
)

// inserts rewrites INSERT INTO t(a, b) VALUES ($1, $2) to take arrays, or where the columns' types are not known to many
// rows.
func (b *batcher) inserts(keys [][]int) Batch {
	values, ok := b.clauses["values"]
	if !ok || b.textAt(values+1) != "(" {
		return Batch{}
	}
	closing := values + 2
	for closing < b.end && b.tokens[closing].depth > b.tokens[values].depth {
		closing++
	}
	if closing >= b.end || b.textAt(closing+1) == "," {
		return Batch{}
	}
	row := b.text[b.tokens[values+1].Start:b.tokens[closing].End]
	head, tail := b.text[:b.tokens[values].Start], strings.TrimSpace(b.text[b.tokens[closing].End:])
	if tail != "" {
		tail = " " + tail
	}
	varying := slices.Concat(keys...)
	if len(varying) == 0 {
		for i, p := range b.params {
			if p.use == written {
				varying = append(varying, i)
			}
		}
	}
	slices.Sort(varying)
	if b.db == nil || slices.ContainsFunc(varying, func(key int) bool { return b.params[key].column == "" || b.table(b.params[key].column) == nil }) {
		return Batch{SQL: head + "VALUES " + rows(row, len(b.params), 3) + tail, Form: "multi-row"}
	}
	var arrays, names []string
	var edits []edit
	offset := b.tokens[values+1].Start
	for n, key := range varying {
		i := b.params[key].token
		if i < values || i > closing {
			return Batch{}
		}
		name := fmt.Sprintf("v%d", n+1)
		names = append(names, name)
		arrays = append(arrays, b.tokens[i].text+"::"+b.typeOf(key)+"[]")
		edits = append(edits, edit{b.tokens[i].Start - offset, b.tokens[i].End - offset, "u." + name})
	}
	inner := apply(row, edits)
	return Batch{
		SQL:    fmt.Sprintf("%sSELECT %s FROM unnest(%s) AS u(%s)%s", head, inner[1:len(inner)-1], strings.Join(arrays, ", "), strings.Join(names, ", "), tail),
		Arrays: varying, Form: "unnest",
	}
}

// rows writes a row of VALUES several times, with placeholders that count on.
func rows(row string, params, times int) string {
	s := newStatement("", row)
	parts := []string{row}
	for n := 1; n < times; n++ {
		var edits []edit
		for i, p := range s.params {
			t := s.tokens[p.token]
			edits = append(edits, edit{t.Start, t.End, fmt.Sprintf("$%d", n*params+i+1)})
		}
		parts = append(parts, apply(row, edits))
	}
	return strings.Join(parts, ", ")
}

// changes rewrites UPDATE and DELETE by key.
func (b *batcher) changes(keys [][]int) Batch {
	var wheres, sets []int
	for _, same := range keys {
		if len(same) != 1 {
			return Batch{}
		}
		switch p := b.params[same[0]]; {
		case p.use == written:
			sets = append(sets, same[0])
		case b.conjunct(same[0]) && p.column != "":
			wheres = append(wheres, same[0])
		default:
			return Batch{}
		}
	}
	if len(wheres) == 1 && len(sets) == 0 {
		if edits, ok := b.toAny(wheres[0]); ok {
			return Batch{SQL: apply(b.text, edits), Arrays: wheres, Form: "any"}
		}
	}
	if b.verb != "update" || len(wheres) == 0 || b.has("from") || b.db == nil {
		return Batch{}
	}
	var arrays, names []string
	var edits []edit
	all := slices.Concat(sets, wheres)
	for n, key := range all {
		i := b.params[key].token
		if b.table(b.params[key].column) == nil {
			return Batch{}
		}
		name := fmt.Sprintf("v%d", n+1)
		names = append(names, name)
		arrays = append(arrays, b.tokens[i].text+"::"+b.typeOf(key)+"[]")
		edits = append(edits, edit{b.tokens[i].Start, b.tokens[i].End, "u." + name})
		if key == wheres[0] || slices.Contains(wheres, key) {
			if column := b.params[key].column; !strings.Contains(column, ".") {
				at := b.columnStart(i)
				edits = append(edits, edit{at, at, b.target() + "."})
			}
		}
	}
	edits = append(edits, b.insertBefore(b.clauses["where"], fmt.Sprintf("FROM unnest(%s) AS u(%s)", strings.Join(arrays, ", "), strings.Join(names, ", "))))
	return Batch{SQL: apply(b.text, edits), Arrays: all, Form: "unnest"}
}

// columnStart is where the column in front of "= $1" starts; i is the placeholder's token.
func (b *batcher) columnStart(i int) int { return b.tokens[i-2].Start }

// target is the name that the changed table goes by.
func (b *batcher) target() string {
	for alias, table := range b.aliases {
		if len(b.tables) > 0 && table == b.tables[0] && alias != unqualified(table) {
			return alias
		}
	}
	return unqualified(b.tables[0])
}
