package seed_test

import "testing"

// TestValuesInCommon fills tables whose foreign keys share columns, of parents that know nothing of each other.
func TestValuesInCommon(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "three parents",
			ddl: `CREATE TABLE region (code text, ext text, PRIMARY KEY (code, ext)); CREATE TABLE product (code text, sku text, PRIMARY KEY (code, sku));
				CREATE TABLE agent (code text, nick text, PRIMARY KEY (code, nick));
				CREATE TABLE sale (code text, ext text, sku text NOT NULL, nick text NOT NULL, n int, PRIMARY KEY (code, ext, n),
					FOREIGN KEY (code, ext) REFERENCES region, FOREIGN KEY (code, sku) REFERENCES product, FOREIGN KEY (code, nick) REFERENCES agent);
				CREATE TABLE line (code text, ext text, n int, sku text, i int, PRIMARY KEY (code, ext, n, i), FOREIGN KEY (code, ext, n) REFERENCES sale, FOREIGN KEY (code, sku) REFERENCES product)`,
			checks: []string{"SELECT count(DISTINCT code) > 2 FROM sale"},
		},
		{
			name: "a parent that has each value once",
			ddl: `CREATE TABLE coin (code text PRIMARY KEY); CREATE TABLE coin_tx (code text REFERENCES coin, tx uuid, PRIMARY KEY (code, tx)); CREATE TABLE script (code text, script text, PRIMARY KEY (code, script));
				CREATE TABLE output (code text, tx uuid, n int, script text NOT NULL, PRIMARY KEY (code, tx, n), FOREIGN KEY (code, tx) REFERENCES coin_tx, FOREIGN KEY (code, script) REFERENCES script)`,
		},
	})
}
