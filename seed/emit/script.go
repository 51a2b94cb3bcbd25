package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed"
)

// script is the script that loads all files: in one transaction, in an order that keeps the foreign keys. Those that go
// round in a circle are checked at the end of it; triggers are off, as they are when seed loads; sequences are set, and
// statistics gathered.
type script struct {
	db     *schema.Database
	tables []*seed.TablePlan
	files  []string // of the tables
	opts   Options
	about  string // of the rows, for people
}

// settings are what the text in the files is to be read with.
const settings = "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSET datestyle = 'ISO, YMD';\nSET intervalstyle = 'postgres';\n"

// sqlHead is how the SQL file of a table begins.
func sqlHead(t *seed.TablePlan) string {
	before, into, _ := target(t)
	return fmt.Sprintf("-- Rows of %s. Load them with psql -X -f; load.sql or load.sh loads all tables in order.\n%s%sCOPY %s FROM stdin;\n",
		oneLine(t.Table), settings, before, into)
}

// target is what a table's rows are copied into, with what comes before and after that. A row without columns, of a table
// that has none or leaves all to their defaults, goes through a table that has none: COPY knows no empty list of columns.
func target(t *seed.TablePlan) (before, into, after string) {
	if len(t.Columns) > 0 {
		return "", t.Table + " (" + columnList(t) + ")", ""
	}
	const stage = "pg_temp.pgassay_stage"
	return "CREATE TABLE " + stage + " ();\n", stage, "INSERT INTO " + t.Table + " SELECT FROM " + stage + ";\nDROP TABLE " + stage + ";\n"
}

func columnList(t *seed.TablePlan) string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = schema.Quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// oneLine keeps a name from ending a comment.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// write writes the script and returns its name: load.sql for psql, or load.sh where files must be unpacked into psql.
func (s *script) write(stage *stage) (name string, err error) {
	name, text := "load.sql", ""
	if s.opts.Format == SQL && s.opts.Compression != None {
		name, text = "load.sh", s.shell()
	} else {
		text = s.psql()
	}
	out, err := stage.create(name, None)
	if err != nil {
		return "", err
	}
	defer out.abandon()
	if _, err := out.Write([]byte(text)); err != nil {
		return "", err
	}
	if name == "load.sh" {
		if err := out.file.Chmod(0o755); err != nil {
			return "", err
		}
	}
	_, err = out.close()
	return name, err
}

// head says what the files are and how they are loaded.
func (s *script) head(comment, how string) string {
	lines := []string{
		"Made by pgassay seed --emit " + string(s.opts.Format) + ": " + oneLine(s.about) + ".",
		"Into a database that has the schema, and no rows in these tables:", "    " + how,
		"Either everything is loaded or nothing.",
	}
	return comment + " " + strings.Join(lines, "\n"+comment+" ") + "\n"
}

func (s *script) psql() string {
	var b strings.Builder
	how := "cd to this folder, then psql -X -f load.sql DATABASE"
	if s.opts.Format == SQL {
		how = "psql -X -f load.sql DATABASE"
	}
	b.WriteString(s.head("--", how))
	b.WriteString("\\set ON_ERROR_STOP on\n" + settings + "BEGIN;\n" + s.before())
	for i, t := range s.tables {
		b.WriteString("\\echo loading " + strings.NewReplacer("'", "", `\`, "", `"`, "").Replace(oneLine(t.Table)) + "\n" + s.load(i, t))
	}
	b.WriteString(s.after() + "COMMIT;\n" + s.analyze())
	return b.String()
}

// load is the lines that load a table's file.
func (s *script) load(i int, t *seed.TablePlan) string {
	if s.opts.Format == SQL {
		return `\ir ` + s.files[i] + "\n"
	}
	from, options := "'"+s.files[i]+"'", "FORMAT csv, HEADER, ENCODING 'UTF8'"
	if command := s.opts.Compression.command(); command != "" {
		from = "program '" + command + " " + s.files[i] + "'"
	}
	if s.opts.Format == Copy {
		options = "FORMAT binary"
	}
	before, into, after := target(t)
	return fmt.Sprintf("%s\\copy %s from %s with (%s)\n%s", before, into, from, options, after)
}

// broken has psql fail where a file can't be unpacked: of a pipe, the shell sees only how its last command fared. COPY may
// have begun, and is ended first.
const broken = `broken() {
	echo "$1 can't be unpacked: nothing is loaded" >&2
	printf '\n\\.\n%s\n' "DO 'BEGIN RAISE EXCEPTION ''a file can not be unpacked''; END';"
	exit 1
}
`

func (s *script) shell() string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n" + s.head("#", "./load.sh DATABASE, or with whatever else psql takes"))
	b.WriteString("set -eu\ncd \"$(dirname \"$0\")\"\n" + broken + "{\ncat <<'END_OF_SQL'\n" + settings + "BEGIN;\n" + s.before() + "END_OF_SQL\n")
	for _, file := range s.files {
		fmt.Fprintf(&b, "%s %s || broken %s\n", s.opts.Compression.command(), file, file)
	}
	b.WriteString("cat <<'END_OF_SQL'\n" + s.after() + "COMMIT;\n" + s.analyze() + "END_OF_SQL\n} | psql -X -q -v ON_ERROR_STOP=1 \"$@\"\n")
	return b.String()
}

// before is what comes before the rows: triggers off, and foreign keys to tables that are loaded later to the end.
func (s *script) before() string {
	var b strings.Builder
	for _, t := range s.tables {
		for _, trigger := range active(t) {
			fmt.Fprintf(&b, "ALTER TABLE %s DISABLE TRIGGER %s;\n", t.Table, schema.Quote(trigger.Name))
		}
	}
	for _, key := range s.early() {
		fmt.Fprintf(&b, "ALTER TABLE %s ALTER CONSTRAINT %s DEFERRABLE INITIALLY DEFERRED;\n", key.table, schema.Quote(key.Name))
	}
	return b.String()
}

// after is what comes after the rows.
func (s *script) after() string {
	var b strings.Builder
	for _, t := range s.tables {
		for _, c := range t.Schema().Columns {
			if c.Sequence == "" || !slices.Contains([]string{"smallint", "integer", "bigint"}, c.Type) {
				continue
			}
			column := schema.Quote(c.Name)
			fmt.Fprintf(&b, "SELECT pg_catalog.setval('%s', greatest(max(%s), 1)) FROM %s HAVING max(%s) IS NOT NULL;\n",
				strings.ReplaceAll(c.Sequence, "'", "''"), column, t.Table, column)
		}
	}
	early := s.early()
	if len(early) > 0 {
		b.WriteString("SET CONSTRAINTS ALL IMMEDIATE;\n")
	}
	for _, key := range early {
		when := "NOT DEFERRABLE"
		if key.Deferrable {
			when = "DEFERRABLE INITIALLY IMMEDIATE"
		}
		fmt.Fprintf(&b, "ALTER TABLE %s ALTER CONSTRAINT %s %s;\n", key.table, schema.Quote(key.Name), when)
	}
	for _, t := range s.tables {
		for _, trigger := range active(t) {
			enable := "ENABLE"
			if trigger.Enabled == "always" {
				enable = "ENABLE ALWAYS"
			}
			fmt.Fprintf(&b, "ALTER TABLE %s %s TRIGGER %s;\n", t.Table, enable, schema.Quote(trigger.Name))
		}
	}
	return b.String()
}

func (s *script) analyze() string {
	var b strings.Builder
	for _, t := range s.tables {
		b.WriteString("ANALYZE " + t.Table + ";\n")
	}
	return b.String()
}

// active lists the triggers that a load would set off.
func active(t *seed.TablePlan) []*schema.Trigger {
	var found []*schema.Trigger
	for _, trigger := range t.Schema().Triggers {
		if trigger.Enabled == "origin" || trigger.Enabled == "always" {
			found = append(found, trigger)
		}
	}
	return found
}

// earlyKey is a foreign key whose table is loaded before the one that it references.
type earlyKey struct {
	table string
	*schema.ForeignKey
}

func (s *script) early() []earlyKey {
	place := map[string]int{}
	for i, t := range s.tables {
		place[t.Table] = i
	}
	var keys []earlyKey
	for i, t := range s.tables {
		for _, key := range t.Schema().ForeignKeys {
			if parent, loaded := place[key.ReferencedName()]; loaded && parent > i && !key.Deferred && !key.NotEnforced {
				keys = append(keys, earlyKey{t.Table, key})
			}
		}
	}
	return keys
}
