package seed_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// content gives for each table of crashSchema the number of its rows and a digest of them, as the server sees them.
func content(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for _, wish := range crashOptions.Tables {
		var digest string
		var rows int
		sql := fmt.Sprintf("SELECT count(*), coalesce(md5(string_agg(x::text, E'\\n' ORDER BY id)), '') FROM %s AS x", wish.Table)
		if err := conn.QueryRow(t.Context(), sql).Scan(&rows, &digest); err != nil {
			t.Fatal(err)
		}
		digests[wish.Table] = fmt.Sprintf("%d rows, %s", rows, digest)
	}
	return digests
}

// outcome is what came of filling crashSchema: the checksums of what was sent, and what the server made of it.
func outcome(t *testing.T, conn *pgx.Conn, result *seed.Result) map[string]string {
	t.Helper()
	all := sums(result)
	maps.Copy(all, content(t, conn))
	return all
}

// TestSameOnEveryVersion: every PostgreSQL at hand gets the same rows: the checksums of what was sent, and what the server
// made of it.
func TestSameOnEveryVersion(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := map[string]map[string]string{} // by version
	t.Cleanup(func() {                    // when the subtests are done
		for version, all := range got {
			for other, more := range got {
				if diff := cmp.Diff(all, more); diff != "" && version < other {
					t.Errorf("PostgreSQL %s and %s differ (-first +second)\n%s", version, other, diff)
				}
			}
			t.Logf("PostgreSQL %s: %v", version, all)
		}
	})
	pgtest.Versions(t, func(t *testing.T, dsn string) {
		conn := pgtest.Connect(t, dsn)
		pgtest.Execute(t, conn, "SET timezone = 'UTC'; "+crashSchema)
		result, err := seed.Run(t.Context(), config(t, dsn), crashOptions)
		if err != nil {
			t.Fatal(err)
		}
		all := outcome(t, conn, result)
		mu.Lock()
		defer mu.Unlock()
		got[conn.PgConn().ParameterStatus("server_version")] = all
	})
}

// TestResumeAfterServerCrashes kills a server process with SIGKILL twenty times, at random moments, which makes the server
// end all sessions and recover, and goes on each time: in the end every row is there exactly once.
func TestResumeAfterServerCrashes(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, pgtest.Options())
	databases := map[string]string{}
	for _, name := range []string{"whole", "crashed"} {
		dsn, err := server.CreateDatabase(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Execute(t, pgtest.Connect(t, dsn), crashSchema)
		databases[name] = dsn
	}
	atOnce := pgtest.Connect(t, databases["whole"])
	before := definitions(t, atOnce)
	whole, err := seed.Run(t.Context(), atOnce.Config(), crashOptions)
	if err != nil {
		t.Fatal(err)
	}
	want := outcome(t, atOnce, whole)

	opts := crashOptions
	opts.Resume, opts.PieceRows = true, 200
	random := rand.New(rand.NewPCG(7, 8))
	crashes := 0
	var got *seed.Result
	for round := 0; got == nil; round++ {
		if round == 60 {
			t.Fatalf("not done after %d crashes", crashes)
		}
		var events, killed atomic.Int64
		at := int64(1 + random.IntN(20))
		opts.Progress = func(seed.Event) {
			if crashes < 20 && events.Add(1) >= at && killed.Load() == 0 && crash(t, databases["crashed"]) {
				killed.Add(1)
			}
		}
		awaitServer(t, databases["crashed"])
		result, err := seed.Run(t.Context(), config(t, databases["crashed"]), opts)
		crashes += int(killed.Load())
		switch {
		case err == nil:
			got = result
		case killed.Load() == 0:
			t.Fatalf("round %d failed by itself: %v", round, err)
		}
	}
	if t.Logf("done after %d crashes", crashes); crashes < 20 {
		t.Errorf("done after %d crashes: that is too few to say anything", crashes)
	}
	conn := pgtest.Connect(t, databases["crashed"])
	if diff := cmp.Diff(want, outcome(t, conn, got)); diff != "" {
		t.Errorf("rows and checksums (-in one go +resumed)\n%s", diff)
	}
	if diff := cmp.Diff(before, definitions(t, conn)); diff != "" {
		t.Errorf("definitions (-want +got)\n%s", diff)
	}
}

// crash kills a server process that loads, and tells whether there was one. It returns when the server has noticed, and
// has ended this connection too: from then on it takes none until it has recovered.
func crash(t *testing.T, dsn string) bool {
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return false // it is recovering from the last one
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var pid int
	sql := "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgassay seed' AND datname = current_database() ORDER BY state = 'active' DESC LIMIT 1"
	if conn.QueryRow(t.Context(), sql).Scan(&pid) != nil || syscall.Kill(pid, syscall.SIGKILL) != nil {
		return false
	}
	_, err = conn.Exec(t.Context(), "SELECT pg_sleep(60)")
	return err != nil
}

// awaitServer waits until a server that recovers takes connections.
func awaitServer(t *testing.T, dsn string) {
	t.Helper()
	for {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			_ = conn.Close(t.Context())
			return
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}
