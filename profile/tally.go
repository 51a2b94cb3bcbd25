package profile

import (
	"path/filepath"
	"strconv"
	"strings"

	pprof "github.com/google/pprof/profile"
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
	function  *pprof.Function // of the busiest frame; nil if the profile has none
	hotFile   string
	hotLine   int64 // the line that counted most of flat, or of cum if flat is zero
}

// nodeOf tells what a frame is counted by, as the pprof tool's granularities "functions" and "lines" do.
func nodeOf(location *pprof.Location, line pprof.Line, byLine bool) node {
	var n node
	if line.Function != nil {
		n.name = line.Function.Name
		if byLine {
			n.file, n.line = fileOf(line.Function), line.Line
		}
	}
	if n.name == "" && location.Mapping != nil {
		n.object = location.Mapping.File
	}
	return n
}

// fileOf is a function's file, cleaned as the pprof tool cleans it.
func fileOf(f *pprof.Function) string {
	if f.Filename == "" {
		return ""
	}
	for _, prefix := range []string{"/proc/self/cwd/./", "/proc/self/cwd/"} {
		if rest, ok := strings.CutPrefix(f.Filename, prefix); ok {
			return filepath.Clean(rest)
		}
	}
	return filepath.Clean(f.Filename)
}

// framesOf returns a location's frames, the innermost first. A location without any is one frame without a name.
func framesOf(location *pprof.Location) []pprof.Line {
	if len(location.Line) == 0 {
		return []pprof.Line{{}}
	}
	return location.Line
}

// A counted frame is one line of a location, and what it counted by itself.
type countedFrame struct {
	node      int32
	flat, cum int64
}

// count counts samples by function, or by line. Nodes that nothing was counted for are left out; the order is not defined.
func count(p *pprof.Profile, value func(*pprof.Sample) int64, byLine bool) []tally {
	tallies := make([]tally, 0, len(p.Function))
	index := make(map[node]int32, len(p.Function))
	frames := make(map[*pprof.Location][]countedFrame, len(p.Location))
	for _, location := range p.Location {
		lines := framesOf(location)
		counted := make([]countedFrame, len(lines))
		for i, line := range lines {
			n := nodeOf(location, line, byLine)
			at, ok := index[n]
			if !ok {
				at = int32(len(tallies))
				index[n] = at
				tallies = append(tallies, tally{node: n, function: line.Function})
			}
			counted[i].node = at
		}
		frames[location] = counted
	}
	lastSample := make([]int, len(tallies)) // where each node was counted last, so that recursion counts once
	for i, sample := range p.Sample {
		v := value(sample)
		if v == 0 {
			continue
		}
		leaf := true
		for _, location := range sample.Location {
			counted := frames[location]
			for j := range counted {
				frame := &counted[j]
				if leaf {
					frame.flat += v
					tallies[frame.node].flat += v
					leaf = false
				}
				frame.cum += v
				if lastSample[frame.node] != i+1 {
					lastSample[frame.node] = i + 1
					tallies[frame.node].cum += v
				}
			}
		}
	}
	locate(p, frames, tallies)
	kept := tallies[:0]
	for _, t := range tallies {
		if t.flat != 0 || t.cum != 0 {
			kept = append(kept, t)
		}
	}
	return kept
}

// locate finds each node's busiest line.
func locate(p *pprof.Profile, frames map[*pprof.Location][]countedFrame, tallies []tally) {
	type place struct {
		function *pprof.Function
		line     int64
	}
	type weight struct{ flat, cum int64 }
	weights := make([]map[place]weight, len(tallies))
	for _, location := range p.Location {
		for i, frame := range frames[location] {
			if frame.flat == 0 && frame.cum == 0 || location.Line == nil {
				continue
			}
			if weights[frame.node] == nil {
				weights[frame.node] = make(map[place]weight, 1)
			}
			at := place{location.Line[i].Function, location.Line[i].Line}
			sum := weights[frame.node][at]
			weights[frame.node][at] = weight{sum.flat + frame.flat, sum.cum + frame.cum}
		}
	}
	for i := range tallies {
		t := &tallies[i]
		var best weight
		for at, w := range weights[i] {
			w = weight{abs(w.flat), abs(w.cum)}
			if at.function == nil {
				continue
			}
			file := fileOf(at.function)
			better := w.flat > best.flat || w.flat == best.flat && w.cum > best.cum
			equal := w == best && (file < t.hotFile || file == t.hotFile && at.line < t.hotLine)
			if better || equal {
				best = w
				t.function, t.hotFile, t.hotLine = at.function, file, at.line
			}
		}
	}
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
