package seed

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

//go:embed unchecked.sql
var uncheckedSQL string

// unchecked is what stands in the way of checking a foreign key when rows are inserted.
type unchecked struct {
	why, advice string
	comesOff    bool // it can be checked all the same, when the rows are there
}

// findUnchecked finds the foreign keys that let nobody insert rows, since the owner of the table that they reference has not
// the rights that looking up its rows takes. Such a key is taken off for the load where it may be; else it must be null.
func (p *Plan) findUnchecked(ctx context.Context, conn *pgx.Conn) error {
	p.unchecked = map[*schema.ForeignKey]unchecked{}
	if p.opts.SchemaOnly {
		return nil // the rows go elsewhere
	}
	byOID := map[uint32]*TablePlan{}
	var oids []uint32
	for _, t := range p.Tables {
		if t.Rows > 0 {
			byOID[t.table.OID] = t
			oids = append(oids, t.table.OID)
		}
	}
	rows, err := conn.Query(ctx, uncheckedSQL, oids)
	if err != nil {
		return fmt.Errorf("read the rights of owners: %w", err)
	}
	var relation uint32
	var name, owner, schemaName, table string
	var uses, comesOff bool
	_, err = pgx.ForEachRow(rows, []any{&relation, &name, &owner, &schemaName, &table, &uses, &comesOff}, func() error {
		referenced := schema.QualifiedName(schemaName, table)
		u := unchecked{
			why:      fmt.Sprintf("PostgreSQL checks it as the owner of %s, %s, who has not the rights to that", referenced, schema.Quote(owner)),
			advice:   fmt.Sprintf("have them granted: GRANT SELECT, UPDATE ON %s TO %s;", referenced, schema.Quote(owner)),
			comesOff: comesOff && !p.opts.KeepConstraints && !p.opts.Append,
		}
		if !uses {
			u.why = fmt.Sprintf("PostgreSQL checks it as the owner of %s, %s, who may not use the schema %s", referenced, schema.Quote(owner), schema.Quote(schemaName))
			u.advice = fmt.Sprintf("have that granted: GRANT USAGE ON SCHEMA %s TO %s;", schema.Quote(schemaName), schema.Quote(owner))
		}
		t := byOID[relation]
		for _, key := range t.table.ForeignKeys {
			if key.Name != name || key.NotEnforced {
				continue
			}
			p.unchecked[key] = u
			if u.comesOff {
				p.Warnings = append(p.Warnings, fmt.Sprintf("%s of %s lets nobody insert rows and is taken off for the load: %s; %s", schema.Quote(name), t.Table, u.why, u.advice))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the rights of owners: %w", err)
	}
	return nil
}

// uncheckable deals with a foreign key that can't be checked and does not come off: it must be null.
func (l *layout) uncheckable(key *schema.ForeignKey, u unchecked) {
	if nullable(l.table.table, key) {
		l.leaveNull(key, "null: "+u.why)
		return
	}
	l.fail(&Unfillable{Table: l.table.Table, Constraint: key.Name, Definition: key.Definition, Reason: u.why, Advice: u.advice})
}

// lifts tells whether a foreign key has to come off, since it lets nobody insert rows.
func (p *Plan) lifts(t *TablePlan, name string) bool {
	for _, key := range t.table.ForeignKeys {
		if key.Name == name && p.unchecked[key].comesOff {
			return true
		}
	}
	return false
}
