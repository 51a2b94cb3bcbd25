package journal

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// Kind tells what was taken off.
type Kind string

// The kinds of Object.
const (
	ForeignKey  Kind = "foreign key"
	Index       Kind = "index"
	Trigger     Kind = "trigger"
	RowSecurity Kind = "row security"
)

// Object is something that can be taken off and put back.
type Object struct {
	Kind           Kind
	Table          string // qualified
	Name           string
	Definition     string // as the server deparsed it
	Relation       uint32 // OID of the table; of a partition's trigger, that of the partitioned table
	Referenced     uint32 // OID of the table that a foreign key references
	ReferencedName string // its name, qualified
	Model          string // for Parked.Model; for the caller to fill in
	Size           uint64 // a measure of the work that putting it back takes; for the caller to fill in

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
	ReferencedName    string
	IndexSchema       string
	Definition        string
	Comment           string
	Validated         bool
	Partitioned       bool
	State             string // pg_trigger.tgenabled
	Tablespace        string
	Clustered         bool
	ReplicaIdentity   bool
	StatisticsColumns []int32
	StatisticsTargets []int32
	Extensions        []string
}

func (f found) object() *Object {
	table, name := schema.QualifiedName(f.Schema, f.Table), schema.Quote(f.Name)
	o := &Object{
		Kind: f.Kind, Table: table, Name: f.Name, Definition: f.Definition, Relation: f.Relation,
		Referenced: f.Referenced, ReferencedName: f.ReferencedName,
	}
	switch f.Kind {
	case ForeignKey:
		f.foreignKey(o, table, name)
	case Index:
		f.index(o, table)
	case Trigger:
		o.drop = fmt.Sprintf("ALTER TABLE ONLY %s DISABLE TRIGGER %s", table, name)
		enable := map[string]string{"O": "ENABLE", "A": "ENABLE ALWAYS"}[f.State]
		o.restore = []string{fmt.Sprintf("ALTER TABLE ONLY %s %s TRIGGER %s", table, enable, name)}
	case RowSecurity:
		o.drop = fmt.Sprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY", table)
		o.restore = []string{fmt.Sprintf("ALTER TABLE %s FORCE ROW LEVEL SECURITY", table)}
	}
	return o
}

func (f found) foreignKey(o *Object, table, name string) {
	o.drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, name)
	add := fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, name, f.Definition)
	if !f.Validated || f.Partitioned { // NOT VALID is part of the definition, or not to be had
		o.restore = append(o.restore, add)
	} else { // two steps: the second locks neither table against writing, so that several run at a time
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
