package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"
	pprof "github.com/google/pprof/profile"
)

// otherProjects lists the profiles of other projects in the folder that PGASSAY_PROFILES names. They are kept outside
// of the repository; docs/profile.md says how to collect some.
func otherProjects(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("PGASSAY_PROFILES")
	if dir == "" {
		t.Skip("PGASSAY_PROFILES names no folder with profiles of other projects")
	}
	var names []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestOtherProjects holds top in all its ways, merges and differences against the pprof tool, on real profiles of other
// projects.
func TestOtherProjects(t *testing.T) {
	t.Parallel()
	compared := map[string]int{}
	alike := map[string][]string{} // files by what their profiles count
	for _, name := range otherProjects(t) {
		p, err := Open(t.Context(), name, Options{})
		if err != nil {
			out, toolErr := exec.CommandContext(t.Context(), pprofTool(t), "-top", "-symbolize=none", name).CombinedOutput()
			if toolErr == nil {
				t.Errorf("%v, but the pprof tool reads it:\n%s", err, out[:min(len(out), 200)])
			}
			compared["refused by both"]++
			continue
		}
		if slices.ContainsFunc(p.flat.functions, func(f function) bool { return strings.ContainsFunc(f.name, unicode.IsControl) }) {
			t.Logf("%s has names that the pprof tool's table can't be read with", filepath.Base(name))
			continue
		}
		compared["profiles"]++
		for kind, is := range map[string]bool{
			"legacy formats": isLegacy(t, name), "with labels": len(p.flat.labels) > 0, "not Go's": !looksLikeGo(p.flat),
		} {
			if is {
				compared[kind]++
			}
		}
		sameTop(t, p, name, compared)
		if kinds := fmt.Sprint(p.flat.types, p.flat.periodType); !strings.Contains(kinds, "{ ") {
			alike[kinds] = append(alike[kinds], name)
		}
	}
	for _, names := range alike {
		sameSums(t, names, compared)
	}
	t.Logf("compared: %v", compared)
	if compared["profiles"] < 30 || compared["tagfocus"] < 10 || compared["merges"] < 2 {
		t.Errorf("too few profiles in the folder to say anything: %v", compared)
	}
}

// isLegacy tells whether a file is of a format older than protocol buffers.
func isLegacy(t *testing.T, name string) bool {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := decompress(data, ReadOptions{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	_, err = pprof.ParseUncompressed(raw)
	return err != nil
}

// sameTop compares one profile in all ways.
func sameTop(t *testing.T, p *Profile, name string, compared map[string]int) {
	t.Helper()
	seen := map[string]bool{}
	for _, kind := range p.flat.types {
		if seen[kind.kind] || strings.TrimSpace(kind.kind) == "" {
			continue
		}
		seen[kind.kind] = true
		sameRows(t, p, kind, SummaryOptions{}, name)
		compared["tables"]++
	}
	kind := p.flat.types[len(p.flat.types)-1]
	if strings.TrimSpace(kind.kind) == "" {
		return
	}
	same := func(what string, opts SummaryOptions, args ...string) {
		sameRows(t, p, kind, opts, append(args, name)...)
		compared[what]++
		compared["tables"]++
	}
	same("cum", SummaryOptions{Cum: true}, "-cum")
	same("lines", SummaryOptions{By: ByLine}, "-lines")
	if s, err := Summarize(p, SummaryOptions{SampleType: kind.kind, Cum: true}); err == nil && len(s.plain) > 5 {
		middle := regexp.QuoteMeta(s.plain[len(s.plain)/4].Name)
		same("focus", SummaryOptions{Filter: Filter{Focus: middle}}, "-focus="+middle)
		same("ignore", SummaryOptions{Filter: Filter{Ignore: middle}}, "-ignore="+middle)
		same("hide", SummaryOptions{Filter: Filter{Hide: middle}}, "-hide="+middle)
		same("show", SummaryOptions{Filter: Filter{Show: middle}}, "-show="+middle)
	}
	for _, filter := range tagFilters(p) {
		same("tagfocus", SummaryOptions{Filter: Filter{TagFocus: filter}}, "-tagfocus="+filter)
		same("tagignore", SummaryOptions{Filter: Filter{TagIgnore: filter}}, "-tagignore="+filter)
	}
}

// sameSums compares profiles of one kind with each other: each with the next as its base, and all of them added up.
func sameSums(t *testing.T, names []string, compared map[string]int) {
	t.Helper()
	all := make([]*Profile, len(names))
	for i, name := range names {
		all[i] = open(t, name)
	}
	last := func(p *Profile) valueType { return p.flat.types[len(p.flat.types)-1] }
	for i := 1; i < len(all); i++ {
		difference, err := all[i].Minus(all[i-1])
		if err != nil {
			t.Error(err)
			continue
		}
		sameRows(t, difference, last(difference), SummaryOptions{}, "-diff_base="+names[i-1], names[i])
		compared["differences"]++
	}
	if len(all) < 2 {
		return
	}
	merged, err := Merge(all)
	if err != nil {
		t.Error(err)
		return
	}
	sameRows(t, merged, last(merged), SummaryOptions{}, names...)
	compared["merges"]++
	compared["profiles in merges"] += len(all)
}

// sameRows compares a summary with what the pprof tool prints for the arguments.
func sameRows(t *testing.T, p *Profile, kind valueType, opts SummaryOptions, args ...string) {
	t.Helper()
	opts.SampleType = kind.kind
	want := goToolPprof(t, kind.unit, append([]string{"-sample_index=" + kind.kind}, args...)...)
	var got []row
	s, err := Summarize(p, opts)
	if err == nil {
		for _, f := range s.plain {
			got = append(got, row{f.printed, f.Flat, f.Cum})
		}
	} else if !errors.Is(err, ErrNoMatch) {
		t.Error(err)
		return
	}
	if diff := gocmp.Diff(rowNames(want), rowNames(got)); diff != "" {
		t.Errorf("%s %s: order (-want +got)\n%s", args, kind.kind, diff[:min(len(diff), 800)])
	}
	sortRows(want)
	sortRows(got)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s %s (-want +got)\n%s", args, kind.kind, diff[:min(len(diff), 800)])
	}
}

// tagFilters makes conditions that some of a profile's labels meet.
func tagFilters(p *Profile) []string {
	for sample := range p.flat.samples() {
		for _, l := range p.flat.labelsOf(sample) {
			switch {
			case l.text != "" && !strings.ContainsAny(l.text, ",=\n") && !strings.ContainsAny(l.text, "0123456789"):
				return []string{l.key + "=" + regexp.QuoteMeta(l.text), regexp.QuoteMeta(l.text)}
			case l.text == "" && l.number > 0:
				return []string{fmt.Sprintf("%s=%d:", l.key, l.number), fmt.Sprintf(":%dkb", l.number/1024+1), fmt.Sprintf("%s=%db:%dkb", l.key, l.number, l.number)}
			}
		}
	}
	return nil
}
