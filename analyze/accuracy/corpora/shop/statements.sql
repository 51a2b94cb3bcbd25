-- tuned on
-- missing-index
SELECT * FROM orders WHERE customer_id = 77;
-- missing-index
SELECT count(*) FROM items WHERE product_id = 12;
-- missing-index
SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 10;
-- missing-index topn-full-scan
SELECT * FROM orders ORDER BY total DESC LIMIT 10;
-- missing-index
SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = 'user77@example.org';
-- missing-index
SELECT * FROM customers WHERE city = 'T17';
-- function-on-column
SELECT * FROM customers WHERE lower(email) = 'user7@example.org';
-- function-on-column
SELECT * FROM orders WHERE date_trunc('day', placed) = '2022-03-01';
-- cast-on-column
SELECT * FROM events WHERE at::date = '2023-02-01';
-- implicit-cast-param
SELECT * FROM orders WHERE id = 77::numeric;
-- like-leading-wildcard
SELECT * FROM customers WHERE name LIKE '%abcde%';
-- like-leading-wildcard
SELECT * FROM products WHERE title ILIKE '%abcde%';
-- jsonb-containment
SELECT * FROM customers WHERE profile @> '{"level": 77}';
-- array-overlap
SELECT * FROM customers WHERE tags && ARRAY['t77', 't78'];
-- fts
SELECT id FROM products WHERE to_tsvector('english', body) @@ to_tsquery('english', 'word77');
-- deep-offset
SELECT * FROM orders ORDER BY id LIMIT 20 OFFSET 50000;
-- not-in-null
SELECT count(*) FROM customers WHERE id NOT IN (SELECT customer_id FROM bans);
-- or-across missing-index
SELECT * FROM orders WHERE customer_id = 7 OR total = 4999;
-- cartesian
SELECT count(*) FROM bans b, small s WHERE b.id > 3;
-- subplan-correlated missing-index
SELECT c.id, (SELECT count(*) FROM events e WHERE e.customer_id = c.id) FROM customers c WHERE c.id < 2000;
-- materialize-loops join-filter nested-loop-inner seq-scan-loop
SELECT count(*) FROM slots a JOIN slots b ON a.starts < b.ends AND a.ends > b.starts;
-- cte-materialized
WITH x AS MATERIALIZED (SELECT * FROM events) SELECT * FROM x WHERE customer_id = 7;
-- wrong-index-order-by missing-index index-filter
SELECT * FROM events WHERE kind = 'k7' AND customer_id = 2999 ORDER BY at LIMIT 5;
-- missing-index sort-avoidable
SELECT * FROM orders WHERE status = 'open' ORDER BY placed;
-- fine
SELECT * FROM orders WHERE id = 77;
-- fine
SELECT * FROM items WHERE order_id = 77;
-- fine
SELECT o.*, i.* FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = 5;
-- fine
SELECT count(*) FROM orders;
-- fine
SELECT status, count(*), sum(total) FROM orders GROUP BY status;
-- fine
SELECT * FROM orders ORDER BY placed DESC LIMIT 20;
-- fine
SELECT * FROM orders WHERE placed >= '2022-03-01' AND placed < '2022-03-02';
-- fine
SELECT * FROM customers WHERE email = $1;
-- fine
SELECT * FROM customers WHERE phone = '+1000000077';
-- fine
SELECT * FROM small WHERE code = 'c7';
-- fine
SELECT * FROM small s1 JOIN small s2 ON s1.n = s2.n;
-- fine
SELECT * FROM events WHERE customer_id = 7;
-- fine
SELECT * FROM customers ORDER BY id LIMIT 50;
-- fine
SELECT * FROM orders WHERE id > 4000 ORDER BY id LIMIT 50;
-- fine
SELECT * FROM orders WHERE id = ANY ('{1,2,3,4,5}'::int[]);
-- fine
SELECT c.name FROM customers c WHERE EXISTS (SELECT FROM bans b WHERE b.id = c.id) AND c.id < 100;
-- fine
SELECT count(*) FROM customers WHERE id NOT IN (SELECT by_id FROM bans);
-- fine
WITH x AS (SELECT * FROM events) SELECT * FROM x WHERE customer_id = 7;
-- fine
SELECT category, avg(price) FROM products GROUP BY category;
-- fine
SELECT count(*) FROM products WHERE active;
-- fine
SELECT lower(email) FROM customers WHERE id = 7;
-- fine
SELECT * FROM products WHERE sku = 'SKU-77';
-- fine
SELECT max(placed), min(placed) FROM orders;
-- fine
SELECT 1;
-- missing-index
SELECT id, total FROM orders WHERE total = 4321;
-- missing-index
SELECT sum(quantity) FROM items WHERE product_id = $1;
-- missing-index
SELECT * FROM customers WHERE referrer = 501;
-- missing-index
SELECT p.title, sum(i.quantity) FROM products p JOIN items i ON i.product_id = p.id WHERE p.id = 9 GROUP BY p.title;
-- missing-index
SELECT * FROM orders WHERE customer_id IN (5, 6, 7);
-- missing-index
SELECT * FROM customers WHERE country = 'C7' AND city = 'T107';
-- missing-index
SELECT * FROM orders WHERE shipped IS NULL;
-- missing-index
SELECT * FROM orders WHERE customer_id = 9 AND status = 'done' ORDER BY placed DESC;
-- missing-index
SELECT count(*) FROM orders WHERE shipped > '2023-07-01';
-- missing-index topn-full-scan
SELECT id, name FROM customers ORDER BY name LIMIT 5;
-- missing-index topn-full-scan
SELECT * FROM items ORDER BY price DESC, quantity DESC LIMIT 3;
-- missing-index topn-full-scan
SELECT * FROM products ORDER BY price LIMIT 1;
-- missing-index
UPDATE orders SET note = 'x' WHERE customer_id = 12;
-- missing-index
DELETE FROM items WHERE product_id = 77;
-- missing-index
SELECT exists(SELECT FROM orders WHERE customer_id = 29999 AND total > 100000);
-- missing-index
SELECT * FROM events WHERE kind = 'k3' AND payload = 'none';
-- function-on-column
SELECT * FROM customers WHERE upper(name) = 'NAME X';
-- function-on-column
SELECT * FROM orders WHERE to_char(placed, 'YYYY-MM-DD') = '2022-04-01';
-- function-on-column
SELECT * FROM orders WHERE id + 0 = 77;
-- function-on-column
SELECT * FROM events WHERE extract(epoch FROM at) = 1672531260;
-- function-on-column
SELECT * FROM customers WHERE coalesce(phone, '') = '+1000000099';
-- function-on-column
SELECT * FROM customers WHERE substring(email, 1, 7) = 'user777';
-- cast-on-column function-on-column
SELECT * FROM orders WHERE placed::date = '2022-05-05';
-- cast-on-column
SELECT * FROM orders WHERE id::text = '4711';
-- implicit-cast-param
SELECT * FROM items WHERE id = 88.0;
-- implicit-cast-param
SELECT * FROM events WHERE id = 99::numeric;
-- like-leading-wildcard
SELECT count(*) FROM customers WHERE email LIKE '%777@example.org';
-- like-leading-wildcard
SELECT * FROM products WHERE title ~ 'abc[0-9]d';
-- like-leading-wildcard
SELECT * FROM customers WHERE email ILIKE 'USER99@%';
-- jsonb-containment function-on-column
SELECT * FROM customers WHERE profile ->> 'level' = '99';
-- jsonb-containment
SELECT count(*) FROM customers WHERE profile @> '{"level": 1, "plan": "p1"}';
-- array-overlap
SELECT id FROM customers WHERE tags @> ARRAY['u99'];
-- array-overlap
SELECT id FROM customers WHERE 't5' = ANY (tags);
-- fts
SELECT count(*) FROM products WHERE to_tsvector('simple', title || ' ' || body) @@ 'word9'::tsquery;
-- deep-offset
SELECT id FROM customers ORDER BY joined OFFSET 20000 LIMIT 10;
-- deep-offset
SELECT * FROM items ORDER BY id LIMIT 10 OFFSET 100000;
-- not-in-null
SELECT id FROM orders WHERE id NOT IN (SELECT customer_id FROM bans WHERE id > 10);
-- or-across missing-index
SELECT * FROM customers WHERE name = 'x' OR city = 'T9';
-- or-across join-filter
SELECT count(*) FROM small s JOIN bans b ON b.by_id = s.id OR b.customer_id = s.n;
-- cartesian
SELECT count(*) FROM slots, small;
-- subplan-correlated missing-index
SELECT o.id, (SELECT max(i.price) FROM items i WHERE i.order_id = o.id) FROM orders o WHERE o.id < 3000;
-- seq-scan-loop materialize-loops join-filter nested-loop-inner
SELECT count(*) FROM small s JOIN products p ON p.price > s.n * 16 AND p.price < s.n * 16 + 1;
-- cte-materialized
WITH x AS MATERIALIZED (SELECT id, customer_id, total FROM orders) SELECT * FROM x WHERE id = 5;
-- in-list-large
SELECT * FROM orders WHERE id IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102);
-- sort-spill
SELECT * FROM items ORDER BY price, quantity, product_id;
-- seq-scan-selective function-on-column
SELECT * FROM slots s, events e WHERE e.id % 50000 = 7 AND s.id = 1;
-- fine
SELECT * FROM customers WHERE id BETWEEN 10 AND 30;
-- fine
SELECT joined FROM customers WHERE joined > '2023-05-30';
-- fine
SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.placed > '2023-07-09';
-- fine
SELECT c.country, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.country;
-- fine
SELECT * FROM items WHERE order_id IN (1, 2, 3);
-- fine
SELECT * FROM items WHERE order_id = ANY ($1);
-- fine
SELECT sum(total) FROM orders WHERE status = 'done';
-- fine
SELECT count(DISTINCT customer_id) FROM orders;
-- fine
SELECT * FROM small ORDER BY n DESC LIMIT 5;
-- fine
SELECT * FROM small WHERE upper(code) = 'C9';
-- fine
SELECT * FROM small WHERE code LIKE '%9';
-- fine
SELECT id FROM small WHERE id NOT IN (SELECT customer_id FROM bans WHERE customer_id IS NOT NULL);
-- fine
SELECT s.id, (SELECT count(*) FROM items i WHERE i.order_id = s.id) FROM small s;
-- fine
SELECT * FROM events ORDER BY at DESC LIMIT 100;
-- fine
SELECT * FROM events WHERE at >= '2023-03-01' AND at < '2023-03-01 01:00';
-- fine
SELECT kind, count(*) FROM events GROUP BY kind ORDER BY count(*) DESC LIMIT 5;
-- fine
SELECT * FROM products WHERE category = 7;
-- fine
SELECT * FROM products WHERE category = 7 AND active;
-- fine
SELECT p.* FROM products p WHERE p.id = 17;
-- fine
SELECT p.title FROM products p JOIN items i ON i.product_id = p.id WHERE i.order_id = 99;
-- fine
SELECT * FROM orders WHERE id > $1 ORDER BY id LIMIT 100;
-- fine
SELECT * FROM customers LIMIT 10 OFFSET 20;
-- fine
SELECT * FROM customers WHERE id = $1;
-- fine
SELECT count(*) FROM customers WHERE joined < '2021-01-01';
-- fine
SELECT avg(price) FROM products WHERE price > 10;
-- fine
SELECT max(id) FROM events;
-- fine
SELECT c.id FROM customers c LEFT JOIN bans b ON b.by_id = c.id WHERE b.id IS NULL AND c.id < 500;
-- fine
SELECT b.id, s.code FROM bans b JOIN small s ON s.id = b.id;
-- fine
SELECT g FROM generate_series(1, 1000) g;
-- fine
SELECT s.id, d FROM small s, generate_series(1, 300) d;
-- fine
VALUES (1, 'a'), (2, 'b');
-- fine
WITH x AS (SELECT country, count(*) AS n FROM customers GROUP BY country) SELECT * FROM x WHERE n > 10 ORDER BY n DESC;
-- fine
SELECT row_number() OVER (ORDER BY id), id FROM small;
-- fine
UPDATE orders SET note = 'y' WHERE id = 7;
-- fine
INSERT INTO bans VALUES (100000, 1, 1);
-- fine
SELECT * FROM orders o WHERE o.id IN (SELECT order_id FROM items WHERE id < 20);
-- fine
SELECT now(), current_user;
-- fine
SELECT EXISTS (SELECT FROM orders WHERE id = 4);
-- fine
SELECT * FROM customers WHERE email = 'nobody@example.org';
-- fine
SELECT total FROM orders WHERE placed = '2022-01-01 00:10:00+00';
-- fine
SELECT id, title FROM products WHERE id IN (SELECT product_id FROM items WHERE order_id = 7);
-- fine
SELECT count(*) FROM orders WHERE total > 100;
-- fine
SELECT date_trunc('month', placed), count(*) FROM orders GROUP BY 1;
-- fine
SELECT email FROM customers WHERE email LIKE 'user12%' AND id < 200;
-- fine
SELECT * FROM slots WHERE id < 100;
-- missing-index
SELECT id FROM customers WHERE name = 'Name 5';
-- missing-index
SELECT * FROM bans b JOIN orders o ON o.customer_id = b.customer_id WHERE b.id = 5;
-- missing-index
SELECT o.id, sum(i.price) FROM orders o JOIN items i ON i.order_id = o.id WHERE o.customer_id = $1 GROUP BY o.id;
-- missing-index topn-full-scan
SELECT id, price FROM items ORDER BY price LIMIT 20;
-- missing-index
SELECT * FROM customers WHERE referrer BETWEEN 100 AND 110;
-- missing-index
SELECT * FROM products WHERE price = 55 AND active ORDER BY title;
-- missing-index
SELECT count(*) FROM events WHERE payload = 'x';
-- missing-index
SELECT id FROM orders WHERE total > 5000;
-- missing-index
UPDATE customers SET phone = NULL WHERE city = 'T3';
-- function-on-column
SELECT id FROM customers WHERE length(email) = 17;
-- function-on-column
SELECT count(*) FROM orders WHERE date_part('year', placed) = 2022 AND date_part('doy', placed) = 33;
-- function-on-column
SELECT * FROM products WHERE trim(sku) = 'SKU-9';
-- cast-on-column
SELECT id FROM customers WHERE joined::date = '2021-02-03';
-- implicit-cast-param
SELECT id FROM products WHERE id = 12.0;
-- like-leading-wildcard
SELECT id FROM customers WHERE phone LIKE '%00077';
-- jsonb-containment
SELECT id FROM customers WHERE profile @> '{"level": 321}' ORDER BY id;
-- array-overlap
SELECT count(*) FROM customers WHERE tags && '{t1,u2}';
-- deep-offset
SELECT sku FROM products ORDER BY sku LIMIT 25 OFFSET 15000;
-- not-in-null
SELECT count(*) FROM products WHERE id NOT IN (SELECT customer_id FROM bans);
-- or-across missing-index
SELECT id FROM orders WHERE customer_id = 3 OR total = 4444;
-- cartesian
SELECT s.code, b.id FROM small s, bans b;
-- subplan-correlated missing-index
SELECT p.id, (SELECT sum(i.quantity) FROM items i WHERE i.product_id = p.id) FROM products p WHERE p.id <= 150;
-- cte-materialized
WITH c AS MATERIALIZED (SELECT * FROM customers) SELECT name FROM c WHERE email = 'user9@example.org';
-- sort-spill
SELECT * FROM events ORDER BY kind, payload, id DESC;
-- fine
SELECT name FROM customers WHERE email = 'user123@example.org';
-- fine
SELECT * FROM customers WHERE phone = $1;
-- fine
SELECT * FROM events WHERE customer_id = $1 ORDER BY at DESC LIMIT 5;
-- fine
SELECT count(*) FROM items;
-- fine
SELECT product_id, count(*) FROM items GROUP BY product_id;
-- fine
SELECT i.* FROM items i WHERE i.order_id = 12 ORDER BY i.price;
-- fine
SELECT o.id FROM orders o WHERE o.placed > '2023-07-10' AND o.total > 100;
-- fine
SELECT avg(total) FROM orders WHERE status <> 'open';
-- fine
SELECT * FROM small WHERE n BETWEEN 5 AND 9;
-- fine
SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id = 99;
-- fine
SELECT c.id, count(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id;
-- fine
SELECT id FROM products WHERE category IN (3, 4);
-- fine
SELECT id FROM events WHERE id > 99000;
-- fine
SELECT * FROM slots WHERE id = ANY ('{4,5,6}');
-- fine
SELECT count(*) FROM customers WHERE id NOT IN (SELECT b.by_id FROM bans b WHERE b.id < 50);
-- fine
SELECT sku FROM products ORDER BY sku LIMIT 25;
-- fine
SELECT sku FROM products WHERE sku > 'SKU-5' ORDER BY sku LIMIT 25;
-- fine
WITH c AS MATERIALIZED (SELECT * FROM customers WHERE id < 50) SELECT * FROM c WHERE country = 'C7';
-- fine
SELECT kind, min(at), max(at) FROM events GROUP BY kind;
-- fine
SELECT id, upper(name) FROM customers WHERE id < 20;
-- fine
SELECT * FROM products WHERE id = 7 AND title LIKE '%a%';
-- fine
DELETE FROM bans WHERE id = 5;
-- fine
SELECT s.n, t.n FROM small s JOIN small t ON t.n = s.n + 1;
-- fine
SELECT date_trunc('day', at) AS day, count(*) FROM events GROUP BY 1 ORDER BY 1;
-- kept aside
-- missing-index
SELECT id FROM customers WHERE referrer = $1;
-- missing-index
SELECT id, placed FROM orders WHERE total = 17 AND status = 'done';
-- missing-index
SELECT quantity FROM items WHERE product_id = 19999 ORDER BY id DESC LIMIT 3;
-- missing-index topn-full-scan
SELECT id FROM orders ORDER BY shipped DESC NULLS LAST LIMIT 5;
-- missing-index
SELECT c.name FROM customers c JOIN bans b ON b.customer_id = c.referrer WHERE b.id = 7;
-- missing-index
DELETE FROM events WHERE payload = 'gone';
-- function-on-column
SELECT id FROM products WHERE replace(sku, '-', '') = 'SKU77';
-- function-on-column
SELECT id FROM orders WHERE total * 2 = 2222;
-- cast-on-column
SELECT id FROM customers WHERE referrer::text = '77';
-- implicit-cast-param
SELECT total FROM orders WHERE id = 5.5;
-- like-leading-wildcard
SELECT sku FROM products WHERE body LIKE '%word99 %';
-- array-overlap
SELECT name FROM customers WHERE tags @> '{t7,u7}';
-- deep-offset
SELECT * FROM events ORDER BY at LIMIT 50 OFFSET 90000;
-- not-in-null
SELECT id FROM small WHERE id NOT IN (SELECT referrer FROM customers);
-- or-across missing-index
SELECT id FROM events WHERE payload = 'a' OR kind = 'zz';
-- cte-materialized
WITH e AS MATERIALIZED (SELECT id, at, kind FROM events) SELECT * FROM e WHERE id = 77;
-- sort-spill
SELECT id, email, name FROM customers ORDER BY profile, name;
-- fine
SELECT id FROM customers WHERE joined = '2020-01-01 05:00:00+00';
-- fine
SELECT c.email FROM customers c WHERE c.id IN (SELECT o.customer_id FROM orders o WHERE o.id BETWEEN 5 AND 15);
-- fine
SELECT count(*) FROM products WHERE title <> 'x';
-- fine
SELECT order_id, sum(price * quantity) FROM items WHERE order_id < 50 GROUP BY order_id;
-- fine
SELECT * FROM orders WHERE placed > $1 ORDER BY placed LIMIT 10;
-- fine
UPDATE products SET price = price + 1 WHERE id = 3;
-- fine
SELECT trim(name), length(email) FROM customers WHERE id = 4;
-- fine
SELECT s.code FROM small s WHERE s.n + 1 = 5;
-- fine
SELECT count(*) FROM events WHERE at > '2023-01-05';
-- fine
SELECT coalesce(max(id), 0) FROM slots;
-- fine
SELECT country, count(*) FILTER (WHERE referrer IS NULL) FROM customers GROUP BY country HAVING count(*) > 5;
-- fine
SELECT b.id FROM bans b LEFT JOIN customers c ON c.id = b.customer_id WHERE c.id IS NULL;
-- fine
SELECT * FROM items WHERE id = 5 AND quantity > 1;
-- fine
SELECT p.id FROM products p WHERE p.category = 3 ORDER BY p.price LIMIT 5;
-- fine
SELECT sum(total) OVER (ORDER BY id) FROM orders WHERE id < 100;
-- fine
SELECT id FROM orders WHERE id > 79000 AND status = 'open';
-- fine
(SELECT id FROM small) UNION (SELECT id FROM bans WHERE id < 10);
