package seed_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// filling is a schema that must be filled with all constraints in place: the server judges.
type filling struct {
	name   string
	ddl    string
	rows   uint64            // of every table; 0: 200
	expect map[string]uint64 // rows that are there in the end by table, where not as wished; 0: any number above
	append bool
	twice  bool     // once more with append
	checks []string // queries that must give true
}

// fill seeds the schemas and checks them.
func fill(t *testing.T, fillings []filling) {
	for _, test := range fillings {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.Database(t)
			conn := pgtest.Connect(t, dsn)
			if _, err := conn.Exec(t.Context(), test.ddl); err != nil {
				t.Fatal(err)
			}
			rows := test.rows
			if rows == 0 {
				rows = 200
			}
			result, err := seed.Run(t.Context(), config(t, dsn), seed.Options{Rows: rows, Seed: 1, NullShare: -1, Append: test.append})
			if err != nil {
				t.Fatal(err)
			}
			if test.twice {
				more, err := seed.Run(t.Context(), config(t, dsn), seed.Options{Rows: rows, Seed: 1, NullShare: -1, Append: true})
				if err != nil {
					t.Fatal(err)
				}
				for _, table := range more.Tables {
					if table.Rows < rows {
						t.Errorf("%s gets %d more rows, want %d; warnings %q", table.Table, table.Rows, rows, more.Warnings)
					}
				}
			}
			for _, table := range result.Tables {
				want, other := test.expect[strings.TrimPrefix(table.Table, "public.")]
				var got uint64
				if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table.Table).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if !other && got < rows || other && got != want && want > 0 || got == 0 {
					t.Errorf("%s has %d rows, reported %d, want %d; warnings %q", table.Table, got, table.Rows, max(want, rows), result.Warnings)
				}
			}
			for _, check := range test.checks {
				var holds bool
				if err := conn.QueryRow(t.Context(), check).Scan(&holds); err != nil || !holds {
					t.Errorf("%s: %v, error %v", check, holds, err)
				}
			}
		})
	}
}

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
	dsn := pgtest.Database(t)
	if _, err := pgtest.Connect(t, dsn).Exec(t.Context(), `CREATE TABLE object (id int PRIMARY KEY, name text, CHECK (false) NO INHERIT);
		CREATE TABLE person (id int PRIMARY KEY, object_id int REFERENCES object) INHERITS (object)`); err != nil {
		t.Fatal(err)
	}
	result, err := seed.Run(t.Context(), config(t, dsn), seed.Options{Rows: 20, Seed: 1, NullShare: -1})
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
