package seed_test

import (
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestCircles: foreign keys that go round in a circle and share columns with others agree.
func TestCircles(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "a method and its configurations, one of which it must name by its own key",
			ddl: `CREATE TABLE scope (id text PRIMARY KEY);
				CREATE TABLE method (id text PRIMARY KEY, scope_id text NOT NULL REFERENCES scope, UNIQUE (scope_id, id));
				CREATE TABLE password_method (id text PRIMARY KEY, scope_id text NOT NULL, conf_id text NOT NULL, UNIQUE (scope_id, id),
					FOREIGN KEY (scope_id, id) REFERENCES method (scope_id, id));
				CREATE TABLE conf (id text PRIMARY KEY, method_id text NOT NULL REFERENCES password_method DEFERRABLE INITIALLY DEFERRED, UNIQUE (method_id, id));
				ALTER TABLE password_method ADD FOREIGN KEY (id, conf_id) REFERENCES conf (method_id, id) DEFERRABLE INITIALLY DEFERRED;
				CREATE TABLE argon_conf (id text PRIMARY KEY REFERENCES conf, method_id text NOT NULL, FOREIGN KEY (method_id, id) REFERENCES conf (method_id, id))`,
		},
		{
			name: "two tables of tenants that must name each other",
			ddl: `CREATE TABLE tenant (id int PRIMARY KEY);
				CREATE TABLE a (tenant_id int NOT NULL REFERENCES tenant, id int, b_id int NOT NULL, PRIMARY KEY (tenant_id, id));
				CREATE TABLE b (tenant_id int NOT NULL REFERENCES tenant, id int, a_id int NOT NULL, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, a_id) REFERENCES a);
				ALTER TABLE a ADD FOREIGN KEY (tenant_id, b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED`,
			checks: []string{"SELECT count(DISTINCT tenant_id) > 20 FROM a", "SELECT count(DISTINCT b_id) > 20 FROM a"},
		},
		{
			name: "tenants that are nobody's rows",
			ddl: `CREATE TABLE a (tenant int, id int, b_id int NOT NULL, PRIMARY KEY (tenant, id));
				CREATE TABLE b (tenant int, id int, a_id int NOT NULL, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, a_id) REFERENCES a);
				ALTER TABLE a ADD FOREIGN KEY (tenant, b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED`,
			checks: []string{"SELECT count(DISTINCT tenant) > 3 FROM a"},
		},
		{
			name: "a header that must name its current revision",
			ddl: `CREATE TABLE header (id uuid PRIMARY KEY, current int NOT NULL);
				CREATE TABLE revision (header_id uuid NOT NULL REFERENCES header, number int, title text, PRIMARY KEY (header_id, number));
				ALTER TABLE header ADD FOREIGN KEY (id, current) REFERENCES revision (header_id, number) DEFERRABLE INITIALLY DEFERRED`,
		},
		{
			name: "three tables in a circle, the tenant of one of which has a column of its own",
			ddl: `CREATE TABLE tenant (id uuid PRIMARY KEY);
				CREATE TABLE a (id int PRIMARY KEY, tenant_id uuid NOT NULL, b_id int NOT NULL, UNIQUE (tenant_id, id));
				CREATE TABLE b (id int PRIMARY KEY, tenant_id uuid NOT NULL, c_id int NOT NULL, UNIQUE (tenant_id, id));
				CREATE TABLE c (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenant, a_id int NOT NULL, UNIQUE (tenant_id, id), FOREIGN KEY (tenant_id, a_id) REFERENCES a (tenant_id, id));
				ALTER TABLE a ADD FOREIGN KEY (tenant_id, b_id) REFERENCES b (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
				ALTER TABLE b ADD FOREIGN KEY (tenant_id, c_id) REFERENCES c (tenant_id, id) DEFERRABLE INITIALLY DEFERRED`,
			checks: []string{"SELECT count(DISTINCT tenant_id) > 10 FROM a"},
		},
		{
			name: "a domain that refuses null in a circle",
			ddl: `CREATE DOMAIN key AS text NOT NULL CHECK (length(VALUE) > 3);
				CREATE TABLE method (id key PRIMARY KEY, conf_id key);
				CREATE TABLE conf (id key PRIMARY KEY, method_id key REFERENCES method, UNIQUE (method_id, id));
				ALTER TABLE method ADD FOREIGN KEY (id, conf_id) REFERENCES conf (method_id, id) DEFERRABLE INITIALLY DEFERRED`,
		},
		{
			name: "a key that may be null, but whose columns may not, all but one",
			ddl: `CREATE TABLE store (id int PRIMARY KEY); CREATE TABLE large (id int PRIMARY KEY REFERENCES store);
				CREATE TABLE item (id int PRIMARY KEY, store_id int NOT NULL REFERENCES store, kind text NOT NULL, UNIQUE (store_id, id, kind));
				CREATE TABLE book (id int PRIMARY KEY, store_id int NOT NULL, kind text, name text, UNIQUE (store_id, name), UNIQUE (store_id, id),
					FOREIGN KEY (store_id, id, kind) REFERENCES item (store_id, id, kind), FOREIGN KEY (store_id) REFERENCES large)`,
		},
		{
			name: "a key whose columns are referenced, null where a check says so",
			ddl: `CREATE TABLE target (id int PRIMARY KEY);
				CREATE TABLE alias (id int PRIMARY KEY, target_id int REFERENCES target, host text, CHECK (target_id IS NOT NULL AND host IS NOT NULL OR target_id IS NULL AND host IS NULL), UNIQUE (id, target_id));
				CREATE TABLE certificate (id int PRIMARY KEY, alias_id int NOT NULL, target_id int NOT NULL REFERENCES target, FOREIGN KEY (alias_id, target_id) REFERENCES alias (id, target_id))`,
			checks: []string{"SELECT count(*) > 10 FROM alias WHERE host IS NULL"},
		},
		{
			name: "one of what belongs to a row, which is unique where it counts",
			ddl: `CREATE TABLE course (id int PRIMARY KEY);
				CREATE TABLE template (id int PRIMARY KEY, course_id int NOT NULL REFERENCES course, whole boolean NOT NULL, state text NOT NULL CHECK (state IN ('active', 'deleted')), migration_id int);
				CREATE UNIQUE INDEX ON template (course_id) WHERE whole AND state <> 'deleted';
				CREATE TABLE migration (id int PRIMARY KEY, template_id int NOT NULL REFERENCES template);
				ALTER TABLE template ADD FOREIGN KEY (migration_id) REFERENCES migration`,
			checks: []string{"SELECT count(*) > 20 FROM template WHERE whole AND state <> 'deleted'"},
		},
		{
			name: "a part of a shared key that only one side checks",
			ddl: `CREATE TABLE org (id uuid PRIMARY KEY);
				CREATE TABLE site (org_id uuid REFERENCES org, region text CHECK (region IN ('eu', 'us')), id int, rack_id int NOT NULL, PRIMARY KEY (org_id, region, id));
				CREATE TABLE rack (org_id uuid NOT NULL, region text NOT NULL, id int, site_id int NOT NULL, label text NOT NULL, PRIMARY KEY (org_id, region, id), UNIQUE (org_id, label),
					FOREIGN KEY (org_id, region, site_id) REFERENCES site);
				ALTER TABLE site ADD FOREIGN KEY (org_id, region, rack_id) REFERENCES rack DEFERRABLE INITIALLY DEFERRED`,
			twice: true,
		},
		{
			name: "an owner who has an account himself, of his kind",
			ddl: `CREATE DOMAIN key AS varchar(20) NOT NULL CHECK (length(VALUE) >= 6);
				CREATE TABLE account (id key PRIMARY KEY, owner_id key, kind text NOT NULL CHECK (kind IN ('person', 'firm')), UNIQUE (id, kind));
				CREATE TABLE person (id key PRIMARY KEY, kind text NOT NULL CHECK (kind = 'person'), FOREIGN KEY (id, kind) REFERENCES account (id, kind));
				ALTER TABLE account ADD FOREIGN KEY (owner_id) REFERENCES person DEFERRABLE INITIALLY DEFERRED`,
			expect: map[string]uint64{"person": 0}, checks: []string{"SELECT count(*) > 20 FROM person"},
		},
		{
			name: "a workspace and its folders, one of which is its root",
			ddl: `CREATE TABLE folder (ws int, id int, parent int, root boolean NOT NULL, PRIMARY KEY (ws, id), FOREIGN KEY (ws, parent) REFERENCES folder, CHECK (root = (parent IS NULL)));
				CREATE TABLE ws (id int PRIMARY KEY, root_folder int NOT NULL);
				ALTER TABLE folder ADD FOREIGN KEY (ws) REFERENCES ws;
				ALTER TABLE ws ADD FOREIGN KEY (id, root_folder) REFERENCES folder DEFERRABLE INITIALLY DEFERRED`,
			twice: true,
		},
		{
			name: "people and their addresses, one of which may be the first",
			ddl: `CREATE TABLE site (id int PRIMARY KEY);
				CREATE TABLE person (site_id int REFERENCES site, id int, first_address text, note text, PRIMARY KEY (site_id, id));
				CREATE TABLE address (site_id int, person_id int, address text, PRIMARY KEY (site_id, person_id, address), FOREIGN KEY (site_id, person_id) REFERENCES person);
				ALTER TABLE person ADD FOREIGN KEY (site_id, id, first_address) REFERENCES address DEFERRABLE`,
			checks: []string{"SELECT count(first_address) > 100 FROM person", "SELECT count(*) > 5 FROM person WHERE first_address IS NULL"},
		},
		{
			name: "of nobody's sites, and a CHECK says who must have one",
			ddl: `CREATE TABLE person (site_id int, id int, first_address text, verified boolean NOT NULL, PRIMARY KEY (site_id, id), CHECK (NOT verified OR first_address IS NOT NULL));
				CREATE TABLE address (site_id int, person_id int, address text, PRIMARY KEY (site_id, person_id, address), FOREIGN KEY (site_id, person_id) REFERENCES person);
				ALTER TABLE person ADD FOREIGN KEY (site_id, id, first_address) REFERENCES address DEFERRABLE`,
			checks: []string{"SELECT count(*) > 50 FROM person WHERE verified", "SELECT count(*) > 5 FROM person WHERE first_address IS NULL"},
		},
		{
			name: "one that may be named, whose kind is never the one that must be named",
			ddl: `CREATE TABLE site (id int PRIMARY KEY);
				CREATE TABLE crew (site_id int REFERENCES site, id int, kind text NOT NULL CHECK (kind = 'crew'), lead int, PRIMARY KEY (site_id, id));
				CREATE TABLE hand (site_id int, crew_id int, id int, kind text NOT NULL CHECK (kind = 'hand'), PRIMARY KEY (site_id, crew_id, id), UNIQUE (site_id, crew_id, id, kind), FOREIGN KEY (site_id, crew_id) REFERENCES crew);
				ALTER TABLE crew ADD FOREIGN KEY (site_id, id, lead, kind) REFERENCES hand (site_id, crew_id, id, kind)`,
			checks: []string{"SELECT count(lead) = 0 FROM crew"},
		},
		{
			name: "fewer of those that are named",
			ddl: `CREATE TABLE small (n int PRIMARY KEY CHECK (n BETWEEN 1 AND 20), owner int NOT NULL, UNIQUE (owner, n));
				CREATE TABLE big (id int PRIMARY KEY, n int NOT NULL);
				ALTER TABLE small ADD FOREIGN KEY (owner) REFERENCES big;
				ALTER TABLE big ADD FOREIGN KEY (id, n) REFERENCES small (owner, n) DEFERRABLE INITIALLY DEFERRED`,
			expect: map[string]uint64{"small": 20, "big": 20},
		},
	})
}

// TestAskedOf: rows are what those that refer to them need them to be.
func TestAskedOf(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "the domain of a column that refers to a wider one",
			ddl: `CREATE DOMAIN host AS text CHECK (VALUE ~ '^[a-z]{3,10}\.example$');
				CREATE TABLE alias (id int PRIMARY KEY, value text NOT NULL UNIQUE, UNIQUE (value, id));
				CREATE TABLE host_alias (id int PRIMARY KEY, value host NOT NULL, FOREIGN KEY (value, id) REFERENCES alias (value, id))`,
		},
		{
			name: "no longer than a column that refers to it can be",
			ddl: `CREATE TABLE kind (code varchar PRIMARY KEY, about text); CREATE TABLE tag (label text PRIMARY KEY);
				CREATE TABLE report (id int PRIMARY KEY, code varchar(4) NOT NULL REFERENCES kind, tag varchar(6) REFERENCES tag)`,
		},
		{
			name: "kinds that each have a table",
			ddl: `CREATE TABLE thing (id int PRIMARY KEY, kind text NOT NULL, UNIQUE (id, kind));
				CREATE TABLE car (id int PRIMARY KEY, kind text NOT NULL CHECK (kind = 'car'), FOREIGN KEY (id, kind) REFERENCES thing (id, kind));
				CREATE TABLE boat (id int PRIMARY KEY, kind text NOT NULL CHECK (kind = 'boat'), FOREIGN KEY (id, kind) REFERENCES thing (id, kind))`,
			expect: map[string]uint64{"car": 0, "boat": 0},
			checks: []string{"SELECT count(*) > 20 FROM car", "SELECT count(*) > 20 FROM boat"},
		},
		{
			name: "what is asked for by way of a table between",
			ddl: `CREATE TABLE code (code text PRIMARY KEY); CREATE TABLE wide (code text PRIMARY KEY REFERENCES code);
				CREATE TABLE narrow (id int PRIMARY KEY, code text NOT NULL REFERENCES wide CHECK (code ~ '^[A-Z]{2}-[0-9]{4}$'))`,
		},
	})
}

// TestAskedInVain: what can't be had is not asked for at the expense of the table that would have to give it.
func TestAskedInVain(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, `CREATE TABLE color (name text PRIMARY KEY CHECK (name <> 'blue'));
		CREATE TABLE paint (id int PRIMARY KEY, color text NOT NULL REFERENCES color CHECK (color = 'blue'))`)
	result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 20, Seed: 1, NullShare: -1, SkipUnfillable: true})
	if result == nil || len(result.Tables) != 1 || result.Tables[0].Table != "public.color" || result.Tables[0].Rows != 20 {
		t.Fatalf("filled %+v, error %v, want 20 rows of color", result, err)
	}
	if len(result.Unfillable) != 1 || result.Unfillable[0].Table != "public.paint" {
		t.Errorf("unfillable %+v, want paint", result.Unfillable)
	}
}

// TestRowsOfTheFile: rows that are there before are what new ones hang on, and leave room or none.
func TestRowsOfTheFile(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "a tree whose CHECK demands a certain root",
			ddl: `CREATE TABLE kind (name text PRIMARY KEY); INSERT INTO kind VALUES ('root'), ('branch'), ('leaf'), ('none');
				CREATE TABLE node (id text PRIMARY KEY, kind text NOT NULL REFERENCES kind, parent text REFERENCES node,
					CHECK (kind = 'root' AND parent IS NULL OR kind = 'branch' AND parent = 'all' OR kind = 'leaf' AND parent IS NOT NULL AND parent <> 'all'));
				INSERT INTO node VALUES ('all', 'root', NULL); CREATE TABLE note (id int PRIMARY KEY, node_id text NOT NULL REFERENCES node)`,
			append: true,
			checks: []string{"SELECT count(*) > 20 FROM node WHERE kind = 'leaf' AND parent IS NOT NULL", "SELECT count(*) > 10 FROM node WHERE parent = 'all'"},
		},
		{
			name: "a boss, who nobody else is without",
			ddl:  `CREATE TABLE staff (id int PRIMARY KEY, boss int NOT NULL REFERENCES staff, CHECK (id <> boss OR id = 1)); INSERT INTO staff VALUES (1, 1)`, append: true,
		},
		{
			name: "a tree within tenants, one of which has a row",
			ddl: `CREATE TABLE tenant (id int PRIMARY KEY); INSERT INTO tenant VALUES (7), (8);
				CREATE TABLE node (tenant_id int REFERENCES tenant, id int, parent int, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, parent) REFERENCES node);
				INSERT INTO node VALUES (7, 1, NULL)`,
			append: true, checks: []string{"SELECT count(*) > 20 FROM node WHERE parent IS NOT NULL"},
		},
		{
			name: "a table of one row, which is there",
			ddl: `CREATE TABLE version (version text NOT NULL); CREATE UNIQUE INDEX ON version ((version IS NOT NULL)); INSERT INTO version VALUES ('v1');
				CREATE TABLE other (id int PRIMARY KEY)`,
			append: true, expect: map[string]uint64{"version": 1},
		},
		{
			name: "a table of one row, which is not there",
			ddl:  `CREATE TABLE version (at timestamptz NOT NULL); CREATE UNIQUE INDEX ON version ((at IS NULL))`, expect: map[string]uint64{"version": 1},
		},
	})
}
