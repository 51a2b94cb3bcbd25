package seed

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// Two foreign keys that share columns need parents that have values in common. Where the parents were made without regard to
// that, they are asked for values out of a few.

const (
	commonValues = 8   // that the parents are asked for
	commonRows   = 400 // of each parent that are looked at
)

// askCommon asks the tables that foreign keys of a component refer to for values in common, in the columns that the keys share.
// It is for components for which not a single row was found.
func (l *layout) askCommon(ctx context.Context, c component) error {
	users := map[string][]*reference{}
	var names []string
	for _, a := range c.atoms {
		if a.ref == nil || a.ref.self || a.ref.ahead || len(a.ref.nulls) > 0 {
			continue
		}
		for _, name := range a.columns() {
			if users[name] == nil {
				names = append(names, name)
			}
			users[name] = append(users[name], a.ref)
		}
	}
	for _, name := range names {
		if len(users[name]) < 2 {
			continue
		}
		// The parent with the fewest values gives them; one with many rows of each value leaves the most choice.
		var fewest [][]byte
		inCommon := map[string]int{}
		for _, ref := range users[name] {
			values := l.valuesOf(ref, name)
			for _, v := range values {
				inCommon[string(v)]++
			}
			if len(values) > 0 && (fewest == nil || len(values) < len(fewest)) {
				fewest = values
			}
		}
		shared := 0
		for _, n := range inCommon {
			if n == len(users[name]) {
				shared++
			}
		}
		if fewest == nil || shared > 0 {
			continue
		}
		fewest = fewest[:min(len(fewest), commonValues)]
		slices.SortFunc(fewest, bytes.Compare) // the same question is asked once
		expression, err := l.oneOf(ctx, name, fewest)
		if err != nil || expression == "" {
			return err
		}
		for _, ref := range users[name] {
			l.ask(ref, condition{name: c.name(), definition: expression, expression: expression, columns: []string{name}})
		}
	}
	return nil
}

// valuesOf lists the different values that a foreign key's parent has in one of the key's columns; none if they are not known.
func (l *layout) valuesOf(ref *reference, name string) [][]byte {
	referenced := ref.key.ReferencedColumns[slices.Index(ref.key.Columns, name)]
	g := ref.source.generator(referenced)
	if g == nil {
		return nil
	}
	g = converted(l.plan.db, g, ref.parent.table.Column(referenced), l.table.table.Column(name))
	seen := map[string]bool{}
	var values [][]byte
	for i := range min(ref.size(), commonRows) {
		if v, null := g.Append(nil, ref.at(i)); !null && !seen[string(v)] {
			seen[string(v)] = true
			values = append(values, v)
		}
	}
	return values
}

// oneOf is a condition that a column has one of some values; "" if they can't be written.
func (l *layout) oneOf(ctx context.Context, name string, values [][]byte) (string, error) {
	typ := l.plan.db.BaseType(l.table.table.Column(name).TypeOID)
	if typ == nil || l.request.Server == nil {
		return "", nil
	}
	literals := make([]string, len(values))
	for i, v := range values {
		result := l.request.Server.ExecParams(ctx, "SELECT quote_literal(($1)::text)", [][]byte{v}, []uint32{typ.OID}, []int16{1}, []int16{0}).Read()
		if result.Err != nil || len(result.Rows) != 1 {
			return "", ctx.Err()
		}
		literals[i] = string(result.Rows[0][0]) + "::" + typ.Formatted
	}
	return fmt.Sprintf("%s = ANY (ARRAY[%s])", schema.Quote(name), strings.Join(literals, ", ")), nil
}
