package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Rewrite changes what a plan says when it is written. A nil function changes nothing.
type Rewrite struct {
	Expression func(string) string // conditions, keys, output and whatever else may hold a literal
	Name       func(string) string // relations, aliases, indexes, functions, CTEs, triggers
}

// JSON writes the plan as EXPLAIN (FORMAT JSON) does, so that other programs can read it and ParseJSON reads the same plan
// back. The statement's text and its settings are left out.
func (p *Plan) JSON(r Rewrite) ([]byte, error) {
	if r.Expression == nil {
		r.Expression = func(s string) string { return s }
	}
	if r.Name == nil {
		r.Name = func(s string) string { return s }
	}
	top := object{}
	if p.Root != nil {
		top["Plan"] = p.Root.object(r)
	}
	top.number("Planning Time", p.PlanningMS)
	top.number("Execution Time", p.ExecutionMS)
	if planning := (object{}); p.Planning != (Buffers{}) {
		planning.buffers(p.Planning)
		top["Planning"] = planning
	}
	var triggers []object
	for _, t := range p.Triggers {
		trigger := object{"Time": t.TimeMS, "Calls": t.Calls}
		trigger.text("Trigger Name", r.Name(t.Name))
		trigger.text("Constraint Name", r.Name(t.Constraint))
		trigger.text("Relation", r.Name(t.Relation))
		triggers = append(triggers, trigger)
	}
	if len(triggers) > 0 {
		top["Triggers"] = triggers
	}
	if j := p.JIT; j != (JIT{}) {
		top["JIT"] = object{"Functions": j.Functions, "Timing": object{
			"Generation": j.GenerationMS, "Inlining": j.InliningMS, "Optimization": j.OptimizationMS, "Emission": j.EmissionMS, "Total": j.TotalMS,
		}}
	}
	data, err := json.Marshal([]object{top})
	if err != nil {
		return nil, fmt.Errorf("write plan: %w", err)
	}
	return data, nil
}

// object is one object of the JSON. Its methods leave out what is zero.
type object map[string]any

func (o object) text(name, value string) {
	if value != "" {
		o[name] = value
	}
}

func (o object) number(name string, value float64) {
	if value != 0 {
		o[name] = value
	}
}

func (o object) truth(name string, value bool) {
	if value {
		o[name] = true
	}
}

func (o object) list(name string, items []string, each func(string) string) {
	if len(items) == 0 {
		return
	}
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = each(item)
	}
	o[name] = list
}

func (n *Node) object(r Rewrite) object {
	o := object{"Node Type": n.Type, "Startup Cost": n.StartupCost, "Total Cost": n.TotalCost, "Plan Rows": n.PlanRows, "Plan Width": n.PlanWidth}
	for name, value := range map[string]string{
		"Parent Relationship": n.Relationship, "Strategy": n.Strategy, "Partial Mode": n.PartialMode, "Operation": n.Operation, "Join Type": n.JoinType,
		"Scan Direction": n.Direction, "Sort Method": n.SortMethod, "Storage": n.Storage,
	} {
		o.text(name, value)
	}
	for name, value := range map[string]string{
		"Schema": n.Schema, "Relation Name": n.Relation, "Alias": n.Alias, "Index Name": n.Index, "CTE Name": n.CTE, "Function Name": n.Function,
	} {
		if value != "" {
			o.text(name, r.Name(value))
		}
	}
	if n.Subplan != "" {
		o.text("Subplan Name", r.Expression(n.Subplan))
	}
	o.truth("Parallel Aware", n.ParallelAware)
	o.truth("Inner Unique", n.InnerUnique)
	o.truth("Disabled", n.Disabled)
	n.writeExpressions(o, r)
	n.writeNumbers(o)
	o.buffers(n.Buffers)
	for name, value := range n.Other {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			value = r.Expression(value)
		}
		if _, taken := o[name]; !taken {
			o.text(name, value)
		}
	}
	var children []object
	for _, c := range n.Children {
		children = append(children, c.object(r))
	}
	if len(children) > 0 {
		o["Plans"] = children
	}
	return o
}

func (n *Node) writeExpressions(o object, r Rewrite) {
	for name, value := range map[string]string{
		"Index Cond": n.IndexCond, "Recheck Cond": n.RecheckCond, "Filter": n.Filter, "Join Filter": n.JoinFilter, "Hash Cond": n.HashCond, "Merge Cond": n.MergeCond,
		"TID Cond": n.TIDCond, "One-Time Filter": n.OneTimeFilter, "Order By": n.OrderBy, "Run Condition": n.RunCondition, "Cache Key": n.CacheKey,
	} {
		if value != "" {
			o.text(name, r.Expression(value))
		}
	}
	o.list("Sort Key", n.SortKey, r.Expression)
	o.list("Presorted Key", n.PresortedKey, r.Expression)
	o.list("Group Key", n.GroupKey, r.Expression)
	o.list("Output", n.Output, r.Expression)
}

func (n *Node) writeNumbers(o object) {
	if n.HasActual {
		o["Actual Startup Time"], o["Actual Total Time"], o["Actual Rows"], o["Actual Loops"] = n.ActualStartupMS, n.ActualTotalMS, n.ActualRows, n.Loops
	}
	for name, value := range map[string]float64{
		"Rows Removed by Filter": n.RowsRemovedByFilter, "Rows Removed by Join Filter": n.RowsRemovedByJoinFilter, "Rows Removed by Index Recheck": n.RowsRemovedByRecheck,
		"Heap Fetches": n.HeapFetches, "Exact Heap Blocks": n.ExactHeapBlocks, "Lossy Heap Blocks": n.LossyHeapBlocks, "Index Searches": n.IndexSearches,
		"Sort Space Used": n.SortSpaceKB, "Hash Buckets": n.HashBuckets, "Original Hash Buckets": n.OriginalBuckets, "Hash Batches": n.HashBatches,
		"Original Hash Batches": n.OriginalBatches, "Planned Partitions": n.PlannedPartitions, "Peak Memory Usage": n.PeakMemoryKB, "Disk Usage": n.DiskUsageKB,
		"Cache Hits": n.CacheHits, "Cache Misses": n.CacheMisses, "Cache Evictions": n.CacheEvictions, "Workers Planned": n.WorkersPlanned,
		"Workers Launched": n.WorkersLaunched, "Subplans Removed": n.SubplansRemoved, "Conflicting Tuples": n.ConflictingTuples,
		"WAL Records": n.WALRecords, "WAL Bytes": n.WALBytes, "WAL FPI": n.WALFPI, "Maximum Storage": n.StorageKB,
	} {
		o.number(name, value)
	}
	if n.SortSpaceKB > 0 {
		o["Sort Space Type"] = "Memory"
		if n.SortOnDisk {
			o["Sort Space Type"] = "Disk"
		}
	}
	var workers []object
	for _, w := range n.Workers {
		workers = append(workers, object{
			"Worker Number": w.Number, "Actual Startup Time": w.ActualStartupMS, "Actual Total Time": w.ActualTotalMS, "Actual Rows": w.Rows, "Actual Loops": w.Loops,
		})
	}
	if len(workers) > 0 {
		o["Workers"] = workers
	}
}

func (o object) buffers(b Buffers) {
	for name, value := range map[string]float64{
		"Shared Hit Blocks": b.SharedHit, "Shared Read Blocks": b.SharedRead, "Shared Dirtied Blocks": b.SharedDirtied, "Shared Written Blocks": b.SharedWritten,
		"Local Hit Blocks": b.LocalHit, "Local Read Blocks": b.LocalRead, "Local Dirtied Blocks": b.LocalDirtied, "Local Written Blocks": b.LocalWritten,
		"Temp Read Blocks": b.TempRead, "Temp Written Blocks": b.TempWritten, "I/O Read Time": b.ReadMS, "I/O Write Time": b.WriteMS,
		"Temp I/O Read Time": b.TempReadMS, "Temp I/O Write Time": b.TempWriteMS,
	} {
		o.number(name, value)
	}
}
