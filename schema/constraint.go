package schema

import (
	"context"
	_ "embed"
)

// constraintRow is one row of constraint.sql, whatever kind of constraint it is.
type constraintRow struct {
	relation                                      uint32
	name, kind                                    string
	columns                                       []string
	deferrable, deferred, validated, enforced     bool
	period, noInherit, inherited                  bool
	definition                                    string
	nullsNotDistinct                              bool
	referencedSchema, referencedTable             string
	referencedColumns                             []string
	onDelete, onUpdate                            string
	matchFull                                     bool
	expression                                    string
	operators, elementColumns, elementExpressions []string
	method, predicate                             string
}

//go:embed constraint.sql
var constraintSQL string

func (l *loader) constraints(ctx context.Context) error {
	var r constraintRow
	return l.each(ctx, constraintSQL, []any{l.oids}, []any{
		&r.relation, &r.name, &r.kind, &r.columns, &r.deferrable, &r.deferred, &r.validated, &r.enforced, &r.period, &r.noInherit,
		&r.inherited, &r.definition, &r.nullsNotDistinct, &r.referencedSchema, &r.referencedTable, &r.referencedColumns,
		&r.onDelete, &r.onUpdate, &r.matchFull, &r.expression, &r.operators, &r.elementColumns, &r.elementExpressions, &r.method, &r.predicate,
	}, func() error {
		t := l.db.tables[r.relation]
		switch r.kind {
		case "p":
			t.PrimaryKey = r.key()
		case "u":
			t.Uniques = append(t.Uniques, r.key())
		case "f":
			t.ForeignKeys = append(t.ForeignKeys, r.foreignKey())
		case "c":
			t.Checks = append(t.Checks, r.check())
		case "x":
			t.Exclusions = append(t.Exclusions, r.exclusion())
		}
		return nil
	})
}
