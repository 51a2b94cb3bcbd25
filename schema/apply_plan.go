package schema

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

type controlKind int

const (
	noControl controlKind = iota
	begin
	commit
	rollback
)

// planned says how a statement of a script is run.
type planned struct {
	text     string
	control  controlKind
	skip     string   // why it is left out, or ""
	optional []string // SQLSTATEs with which it may fail, since what it is about does not matter
	creates  string   // the table that it makes, as the script writes it, or ""
}

// tokens is a statement as words and punctuation, with where they stand. Words are in lower case.
type tokens []struct {
	sqltext.Token
	word string
}

func tokenize(text string) tokens {
	var list tokens
	lexer := sqltext.Lexer{Source: text}
	for {
		t := lexer.Next()
		if t.Kind == sqltext.EOF {
			return list
		}
		word := lexer.Text(t)
		if t.Kind == sqltext.Word {
			word = strings.ToLower(word)
		}
		list = append(list, struct {
			sqltext.Token
			word string
		}{t, word})
	}
}

// starts tells whether the statement begins with some words, and returns how many; a word in brackets may be left out,
// and alternatives are parted by a bar.
func (t tokens) starts(pattern string) (n int, ok bool) {
	for part := range strings.FieldsSeq(pattern) {
		optional := strings.HasPrefix(part, "[")
		if n < len(t) && t[n].Kind == sqltext.Word && slices.Contains(strings.Split(strings.Trim(part, "[]"), "|"), t[n].word) {
			n++
		} else if !optional {
			return 0, false
		}
	}
	return n, true
}

func (t tokens) is(patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		_, ok := t.starts(pattern)
		return ok
	})
}

// has tells whether words follow each other somewhere outside of quotes.
func (t tokens) has(words ...string) bool { return t.index(words...) >= 0 }

func (t tokens) index(words ...string) int {
	for i := 0; i+len(words) <= len(t); i++ {
		found := true
		for j, word := range words {
			found = found && t[i+j].Kind == sqltext.Word && t[i+j].word == word
		}
		if found {
			return i
		}
	}
	return -1
}

// maxPlanBytes is how much of a statement is looked at: what matters stands at its beginning.
const maxPlanBytes = 2000

// plan decides how a statement is run.
func plan(s sqltext.Statement, opts ApplyOptions) planned {
	t := tokenize(s.Text[:min(len(s.Text), maxPlanBytes)])
	p := planned{text: s.Text}
	switch {
	case t.is("begin", "start transaction"):
		p.control = begin
	case t.is("commit prepared", "rollback prepared", "prepare transaction"):
		p.skip = "transactions of two phases are left out"
	case t.is("commit", "end"):
		p.control = commit
	case t.is("rollback|abort [work|transaction] to"):
		// To a savepoint of the script's own.
	case t.is("rollback", "abort"):
		p.control = rollback
	case t.is("create|drop|alter database", "comment on database", "security label") || t.is("grant|revoke") && t.has("on", "database"):
		p.skip = "statements about a database as a whole are left out: everything goes into the one that pgassay is connected to"
	case t.is("create|drop|alter tablespace", "alter system", "create|drop|alter subscription"):
		p.skip = "statements about the whole server are left out"
	case t.is("vacuum", "cluster", "reindex", "checkpoint", "discard"):
		p.skip = "maintenance is left out"
	case t.is("set transaction", "set session characteristics", "set local transaction"):
		p.skip = "the script runs in a transaction of pgassay's"
	case opts.Tolerant && t.is("create|drop|alter role|user|group", "create|drop|alter user mapping", "drop owned", "reassign owned"):
		p.skip = "roles are left out: they would outlive the database"
	case t.is("copy") && s.Kind != sqltext.CopyIn && t.has("to", "stdout"):
		p.skip = "there is nowhere to copy to"
	case t.is("set"):
		p.optional = []string{undefinedObject, featureNotSupported} // pg_dump sets what only its own server has
	case t.is("create schema public") && len(t) == 3:
		p.optional = []string{duplicateSchema} // every new database has it
	case t.is("create [or] [replace] [trusted] [procedural] language plpgsql"):
		p.optional = []string{duplicateObject, insufficientPrivilege} // so has it this
	case t.is("comment on extension", "comment on schema public"):
		p.optional = []string{insufficientPrivilege} // pg_dump writes these, and often they are not ours
	case !opts.EachCommits && t.is("create [unique] index concurrently", "drop index concurrently", "alter table"):
		p.text = withoutConcurrently(s.Text, t)
	}
	p.creates = createdTable(t)
	return p
}

// withoutConcurrently leaves the key word out: it can't stand in a transaction, and on tables that nobody else uses yet
// it makes no difference.
func withoutConcurrently(text string, t tokens) string {
	i := t.index("concurrently")
	if i < 0 || t.is("alter table") && !t.has("detach", "partition") {
		return text
	}
	return text[:t[i].Start] + text[t[i].End:]
}

// createdTable returns the name that follows CREATE TABLE, or "". Temporary tables don't count.
func createdTable(t tokens) string {
	n, ok := t.starts("create [unlogged] [foreign] table [if] [not] [exists]")
	if !ok {
		return ""
	}
	var name strings.Builder
	for ; n < len(t) && (t[n].Kind == sqltext.Word || t[n].Kind == sqltext.Ident); n += 2 {
		name.WriteString(t[n].word)
		if n+1 >= len(t) || t[n+1].word != "." {
			break
		}
		name.WriteString(".")
	}
	return name.String()
}

// The backslash commands that have nothing to do with the schema, and those that ApplyOptions can't do without.
var (
	harmlessMeta = []string{
		`\restrict`, `\unrestrict`, `\set`, `\unset`, `\echo`, `\qecho`, `\warn`, `\pset`, `\timing`, `\encoding`, `\o`, `\out`, `\t`, `\a`, `\x`, `\f`, `\H`,
		`\q`, `\prompt`, `\errverbose`, `\conninfo`, `\cd`, `\!`, `\setenv`, `\getenv`, `\bind`,
	}
	sendMeta = []string{`\g`, `\gx`}
)

// meta leaves a backslash command of psql out. One that would have changed what the script does is an error, unless the
// script is tolerated.
func (a *applier) meta(s sqltext.Statement) error {
	name, _, _ := strings.Cut(s.Text, " ")
	why := ""
	switch {
	case a.skipIf > 0 || name == `\if`:
		switch name {
		case `\if`:
			a.skipIf++
			why = "conditional parts are left out"
		case `\endif`:
			a.skipIf--
		}
	case slices.Contains(sendMeta, name), name == `\p`, name == `\r`:
	case strings.HasPrefix(name, `\d`), strings.HasPrefix(name, `\l`), slices.Contains(harmlessMeta, name):
		if name != `\restrict` && name != `\unrestrict` { // they guard psql against scripts, and do nothing else
			why = "commands of psql are left out"
		}
	case name == `\c`, name == `\connect`:
		why = "everything goes into the database that pgassay is connected to"
	default:
		why = "pgassay can't do this command of psql: put what it brings in into the script itself"
		if !a.opts.Tolerant {
			return &ApplyError{File: a.opts.File, Line: s.Line, Statement: excerpt(s.Text), Err: errText(why), undone: a.oneTransaction()}
		}
	}
	if why != "" {
		a.warn(s, why)
	}
	return nil
}
