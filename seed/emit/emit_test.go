package emit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/emit"
)

// shop has a bit of everything: types with and without a text form of ours, a type whose values are made as text, arrays,
// defaults, generated and identity columns, a circle of foreign keys, triggers, odd names, partitions.
const shop = `
	CREATE TYPE mood AS ENUM ('fine', 'so "so"', 'a,b');
	CREATE DOMAIN share AS numeric(6,4) CHECK (VALUE BETWEEN 0 AND 1);
	CREATE TYPE money_amount AS (amount numeric(10,2), currency char(3));
	CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, mood mood, tags text[], scores int[],
		share share, best_post int, created_at timestamptz NOT NULL DEFAULT now(), note text DEFAULT 'none', name_length int GENERATED ALWAYS AS (length(email)) STORED);
	CREATE TABLE posts (id bigserial PRIMARY KEY, author_id int NOT NULL REFERENCES users, parent_id bigint REFERENCES posts, title varchar(80), body text,
		document jsonb, raw bytea, at timestamp, day date, clock time, took interval, rating real, weight double precision, price numeric(12,3),
		key uuid, address inet, net cidr, mac macaddr, bits bit(7), period daterange, place point, cost money_amount, search tsvector, path jsonpath, flag boolean, c char(5), q tsquery);
	ALTER TABLE users ADD CONSTRAINT best FOREIGN KEY (best_post) REFERENCES posts;
	CREATE TABLE "Odd ""Name""/x" ("the order" int PRIMARY KEY, "select" text, small smallint REFERENCES "Odd ""Name""/x");
	CREATE TABLE events (id int, day date NOT NULL, what text NOT NULL) PARTITION BY RANGE (day);
	CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
	CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2030-01-01');
	CREATE TABLE single (only_one text);
	CREATE TABLE nothing ();
	CREATE TABLE defaults (a int DEFAULT 7, b text DEFAULT 'b');
	CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''a trigger was on''; END';
	CREATE TRIGGER loud BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION loud();`

func plan(t *testing.T, dsn string, opts seed.Options) *seed.Plan {
	t.Helper()
	address, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p, err := seed.Prepare(t.Context(), address, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// database makes a database with a schema.
func database(t *testing.T, ddl string) string {
	t.Helper()
	return pgtest.With(t, ddl).Config().ConnString()
}

// content gives a digest of the rows of each table, and where its sequences stand.
func content(t *testing.T, dsn string, tables []string) map[string]string {
	t.Helper()
	conn := pgtest.Connect(t, dsn)
	digests := map[string]string{}
	for _, table := range tables {
		var digest string
		var rows int
		sql := fmt.Sprintf("SELECT count(*), coalesce(md5(string_agg(x::text, E'\\n' ORDER BY x::text COLLATE \"C\")), '') FROM %s AS x", table)
		if err := conn.QueryRow(t.Context(), sql).Scan(&rows, &digest); err != nil {
			t.Fatal(err)
		}
		digests[table] = fmt.Sprintf("%d rows, %s", rows, digest)
	}
	rows, err := conn.Query(t.Context(), "SELECT sequencename::text, coalesce(last_value, 0)::text FROM pg_sequences")
	if err != nil {
		t.Fatal(err)
	}
	var name, value string
	if _, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error { digests["sequence "+name] = value; return nil }); err != nil {
		t.Fatal(err)
	}
	return digests
}

// load runs the script that loads files, as it says.
func load(t *testing.T, dir string, r *emit.Result, dsn string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "psql", "-X", "-q", "-f", r.Load, dsn)
	if strings.HasSuffix(r.Load, ".sh") {
		cmd = exec.CommandContext(t.Context(), "sh", r.Load, dsn)
	}
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("load: %v\n%s", err, out)
	}
}

// need skips the test where a program is missing, except in CI.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs ", program, ": ", err)
	}
}

// TestRoundTrip: files of every kind, loaded as their script says, give the rows that a seed into the database gives, with
// the same checksums, sequences where they were, constraints as they were, and the same bytes on every run.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	need(t, "psql")
	opts := seed.Options{Rows: 700, Seed: 5, NullShare: 0.2}
	var err error
	if opts.Config, err = config.Parse("seed.yaml", []byte("tables: {defaults: {columns: {a: default, b: default}}}")); err != nil {
		t.Fatal(err)
	}
	direct := database(t, shop)
	p := plan(t, direct, opts)
	loaded, err := p.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	sums := map[string]string{}
	for _, table := range loaded.Tables {
		tables = append(tables, table.Table)
		sums[table.Table] = table.Checksum
	}
	if len(tables) != 7 {
		t.Fatalf("tables %q were loaded", tables)
	}
	want := content(t, direct, tables)
	opts.SchemaOnly = true // that the database is full by now does not matter
	for _, test := range []struct {
		format      emit.Format
		compression emit.Compression
		program     string
	}{
		{emit.SQL, emit.None, "psql"},
		{emit.SQL, emit.Gzip, "gzip"},
		{emit.CSV, emit.None, "psql"},
		{emit.CSV, emit.Gzip, "gzip"},
		{emit.CSV, emit.Zstd, "zstd"},
		{emit.Copy, emit.None, "psql"},
		{emit.Copy, emit.Gzip, "gzip"},
	} {
		t.Run(fmt.Sprint(test.format, test.compression), func(t *testing.T) {
			t.Parallel()
			need(t, test.program)
			dir := filepath.Join(t.TempDir(), "rows")
			r, err := emit.Write(t.Context(), plan(t, direct, opts), emit.Options{Directory: dir, Format: test.format, Compression: test.compression})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, table := range r.Tables {
				got[table.Table] = table.Checksum
			}
			if diff := cmp.Diff(sums, got); diff != "" {
				t.Errorf("checksums (-loaded +written)\n%s", diff)
			}
			fresh := database(t, shop)
			before := definitions(t, fresh)
			load(t, dir, r, fresh)
			if diff := cmp.Diff(want, content(t, fresh, tables)); diff != "" {
				t.Errorf("rows (-seeded +from files)\n%s", diff)
			}
			if diff := cmp.Diff(before, definitions(t, fresh)); diff != "" {
				t.Errorf("constraints and triggers (-before +after)\n%s", diff)
			}
			again := t.TempDir()
			if _, err := emit.Write(t.Context(), plan(t, direct, opts), emit.Options{Directory: again, Format: test.format, Compression: test.compression, Workers: 1}); err != nil {
				t.Fatal(err)
			}
			for _, table := range r.Tables {
				if !bytes.Equal(read(t, dir, table.File), read(t, again, table.File)) {
					t.Errorf("%s has other bytes the second time", table.File)
				}
			}
		})
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func definitions(t *testing.T, dsn string) []string {
	t.Helper()
	return pgtest.Values[string](t, pgtest.Connect(t, dsn), `
		SELECT conname || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`)
}

// TestBroken: a script that can't unpack a file, or not to its end, fails and loads nothing.
func TestBroken(t *testing.T) {
	t.Parallel()
	need(t, "gzip")
	need(t, "psql")
	dsn := database(t, "CREATE TABLE words (word text); CREATE TABLE more (word text);")
	for name, damage := range map[string]func(file string) error{
		"gone": os.Remove,
		"cut":  func(file string) error { return os.Truncate(file, 3000) },
	} {
		dir := t.TempDir()
		r, err := emit.Write(t.Context(), plan(t, dsn, seed.Options{Rows: 3000, Seed: 1}), emit.Options{Directory: dir, Format: emit.SQL, Compression: emit.Gzip})
		if err != nil {
			t.Fatal(err)
		}
		last := r.Tables[len(r.Tables)-1]
		if err := damage(filepath.Join(dir, last.File)); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, r.Load), dsn).CombinedOutput()
		if err == nil || !strings.Contains(string(out), last.File+" can't be unpacked: nothing is loaded") {
			t.Errorf("%s: error %v, output %s", name, err, out)
		}
		for table, rows := range content(t, dsn, []string{"words", "more"}) {
			if !strings.HasPrefix(rows, "0 rows") {
				t.Errorf("%s: %s has %s", name, table, rows)
			}
		}
	}
}

// TestNothingIsWritten: what is written to the database that has the schema is nothing, also where it takes no writes.
func TestNothingIsWritten(t *testing.T) {
	t.Parallel()
	dsn := database(t, shop)
	conn := pgtest.Connect(t, dsn)
	pgtest.Execute(t, conn, "ALTER DATABASE "+pgx.Identifier{conn.Config().Database}.Sanitize()+" SET default_transaction_read_only = on")
	for _, format := range emit.Formats() {
		if _, err := emit.Write(t.Context(), plan(t, dsn, seed.Options{Rows: 20, Seed: 1, NullShare: -1}), emit.Options{Directory: t.TempDir(), Format: format}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	var rows int
	if err := conn.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM posts)").Scan(&rows); err != nil || rows > 0 {
		t.Errorf("%d rows are in the database, error %v", rows, err)
	}
}

// TestNothingHalfWritten: after a failure or an interrupt there is no file, and what was in the directory is left alone.
func TestNothingHalfWritten(t *testing.T) {
	t.Parallel()
	p := plan(t, database(t, shop), seed.Options{Rows: 3000, Seed: 1, NullShare: -1})
	dir := filepath.Join(t.TempDir(), "a", "b")
	for _, after := range []int{1, 4, 9} {
		ctx, cancel := context.WithCancel(t.Context())
		events := 0
		_, err := emit.Write(ctx, p, emit.Options{Directory: dir, Format: emit.CSV, Progress: func(seed.Event) {
			if events++; events == after {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted after %d events: error %v", after, err)
		}
		if entries, err := os.ReadDir(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("interrupted after %d events: %v is left, error %v", after, entries, err)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := emit.Write(t.Context(), p, emit.Options{Directory: full, Format: emit.CSV}); err == nil || !strings.Contains(err.Error(), "is not empty (mine is in it): name another one") {
		t.Errorf("a directory with a file in it: error %v", err)
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("a directory with a file in it now has %v, error %v", entries, err)
	}
}
