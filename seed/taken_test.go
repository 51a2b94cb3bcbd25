package seed_test

import (
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestAppendDiffers adds to tables that hold rows of somebody else's, which the new ones must differ from.
func TestAppendDiffers(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `
		CREATE TYPE color AS ENUM ('red', 'green', 'blue');
		CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE);
		INSERT INTO users SELECT n, 'user' || n || '@example.com' FROM generate_series(1, 40) n;
		CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, about text);
		INSERT INTO profiles SELECT n FROM generate_series(1, 30) n;
		CREATE TABLE colors (color color PRIMARY KEY);
		INSERT INTO colors VALUES ('green');
		CREATE TABLE settings (theme text);
		CREATE UNIQUE INDEX ON settings ((true));
		INSERT INTO settings VALUES ('dark');
		CREATE TABLE countries (code char(2) PRIMARY KEY, name text NOT NULL UNIQUE);
		INSERT INTO countries VALUES ('DE', 'Germany'), ('US', 'United States'), ('FR', 'France');
		CREATE TABLE roles (id int PRIMARY KEY, name text NOT NULL UNIQUE CHECK (name IN ('admin', 'author', 'reader')));
		INSERT INTO roles VALUES (7, 'reader');
		CREATE TABLE user_roles (user_id int REFERENCES users, role_id int REFERENCES roles, PRIMARY KEY (user_id, role_id));
		INSERT INTO user_roles SELECT n, 7 FROM generate_series(1, 40) n;
		CREATE TABLE seats (room int, seat int CHECK (seat BETWEEN 1 AND 5), kind text CHECK (kind IN ('a', 'b')), PRIMARY KEY (room, seat, kind));
		INSERT INTO seats SELECT 1, n, 'a' FROM generate_series(1, 5) n;
		CREATE TABLE days (day date PRIMARY KEY CHECK (day BETWEEN '2024-01-01' AND '2024-01-20'));
		INSERT INTO days VALUES ('2024-01-01'), ('2024-01-05'), ('2024-01-20');
		CREATE TABLE classes (id smallint UNIQUE CHECK (id IN (1, 2, 3, 4)), class text PRIMARY KEY);
		INSERT INTO classes VALUES (1, 'order'), (2, 'offer'), (4, 'bill');
		CREATE TABLE friends (a int NOT NULL REFERENCES users, b int NOT NULL REFERENCES users);
		CREATE UNIQUE INDEX ON friends (least(a, b), greatest(a, b));
		INSERT INTO friends SELECT a, b FROM generate_series(1, 40) a, generate_series(1, 40) b WHERE a > b`)
	result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 50, Seed: 1, NullShare: -1, Append: true, KeepConstraints: true})
	if err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{
		"users": 90, "profiles": 80, "colors": 3, "settings": 1, "countries": 53, "roles": 3, "user_roles": 90, "seats": 55, "days": 20, "classes": 53,
		"friends": 40*39/2 + 50,
	} {
		var got int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&got); err != nil || got != want {
			t.Errorf("%s has %d rows, want %d: %v", table, got, want, err)
		}
	}
	if text := strings.Join(result.Warnings, "\n"); !strings.Contains(text, "public.settings gets no more rows: unique index") {
		t.Errorf("warnings: %s", text)
	}
}

// TestAppendGoesOn: whole numbers that are keys go on after the largest that is there, from 1 where none is positive, and fill
// gaps where there is no room above.
func TestAppendGoesOn(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `
		CREATE TABLE special (id bigserial PRIMARY KEY, parent bigint REFERENCES special);
		INSERT INTO special VALUES (-1), (-7);
		CREATE TABLE narrow (id smallserial PRIMARY KEY, special int UNIQUE REFERENCES special);
		CREATE TABLE usual (id int PRIMARY KEY);
		INSERT INTO usual VALUES (3), (900), (12);
		CREATE TABLE downwards (id int PRIMARY KEY CHECK (id BETWEEN -20 AND 0));
		INSERT INTO downwards VALUES (-3);
		CREATE TABLE listed (id int PRIMARY KEY CHECK (id IN (1, 2, 3, 4, 5, 6, 7)));
		INSERT INTO listed VALUES (4);
		CREATE TABLE high (id smallint PRIMARY KEY CHECK (id >= 32760));
		INSERT INTO high VALUES (32766);`)
	if _, err := seed.Run(t.Context(), conn.Config(), seed.Options{
		Seed: 1, Append: true,
		Tables: []seed.Wish{{Table: "special", Rows: 5}, {Table: "narrow", Rows: 4}, {Table: "usual", Rows: 3}, {Table: "downwards", Rows: 20}, {Table: "listed", Rows: 6}, {Table: "high", Rows: 7}},
	}); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{
		"special": "-7 -1 1 2 3 4 5", "narrow": "1 2 3 4", "usual": "3 12 900 901 902 903",
		"downwards": "-20 -19 -18 -17 -16 -15 -14 -13 -12 -11 -10 -9 -8 -7 -6 -5 -4 -3 -2 -1 0",
		"listed":    "1 2 3 4 5 6 7", "high": "32760 32761 32762 32763 32764 32765 32766 32767",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT string_agg(id::text, ' ' ORDER BY id) FROM "+table).Scan(&got); err != nil || got != want {
			t.Errorf("%s has %s, want %s: %v", table, got, want, err)
		}
	}
}

// TestSequences: after a load, sequences give values that are not there, whichever way and wherever they count.
func TestSequences(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `
		CREATE SEQUENCE downwards INCREMENT -1;
		CREATE SEQUENCE late MINVALUE 1000 START 1000;
		CREATE TABLE usual (id bigserial PRIMARY KEY, other int);
		CREATE TABLE down (id bigint PRIMARY KEY DEFAULT nextval('downwards'), other int);
		CREATE TABLE high (id numeric PRIMARY KEY DEFAULT nextval('late'), other int);
		ALTER SEQUENCE downwards OWNED BY down.id;
		ALTER SEQUENCE late OWNED BY high.id;`)
	if _, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 50, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"usual", "down", "high"} {
		if _, err := conn.Exec(t.Context(), "INSERT INTO "+table+" (other) SELECT generate_series(1, 60)"); err != nil {
			t.Errorf("%s: %v", table, err)
		}
	}
}
