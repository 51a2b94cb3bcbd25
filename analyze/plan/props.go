package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// props is one object of a plan: every reader turns its format into these, named as the JSON format names them.
type props map[string]any

func (o props) has(name string) bool { _, ok := o[name]; return ok }

func (o props) text(name string) string {
	switch v := o[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case []any: // the text format has some conditions as lists
		return strings.Join(texts(v), ", ")
	default:
		return fmt.Sprint(v)
	}
}

func (o props) number(name string) float64 {
	switch v := o[name].(type) {
	case json.Number:
		f, _ := v.Float64()
		return f
	case float64:
		return v
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case int:
		return float64(v)
	case string:
		f, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f
	}
	return 0
}

func (o props) boolean(name string) bool {
	switch v := o[name].(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}

func (o props) list(name string) []any {
	switch v := o[name].(type) {
	case []any:
		return v
	case nil:
		return nil
	default:
		return []any{v}
	}
}

func texts(list []any) []string {
	var all []string
	for _, item := range list {
		if s, ok := item.(string); ok {
			all = append(all, s)
		} else if item != nil {
			all = append(all, fmt.Sprint(item))
		}
	}
	return all
}

// known are the names that node reads; all others go to Node.Other.
var known = []string{
	"Plans", "Node Type", "Parent Relationship", "Subplan Name", "Strategy", "Partial Mode", "Operation", "Join Type",
	"Parallel Aware", "Async Capable", "Inner Unique", "Disabled", "Schema", "Relation Name", "Alias", "Index Name",
	"Scan Direction", "CTE Name", "Function Name", "Table Function Name", "Startup Cost", "Total Cost", "Plan Rows", "Plan Width",
	"Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops", "Index Cond", "Recheck Cond", "Filter",
	"Join Filter", "Hash Cond", "Merge Cond", "TID Cond", "One-Time Filter", "Order By", "Run Condition",
	"Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck", "Heap Fetches",
	"Exact Heap Blocks", "Lossy Heap Blocks", "Index Searches", "Sort Key", "Presorted Key", "Group Key", "Sort Method",
	"Sort Space Used", "Sort Space Type", "Full-sort Groups", "Pre-sorted Groups", "Hash Buckets", "Original Hash Buckets",
	"Hash Batches", "Original Hash Batches", "HashAgg Batches", "Planned Partitions", "Peak Memory Usage", "Disk Usage",
	"Cache Key", "Cache Hits", "Cache Misses", "Cache Evictions", "Workers Planned", "Workers Launched", "Subplans Removed",
	"Conflicting Tuples", "WAL Records", "WAL Bytes", "WAL FPI", "Storage", "Maximum Storage", "Output", "Workers",
}

// node reads one node and those below it.
func node(tree map[string]any) *Node {
	o := props(tree)
	n := &Node{
		Type: o.text("Node Type"), Relationship: o.text("Parent Relationship"), Subplan: o.text("Subplan Name"),
		Strategy: o.text("Strategy"), PartialMode: o.text("Partial Mode"), Operation: o.text("Operation"), JoinType: o.text("Join Type"),
		ParallelAware: o.boolean("Parallel Aware"), InnerUnique: o.boolean("Inner Unique"), Disabled: o.boolean("Disabled"),
		Schema: o.text("Schema"), Relation: o.text("Relation Name"), Alias: o.text("Alias"), Index: o.text("Index Name"),
		Direction: o.text("Scan Direction"), CTE: o.text("CTE Name"), Function: o.text("Function Name"),
		StartupCost: o.number("Startup Cost"), TotalCost: o.number("Total Cost"),
		PlanRows: o.number("Plan Rows"), PlanWidth: o.number("Plan Width"),
		HasActual: o.has("Actual Loops") || o.has("Actual Rows"), ActualStartupMS: o.number("Actual Startup Time"),
		ActualTotalMS: o.number("Actual Total Time"), ActualRows: o.number("Actual Rows"), Loops: o.number("Actual Loops"),
		IndexCond: o.text("Index Cond"), RecheckCond: o.text("Recheck Cond"), Filter: o.text("Filter"),
		JoinFilter: o.text("Join Filter"), HashCond: o.text("Hash Cond"), MergeCond: o.text("Merge Cond"), TIDCond: o.text("TID Cond"),
		OneTimeFilter: o.text("One-Time Filter"), OrderBy: o.text("Order By"), RunCondition: o.text("Run Condition"),
		RowsRemovedByFilter: o.number("Rows Removed by Filter"), RowsRemovedByJoinFilter: o.number("Rows Removed by Join Filter"),
		RowsRemovedByRecheck: o.number("Rows Removed by Index Recheck"), HeapFetches: o.number("Heap Fetches"),
		ExactHeapBlocks: o.number("Exact Heap Blocks"), LossyHeapBlocks: o.number("Lossy Heap Blocks"),
		IndexSearches: o.number("Index Searches"),
		SortKey:       texts(o.list("Sort Key")), PresortedKey: texts(o.list("Presorted Key")), GroupKey: texts(o.list("Group Key")),
		SortMethod: o.text("Sort Method"), SortSpaceKB: o.number("Sort Space Used"), SortOnDisk: o.text("Sort Space Type") == "Disk",
		HashBuckets: o.number("Hash Buckets"), OriginalBuckets: o.number("Original Hash Buckets"),
		HashBatches: o.number("Hash Batches"), OriginalBatches: o.number("Original Hash Batches"),
		PlannedPartitions: o.number("Planned Partitions"), PeakMemoryKB: o.number("Peak Memory Usage"), DiskUsageKB: o.number("Disk Usage"),
		CacheKey: o.text("Cache Key"), CacheHits: o.number("Cache Hits"), CacheMisses: o.number("Cache Misses"),
		CacheEvictions: o.number("Cache Evictions"),
		WorkersPlanned: o.number("Workers Planned"), WorkersLaunched: o.number("Workers Launched"),
		SubplansRemoved: o.number("Subplans Removed"), ConflictingTuples: o.number("Conflicting Tuples"),
		WALRecords: o.number("WAL Records"), WALBytes: o.number("WAL Bytes"), WALFPI: o.number("WAL FPI"),
		Storage: o.text("Storage"), StorageKB: o.number("Maximum Storage"),
		Output: texts(o.list("Output")), Buffers: buffers(o),
	}
	if o.has("HashAgg Batches") {
		n.HashBatches = o.number("HashAgg Batches")
	}
	if n.Function == "" {
		n.Function = o.text("Table Function Name")
	}
	incrementalSort(n, o)
	for _, item := range o.list("Workers") {
		if w, ok := item.(map[string]any); ok {
			readWorker(n, props(w))
		}
	}
	for name, value := range tree {
		if !slices.Contains(known, name) && !isBuffer(name) && value != nil {
			if n.Other == nil {
				n.Other = map[string]string{}
			}
			n.Other[name] = o.text(name)
		}
	}
	for _, item := range o.list("Plans") {
		if child, ok := item.(map[string]any); ok {
			n.Children = append(n.Children, node(child))
		}
	}
	return n
}

// readWorker reads what one parallel worker did. A sort or hash in workers says its memory there only.
func readWorker(n *Node, w props) {
	n.Workers = append(n.Workers, Worker{
		Number: int(w.number("Worker Number")), ActualStartupMS: w.number("Actual Startup Time"),
		ActualTotalMS: w.number("Actual Total Time"), Rows: w.number("Actual Rows"), Loops: w.number("Actual Loops"),
	})
	if space := w.number("Sort Space Used"); space > 0 {
		n.SortSpaceKB += space
		if onDisk := w.text("Sort Space Type") == "Disk"; onDisk && !n.SortOnDisk || n.SortMethod == "" {
			n.SortOnDisk, n.SortMethod = onDisk, w.text("Sort Method")
		}
	}
	n.DiskUsageKB += w.number("Disk Usage")
	n.HashBatches = max(n.HashBatches, w.number("HashAgg Batches"))
	n.PeakMemoryKB = max(n.PeakMemoryKB, w.number("Peak Memory Usage"))
}

// incrementalSort fills the sort fields from the groups that an Incremental Sort reports.
func incrementalSort(n *Node, o props) {
	for _, name := range []string{"Full-sort Groups", "Pre-sorted Groups"} {
		groups, ok := o[name].(map[string]any)
		if !ok {
			continue
		}
		for _, method := range texts(props(groups).list("Sort Methods Used")) {
			if n.SortMethod == "" || strings.HasPrefix(method, "external") {
				n.SortMethod = method
			}
		}
		for _, kind := range []string{"Memory", "Disk"} {
			if space, ok := groups["Sort Space "+kind].(map[string]any); ok {
				n.SortSpaceKB = max(n.SortSpaceKB, props(space).number("Peak Sort Space Used"))
				n.SortOnDisk = n.SortOnDisk || kind == "Disk"
			}
		}
	}
}

func isBuffer(name string) bool {
	return strings.HasSuffix(name, " Blocks") || strings.HasPrefix(name, "I/O ") || strings.Contains(name, " I/O ")
}

func buffers(o props) Buffers {
	return Buffers{
		SharedHit: o.number("Shared Hit Blocks"), SharedRead: o.number("Shared Read Blocks"),
		SharedDirtied: o.number("Shared Dirtied Blocks"), SharedWritten: o.number("Shared Written Blocks"),
		LocalHit: o.number("Local Hit Blocks"), LocalRead: o.number("Local Read Blocks"),
		LocalDirtied: o.number("Local Dirtied Blocks"), LocalWritten: o.number("Local Written Blocks"),
		TempRead: o.number("Temp Read Blocks"), TempWritten: o.number("Temp Written Blocks"),
		// One pair up to PostgreSQL 16, one for shared and one for local buffers since.
		ReadMS:     o.number("I/O Read Time") + o.number("Shared I/O Read Time") + o.number("Local I/O Read Time"),
		WriteMS:    o.number("I/O Write Time") + o.number("Shared I/O Write Time") + o.number("Local I/O Write Time"),
		TempReadMS: o.number("Temp I/O Read Time"), TempWriteMS: o.number("Temp I/O Write Time"),
	}
}
