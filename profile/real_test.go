package profile

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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

// TestOtherProjects holds top against the pprof tool on real profiles of other projects.
func TestOtherProjects(t *testing.T) {
	t.Parallel()
	compared := 0
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
		compared++
		seen := map[string]bool{}
		for _, kind := range p.flat.types {
			if seen[kind.kind] || strings.TrimSpace(kind.kind) == "" {
				continue
			}
			seen[kind.kind] = true
			want := goToolPprof(t, kind.unit, "-sample_index="+kind.kind, name)
			got := summaryRows(t, p, SummaryOptions{SampleType: kind.kind})
			if diff := gocmp.Diff(rowNames(want), rowNames(got)); diff != "" {
				t.Errorf("%s %s: order (-want +got)\n%s", filepath.Base(name), kind.kind, diff[:min(len(diff), 800)])
			}
			sortRows(want)
			sortRows(got)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-want +got)\n%s", filepath.Base(name), kind.kind, diff[:min(len(diff), 800)])
			}
		}
	}
	t.Logf("%d profiles compared", compared)
}
