package seed

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// filterRows is how many rows of a parent are looked at where not all may be referred to.
const filterRows = 100_000

// condition is an expression over columns of one foreign key.
type condition struct {
	name, definition string
	expression       string
	columns          []string
	domain           bool // of a domain: its column is called value
	parent           bool // the columns are those of the referenced table, by their names there
	line             int  // of the configuration, where it demands this; 0: elsewhere
}

// filter narrows a foreign key down to the parent's rows that the table's own constraints allow: a row of a table of cars
// refers to a vehicle whose kind is car. The server evaluates the conditions.
func (l *layout) filter(ctx context.Context, ref *reference) error {
	conditions := l.conditions(ref)
	landing, err := l.landing(ctx, ref)
	if err != nil {
		return err
	}
	if len(l.nullColumns(ref)) > 0 && slices.ContainsFunc(landing, func(c condition) bool {
		return slices.ContainsFunc(c.columns, func(name string) bool { return ref.source.generator(name) == nil })
	}) {
		ref.lost.Store(true) // in a circle, it is not known yet which rows land in the partition: refer to none
		return nil
	}
	conditions = append(conditions, landing...)
	accepts := slices.ContainsFunc(ref.key.Columns, func(name string) bool { return l.accept[name] != nil })
	if len(conditions) == 0 && !accepts && !l.mayBeClaimed(ref) && !ref.mayBeNull() || ref.self {
		return nil
	}
	count := min(ref.size(), filterRows)
	stride := ref.size() / max(count, 1)
	left := make([]uint64, count)
	for i := range left {
		left[i] = ref.source.at(uint64(i) * stride)
	}
	for _, c := range conditions {
		var err error
		before := len(left)
		if left, err = l.passing(ctx, ref, c, left); err != nil {
			return fmt.Errorf("which rows of %s satisfy %s: %w", ref.parent.Table, c.definition, err)
		}
		if promised := l.table.promised.of(c.columns); promised && !slices.ContainsFunc(left, func(row uint64) bool { return row < existing }) {
			l.ask(ref, c) // those that are there can't have what was promised of these
		}
		if len(left) == 0 && before > 0 {
			if c.line > 0 {
				l.plan.misfit(c.line, "column %s: none of %s of %s is so: %s", c.columns[0], counted(uint64(before), "row"), ref.parent.Table, c.definition)
			}
			l.ask(ref, c)
			l.fail(&Unfillable{
				Table: l.table.Table, Constraint: c.name, Definition: c.definition,
				Reason: fmt.Sprintf("it holds for none of %s of %s, which foreign key %s refers to", counted(uint64(before), "row"), ref.parent.Table, ref.key.Name),
				Advice: fmt.Sprintf("let some rows of %s have such values", ref.parent.Table),
			})
			return nil
		}
	}
	if accepted := l.accepted(ref, l.accept, left); len(accepted) > 0 {
		left = accepted
	}
	left = ref.withValues(left)
	left, err = l.unclaimed(ctx, ref, left)
	if err == nil && uint64(len(left)) < ref.size() {
		ref.allowed = left
	}
	return err
}

// narrows tells whether CHECK constraints over several columns leave fewer of some parent's rows to refer to than the layout
// does: those whose kind no alternative allows, say.
func (l *layout) narrows(solution *value.Solution) bool {
	if l.accept != nil {
		return false
	}
	return slices.ContainsFunc(l.refs, func(ref *reference) bool {
		rows := ref.allowed
		if rows == nil && !ref.self {
			rows = make([]uint64, min(ref.source.rows(), filterRows))
			for i := range rows {
				rows[i] = ref.source.at(uint64(i))
			}
		}
		accepted := l.accepted(ref, solution.Accept, rows)
		return len(accepted) > 0 && len(accepted) < len(rows)
	})
}

// accepted keeps the parent's rows whose values are accepted in the columns of a foreign key, as far as they are known.
func (l *layout) accepted(ref *reference, accept map[string]func(value []byte) bool, rows []uint64) []uint64 {
	for i, name := range ref.key.Columns {
		referenced := ref.key.ReferencedColumns[i]
		g := ref.source.generator(referenced)
		if accept[name] == nil || g == nil || ref.self {
			continue
		}
		g = converted(l.plan.db, g, ref.parent.table.Column(referenced), l.table.table.Column(name))
		var buffer []byte
		rows = slices.DeleteFunc(slices.Clone(rows), func(row uint64) bool {
			v, null := g.Append(buffer[:0], row)
			buffer = v
			return !null && !accept[name](v)
		})
	}
	return rows
}

// conditions lists the conditions that only foreign key columns of one key take part in.
func (l *layout) conditions(ref *reference) []condition {
	var all []condition
	checks := append(slices.Clone(l.table.table.Checks), l.routing.check)
	if !l.table.deaf {
		checks = append(checks, l.table.asked.checks()...)
	}
	for _, c := range checks {
		if c == nil {
			continue
		}
		columns := columnsIn(l.table.table, c.Expression)
		if len(columns) > 0 && containsAll(ref.key.Columns, columns) {
			all = append(all, condition{name: c.Name, definition: c.Definition, expression: c.Expression, columns: columns})
		}
	}
	for i, name := range ref.key.Columns {
		column, referenced := l.table.table.Column(name), ref.parent.table.Column(ref.key.ReferencedColumns[i])
		if referenced == nil {
			continue
		}
		if most := longest(column.Type); most > 0 && (referenced.Type == "text" || referenced.Type == "character varying" || most < longest(referenced.Type)) {
			short := fmt.Sprintf("char_length(%s) <= %d", schema.Quote(name), most)
			all = append(all, condition{name: ref.key.Name, definition: short + ", as its type is " + column.Type, expression: short, columns: []string{name}})
		}
		if column.TypeOID == referenced.TypeOID {
			continue
		}
		for domain := range l.plan.db.Domains(column.TypeOID) {
			for _, c := range domain.Checks {
				all = append(all, condition{name: c.Name, definition: c.Definition, expression: c.Expression, columns: []string{name}, domain: true})
			}
		}
	}
	return append(all, l.chosen(ref)...)
}

// longest is how many characters a type of texts of limited length takes; 0 for others.
func longest(formatted string) int {
	for _, kind := range []string{"character varying(", "character("} {
		if rest, ok := strings.CutPrefix(formatted, kind); ok {
			most, _ := strconv.Atoi(strings.TrimSuffix(rest, ")"))
			return most
		}
	}
	return 0
}

// landing is what a row of a partitioned table must be like to be in the partition that a foreign key references.
func (l *layout) landing(ctx context.Context, ref *reference) ([]condition, error) {
	part := l.plan.landing[ref.key]
	if part == nil {
		return nil, nil
	}
	oid := []byte(strconv.FormatUint(uint64(part.OID), 10))
	result := l.request.Server.ExecParams(ctx, "SELECT coalesce(pg_get_partition_constraintdef($1::oid), '')", [][]byte{oid}, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, fmt.Errorf("read what %s takes: %w", part.QualifiedName(), result.Err)
	}
	expression := string(result.Rows[0][0])
	columns := columnsIn(ref.parent.table, expression)
	if len(columns) == 0 {
		return nil, nil // it takes everything
	}
	return []condition{{name: ref.key.Name, definition: "partition " + part.QualifiedName(), expression: expression, columns: columns, parent: true}}, nil
}

// chosen lists what the configuration demands of the parent's rows that may be chosen, by the columns of the foreign key.
func (l *layout) chosen(ref *reference) []condition {
	var all []condition
	literal := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	for _, said := range l.table.saidOf(ref) {
		name := schema.Quote(said.Name)
		add := func(expression string) {
			all = append(all, condition{name: said.Where, definition: expression, expression: expression, columns: []string{said.Name}, line: said.Line})
		}
		if len(said.Values) > 0 {
			list := make([]string, len(said.Values))
			for i, v := range said.Values {
				list[i] = literal(*v.Value)
			}
			add(fmt.Sprintf("%s IN (%s)", name, strings.Join(list, ", ")))
		}
		if said.Min != nil {
			add(name + " >= " + literal(*said.Min))
		}
		if said.Max != nil {
			add(name + " <= " + literal(*said.Max))
		}
	}
	return all
}

// passing asks the server which of a parent's rows satisfy a condition. Values that are not known yet are taken to.
func (l *layout) passing(ctx context.Context, ref *reference, c condition, rows []uint64) ([]uint64, error) {
	var from, names []string
	var params [][]byte
	for i, name := range c.columns {
		referenced := name
		if !c.parent {
			referenced = ref.key.ReferencedColumns[slices.Index(ref.key.Columns, name)]
		}
		g := ref.source.generator(referenced)
		if g == nil {
			return rows, nil
		}
		parent := ref.parent.table.Column(referenced)
		base := l.plan.db.BaseType(parent.TypeOID)
		if base == nil || base.Kind == schema.ArrayType {
			return rows, nil
		}
		array := binary.BigEndian.AppendUint32(nil, 1) // dimensions
		array = binary.BigEndian.AppendUint32(array, 1)
		array = binary.BigEndian.AppendUint32(array, base.OID)
		array = binary.BigEndian.AppendUint32(array, uint32(len(rows)))
		array = binary.BigEndian.AppendUint32(array, 1)
		for _, row := range rows {
			start := len(array)
			array = append(array, 0xff, 0xff, 0xff, 0xff)
			out, null := g.Append(array, row)
			if array = out; !null {
				binary.BigEndian.PutUint32(array[start:], uint32(len(array)-start-4))
			}
		}
		params = append(params, array)
		cast := schema.QualifiedName(base.Schema, base.Name)
		from = append(from, fmt.Sprintf("$%d::%s[]", i+1, cast))
		if c.domain {
			names = append(names, "value")
		} else {
			names = append(names, schema.Quote(name))
		}
	}
	sql := fmt.Sprintf("SELECT pgassay_row::bigint - 1 FROM unnest(%s) WITH ORDINALITY AS pgassay_rows(%s, pgassay_row) WHERE (%s) IS NOT FALSE",
		strings.Join(from, ", "), strings.Join(names, ", "), c.expression)
	formats := slices.Repeat([]int16{1}, len(params))
	result := l.request.Server.ExecParams(ctx, sql, params, nil, formats, []int16{1}).Read()
	if result.Err != nil {
		if pgErr, ok := result.Err.(*pgconn.PgError); ok && ctx.Err() == nil {
			return rows, l.noted(pgErr, c)
		}
		return nil, result.Err
	}
	passing := make([]uint64, len(result.Rows))
	for i, row := range result.Rows {
		passing[i] = rows[binary.BigEndian.Uint64(row[0])]
	}
	return passing, nil
}

// noted leaves a condition that the server can't evaluate outside of the table to the load itself.
func (l *layout) noted(err *pgconn.PgError, c condition) error {
	if c.line > 0 {
		l.plan.misfit(c.line, "column %s: %s can't be evaluated: %s", c.columns[0], c.definition, err.Message)
		return nil
	}
	text := fmt.Sprintf("%s: whether %s holds was not tried: %s", l.table.Table, c.definition, err.Message)
	if !slices.Contains(l.plan.Warnings, text) {
		l.plan.Warnings = append(l.plan.Warnings, text)
	}
	return nil
}

// mayBeNull tells whether some of the parent's rows can't be referred to, because a column that the key references is null.
func (r *reference) mayBeNull() bool {
	return slices.ContainsFunc(r.key.ReferencedColumns, func(name string) bool {
		c := r.parent.table.Column(name)
		return c != nil && !c.NotNull
	})
}

// withValues keeps the parent's rows that can be referred to, as far as their values are known.
func (r *reference) withValues(rows []uint64) []uint64 {
	for _, name := range r.key.ReferencedColumns {
		g := r.source.generator(name)
		if c := r.parent.table.Column(name); g == nil || c == nil || c.NotNull {
			continue
		}
		var buffer []byte
		rows = slices.DeleteFunc(rows, func(row uint64) bool {
			out, null := g.Append(buffer[:0], row)
			buffer = out
			return null
		})
	}
	return rows
}
