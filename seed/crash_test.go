package seed_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// childVariable holds the work of a child process: the test binary runs itself, to be killed.
const childVariable = "PGASSAY_SEED_CHILD"

type childWork struct {
	DSN     string
	Options seed.Options
}

func TestMain(m *testing.M) {
	if work := os.Getenv(childVariable); work != "" {
		os.Exit(child(work))
	}
	os.Exit(m.Run())
}

// child runs a seed and writes a line for every event.
func child(work string) int {
	var w childWork
	if err := json.Unmarshal([]byte(work), &w); err != nil {
		fmt.Println(err)
		return 2
	}
	config, err := pgx.ParseConfig(w.DSN)
	if err != nil {
		fmt.Println(err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	w.Options.Progress = func(e seed.Event) { fmt.Println("event", e.Kind, e.Table, e.Rows, e.Text) }
	if _, err := seed.Run(ctx, config, w.Options); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

// runChild runs a seed in another process and sends it a signal after some events; it returns how many there were.
func runChild(t *testing.T, config *pgx.ConnConfig, opts seed.Options, events int, sig os.Signal) (seen int, output []string) {
	t.Helper()
	work, err := json.Marshal(childWork{config.ConnString(), opts})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(work))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		output = append(output, lines.Text())
		if seen++; seen == events {
			_ = cmd.Process.Signal(sig) // it may have ended
		}
	}
	_ = cmd.Wait() // that it was killed is what it is for
	return seen, output
}

// crashSchema has one of everything that must come back exactly as it was.
const crashSchema = `
	CREATE TABLE a (id int PRIMARY KEY, name text NOT NULL, note text);
	CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL, other int, name text, made timestamptz);
	CREATE TABLE c (id int PRIMARY KEY, b_id int REFERENCES b ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
	ALTER TABLE b ADD CONSTRAINT "to A" FOREIGN KEY (a_id) REFERENCES a ON UPDATE CASCADE;
	ALTER TABLE b ADD CONSTRAINT loose FOREIGN KEY (other) REFERENCES a NOT VALID;
	ALTER TABLE a ADD COLUMN main_b int REFERENCES b;
	COMMENT ON CONSTRAINT "to A" ON b IS 'it''s a \ comment';
	CREATE INDEX b_name ON b (lower(name) text_pattern_ops DESC NULLS LAST) WITH (fillfactor = 70) WHERE name <> '';
	ALTER INDEX b_name ALTER COLUMN 1 SET STATISTICS 321;
	COMMENT ON INDEX b_name IS 'by name';
	CREATE INDEX b_made ON b (made) INCLUDE (other);
	ALTER TABLE b CLUSTER ON b_made;
	CREATE INDEX "Odd Name" ON b USING hash (a_id);
	CREATE FUNCTION noise() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
	CREATE TRIGGER loud BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION noise();
	CREATE TRIGGER always AFTER INSERT ON b FOR EACH STATEMENT EXECUTE FUNCTION noise();
	ALTER TABLE b ENABLE ALWAYS TRIGGER always;
	CREATE TRIGGER off BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION noise();
	ALTER TABLE b DISABLE TRIGGER off;`

var crashOptions = seed.Options{
	Tables: []seed.Wish{{Table: "a", Rows: 6000}, {Table: "b", Rows: 25_000}, {Table: "c", Rows: 30_000}}, Seed: 3, NullShare: -1, Workers: 2,
}

// definitions describes everything about tables that a load must leave as it was.
func definitions(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	return pgtest.Values[string](t, conn, `
		SELECT format('constraint %s %s %s valid %s comment %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint'))
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('index %s clustered %s replica %s valid %s statistics %s comment %s', pg_get_indexdef(indexrelid), indisclustered, indisreplident, indisvalid,
			(SELECT string_agg(attstattarget::text, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid), obj_description(indexrelid, 'pg_class'))
		FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL
		SELECT format('table %s %s %s', oid::regclass, relforcerowsecurity, relreplident) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%'
		ORDER BY 1`)
}

// partial lists the tables that opts fill and that are neither whole nor empty.
func partial(t *testing.T, conn *pgx.Conn, opts seed.Options) (tables []string) {
	t.Helper()
	for _, wish := range opts.Tables {
		if rows := pgtest.Value[uint64](t, conn, "SELECT count(*) FROM "+wish.Table); rows != 0 && rows != wish.Rows {
			tables = append(tables, fmt.Sprintf("%s with %d rows", wish.Table, rows))
		}
	}
	return tables
}

// TestKill kills a seed at random moments. After a repair everything is as it was, and every table is whole or empty.
func TestKill(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, crashSchema)
	want := definitions(t, conn)
	random := rand.New(rand.NewPCG(1, 2))
	opts := crashOptions
	opts.Truncate = true
	for round := range 20 {
		events, output := runChild(t, conn.Config(), opts, 1+random.IntN(85), os.Kill)
		t.Logf("killed after %d events: %q", events, output[len(output)-1])
		if _, err := seed.Repair(t.Context(), conn.Config(), 2); err != nil {
			t.Fatalf("round %d, killed after %d events: %v", round, events, err)
		}
		if diff := cmp.Diff(want, definitions(t, conn)); diff != "" {
			t.Fatalf("round %d, killed after %d events: definitions (-want +got)\n%s", round, events, diff)
		}
		if tables := partial(t, conn, opts); tables != nil {
			t.Fatalf("round %d: neither whole nor empty: %q", round, tables)
		}
	}
	if _, err := seed.Run(t.Context(), conn.Config(), opts); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, definitions(t, conn)); diff != "" {
		t.Errorf("after a whole run: definitions (-want +got)\n%s", diff)
	}
}

// TestResume kills a resumable seed again and again and goes on each time: the rows are those of a run in one go.
func TestResume(t *testing.T) {
	t.Parallel()
	atOnce, conn := pgtest.With(t, crashSchema), pgtest.With(t, crashSchema)
	whole, err := seed.Run(t.Context(), atOnce.Config(), crashOptions)
	if err != nil {
		t.Fatal(err)
	}
	want := definitions(t, conn)
	opts := crashOptions
	opts.Resume, opts.PieceRows = true, 200 // more pieces than the kills can wait for
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 20 {
		if _, output := runChild(t, conn.Config(), opts, 2+random.IntN(12), os.Kill); len(output) > 0 && strings.HasPrefix(output[len(output)-1], "error") {
			t.Fatalf("round %d: %q", round, output)
		}
	}
	got, err := seed.Run(t.Context(), conn.Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outcome(t, atOnce, whole), outcome(t, conn, got)); diff != "" {
		t.Errorf("rows and checksums (-in one go +resumed)\n%s", diff)
	}
	if diff := cmp.Diff(want, definitions(t, conn)); diff != "" {
		t.Errorf("definitions (-want +got)\n%s", diff)
	}
}

// TestInterrupt interrupts a seed at random moments: it cleans up after itself, or says with which command to do so.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, crashSchema)
	want := definitions(t, conn)
	random := rand.New(rand.NewPCG(5, 6))
	opts := crashOptions
	opts.Truncate = true
	for round := range 12 {
		_, output := runChild(t, conn.Config(), opts, 1+random.IntN(85), os.Interrupt)
		if last := output[len(output)-1]; strings.Contains(last, "pgassay seed repair") {
			if _, err := seed.Repair(t.Context(), conn.Config(), 2); err != nil {
				t.Fatal(err)
			}
		}
		if tables := partial(t, conn, opts); tables != nil {
			t.Errorf("round %d, %q: neither whole nor empty: %q", round, output[len(output)-1], tables)
		}
		if diff := cmp.Diff(want, definitions(t, conn)); diff != "" {
			t.Fatalf("round %d, %q: definitions (-want +got)\n%s", round, output[len(output)-1], diff)
		}
	}
}

// TestSameData: the number of workers, shards and pieces does not change the data.
func TestSameData(t *testing.T) {
	t.Parallel()
	want := sums(seedOnce(t, crashSchema, crashOptions))
	for _, workers := range []int{1, 8} {
		opts := crashOptions
		opts.Workers = workers
		if diff := cmp.Diff(want, sums(seedOnce(t, crashSchema, opts))); diff != "" {
			t.Errorf("%d workers (-want +got)\n%s", workers, diff)
		}
	}
	opts := crashOptions
	opts.KeepConstraints, opts.Resume, opts.PieceRows = true, true, 777
	if diff := cmp.Diff(want, sums(seedOnce(t, crashSchema, opts))); diff != "" {
		t.Errorf("in pieces, constraints kept (-want +got)\n%s", diff)
	}
	opts = crashOptions
	opts.Seed++
	if diff := cmp.Diff(want, sums(seedOnce(t, crashSchema, opts))); diff == "" {
		t.Error("another seed made the same rows")
	}
}

// TestShards fills a database in four parts, in any order and two at a time.
func TestShards(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, table := range seedOnce(t, crashSchema, crashOptions).Tables {
		want[table.Table] = table.Checksum
	}
	conn := pgtest.With(t, crashSchema)
	before := definitions(t, conn)
	errs := make(chan error)
	var mu sync.Mutex
	whole := map[string]uint64{} // the shards' checksums, added up
	for _, pair := range [][]int{{3, 1}, {4, 2}} {
		go func() {
			for _, shard := range pair {
				opts := crashOptions
				opts.Shard, opts.Shards = shard, 4
				part, err := seed.Run(t.Context(), conn.Config(), opts)
				if err != nil {
					errs <- fmt.Errorf("shard %d: %w", shard, err)
					return
				}
				mu.Lock()
				for _, table := range part.Tables {
					sum, err := strconv.ParseUint(table.Checksum, 16, 64)
					if err != nil {
						t.Error(err)
					}
					whole[table.Table] += sum
				}
				mu.Unlock()
			}
			errs <- nil
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, definitions(t, conn)); diff != "" {
		t.Errorf("definitions (-want +got)\n%s", diff)
	}
	for _, wish := range crashOptions.Tables {
		var rows uint64
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+wish.Table).Scan(&rows); err != nil || rows != wish.Rows {
			t.Errorf("%s has %d rows, error %v", wish.Table, rows, err)
		}
	}
	got := map[string]string{}
	for table, sum := range whole {
		got[table] = fmt.Sprintf("%016x", sum)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checksums (-want +got)\n%s", diff)
	}
}

func seedOnce(t *testing.T, ddl string, opts seed.Options) *seed.Result {
	t.Helper()
	result, err := seed.Run(t.Context(), pgtest.With(t, ddl).Config(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func sums(r *seed.Result) map[string]string {
	all := map[string]string{}
	for _, table := range r.Tables {
		all[table.Table] = fmt.Sprintf("%d rows, %d bytes, %s", table.Rows, table.Bytes, table.Checksum)
	}
	return all
}
