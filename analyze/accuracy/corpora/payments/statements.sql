-- kept aside
-- missing-index seq-scan-selective
SELECT id, account_id, amount_cents, booked_at FROM ledger_entries WHERE payment_id = '22a4d9b0-4fe9-5c98-93b4-1e2fde83a427';
-- missing-index seq-scan-selective
SELECT account_id, kind, amount_cents FROM ledger_entries WHERE payment_id = $1 ORDER BY id;
-- fine
SELECT id, state, amount_cents, metadata FROM payments WHERE seq = $1;
-- fine
SELECT id, state, amount_cents, currency FROM payments WHERE id = '22a4d9b0-4fe9-5c98-93b4-1e2fde83a427';
-- fine
SELECT id, state, amount_cents FROM payments WHERE id IN ('5e9d17e4-1f78-4ae3-61ad-a1d0817186f6','86158a6b-3924-670a-32da-d65bbc41bd95','cfb5325c-83ad-4079-7068-e162c50ee5a0','68af3564-fb60-24e8-91d0-93f8c3b8bc42','eee5bfe0-9413-b2b4-8821-a5a488b1f494','7d024bad-b32c-67d4-6407-382b151e07c0','3a310e57-a153-23a5-a7e5-5817941ddbaf','124f1fb3-e287-52e8-ebd5-4fb5b03b61cb','b5eacc8f-6e05-b8e3-44dc-6129ba2789ed','cc18611f-d8c1-391d-2819-7e313425a37b','39bb9915-2133-02e7-6fbb-345603d3d0bb','14f9b217-fe35-2830-3e8e-625b67b51758');
-- in-list-large
SELECT customer_id, count(*), sum(amount_cents) FROM payments WHERE customer_id IN (17,250,483,716,949,1182,1415,1648,1881,2114,2347,2580,2813,3046,3279,3512,3745,3978,4211,4444,4677,4910,5143,5376,5609,5842,6075,6308,6541,6774,7007,7240,7473,7706,7939,8172,8405,8638,8871,9104,9337,9570,9803,10036,10269,10502,10735,10968,11201,11434,11667,11900,12133,12366,12599,12832,13065,13298,13531,13764,13997,14230,14463,14696,14929,15162,15395,15628,15861,16094,16327,16560,16793,17026,17259,17492,17725,17958,18191,18424,18657,18890,19123,19356,19589,19822,20055,20288,20521,20754,20987,21220,21453,21686,21919,22152,22385,22618,22851,23084,23317,23550,23783,24016,24249,24482,24715,24948,25181,25414,25647,25880,26113,26346,26579,26812,27045,27278,27511,27744,27977,28210,28443,28676,28909,29142,29375,29608,29841,30074,30307,30540,30773,31006,31239,31472,31705,31938,32171,32404,32637,32870,33103,33336,33569,33802,34035,34268,34501,34734,34967,35200,35433,35666,35899,36132,36365,36598,36831,37064,37297,37530,37763,37996,38229,38462,38695,38928,39161,39394,39627,39860,40093,40326,40559,40792,41025,41258,41491,41724) GROUP BY customer_id;
-- missing-index partition-no-prune seq-scan-selective
SELECT id, status, at FROM api_requests WHERE trace = 'e4da3b7fbbce2345d7772b0674a318d5';
-- partition-no-prune cast-on-column
SELECT status, count(*) FROM api_requests WHERE at::date = '2024-01-20' GROUP BY status;
-- fine
SELECT status, count(*), avg(duration_ms) FROM api_requests WHERE at >= '2024-01-15' AND at < '2024-01-22' GROUP BY status;
-- fine
SELECT id, merchant_id, status, duration_ms FROM api_requests WHERE at > (SELECT max(closed_at) FROM day_closings) ORDER BY at LIMIT 500;
-- fine
SELECT response FROM idempotency_keys WHERE key = 'key-e4da3b7fbbce2345d7772b0674a318d5' AND merchant_id = 6;
-- fine
INSERT INTO idempotency_keys VALUES ('key-e4da3b7fbbce2345d7772b0674a318d5', 6, '', now()) ON CONFLICT (key) DO NOTHING;
-- missing-index topn-full-scan
SELECT id, merchant_id, amount_cents, created_at FROM payments ORDER BY created_at DESC LIMIT 50;
-- fine
SELECT id, amount_cents, created_at FROM payments WHERE merchant_id = 1 ORDER BY created_at DESC LIMIT 50;
-- fine
SELECT id, seq, amount_cents, state FROM payments WHERE seq > 150000 ORDER BY seq LIMIT 100;
-- deep-offset
SELECT id, seq, amount_cents, state FROM payments ORDER BY seq LIMIT 100 OFFSET 150000;
-- missing-index topn-full-scan
SELECT id, merchant_id, amount_cents FROM payments ORDER BY amount_cents DESC LIMIT 10;
-- missing-index topn-full-scan sort-avoidable
SELECT id, amount_cents, reference FROM payments WHERE merchant_id = 1 ORDER BY amount_cents DESC LIMIT 10;
-- missing-index topn-full-scan function-on-column
SELECT id, state, captured_at, created_at FROM payments ORDER BY coalesce(captured_at, created_at) DESC LIMIT 25;
-- fine
SELECT id, name FROM customers WHERE lower(email) = 'customer4242@mail4.example';
-- like-leading-wildcard function-on-column
SELECT id, name FROM customers WHERE email ILIKE 'customer4242@mail4.example';
-- like-leading-wildcard
SELECT id, holder, expires FROM cards WHERE holder ~ '9f61408e3afb633e';
-- fine
SELECT id, amount_cents, reference FROM payments WHERE reference LIKE 'INV-0007777%';
-- function-on-column
SELECT id, amount_cents, reference FROM payments WHERE upper(trim(reference)) = 'INV-000777770';
-- function-on-column missing-index
SELECT id, amount_cents, currency FROM payments WHERE amount_cents / 100 = 4711;
-- cast-on-column
SELECT id, state FROM payments WHERE seq::text = '123456';
-- implicit-cast-param cast-on-column
SELECT id, last4, expires FROM cards WHERE bin = '404242'::text;
-- fine
SELECT id, last4, expires FROM cards WHERE bin = '404242';
-- implicit-cast-param
SELECT id, amount_cents FROM payments WHERE customer_id = 4242::double precision;
-- function-on-column missing-index jsonb-containment
SELECT id, amount_cents, metadata FROM payments WHERE metadata ->> 'cart' = 'K300000';
-- fine
SELECT id, amount_cents, metadata FROM payments WHERE metadata @> '{"cart": "K300000"}';
-- jsonb-containment
SELECT id, amount_cents, metadata ->> 'coupon' FROM payments WHERE metadata ? 'coupon';
-- jsonb-containment
SELECT id, name, address FROM customers WHERE address @> '{"city": "City 777"}';
-- array-overlap
SELECT id, email FROM customers WHERE tags @> ARRAY['s77'];
-- fts
SELECT id, opened_at, won FROM disputes WHERE to_tsvector('english', evidence) @@ to_tsquery('english', 'claim77 & claim1234');
-- not-in-null missing-index seq-scan-selective
SELECT count(*), sum(amount_cents) FROM payments WHERE state = 'disputed' AND id NOT IN (SELECT payment_id FROM disputes);
-- fine
SELECT count(*), sum(p.amount_cents) FROM payments p WHERE p.merchant_id NOT IN (SELECT m.id FROM merchants m WHERE m.tier = 'blocked');
-- fine
SELECT d.id, d.opened_at FROM disputes d WHERE NOT EXISTS (SELECT FROM payments p WHERE p.id = d.payment_id);
-- or-across missing-index
SELECT id, amount_cents, descriptor FROM payments WHERE reference = 'INV-000777770' OR descriptor = 'SHOP*e4da3b7fbbce2345d7772b0674a318d5';
-- fine
SELECT id, amount_cents, reference FROM payments WHERE reference = 'INV-000777770' OR seq = 4242;
-- fine
SELECT id, amount_cents FROM payments WHERE customer_id = 4242 UNION SELECT p.id, p.amount_cents FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE r.id = 4242;
-- subplan-correlated
SELECT l.id, l.booked_at, l.amount_cents, (SELECT sum(b.amount_cents) FROM ledger_entries b WHERE b.account_id = l.account_id AND b.booked_at <= l.booked_at) AS balance FROM ledger_entries l WHERE l.account_id = 51 ORDER BY l.booked_at;
-- fine
SELECT l.booked_at, l.amount_cents, sum(l.amount_cents) OVER (ORDER BY l.booked_at) AS balance FROM ledger_entries l WHERE l.account_id = 51 ORDER BY l.booked_at;
-- subplan-correlated seq-scan-loop missing-index
SELECT p.id, p.amount_cents, (SELECT f.basis_points FROM fee_schedules f WHERE f.merchant_id = p.merchant_id AND f.valid_until >= p.created_at ORDER BY f.valid_until LIMIT 1) AS fee FROM payments p WHERE p.seq BETWEEN 150000 AND 150400;
-- fine
SELECT p.id, p.amount_cents * x.rate FROM payments p CROSS JOIN LATERAL (SELECT f.rate FROM fx_rates f WHERE f.currency = p.currency AND f.valid_from <= p.created_at ORDER BY f.valid_from DESC LIMIT 1) x WHERE p.seq BETWEEN 150000 AND 150400;
-- subplan-correlated missing-index
SELECT p.id, p.customer_id, p.amount_cents FROM payments p WHERE p.merchant_id = 1 AND p.created_at = (SELECT max(x.created_at) FROM payments x WHERE x.customer_id = p.customer_id);
-- sort-spill missing-index
SELECT DISTINCT ON (customer_id) customer_id, id, amount_cents, reference, descriptor, created_at FROM payments ORDER BY customer_id, created_at DESC;
-- fine
SELECT DISTINCT ON (merchant_id) merchant_id, created_at, id, amount_cents FROM payments WHERE merchant_id BETWEEN 3000 AND 3004 ORDER BY merchant_id, created_at DESC;
-- hash-spill
SELECT l.id, l.kind, l.amount_cents, p.seq, p.merchant_id, p.reference, p.descriptor FROM ledger_entries l JOIN payments p ON p.id = l.payment_id;
-- agg-spill sort-spill missing-index
SELECT payment_id, sum(amount_cents), count(*) FROM ledger_entries GROUP BY payment_id HAVING sum(amount_cents) <> 0;
-- fine
SELECT p.merchant_id, count(*), sum(p.amount_cents), sum(r.amount_cents) FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id GROUP BY p.merchant_id;
-- temp-io
SELECT seq, merchant_id, amount_cents, amount_cents * 100.0 / sum(amount_cents) OVER () AS share FROM payments WHERE state = 'settled';
-- wrong-index-order-by missing-index
SELECT id, seq, merchant_id, risk FROM payments WHERE risk >= 95 ORDER BY seq DESC LIMIT 20;
-- fine
SELECT id, seq, merchant_id, risk FROM payments WHERE risk >= 20 ORDER BY seq DESC LIMIT 20;
-- missing-index seq-scan-selective
SELECT id, seq, merchant_id FROM payments WHERE state = 'captured' AND created_at < '2024-02-16';
-- fine
SELECT id, seq, merchant_id, created_at FROM payments WHERE state = 'authorized' ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED;
-- cte-materialized temp-io
WITH p AS (SELECT * FROM payments) SELECT (SELECT count(*) FROM p WHERE merchant_id = 3500) AS payments, (SELECT sum(amount_cents) FROM p WHERE merchant_id = 3500 AND state = 'settled') AS settled;
-- fine
WITH p AS (SELECT state, amount_cents FROM payments WHERE merchant_id = 3500) SELECT (SELECT count(*) FROM p) AS payments, (SELECT sum(amount_cents) FROM p WHERE state = 'settled') AS settled;
-- heap-fetches
SELECT account_id, max(night), count(*) FROM snapshots WHERE account_id BETWEEN 500 AND 1000 GROUP BY account_id;
-- buffers-per-row
SELECT count(*), min(queued_at) FROM payout_queue;
-- stale-stats misestimate misestimate-join nested-loop-inner
SELECT b.id, p.id FROM bank_lines b JOIN payments p ON p.seq = b.payment_seq WHERE b.batch = 2 AND b.amount_cents <> p.amount_cents;
-- join-filter materialize-loops
SELECT a.id, b.id FROM payments a JOIN payments b ON b.merchant_id = a.merchant_id AND b.id <> a.id AND b.captured_at >= a.captured_at AND b.captured_at < a.captured_at + interval '2 minutes' WHERE a.merchant_id = 2 AND a.created_at >= '2023-09-01' AND b.created_at >= '2023-09-01';
-- cartesian
SELECT m.name, p.id, p.amount_cents FROM merchants m, payments p WHERE m.tier = 'gold' AND p.state = 'authorized' AND p.amount_cents > 1000;
-- fine
SELECT d.day, c.code, count(p.id) FROM day_closings d CROSS JOIN (SELECT unnest(ARRAY['EUR', 'NOK', 'PLN']) AS code) c LEFT JOIN payments p ON p.merchant_id = 3500 AND p.currency = c.code AND p.created_at >= d.day AND p.created_at < d.day + 1 WHERE d.day >= '2024-01-01' AND d.day < '2024-01-08' GROUP BY d.day, c.code;
-- jit-overhead missing-index seq-scan-selective misestimate
SELECT c.id, c.email, s.payments, s.total, (SELECT count(*) FROM cards k WHERE k.customer_id = c.id) AS cards FROM customers c LEFT JOIN LATERAL (SELECT count(*) AS payments, sum(p.amount_cents) AS total FROM payments p WHERE p.customer_id = c.id AND p.state = 'settled') s ON true WHERE c.created_at > (SELECT max(closed_at) - interval '14 months' FROM day_closings);
-- misestimate missing-index
WITH RECURSIVE tree AS (SELECT id FROM accounts WHERE id = 900 UNION ALL SELECT a.id FROM tree t JOIN accounts a ON a.parent_id = t.id) SELECT t.id, sum(l.amount_cents) FROM tree t JOIN ledger_entries l ON l.account_id = t.id AND l.kind = 'fee' GROUP BY t.id;
-- fine
WITH RECURSIVE up AS (SELECT id, parent_id, owner, 0 AS level FROM accounts WHERE id = 5555 UNION ALL SELECT a.id, a.parent_id, a.owner, u.level + 1 FROM up u JOIN accounts a ON a.id = u.parent_id) SELECT * FROM up;
-- fine
SELECT sum(amount_cents) FROM ledger_entries WHERE account_id = 3 AND booked_at >= '2023-06-01' AND booked_at < '2023-12-01';
-- fine
SELECT kind, sum(amount_cents), count(*) FROM ledger_entries WHERE booked_at >= '2023-06-01' AND booked_at < '2023-07-01' GROUP BY kind;
-- fine
SELECT currency, state, count(*), sum(amount_cents), max(amount_cents) FROM payments GROUP BY currency, state ORDER BY 1, 2;
-- fine
SELECT id, email FROM customers ORDER BY id;
-- fine
SELECT id, country FROM merchants WHERE name = 'Merchant 77';
-- misestimate sort-spill temp-io
SELECT date_trunc('month', created_at) AS month, currency, count(*), sum(amount_cents) FROM payments GROUP BY 1, 2 ORDER BY 1, 2;
-- fine
SELECT id, merchant_id, amount_cents FROM payments WHERE state = 'settled' AND amount_cents > 150;
-- fine
SELECT code, title FROM category_codes WHERE title ILIKE '%b7c%';
-- fine
SELECT m.id, m.name FROM merchants m JOIN category_codes c ON c.code = m.category WHERE c.title LIKE '%a1%' AND m.tier = 'gold';
-- fine
SELECT id, merchant_id, amount_cents FROM payouts WHERE period @> '2021-05-05'::date;
-- missing-index seq-scan-selective
SELECT id, merchant_id, period FROM payouts WHERE sent_on IS NULL ORDER BY id;
-- fine
SELECT currency, valid_from, rate FROM fx_rates WHERE (currency, valid_from) IN (('EUR', '2023-05-05'), ('NOK', '2023-05-05'), ('PLN', '2023-05-06'));
-- missing-index seq-scan-selective
SELECT r.id, r.reason, l.account_id, l.amount_cents FROM refunds r JOIN ledger_entries l ON l.payment_id = r.payment_id WHERE r.id BETWEEN 500 AND 520;
-- fine
SELECT p.state, count(*) FROM payments p WHERE EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id) GROUP BY p.state;
-- fine
SELECT count(*) FROM payments;
-- fine
SELECT * FROM ledger_entries WHERE amount_cents < 0 LIMIT 100;
-- missing-index seq-scan-selective
UPDATE ledger_entries SET kind = 'chargeback' WHERE payment_id = 'fe7ecc4d-e28b-2c83-c016-b5c6c2acd826';
-- fine
UPDATE payments SET state = 'captured', captured_at = now() WHERE id = '1b3a0165-7d36-d63d-2024-d405098a176b';
-- fine
DELETE FROM refunds WHERE id BETWEEN 12000 AND 12020;
-- missing-index seq-scan-selective partition-no-prune
DELETE FROM idempotency_keys WHERE created_at < '2024-01-01 08:00:00+00';
-- fine
INSERT INTO ledger_entries SELECT 500000 + g, g % 50 + 1, md5(g::text)::uuid, 100, 'fee', now() FROM generate_series(1, 300) g;
-- fk-trigger fk-unindexed missing-index
DELETE FROM cards WHERE id BETWEEN 79000 AND 79020;
