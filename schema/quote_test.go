package schema_test

import (
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
)

// TestQuote compares with the server's quote_ident: keywords, and names made of difficult characters.
func TestQuote(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	keywords := pgtest.Values[string](t, conn, "SELECT word FROM pg_get_keywords()")
	names := append([]string{"a", "A", "aB", "a b", `a"b`, `""`, "1a", "a1", "_", "_1", "ä", "a$b", "a.b", "a-b", "ünï", "a\nb", " ", "日本", "'"}, keywords...)
	for _, keyword := range keywords {
		names = append(names, strings.ToUpper(keyword), keyword+"_", keyword+"1")
	}
	want := pgtest.Values[string](t, conn, "SELECT quote_ident(n) FROM unnest($1::text[]) WITH ORDINALITY AS u (n, i) ORDER BY i", names)
	newer := 0
	for i, name := range names {
		switch got := schema.Quote(name); {
		case got == want[i]:
		case want[i] == name && got == `"`+name+`"`:
			newer++ // a keyword of a later version
		default:
			t.Errorf("%q: got %s, the server writes %s", name, got, want[i])
		}
	}
	if newer > 13 { // those that pg_get_keywords of 18 has and that of 14 has not
		t.Errorf("%d names are quoted that need not be", newer)
	}
}

// TestFind looks up names as people write them.
func TestFind(t *testing.T) {
	t.Parallel()
	db := loaded(t, `CREATE SCHEMA shop; CREATE SCHEMA crm; CREATE TABLE users (a int); CREATE TABLE shop.users (a int); CREATE TABLE "Accounts" (a int);
		CREATE TABLE shop.orders (a int); CREATE TABLE crm.notes (a int); CREATE TABLE shop.notes (a int); CREATE TABLE "a.b" (a int); CREATE TABLE "q""q" (a int)`)
	for name, want := range map[string]string{
		"users":          "public.users",
		"USERS":          "public.users",
		"shop.users":     "shop.users",
		"orders":         "shop.orders",
		"Accounts":       `public."Accounts"`,
		`"Accounts"`:     `public."Accounts"`,
		`public."a.b"`:   `public."a.b"`,
		`"q""q"`:         `public."q""q"`,
		`"Users"`:        `no such table: "Users"; did you mean public.users?`,
		"user":           "no such table: user; did you mean public.users?",
		"crm.users":      "no such table: crm.users; did you mean public.users?",
		"something_else": "no such table: something_else; pgassay schema show lists the tables",
		"notes":          "table notes is in several schemas: write crm.notes or shop.notes",
		`"users`:         `name "users: a quoted part does not end: add the closing "`,
		`"users"s`:       `name "users"s: expected a dot before s`,
		"a.b.c":          "name a.b.c has 3 parts: write schema.table, and quote a name that has a dot in it",
		"public.":        `name "public." has an empty part: write schema.table`,
		"":               `name "" has an empty part: write schema.table`,
	} {
		var got string
		if table, err := db.Find(name); err != nil {
			got = err.Error()
		} else {
			got = table.QualifiedName()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := db.Table("notes"); got != nil {
		t.Errorf("a name that several schemas have means %s", got.QualifiedName())
	}
}
