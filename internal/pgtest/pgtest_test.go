package pgtest_test

import (
	"slices"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
)

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one := pgtest.With(t, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
	if rows := pgtest.Values[int](t, one, "SELECT n FROM t ORDER BY n"); !slices.Equal(rows, []int{1, 2}) {
		t.Errorf("the test's own table has %v", rows)
	}
	two := pgtest.Connect(t, pgtest.Database(t))
	if pgtest.Value[bool](t, two, "SELECT to_regclass('t') IS NOT NULL") {
		t.Error("a table of one test's database is there in another's")
	}
}

// TestDatabaseIsDropped runs a subtest and looks for its database afterwards.
func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) {
		name = pgtest.Value[string](t, pgtest.Connect(t, pgtest.Database(t)), "SELECT current_database()")
	})
	conn := pgtest.Connect(t, pgtest.Server(t))
	if pgtest.Value[bool](t, conn, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name) {
		t.Errorf("database %s is still there", name)
	}
}
