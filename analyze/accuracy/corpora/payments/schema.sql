-- A payment service: merchants take payments by card, each payment is booked twice in a ledger, and money is paid out. A few
-- merchants have most of the payments, nearly all payments are settled, and some keys have no index, on purpose.
-- u is a number between 0 and 1 that is the same each time for the same row and the same salt.
CREATE FUNCTION u(row_number bigint, salt bigint) RETURNS double precision IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT (hashint8extended(row_number, salt) & 1048575) / 1048576.0::double precision';
CREATE TYPE payment_state AS ENUM ('authorized', 'captured', 'settled', 'failed', 'disputed');

CREATE TABLE category_codes (code int PRIMARY KEY, title text NOT NULL, risk int NOT NULL);
INSERT INTO category_codes SELECT 1000 + g, 'Trade ' || md5(g::text), g % 5 FROM generate_series(1, 380) g;

CREATE TABLE merchants (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL, category int NOT NULL REFERENCES category_codes, tier text NOT NULL, opened date NOT NULL);
INSERT INTO merchants SELECT g, 'Merchant ' || g, (ARRAY['de', 'fr', 'fr', 'it', 'es', 'no', 'pl', 'nl'])[g % 8 + 1], 1001 + g % 380, CASE WHEN g % 100 = 0 THEN 'blocked' WHEN g % 10 = 0 THEN 'gold' ELSE 'base' END,
    '2015-01-01'::date + g % 3000 FROM generate_series(1, 4000) g;
CREATE INDEX ON merchants (category);

CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, tags text[] NOT NULL, address jsonb NOT NULL, born date, created_at timestamptz NOT NULL);
INSERT INTO customers SELECT g, 'Customer' || g || '@mail' || g % 13 || '.example', 'Name ' || md5(g::text), ARRAY['s' || floor(1500 * u(g, 1)), 'c' || floor(1500 * u(g, 2))],
    jsonb_build_object('city', 'City ' || floor(2500 * u(g, 3)), 'zip', lpad(floor(99999 * u(g, 4))::text, 5, '0')), '1950-01-01'::date + (g * 7 % 20000)::int, '2021-01-01'::timestamptz + g * interval '17 minutes'
    FROM generate_series(1, 60000) g;
CREATE INDEX ON customers (lower(email));

CREATE TABLE cards (id int PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, bin char(6) NOT NULL, last4 text NOT NULL, holder text NOT NULL, expires date NOT NULL, fingerprint text NOT NULL);
INSERT INTO cards SELECT g, 1 + g % 60000, lpad((400000 + floor(6000 * u(g, 1) ^ 2)::int)::text, 6, '0'), lpad((g % 10000)::text, 4, '0'), 'HOLDER ' || md5((g % 60000)::text),
    '2023-01-01'::date + (g % 1800)::int, md5(g::text) FROM generate_series(1, 80000) g;
CREATE INDEX ON cards (customer_id);
CREATE INDEX ON cards (bin);

-- Guests pay without an account: their customer is NULL. Cards from 75001 on were never paid with.
CREATE TABLE payments (id uuid PRIMARY KEY, seq bigint NOT NULL UNIQUE, merchant_id int NOT NULL REFERENCES merchants, customer_id bigint REFERENCES customers, card_id int NOT NULL REFERENCES cards,
    amount_cents bigint NOT NULL, currency char(3) NOT NULL, state payment_state NOT NULL, reference varchar(40) NOT NULL, descriptor text NOT NULL, risk smallint NOT NULL, metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL, captured_at timestamptz);
INSERT INTO payments SELECT md5(g::text)::uuid, g, 1 + floor(4000 * u(g, 1) ^ 3)::int, CASE WHEN u(g, 2) > 0.06 THEN 1 + floor(60000 * u(g, 3) ^ 2)::int END, 1 + floor(75000 * u(g, 4))::int,
    100 + floor(500000 * u(g, 5) ^ 6)::int, (ARRAY['EUR', 'EUR', 'EUR', 'EUR', 'NOK', 'PLN'])[floor(6 * u(g, 6))::int + 1],
    (CASE WHEN g > 199000 AND u(g, 7) < 0.4 THEN 'authorized' WHEN g > 197000 AND u(g, 7) < 0.7 THEN 'captured' WHEN u(g, 7) < 0.04 THEN 'failed' WHEN u(g, 7) > 0.995 THEN 'disputed' ELSE 'settled' END)::payment_state,
    'INV-' || lpad((g * 7)::text, 9, '0'), 'SHOP*' || md5((g / 3)::text), CASE WHEN g < 12000 AND u(g, 8) < 0.02 THEN 99 ELSE floor(90 * u(g, 9)) END,
    jsonb_build_object('cart', 'K' || g * 3, 'source', 's' || floor(1200 * u(g, 10)), 'try', g % 3) || CASE WHEN u(g, 11) < 0.001 THEN '{"coupon": "SPRING"}'::jsonb ELSE '{}' END,
    '2023-01-01'::timestamptz + g * interval '3 minutes', CASE WHEN u(g, 12) > 0.05 THEN '2023-01-01'::timestamptz + g * interval '3 minutes' + u(g, 13) * interval '3 days' END FROM generate_series(1, 200000) g;
CREATE INDEX ON payments (merchant_id, created_at);
CREATE INDEX ON payments (customer_id);
CREATE INDEX ON payments (reference text_pattern_ops);
CREATE INDEX ON payments (created_at) WHERE state = 'authorized';
CREATE INDEX ON payments USING gin (metadata jsonb_path_ops);

CREATE TABLE accounts (id int PRIMARY KEY, parent_id int, owner text NOT NULL, kind text NOT NULL);
INSERT INTO accounts SELECT g, CASE WHEN g > 20 THEN g / 6 + 1 END, 'Owner ' || g, (ARRAY['asset', 'liability', 'fee'])[g % 3 + 1] FROM generate_series(1, 6000) g;
CREATE INDEX ON accounts (parent_id);

-- Each payment is booked on an account of its merchant and on one of the house, by the clock of the bank.
CREATE TABLE ledger_entries (id bigint PRIMARY KEY, account_id int NOT NULL REFERENCES accounts, payment_id uuid NOT NULL, amount_cents bigint NOT NULL, kind text NOT NULL, booked_at timestamp NOT NULL);
INSERT INTO ledger_entries SELECT g, CASE WHEN g % 2 = 0 THEN 1 + floor(50 * u(g, 1))::int ELSE 51 + floor(5900 * u(g, 2) ^ 2)::int END, md5(((g + 1) / 2)::text)::uuid,
    (100 + floor(500000 * u((g + 1) / 2, 5) ^ 6)::int) * CASE WHEN g % 2 = 0 THEN 1 ELSE -1 END, (ARRAY['sale', 'sale', 'sale', 'fee'])[g % 4 + 1], '2023-01-01'::timestamp + g * interval '90 seconds'
    FROM generate_series(1, 400000) g;
CREATE INDEX ON ledger_entries (account_id, booked_at) INCLUDE (amount_cents);
CREATE INDEX ON ledger_entries USING brin (booked_at) WITH (pages_per_range = 16);

CREATE TABLE refunds (id int PRIMARY KEY, payment_id uuid NOT NULL REFERENCES payments, amount_cents bigint NOT NULL, reason text NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO refunds SELECT g, md5((g * 15)::text)::uuid, 100 + g % 900, 'Reason ' || g % 9, '2023-01-02'::timestamptz + g * interval '45 minutes' FROM generate_series(1, 13000) g;
CREATE INDEX ON refunds (payment_id);

-- Complaints that name no payment that we know of have none.
CREATE TABLE disputes (id int PRIMARY KEY, payment_id uuid, opened_at timestamptz NOT NULL, won boolean, evidence text NOT NULL);
INSERT INTO disputes SELECT g, CASE WHEN u(g, 1) < 0.97 THEN md5((g * 30)::text)::uuid END, '2023-01-10'::timestamptz + g * interval '95 minutes', CASE WHEN u(g, 2) < 0.9 THEN u(g, 3) < 0.4 END,
    (SELECT string_agg('claim' || floor(4000 * u(g * 60 + n, 4)), ' ') FROM generate_series(1, 45) n) FROM generate_series(1, 6000) g;
CREATE INDEX ON disputes (opened_at);

CREATE TABLE payouts (id int PRIMARY KEY, merchant_id int NOT NULL REFERENCES merchants, period daterange NOT NULL, amount_cents bigint NOT NULL, sent_on date);
INSERT INTO payouts SELECT g, 1 + g % 4000, daterange('2020-01-01'::date + g / 30, '2020-01-01'::date + g / 30 + 7), 1000 + g % 7777, CASE WHEN u(g, 1) < 0.999 THEN '2020-01-10'::date + g / 30 END FROM generate_series(1, 45000) g;
CREATE INDEX ON payouts (merchant_id);
CREATE INDEX ON payouts USING gist (period);

CREATE TABLE fx_rates (currency char(3) NOT NULL, valid_from date NOT NULL, rate numeric NOT NULL, PRIMARY KEY (currency, valid_from));
INSERT INTO fx_rates SELECT c, '2015-01-01'::date + g, 1 + g % 90 / 100.0 FROM unnest(ARRAY['EUR', 'NOK', 'PLN', 'SEK', 'USD', 'GBP']) c, generate_series(0, 3500) g;
CREATE TABLE fee_schedules (id int PRIMARY KEY, merchant_id int NOT NULL, valid_until date NOT NULL, basis_points int NOT NULL);
INSERT INTO fee_schedules SELECT g, 1 + floor(4000 * u(g, 1))::int, '2022-06-01'::date + g % 900, 20 + g % 300 FROM generate_series(1, 24000) g;

CREATE TABLE idempotency_keys (key text NOT NULL PRIMARY KEY, merchant_id int NOT NULL, response text NOT NULL, created_at timestamptz NOT NULL) PARTITION BY HASH (key);
CREATE TABLE idempotency_keys_0 PARTITION OF idempotency_keys FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE idempotency_keys_1 PARTITION OF idempotency_keys FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE idempotency_keys_2 PARTITION OF idempotency_keys FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE idempotency_keys_3 PARTITION OF idempotency_keys FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO idempotency_keys SELECT 'key-' || md5(g::text), 1 + g % 4000, repeat('r', 40), '2024-01-01'::timestamptz + g * interval '1 minute' FROM generate_series(1, 60000) g;

CREATE TABLE api_requests (id bigint NOT NULL, merchant_id int NOT NULL, trace text NOT NULL, status int NOT NULL, duration_ms int NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE api_requests_w1 PARTITION OF api_requests FOR VALUES FROM ('2024-01-01') TO ('2024-01-08');
CREATE TABLE api_requests_w2 PARTITION OF api_requests FOR VALUES FROM ('2024-01-08') TO ('2024-01-15');
CREATE TABLE api_requests_w3 PARTITION OF api_requests FOR VALUES FROM ('2024-01-15') TO ('2024-01-22');
CREATE TABLE api_requests_w4 PARTITION OF api_requests FOR VALUES FROM ('2024-01-22') TO ('2024-01-29');
CREATE TABLE api_requests_w5 PARTITION OF api_requests FOR VALUES FROM ('2024-01-29') TO ('2024-02-05');
CREATE TABLE api_requests_w6 PARTITION OF api_requests FOR VALUES FROM ('2024-02-05') TO ('2024-02-12');
INSERT INTO api_requests SELECT g, 1 + floor(4000 * u(g, 1) ^ 3)::int, md5(g::text), CASE WHEN u(g, 2) < 0.002 THEN 500 WHEN u(g, 2) < 0.05 THEN 402 ELSE 200 END, 5 + floor(900 * u(g, 3) ^ 5)::int,
    '2024-01-01'::timestamptz + g * interval '18 seconds' FROM generate_series(1, 200000) g;
CREATE INDEX ON api_requests (at);

CREATE TABLE day_closings (day date PRIMARY KEY, closed_at timestamptz NOT NULL);
INSERT INTO day_closings SELECT '2023-12-01'::date + g, '2023-12-02 03:00:00+00'::timestamptz + g * interval '1 day' FROM generate_series(0, 66) g;
DROP FUNCTION u(bigint, bigint);
VACUUM ANALYZE;

-- What each account had each night; some nights are corrected later, and vacuum does not come by.
CREATE TABLE snapshots (account_id int NOT NULL, night date NOT NULL, cents bigint NOT NULL, note text, PRIMARY KEY (account_id, night)) WITH (autovacuum_enabled = off);
INSERT INTO snapshots SELECT a, '2024-01-01'::date + n, a * n, repeat('q', 40) FROM generate_series(0, 59) n, generate_series(1, 3000) a;
VACUUM ANALYZE snapshots;
UPDATE snapshots SET cents = cents + 1 WHERE account_id % 37 = 0;

-- Payouts that wait: rows go when the bank has answered, and vacuum does not come by.
CREATE TABLE payout_queue (id int PRIMARY KEY, merchant_id int NOT NULL, payload text NOT NULL, queued_at timestamptz NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO payout_queue SELECT g, g % 4000 + 1, repeat('w', 350), '2024-02-01'::timestamptz + g * interval '1 second' FROM generate_series(1, 60000) g;
DELETE FROM payout_queue WHERE id % 4000 <> 0;
ANALYZE payout_queue;

-- Lines of bank statements: the first batch was analysed, the second came a moment ago.
CREATE TABLE bank_lines (id int PRIMARY KEY, batch int NOT NULL, payment_seq bigint NOT NULL, amount_cents bigint NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bank_lines SELECT g, 1, g * 5, g FROM generate_series(1, 2000) g;
ANALYZE bank_lines;
INSERT INTO bank_lines SELECT g, 2, g * 3, g FROM generate_series(2001, 42000) g;
