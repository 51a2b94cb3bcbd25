package profile

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	rpprof "runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// row is one line of pprof -top.
type row struct {
	Name      string
	Flat, Cum int64
}

func sortRows(rows []row) {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Flat, b.Flat), cmp.Compare(a.Cum, b.Cum))
	})
}

var inlineMark = regexp.MustCompile(` \((partial-)?inline\)$`)

// findPprof asks the go command for the pprof tool itself, once: starting it through go takes longer than what it does.
var findPprof = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "tool", "-n", "pprof").Output()
	return strings.TrimSpace(string(out)), err
})

func pprofTool(t *testing.T) string {
	t.Helper()
	path, err := findPprof()
	if err != nil {
		t.Fatalf("find the pprof tool: %v", err)
	}
	return path
}

// goToolPprof runs the pprof tool and returns its table, in the profile's own unit and without what it drops for brevity.
func goToolPprof(t *testing.T, unit string, args ...string) []row {
	t.Helper()
	// Locally installed libraries must not add names; "remote" looks at none and still demangles.
	args = append([]string{"-top", "-nodefraction=0", "-symbolize=remote", "-unit=" + unit}, args...)
	command := exec.CommandContext(t.Context(), pprofTool(t), args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("pprof %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var rows []row
	inTable := false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 5 && fields[0] == "flat":
			inTable = true
		case inTable:
			// flat flat% sum% cum cum%, two blanks, name
			columns := regexp.MustCompile(`^\s*(\S+)\s+\S+%\s+\S+%\s+(\S+)\s+\S+%  (.*)$`).FindStringSubmatch(line)
			if columns == nil {
				t.Fatalf("line of pprof not understood: %q", line)
			}
			rows = append(rows, row{inlineMark.ReplaceAllString(columns[3], ""), exactly(t, columns[1], unit), exactly(t, columns[2], unit)})
		}
	}
	return rows
}

// shortUnits are the pprof tool's names of units.
var shortUnits = map[string]string{"nanoseconds": "ns", "microseconds": "us", "milliseconds": "ms", "seconds": "s", "bytes": "B"}

func exactly(t *testing.T, s, unit string) int64 {
	t.Helper()
	v, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSuffix(s, unit), shortUnits[unit]), 10, 64)
	if err != nil {
		t.Fatalf("value of pprof not understood: %q", s)
	}
	return v
}

func open(t *testing.T, name string) *Profile {
	t.Helper()
	p, err := Open(t.Context(), name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func summaryRows(t *testing.T, p *Profile, opts SummaryOptions) []row {
	t.Helper()
	s, err := Summarize(p, opts)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, f := range s.plain {
		rows = append(rows, row{f.printed, f.Flat, f.Cum})
	}
	return rows
}

// realProfiles are those at hand on every machine that has Go, and some of this very process.
func realProfiles(t *testing.T) []string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	goroot := strings.TrimSpace(string(root))
	names := []string{filepath.Join(goroot, "src", "cmd", "compile", "default.pgo")}
	for _, pattern := range []string{"*.pprof", "*/*.pprof", "*/*/*.pprof"} {
		more, _ := filepath.Glob(filepath.Join(goroot, "src", "cmd", "compile", "internal", "test", "testdata", pattern))
		names = append(names, more...)
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/pprof").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"profile/testdata/cppbench.*", "profile/testdata/go.*", "internal/driver/testdata/cppbench.*", "internal/driver/testdata/go.*"} {
		more, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(pattern)))
		names = append(names, more...)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, err := os.Stat(name)
		return err != nil || strings.HasSuffix(name, ".string")
	})
	return append(names, ownProfiles(t)...)
}

var sink [][]byte

// ownProfiles records this process.
func ownProfiles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var cpu bytes.Buffer
	if err := rpprof.StartCPUProfile(&cpu); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		sink = append(sink[:0], bytes.Repeat([]byte("x"), 1<<16))
	}
	rpprof.StopCPUProfile()
	names := []string{filepath.Join(dir, "cpu.pb.gz")}
	if err := os.WriteFile(names[0], cpu.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"heap", "allocs", "goroutine", "threadcreate"} {
		var content bytes.Buffer
		if err := rpprof.Lookup(kind).WriteTo(&content, 0); err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Join(dir, kind+".pb.gz"))
		if err := os.WriteFile(names[len(names)-1], content.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// TestEqualsPprofTop holds the numbers and the order against the pprof tool's, for every sample type of real profiles.
func TestEqualsPprofTop(t *testing.T) {
	names := realProfiles(t)
	if len(names) < 8 {
		t.Fatalf("only %d profiles found", len(names))
	}
	for _, name := range names {
		p, err := Open(t.Context(), name, Options{})
		if err != nil {
			if out, toolErr := exec.CommandContext(t.Context(), pprofTool(t), "-raw", name).CombinedOutput(); toolErr == nil {
				t.Errorf("%s: %v, but the pprof tool reads it:\n%s", name, err, out[:min(len(out), 200)])
			}
			continue
		}
		for _, kind := range p.flat.types {
			for _, cum := range []bool{false, true} {
				sort := map[bool]string{false: "-flat", true: "-cum"}[cum]
				want := goToolPprof(t, kind.unit, sort, "-sample_index="+kind.kind, name)
				got := summaryRows(t, p, SummaryOptions{SampleType: kind.kind, Cum: cum})
				if diff := gocmp.Diff(rowNames(want), rowNames(got)); diff != "" && kind.kind != "" {
					t.Errorf("%s %s %s: order (-want +got)\n%s", filepath.Base(name), kind.kind, sort, diff)
				}
				sortRows(want)
				sortRows(got)
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s %s (-want +got)\n%s", filepath.Base(name), kind.kind, sort, diff)
				}
			}
		}
	}
}

func rowNames(rows []row) []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}
