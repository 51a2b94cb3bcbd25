package profile

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A node is what samples are counted by: a function, or a line of one.
type node struct {
	name   string
	file   string // by line only
	line   int64  // by line only
	object string // the binary, where nothing else is known
}

// String is the name that the pprof tool prints.
func (n node) String() string {
	switch {
	case n.line != 0:
		return strings.TrimPrefix(n.name+" "+n.file+":"+strconv.FormatInt(n.line, 10), " ")
	case n.file != "":
		return strings.TrimPrefix(n.name+" "+n.file, " ")
	case n.name != "":
		return n.name
	case n.object != "":
		return "[" + filepath.Base(n.object) + "]"
	}
	return "<unknown>"
}

// A tally is a node and what was counted for it: flat where it was the innermost frame, cum where it was on the stack.
type tally struct {
	node
	flat, cum int64
	function  int32 // that of the busiest line, or none
	hotFile   string
	hotLine   int64 // the line that counted most of flat, or of cum if flat is zero
}

// cleanFile is a function's file as the pprof tool writes it.
func cleanFile(file string) string {
	if file == "" {
		return ""
	}
	for _, prefix := range []string{"/proc/self/cwd/./", "/proc/self/cwd/"} {
		if rest, ok := strings.CutPrefix(file, prefix); ok {
			return filepath.Clean(rest)
		}
	}
	return filepath.Clean(file)
}

// nodes gives every line of a profile the node that it counts for, as the pprof tool's granularities "functions" and
// "lines" do.
func (f *flat) nodes(byLine bool) (ofLine []int32, tallies []tally) {
	files := make([]string, len(f.functions))
	if byLine {
		for i, fn := range f.functions {
			files[i] = cleanFile(fn.file)
		}
	}
	index := make(map[node]int32, len(f.functions))
	tallies = make([]tally, 0, len(f.functions))
	ofLine = make([]int32, len(f.lines))
	byFunction := make([]int32, len(f.functions)) // the node + 1, where functions alone decide
	for _, at := range f.locations {
		for i := at.from; i < at.upTo; i++ {
			l := f.lines[i]
			if !byLine && l.function != none && byFunction[l.function] != 0 {
				ofLine[i] = byFunction[l.function] - 1
				continue
			}
			var n node
			if l.function != none {
				n.name = f.functions[l.function].name
				if byLine {
					n.file, n.line = files[l.function], l.line
				}
			}
			if n.name == "" && at.mapping != none {
				n.object = f.mappings[at.mapping].file
			}
			number, ok := index[n]
			if !ok {
				number = int32(len(tallies))
				index[n] = number
				tallies = append(tallies, tally{node: n, function: l.function})
			}
			ofLine[i] = number
			if n.name != "" {
				byFunction[l.function] = number + 1
			}
		}
	}
	return ofLine, tallies
}

// count counts one value of the samples by function, or by line. Nodes that nothing was counted for are left out; the
// order is not defined.
func (f *flat) count(column int, byLine bool) []tally {
	ofLine, tallies := f.nodes(byLine)
	lineFlat, lineCum := make([]int64, len(f.lines)), make([]int64, len(f.lines))
	lastSample := make([]int32, len(tallies)) // where each node was counted last + 1, so that recursion counts once
	for sample := range f.samples() {
		v := f.value(sample, column)
		if v == 0 {
			continue
		}
		leaf := true
		for _, at := range f.stack(sample) {
			l := f.locations[at]
			for i := l.from; i < l.upTo; i++ {
				n := ofLine[i]
				if leaf {
					lineFlat[i] += v
					tallies[n].flat += v
					leaf = false
				}
				lineCum[i] += v
				if lastSample[n] != int32(sample)+1 {
					lastSample[n] = int32(sample) + 1
					tallies[n].cum += v
				}
			}
		}
	}
	f.locate(ofLine, lineFlat, lineCum, tallies)
	kept := tallies[:0]
	for _, t := range tallies {
		if t.flat != 0 || t.cum != 0 {
			kept = append(kept, t)
		}
	}
	return kept
}

// locate finds each node's busiest line. The same line of the same function may stand in several locations.
func (f *flat) locate(ofLine []int32, lineFlat, lineCum []int64, tallies []tally) {
	type weight struct{ flat, cum int64 }
	weights := make(map[line]weight, len(f.lines)/2)
	for i, l := range f.lines {
		if l.function != none && (lineFlat[i] != 0 || lineCum[i] != 0) {
			sum := weights[l]
			weights[l] = weight{sum.flat + lineFlat[i], sum.cum + lineCum[i]}
		}
	}
	best := make([]weight, len(tallies))
	for i, l := range f.lines {
		w, ok := weights[l]
		if !ok {
			continue
		}
		w = weight{abs(w.flat), abs(w.cum)}
		t, b := &tallies[ofLine[i]], best[ofLine[i]]
		better := w.flat > b.flat || w.flat == b.flat && w.cum > b.cum
		if !better && w != b {
			continue
		}
		file := cleanFile(f.functions[l.function].file)
		if better || file < t.hotFile || file == t.hotFile && l.line < t.hotLine {
			best[ofLine[i]] = w
			t.function, t.hotFile, t.hotLine = l.function, file, l.line
		}
	}
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// total sums a column as the pprof tool does: without signs; and of a comparison, the base alone.
func (f *flat) total(column int) int64 {
	var all, base int64
	for sample := range f.samples() {
		v := abs(f.value(sample, column))
		all += v
		for _, l := range f.labelsOf(sample) {
			if l.key == baseLabel && l.text == "true" {
				base += v
				break
			}
		}
	}
	if base > 0 {
		return base
	}
	return all
}

// observations is how often the profiler looked: what decides how much a share can be trusted.
func (f *flat) observations() int64 {
	if column := f.columnOfObservations(); column >= 0 {
		return f.total(column)
	}
	return int64(f.samples())
}

// columnOfObservations is the column that counts how often the profiler looked, or -1.
func (f *flat) columnOfObservations() int {
	return slices.IndexFunc(f.types, func(t valueType) bool {
		return t.unit == "count" && (t.kind == "samples" || t.kind == "sample")
	})
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
