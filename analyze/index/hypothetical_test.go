package index

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/explain"
	"github.com/pgassay/pgassay/internal/pgtest"
)

const imagined = `CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int, c text, d jsonb);
INSERT INTO t SELECT g, g % 5000, g, 'C' || g, '{}' FROM generate_series(1, 50000) g;
CREATE TABLE p (id int NOT NULL, k int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE p_low PARTITION OF p FOR VALUES FROM (0) TO (10000);
CREATE TABLE p_high PARTITION OF p FOR VALUES FROM (10000) TO (40000) PARTITION BY RANGE (id);
CREATE TABLE p_high_1 PARTITION OF p_high FOR VALUES FROM (10000) TO (40000);
INSERT INTO p SELECT g, g FROM generate_series(0, 39999) g;
ANALYZE;
CREATE SCHEMA ext;
ALTER EXTENSION hypopg SET SCHEMA ext;`

// hypopg makes a database with tables and with HypoPG in a schema that is not on the search path.
func hypopg(t *testing.T) (*explain.Session, *hypothetical) {
	t.Helper()
	conn := pgtest.Connect(t, pgtest.Database(t))
	pgtest.Extension(t, conn, "hypopg")
	pgtest.Execute(t, conn, imagined)
	config := conn.Config()
	config.RuntimeParams["hypopg.enabled"] = "off" // someone's default: what we imagine must be seen all the same
	session, err := explain.Open(t.Context(), config, explain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close(context.WithoutCancel(t.Context())) })
	h, err := findHypothetical(t.Context(), session)
	if err != nil || h == nil {
		t.Fatalf("HypoPG was not found: %v", err)
	}
	return session, h
}

func column(name string) Key { return Key{Column: name} }

// TestHypothetical offers indexes to statements: which can be imagined, and which the planner takes.
func TestHypothetical(t *testing.T) {
	t.Parallel()
	session, h := hypopg(t)
	on := func(table string, d Definition) Definition {
		d.Schema, d.Table = "public", table
		return d
	}
	partitioned := on("p", Definition{Keys: []Key{column("k")}, Partitioned: true})
	for _, test := range []struct {
		name, sql string
		with      []Definition
		used      []int
		buildable []bool
	}{
		{
			"one column", "SELECT * FROM t WHERE a = 7",
			[]Definition{on("t", Definition{Keys: []Key{column("b")}}), on("t", Definition{Keys: []Key{column("a")}})},
			[]int{1},
			[]bool{true, true},
		},
		{
			"an order within equal values", "SELECT * FROM t WHERE a = 7 ORDER BY b DESC NULLS LAST LIMIT 3",
			[]Definition{on("t", Definition{Keys: []Key{column("a"), {Column: "b", Descending: true}}})},
			[]int{0},
			[]bool{true},
		},
		{
			"a partial one, and one for other rows", "SELECT count(*) FROM t WHERE a < 3 AND b > 100",
			[]Definition{on("t", Definition{Keys: []Key{column("b")}, Where: "(a > 4000)"}), on("t", Definition{Keys: []Key{column("b")}, Where: "(a < 3)"})},
			[]int{1},
			[]bool{true, true},
		},
		{
			"an expression", "SELECT * FROM t WHERE lower(c) = 'c7'",
			[]Definition{on("t", Definition{Keys: []Key{{Expression: "lower(c)"}}})},
			[]int{0},
			[]bool{true},
		},
		{
			"columns that come along", "SELECT a, b FROM t WHERE a BETWEEN 3 AND 9",
			[]Definition{on("t", Definition{Keys: []Key{column("a")}, Include: []string{"b"}})},
			[]int{0},
			[]bool{true},
		},
		{"partitions, and partitions of a partition", "SELECT * FROM p WHERE k = 7", []Definition{partitioned}, []int{0}, []bool{true}},
		{
			"what HypoPG refuses spoils nothing", "SELECT * FROM t WHERE a = 7 AND d @> '{\"a\": 1}'",
			[]Definition{
				on("t", Definition{Method: "gin", Keys: []Key{{Column: "d", OpClass: "jsonb_path_ops"}}}),
				on("t", Definition{Keys: []Key{column("missing")}}),
				on("t", Definition{Keys: []Key{{Expression: "random()"}}}),
				on("t", Definition{Keys: []Key{column("a")}}),
			},
			[]int{3},
			[]bool{false, false, false, true},
		},
		{"nothing that serves", "SELECT count(*) FROM t", []Definition{on("t", Definition{Keys: []Key{column("c")}, Where: "(a < 3)"})}, nil, []bool{true}},
	} {
		t.Run(test.name, func(t *testing.T) { // one after another: they share the session
			result, err := session.Explain(t.Context(), explain.Request{SQL: test.sql})
			if err != nil || result.Plan == nil {
				t.Fatal(err, result.Err)
			}
			p, used, buildable, err := h.plan(t.Context(), &Query{SQL: test.sql, Result: result}, test.with)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.used, used); diff != "" {
				t.Errorf("used (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.buildable, buildable); diff != "" {
				t.Errorf("could be imagined (-want +got):\n%s", diff)
			}
			if len(used) > 0 && p.Root.TotalCost >= result.Plan.Root.TotalCost {
				t.Errorf("costs %.0f with the index, %.0f without", p.Root.TotalCost, result.Plan.Root.TotalCost)
			}
			nothingLeft(t, session, h)
		})
	}
	t.Run("every partition", func(t *testing.T) {
		const sql = "SELECT * FROM p WHERE k = 7"
		result, err := session.Explain(t.Context(), explain.Request{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		p, _, _, err := h.plan(t.Context(), &Query{SQL: sql, Result: result}, []Definition{partitioned})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range p.Nodes() {
			if n.IsScan() && n.Index == "" {
				t.Errorf("%s is read without the index", n.Relation)
			}
		}
	})
	t.Run("a statement that fails", func(t *testing.T) {
		_, _, _, err := h.plan(t.Context(), &Query{SQL: "SELECT * FROM nowhere", Result: &explain.Result{}}, []Definition{partitioned})
		if err == nil {
			t.Error("no error")
		}
		nothingLeft(t, session, h)
	})
}

// nothingLeft looks for what was imagined in the session, and for real indexes.
func nothingLeft(t *testing.T, session *explain.Session, h *hypothetical) {
	t.Helper()
	err := session.ReadOnly(t.Context(), func(conn *pgx.Conn) error {
		if n := pgtest.Value[int](t, conn, "SELECT count(*) FROM "+h.schema+".hypopg()"); n > 0 {
			t.Errorf("%d hypothetical indexes are left in the session", n)
		}
		if n := pgtest.Value[int](t, conn, "SELECT count(*) FROM pg_class WHERE relkind IN ('i', 'I') AND relnamespace = 'public'::regnamespace AND relname <> 't_pkey'"); n > 0 {
			t.Errorf("%d indexes were really made", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
