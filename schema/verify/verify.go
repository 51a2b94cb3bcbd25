// Package verify checks every constraint of a database against its rows, whatever the catalogs say of them: NOT NULL,
// CHECK, domains, unique indexes, EXCLUDE, foreign keys, partition bounds. A constraint can be marked valid and yet be
// broken: by triggers that were off (session_replication_role, DISABLE TRIGGER ALL), functions that changed their mind,
// collations that changed with the operating system.
package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// Report says how many rows tables hold, and which constraints they break.
type Report struct {
	Tables     []Table
	Checked    int // constraints that were evaluated
	Violations []Violation
}

// Table is a table that rows go into by itself: no partition.
type Table struct {
	Table string // quoted qualified name
	Rows  int64  // of a partitioned table, those of its partitions; of others, without inheritance children
}

// Violation is a constraint that some rows break, or that can't be evaluated for them.
type Violation struct {
	Table      string
	Constraint string // as people would look for it: a constraint's or an index's name, or a column and what it is
	Rows       int64  // rows, or pairs of rows, that break it; 0 with an Err
	Err        error  // of the server
}

// String tells the violation in one line.
func (v Violation) String() string {
	if v.Err != nil {
		return fmt.Sprintf("%s, %s: %s", v.Table, v.Constraint, v.Err)
	}
	return fmt.Sprintf("%s, %s: broken by %d", v.Table, v.Constraint, v.Rows)
}

// Run counts the rows of every table of db and checks all of its constraints, in a READ ONLY transaction. It reads every
// table several times over. db must be as the database is now.
func Run(ctx context.Context, conn *pgx.Conn, db *schema.Database) (Report, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return Report{}, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // it only read
	}()
	v := verifier{db: db, tx: tx}
	if err := v.session(ctx); err != nil {
		return Report{}, err
	}
	for _, t := range db.Tables {
		if t.Kind == schema.Foreign {
			continue
		}
		if err := v.table(ctx, t); err != nil {
			return v.report, fmt.Errorf("verify %s: %w", t.QualifiedName(), err)
		}
	}
	return v.report, nil
}

type verifier struct {
	db     *schema.Database
	tx     pgx.Tx
	bounds map[string]string // of partitions, as expressions
	report Report
}

// sessionSQL has the tables themselves read: what is to be checked must not be believed. Indexes may lack rows, and a
// constraint may be used to leave a table out.
const sessionSQL = `SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off;
SET LOCAL constraint_exclusion = off; SET LOCAL enable_partition_pruning = off; SET LOCAL row_security = off; SET LOCAL jit = off;
`

// session makes the operators of extensions visible, so that what compares a citext is citext's own =.
func (v *verifier) session(ctx context.Context) error {
	path := []string{"pg_catalog"}
	for _, e := range v.db.Extensions {
		if name := schema.Quote(e.Schema); !slices.Contains(path, name) {
			path = append(path, name)
		}
	}
	if _, err := v.tx.Exec(ctx, sessionSQL+"SET LOCAL search_path = "+strings.Join(append(path, "public"), ", ")); err != nil {
		return fmt.Errorf("prepare session: %w", err)
	}
	rows, err := v.tx.Query(ctx, `SELECT n.nspname, c.relname, coalesce(pg_get_partition_constraintdef(c.oid), '')
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relispartition AND c.relkind = 'r'`)
	if err != nil {
		return fmt.Errorf("read partition bounds: %w", err)
	}
	v.bounds = map[string]string{}
	var inSchema, name, bound string
	_, err = pgx.ForEachRow(rows, []any{&inSchema, &name, &bound}, func() error {
		v.bounds[schema.QualifiedName(inSchema, name)] = bound
		return nil
	})
	if err != nil {
		return fmt.Errorf("read partition bounds: %w", err)
	}
	return nil
}

// table checks one table. All its constraints are one query; if that fails they are evaluated one by one.
func (v *verifier) table(ctx context.Context, t *schema.Table) error {
	conditions := v.conditions(t)
	v.report.Checked += len(conditions)
	if t.PartitionOf == "" {
		conditions = append([]condition{{sql: "SELECT count(*) FROM " + source(t)}}, conditions...)
	}
	if len(conditions) == 0 {
		return nil
	}
	counts, err := v.count(ctx, conditions)
	if err != nil && ctx.Err() == nil {
		counts = make([]int64, len(conditions))
		for i, c := range conditions {
			one, err := v.count(ctx, []condition{c})
			if err != nil {
				v.report.Violations = append(v.report.Violations, Violation{Table: t.QualifiedName(), Constraint: c.name, Err: err})
				continue
			}
			counts[i] = one[0]
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, c := range conditions {
		switch {
		case c.name == "":
			v.report.Tables = append(v.report.Tables, Table{Table: t.QualifiedName(), Rows: counts[i]})
		case counts[i] > 0:
			v.report.Violations = append(v.report.Violations, Violation{Table: t.QualifiedName(), Constraint: c.name, Rows: counts[i]})
		}
	}
	return nil
}

// count runs conditions in a savepoint, so that one that fails does not end the transaction.
func (v *verifier) count(ctx context.Context, conditions []condition) ([]int64, error) {
	parts := make([]string, len(conditions))
	for i, c := range conditions {
		parts[i] = "(" + c.sql + ")"
	}
	savepoint, err := v.tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	var counts []int64
	err = savepoint.QueryRow(ctx, "SELECT ARRAY["+strings.Join(parts, ",\n")+"]::bigint[]", pgx.QueryExecModeExec).Scan(&counts)
	if rollbackErr := savepoint.Rollback(ctx); err == nil {
		err = rollbackErr
	}
	return counts, err
}
