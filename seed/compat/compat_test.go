package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/schema"
)

// TestMain lets the test's binary stand in for the program where that starts itself for one file.
func TestMain(m *testing.M) {
	if os.Getenv(addressVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestApart has a process that crashes be a failure of its file.
func TestApart(t *testing.T) {
	t.Parallel()
	o, err := apart(t.Context(), "postgres://nobody@localhost:1/none", filepath.Join(t.TempDir(), "missing.sql"), options{rows: 1})
	if err != nil || len(o.Failures) != 1 || !strings.Contains(o.Failures[0].Reason, "pgassay ends with exit status 1: compat: open ") {
		t.Errorf("got %+v: %v", o, err)
	}
}

// TestRun measures a folder: a file that can be filled, one that can't, one that this server can't make, and one that is
// no schema.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, script := range map[string]string{
		"a.sql": `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int NOT NULL REFERENCES a) PARTITION BY RANGE (a); CREATE TABLE b1 PARTITION OF b DEFAULT;
			CREATE TABLE nowhere (x int) PARTITION BY LIST (x); ALTER TABLE a OWNER TO nobody_at_all;`,
		"b.sql":      "CREATE TABLE good (id int); CREATE TABLE bad (id int NOT NULL CONSTRAINT never CHECK (id > 1 AND id < 1));",
		"c.sql":      "CREATE EXTENSION no_such_extension; CREATE TABLE a (x no_such_type); CREATE TABLE b (id int);",
		"d.sql":      "SELECT 1;",
		"readme.txt": "not a schema",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, progress strings.Builder
	details := filepath.Join(dir, "details")
	if err := run(t.Context(), dir, options{rows: 20, timeout: time.Minute, details: details, one: apart}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^ a\.sql +2 +2 +\d+\.\d +\(1 not run for want of: role, line 2: role "nobody_at_all" does not exist\) *$`,
		`(?m)^ b\.sql +2 +1 +\d+\.\d .*bad`,
		`(?m)^ c\.sql +1 +1 +\d+\.\d +\(1 tables left out that need a type of an extension\) *$`,
		`(?m)^ d\.sql +0 +0 +\d+\.\d .*no tables in database`,
		`\ncompat files=4 whole=2 tables=5 filled=4\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("it does not match %s", want)
		}
	}
	all, err := os.ReadFile(details)
	if err != nil || !strings.Contains(string(all), "b.sql\tpublic.bad: ") {
		t.Errorf("details: %v %s", err, all)
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for dir, want := range map[string]string{empty: "no .sql file in " + empty, filepath.Join(empty, "none"): "no such file or directory"} {
		err := run(t.Context(), dir, options{}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to hold %s", dir, err, want)
		}
	}
}

// TestCompare has what is gone, and what is no longer what it was, be found.
func TestCompare(t *testing.T) {
	t.Parallel()
	table := func(validated bool, indexes ...*schema.Index) *schema.Database {
		return &schema.Database{Tables: []*schema.Table{{
			Schema: "public", Name: "t", Indexes: indexes,
			ForeignKeys: []*schema.ForeignKey{{Name: "k", Definition: "FOREIGN KEY (a) REFERENCES p(b)", Validated: validated}},
		}}}
	}
	var o outcome
	o.compare(table(true, &schema.Index{Name: "i", Definition: "CREATE INDEX i ON t (a)", Valid: true}), table(false))
	want := []failure{
		{Reason: "changed: public.t foreign key k from FOREIGN KEY (a) REFERENCES p(b) validated=true to FOREIGN KEY (a) REFERENCES p(b) validated=false"},
		{Reason: "gone: public.t index i CREATE INDEX i ON t (a) valid=true clustered=false replica=false constraint="},
	}
	if diff := cmp.Diff(want, o.Failures); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
