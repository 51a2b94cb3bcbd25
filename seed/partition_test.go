package seed_test

import "testing"

// TestPartitionsOfTheirOwn fills tables whose partitions demand what the table itself does not.
func TestPartitionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "checks of single partitions",
			ddl: `CREATE TABLE metric (id int NOT NULL, kind text NOT NULL, unit text NOT NULL, value int) PARTITION BY LIST (kind);
				CREATE TABLE metric_t PARTITION OF metric (CHECK (unit = 'ms'), CONSTRAINT positive CHECK (value > 0)) FOR VALUES IN ('time');
				CREATE TABLE metric_s PARTITION OF metric (CONSTRAINT positive CHECK (value > 1000 AND value IS NOT NULL)) FOR VALUES IN ('size', 'weight');
				CREATE TABLE metric_d PARTITION OF metric (CHECK (unit NOT IN ('ms', 'kg'))) DEFAULT`,
			checks: []string{"SELECT count(DISTINCT kind) >= 2 FROM metric"},
		},
		{
			name: "checks of partitions in partitions",
			ddl: `CREATE TABLE e (id int NOT NULL, region text NOT NULL, day date NOT NULL, note text) PARTITION BY LIST (region);
				CREATE TABLE e_eu PARTITION OF e (CHECK (note LIKE 'EU%')) FOR VALUES IN ('eu') PARTITION BY RANGE (day);
				CREATE TABLE e_eu_1 PARTITION OF e_eu (CHECK (id > 50)) FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
				CREATE TABLE e_eu_2 PARTITION OF e_eu FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
				CREATE TABLE e_us PARTITION OF e FOR VALUES IN ('us')`,
		},
		{
			name: "a partition by a number of another table that may be missing",
			ddl: `CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE event (id int NOT NULL, item_id int REFERENCES item) PARTITION BY RANGE (item_id);
				CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (50); CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (50) TO (120)`,
			checks: []string{"SELECT count(*) = 200 AND max(item_id) < 120 FROM event"},
		},
		{
			name: "a list of partitions with one for none",
			ddl: `CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE event (id int NOT NULL, item_id int REFERENCES item) PARTITION BY LIST (item_id);
				CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1, 2, 3); CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (NULL, 4)`,
		},
	})
}
