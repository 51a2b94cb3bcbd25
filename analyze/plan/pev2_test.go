package plan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pgassay/pgassay/analyze/plan"
)

// pev2 is the folder src/services/__tests__ of a checkout of github.com/dalibo/pev2, whose collection of plans, plain,
// framed, quoted and wrapped, is too good not to be read and not ours to copy.
func pev2(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PGASSAY_PEV2_TESTS")
	if folder == "" {
		t.Skip("set PGASSAY_PEV2_TESTS to src/services/__tests__ of a checkout of dalibo/pev2")
	}
	return folder
}

// known says where a Node has what pev2's expectations name, as the JSON format names it.
var known = map[string]func(*plan.Node) any{
	"Parent Relationship":    func(n *plan.Node) any { return n.Relationship },
	"Subplan Name":           func(n *plan.Node) any { return n.Subplan },
	"Relation Name":          func(n *plan.Node) any { return n.QualifiedRelation() },
	"Alias":                  func(n *plan.Node) any { return n.Alias },
	"Index Name":             func(n *plan.Node) any { return n.Index },
	"CTE Name":               func(n *plan.Node) any { return n.CTE },
	"Function Name":          func(n *plan.Node) any { return n.Function },
	"Scan Direction":         func(n *plan.Node) any { return n.Direction },
	"Partial Mode":           func(n *plan.Node) any { return n.PartialMode },
	"Parallel Aware":         func(n *plan.Node) any { return n.ParallelAware },
	"Startup Cost":           func(n *plan.Node) any { return n.StartupCost },
	"Total Cost":             func(n *plan.Node) any { return n.TotalCost },
	"Plan Rows":              func(n *plan.Node) any { return n.PlanRows },
	"Plan Width":             func(n *plan.Node) any { return n.PlanWidth },
	"Actual Startup Time":    func(n *plan.Node) any { return n.ActualStartupMS },
	"Actual Total Time":      func(n *plan.Node) any { return n.ActualTotalMS },
	"Actual Rows":            func(n *plan.Node) any { return n.ActualRows },
	"Actual Loops":           func(n *plan.Node) any { return n.Loops },
	"Filter":                 func(n *plan.Node) any { return n.Filter },
	"Index Cond":             func(n *plan.Node) any { return n.IndexCond },
	"Recheck Cond":           func(n *plan.Node) any { return n.RecheckCond },
	"Hash Cond":              func(n *plan.Node) any { return n.HashCond },
	"Merge Cond":             func(n *plan.Node) any { return n.MergeCond },
	"Join Filter":            func(n *plan.Node) any { return n.JoinFilter },
	"Sort Method":            func(n *plan.Node) any { return n.SortMethod },
	"Sort Space Used":        func(n *plan.Node) any { return n.SortSpaceKB },
	"Hash Buckets":           func(n *plan.Node) any { return n.HashBuckets },
	"Original Hash Buckets":  func(n *plan.Node) any { return n.OriginalBuckets },
	"Hash Batches":           func(n *plan.Node) any { return n.HashBatches },
	"Original Hash Batches":  func(n *plan.Node) any { return n.OriginalBatches },
	"Peak Memory Usage":      func(n *plan.Node) any { return n.PeakMemoryKB },
	"Rows Removed by Filter": func(n *plan.Node) any { return n.RowsRemovedByFilter },
	"Heap Fetches":           func(n *plan.Node) any { return n.HeapFetches },
	"Exact Heap Blocks":      func(n *plan.Node) any { return n.ExactHeapBlocks },
	"Lossy Heap Blocks":      func(n *plan.Node) any { return n.LossyHeapBlocks },
	"Workers Planned":        func(n *plan.Node) any { return n.WorkersPlanned },
	"Workers Launched":       func(n *plan.Node) any { return n.WorkersLaunched },
	"Shared Hit Blocks":      func(n *plan.Node) any { return n.Buffers.SharedHit },
	"Shared Read Blocks":     func(n *plan.Node) any { return n.Buffers.SharedRead },
	"Shared Dirtied Blocks":  func(n *plan.Node) any { return n.Buffers.SharedDirtied },
	"Shared Written Blocks":  func(n *plan.Node) any { return n.Buffers.SharedWritten },
	"Local Hit Blocks":       func(n *plan.Node) any { return n.Buffers.LocalHit },
	"Temp Read Blocks":       func(n *plan.Node) any { return n.Buffers.TempRead },
	"Temp Written Blocks":    func(n *plan.Node) any { return n.Buffers.TempWritten },
	"I/O Read Time":          func(n *plan.Node) any { return n.Buffers.ReadMS },
	"I/O Write Time":         func(n *plan.Node) any { return n.Buffers.WriteMS },
	"WAL Records":            func(n *plan.Node) any { return n.WALRecords },
	"WAL Bytes":              func(n *plan.Node) any { return n.WALBytes },
	"Planned Partitions":     func(n *plan.Node) any { return n.PlannedPartitions },
	"Cache Key":              func(n *plan.Node) any { return n.CacheKey },
	"Cache Hits":             func(n *plan.Node) any { return n.CacheHits },
}

// compare holds a node against what pev2 expects of it: only the keys that the expectation has.
func compare(t *testing.T, path string, want map[string]any, got *plan.Node) (compared int) {
	t.Helper()
	compared = 1
	kind, _ := want["Node Type"].(string)
	path += "/" + kind
	if !strings.Contains(strings.ReplaceAll(got.Label(), " Join", ""), strings.ReplaceAll(kind, " Join", "")) && kind != got.Type && kind != "" {
		t.Errorf("%s: got a %s", path, got.Label())
	}
	for name, value := range want {
		read, ok := known[name]
		if !ok {
			continue
		}
		compared++
		if have := read(got); !same(value, have) {
			t.Errorf("%s: %s: got %v, want %v", path, name, have, value)
		}
	}
	plans, _ := want["Plans"].([]any)
	if len(plans) > 0 && len(plans) != len(got.Children) {
		t.Errorf("%s: %d children, want %d", path, len(got.Children), len(plans))
		return compared
	}
	for i, p := range plans {
		compared += compare(t, path, p.(map[string]any), got.Children[i])
	}
	return compared
}

func same(want, have any) bool {
	switch have := have.(type) {
	case float64:
		var f float64
		_, err := fmt.Sscan(fmt.Sprint(want), &f)
		return err == nil && f == have
	case bool:
		return fmt.Sprint(want) == fmt.Sprint(have)
	}
	text, _ := want.(string)
	return strings.ReplaceAll(text, `"`, "") == strings.ReplaceAll(have.(string), `"`, "")
}

// TestPev2Expectations reads the plans of which pev2 says what is in them.
func TestPev2Expectations(t *testing.T) {
	t.Parallel()
	root := pev2(t)
	files, err := filepath.Glob(filepath.Join(root, "*", "*-plan"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no plans in %s", root)
	}
	var compared atomic.Int64
	t.Cleanup(func() { t.Logf("%d plans, %d nodes and properties compared", len(files), compared.Load()) })
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			plans := parseFile(t, file)
			data, err := os.ReadFile(strings.TrimSuffix(file, "-plan") + "-expect")
			if err != nil {
				t.Fatal(err)
			}
			var top any
			if err := json.Unmarshal(data, &top); err != nil {
				t.Fatal(err)
			}
			if list, ok := top.([]any); ok {
				top = list[0]
			}
			compared.Add(int64(compare(t, "", top.(map[string]any)["Plan"].(map[string]any), plans[0].Root)))
		})
	}
}

// TestPev2Plans reads every other plan of pev2's: in files and inside its specs. None may be refused but those that
// pev2 refuses, too.
func TestPev2Plans(t *testing.T) {
	t.Parallel()
	root := pev2(t)
	files, err := filepath.Glob(filepath.Join(root, "*", "*.plan"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no plans in %s", root)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			for _, p := range parseFile(t, file) {
				checkSums(t, p)
			}
		})
	}
	specs, err := filepath.Glob(filepath.Join(root, "*.spec.ts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range specs {
		data, err := os.ReadFile(spec)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(string(data), "`") {
			// A plan with its root cut off, and one that is put together by code, are no output of EXPLAIN.
			if i%2 == 0 || !strings.Contains(part, "cost=") && !strings.Contains(part, "Node Type") || strings.Contains(part, "${") || strings.HasSuffix(strings.TrimSpace(part), "(actual") ||
				strings.HasPrefix(strings.TrimSpace(part), "->") || strings.HasSuffix(part, `,`) {
				continue
			}
			t.Run(fmt.Sprint(filepath.Base(spec), " ", i), func(t *testing.T) {
				t.Parallel()
				if _, err := plan.Parse(strings.ReplaceAll(part, `\\`, `\`)); err != nil {
					t.Errorf("%v in:\n%s", err, part)
				}
			})
		}
	}
}

func parseFile(t *testing.T, file string) []*plan.Plan {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := plan.Parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// checkSums holds the nodes' own times against the whole: they add up to it.
func checkSums(t *testing.T, p *plan.Plan) {
	t.Helper()
	if !p.HasTiming {
		return
	}
	sum := 0.0
	for _, n := range p.Nodes() {
		sum += n.SelfMS()
	}
	if total := p.Root.TotalMS(); sum < total*0.98-0.1 || sum > total*1.02+0.1 {
		t.Errorf("the nodes' own times add up to %.3f ms, the root took %.3f ms", sum, total)
	}
}
