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

// TestOtherProjects holds top in all its ways against the pprof tool, on real profiles of other projects.
func TestOtherProjects(t *testing.T) {
	t.Parallel()
	compared := map[string]int{}
	var merge []string // of one kind, for the merge
	for _, name := range otherProjects(t) {
		p, err := Open(t.Context(), name, Options{})
		if err != nil {
			out, toolErr := exec.CommandContext(t.Context(), "go", "tool", "pprof", "-top", "-symbolize=none", name).CombinedOutput()
			if toolErr == nil {
				t.Errorf("%v, but the pprof tool reads it:\n%s", err, out[:min(len(out), 200)])
			}
			continue
		}
		if slices.ContainsFunc(p.flat.functions, func(f function) bool { return strings.ContainsFunc(f.name, unicode.IsControl) }) {
			t.Logf("%s has names that the pprof tool's table can't be read with", filepath.Base(name))
			continue
		}
		compared["profiles"]++
		if strings.Contains(name, "parca-pkg_query_testdata_many") {
			merge = append(merge, name)
		}
		seen := map[string]bool{}
		for _, kind := range p.flat.types {
			if seen[kind.kind] || strings.TrimSpace(kind.kind) == "" {
				continue
			}
			seen[kind.kind] = true
			sameRows(t, p, kind, SummaryOptions{}, name)
		}
		kind := p.flat.types[len(p.flat.types)-1]
		if strings.TrimSpace(kind.kind) == "" {
			continue
		}
		sameRows(t, p, kind, SummaryOptions{Cum: true}, "-cum", name)
		sameRows(t, p, kind, SummaryOptions{By: ByLine}, "-lines", name)
		if s, err := Summarize(p, SummaryOptions{SampleType: kind.kind, Cum: true}); err == nil && len(s.plain) > 5 {
			middle := regexp.QuoteMeta(s.plain[len(s.plain)/4].Name)
			sameRows(t, p, kind, SummaryOptions{Filter: Filter{Focus: middle}}, "-focus="+middle, name)
			sameRows(t, p, kind, SummaryOptions{Filter: Filter{Ignore: middle}}, "-ignore="+middle, name)
			sameRows(t, p, kind, SummaryOptions{Filter: Filter{Hide: middle}}, "-hide="+middle, name)
			compared["focus"]++
		}
		for _, filter := range tagFilters(p) {
			sameRows(t, p, kind, SummaryOptions{Filter: Filter{TagFocus: filter}}, "-tagfocus="+filter, name)
			sameRows(t, p, kind, SummaryOptions{Filter: Filter{TagIgnore: filter}}, "-tagignore="+filter, name)
			compared["tagfocus"]++
		}
	}
	if len(merge) > 1 {
		var all []*Profile
		for _, name := range merge {
			all = append(all, open(t, name))
		}
		merged, err := Merge(all)
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, merged, merged.flat.types[len(merged.flat.types)-1], SummaryOptions{}, merge...)
		compared["merged"] = len(merge)
		last := len(all) - 1
		difference, err := all[last].Minus(all[0])
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, difference, difference.flat.types[len(difference.flat.types)-1], SummaryOptions{}, "-diff_base="+merge[0], merge[last])
	}
	t.Logf("compared: %v", compared)
	if compared["profiles"] < 30 || compared["tagfocus"] < 10 || compared["merged"] < 2 {
		t.Errorf("too few profiles in the folder to say anything: %v", compared)
	}
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
