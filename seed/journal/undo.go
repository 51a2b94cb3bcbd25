package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Undo empties the tables of a run that are not whole, and those whose foreign keys need rows of such a table, as long as
// they were empty before the run, in one transaction. What is whole stays. It returns the tables that it has emptied.
func Undo(ctx context.Context, conn *pgx.Conn, run *Run) ([]string, error) {
	var empty []string
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		edges, err := references(ctx, tx, run)
		if err != nil {
			return err
		}
		if empty = toEmpty(run, edges); len(empty) == 0 {
			return nil
		}
		if err := onlyOurs(ctx, tx, run, empty); err != nil {
			return err
		}
		if err := clearTables(ctx, tx, empty); err != nil {
			return err
		}
		return forget(ctx, tx, run, empty)
	})
	if err != nil {
		return nil, fmt.Errorf("empty the tables that were half loaded: %w", err)
	}
	return empty, nil
}

// onlyOurs makes sure that tables hold no rows but those of the run: an application may have added some meanwhile.
func onlyOurs(ctx context.Context, tx pgx.Tx, run *Run, tables []string) error {
	loaded := run.loaded()
	for _, table := range tables {
		var partitioned bool
		if err := tx.QueryRow(ctx, "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass($1)", table).Scan(&partitioned); err != nil {
			return err
		}
		from := "ONLY " + table // without the rows of tables that inherit from it
		if partitioned {
			from = table
		}
		var rows uint64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+from).Scan(&rows); err != nil {
			return err
		}
		if rows > loaded[table] {
			return fmt.Errorf("%s holds %d rows, of which the run has loaded %d: somebody else has added the others; move them away first", table, rows, loaded[table])
		}
	}
	return nil
}

// loaded is how many rows of each table are noted.
func (r *Run) loaded() map[string]uint64 {
	loaded := map[string]uint64{}
	for _, p := range r.Parts {
		loaded[p.Table] += p.Rows
	}
	return loaded
}

// references lists the foreign keys of the run's tables as pairs of child and parent, those that are off too.
func references(ctx context.Context, tx pgx.Tx, run *Run) ([][2]string, error) {
	rows, err := tx.Query(ctx, in(run.Schema, `
		SELECT t.relation, r.relation FROM pg_constraint AS c
		JOIN {journal}.target AS t ON c.conrelid = to_regclass(t.relation)
		JOIN {journal}.target AS r ON c.confrelid = to_regclass(r.relation)
		WHERE c.contype = 'f'
		UNION
		SELECT relation, referenced FROM {journal}.parked WHERE kind = 'foreign key'`))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (pair [2]string, err error) {
		err = row.Scan(&pair[0], &pair[1])
		return pair, err
	})
}

// toEmpty lists the tables that hold rows and must not: those that are not whole, and what references them.
func toEmpty(run *Run, edges [][2]string) []string {
	loaded := run.loaded()
	lacking := map[string]bool{}
	own := map[string]bool{}
	for _, t := range run.Targets {
		own[t.Table] = t.Empty
		lacking[t.Table] = t.Empty && loaded[t.Table] < t.Rows
	}
	for changed := true; changed; {
		changed = false
		for _, edge := range edges {
			if child, parent := edge[0], edge[1]; lacking[parent] && !lacking[child] && own[child] {
				lacking[child], changed = true, true
			}
		}
	}
	var empty []string
	for _, t := range run.Targets {
		if lacking[t.Table] && loaded[t.Table] > 0 {
			empty = append(empty, t.Table)
		}
	}
	slices.Sort(empty)
	return empty
}

// Removal is rows that are to go.
type Removal struct {
	Table string // qualified
	Where string // a condition in SQL; "": all rows
}

// Empty takes rows out of tables and takes the notes of a run about them back, in one transaction. Without a journal, run
// is nil.
func Empty(ctx context.Context, conn *pgx.Conn, removals []Removal, run *Run) error {
	tables := make([]string, len(removals))
	for i, r := range removals {
		tables[i] = r.Table
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		whole := !slices.ContainsFunc(removals, func(r Removal) bool { return r.Where != "" })
		var err error
		if whole {
			err = clearTables(ctx, tx, tables)
		} else {
			err = deleteRows(ctx, tx, removals)
		}
		if err != nil {
			return fmt.Errorf("empty tables: %w", err)
		}
		if run == nil {
			return nil
		}
		return forget(ctx, tx, run, tables)
	})
}

// clearTables empties tables, by TRUNCATE where no foreign key of another table forbids it.
func clearTables(ctx context.Context, tx pgx.Tx, tables []string) error {
	nested, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := nested.Exec(ctx, "TRUNCATE "+strings.Join(tables, ", ")); err == nil {
		return nested.Commit(ctx)
	} else if pgErr := (*pgconn.PgError)(nil); !errors.As(err, &pgErr) {
		return err
	}
	if err := nested.Rollback(ctx); err != nil {
		return err
	}
	removals := make([]Removal, len(tables))
	for i, table := range tables {
		removals[i].Table = table
	}
	return deleteRows(ctx, tx, removals)
}

// deleteRows deletes. Each DELETE checks the foreign keys at its end: children must go before their parents. That order is
// not known here, so tables are tried in turn for as long as that gets on.
func deleteRows(ctx context.Context, tx pgx.Tx, removals []Removal) error {
	for left := removals; len(left) > 0; {
		var stuck []Removal
		var last error
		for _, r := range left {
			statement := "DELETE FROM " + r.Table
			if r.Where != "" {
				statement += " WHERE " + r.Where
			}
			nested, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			if _, err := nested.Exec(ctx, statement); err != nil {
				stuck, last = append(stuck, r), err
				err = nested.Rollback(ctx)
				if err != nil {
					return err
				}
				continue
			}
			if err := nested.Commit(ctx); err != nil {
				return err
			}
		}
		if len(stuck) == len(left) {
			return last
		}
		left = stuck
	}
	return nil
}
