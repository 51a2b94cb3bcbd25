-- A shop, seeded the same way each time. Some keys are indexed and some are not, on purpose.
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, country text NOT NULL, city text NOT NULL, joined timestamptz NOT NULL, tags text[] NOT NULL, profile jsonb NOT NULL, phone varchar(30), referrer int);
INSERT INTO customers SELECT g, 'user' || g || '@example.org', 'Name ' || md5(g::text), 'C' || g % 50, 'T' || g % 500, '2020-01-01'::timestamptz + g * interval '1 hour',
    ARRAY['t' || g % 2000, 'u' || g % 3000], jsonb_build_object('level', g % 4000, 'plan', 'p' || g % 3), '+1' || lpad(g::text, 9, '0'), CASE WHEN g % 3 = 0 THEN NULL ELSE g / 2 + 1 END FROM generate_series(1, 30000) g;
CREATE INDEX ON customers (joined);
CREATE INDEX ON customers (phone);
CREATE TABLE products (id int PRIMARY KEY, sku text NOT NULL UNIQUE, title text NOT NULL, body text NOT NULL, price numeric NOT NULL, category int NOT NULL, active boolean NOT NULL);
INSERT INTO products SELECT g, 'SKU-' || g, 'Thing ' || md5(g::text), 'word' || g % 2500 || ' and some more common words', g % 997, g % 40, g % 20 <> 0 FROM generate_series(1, 20000) g;
CREATE INDEX ON products (category);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL, total numeric NOT NULL, placed timestamptz NOT NULL, shipped timestamptz, note text);
INSERT INTO orders SELECT g, (g * 7919) % 30000 + 1, CASE WHEN g % 200 = 0 THEN 'open' ELSE 'done' END, g % 5003, '2022-01-01'::timestamptz + g * interval '10 minutes',
    CASE WHEN g % 200 = 0 THEN NULL ELSE '2022-01-03'::timestamptz + g * interval '10 minutes' END, repeat('n', 80) FROM generate_series(1, 80000) g;
CREATE INDEX ON orders (placed);
CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, product_id int NOT NULL REFERENCES products, quantity int NOT NULL, price numeric NOT NULL);
INSERT INTO items SELECT g, (g - 1) / 2 + 1, (g * 7919) % 20000 + 1, g % 5 + 1, g % 997 FROM generate_series(1, 160000) g;
CREATE INDEX ON items (order_id);
CREATE TABLE events (id bigint PRIMARY KEY, customer_id int NOT NULL, kind text NOT NULL, at timestamp NOT NULL, payload text NOT NULL);
INSERT INTO events SELECT g, g % 3000, 'k' || g % 30, '2023-01-01'::timestamp + g * interval '1 minute', repeat('p', 60) FROM generate_series(1, 100000) g;
CREATE INDEX ON events (customer_id);
CREATE INDEX ON events (at);
CREATE TABLE bans (id int PRIMARY KEY, customer_id int, by_id int NOT NULL);
INSERT INTO bans SELECT g, g * 3, g FROM generate_series(1, 800) g;
CREATE TABLE small (id int PRIMARY KEY, code text NOT NULL, n int NOT NULL);
INSERT INTO small SELECT g, 'c' || g, g FROM generate_series(1, 60) g;
CREATE TABLE slots (id int PRIMARY KEY, starts int NOT NULL, ends int NOT NULL);
INSERT INTO slots SELECT g, g * 10, g * 10 + 4 FROM generate_series(1, 1500) g;
VACUUM ANALYZE;
