package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pgassay/pgassay/internal/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pgassay": main})
}

// TestScript runs testdata/script/*.txtar: what a user types, and what a user sees. UPDATE_SCRIPTS=1 rewrites the
// expected output in them. On top of testscript's own commands there is
//
//	database NAME...   make an empty database each and put its address into the environment variable NAME
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values[scriptT{}] = env.T()
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"database": makeDatabases},
	})
}

func makeDatabases(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: database NAME...")
	}
	t := scriptT{ts, ts.Value(scriptT{}).(testscript.T)}
	for _, name := range args {
		ts.Setenv(name, pgtest.Database(t))
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
