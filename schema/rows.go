package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// probeBatch is how many tables one query looks into: a bound on the locks held at a time, which are a shared resource
// (max_locks_per_transaction), since planning locks every index of a table too.
const probeBatch = 100

// maxProbePages bounds what looking for one row can read where the statistics say that there are rows but all may have
// been deleted since: 8 MiB. In larger tables the statistics are believed.
const maxProbePages = 1024

// hasRows finds out which tables hold rows. A table without a page has none; the rest is looked into for one row, unless
// it is large and was full when it was last analysed. Foreign tables are not touched: they are taken to hold rows, as is
// what can't be read.
func (l *loader) hasRows(ctx context.Context) error {
	var unknown []*Table
	var unreadable []string
	for _, t := range l.db.Tables {
		switch {
		case t.Kind == Foreign:
			t.HasRows = true
		case t.Kind == Partitioned || t.Pages == 0:
		case t.Pages > maxProbePages && t.EstimatedRows > 0:
			t.HasRows = true
		case !t.readable:
			t.HasRows = true
			unreadable = append(unreadable, t.QualifiedName())
		default:
			unknown = append(unknown, t)
		}
	}
	for batch := range slices.Chunk(unknown, probeBatch) {
		if l.probe(ctx, batch) == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, t := range batch { // one of them is locked, broken or slow
			if err := l.probe(ctx, []*Table{t}); err != nil {
				t.HasRows = true
				l.db.Warnings = append(l.db.Warnings, fmt.Sprintf("whether %s holds rows is unknown (%s): it is taken to hold some", t.QualifiedName(), err))
			}
		}
	}
	if len(unreadable) > 0 {
		l.db.Warnings = append(l.db.Warnings, fmt.Sprintf("whether rows are in %s is unknown, for lack of the SELECT privilege or because of row-level security: taken to hold some",
			abbreviate(unreadable)))
	}
	for _, t := range l.db.Tables {
		if t.Kind != Partitioned {
			l.markAncestors(t)
		}
	}
	return nil
}

// markAncestors passes what is known of a partition on to the partitioned tables above it.
func (l *loader) markAncestors(t *Table) {
	for parent := l.db.names[t.PartitionOf]; parent != nil; parent = l.db.names[parent.PartitionOf] {
		parent.HasRows = parent.HasRows || t.HasRows
	}
}

// probe looks for one row in each of some tables, in a savepoint that is rolled back, so that the locks are let go and a
// failure does not end the transaction.
func (l *loader) probe(ctx context.Context, tables []*Table) error {
	var sql strings.Builder
	for i, t := range tables {
		if i > 0 {
			sql.WriteString("\nUNION ALL ")
		}
		fmt.Fprintf(&sql, "SELECT %d::oid, EXISTS (SELECT FROM ONLY %s)", t.OID, t.QualifiedName())
	}
	savepoint, err := l.tx.Begin(ctx)
	if err != nil {
		return err
	}
	inner := loader{tx: savepoint, db: l.db}
	var oid uint32
	var found bool
	err = inner.each(ctx, sql.String(), nil, []any{&oid, &found}, func() error {
		l.db.tables[oid].HasRows = found
		return nil
	})
	if rollbackErr := savepoint.Rollback(ctx); err == nil {
		err = rollbackErr
	}
	return err
}

// abbreviate lists names, but not more than a person reads.
func abbreviate(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
