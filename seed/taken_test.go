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
	dsn := pgtest.Database(t)
	conn := pgtest.Connect(t, dsn)
	if _, err := conn.Exec(t.Context(), `
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
		INSERT INTO friends SELECT a, b FROM generate_series(1, 40) a, generate_series(1, 40) b WHERE a > b`); err != nil {
		t.Fatal(err)
	}
	result, err := seed.Run(t.Context(), config(t, dsn), seed.Options{Rows: 50, Seed: 1, NullShare: -1, Append: true, KeepConstraints: true})
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
