package seed_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestPartitionKeys: what partitions demand of their own is kept.
func TestPartitionKeys(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "unique keys of partitions",
			ddl: `CREATE TABLE doc (id int, kind text NOT NULL, code text) PARTITION BY LIST (kind);
				CREATE TABLE doc_a PARTITION OF doc (PRIMARY KEY (id)) FOR VALUES IN ('a'); CREATE TABLE doc_rest PARTITION OF doc DEFAULT;
				ALTER TABLE doc_rest ADD PRIMARY KEY (id); CREATE UNIQUE INDEX ON doc_rest (lower(code)); CREATE UNIQUE INDEX ON doc_a (lower(code))`,
		},
		{
			name: "foreign keys between partitions",
			ddl: `CREATE TABLE event (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
				CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
				CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
				CREATE TABLE delta (event_id bigint, at timestamptz NOT NULL, n int, PRIMARY KEY (event_id, at, n)) PARTITION BY RANGE (at);
				CREATE TABLE delta_1 PARTITION OF delta FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
				CREATE TABLE delta_2 PARTITION OF delta FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
				ALTER TABLE delta_1 ADD FOREIGN KEY (event_id, at) REFERENCES event_1; ALTER TABLE delta_2 ADD FOREIGN KEY (event_id, at) REFERENCES event_2`,
		},
		{
			name: "a foreign key to one of several partitions",
			ddl: `CREATE TABLE event (id int, kind text NOT NULL, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
				CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a', 'b'); CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c');
				ALTER TABLE event_c ADD UNIQUE (id); CREATE TABLE note (id int PRIMARY KEY, event_id int NOT NULL REFERENCES event_c (id))`,
			checks: []string{"SELECT count(*) > 0 FROM event_a"},
		},
	})
}

// TestAbstract: a table of which a CHECK constraint keeps every row out is left out, and said to be.
func TestAbstract(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `CREATE TABLE object (id int PRIMARY KEY, name text, CHECK (false) NO INHERIT);
		CREATE TABLE person (id int PRIMARY KEY, object_id int REFERENCES object) INHERITS (object)`)
	result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 20, Seed: 1, NullShare: -1})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Tables) != 1 || result.Tables[0].Table != "public.person" || result.Tables[0].Rows != 20 {
		t.Errorf("filled %+v, want 20 rows of person", result.Tables)
	}
	if !slices.ContainsFunc(result.Warnings, func(w string) bool {
		return strings.HasPrefix(w, "public.object has a CHECK constraint that keeps every row out")
	}) {
		t.Errorf("warnings %q", result.Warnings)
	}
}
