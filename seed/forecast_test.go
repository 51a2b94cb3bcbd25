package seed_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed"
	"github.com/pgassay/pgassay/seed/disk"
)

// TestForecast: what is said beforehand is what then happens.
func TestForecast(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, crashSchema)
	before := definitions(t, conn)
	plan, err := seed.Prepare(t.Context(), conn.Config(), crashOptions)
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := plan.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, definitions(t, conn)); diff != "" {
		t.Errorf("a forecast has changed something (-want +got)\n%s", diff)
	}
	var off []string
	for _, r := range forecast.TakesOff {
		off = append(off, r.Kind+" "+r.Table+" "+r.Name)
	}
	want := []string{
		"foreign key public.a a_main_b_fkey", "foreign key public.b loose", "foreign key public.b to A", "foreign key public.c c_b_id_fkey",
		"index public.b Odd Name", "index public.b b_made", "index public.b b_name", "trigger public.b always", "trigger public.b loud",
	}
	if diff := cmp.Diff(want, off); diff != "" {
		t.Errorf("what comes off (-want +got)\n%s", diff)
	}
	if forecast.Rows != 61_000 || len(forecast.Production) > 0 || len(forecast.Empties) > 0 {
		t.Errorf("rows %d, production %q, empties %v", forecast.Rows, forecast.Production, forecast.Empties)
	}
	if err := forecast.CheckDisk(); err != nil {
		t.Error(err)
	}
	if _, err := plan.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range forecast.Tables {
		var size, indexes int64
		if err := conn.QueryRow(t.Context(), "SELECT pg_total_relation_size($1::regclass), pg_indexes_size($1::regclass)", table.Table).Scan(&size, &indexes); err != nil {
			t.Fatal(err)
		}
		if table.SizeBytes < size*7/10 || table.SizeBytes > size*13/10 {
			t.Errorf("%s: %d bytes were estimated (%d of indexes), there are %d (%d)", table.Table, table.SizeBytes, table.IndexBytes, size, indexes)
		}
	}

	// Full tables are refused by the forecast as by the load; with Truncate it says what goes.
	opts := crashOptions
	opts.Truncate = true
	if plan, err = seed.Prepare(t.Context(), conn.Config(), opts); err != nil {
		t.Fatal(err)
	}
	if forecast, err = plan.Forecast(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(forecast.Empties) != 3 || forecast.Empties[0].SizeBytes < 100_000 {
		t.Errorf("emptied %v", forecast.Empties)
	}
	if plan, err = seed.Prepare(t.Context(), conn.Config(), crashOptions); err != nil {
		t.Fatal(err)
	}
	if _, err = plan.Forecast(t.Context()); err == nil || !strings.Contains(err.Error(), "hold rows: add to them with --append") {
		t.Errorf("full tables: error %v", err)
	}
}

// TestCheckDisk asks for more rows than any disk holds, and pretends that nothing is known of it.
func TestCheckDisk(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	if _, err := schema.Apply(t.Context(), pgtest.Connect(t, dsn), schema.Blog, schema.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	plan, err := seed.Prepare(t.Context(), config(t, dsn), seed.Options{Tables: []seed.Wish{{Table: "posts", Rows: 1e12}, {Table: "users", Rows: 1000}}, NullShare: -1})
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := plan.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !forecast.Disk.Known {
		t.Skip("the server's disk is not known here: ", forecast.Disk.Why)
	}
	var full *seed.FullError
	if err := forecast.CheckDisk(); !errors.As(err, &full) || !strings.Contains(err.Error(), "--ignore-disk") || !strings.Contains(err.Error(), "would fit") {
		t.Errorf("a trillion rows: error %v", err)
	}
	forecast.Disk = disk.Space{Why: "the server runs on another machine"}
	if err := forecast.CheckDisk(); err != nil {
		t.Errorf("a disk of which nothing is known: error %v", err)
	}
	if text := forecast.Summary(); !strings.Contains(text, "not known: the server runs on another machine") {
		t.Errorf("summary %q", text)
	}
}
