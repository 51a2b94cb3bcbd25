package seed_test

import "testing"

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
			name: "fewer of those that are named",
			ddl: `CREATE TABLE small (n int PRIMARY KEY CHECK (n BETWEEN 1 AND 20), owner int NOT NULL, UNIQUE (owner, n));
				CREATE TABLE big (id int PRIMARY KEY, n int NOT NULL);
				ALTER TABLE small ADD FOREIGN KEY (owner) REFERENCES big;
				ALTER TABLE big ADD FOREIGN KEY (id, n) REFERENCES small (owner, n) DEFERRABLE INITIALLY DEFERRED`,
			expect: map[string]uint64{"small": 20, "big": 20},
		},
	})
}
