package plan

import (
	"regexp"
	"strconv"
	"strings"
)

// detail reads a line below a node.
func (r *textReader) detail(line string) {
	column := indentation(line) - r.base
	if m := trigger.FindStringSubmatch(line); m != nil {
		triggers, _ := r.plan["Triggers"].([]any)
		r.plan["Triggers"] = append(triggers, triggerProps(m[1], m[2], m[3]))
		r.in = ""
		return
	}
	if m := section.FindStringSubmatch(line); m != nil && column <= 0 {
		r.in = m[2]
		r.plan[m[2]] = map[string]any{}
		return
	}
	if m := subplanOf.FindStringSubmatch(line); m != nil {
		owner := r.owner(column)
		r.subplan = &heading{column: column, name: strings.TrimSpace(m[2]), owner: owner}
		return
	}
	if m := worker.FindStringSubmatch(line); m != nil {
		r.worker(column, m[2], m[3])
		return
	}
	m := property.FindStringSubmatch(line)
	if m == nil {
		return
	}
	name, value := m[2], strings.TrimSpace(m[3])
	switch {
	case r.in == "Planning" && column > 0:
		set(r.plan["Planning"].(map[string]any), name, value)
		return
	case r.in == "JIT" && column > 0:
		jitLine(r.plan["JIT"].(map[string]any), name, value)
		return
	}
	r.in = ""
	if column <= 0 && len(r.stack) > 0 {
		switch name {
		case "Settings":
			r.plan["Settings"] = settingsProps(value)
			return
		case "Query Identifier":
			r.plan["Query Identifier"] = value
			return
		case "Serialization", "Memory":
			r.inside = map[string]any{} // the buffers that follow are not the root's
			r.in = "Planning"
			r.plan["Serialization"] = value
			return
		}
	}
	// A worker's own lines stand deeper than "Worker 0:".
	if r.inside != nil {
		if at, ok := r.inside["column"].(int); ok && column > at {
			set(r.inside, name, value)
			return
		}
		r.inside = nil
	}
	set(r.owner(column), name, value)
}

func (r *textReader) worker(column int, number, rest string) {
	owner := r.owner(column)
	w := map[string]any{"Worker Number": number, "column": column}
	list, _ := owner["Workers"].([]any)
	for _, known := range list { // one worker may have several lines
		if known := known.(map[string]any); known["Worker Number"] == number {
			w = known
		}
	}
	if len(list) == 0 || list[len(list)-1].(map[string]any)["Worker Number"] != number {
		owner["Workers"] = append(list, w)
	}
	r.inside = w
	if m := workerActual.FindStringSubmatch(rest); m != nil {
		if m[1] != "" {
			w["Actual Startup Time"], w["Actual Total Time"] = m[1], m[2]
		}
		w["Actual Rows"], w["Actual Loops"] = m[3], m[4]
		return
	}
	if m := property.FindStringSubmatch(rest); m != nil {
		set(w, m[2], strings.TrimSpace(m[3]))
	}
}

var workerActual = regexp.MustCompile(`actual (?:time=(\d+\.\d+)\.\.(\d+\.\d+) )?rows=(\d+(?:\.\d+)?) loops=(\d+)`)

func triggerProps(text, milliseconds, calls string) map[string]any {
	o := map[string]any{"Time": milliseconds, "Calls": calls}
	text, o["Relation"], _ = cutLast(text, " on ")
	if name, ok := strings.CutPrefix(text, "for constraint "); ok {
		o["Constraint Name"] = name
		return o
	}
	// Since PostgreSQL 9 VERBOSE has both: "name for constraint constraint".
	name, constraint, _ := strings.Cut(text, " for constraint ")
	o["Trigger Name"], o["Constraint Name"] = name, constraint
	return o
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// settingsProps reads "work_mem = '1MB', enable_seqscan = 'off'".
func settingsProps(value string) map[string]any {
	o := map[string]any{}
	for _, m := range setting.FindAllStringSubmatch(value, -1) {
		o[m[1]] = strings.ReplaceAll(m[2], "''", "'")
	}
	return o
}

var setting = regexp.MustCompile(`([A-Za-z_][\w.]*) = '((?:[^']|'')*)'`)

func jitLine(jit map[string]any, name, value string) {
	switch name {
	case "Functions":
		jit["Functions"] = value
	case "Timing":
		timing := map[string]any{}
		for _, m := range jitTime.FindAllStringSubmatch(value, -1) {
			timing[m[1]] = m[2]
		}
		jit["Timing"] = timing
	}
}

var (
	jitTime   = regexp.MustCompile(`(Generation|Inlining|Optimization|Emission|Total) (\d+\.\d+) ms`)
	pair      = regexp.MustCompile(`(\w+)=(\d+(?:\.\d+)?)`)
	sortLine  = regexp.MustCompile(`^(.+?)  (?:(?:Average )?(Memory|Disk): (\d+)kB)(?:  Peak (?:Memory|Disk): (\d+)kB)?`)
	hashLine  = regexp.MustCompile(`^(\d+)(?: \(originally (\d+)\))?  Batches: (\d+)(?: \(originally (\d+)\))?  Memory Usage: (\d+)kB`)
	aggLine   = regexp.MustCompile(`(Planned Partitions|Batches|Memory Usage|Disk Usage|Hits|Misses|Evictions|Overflows|Maximum Storage): (\d+)`)
	groupLine = regexp.MustCompile(`^(\d+)  Sort Methods?: (.+?)  (?:Average (Memory|Disk): \d+kB  Peak (?:Memory|Disk): (\d+)kB)`)
)

// set files one "Name: value" line under the names that the JSON format has.
func set(o map[string]any, name, value string) {
	switch name {
	case "Output", "Sort Key", "Presorted Key":
		o[name] = splitList(value)
	case "Group Key": // of grouping sets one line each; the JSON format has those under another name
		if _, known := o[name]; !known && value != "()" {
			o[name] = splitList(value)
		}
	case "Buffers":
		bufferLine(o, value)
	case "I/O Timings":
		ioLine(o, value)
	case "WAL":
		for _, m := range pair.FindAllStringSubmatch(value, -1) {
			switch m[1] {
			case "records":
				o["WAL Records"] = m[2]
			case "bytes":
				o["WAL Bytes"] = m[2]
			case "fpi":
				o["WAL FPI"] = m[2]
			}
		}
	case "Heap Blocks":
		for _, m := range pair.FindAllStringSubmatch(value, -1) {
			o[map[string]string{"exact": "Exact Heap Blocks", "lossy": "Lossy Heap Blocks"}[m[1]]] = m[2]
		}
	case "Sort Method":
		o["Sort Method"] = value
		if m := sortLine.FindStringSubmatch(value); m != nil {
			o["Sort Method"], o["Sort Space Type"], o["Sort Space Used"] = strings.TrimSpace(m[1]), m[2], m[3]
		}
	case "Buckets":
		if m := hashLine.FindStringSubmatch(value); m != nil {
			o["Hash Buckets"], o["Hash Batches"], o["Peak Memory Usage"] = m[1], m[3], m[5]
			o["Original Hash Buckets"], o["Original Hash Batches"] = orElse(m[2], m[1]), orElse(m[4], m[3])
		}
	case "Full-sort Groups", "Pre-sorted Groups":
		if m := groupLine.FindStringSubmatch(value); m != nil {
			o[name] = map[string]any{
				"Group Count": m[1], "Sort Methods Used": []any{m[2]},
				"Sort Space " + m[3]: map[string]any{"Peak Sort Space Used": m[4]},
			}
		}
	case "Planned Partitions", "Batches", "Hits", "Memory Usage", "Disk Usage":
		for _, m := range aggLine.FindAllStringSubmatch(name+": "+value, -1) {
			o[map[string]string{
				"Planned Partitions": "Planned Partitions", "Batches": "HashAgg Batches", "Memory Usage": "Peak Memory Usage",
				"Disk Usage": "Disk Usage", "Hits": "Cache Hits", "Misses": "Cache Misses", "Evictions": "Cache Evictions", "Overflows": "Cache Overflows",
			}[m[1]]] = m[2]
		}
	case "Storage":
		o["Storage"], _, _ = strings.Cut(value, "  ")
		if m := aggLine.FindStringSubmatch(value); m != nil {
			o["Maximum Storage"] = m[2]
		}
	default:
		o[name] = value
	}
}

func orElse(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// bufferLine reads "shared hit=1 read=2, temp read=3 written=4".
func bufferLine(o map[string]any, value string) {
	for part := range strings.SplitSeq(value, ",") {
		kind, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
		if kind == "" {
			continue
		}
		for _, m := range pair.FindAllStringSubmatch(rest, -1) {
			o[capital(kind)+" "+capital(m[1])+" Blocks"] = m[2]
		}
	}
}

// ioLine reads "read=1.0 write=2.0" of PostgreSQL 14 and before, and "shared read=1.0, temp write=2.0" since.
func ioLine(o map[string]any, value string) {
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		scope := ""
		if kind, rest, ok := strings.Cut(part, " "); ok && !strings.Contains(kind, "=") {
			part = rest
			if kind == "temp" {
				scope = "Temp "
			}
		}
		for _, m := range pair.FindAllStringSubmatch(part, -1) {
			name := scope + "I/O " + capital(m[1]) + " Time"
			before, _ := o[name].(string) // shared and local add up
			o[name] = addText(before, m[2])
		}
	}
}

func addText(a, b string) string {
	if a == "" {
		return b
	}
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return strconv.FormatFloat(x+y, 'f', -1, 64)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// splitList parts a list at the commas outside of brackets and quotes.
func splitList(text string) []any {
	var items []any
	depth, start := 0, 0
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			items = append(items, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	if last := strings.TrimSpace(text[start:]); last != "" {
		items = append(items, last)
	}
	return items
}
