package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/config"
	"github.com/pgassay/pgassay/analyze/rule"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := config.Parse([]byte(`# what we live with
rules:
  wide-row: off
  "cold-read": false
  deep-offset: {rows: 5_000}
  n-plus-one:
    unproven: 20
  temp-io: on
ignore:
  - fingerprint: 0123456789012345
    rule: missing-index
    reason: runs once a night
  - {fingerprint: "00E0000000000001", reason: 'a table of ten rows'}
  - fingerprint: 12345678e1234567
    reason: |
      because
`), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Path: "x.yaml",
		Rules: rule.Settings{
			Off:        map[string]bool{"wide-row": true, "cold-read": true},
			Thresholds: map[string]map[string]float64{"deep-offset": {"rows": 5000}, "n-plus-one": {"unproven": 20}},
		},
		Ignore: []analyze.Ignore{
			{Fingerprint: "0123456789012345", Rule: "missing-index", Reason: "runs once a night"},
			{Fingerprint: "00e0000000000001", Reason: "a table of ten rows"},
			{Fingerprint: "12345678e1234567", Reason: "because"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, empty := range []string{"", "# nothing\n", "rules:\nignore:\n", "ignore: []"} {
		if _, err := config.Parse([]byte(empty), "x.yaml"); err != nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":       {"rules: {}\nthreshold: 1\n", `x.yaml:2: unknown key "threshold": use rules and ignore`},
		"unknown rule":      {"rules:\n  wide-row: off\n  wide-rows: off\n", `x.yaml:3: there is no rule "wide-rows"`},
		"unknown threshold": {"rules:\n  deep-offset:\n    row: 1\n", `x.yaml:3: rule deep-offset has no threshold "row": use rows`},
		"no thresholds":     {"rules:\n  recursive-walk:\n    n: 1\n", `x.yaml:3: rule recursive-walk has no thresholds`},
		"no number":         {"rules:\n  deep-offset:\n    rows: many\n", `x.yaml:3: threshold rows of rule deep-offset must be a number`},
		"negative":          {"rules:\n  deep-offset:\n    rows: -1\n", `x.yaml:3: threshold rows of rule deep-offset must be a number`},
		"not a number":      {"rules:\n  deep-offset:\n    rows: NaN\n", `x.yaml:3: threshold rows of rule deep-offset must be a number`},
		"no bound":          {"rules:\n  deep-offset:\n    rows: Inf\n", `x.yaml:3: threshold rows of rule deep-offset must be a number`},
		"neither":           {"rules:\n  deep-offset: 5\n", `x.yaml:2: rule deep-offset: use off, or thresholds with their values`},
		"no reason":         {"ignore:\n  - fingerprint: 0123456789abcdef\n", `x.yaml:2: an item of ignore needs a reason`},
		"empty reason":      {"ignore:\n  - fingerprint: 0123456789abcdef\n    reason: ''\n", `an item of ignore needs a reason`},
		"null reason":       {"ignore:\n  - fingerprint: 0123456789abcdef\n    reason:\n", `an item of ignore needs a reason`},
		"no fingerprint":    {"ignore:\n  - reason: because\n", `x.yaml:2: an item of ignore needs a fingerprint`},
		"short fingerprint": {"ignore:\n  - fingerprint: 123\n    reason: r\n", `fingerprint "123" has not 16 hexadecimal digits`},
		"unknown in ignore": {"ignore:\n  - fingerprint: 0123456789abcdef\n    reasons: r\n", `x.yaml:3: unknown key "reasons": use fingerprint, rule and reason`},
		"rule in ignore":    {"ignore:\n  - fingerprint: 0123456789abcdef\n    rule: x\n    reason: r\n", `x.yaml:3: there is no rule "x"`},
		"no list":           {"ignore: all\n", `x.yaml:1: ignore must be a list`},
		"no mapping":        {"- rules\n", `x.yaml:1: the file must hold keys with values`},
		"twice":             {"rules:\n  wide-row: off\n  wide-row: on\n", `x.yaml`},
		"no YAML":           {"rules: [\n", `x.yaml`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := config.Parse([]byte(c.text), "x.yaml"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, folder := range []string{"repository/.git", "repository/service/sql", "outside/below"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"", "repository", "outside"} {
		if err := os.WriteFile(filepath.Join(root, file, config.Name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]string{
		"repository":             "repository",
		"repository/service/sql": "repository",
		"outside":                "outside",
		"outside/below":          "nowhere", // in no repository: a parent's is none of our business
	} {
		got, err := config.Find(filepath.Join(root, folder))
		if err != nil {
			t.Fatal(err)
		}
		if want != "nowhere" && got != filepath.Join(root, want, config.Name) || want == "nowhere" && got != "" {
			t.Errorf("%s: got %q, want that in %s", folder, got, want)
		}
	}
}

// FuzzParse: whatever a file holds, it is read or refused with the file's name, and every finding that is ignored has a reason.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"rules:\n  wide-row: off\n", "ignore:\n  - fingerprint: 0123456789abcdef\n    reason: r\n", "a: &a [*a]", "rules: {deep-offset: {rows: 1}}", "? [a]\n: b", "---\n...\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse([]byte(text), "x.yaml")
		if err != nil {
			if !strings.Contains(err.Error(), "x.yaml") {
				t.Errorf("the error names no file: %v", err)
			}
			return
		}
		for _, i := range c.Ignore {
			if i.Reason == "" || len(i.Fingerprint) != 16 {
				t.Errorf("accepted %+v", i)
			}
		}
	})
}
