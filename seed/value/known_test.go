package value_test

import (
	"strings"
	"testing"

	"github.com/pgassay/pgassay/seed/value"
)

// TestKnownValues: where a check asks a function that nobody can see through, what rows of the table hold already, and what
// is the column's default, is tried beside the usual values. A function that takes long is not asked for ever.
func TestKnownValues(t *testing.T) {
	t.Parallel()
	conn, db := load(t, `
		CREATE FUNCTION registered(name text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
			$$BEGIN RETURN md5(name) IN (md5('plugin.mail'), md5('plugin.print'), md5('plugin.none')); END$$;
		CREATE FUNCTION slowly(name text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
			$$BEGIN PERFORM pg_sleep(0.2); RETURN public.registered(name); END$$;
		CREATE TABLE defaulted (handler text NOT NULL DEFAULT 'plugin.' || lower('NONE') CHECK (registered(handler)));
		CREATE TABLE present (id int, handler text NOT NULL, fallback text NOT NULL, CHECK (registered(handler) AND handler < fallback AND registered(fallback)));
		INSERT INTO present VALUES (1, 'plugin.mail', 'plugin.print'), (2, 'plugin.mail', 'plugin.none');
		CREATE TABLE slow (handler text NOT NULL DEFAULT 'plugin.none' CHECK (slowly(handler)));
		CREATE TABLE hopeless (handler text NOT NULL CHECK (slowly(handler)));`)
	for table, want := range map[string]string{"defaulted": "plugin.none", "present": "plugin.mail", "slow": "plugin.none"} {
		r := request(conn, db, table, 20)
		if err := fill(t, conn, r, solve(t, r)); err != nil {
			t.Errorf("%s: %v", table, err)
		}
		if got := show(t, conn, "SELECT DISTINCT handler FROM public."+table); got != want {
			t.Errorf("%s: handlers %s, want %s", table, got, want)
		}
	}
	s, err := value.Columns(t.Context(), request(conn, db, "hopeless", 20))
	if err != nil || len(s.Unsolved) != 1 || !strings.Contains(s.Unsolved[0].Reason, "no more were tried") {
		t.Errorf("%+v, %v; want to hear that the server took long", s, err)
	}
}

// TestClusters: several checks that nobody can see through, some of which share a column, are all satisfied.
func TestClusters(t *testing.T) {
	t.Parallel()
	conn, db := load(t, `
		CREATE TABLE t (a text NOT NULL, b text NOT NULL, CHECK (left(md5(a), 1) <> 'f'), CHECK (md5(a) < md5('plain')), CHECK (right(md5(a), 1) < 'a'),
			CHECK (md5(b) IN (md5('one'), md5('two'), md5('three'))))`)
	r := request(conn, db, "t", 100)
	if err := fill(t, conn, r, solve(t, r)); err != nil {
		t.Fatal(err)
	}
	if got := show(t, conn, "SELECT count(DISTINCT a) > 20 AND count(DISTINCT b) = 3 FROM public.t"); got != "t" {
		t.Errorf("too few values: %s", show(t, conn, "SELECT a, b FROM public.t LIMIT 5"))
	}
}
