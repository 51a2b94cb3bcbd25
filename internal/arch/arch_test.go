// Package arch holds the test that enforces who may import whom; ARCHITECTURE.md has the drawing.
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pgassay/pgassay/"

// allowed lists, for the first path element or two of each package, what of ours it may import. A package under a
// listed one may import whatever the listed one may, and the packages under it. A package that is not listed fails the test.
var allowed = map[string][]string{
	"cmd/pgassay":   {"schema", "seed", "analyze", "profile", "bench", "monitor", "examples/blog", "internal"},
	"schema":        {"internal/sqltext"},
	"schema/show":   {"schema", "internal/report", "internal/units"},
	"schema/verify": {"schema"},
	"seed":          {"schema", "internal/report", "internal/pgserver", "internal/sqltext", "internal/stats", "internal/units"},
	"analyze":       {"schema", "internal/report", "internal/pgserver", "internal/sqltext", "internal/stats", "internal/units"},
	"profile":       {"schema", "internal/report", "internal/pgserver", "internal/sqltext", "internal/stats", "internal/units"},
	"bench":         {"internal/report", "internal/stats", "internal/units"},
	"monitor":       {"internal/report", "internal/stats", "internal/units"},
	"examples/blog": {"analyze/querylog", "monitor/health", "monitor/cache", "monitor/metrics"},
	// Leaves; report alone may use units.
	"internal/report":   {"internal/units"},
	"internal/pgserver": {"internal/units"},
	"internal/sqltext":  {},
	"internal/stats":    {},
	"internal/units":    {},
	"internal/pgtest":   {"internal/pgserver"},
	"internal/arch":     {},
	// Of tests alone.
	"internal/browsertest": {},
}

// light packages are linked into applications: of ours they import only what is listed, and of others none of heavy.
var light = map[string][]string{
	"analyze/querylog": {"internal/sqltext"},
	"monitor/health":   {},
	"monitor/cache":    {},
	"monitor/metrics":  {},
}

var heavy = []string{"html/template", "github.com/urfave/cli", "github.com/olekukonko/tablewriter", "github.com/google/pprof", "github.com/brianvoe/gofakeit"}

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, pkg := range listPackages(t) {
		path := strings.TrimPrefix(pkg.ImportPath, module)
		rule := longest(path, allowed)
		if rule == "" {
			t.Errorf("%s is in no room of the house: give it one in ARCHITECTURE.md and here", path)
			continue
		}
		may := append(slices.Clone(allowed[rule]), rule)
		if only, ok := light[path]; ok {
			may = only
			for _, imported := range pkg.Imports {
				if slices.ContainsFunc(heavy, func(h string) bool { return strings.HasPrefix(imported, h) }) {
					t.Errorf("%s is linked into applications and must not import %s", path, imported)
				}
			}
		}
		for _, imported := range ours(pkg.Imports) {
			if !covered(imported, may) {
				t.Errorf("%s must not import %s", path, imported)
			}
		}
		for _, imported := range ours(append(pkg.TestImports, pkg.XTestImports...)) {
			if !covered(imported, append(may, path, "internal/pgtest", "internal/browsertest")) {
				t.Errorf("the tests of %s must not import %s", path, imported)
			}
		}
	}
}

// TestRulesBite makes sure that the test above can fail.
func TestRulesBite(t *testing.T) {
	t.Parallel()
	if covered("profile", allowed["seed"]) {
		t.Error("seed may import profile: features must not import each other")
	}
	if covered("seed", allowed["internal/report"]) {
		t.Error("a leaf may import upwards")
	}
	if longest("examples", allowed) != "" {
		t.Error("a package outside the house has a rule")
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "../../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg goPackage
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg)
	}
	if len(all) < 3 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

func ours(imports []string) []string {
	var paths []string
	for _, path := range imports {
		if rest, ok := strings.CutPrefix(path, module); ok {
			paths = append(paths, rest)
		}
	}
	return paths
}

// covered tells whether a path is one of may or under one of them.
func covered(path string, may []string) bool {
	return slices.ContainsFunc(may, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

// longest returns the longest key of rules that covers path, or "".
func longest(path string, rules map[string][]string) string {
	best := ""
	for rule := range rules {
		if covered(path, []string{rule}) && len(rule) > len(best) {
			best = rule
		}
	}
	return best
}
