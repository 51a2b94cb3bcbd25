// Package journal takes foreign keys and indexes off tables for the time of a load and puts them back exactly as they
// were. What is taken off is written down, in the same transaction, in a schema of the database itself, so that they can
// be put back after any crash; when nothing is left to put back, the schema is gone.
package journal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// Schema is the name of the schema that holds the journal.
const Schema = "pgassay"

// Kind tells what was taken off.
type Kind string

// The kinds of Object.
const (
	ForeignKey Kind = "foreign key"
	Index      Kind = "index"
)

// Object is something that can be taken off and put back.
type Object struct {
	Kind       Kind
	Table      string // qualified
	Name       string
	Definition string // as the server deparsed it
	Relation   uint32 // OID of the table
	Referenced uint32 // OID of the table that a foreign key references
	Size       uint64 // a measure of the work that putting it back takes; for the caller to fill in

	drop    string
	restore []string
}

//go:embed objects.sql
var objectsSQL string

// Querier reads.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Find lists what can be taken off the tables with these OIDs. What it leaves out, because it could not be put back
// exactly or because it isn't ours, stays in place. It must run with an empty search_path, so that every name in a
// definition is qualified.
func Find(ctx context.Context, q Querier, tables []uint32) ([]*Object, error) {
	rows, err := q.Query(ctx, objectsSQL, tables)
	if err != nil {
		return nil, fmt.Errorf("find foreign keys and indexes: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
	if err != nil {
		return nil, fmt.Errorf("find foreign keys and indexes: %w", err)
	}
	objects := make([]*Object, len(all))
	for i, f := range all {
		objects[i] = f.object()
	}
	return objects, nil
}

// found is a row of objects.sql.
type found struct {
	Kind              Kind
	Schema            string
	Table             string
	Name              string
	Relation          uint32
	Referenced        uint32
	IndexSchema       string
	Definition        string
	Comment           string
	Validated         bool
	Partitioned       bool
	Tablespace        string
	Clustered         bool
	ReplicaIdentity   bool
	StatisticsColumns []int32
	StatisticsTargets []int32
	Extensions        []string
}

func (f found) object() *Object {
	table := schema.QualifiedName(f.Schema, f.Table)
	o := &Object{Kind: f.Kind, Table: table, Name: f.Name, Definition: f.Definition, Relation: f.Relation, Referenced: f.Referenced}
	if f.Kind == ForeignKey {
		f.foreignKey(o, table)
	} else {
		f.index(o, table)
	}
	return o
}

func (f found) foreignKey(o *Object, table string) {
	name := schema.Quote(f.Name)
	o.drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, name)
	add := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, name, f.Definition)
	switch {
	case !f.Validated || f.Partitioned: // NOT VALID is part of the definition, or not to be had
		o.restore = append(o.restore, add)
	default: // two steps: the second locks neither table against writing, so that several run at a time
		o.restore = append(o.restore, add+" NOT VALID", fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", table, name))
	}
	if f.Comment != "" {
		o.restore = append(o.restore, fmt.Sprintf("COMMENT ON CONSTRAINT %s ON %s IS %s", name, table, literal(f.Comment)))
	}
}

func (f found) index(o *Object, table string) {
	name := schema.QualifiedName(f.IndexSchema, f.Name)
	o.drop = "DROP INDEX " + name
	// All in one transaction: several statements in one simple query. An index without a tablespace of its own must
	// not land in the session's default_tablespace.
	statements := []string{fmt.Sprintf("SET LOCAL default_tablespace = %s", literal(f.Tablespace)), f.Definition}
	if f.Comment != "" {
		statements = append(statements, fmt.Sprintf("COMMENT ON INDEX %s IS %s", name, literal(f.Comment)))
	}
	for i, column := range f.StatisticsColumns {
		statements = append(statements, fmt.Sprintf("ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d", name, column, f.StatisticsTargets[i]))
	}
	for _, extension := range f.Extensions {
		statements = append(statements, fmt.Sprintf("ALTER INDEX %s DEPENDS ON EXTENSION %s", name, schema.Quote(extension)))
	}
	if f.Clustered {
		statements = append(statements, fmt.Sprintf("ALTER TABLE %s CLUSTER ON %s", table, schema.Quote(f.Name)))
	}
	if f.ReplicaIdentity {
		statements = append(statements, fmt.Sprintf("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", table, schema.Quote(f.Name)))
	}
	o.restore = []string{strings.Join(statements, ";\n")}
}

// literal quotes a string for SQL, whatever standard_conforming_strings is.
func literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

//go:embed journal.sql
var journalSQL string

// Park takes objects off, in a transaction that the caller commits. Foreign keys go first, as nothing depends on them.
func Park(ctx context.Context, tx pgx.Tx, objects []*Object) error {
	if len(objects) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, journalSQL, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("make the journal: %w", err)
	}
	batch := &pgx.Batch{}
	for _, o := range objects {
		batch.Queue("INSERT INTO pgassay.parked (kind, relation, name, definition, size, restore) VALUES ($1, $2, $3, $4, $5, $6)",
			string(o.Kind), o.Table, o.Name, o.Definition, int64(o.Size), o.restore)
		batch.Queue(o.drop)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("take constraints off: %w", err)
	}
	return nil
}

// Exists tells whether the database has a journal: something is off.
func Exists(ctx context.Context, q Querier) (bool, error) {
	rows, err := q.Query(ctx, "SELECT to_regclass('pgassay.parked') IS NOT NULL")
	if err != nil {
		return false, fmt.Errorf("look for a journal: %w", err)
	}
	exists, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("look for a journal: %w", err)
	}
	return exists, nil
}

// Parked is an entry of the journal.
type Parked struct {
	ID         int32
	Kind       Kind
	Relation   string // the table, qualified
	Name       string
	Definition string
	Restore    []string
	Done       int32
}

func (p Parked) String() string {
	return fmt.Sprintf("%s %s on %s", p.Kind, schema.Quote(p.Name), p.Relation)
}

// Read lists what is off, the longest work first; foreign keys come after indexes, which their validation may use.
func Read(ctx context.Context, q Querier) ([]Parked, error) {
	exists, err := Exists(ctx, q)
	if err != nil || !exists {
		return nil, err
	}
	rows, err := q.Query(ctx, "SELECT id, kind, relation, name, definition, restore, done FROM pgassay.parked ORDER BY kind = 'foreign key', size DESC, id")
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	parked, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Parked])
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return parked, nil
}

// restore runs the next statement of an entry and notes that it is done, in one transaction.
func (p *Parked) restore(ctx context.Context, conn *pgx.Conn) error {
	statement := p.Restore[p.Done]
	note := "UPDATE pgassay.parked SET done = done + 1 WHERE id = "
	if int(p.Done)+1 == len(p.Restore) {
		note = "DELETE FROM pgassay.parked WHERE id = "
	}
	// A simple query of several statements is one transaction.
	script := statement + ";\n" + note + strconv.Itoa(int(p.ID))
	if _, err := conn.PgConn().Exec(ctx, script).ReadAll(); err != nil {
		return fmt.Errorf("put back %s: %w", p, err)
	}
	p.Done++
	return nil
}

// stage is entries that may be put back at the same time, one after the other if it is serial.
type stage struct {
	entries []*Parked
	serial  bool
}

// stages lists what is to be done: indexes, which validation may use; then foreign keys are added, one by one, since that
// locks both tables and could deadlock, but takes no time as long as they are not validated; then the rest.
func stages(parked []Parked) []stage {
	var indexes, additions, rest []*Parked
	for i := range parked {
		p := &parked[i]
		if p.Kind == Index {
			indexes = append(indexes, p)
			continue
		}
		if p.Done == 0 {
			additions = append(additions, p)
		}
		if len(p.Restore) > 1 {
			rest = append(rest, p)
		}
	}
	return []stage{{entries: indexes}, {entries: additions, serial: true}, {entries: rest}}
}

// remove removes the journal if nothing is left in it. The schema stays if somebody else put something into it.
func remove(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE pgassay.parked IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		var left int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM pgassay.parked").Scan(&left); err != nil || left > 0 {
			return err
		}
		if _, err := tx.Exec(ctx, "DROP TABLE pgassay.parked"); err != nil {
			return err
		}
		nested, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		var pgErr *pgconn.PgError
		if _, err := nested.Exec(ctx, "DROP SCHEMA pgassay RESTRICT"); err == nil {
			return nested.Commit(ctx)
		} else if !errors.As(err, &pgErr) {
			return err
		}
		return nested.Rollback(ctx)
	})
}
