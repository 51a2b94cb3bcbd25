package seed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestLost: where the server refuses rows only when they are loaded, everything else is filled with SkipUnfillable, and
// nothing is left without it.
func TestLost(t *testing.T) {
	t.Parallel()
	const ddl = `
		CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id % 50 = 0 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN NEW; END';
		CREATE TABLE bad (id int PRIMARY KEY);
		CREATE TRIGGER no BEFORE INSERT ON bad FOR EACH ROW EXECUTE FUNCTION no();
		CREATE TABLE needs (id int PRIMARY KEY, bad_id int NOT NULL REFERENCES bad);
		CREATE TABLE further (id int PRIMARY KEY REFERENCES needs);
		CREATE TABLE may (id int PRIMARY KEY, bad_id int REFERENCES bad);
		CREATE TABLE other (id int PRIMARY KEY);`
	conn := pgtest.With(t, ddl)
	count := func(table string) int { return pgtest.Value[int](t, conn, "SELECT count(*) FROM "+table) }
	opts := seed.Options{Rows: 100, Seed: 1, NullShare: -1, Triggers: true}
	_, err := seed.Run(t.Context(), conn.Config(), opts)
	var unfillable *seed.UnfillableError
	if !errors.As(err, &unfillable) || !strings.Contains(err.Error(), "not this one") || !strings.Contains(err.Error(), "public.bad") {
		t.Fatalf("error %v", err)
	}
	if count("bad")+count("needs")+count("further") > 0 {
		t.Error("rows are left that need rows which are missing")
	}
	opts.SkipUnfillable, opts.Truncate = true, true
	result, err := seed.Run(t.Context(), conn.Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Unfillable) != 3 || count("bad")+count("needs")+count("further") > 0 {
		t.Errorf("unfillable %v", result.Unfillable)
	}
	if count("may") != 100 || count("other") != 100 {
		t.Errorf("may has %d rows, other %d, want 100 each", count("may"), count("other"))
	}
}

// TestLostBesideRows: what a failed load takes out again is its own rows, not those that were there before.
func TestLostBesideRows(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `
		CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id % 50 = 0 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN NEW; END';
		CREATE TABLE team (id int PRIMARY KEY, owner_id int);
		CREATE TABLE member (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team);
		INSERT INTO team VALUES (7, 8);
		INSERT INTO member VALUES (8, 7);
		ALTER TABLE team ALTER owner_id SET NOT NULL, ADD FOREIGN KEY (owner_id) REFERENCES member DEFERRABLE INITIALLY DEFERRED;
		CREATE TRIGGER no BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION no();`)
	opts := seed.Options{Rows: 100, Seed: 1, NullShare: -1, Triggers: true, Append: true, SkipUnfillable: true}
	result, err := seed.Run(t.Context(), conn.Config(), opts)
	if err != nil {
		t.Logf("error %v", err)
	} else if len(result.Unfillable) == 0 {
		t.Error("no table is unfillable, although a trigger refuses rows")
	}
	var left string
	if err := conn.QueryRow(t.Context(), "SELECT (SELECT string_agg(id || '-' || owner_id, ' ') FROM team) || ', ' || (SELECT string_agg(id || '-' || team_id, ' ') FROM member)").Scan(&left); err != nil || left != "7-8, 8-7" {
		t.Errorf("left are %q, want 7-8, 8-7: %v", left, err)
	}
}

// TestLostToBrokenFunction: a table whose index, generated column or trigger calls what is not there is given up alone.
func TestLostToBrokenFunction(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `
		SET check_function_bodies = off;
		CREATE FUNCTION missing(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
		CREATE FUNCTION folded(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.missing($1); END';
		CREATE TABLE by_index (id int PRIMARY KEY, name text NOT NULL);
		CREATE UNIQUE INDEX folded_name ON by_index (folded(name));
		CREATE TABLE by_column (id int PRIMARY KEY, name text NOT NULL, plain text GENERATED ALWAYS AS (folded(name)) STORED);
		CREATE FUNCTION fold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := missing(NEW.name); RETURN NEW; END';
		CREATE TABLE by_trigger (id int PRIMARY KEY, name text NOT NULL);
		CREATE TRIGGER fold BEFORE INSERT ON by_trigger FOR EACH ROW EXECUTE FUNCTION fold();
		CREATE TABLE other (id int PRIMARY KEY, name text NOT NULL);
		DROP FUNCTION missing;`)
	result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 100, Seed: 1, NullShare: -1, Triggers: true, SkipUnfillable: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unfillable {
		if !strings.Contains(u.Reason, "missing(text) does not exist") && !strings.Contains(u.Reason, "public.missing") {
			t.Errorf("%s: %s", u.Table, u.Reason)
		}
		t.Log(u.Table, u.Constraint, u.Reason, u.Advice)
	}
	var rows string
	if err := conn.QueryRow(t.Context(), `SELECT concat_ws(' ', (SELECT count(*) FROM by_index), (SELECT count(*) FROM by_column),
		(SELECT count(*) FROM by_trigger), (SELECT count(*) FROM other), (SELECT count(*) FROM pg_index WHERE indrelid = 'by_index'::regclass AND indisvalid))`).Scan(&rows); err != nil || rows != "0 0 0 100 2" {
		t.Errorf("rows %s, %v; want 0 0 0 100 and 2 valid indexes", rows, err)
	}
	if len(result.Unfillable) != 3 {
		t.Errorf("%d unfillable, want 3", len(result.Unfillable))
	}
}
