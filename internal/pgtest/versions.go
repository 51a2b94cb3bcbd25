package pgtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgassay/pgassay/internal/pgserver"
)

// binsVariable names the environment variable that lists folders of PostgreSQL binaries, separated as in PATH, whose
// servers tests may use besides the one that they share.
const binsVariable = "PGASSAY_TEST_PG_BINS"

// Servers returns, by name, how to start a server of each PostgreSQL at hand: of the one that the tests share, and of each
// folder in PGASSAY_TEST_PG_BINS. It is for tests that need settings of their own.
func Servers() map[string]pgserver.Options {
	all := map[string]pgserver.Options{"default": Options()}
	for _, dir := range filepath.SplitList(os.Getenv(binsVariable)) {
		opts := Options()
		opts.BinDir = dir
		all[dir] = opts
	}
	return all
}

// Versions runs a test, as subtests, on each PostgreSQL at hand: the server that the tests share, and one of each folder in
// PGASSAY_TEST_PG_BINS, which is started for the test and stopped after it. The test gets an empty database's address.
func Versions(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("shared", func(t *testing.T) {
		t.Parallel()
		test(t, Database(t))
	})
	for _, dir := range filepath.SplitList(os.Getenv(binsVariable)) {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			opts := Options()
			opts.BinDir = dir
			dsn, err := Start(t, opts).CreateDatabase(context.WithoutCancel(t.Context()), "test")
			if err != nil {
				t.Fatal(err)
			}
			test(t, dsn)
		})
	}
}
