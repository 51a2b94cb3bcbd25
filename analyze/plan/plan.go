// Package plan models what EXPLAIN says: one tree of nodes whatever the format (JSON, text, YAML, XML) and the version of
// PostgreSQL (12 to 18), with the time and the buffers that each node spent itself.
//
// Durations inside nodes are milliseconds as PostgreSQL prints them, sizes are pages of 8 KiB. A number that the plan
// does not say is zero; Analyzed, HasTiming and HasBuffers tell a zero from an unknown.
package plan

import "slices"

import "strings"

// PageBytes is the size of a page (block) in PostgreSQL as it is built by default.
const PageBytes = 8192

// Plan is the plan of one statement.
type Plan struct {
	Root      *Node
	QueryText string // auto_explain says it; EXPLAIN does not

	Analyzed   bool // the statement was executed: actual rows and loops are known
	HasTiming  bool // and its nodes were timed
	HasBuffers bool

	PlanningMS      float64
	ExecutionMS     float64 // without planning; 0 if not analyzed
	Planning        Buffers // buffers used while planning
	Triggers        []Trigger
	JIT             JIT
	Settings        map[string]string // settings that differ from the defaults, if EXPLAIN was asked for them
	QueryIdentifier string

	nodes []*Node
}

// Nodes returns every node, parents before children, in the order in which EXPLAIN prints them.
func (p *Plan) Nodes() []*Node { return p.nodes }

// TotalMS is the time that the statement took on the server, planning left out: the execution time, or the root's time
// where that is all that is known, as in a plan of auto_explain.
func (p *Plan) TotalMS() float64 {
	if p.ExecutionMS > 0 {
		return p.ExecutionMS
	}
	if p.Root == nil {
		return 0
	}
	return p.Root.TotalMS()
}

// Pages is the number of pages that the execution touched, in shared buffers and of temporary tables.
func (p *Plan) Pages() float64 {
	if p.Root == nil {
		return 0
	}
	return p.Root.Buffers.Pages()
}

// Trigger is one trigger's share of a data-changing statement.
type Trigger struct {
	Name       string
	Constraint string // the constraint whose trigger it is, or ""
	Relation   string
	TimeMS     float64
	Calls      float64
}

// JIT is what just-in-time compilation cost.
type JIT struct {
	Functions                                                     int
	GenerationMS, InliningMS, OptimizationMS, EmissionMS, TotalMS float64
}

// Buffers counts pages by what was done with them, and the time spent on it.
type Buffers struct {
	SharedHit, SharedRead, SharedDirtied, SharedWritten float64
	LocalHit, LocalRead, LocalDirtied, LocalWritten     float64
	TempRead, TempWritten                               float64
	ReadMS, WriteMS                                     float64 // with track_io_timing
	TempReadMS, TempWriteMS                             float64
}

// Pages is how many pages of tables and indexes were touched, whether or not they were cached.
func (b Buffers) Pages() float64 { return b.SharedHit + b.SharedRead + b.LocalHit + b.LocalRead }

// Temp is how many pages of temporary files were read and written.
func (b Buffers) Temp() float64 { return b.TempRead + b.TempWritten }

// minus subtracts and never goes below zero: counts of children are included in their parent's, rounding apart.
func (b Buffers) minus(c Buffers) Buffers {
	sub := func(x, y float64) float64 { return max(0, x-y) }
	return Buffers{
		sub(b.SharedHit, c.SharedHit), sub(b.SharedRead, c.SharedRead), sub(b.SharedDirtied, c.SharedDirtied), sub(b.SharedWritten, c.SharedWritten),
		sub(b.LocalHit, c.LocalHit), sub(b.LocalRead, c.LocalRead), sub(b.LocalDirtied, c.LocalDirtied), sub(b.LocalWritten, c.LocalWritten),
		sub(b.TempRead, c.TempRead), sub(b.TempWritten, c.TempWritten),
		sub(b.ReadMS, c.ReadMS), sub(b.WriteMS, c.WriteMS), sub(b.TempReadMS, c.TempReadMS), sub(b.TempWriteMS, c.TempWriteMS),
	}
}

// times scales every count; it shares a CTE's buffers out over its scans.
func (b Buffers) times(f float64) Buffers {
	return Buffers{
		b.SharedHit * f, b.SharedRead * f, b.SharedDirtied * f, b.SharedWritten * f,
		b.LocalHit * f, b.LocalRead * f, b.LocalDirtied * f, b.LocalWritten * f,
		b.TempRead * f, b.TempWritten * f,
		b.ReadMS * f, b.WriteMS * f, b.TempReadMS * f, b.TempWriteMS * f,
	}
}

// QualifiedRelation is schema and relation as the plan names them, not quoted; "" if the node reads no relation. The
// schema is there only in VERBOSE plans.
func (n *Node) QualifiedRelation() string {
	if n.Schema == "" || n.Relation == "" {
		return n.Relation
	}
	return n.Schema + "." + n.Relation
}

// Is tells whether the node's type is one of types, whatever its parallel, partial or strategy prefix.
func (n *Node) Is(types ...string) bool {
	return slices.Contains(types, n.Type)
}

// IsScan tells whether the node reads a table's rows itself; a Bitmap Index Scan reads none.
func (n *Node) IsScan() bool {
	return n.Is("Seq Scan", "Sample Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan", "Foreign Scan")
}

// IsJoin tells whether the node joins two inputs.
func (n *Node) IsJoin() bool { return n.Is("Nested Loop", "Hash Join", "Merge Join") }

// Label names the node for people: "Seq Scan on public.posts p", "Index Scan using posts_pkey on public.posts".
func (n *Node) Label() string {
	var s strings.Builder
	if n.ParallelAware {
		s.WriteString("Parallel ")
	}
	switch {
	case n.Type == "Aggregate" && n.Strategy == "Hashed":
		s.WriteString("HashAggregate")
	case n.Type == "Aggregate" && n.Strategy == "Sorted":
		s.WriteString("GroupAggregate")
	case n.Type == "Aggregate" && n.Strategy == "Mixed":
		s.WriteString("MixedAggregate")
	case n.Type == "ModifyTable" && n.Operation != "":
		s.WriteString(n.Operation)
	case n.IsJoin() && n.JoinType != "" && n.JoinType != "Inner":
		s.WriteString(strings.TrimSuffix(n.Type, " Join") + " " + n.JoinType)
		if n.Type != "Nested Loop" || !strings.HasSuffix(n.JoinType, "Join") {
			s.WriteString(" Join")
		}
	default:
		s.WriteString(n.Type)
	}
	if n.Index != "" {
		if n.Type == "Bitmap Index Scan" {
			s.WriteString(" on " + n.Index)
		} else {
			s.WriteString(" using " + n.Index)
		}
	}
	for _, name := range []string{n.QualifiedRelation(), n.CTE, n.Function} {
		if name != "" {
			s.WriteString(" on " + name)
			break
		}
	}
	if n.Alias != "" && n.Alias != n.Relation && n.Alias != n.CTE && n.Alias != n.Function {
		s.WriteString(" " + n.Alias)
	}
	return s.String()
}
