package plan_test

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/plan"
	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

//go:embed testdata/tables.sql
var tables string

//go:embed testdata/statements.sql
var statements string

// TestFormats reads the plans of many statements in all four formats: each says the same.
func TestFormats(t *testing.T) {
	t.Parallel()
	pgtest.Versions(t, func(t *testing.T, dsn string) { testFormats(t, pgtest.Connect(t, dsn)) })
}

func testFormats(t *testing.T, conn *pgx.Conn) {
	pgtest.Execute(t, conn, tables)
	// So that parallel plans and spilling sorts are among them.
	pgtest.Execute(t, conn, "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET jit = off")
	for _, options := range []string{"VERBOSE", "COSTS OFF", "ANALYZE, TIMING OFF, SUMMARY OFF, VERBOSE, SETTINGS", "ANALYZE, TIMING OFF, BUFFERS OFF, COSTS OFF"} {
		for _, statement := range sqltext.Split(statements) {
			var want outline
			for _, format := range []string{"JSON", "TEXT", "YAML", "XML"} {
				// Workers are planned, but never launched: the same rows every time.
				pgtest.Execute(t, conn, "BEGIN; SET LOCAL max_parallel_workers = 0")
				text := explain(t, conn, fmt.Sprintf("EXPLAIN (%s, FORMAT %s) %s", options, format, statement.Text))
				pgtest.Execute(t, conn, "ROLLBACK")
				plans, err := plan.Parse(text)
				if err != nil {
					t.Errorf("%s of %s: %v\n%s", format, statement.Text, err, text)
					continue
				}
				rewritten(t, plans[0])
				got := outlineOf(plans[0].Root)
				if format == "JSON" {
					want = got
					continue
				}
				if format == "TEXT" {
					likeText(&want)
				} else {
					likeText(&got)
				}
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s of %s with %s: (-json +%s)\n%s\n%s", format, statement.Text, options, strings.ToLower(format), diff, text)
				}
			}
		}
	}
}

func explain(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) { return string(row.RawValues()[0]), nil })
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}

// outline is a node with what all formats tell.
type outline struct {
	Label, Type, Relationship, Subplan, Strategy, PartialMode string
	Relation, Schema, Alias, Index, Direction, CTE, Function  string
	StartupCost, TotalCost, PlanRows, PlanWidth               float64
	HasActual                                                 bool
	ActualRows, Loops                                         float64
	Conditions                                                []plan.Expression
	SortMethod                                                string
	SortSpace, Removed, HeapFetches, Exact                    float64
	HashBuckets, HashBatches                                  float64
	Pages                                                     float64
	WorkersPlanned, WorkersLaunched                           float64
	Children                                                  []outline
}

func outlineOf(n *plan.Node) outline {
	o := outline{
		n.Label(), n.Type, n.Relationship, n.Subplan, n.Strategy, n.PartialMode,
		n.Relation, n.Schema, n.Alias, n.Index, n.Direction, n.CTE, n.Function,
		n.StartupCost, n.TotalCost, n.PlanRows, n.PlanWidth, n.HasActual, n.ActualRows, n.Loops,
		n.Expressions(), n.SortMethod, n.SortSpaceKB, n.Removed(), n.HeapFetches, n.ExactHeapBlocks,
		n.HashBuckets, n.HashBatches, 0, n.WorkersPlanned, n.WorkersLaunched, nil,
	}
	for _, c := range n.Children {
		o.Children = append(o.Children, outlineOf(c))
	}
	return o
}

// likeText forgets what only the structured formats say.
func likeText(o *outline) {
	o.PartialMode = strings.TrimPrefix(o.PartialMode, "Simple")
	if o.Direction == "NoMovement" {
		o.Direction = "Forward"
	}
	if o.Type == "Bitmap Index Scan" || o.Type == "Subquery Scan" {
		o.Direction = ""
	}
	if o.Type == "SetOp" && o.Strategy == "Sorted" || o.Type == "Recursive Union" {
		o.Strategy = "Sorted"
	}
	if o.Type == "Recursive Union" {
		o.Strategy = ""
	}
	for i := range o.Children {
		likeText(&o.Children[i])
	}
}

// TestSelf works out by hand what nodes spent themselves.
func TestSelf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       map[string]float64 // by label
	}{
		{
			"loops", `
 Nested Loop  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=10 loops=1)
   ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..10.000 rows=10 loops=1)
   ->  Index Scan using b_pkey on b  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..8.000 rows=1 loops=10)
`,
			map[string]float64{"Nested Loop": 10, "Seq Scan on a": 10, "Index Scan using b_pkey on b": 80},
		},
		{
			"parallel", `
 Gather  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..120.000 rows=10 loops=1)
   Workers Planned: 2
   Workers Launched: 2
   ->  Parallel Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=3 loops=3)
`,
			map[string]float64{"Gather": 20, "Parallel Seq Scan on a": 100},
		},
		{
			"the leader was too busy", `
 Gather  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..120.000 rows=10 loops=1)
   Workers Planned: 2
   Workers Launched: 2
   ->  Parallel Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=5 loops=2)
`,
			map[string]float64{"Gather": 20, "Parallel Seq Scan on a": 100},
		},
		{
			"a CTE read twice", `
 Hash Join  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=10 loops=1)
   Hash Cond: (x.id = y.id)
   CTE c
     ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..50.000 rows=10 loops=1)
   ->  CTE Scan on c x  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..60.000 rows=10 loops=1)
   ->  Hash  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..20.000 rows=10 loops=1)
         ->  CTE Scan on c y  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..15.000 rows=10 loops=1)
`,
			map[string]float64{"Hash Join": 20, "Seq Scan on a": 50, "CTE Scan on c x": 20, "Hash": 5, "CTE Scan on c y": 5},
		},
		{
			"an InitPlan is charged to who needs it", `
 Limit  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=10 loops=1)
   InitPlan 1 (returns $0)
     ->  Aggregate  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..70.000 rows=1 loops=1)
   ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..90.000 rows=10 loops=1)
         Filter: (n > $0)
`,
			map[string]float64{"Limit": 10, "Aggregate": 70, "Seq Scan on a": 20},
		},
		{
			"and named as in PostgreSQL 17", `
 Limit  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=10 loops=1)
   InitPlan 1
     ->  Aggregate  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..70.000 rows=1 loops=1)
   ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..90.000 rows=10 loops=1)
         Filter: (n > (InitPlan 1).col1)
`,
			map[string]float64{"Limit": 10, "Aggregate": 70, "Seq Scan on a": 20},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plans, err := plan.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, n := range plans[0].Nodes() {
				got[n.Label()] = math.Round(n.SelfMS())
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestSelfBuffers: buffers are not multiplied by loops.
func TestSelfBuffers(t *testing.T) {
	t.Parallel()
	plans, err := plan.Parse(`
 Nested Loop  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..100.000 rows=10 loops=1)
   Buffers: shared hit=130 read=20, temp written=5
   ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..10.000 rows=10 loops=1)
         Buffers: shared hit=30 read=20
   ->  Index Scan using b_pkey on b  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..8.000 rows=1 loops=10)
         Buffers: shared hit=100
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []plan.Buffers
	for _, n := range plans[0].Nodes() {
		got = append(got, n.SelfBuffers())
	}
	want := []plan.Buffers{{TempWritten: 5}, {SharedHit: 30, SharedRead: 20}, {SharedHit: 100}}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if pages := plans[0].Pages(); pages != 150 {
		t.Errorf("%v pages, want 150", pages)
	}
}

func TestNoPlan(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "SELECT 1;", "{}", "[]", `[{"a": 1}]`, "- Plan:\n", "<explain></explain>", "Seq", "(cost=1..2"} {
		if _, err := plan.Parse(text); !errors.Is(err, plan.ErrNoPlan) {
			t.Errorf("%q: %v, want ErrNoPlan", text, err)
		}
	}
}

// TestLog reads the plans that auto_explain wrote among other lines of a log.
func TestLog(t *testing.T) {
	t.Parallel()
	plans, err := plan.Parse("2026-01-02 03:04:05.678 UTC [42] LOG:  duration: 12.345 ms  plan:\n" +
		"\tQuery Text: SELECT *\n\t  FROM a\n\t WHERE n = 3;\n" +
		"\tSeq Scan on a  (cost=0.00..18.50 rows=59 width=16) (actual time=0.010..12.200 rows=58 loops=1)\n" +
		"\t  Filter: (n = 3)\n\t  Rows Removed by Filter: 942\n" +
		"2026-01-02 03:04:06.000 UTC [42] LOG:  connection received: host=[local]\n" +
		"2026-01-02 03:04:07.000 UTC [43] LOG:  duration: 1.000 ms  plan:\n" +
		"\tQuery Text: SELECT 2\n" +
		"\tResult  (cost=0.00..0.01 rows=1 width=4)\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range plans {
		got = append(got, fmt.Sprint(p.QueryText, " | ", p.Root.Label(), " | ", p.Root.Filter, " | ", p.Root.Removed()))
	}
	want := []string{"SELECT *\nFROM a\nWHERE n = 3; | Seq Scan on a | (n = 3) | 942", "SELECT 2 | Result |  | 0"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzParse: whatever is read is a tree whose numbers make sense.
func FuzzParse(f *testing.F) {
	f.Add(" Seq Scan on a  (cost=0.00..18.50 rows=59 width=16) (actual time=0.010..12.200 rows=58 loops=1)\n   Filter: (n = 3)\n")
	f.Add(`[{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Seq Scan", "Actual Loops": 3, "Actual Total Time": 1.5}]}}]`)
	f.Add("- Plan:\n    Node Type: \"Result\"\n")
	f.Add("<explain xmlns=\"x\"><Query><Plan><Node-Type>Result</Node-Type></Plan></Query></explain>")
	f.Add(" QUERY PLAN \n----\n Gather\n   Workers Launched: 2\n   ->  Seq Scan on a\n   InitPlan 1\n     ->  Result\n(3 rows)\n")
	f.Fuzz(func(t *testing.T, text string) {
		plans, err := plan.Parse(text)
		if err != nil {
			return
		}
		if len(plans) == 0 {
			t.Fatal("neither a plan nor an error")
		}
		for _, p := range plans {
			nodes := p.Nodes()
			if len(nodes) == 0 || nodes[0] != p.Root {
				t.Fatal("the root is not the first node")
			}
			for i, n := range nodes {
				if n.ID != i || n.SelfMS() < 0 || math.IsNaN(n.SelfMS()) {
					t.Fatalf("node %d: id %d, self %v", i, n.ID, n.SelfMS())
				}
				if (n.Parent == nil) != (i == 0) || n.Parent != nil && !slices.Contains(n.Parent.Children, n) {
					t.Fatalf("node %d is not among its parent's children", i)
				}
			}
		}
	})
}

func ExampleParse() {
	plans, err := plan.Parse(`
 Limit  (cost=0.00..1.50 rows=5 width=4) (actual time=0.020..4.100 rows=5 loops=1)
   ->  Seq Scan on posts  (cost=0.00..30.00 rows=100 width=4) (actual time=0.019..4.000 rows=5 loops=1)
         Filter: (author_id = 7)
         Rows Removed by Filter: 995`)
	if err != nil {
		fmt.Println(err)
		return
	}
	nodes := plans[0].Nodes()
	worst := slices.MaxFunc(nodes, func(a, b *plan.Node) int { return cmp.Compare(a.SelfMS(), b.SelfMS()) })
	fmt.Printf("%s took %.1f ms itself and dropped %.0f rows\n", worst.Label(), worst.SelfMS(), worst.Removed())
	// Output: Seq Scan on posts took 4.0 ms itself and dropped 995 rows
}

// TestPasted reads a plan as people paste it.
func TestPasted(t *testing.T) {
	t.Parallel()
	const text = " Limit  (cost=1000.29..1001.29 rows=20 width=100) (actual time=12.000..12.010 rows=20 loops=1)\n" +
		"   Buffers: shared hit=600\n" +
		"   ->  Index Scan using orders_pkey on orders  (cost=0.29..2000.00 rows=40000 width=100) (actual time=0.010..11.000 rows=20020 loops=1)\n" +
		"         Buffers: shared hit=600\n" +
		" Planning Time: 0.100 ms\n" +
		" Execution Time: 12.100 ms\n"
	each := func(before, after string) string {
		var out strings.Builder
		for line := range strings.Lines(text) {
			out.WriteString(before + strings.TrimSuffix(line, "\n") + after + "\n")
		}
		return out.String()
	}
	for name, pasted := range map[string]string{
		"as it is":              text,
		"quoted in a mail":      "On Monday Ann wrote:\n" + each("> ", ""),
		"quoted twice":          each(">> ", ""),
		"quoted twice, apart":   each("> > ", ""),
		"indented":              each("        ", ""),
		"psql's continuation":   each("", "+"),
		"psql's frame":          " QUERY PLAN\n-----\n" + each("|", "   |") + "(6 rows)\n",
		"prompt and command":    "shop=# EXPLAIN ANALYZE SELECT * FROM orders;\n   QUERY PLAN\n------------\n" + text + "(6 rows)\n\nshop=# ",
		"spaces of a web page":  strings.ReplaceAll(text, " ", "\u00a0"),
		"entities":              strings.ReplaceAll(text, "->", "-&gt;"),
		"an arrow":              strings.ReplaceAll(text, "->", "→"),
		"code of markdown":      "```sql\n" + text + "```\n",
		"in a letter":           "Here is my plan, please help:\n\n" + text + "\nThanks,\nAnn\n",
		"carriage returns":      strings.ReplaceAll(text, "\n", "\r\n"),
		"without the last line": text[:strings.Index(text, " Planning")],
	} {
		plans, err := plan.Parse(pasted)
		if err != nil || len(plans) != 1 {
			t.Errorf("%s: %d plans, %v", name, len(plans), err)
			continue
		}
		root := plans[0].Root
		if root.Type != "Limit" || len(root.Children) != 1 || root.Children[0].Relation != "orders" || root.Children[0].Rows() != 20020 || plans[0].Pages() != 600 {
			t.Errorf("%s: root %s, children %d", name, root.Label(), len(root.Children))
		}
	}
	if _, err := plan.Parse(`[{"Plan": {"Node Type": "Limit", "Actual Rows": 20,`); err == nil || !strings.Contains(err.Error(), "it is cut off or damaged") {
		t.Errorf("a JSON plan without its end: %v", err)
	}
}
