package seed_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestKeys fills schemas whose keys are tied together in every way, with all constraints in place: the server judges.
// Each of the checks is a query that must give true.
func TestKeys(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "one to one",
			ddl: `CREATE TABLE a (id int PRIMARY KEY);
				CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL UNIQUE REFERENCES a);
				CREATE TABLE c (id int PRIMARY KEY REFERENCES a, note text)`,
		},
		{
			name:   "pairs, no more than there are",
			ddl:    `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, flag boolean UNIQUE NOT NULL); CREATE TABLE ab (a_id int REFERENCES a, b_id int REFERENCES b, PRIMARY KEY (a_id, b_id))`,
			expect: map[string]uint64{"b": 2}, rows: 30,
		},
		{
			name: "a tree without loops",
			ddl:  `CREATE TABLE t (id int PRIMARY KEY, parent_id int REFERENCES t)`,
			checks: []string{
				"SELECT count(*) > 100 FROM t WHERE parent_id IS NOT NULL",
				"WITH RECURSIVE r AS (SELECT id FROM t WHERE parent_id IS NULL UNION ALL SELECT t.id FROM t JOIN r ON t.parent_id = r.id) SELECT count(*) = 200 FROM r",
			},
		},
		{
			name: "a circle of two tables",
			ddl: `CREATE TABLE team (id int PRIMARY KEY, owner_id int); CREATE TABLE member (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team);
				ALTER TABLE team ADD FOREIGN KEY (owner_id) REFERENCES member`,
		},
		{
			name: "tenants",
			ddl: `CREATE TABLE tenants (id int PRIMARY KEY);
				CREATE TABLE users (tenant_id int REFERENCES tenants, id int, name text, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name));
				CREATE TABLE projects (tenant_id int REFERENCES tenants, id int, owner_id int NOT NULL, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, owner_id) REFERENCES users (tenant_id, id));
				CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, project_id int NOT NULL, assignee_id int, parent_id int, UNIQUE (tenant_id, id),
					FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id), FOREIGN KEY (tenant_id, assignee_id) REFERENCES users (tenant_id, id),
					FOREIGN KEY (tenant_id, parent_id) REFERENCES tasks (tenant_id, id));
				CREATE TABLE project_users (tenant_id int, project_id int, user_id int, PRIMARY KEY (tenant_id, project_id, user_id),
					FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id), FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id))`,
			checks: []string{"SELECT count(*) > 50 FROM tasks WHERE parent_id IS NOT NULL", "SELECT count(assignee_id) > 50 FROM tasks"},
		},
		{
			name: "a composite key to itself",
			ddl:  `CREATE TABLE node (tree int, id int, parent int, PRIMARY KEY (tree, id), FOREIGN KEY (tree, parent) REFERENCES node (tree, id))`,
		},
		{
			name: "other widths",
			ddl: `CREATE DOMAIN positive AS int CHECK (VALUE > 0);
				CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY, big bigint NOT NULL REFERENCES a);
				CREATE TABLE c (id int PRIMARY KEY, b_id int NOT NULL REFERENCES b, p positive NOT NULL REFERENCES b)`,
		},
		{
			name:   "numbers within a parent",
			ddl:    `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE line (a_id int REFERENCES a, line_no int, PRIMARY KEY (a_id, line_no))`,
			checks: []string{"SELECT max(line_no) < 200 FROM line"},
		},
		{
			name:   "a table of one row",
			ddl:    `CREATE TABLE settings (id int PRIMARY KEY, theme text); CREATE UNIQUE INDEX ON settings ((true))`,
			expect: map[string]uint64{"settings": 1},
		},
		{
			name: "two sets over one column",
			ddl: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY);
				CREATE TABLE abc (a_id int REFERENCES a, b_id int REFERENCES b, c_id int REFERENCES c, UNIQUE (a_id, b_id), UNIQUE (b_id, c_id), UNIQUE (a_id, c_id))`,
		},
		{
			name: "a key of a key of a key",
			ddl: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); CREATE TABLE c (id int PRIMARY KEY REFERENCES b, a_id int NOT NULL REFERENCES b);
				CREATE TABLE d (c_id int NOT NULL REFERENCES c, b_id int REFERENCES b)`,
		},
		{
			name: "the same columns to two tables",
			ddl: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); CREATE TABLE c (id int PRIMARY KEY REFERENCES a);
				CREATE TABLE d (x int PRIMARY KEY, FOREIGN KEY (x) REFERENCES b, FOREIGN KEY (x) REFERENCES c)`,
		},
		{
			name: "keys that reference a column that may be null",
			ddl:  `CREATE TABLE a (id int PRIMARY KEY, name varchar(30) UNIQUE); CREATE TABLE b (id int PRIMARY KEY, a_name varchar(30) NOT NULL REFERENCES a (name))`,
		},
		{
			name: "exactly one parent, and unique with something",
			ddl: `CREATE TABLE f (id int PRIMARY KEY); CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
				CREATE TABLE t (id int PRIMARY KEY, f_id int NOT NULL REFERENCES f, a_id int REFERENCES a, b_id int REFERENCES b, deleted_at timestamptz, CHECK ((a_id IS NOT NULL) <> (b_id IS NOT NULL)));
				CREATE UNIQUE INDEX ON t (f_id, a_id) WHERE deleted_at IS NULL; CREATE UNIQUE INDEX ON t (f_id, b_id) WHERE deleted_at IS NULL`,
			checks: []string{"SELECT count(a_id) BETWEEN 20 AND 180 FROM t"},
		},
		{
			name: "two keys of one table that differ",
			ddl: `CREATE TABLE step (flow int, slug text, PRIMARY KEY (flow, slug));
				CREATE TABLE dep (flow int, dep text, slug text, PRIMARY KEY (flow, dep, slug), CHECK (dep <> slug),
					FOREIGN KEY (flow, dep) REFERENCES step (flow, slug), FOREIGN KEY (flow, slug) REFERENCES step (flow, slug))`,
			expect: map[string]uint64{"dep": 0}, // any number
		},
		{
			name: "a table and its extension, each of which references the other",
			ddl: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
				ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b DEFERRABLE INITIALLY DEFERRED`,
		},
		{
			name: "no columns, and nothing but defaults",
			ddl:  `CREATE TABLE nothing (); CREATE TABLE counted (id int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now())`,
		},
		{
			name: "a parent wherever there is a label",
			ddl:  `CREATE TABLE task (id int PRIMARY KEY, parent int REFERENCES task, label text, CHECK (parent IS NOT NULL OR label IS NULL))`,
		},
		{
			name: "at most one that is not deleted, of what is referred back to",
			ddl: `CREATE TABLE course (id int PRIMARY KEY); CREATE TABLE migration (id int PRIMARY KEY, template_id int NOT NULL);
				CREATE TABLE template (id int PRIMARY KEY, course_id int NOT NULL REFERENCES course, whole boolean NOT NULL DEFAULT true, state varchar(255), last_id int REFERENCES migration);
				CREATE UNIQUE INDEX ON template (course_id) WHERE whole AND state <> 'deleted'; ALTER TABLE migration ADD FOREIGN KEY (template_id) REFERENCES template`,
		},
		{
			name: "a function that looks up what a row refers to",
			ddl: `CREATE TABLE role (id int PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('user', 'machine', 'guest')));
				CREATE FUNCTION kind_of(wanted int) RETURNS text LANGUAGE sql STABLE AS 'SELECT kind FROM role WHERE id = wanted';
				CREATE FUNCTION suits(role_id int, VARIADIC kinds text[]) RETURNS boolean LANGUAGE plpgsql STABLE AS $$BEGIN RETURN kind_of(role_id) = ANY (kinds); END$$;
				CREATE TABLE membership (id int PRIMARY KEY, role_id int NOT NULL REFERENCES role, CHECK (suits(role_id, 'user', 'guest')));
				CREATE TABLE token (id int PRIMARY KEY, role_id int NOT NULL REFERENCES role, membership_id int REFERENCES membership, CHECK (kind_of(role_id) = 'machine'))`,
			checks: []string{"SELECT count(*) > 20 FROM token", "SELECT count(DISTINCT role_id) > 20 FROM membership"},
		},
		{
			name: "a circle through a partition",
			ddl: `CREATE TABLE runs (id int PRIMARY KEY, best_id int);
				CREATE TABLE metrics (id int NOT NULL, kind text NOT NULL, run_id int NOT NULL) PARTITION BY LIST (kind);
				CREATE TABLE validations PARTITION OF metrics FOR VALUES IN ('validation'); CREATE TABLE steps PARTITION OF metrics FOR VALUES IN ('step');
				ALTER TABLE validations ADD PRIMARY KEY (id), ADD FOREIGN KEY (run_id) REFERENCES runs; ALTER TABLE steps ADD FOREIGN KEY (run_id) REFERENCES runs;
				ALTER TABLE runs ADD FOREIGN KEY (best_id) REFERENCES validations`,
			checks: []string{"SELECT count(*) > 20 FROM validations", "SELECT count(*) > 20 FROM steps", "SELECT count(*) = 3 FROM pg_constraint WHERE contype = 'f' AND convalidated"},
		},
		{
			name: "a unique index over a type without a hash function, of rows that a CASE picks",
			ddl: `CREATE TABLE team (id int PRIMARY KEY);
				CREATE TABLE slot (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team, rank int NOT NULL, kind text NOT NULL CHECK (kind IN ('a', 'b', 'c')), mask bit(1) NOT NULL);
				CREATE UNIQUE INDEX ON slot (team_id, mask) WHERE CASE WHEN kind = 'a' THEN true ELSE rank > 5 END`,
		},
		{
			name: "null counts as a value",
			ddl:  `CREATE TABLE stock (item int, bin int, serial text, n int, PRIMARY KEY (item, bin)); CREATE UNIQUE INDEX ON stock (serial) NULLS NOT DISTINCT; CREATE UNIQUE INDEX ON stock (bin, n) NULLS NOT DISTINCT`,
		},
		{
			name: "at most one template",
			ddl: `CREATE TABLE sequence (id int PRIMARY KEY, organization_id int, ended_at timestamptz);
				CREATE UNIQUE INDEX ON sequence ((organization_id IS NULL)) WHERE organization_id IS NULL AND ended_at IS NULL`,
		},
		{
			name: "a function that wants no blanks",
			ddl: `CREATE FUNCTION no_blanks(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN t !~ '\s'; END $$;
				CREATE TABLE kind (id int PRIMARY KEY, name varchar(255) NOT NULL UNIQUE CHECK (no_blanks(name)))`,
		},
		{
			name: "an assertion in a repetition",
			ddl:  `CREATE TABLE org (id int PRIMARY KEY, name text NOT NULL UNIQUE CHECK (name ~ '^[a-zA-Z0-9](?:[a-zA-Z0-9]|[-.](?=[a-zA-Z0-9]))*-?$'))`,
		},
		{
			name: "partitions by the kind of what a row belongs to, which is a part of the key",
			ddl: `CREATE TABLE notes (id bigint NOT NULL, noteable_type varchar NOT NULL, noteable_id bigint, PRIMARY KEY (id, noteable_type)) PARTITION BY LIST (noteable_type);
				CREATE TABLE epic_notes PARTITION OF notes FOR VALUES IN ('Epic'); CREATE TABLE issue_notes PARTITION OF notes FOR VALUES IN ('Issue')`,
			checks: []string{"SELECT count(*) > 20 FROM epic_notes", "SELECT count(*) > 20 FROM issue_notes"},
		},
		{
			name: "partitions by month and by region, which are parts of the key",
			ddl: `CREATE TABLE device (id uuid PRIMARY KEY);
				CREATE TABLE reading (device_id uuid NOT NULL REFERENCES device, region text NOT NULL, at timestamptz NOT NULL, value real, PRIMARY KEY (device_id, region, at)) PARTITION BY LIST (region);
				CREATE TABLE reading_eu PARTITION OF reading FOR VALUES IN ('de', 'fr') PARTITION BY RANGE (at); CREATE TABLE reading_us PARTITION OF reading FOR VALUES IN ('us');
				CREATE TABLE reading_eu_1 PARTITION OF reading_eu FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')`,
			checks: []string{"SELECT count(*) > 20 FROM reading_eu_1"},
		},
		{
			name: "unique over expressions of two foreign keys",
			ddl: `CREATE TABLE u (id int PRIMARY KEY);
				CREATE TABLE friend (a_id int NOT NULL REFERENCES u, b_id int NOT NULL REFERENCES u, CHECK (a_id <> b_id)); CREATE UNIQUE INDEX ON friend (least(a_id, b_id), greatest(a_id, b_id));
				CREATE TABLE denial (id int PRIMARY KEY, service_id int NOT NULL REFERENCES u, facility_id int REFERENCES u, destination_id int REFERENCES u, CHECK ((facility_id IS NULL) <> (destination_id IS NULL)));
				CREATE UNIQUE INDEX ON denial (coalesce(service_id, 0), coalesce(facility_id, 0), coalesce(destination_id, 0))`,
			checks: []string{"SELECT count(*) > 20 FROM denial WHERE facility_id IS NULL", "SELECT count(*) > 20 FROM denial WHERE destination_id IS NULL"},
		},
		{
			name: "once a day for each user",
			ddl: `CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE visit (id int PRIMARY KEY, user_id int NOT NULL REFERENCES u, at timestamp NOT NULL);
				CREATE UNIQUE INDEX ON visit (user_id, date_trunc('day', at))`,
			rows: 2000, checks: []string{"SELECT count(DISTINCT at::date) < 1900 FROM visit"},
		},
		{
			name: "unique generated columns",
			ddl: `CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, slug text GENERATED ALWAYS AS (lower(name)) STORED UNIQUE, qty int NOT NULL,
				price numeric(10,2) NOT NULL, total numeric GENERATED ALWAYS AS (qty * price) STORED UNIQUE)`,
			rows: 3000,
		},
		{
			name: "some rows are unique in their parent",
			ddl: `CREATE TYPE state AS ENUM ('draft', 'active', 'closed'); CREATE TABLE u (id int PRIMARY KEY, kind boolean NOT NULL UNIQUE);
				CREATE TABLE sub (id int PRIMARY KEY, user_id int NOT NULL REFERENCES u, status state NOT NULL, is_default boolean NOT NULL, deleted_at timestamptz);
				CREATE UNIQUE INDEX ON sub (user_id) WHERE status = 'active'; CREATE UNIQUE INDEX ON sub (user_id) WHERE is_default AND deleted_at IS NULL;
				CREATE UNIQUE INDEX ON sub (is_default) WHERE is_default AND status = 'closed'`,
			expect: map[string]uint64{"u": 2},
			checks: []string{"SELECT count(*) FILTER (WHERE status = 'active') BETWEEN 1 AND 2 AND count(*) FILTER (WHERE status = 'draft') > 20 FROM sub"},
		},
		{
			name: "unique indexes of single partitions",
			ddl: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
				CREATE TABLE ab (main boolean NOT NULL, a_id int NOT NULL REFERENCES a, b_id int NOT NULL REFERENCES b) PARTITION BY LIST (main);
				CREATE TABLE ab_main PARTITION OF ab FOR VALUES IN (true); CREATE TABLE ab_rest PARTITION OF ab FOR VALUES IN (false);
				CREATE UNIQUE INDEX ON ab_main (a_id, b_id); CREATE UNIQUE INDEX ON ab_rest (b_id, a_id)`,
			rows: 1000,
		},
		{
			name: "a pair in order",
			ddl:  `CREATE TABLE novel (id uuid PRIMARY KEY); CREATE TABLE similar_novels (a uuid REFERENCES novel, b uuid REFERENCES novel, PRIMARY KEY (a, b), CHECK (a <> b), CHECK (a < b))`,
		},
		{
			name: "a check by a function over two parents",
			ddl: `CREATE FUNCTION alike(a int, b int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN a % 7 = b % 7; END $$;
				CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE ab (a_id int REFERENCES a, b_id int REFERENCES b, PRIMARY KEY (a_id, b_id), CHECK (alike(a_id, b_id)))`,
		},
		{
			name:   "a unique column that may be null, of few values",
			ddl:    `CREATE TABLE t (id int PRIMARY KEY, code smallint UNIQUE CHECK (code IN (1, 2, 3, 4)), main boolean UNIQUE); CREATE TABLE child (code smallint REFERENCES t (code))`,
			checks: []string{"SELECT count(code) = 4 AND count(main) = 2 FROM t", "SELECT count(code) > 100 FROM child"},
		},
		{
			name: "composite types whose fields may not be null, in composite types",
			ddl: `CREATE TYPE kind AS ENUM ('text', 'mention'); CREATE DOMAIN some_kind AS kind NOT NULL; CREATE DOMAIN line_text AS text NOT NULL;
				CREATE TYPE node AS (kind some_kind, line_text line_text); CREATE DOMAIN some_node AS node NOT NULL; CREATE DOMAIN nodes AS some_node[] NOT NULL;
				CREATE TYPE content AS (lines nodes[], url text); CREATE DOMAIN some_content AS content NOT NULL CHECK ((value).lines IS NOT NULL OR (value).url IS NOT NULL);
				CREATE TABLE post (id int PRIMARY KEY, content some_content NOT NULL, thread some_content[])`,
			checks: []string{"SELECT bool_and((content).url IS NOT NULL) FROM post"},
		},
		{
			name: "a generated column of a domain, and a tree that some column says whether there is a parent in",
			ddl: `CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
				CREATE TABLE plan (id int PRIMARY KEY, price cents NOT NULL, yearly cents GENERATED ALWAYS AS (price * 10 - 50) STORED);
				CREATE TABLE item (id int PRIMARY KEY, gone boolean NOT NULL, successor_id int REFERENCES item, CHECK (successor_id IS NULL OR gone), CHECK (successor_id <> id))`,
			checks: []string{"SELECT count(successor_id) > 20 FROM item"},
		},
		{
			name: "a key that differs from one of a key of several columns",
			ddl: `CREATE TABLE emp (id int PRIMARY KEY); CREATE TABLE skill (name text PRIMARY KEY);
				CREATE TABLE emp_skill (emp_id int REFERENCES emp, skill text REFERENCES skill, verified_by int REFERENCES emp, PRIMARY KEY (emp_id, skill), CHECK (verified_by <> emp_id))`,
			rows: 5000,
		},
		{
			name: "null and a value are alike in an index",
			ddl: `CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE stock (item_id int NOT NULL REFERENCES item, lot text, code text);
				CREATE UNIQUE INDEX ON stock (item_id, coalesce(lot, '')); CREATE UNIQUE INDEX ON stock (coalesce(code, '-'))`,
			rows: 2000, checks: []string{"SELECT count(*) > 50 FROM stock WHERE lot IS NULL"},
		},
		{
			name: "an answer comes after what it answers",
			ddl: `CREATE TABLE room (id uuid PRIMARY KEY);
				CREATE TABLE message (room_id uuid NOT NULL REFERENCES room, seq bigint NOT NULL, reply_to bigint, PRIMARY KEY (room_id, seq), FOREIGN KEY (room_id, reply_to) REFERENCES message, CHECK (reply_to < seq))`,
			rows: 5000,
		},
		{
			name: "some rows are unique in a parent with a key of two columns",
			ddl: `CREATE TABLE device (fleet smallint, serial text, PRIMARY KEY (fleet, serial));
				CREATE TABLE metric (id smallint PRIMARY KEY, hot boolean NOT NULL UNIQUE);
				CREATE TABLE alert (id int PRIMARY KEY, fleet smallint NOT NULL, serial text NOT NULL, metric_id smallint NOT NULL REFERENCES metric, closed timestamptz, sev smallint NOT NULL CHECK (sev IN (1, 2, 3)), FOREIGN KEY (fleet, serial) REFERENCES device);
				CREATE UNIQUE INDEX ON alert (fleet, serial, metric_id) WHERE closed IS NULL; CREATE UNIQUE INDEX ON alert (fleet, serial) WHERE closed IS NULL AND sev = 1`,
			rows: 2000, expect: map[string]uint64{"metric": 2},
		},
		{
			name: "values that differ when they are rounded",
			ddl: `CREATE TABLE hour (at timestamp NOT NULL); CREATE UNIQUE INDEX ON hour (date_trunc('hour', at)); CREATE TABLE priced (id int PRIMARY KEY, price numeric(8,2) NOT NULL); CREATE UNIQUE INDEX ON priced (round(price));
				CREATE TABLE place (lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90), lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180)); CREATE UNIQUE INDEX ON place (round(lat::numeric, 1), round(lon::numeric, 1));
				CREATE TABLE tree (id int PRIMARY KEY, parent_id int REFERENCES tree, name text NOT NULL CHECK (name IN ('a', 'b', 'c', 'd'))); CREATE UNIQUE INDEX ON tree (coalesce(parent_id, 0), name)`,
			rows: 3000,
		},
		{
			name: "partitions whose keys lead to different tables",
			ddl: `CREATE TABLE photo (id uuid PRIMARY KEY); CREATE TABLE place (id uuid PRIMARY KEY);
				CREATE TABLE tag (kind text NOT NULL, entity_id uuid NOT NULL, tag text NOT NULL, PRIMARY KEY (kind, entity_id, tag)) PARTITION BY LIST (kind);
				CREATE TABLE photo_tag PARTITION OF tag FOR VALUES IN ('photo'); ALTER TABLE photo_tag ADD FOREIGN KEY (entity_id) REFERENCES photo;
				CREATE TABLE place_tag PARTITION OF tag FOR VALUES IN ('place'); ALTER TABLE place_tag ADD FOREIGN KEY (entity_id) REFERENCES place`,
		},
		{
			name: "quoted names",
			ddl:  `CREATE TABLE "Straße ""x""" ("Id" int PRIMARY KEY, "order" text); CREATE TABLE "select" ("from" int REFERENCES "Straße ""x""")`,
		},
		{
			name: "a table and its revisions, the current one of which it names by its own key",
			ddl: `CREATE TABLE header (id uuid PRIMARY KEY, current int);
				CREATE TABLE revision (number int, id uuid, PRIMARY KEY (number, id), FOREIGN KEY (id) REFERENCES header (id));
				ALTER TABLE header ADD FOREIGN KEY (current, id) REFERENCES revision (number, id);
				CREATE TABLE credit (id int PRIMARY KEY, header_id uuid NOT NULL REFERENCES header)`,
		},
		{
			name: "the primary one of what belongs to a row, named twice",
			ddl: `CREATE TABLE scope (id text PRIMARY KEY, method_id text);
				CREATE TABLE method (id text PRIMARY KEY, scope_id text NOT NULL REFERENCES scope, UNIQUE (scope_id, id));
				ALTER TABLE scope ADD FOREIGN KEY (method_id) REFERENCES method, ADD FOREIGN KEY (id, method_id) REFERENCES method (scope_id, id)`,
		},
		{
			name: "a schema that is named like ours",
			ddl: `CREATE SCHEMA pgassay; CREATE TABLE pgassay.run (id int PRIMARY KEY); CREATE TABLE pgassay.part (run_id int NOT NULL REFERENCES pgassay.run);
				CREATE TABLE a (id int PRIMARY KEY, run_id int REFERENCES pgassay.run)`,
		},
		{
			name: "unique names in lower case without blanks around, which one kind must have",
			ddl: `CREATE DOMAIN label AS text CHECK (length(trim(VALUE)) > 0) CHECK (length(trim(VALUE)) < 128);
				CREATE TABLE kind (name text PRIMARY KEY CHECK (name IN ('a', 'b')));
				CREATE TABLE worker (id int PRIMARY KEY, name label UNIQUE, kind text NOT NULL REFERENCES kind,
					CHECK (name IS NULL OR lower(trim(name)) = name::text), CHECK (kind <> 'a' OR name IS NOT NULL))`,
			expect: map[string]uint64{"kind": 2},
		},
		{
			name: "a value that a function of the database says, where another table's row says so",
			ddl: `CREATE FUNCTION marked(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '<' || t || '>' $$;
				CREATE TABLE state (name text PRIMARY KEY CHECK (name IN ('started', 'failed')));
				CREATE TABLE recording (id int PRIMARY KEY, state text NOT NULL REFERENCES state, details text NOT NULL DEFAULT marked('none'),
					CHECK (details = marked('none') AND state = 'started' OR details <> marked('none') AND state = 'failed'))`,
			expect: map[string]uint64{"state": 2},
		},
		{
			name: "a generated column that is called like its type",
			ddl: `CREATE TYPE kind AS ENUM ('user', 'role');
				CREATE TABLE object (id int PRIMARY KEY, kind kind NOT NULL GENERATED ALWAYS AS ('user'::kind) STORED CHECK (kind = 'user'::kind), name text NOT NULL, deleted boolean NOT NULL);
				CREATE UNIQUE INDEX ON object (lower(name), kind) WHERE NOT deleted`,
		},
		{
			name: "a key to a unique key, not the primary one",
			ddl:  `CREATE TABLE a (id int PRIMARY KEY, code text NOT NULL UNIQUE); CREATE TABLE b (a_code text NOT NULL REFERENCES a (code))`,
		},
	})
}

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
			conn := pgtest.With(t, test.ddl)
			rows := test.rows
			if rows == 0 {
				rows = 200
			}
			result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: rows, Seed: 1, NullShare: -1, Append: test.append})
			if err != nil {
				t.Fatal(err)
			}
			if test.twice {
				more, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: rows, Seed: 1, NullShare: -1, Append: true})
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
				if !other {
					want = rows
				}
				got := pgtest.Value[uint64](t, conn, "SELECT count(*) FROM "+table.Table)
				if other && want == 0 {
					want = got
				}
				more := test.append || test.twice // there may be others
				if got == 0 || got < want || !more && (got != want || table.Rows != want) {
					t.Errorf("%s has %d rows, reported %d, want %d; warnings %q", table.Table, got, table.Rows, want, result.Warnings)
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

func config(t testing.TB, dsn string) *pgx.ConnConfig {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
