package seed_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
	file "github.com/pgassay/pgassay/seed/config"
)

// TestRowsPerAppended: with --append, only new rows of the parent get their number; those that are there have theirs.
func TestRowsPerAppended(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `CREATE TABLE customers (id int PRIMARY KEY, code text UNIQUE);
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, customer_code text REFERENCES customers (code))`)
	said := parsed(t, "tables:\n  customers: 10\n  orders: {rows_per: {customer_id: 3}}\n")
	for round := 1; round <= 3; round++ {
		if _, err := seed.Run(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: said, Append: round > 1}); err != nil {
			t.Fatal(err)
		}
		var customers, least, most int
		sql := "SELECT count(*), min(n), max(n) FROM (SELECT count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id) AS x"
		if err := conn.QueryRow(t.Context(), sql).Scan(&customers, &least, &most); err != nil {
			t.Fatal(err)
		}
		if customers != 10*round || least != 3 || most != 3 {
			t.Errorf("after %d rounds %d customers with %d to %d orders, want %d with 3", round, customers, least, most, 10*round)
		}
	}
	none := parsed(t, "tables:\n  customers: 0\n  orders: {rows_per: {customer_id: 3}}\n")
	plan, err := seed.Prepare(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: none, Append: true})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Rows != 0 || !slices.ContainsFunc(plan.Warnings, func(w string) bool { return strings.HasPrefix(w, "public.orders gets no more rows: ") }) {
		t.Errorf("%d rows planned, warnings %q", plan.Rows, plan.Warnings)
	}
}

// TestSaidOfWhatFollows: what the configuration says of a foreign key that follows from another one can't be, and is an error.
func TestSaidOfWhatFollows(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `CREATE TABLE tenants (id int PRIMARY KEY);
		CREATE TABLE users (tenant_id int REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));
		CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, user_id int NOT NULL, FOREIGN KEY (tenant_id, user_id) REFERENCES users)`)
	said := parsed(t, "rows: 50\ntables:\n  tasks:\n    columns:\n      user_id: {distribution: uniform}\n      tenant_id: {values: [1, 2]}\n")
	_, err := seed.Prepare(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: said})
	var problems file.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v", err)
	}
	want := file.Problems{{
		File: "seed.yaml", Line: 6,
		Text: "column tenant_id: which row of public.tenants it refers to follows from the foreign key (tenant_id, user_id) to public.users, and nothing can be said of it here",
	}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// What is written out to start from says no such thing.
	plan, err := seed.Prepare(t.Context(), conn.Config(), seed.Options{Rows: 50, Seed: 1, NullShare: -1})
	if err != nil {
		t.Fatal(err)
	}
	var draft strings.Builder
	if err := plan.Draft().Write(&draft); err != nil {
		t.Fatal(err)
	}
	if _, err := seed.Prepare(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: parsed(t, draft.String())}); err != nil {
		t.Errorf("%v\n%s", err, draft.String())
	}
}
