package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pgassay": main})
}

// TestScript runs testdata/script/*.txtar: what a user types, and what a user sees. UPDATE_SCRIPTS=1 rewrites the
// expected output in them. Every script has a cache folder of its own, PGASSAY_CACHE, and what runs from it is stopped
// afterwards. The condition postgres is true where a PostgreSQL can be had, and in CI, where one must. On top of
// testscript's own commands there is
//
//	database NAME...   make an empty database each and put its address into the environment variable NAME; with
//	                   NAME=PREFIX, the database's own name begins with PREFIX and goes into the variable NAME_NAME
//	findings FILE      print where the findings of a demo's JSON are
//	page NAME          run the sh blocks of docs/NAME and compare what they print with the text blocks that follow them
//	planted FILE       write into FILE where the faults of examples/blog are, in the same form
//	rendered FILE TEXT write into TEXT what a demo's JSON looks like as text
//	shown FILE PAGE    PAGE of docs must show an output like FILE
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"database": makeDatabases, "findings": listFindings, "page": runPage, "planted": listPlanted,
			"rendered": renderDemo, "shown": checkShown,
		},
	})
}

func setUp(env *testscript.Env) error {
	env.Values[scriptT{}] = env.T()
	// Not in the script's folder: where root runs the tests, the server's user can't enter that.
	cache, err := os.MkdirTemp("/tmp", "pgassay-script-")
	if err != nil {
		return err
	}
	env.Defer(func() {
		_, err := pgserver.StopKept(context.Background(), cache)
		_, moreErr := pgserver.StopTemporaries(context.Background(), cache)
		if err := errors.Join(err, moreErr, os.RemoveAll(cache)); err != nil {
			env.T().Log(err)
		}
	})
	if err := os.Chmod(cache, 0o755); err != nil {
		return err
	}
	env.Setenv("PGASSAY_CACHE", cache)
	for _, name := range []string{"PGASSAY_PG_BIN", "PGASSAY_PG_REPOSITORY"} {
		env.Setenv(name, os.Getenv(name))
	}
	return nil
}

func condition(name string) (bool, error) {
	if name != "postgres" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	source := pgserver.Source{
		BinDir: os.Getenv("PGASSAY_PG_BIN"), Repository: os.Getenv("PGASSAY_PG_REPOSITORY"), CacheDir: os.Getenv("PGASSAY_CACHE"),
	}
	_, err := source.Find(context.Background())
	return err == nil || os.Getenv("CI") != "", nil
}

func makeDatabases(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: database NAME...")
	}
	t := scriptT{ts, ts.Value(scriptT{}).(testscript.T)}
	for _, arg := range args {
		name, prefix, ok := strings.Cut(arg, "=")
		if !ok {
			prefix = "test"
		}
		dsn := pgtest.Named(t, prefix)
		ts.Setenv(name, dsn)
		ts.Setenv(name+"_NAME", path.Base(strings.Split(dsn, "?")[0]))
	}
}

// scriptT is a pgtest.T made of a script; its zero value is the key of the script's testscript.T.
type scriptT struct {
	ts   *testscript.TestScript
	test testscript.T
}

func (scriptT) Helper()                             {}
func (scriptT) Context() context.Context            { return context.Background() }
func (t scriptT) Cleanup(f func())                  { t.ts.Defer(f) }
func (t scriptT) Skip(args ...any)                  { t.test.Skip(args...) }
func (t scriptT) Fatal(args ...any)                 { t.test.Fatal(args...) }
func (t scriptT) Fatalf(format string, args ...any) { t.ts.Fatalf(format, args...) }
