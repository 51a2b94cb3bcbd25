package pgtest_test

import (
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
)

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one := pgtest.Connect(t, pgtest.Database(t))
	two := pgtest.Connect(t, pgtest.Database(t))
	if _, err := one.Exec(t.Context(), "CREATE TABLE t (n int)"); err != nil {
		t.Fatal(err)
	}
	var found bool
	if err := two.QueryRow(t.Context(), "SELECT to_regclass('t') IS NOT NULL").Scan(&found); err != nil {
		t.Fatal(err)
	}
	if found {
		t.Error("a table of one test's database is there in another's")
	}
}

// TestDatabaseIsDropped runs a subtest and looks for its database afterwards.
func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) {
		conn := pgtest.Connect(t, pgtest.Database(t))
		if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	var left bool
	conn := pgtest.Connect(t, pgtest.Server(t))
	if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left {
		t.Errorf("database %s is still there", name)
	}
}
