package seed_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
	file "github.com/pgassay/pgassay/seed/config"
)

const shop = `
CREATE TYPE channel AS ENUM ('web', 'store', 'phone');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, phone varchar(20),
	city text, country_code char(2), channel channel, loyal boolean, score int, notes text, settings jsonb, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz);
CREATE TABLE products (id serial PRIMARY KEY, sku varchar(12) NOT NULL UNIQUE, title text NOT NULL, price numeric(10,2) NOT NULL CHECK (price > 0), tags text[]);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, referrer_id bigint REFERENCES customers,
	status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'paid', 'sent', 'lost')), placed_at timestamptz NOT NULL, paid_at timestamptz, CHECK (paid_at > placed_at));
CREATE TABLE items (order_id bigint REFERENCES orders, product_id int REFERENCES products, quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 20), PRIMARY KEY (order_id, product_id));
CREATE TABLE profiles (customer_id bigint PRIMARY KEY REFERENCES customers, bio text);
CREATE TABLE categories (id int PRIMARY KEY, parent_id int REFERENCES categories, name text NOT NULL);
CREATE TABLE log (id bigserial PRIMARY KEY, line text);`

// TestConfigure fills a shop as a configuration says. Each of the checks is a query that must give true.
func TestConfigure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		checks       []string
	}{
		{"rows", "rows: 20\ntables:\n  customers: 50\n  products: {rows: 1k}\n  log: skip\n", []string{
			"(SELECT count(*) FROM customers) = 50", "(SELECT count(*) FROM products) = 1000", "(SELECT count(*) FROM orders) = 20", "NOT EXISTS (SELECT FROM log)",
		}},
		{"rows per parent", "rows: 100\ntables:\n  orders: {rows_per: {customer_id: 0-6}}\n  items: {rows_per: {orders: {min: 1, max: 5, distribution: zipf}}}\n  profiles: {rows_per: {customers: 1}}\n", []string{
			"(SELECT min(n) = 0 AND max(n) = 6 AND count(*) = 100 FROM (SELECT count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id) AS x)",
			"(SELECT min(n) = 1 AND max(n) = 5 FROM (SELECT count(i.order_id) AS n FROM orders o LEFT JOIN items i ON i.order_id = o.id GROUP BY o.id) AS x)",
			"(SELECT count(*) FROM profiles) = 100",
		}},
		{"the other side of a pair", "rows: 100\ntables:\n  items: {rows_per: {products: 7}}\n", []string{
			"(SELECT min(n) = 7 AND max(n) = 7 AND count(*) = 100 FROM (SELECT count(*) AS n FROM items GROUP BY product_id) AS x)",
		}},
		{"a choice of parents", "rows: 300\ntables:\n  orders:\n    columns:\n      customer_id: {distribution: uniform}\n      referrer_id: {values: [3, 5], null_share: 0.5}\n  items: {columns: {product_id: {min: 10, max: 19}}}\n", []string{
			"(SELECT max(n) <= 2 FROM (SELECT count(*) AS n FROM orders GROUP BY customer_id) AS x)",
			"(SELECT bool_and(referrer_id IN (3, 5)) AND count(referrer_id) BETWEEN 110 AND 190 FROM orders)",
			"(SELECT bool_and(product_id BETWEEN 10 AND 19) FROM items)",
		}},
		{"columns", `
rows: 200
seed: 9
tables:
  customers:
    columns:
      name: {template: "{first} {last} of {city}"}
      channel: {values: {web: 3, phone: 1}}
      score: {min: 10, max: 20}
      loyal: {values: [true]}
      phone: {null_share: 1}
      notes: skip
      city: [Ulm, null]
      created_at: {min: 2024-01-01, max: 2024-12-31}
      settings: {sql: "jsonb_build_object('n', row)"}
  orders: {columns: {status: {values: {paid: 9, sent: 1}}}}
`, []string{
			"(SELECT bool_and(name LIKE '% of %' AND channel <> 'store' AND score BETWEEN 10 AND 20 AND loyal AND phone IS NULL AND notes IS NULL AND settings ? 'n') FROM customers)",
			"(SELECT count(city) BETWEEN 70 AND 130 AND bool_and(city = 'Ulm') FROM customers)",
			"(SELECT min(created_at) >= '2024-01-01' AND max(created_at) < '2025-01-01' FROM customers)",
			"(SELECT count(*) FILTER (WHERE status = 'paid') BETWEEN 160 AND 199 AND bool_and(status IN ('paid', 'sent')) FROM orders)",
		}},
		{"part of a key", "rows: 5\ntables:\n  products: {rows: 9, columns: {sku: [A1, A2, A3, A4, A5, A6, A7, A8, A9]}}\n", []string{"(SELECT count(DISTINCT sku) = 9 FROM products)"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			conn := pgtest.With(t, shop)
			said := parsed(t, test.config)
			result, err := seed.Run(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: said})
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range test.checks {
				var holds *bool
				if err := conn.QueryRow(t.Context(), "SELECT "+check).Scan(&holds); err != nil || holds == nil || !*holds {
					t.Errorf("%s: does not hold, error %v; warnings %q", check, err, result.Warnings)
				}
			}
		})
	}
}

func parsed(t *testing.T, content string) *file.Config {
	t.Helper()
	read, err := file.Parse("seed.yaml", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestMisconfigured: each line that asks for what can't be has what is said of it in a comment.
func TestMisconfigured(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, shop+`
		CREATE TABLE sums (a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED);
		CREATE TABLE parts (day date NOT NULL) PARTITION BY RANGE (day); CREATE TABLE parts1 PARTITION OF parts DEFAULT`)
	for _, content := range []string{
		"tables:\n  user: skip # no such table: user; pgassay schema show lists the tables\n  customer: skip # no such table: customer; did you mean public.customers?\n",
		"tables:\n  orders: skip\n  public.orders: skip # table public.orders is named twice: in line 2, too\n",
		"tables:\n  parts1: skip # table public.parts1 is a partition: name public.parts, whose rows go to its partitions\n",
		`tables:
  customers:
    columns:
      emial: {generator: email} # table public.customers has no column emial; did you mean email?
      name: {null_share: 0.5} # column name is NOT NULL and can have no share of nulls
      email: default # column email is NOT NULL and has no default to be left to
      id: default # column id can't be left to its default: public.orders references it, and its rows must know the values
      score: {exponent: 2} # column score is in no foreign key: exponent says how skewed the choice of rows is that a foreign key refers to
  sums: {columns: {b: [1]}} # column b is generated: PostgreSQL computes it from other columns
  orders:
    rows_per: {products: 3} # table public.orders has no foreign key to products, nor a column of one called so; it has: public.customers (customer_id); public.customers (referrer_id)
    columns:
      customer_id: {sql: "1"} # column customer_id is a foreign key to public.customers: its values are those of rows there. Instead of sql write distribution, null_share, or the values, min or max that may be chosen
      referrer_id: {distribution: normal} # column referrer_id is a foreign key to public.customers: rows there can be chosen uniform or zipf, and not normal
  log: {rows_per: {orders: 3}} # table public.log has no foreign key: rows_per needs one to orders
  categories:
    rows_per: {parent_id: 3} # rows_per parent_id: table public.categories refers to itself there, and a tree has no fixed number of rows per row
    columns:
      parent_id: [1] # column parent_id refers to rows of its own table, which make a tree: nothing but null_share applies
  items:
    rows_per: {orders: 3}
    columns:
      order_id: {distribution: uniform} # column order_id: rows_per orders says already which rows there are chosen: leave out null_share, distribution and exponent
      product_id: {values: {1: 2, 2: 1}} # column product_id is a foreign key to public.products: its values are a list of those that may be chosen, without weights and null (write null_share)
`,
		"tables:\n  orders: {rows_per: {customers: 3}} # table public.orders has several foreign keys to customers: name one by its column: public.customers (customer_id); public.customers (referrer_id)\n",
		`rows: 10
tables:
  customers:
    columns:
      email: {generator: emial} # there is no generator emial; did you mean email?
      name: {generator: latitude} # the generator latitude makes no values of type text
      phone: {template: "{uuid}"} # the template makes texts of up to 36 characters, and column phone takes 20
      country_code: {template: "{nothing}"} # template: nothing is called {nothing}
      channel: [web, fax] # "fax" is no value of type public.channel
      score: {min: 20, max: 10} # min is greater than max
      notes: {min: a} # type text has no order: min, max and distribution do not apply
      created_at: {min: yesterday} # "yesterday" is no value of type timestamp with time zone
      settings: {sql: nonsense(row)} # the expression for column settings cannot be evaluated: function nonsense(integer) does not exist
`,
		`rows: 10
tables:
  products:
    rows: 100 # table public.products can't have 100 rows, but at most 3: sku is unique and has only 3 values
    columns:
      sku: [a, b, c]
  orders:
    columns:
      status: [paid, refunded] # public.orders, constraint orders_status_check (CHECK ((status = ANY (ARRAY['new'::text, 'paid'::text, 'sent'::text, 'lost'::text])))): status: refunded can't be: the checks forbid it
  items:
    columns:
      product_id: {min: 1000} # column product_id: none of 3 rows of public.products is so: product_id >= '1000'
`,
		"tables:\n  customers: 10\n  profiles: {rows_per: {customers: 2}} # rows_per customers: 2 rows each can't be, as customer_id is unique in public.profiles\n",
		"tables:\n  products: 5\n  items: {rows_per: {orders: 6}} # rows_per orders: 6 rows each can't be, as items_pkey is unique and there are only 5 rows of public.products\n",
	} {
		said := parsed(t, content)
		_, err := seed.Prepare(t.Context(), conn.Config(), seed.Options{Seed: 1, NullShare: -1, Config: said})
		var problems file.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v", content, err)
			continue
		}
		var want, got []string
		for i, line := range strings.Split(content, "\n") {
			if _, comment, ok := strings.Cut(line, " # "); ok {
				want = append(want, file.Problem{File: "seed.yaml", Line: i + 1, Text: comment}.String())
			}
		}
		for _, p := range problems {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestDraft: the configuration that a plan writes makes the data of the plan.
func TestDraft(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ ddl, config string }{
		"a shop":        {ddl: shop},
		"a shop, again": {shop, "seed: 5\nnull_share: 0.3\npresent: 2024-02-29\nrows: 40\ntables:\n  orders: {rows_per: {customer_id: {max: 9, distribution: normal}}, columns: {referrer_id: {distribution: zipf, exponent: 1.5}}}\n  log: skip\n  customers: {columns: {city: [\"yes\", \"null\", 'a \"b\" #c', null, 1.50], loyal: default, settings: {sql: \"'{}'::jsonb\"}}}\n"},
		"names":         {ddl: `CREATE TABLE "Größe ""x""" ("Id: a" int PRIMARY KEY, "null" text, "# b" text, "default" date); CREATE TABLE "skip" ("createdAt" timestamptz, "yes" int REFERENCES "Größe ""x""")`},
		"tenants": {ddl: `CREATE TABLE tenants (id int PRIMARY KEY, name text UNIQUE);
			CREATE TABLE users (tenant_id int REFERENCES tenants, id int, email varchar(60), PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email));
			CREATE TABLE tasks (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, owner_id int, parent_id int, position int, FOREIGN KEY (tenant_id, owner_id) REFERENCES users, UNIQUE (tenant_id, position));
			CREATE TABLE stars (tenant_id int, user_id int, task_id int REFERENCES tasks, PRIMARY KEY (tenant_id, user_id, task_id), FOREIGN KEY (tenant_id, user_id) REFERENCES users)`},
		"a circle": {ddl: `CREATE TABLE team (id int PRIMARY KEY, owner_id int); CREATE TABLE member (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team, name text);
			ALTER TABLE team ADD FOREIGN KEY (owner_id) REFERENCES member`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := seed.Options{Seed: 3, NullShare: -1}
			if test.config != "" {
				opts.Config = parsed(t, test.config)
				opts.Seed = *opts.Config.Seed
				opts.NullShare = *opts.Config.NullShare
			} else {
				opts.Rows = 150
			}
			conn := pgtest.With(t, test.ddl)
			plan, err := seed.Prepare(t.Context(), conn.Config(), opts)
			if err != nil {
				t.Fatal(err)
			}
			var written bytes.Buffer
			if err := plan.Draft().Write(&written); err != nil {
				t.Fatal(err)
			}
			want, err := seed.Run(t.Context(), conn.Config(), opts)
			if err != nil {
				t.Fatal(err)
			}

			said := parsed(t, written.String())
			again := seed.Options{Seed: *said.Seed, NullShare: -1, Config: said}
			if said.NullShare != nil {
				again.NullShare = *said.NullShare
			}
			if diff := cmp.Diff(sums(want), sums(seedOnce(t, test.ddl, again))); diff != "" {
				t.Errorf("%s\n(-inferred +configured):\n%s", written.String(), diff)
			}
		})
	}
}
