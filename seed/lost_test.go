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
	dsn := pgtest.Database(t)
	conn := pgtest.Connect(t, dsn)
	if _, err := conn.Exec(t.Context(), ddl); err != nil {
		t.Fatal(err)
	}
	count := func(table string) (n int) {
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	opts := seed.Options{Rows: 100, Seed: 1, NullShare: -1, Triggers: true}
	_, err := seed.Run(t.Context(), config(t, dsn), opts)
	var unfillable *seed.UnfillableError
	if !errors.As(err, &unfillable) || !strings.Contains(err.Error(), "not this one") || !strings.Contains(err.Error(), "public.bad") {
		t.Fatalf("error %v", err)
	}
	if count("bad")+count("needs")+count("further") > 0 {
		t.Error("rows are left that need rows which are missing")
	}
	opts.SkipUnfillable, opts.Truncate = true, true
	result, err := seed.Run(t.Context(), config(t, dsn), opts)
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
