package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	pprof "github.com/google/pprof/profile"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// PGO says what a profile for profile-guided optimisation was made from. Its JSON is a contract: it only ever gains fields.
type PGO struct {
	Version    int      `json:"version"`
	File       string   `json:"file,omitempty"`
	Bytes      int64    `json:"bytes"`
	Profiles   int      `json:"profiles"` // that were merged
	Samples    int64    `json:"samples"`
	DurationNS int64    `json:"duration_ns"` // of time covered, counted once where recordings overlap
	RecordedNS int64    `json:"recorded_ns"` // the sum of the recordings
	Functions  int      `json:"functions"`
	Dropped    []string `json:"dropped"`
	Warnings   []string `json:"warnings"`
}

// WritePGO merges CPU profiles into one that go build -pgo takes, writes it to w and says what was left out: profiles that
// are none of CPU time, labels, frames without a function, and what the compiler does not read.
func WritePGO(w io.Writer, profiles []*Profile) (*PGO, error) {
	r := &PGO{Version: 1, Dropped: []string{}, Warnings: []string{}}
	var used []*Profile
	for _, p := range profiles {
		switch _, isCPU := cpuColumn(p.flat); {
		case !isCPU:
			r.Dropped = append(r.Dropped, fmt.Sprintf("%s: it counts %s, not CPU time", p.Source, strings.Join(p.flat.typeNames(), ", ")))
		case p.Samples() == 0:
			r.Dropped = append(r.Dropped, p.Source+": it has no samples")
		default:
			used = append(used, p)
			r.RecordedNS += p.recordedTime().Nanoseconds()
		}
	}
	if len(used) == 0 {
		return nil, fmt.Errorf("make a profile for the compiler: there is no CPU profile with samples in it: %s", strings.Join(r.Dropped, "; "))
	}
	merged, err := mergeProtos(used, false)
	if err != nil {
		return nil, err
	}
	r.Profiles = len(used)
	r.warn(merged, used)
	r.strip(merged)
	if len(merged.Sample) == 0 {
		return nil, errors.New("make a profile for the compiler: no sample has a function's name; profile a program that was not stripped of its symbols")
	}
	merged = merged.Compact()
	var out bytes.Buffer
	if err := merged.Write(&out); err != nil {
		return nil, fmt.Errorf("make a profile for the compiler: %w", err)
	}
	r.Bytes, r.Functions, r.DurationNS = int64(out.Len()), len(merged.Function), merged.DurationNanos
	r.Samples = flatten(merged).observations()
	_, err = w.Write(out.Bytes())
	return r, err
}

// warn says what makes a profile less useful than it looks.
func (r *PGO) warn(merged *pprof.Profile, used []*Profile) {
	programs := map[string]bool{}
	for _, p := range used {
		if len(p.flat.mappings) > 0 {
			programs[filepath.Base(p.flat.mappings[0].file)] = true
		}
	}
	if len(programs) > 1 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the profiles are of %d different programs", len(programs)))
	}
	lacking := 0
	for _, f := range merged.Function {
		if f.StartLine == 0 {
			lacking++
		}
	}
	if lacking*2 > len(merged.Function) {
		r.Warnings = append(r.Warnings, "most functions don't say where they begin, which the compiler needs to find the calls: the profiles are of a program built with Go before 1.20, or not by Go at all")
	}
	if samples := flatten(merged).observations(); samples < 1000 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s samples are few; record some minutes under a load like production's", units.Count(samples)))
	}
}

// strip drops what the compiler does not read.
func (r *PGO) strip(merged *pprof.Profile) {
	keys := map[string]bool{}
	nameless, kept := 0, merged.Sample[:0]
	for _, s := range merged.Sample {
		for key := range s.Label {
			keys[key] = true
		}
		for key := range s.NumLabel {
			keys[key] = true
		}
		s.Label, s.NumLabel, s.NumUnit = nil, nil, nil
		named := slices.ContainsFunc(s.Location, func(l *pprof.Location) bool {
			return slices.ContainsFunc(l.Line, func(l pprof.Line) bool { return l.Function != nil && l.Function.Name != "" })
		})
		if !named {
			nameless++
			continue
		}
		kept = append(kept, s)
	}
	merged.Sample = kept
	merged.Comments = nil
	if len(keys) > 0 {
		r.Dropped = append(r.Dropped, "labels: "+strings.Join(sorted(keys), ", "))
	}
	if nameless > 0 {
		r.Dropped = append(r.Dropped, fmt.Sprintf("%s stacks without a function's name", units.Count(int64(nameless))))
	}
}

func sorted(set map[string]bool) []string {
	var all []string
	for key := range set {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// Document renders the result for people.
func (r *PGO) Document() report.Document {
	var d report.Document
	text := fmt.Sprintf("%d profiles merged: %s samples over %s", r.Profiles, units.Count(r.Samples), units.Duration(time.Duration(r.DurationNS)))
	if r.RecordedNS != r.DurationNS {
		text += fmt.Sprintf(" (%s of recording)", units.Duration(time.Duration(r.RecordedNS)))
	}
	text += fmt.Sprintf(", %s functions, %s.", units.Count(int64(r.Functions)), units.Bytes(r.Bytes))
	if r.File != "" {
		text += fmt.Sprintf(" go build takes %s by itself if it is called default.pgo and stands beside package main.", r.File)
	}
	d.Add(report.Paragraph{Text: text})
	if len(r.Dropped) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Left out"}, report.List{Items: r.Dropped})
	}
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Mind"}, report.List{Items: r.Warnings})
	}
	return d
}
