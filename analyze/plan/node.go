package plan

import "math"

// Node is one node of a plan. Fields hold what EXPLAIN prints; the methods what follows from it.
type Node struct {
	ID       int // its place in Plan.Nodes
	Parent   *Node
	Children []*Node // in printed order: InitPlans, SubPlans and CTEs among them, see Relationship

	Type          string // as the JSON format has it: Seq Scan, Nested Loop, Aggregate, ModifyTable, …
	Relationship  string // Outer, Inner, InitPlan, SubPlan, Subquery, Member; "" for the root
	Subplan       string // the name of an InitPlan, SubPlan or CTE: "InitPlan 1 (returns $0)", "CTE recent"
	Strategy      string // Plain, Sorted, Hashed, Mixed of an Aggregate or SetOp
	PartialMode   string // Simple, Partial, Finalize of an Aggregate
	Operation     string // Insert, Update, Delete, Merge of a ModifyTable or Foreign Scan
	JoinType      string // Inner, Left, Full, Right, Semi, Anti, Right Anti, Right Semi
	ParallelAware bool
	InnerUnique   bool
	Disabled      bool // a node type that a setting forbids (PostgreSQL 18 says so)

	Schema, Relation, Alias string
	Index                   string
	Direction               string // Forward, Backward, NoMovement of an index scan
	CTE                     string // the CTE that a CTE Scan reads; the work table of a WorkTable Scan
	Function                string

	StartupCost, TotalCost float64
	PlanRows, PlanWidth    float64

	// Per loop, as averages over all loops and processes. HasActual is false where nothing was measured.
	HasActual       bool
	ActualStartupMS float64
	ActualTotalMS   float64
	ActualRows      float64
	Loops           float64 // how often it ran, in all processes; 0 means never executed

	IndexCond, RecheckCond, Filter           string
	JoinFilter, HashCond, MergeCond, TIDCond string
	OneTimeFilter, OrderBy, RunCondition     string
	RowsRemovedByFilter                      float64 // per loop, as are the next two
	RowsRemovedByJoinFilter                  float64
	RowsRemovedByRecheck                     float64
	HeapFetches                              float64 // in all loops
	ExactHeapBlocks, LossyHeapBlocks         float64
	IndexSearches                            float64 // PostgreSQL 18

	SortKey, PresortedKey, GroupKey []string
	SortMethod                      string // quicksort, top-N heapsort, external merge, external sort
	SortSpaceKB                     float64
	SortOnDisk                      bool
	HashBuckets, OriginalBuckets    float64
	HashBatches, OriginalBatches    float64 // of a Hash, or of a hashed Aggregate
	PlannedPartitions               float64
	PeakMemoryKB, DiskUsageKB       float64
	CacheKey                        string // of a Memoize, as are the next three
	CacheHits, CacheMisses          float64
	CacheEvictions                  float64
	WorkersPlanned, WorkersLaunched float64
	SubplansRemoved                 float64 // partitions removed at run time
	ConflictingTuples               float64
	WALRecords, WALBytes, WALFPI    float64
	Storage                         string // Memory or Disk of a Materialize, CTE Scan or WindowAgg (PostgreSQL 18)
	StorageKB                       float64

	Output  []string // of a VERBOSE plan
	Buffers Buffers  // with those of its children
	Workers []Worker

	// Other holds what the plan says and no field does, by its name in the JSON format.
	Other map[string]string

	selfMS      float64
	selfBuffers Buffers
	processes   float64
}

// Worker is what one parallel worker did in a node.
type Worker struct {
	Number                         int
	ActualStartupMS, ActualTotalMS float64
	Rows, Loops                    float64
}

// Rows is how many rows the node gave in all its loops and processes. Before PostgreSQL 18 EXPLAIN rounds the rows per
// loop, so that this is off by up to half a row per loop.
func (n *Node) Rows() float64 { return n.ActualRows * n.Loops }

// EstimatedRows is how many rows the planner expected in as many loops as really ran. Under a Gather the planner says
// rows per process, and so does this, times the processes.
func (n *Node) EstimatedRows() float64 { return n.PlanRows * n.Loops }

// Removed is how many rows filters, join filters and rechecks of the node dropped in all its loops.
func (n *Node) Removed() float64 {
	return (n.RowsRemovedByFilter + n.RowsRemovedByJoinFilter + n.RowsRemovedByRecheck) * n.Loops
}

// TotalMS is the wall-clock time that the node took with its children, in all its loops: time times loops, divided by
// the processes that shared the work.
func (n *Node) TotalMS() float64 { return n.ActualTotalMS * n.Loops / n.Processes() }

// Processes is how many processes ran the node side by side: 1 outside of a Gather.
func (n *Node) Processes() float64 { return math.Max(1, n.processes) }

// SelfMS is the wall-clock time that the node took itself. A CTE's time is charged to the CTE and not to its scans, an
// InitPlan's or SubPlan's not to the node that asked for it.
func (n *Node) SelfMS() float64 { return n.selfMS }

// SelfBuffers are the buffers that the node used itself. EXPLAIN counts buffers over all loops and processes, unlike time.
func (n *Node) SelfBuffers() Buffers { return n.selfBuffers }

// Executed tells whether the node ran at all.
func (n *Node) Executed() bool { return n.HasActual && n.Loops > 0 }

// Outer returns the child that drives the node, or nil: the outer side of a join, the input of anything else.
func (n *Node) Outer() *Node { return n.child("Outer") }

// Inner returns the inner side of a join, or nil.
func (n *Node) Inner() *Node { return n.child("Inner") }

func (n *Node) child(relationship string) *Node {
	for _, c := range n.Children {
		if c.Relationship == relationship {
			return c
		}
	}
	return nil
}

// Inputs are the children whose rows flow into the node: not InitPlans, SubPlans and CTEs.
func (n *Node) Inputs() []*Node {
	var inputs []*Node
	for _, c := range n.Children {
		if c.Relationship != "InitPlan" && c.Relationship != "SubPlan" {
			inputs = append(inputs, c)
		}
	}
	return inputs
}

// Walk calls visit for the node and everything below it, parents first. Where visit returns false, it goes no deeper.
func (n *Node) Walk(visit func(*Node) bool) {
	if !visit(n) {
		return
	}
	for _, c := range n.Children {
		c.Walk(visit)
	}
}

// Ancestor returns the nearest node above n for which match is true, or nil.
func (n *Node) Ancestor(match func(*Node) bool) *Node {
	for p := n.Parent; p != nil; p = p.Parent {
		if match(p) {
			return p
		}
	}
	return nil
}

// Expressions returns every expression that the node evaluates, named as EXPLAIN names them, in a fixed order.
func (n *Node) Expressions() []Expression {
	var all []Expression
	for _, e := range []Expression{
		{"Index Cond", n.IndexCond},
		{"Recheck Cond", n.RecheckCond},
		{"TID Cond", n.TIDCond},
		{"Order By", n.OrderBy},
		{"Hash Cond", n.HashCond},
		{"Merge Cond", n.MergeCond},
		{"Join Filter", n.JoinFilter},
		{"One-Time Filter", n.OneTimeFilter},
		{"Filter", n.Filter},
		{"Run Condition", n.RunCondition},
		{"Cache Key", n.CacheKey},
	} {
		if e.Text != "" {
			all = append(all, e)
		}
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"Sort Key", n.SortKey}, {"Group Key", n.GroupKey}, {"Output", n.Output}} {
		for _, text := range list.items {
			all = append(all, Expression{list.name, text})
		}
	}
	return all
}

// Expression is a condition or key of a node, deparsed by the server.
type Expression struct {
	Name string // Filter, Index Cond, …
	Text string
}

// RootAlias takes off the number that the planner gives to the aliases of partitions: readings_1 is one of readings.
func RootAlias(alias string) string {
	i := len(alias)
	for i > 0 && alias[i-1] >= '0' && alias[i-1] <= '9' {
		i--
	}
	if i > 1 && i < len(alias) && alias[i-1] == '_' {
		return alias[:i-1]
	}
	return alias
}
