package seed

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/journal"
)

// Below these sizes, taking constraints off and putting them back costs more than it saves.
const (
	parkRows   = 5_000  // of a foreign key's table; checking a value one by one takes 8 µs, all at once 0.6 µs
	parkIndex  = 20_000 // of an index's table
	freezeRows = 20_000
)

// choosePark decides which foreign keys and indexes come off, and which tables can be loaded frozen.
func (l *loader) choosePark(ctx context.Context, tx pgx.Tx) ([]*journal.Object, error) {
	l.parked, l.freeze = map[*schema.ForeignKey]bool{}, map[*TablePlan]bool{}
	if l.plan.opts.Append {
		return nil, nil
	}
	byOID := map[uint32]*TablePlan{}
	oids := make([]uint32, len(l.tables))
	for i, t := range l.tables {
		byOID[t.table.OID], oids[i] = t, t.table.OID
	}
	var path string
	if err := tx.QueryRow(ctx, "SELECT current_setting('search_path')").Scan(&path); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "SELECT set_config('search_path', '', true)"); err != nil {
		return nil, err
	}
	objects, err := journal.Find(ctx, tx, oids)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "SELECT set_config('search_path', $1, true)", path); err != nil {
		return nil, err
	}
	circle := l.circles()
	var chosen []*journal.Object
	off := map[[2]string]bool{}
	for _, o := range objects {
		t := byOID[o.Relation]
		var rows uint64
		if t != nil {
			rows = t.Rows
		}
		parent := byOID[o.Referenced]
		switch {
		case o.Kind == journal.Index && rows >= parkIndex,
			o.Kind == journal.ForeignKey && (rows >= parkRows || parent != nil && parent.Rows >= freezeRows || circle[o.Relation] != 0 && circle[o.Relation] == circle[o.Referenced]):
			o.Size = rows
			chosen = append(chosen, o)
			off[[2]string{o.Table, o.Name}] = true
		}
	}
	for _, t := range l.tables {
		for _, key := range t.table.ForeignKeys {
			l.parked[key] = off[[2]string{t.Table, key.Name}]
		}
	}
	for _, t := range l.tables {
		l.freeze[t] = t.Rows >= freezeRows && t.table.Kind == schema.Ordinary && l.unreferenced(t, objects, off)
	}
	return chosen, nil
}

// circles numbers the circles that foreign keys make, by the OIDs of their tables.
func (l *loader) circles() map[uint32]int {
	circle := map[uint32]int{}
	for i, component := range l.plan.db.Order() {
		if component.Cyclic() {
			for _, t := range component.Tables {
				circle[t.OID] = i + 1
			}
		}
	}
	return circle
}

// unreferenced tells whether no foreign key in place references a table, which would forbid TRUNCATE.
func (l *loader) unreferenced(t *TablePlan, objects []*journal.Object, off map[[2]string]bool) bool {
	for _, o := range objects {
		if o.Kind == journal.ForeignKey && o.Referenced == t.table.OID && o.Relation != o.Referenced && !off[[2]string{o.Table, o.Name}] {
			return false
		}
	}
	return true
}

func countKinds(objects []*journal.Object) string {
	keys, indexes := 0, 0
	for _, o := range objects {
		if o.Kind == journal.ForeignKey {
			keys++
		} else {
			indexes++
		}
	}
	return fmt.Sprintf("%d foreign keys and %d indexes, to put them back after the load", keys, indexes)
}

// restore puts back what was taken off, also after a failure or an interrupt.
func (l *loader) restore(ctx context.Context, failed error) error {
	if failed != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
		defer cancel()
	}
	_, err := journal.Restore(ctx, l.config, journal.Options{
		Workers: l.workers,
		Started: func(p journal.Parked) { l.step("putting back " + p.String()) },
	})
	if err != nil {
		return fmt.Errorf("%w; put back what is missing with pgassay seed repair", err)
	}
	return nil
}
