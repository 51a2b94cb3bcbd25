package seed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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

// find lists what could be taken off. Definitions are deparsed with an empty search path.
func (l *loader) find(ctx context.Context, tx pgx.Tx) ([]*journal.Object, error) {
	oids := make([]uint32, len(l.tables))
	for i, t := range l.tables {
		oids[i] = t.table.OID
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
	_, err = tx.Exec(ctx, "SELECT set_config('search_path', $1, true)", path)
	return objects, err
}

// choose decides what comes off, and which tables can be loaded frozen.
func (l *loader) choose(objects []*journal.Object) []*journal.Object {
	l.parked, l.freeze = map[*schema.ForeignKey]bool{}, map[*TablePlan]bool{}
	byOID := map[uint32]*TablePlan{}
	for _, t := range l.tables {
		byOID[t.table.OID] = t
	}
	circle := l.circles()
	var chosen []*journal.Object
	for _, o := range objects {
		if l.journaled && l.comesOff(o, byOID[o.Relation], byOID[o.Referenced], circle) {
			o.Model = l.model(o)
			chosen = append(chosen, o)
		}
	}
	off := func(relation uint32, name string) bool {
		return slices.ContainsFunc(chosen, func(o *journal.Object) bool {
			return o.Kind == journal.ForeignKey && o.Relation == relation && o.Name == name
		})
	}
	for _, t := range l.tables {
		for _, key := range t.table.ForeignKeys {
			l.parked[key] = off(t.table.OID, key.Name)
		}
	}
	for _, t := range l.tables {
		referenced := slices.ContainsFunc(objects, func(o *journal.Object) bool {
			return o.Kind == journal.ForeignKey && o.Referenced == t.table.OID && o.Relation != o.Referenced && !off(o.Relation, o.Name)
		})
		l.freeze[t] = t.Rows >= freezeRows && l.mayTruncate[t.table.OID] && t.table.Kind == schema.Ordinary && len(t.table.Inherits) == 0 && !referenced &&
			!l.plan.opts.Append && !l.plan.opts.KeepConstraints && !l.resumable()
	}
	return chosen
}

// comesOff decides about one object. child and parent are the tables it is about, nil if they get no rows.
func (l *loader) comesOff(o *journal.Object, child, parent *TablePlan, circle map[uint32]int) bool {
	if child != nil {
		o.Size = child.Rows
	}
	switch {
	case o.Kind == journal.Trigger:
		return !l.plan.opts.Triggers
	case o.Kind == journal.RowSecurity:
		return true
	case o.Kind == journal.ForeignKey && parent != nil && child != nil && (l.plan.opts.sharded() || circle[o.Relation] != 0 && circle[o.Relation] == circle[o.Referenced]):
		return o.Relation != o.Referenced || l.plan.opts.sharded() // no order of loading could keep it
	case l.plan.opts.KeepConstraints, l.plan.opts.Append: // what is there may be large, and checking it all again slow
		return false
	case o.Kind == journal.Index:
		return o.Size >= parkIndex
	case child != nil && l.plan.lifts(child, o.Name):
		return true
	}
	return o.Size >= parkRows || parent != nil && parent.Rows >= freezeRows
}

// model notes a foreign key the way the schema has it, so that whoever takes up the run sees the schema as it was.
func (l *loader) model(o *journal.Object) string {
	for _, t := range l.tables {
		for _, key := range t.table.ForeignKeys {
			if o.Kind == journal.ForeignKey && t.table.OID == o.Relation && key.Name == o.Name {
				b, _ := json.Marshal(l.plan.asDeclared(key)) // plain strings and bools
				return string(b)
			}
		}
	}
	return ""
}

// recall adds to a schema the foreign keys that a run which did not end has taken off, and takes the rows that it has
// loaded for none.
func recall(ctx context.Context, conn *pgx.Conn, db *schema.Database) error {
	run, err := journal.Read(ctx, conn)
	if err != nil || run == nil {
		return err
	}
	for _, target := range run.Targets {
		if t := db.Table(target.Table); t != nil && target.Empty {
			t.HasRows = false
		}
	}
	parked, err := journal.ReadParked(ctx, conn)
	if err != nil {
		return err
	}
	for _, p := range parked {
		t := db.Table(p.Table)
		if t == nil || p.Model == "" || slices.ContainsFunc(t.ForeignKeys, func(key *schema.ForeignKey) bool { return key.Name == p.Name }) {
			continue
		}
		var key schema.ForeignKey
		if err := json.Unmarshal([]byte(p.Model), &key); err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		t.ForeignKeys = append(t.ForeignKeys, &key)
		slices.SortFunc(t.ForeignKeys, func(a, b *schema.ForeignKey) int { return strings.Compare(a.Name, b.Name) })
	}
	return nil
}

// circleInPlace is the error about foreign keys that forbid every order of loading, because they go round in a circle and
// can't be taken off; nil if none do.
func (l *loader) circleInPlace() error {
	open := map[*TablePlan]bool{}
	for _, t := range l.tables {
		open[t] = true
	}
	for changed := true; changed; {
		changed = false
		for _, t := range l.tables {
			if open[t] && !slices.ContainsFunc(l.mustFollow(t), func(parent *TablePlan) bool { return open[parent] }) {
				delete(open, t)
				changed = true
			}
		}
	}
	var names []string
	for _, t := range l.tables {
		if open[t] {
			names = append(names, t.Table)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the foreign keys of %s go round in a circle, and only the tables' owner with the right to create a schema can take them off for the load: connect as the owner, or leave one of these tables out", strings.Join(names, ", "))
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

// countKinds says how many objects of which kind there are: 2 foreign keys and 1 index.
func countKinds(objects []*journal.Object) string {
	count := map[journal.Kind]int{}
	for _, o := range objects {
		count[o.Kind]++
	}
	var texts []string
	for _, kind := range []journal.Kind{journal.ForeignKey, journal.Index, journal.Trigger, journal.RowSecurity} {
		if n := count[kind]; n > 0 {
			texts = append(texts, countKind(kind, n))
		}
	}
	return strings.Join(texts, ", ")
}

// countKind says how many objects of a kind there are: 2 foreign keys.
func countKind(kind journal.Kind, n int) string {
	noun := string(kind)
	switch {
	case kind == journal.RowSecurity && n == 1:
		noun = "forced row security"
	case kind == journal.RowSecurity:
		noun = "forced row securities"
	case kind == journal.Index && n > 1:
		noun = "indexes"
	case n > 1:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
