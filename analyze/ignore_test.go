package analyze

import (
	"testing"

	"github.com/pgassay/pgassay/internal/report"
)

// TestIgnoreByID: a finding's id still ignores it when, in another run, another of the statements that its mend serves
// speaks for all.
func TestIgnoreByID(t *testing.T) {
	t.Parallel()
	finding := func(speaker, served, table string) Finding {
		return Finding{Rule: "missing-index", Fingerprint: speaker, Table: table, Related: []report.Related{{What: report.AlsoServed, Fingerprint: served}}}
	}
	list := []Ignore{{Fingerprint: finding("a", "b", "public.posts").Identity(), Reason: "runs once a night"}}
	for name, c := range map[string]struct {
		finding Finding
		ignored bool
	}{
		"the same":        {finding("a", "b", "public.posts"), true},
		"another speaker": {finding("b", "a", "public.posts"), true},
		"other statement": {finding("b", "c", "public.posts"), false},
		"other table":     {finding("a", "b", "public.users"), false},
	} {
		r := Result{Findings: []Finding{c.finding}}
		r.ignore(list)
		if got := len(r.Ignored) == 1 && len(r.Findings) == 0; got != c.ignored {
			t.Errorf("%s: ignored %v, want %v", name, got, c.ignored)
		}
	}
}
