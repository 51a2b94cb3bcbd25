package plan_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pgassay/pgassay/analyze/plan"
)

// rewritten writes a plan and reads it back: it is the same plan. TestFormats does it with every plan that it has.
func rewritten(t *testing.T, p *plan.Plan) {
	t.Helper()
	data, err := p.JSON(plan.Rewrite{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := plan.ParseJSON(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	same := cmpopts.IgnoreFields(plan.Plan{}, "QueryText", "QueryIdentifier", "Settings")
	opts := gocmp.Options{
		same, cmpopts.IgnoreUnexported(plan.Plan{}, plan.Node{}), cmpopts.IgnoreFields(plan.Node{}, "Parent"), cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-9, 1e-9),
	}
	if diff := gocmp.Diff(p, again[0], opts); diff != "" {
		t.Errorf("(-read +written and read again)\n%s", diff)
	}
}

func TestWriteMasks(t *testing.T) {
	t.Parallel()
	plans, err := plan.Parse(`Seq Scan on secret s  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)
  Filter: (name = 'secret'::text)
  Rows Removed by Filter: 3
Planning Time: 0.1 ms
Execution Time: 0.5 ms`)
	if err != nil {
		t.Fatal(err)
	}
	rewritten(t, plans[0])
	hide := func(s string) string { return strings.ReplaceAll(s, "secret", "x") }
	data, err := plans[0].JSON(plan.Rewrite{Expression: hide, Name: hide})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); strings.Contains(text, "secret") || !strings.Contains(text, `(name = 'x'::text)`) || !strings.Contains(text, `"Relation Name":"x"`) {
		t.Errorf("%s", text)
	}
}
