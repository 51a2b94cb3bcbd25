package value_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/seed/value"
)

// wide is a table with columns of many meanings, and relations between them.
const wide = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE users (
	id bigint PRIMARY KEY, uuid uuid NOT NULL, email text NOT NULL UNIQUE, username text NOT NULL, full_name text NOT NULL, first_name varchar(40),
	city text, country_code char(2), zip varchar(12), phone varchar(20), bio text, body text, slug varchar(60), price numeric(10,2),
	quantity int, total numeric(14,2), status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'blocked', 'gone')), feelings mood,
	settings jsonb, tags text[], ip inet, url text, user_agent text, password_hash text, latitude numeric(9,6), created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL, deleted_at timestamptz, during tstzrange, code text CHECK (code ~ '^[A-Z]{3}-[0-9]{4}$'),
	starts_on date, ends_on date, score double precision, is_admin boolean, token bytea, span interval, mac macaddr, v tsvector,
	CHECK (total = price * quantity), CHECK (ends_on > starts_on), CHECK (status <> 'gone' OR deleted_at IS NOT NULL)
);`

func TestNoAllocations(t *testing.T) {
	var script strings.Builder
	script.WriteString(wide)
	types := slices.DeleteFunc(slices.Clone(builtIn), func(name string) bool { return strings.HasPrefix(name, "reg") })
	for i, name := range types {
		fmt.Fprintf(&script, "CREATE TABLE t%d (a %s, k %s NOT NULL);\n", i, name, name)
	}
	conn, db := load(t, script.String())
	check := func(table, label string, distinct ...string) {
		r := request(conn, db, table, 1)
		for _, name := range distinct {
			r.Distinct = append(r.Distinct, value.Distinct{Column: name})
		}
		dst := make([]byte, 0, 64<<10)
		for name, c := range solve(t, r).Columns {
			row := uint64(0)
			if n := testing.AllocsPerRun(300, func() {
				dst, _ = c.Generator.Append(dst[:0], row)
				row++
			}); n > 0 {
				t.Errorf("%s.%s: %v allocations per value", label, name, n)
			}
		}
	}
	check("users", "users", "id", "email", "username", "uuid")
	for i, name := range types {
		check(fmt.Sprintf("t%d", i), name, "k")
	}
}

// TestRowsAgree looks at what belongs together in a row.
func TestRowsAgree(t *testing.T) {
	t.Parallel()
	conn, db := load(t, wide)
	r := request(conn, db, "users", 2000)
	r.Distinct = []value.Distinct{{Column: "id"}, {Column: "email"}, {Column: "username"}}
	s := solve(t, r)
	if err := fill(t, conn, r, s); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"bool_and(updated_at >= created_at)", "bool_and(deleted_at >= created_at)", "max(updated_at) < '2026-01-01'",
		"bool_and(email LIKE lower(regexp_replace(split_part(full_name, ' ', 1), '[^A-Za-z]', '', 'g')) || '.%')",
		"bool_and(first_name = split_part(full_name, ' ', 1))", "bool_and(username ~ '^[a-z]+_[a-z]+$')",
		"count(*) FILTER (WHERE created_at > '2025-07-01') > count(*) / 4", "count(*) FILTER (WHERE deleted_at IS NULL) BETWEEN 1000 AND 1990",
		"count(*) FILTER (WHERE status = 'active') BETWEEN 700 AND 1600", "avg(length(bio)) BETWEEN 100 AND 300", "max(length(body)) > 1500",
		"count(DISTINCT city) > 20", "bool_and(country_code ~ '^[A-Z]{2}$')", "percentile_cont(0.5) WITHIN GROUP (ORDER BY price) BETWEEN 15 AND 60",
		"count(DISTINCT country_code) FILTER (WHERE city = 'Berlin') = 1", "count(*) FILTER (WHERE is_admin) < 300",
		"bool_and(total = price * quantity)", "count(total) > 1500", "min(id) = 1", "max(id) = 2000",
	} {
		if got := show(t, conn, "SELECT "+query+" FROM public.users"); got != "t" {
			t.Errorf("%s is %s: %s", query, got, show(t, conn, "SELECT * FROM public.users LIMIT 3"))
		}
	}
	for name, c := range s.Columns {
		t.Logf("%-14s %s", name, c.From)
	}
}

func BenchmarkColumns(b *testing.B) {
	conn, db := load(b, wide)
	r := request(conn, db, "users", 1_000_000)
	r.Distinct = []value.Distinct{{Column: "id"}, {Column: "email"}, {Column: "username"}}
	s := solve(b, r)
	for _, name := range []string{"id", "uuid", "email", "full_name", "city", "body", "price", "total", "status", "settings", "tags", "created_at", "updated_at", "code", "during"} {
		g := s.Columns[name].Generator
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]byte, 0, 64<<10)
			size := 0
			for row := uint64(0); b.Loop(); row++ {
				dst, _ = g.Append(dst[:0], row)
				size += len(dst)
			}
			b.SetBytes(int64(size / max(1, b.N)))
		})
	}
}

// BenchmarkSolve measures the compilation of a table, trials on the server included.
func BenchmarkSolve(b *testing.B) {
	conn, db := load(b, wide)
	b.ReportAllocs()
	for b.Loop() {
		solve(b, request(conn, db, "users", 1000))
	}
}
