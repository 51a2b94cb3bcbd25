package seed

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// planTables plans every table, each after those that it references. Where foreign keys go round in a circle, a table may
// have counted on more rows than another one turns out to get: then everything is planned once more with fewer, and also where a
// table was asked for other rows than it had been planned with.
func (p *Plan) planTables(ctx context.Context, trial *pgx.Conn) error {
	warnings, unfillable, problems := p.Warnings, len(p.Unfillable), p.problems
	for _, t := range p.Tables {
		t.start = t.Rows
	}
	for {
		again := false
		p.again = false
		for _, t := range p.Tables {
			if err := p.planTable(ctx, trial, t); err != nil {
				return fmt.Errorf("plan %s: %w", t.Table, err)
			}
		}
		for _, t := range p.Tables {
			again = again || slices.ContainsFunc(t.refs, func(r *reference) bool { return r.counted > r.source.rows() })
		}
		if !again && !p.again {
			return nil
		}
		for _, t := range p.Tables {
			if p.again {
				t.Rows = t.start
			}
			fresh := &source{first: t.first, made: t.Rows, there: t.source.there}
			for name, g := range t.source.columns {
				fresh.reserve(name).pool = g.pool
			}
			*t = TablePlan{Table: t.Table, Rows: t.Rows, Why: t.Why, Columns: []ColumnPlan{}, lasting: t.lasting, source: fresh}
		}
		if p.again {
			p.Warnings, p.Unfillable, p.problems = warnings, p.Unfillable[:unfillable], problems
		}
		p.Rows, p.Bytes, p.Warnings = 0, 0, append(slices.Clone(warnings), p.Warnings[len(warnings):]...)
	}
}
