-- A helpdesk: customers write tickets, agents answer them, systems outside are told. A few organizations and a few agents
-- have most of the tickets, old tickets are closed, and some keys have no index, on purpose.
-- u is a number between 0 and 1 that is the same each time for the same row and the same salt.
CREATE FUNCTION u(row_number bigint, salt bigint) RETURNS double precision IMMUTABLE PARALLEL SAFE LANGUAGE sql
    AS 'SELECT (hashint8extended(row_number, salt) & 1048575) / 1048576.0::double precision';

CREATE TABLE agents (id int PRIMARY KEY, team_id int NOT NULL, name text NOT NULL, email text NOT NULL UNIQUE, active boolean NOT NULL);
INSERT INTO agents SELECT g, g % 12 + 1, 'Agent ' || g, 'agent' || g || '@desk.example', g % 9 <> 0 FROM generate_series(1, 220) g;

CREATE TABLE sla_policies (id int PRIMARY KEY, name text NOT NULL, priority int NOT NULL, first_reply interval NOT NULL);
INSERT INTO sla_policies SELECT g, (ARRAY['gold', 'silver', 'bronze'])[g % 3 + 1] || ' ' || g, g % 4 + 1, g * interval '1 hour' FROM generate_series(1, 48) g;

CREATE TABLE organizations (id int PRIMARY KEY, name text NOT NULL, domain text NOT NULL, plan text NOT NULL, region text NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO organizations SELECT g, 'Org ' || md5(g::text), 'org' || g || '.example', CASE WHEN g % 40 = 0 THEN 'enterprise' WHEN g % 5 = 0 THEN 'team' ELSE 'free' END,
    (ARRAY['eu', 'us', 'us', 'apac'])[g % 4 + 1], '2019-01-01'::timestamptz + g * interval '14 hours' FROM generate_series(1, 3000) g;

-- The country decides on the time zone, and both together on the locale: the planner thinks that they are independent.
CREATE TABLE requesters (id int PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations, email text NOT NULL UNIQUE, name text NOT NULL, phone text, country text NOT NULL,
    time_zone text NOT NULL, locale text NOT NULL, settings jsonb NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO requesters SELECT g, 1 + floor(3000 * u(g, 1) ^ 3)::int, 'User' || g || '@org' || g % 3000 || '.example', 'Name ' || md5(g::text), '+49' || lpad((g * 7919::bigint % 10000000)::text, 8, '0'),
    'c' || g % 40, 'tz' || g % 40, 'l' || g % 40,
    jsonb_build_object('digest', g % 7 = 0, 'theme', 't' || g % 3, 'sso', CASE WHEN g % 900 = 0 THEN 'legacy' ELSE 'none' END), '2020-01-01'::timestamptz + g * interval '40 minutes'
    FROM generate_series(1, 60000) g;
CREATE INDEX ON requesters (organization_id);
CREATE INDEX ON requesters (lower(email));
CREATE INDEX ON requesters (phone text_pattern_ops);
CREATE INDEX ON requesters USING gin (settings jsonb_path_ops);

CREATE TABLE tickets (id bigint PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations, requester_id int NOT NULL REFERENCES requesters, assignee_id int REFERENCES agents,
    status text NOT NULL, priority smallint NOT NULL, channel text NOT NULL, subject text NOT NULL, external_ref text, merged_into bigint, tags text[] NOT NULL, custom jsonb NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, due_at timestamptz, solved_at timestamptz);
INSERT INTO tickets SELECT g, 1 + floor(3000 * u(g, 1) ^ 4)::int, 1 + floor(60000 * u(g, 2) ^ 2)::int, CASE WHEN u(g, 3) < 0.1 THEN NULL ELSE 1 + floor(220 * u(g, 4) ^ 2)::int END,
    CASE WHEN g > 196000 AND u(g, 5) < 0.5 THEN (ARRAY['new', 'open', 'open', 'pending'])[g % 4 + 1] WHEN g > 150000 AND u(g, 5) < 0.1 THEN 'solved' ELSE 'closed' END,
    1 + floor(4 * u(g, 6))::int, CASE WHEN g < 9000 AND u(g, 7) < 0.1 THEN 'fax' WHEN u(g, 7) < 0.7 THEN 'mail' WHEN u(g, 7) < 0.9 THEN 'web' ELSE 'phone' END,
    'Trouble with ' || md5((g / 2)::text) || ' on device ' || g % 5000, CASE WHEN u(g, 8) < 0.3 THEN 'JIRA-' || g END, CASE WHEN u(g, 9) < 0.03 AND g > 100 THEN g - 1 - floor(99 * u(g, 10))::int END,
    CASE WHEN u(g, 11) < 0.002 THEN ARRAY['refund', 'q' || g % 9] ELSE ARRAY['q' || g % 9, 'v' || floor(800 * u(g, 12))] END,
    jsonb_build_object('order', 'SO' || floor(90000 * u(g, 13)), 'severity', g % 5, 'beta', g % 2 = 0),
    '2023-01-01'::timestamptz + g * interval '4 minutes', '2023-01-01'::timestamptz + g * interval '4 minutes' + u(g, 14) * interval '20 days',
    CASE WHEN u(g, 15) < 0.5 THEN '2023-01-01'::timestamptz + g * interval '4 minutes' + interval '2 days' END,
    CASE WHEN g <= 196000 THEN '2023-01-01'::timestamptz + g * interval '4 minutes' + u(g, 16) * interval '3 days' END
    FROM generate_series(1, 200000) g;
CREATE INDEX ON tickets (created_at, id);
CREATE INDEX ON tickets (organization_id, created_at);
CREATE INDEX ON tickets (requester_id);
CREATE INDEX ON tickets (assignee_id);
CREATE INDEX ON tickets (due_at) WHERE status IN ('new', 'open', 'pending');
CREATE INDEX ON tickets USING gin (tags);

CREATE TABLE comments (id bigint PRIMARY KEY, ticket_id bigint NOT NULL REFERENCES tickets, author_id int NOT NULL, public boolean NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO comments SELECT g, 1 + (g - 1) / 2, CASE WHEN u(g, 1) < 0.6 THEN 1 + floor(220 * u(g, 2) ^ 2)::int ELSE 1000 + floor(60000 * u(g, 3))::int END, u(g, 4) < 0.8,
    'Dear all, ' || md5(g::text) || ' and ' || md5((-g)::text), '2023-01-01'::timestamptz + g * interval '2 minutes' FROM generate_series(1, 400000) g;
CREATE INDEX ON comments (ticket_id, created_at);

CREATE TABLE ratings (id int PRIMARY KEY, ticket_id bigint NOT NULL, agent_id int NOT NULL, score smallint NOT NULL, remark text);
INSERT INTO ratings SELECT g, g * 4, 1 + floor(220 * u(g, 1) ^ 2)::int, 1 + floor(5 * u(g, 2) ^ 0.5)::int, CASE WHEN u(g, 3) < 0.2 THEN 'Remark ' || md5(g::text) END FROM generate_series(1, 45000) g;
ALTER TABLE ratings ADD UNIQUE (ticket_id, agent_id);

CREATE TABLE articles (id int PRIMARY KEY, slug text NOT NULL UNIQUE, title text NOT NULL, body text NOT NULL, labels text[] NOT NULL, views int NOT NULL, published_at timestamptz,
    search tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED);
INSERT INTO articles SELECT g, 'how-to-' || g, 'How to mend the ' || (ARRAY['printer', 'router', 'screen', 'mailbox'])[g % 4 + 1] || ' model' || floor(3000 * u(g, 1)) || ' after error' || g % 700,
    (SELECT string_agg(md5(n::text || g), ' ') FROM generate_series(1, 54) n), ARRAY['l' || floor(900 * u(g, 2)), 'm' || floor(900 * u(g, 3))], floor(100000 * u(g, 4) ^ 8)::int,
    CASE WHEN u(g, 5) < 0.9 THEN '2022-01-01'::timestamptz + g * interval '1 hour' END FROM generate_series(1, 12000) g;
CREATE INDEX ON articles USING gin (search);

-- Feedback on the helpdesk as a whole has no article.
CREATE TABLE article_feedback (id int PRIMARY KEY, article_id int, helpful boolean NOT NULL, at timestamptz NOT NULL, reason text);
INSERT INTO article_feedback SELECT g, CASE WHEN u(g, 1) < 0.97 THEN 1 + floor(11000 * u(g, 2) ^ 2)::int END, u(g, 3) < 0.7, '2023-01-01'::timestamptz + g * interval '20 minutes',
    CASE WHEN u(g, 4) < 0.1 THEN 'Because ' || md5(g::text) || md5((g + 1)::text) || ' and ' || md5((-g)::text) END FROM generate_series(1, 50000) g;

CREATE TABLE ticket_events (id bigint NOT NULL, ticket_id bigint NOT NULL, actor_id int NOT NULL, kind text NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE ticket_events_01 PARTITION OF ticket_events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE ticket_events_02 PARTITION OF ticket_events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE ticket_events_03 PARTITION OF ticket_events FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
CREATE TABLE ticket_events_04 PARTITION OF ticket_events FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
CREATE TABLE ticket_events_05 PARTITION OF ticket_events FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE TABLE ticket_events_06 PARTITION OF ticket_events FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
CREATE TABLE ticket_events_07 PARTITION OF ticket_events FOR VALUES FROM ('2024-07-01') TO ('2024-08-01');
CREATE TABLE ticket_events_08 PARTITION OF ticket_events FOR VALUES FROM ('2024-08-01') TO ('2024-09-01');
INSERT INTO ticket_events SELECT g, 1 + floor(200000 * u(g, 1))::int, 1 + floor(220 * u(g, 2) ^ 2)::int, (ARRAY['status', 'assign', 'tag', 'view', 'view', 'view'])[floor(6 * u(g, 3))::int + 1],
    '2024-01-01'::timestamptz + g * interval '58 seconds' FROM generate_series(1, 360000) g;
CREATE INDEX ON ticket_events (ticket_id);

CREATE TABLE sync_state (system text PRIMARY KEY, last_run timestamptz NOT NULL);
INSERT INTO sync_state VALUES ('crm', '2024-07-20'), ('billing', '2024-07-01');

CREATE TABLE endpoints (id int PRIMARY KEY, organization_id int NOT NULL, url text NOT NULL, enabled boolean NOT NULL);
INSERT INTO endpoints SELECT g, g * 3, 'https://hooks.org' || g || '.example/in', g <= 600 FROM generate_series(1, 900) g;
CREATE TABLE deliveries (id bigint PRIMARY KEY, endpoint_id int NOT NULL REFERENCES endpoints, ticket_id bigint NOT NULL, attempts int NOT NULL, response int, request_id text NOT NULL, created_at timestamptz NOT NULL,
    next_attempt_at timestamptz);
INSERT INTO deliveries SELECT g, 1 + floor(600 * u(g, 1) ^ 2)::int, 1 + floor(200000 * u(g, 2))::int, 1, CASE WHEN u(g, 3) < 0.99 THEN 200 ELSE 500 END, md5(g::text), '2024-01-01'::timestamptz + g * interval '1 minute',
    CASE WHEN u(g, 3) >= 0.99 THEN '2024-01-01'::timestamptz + g * interval '1 minute' + u(g, 4) * interval '1 day' END FROM generate_series(1, 300000) g;
CREATE INDEX ON deliveries USING brin (created_at) WITH (pages_per_range = 16);
DROP FUNCTION u(bigint, bigint);
VACUUM ANALYZE;

-- Who is at the desk: written all day, and vacuum does not come by.
CREATE TABLE presences (id int PRIMARY KEY, agent_id int NOT NULL, beat int NOT NULL, note text) WITH (autovacuum_enabled = off);
INSERT INTO presences SELECT g, g % 220 + 1, 0, repeat('z', 60) FROM generate_series(1, 120000) g;
CREATE INDEX ON presences (agent_id);
VACUUM ANALYZE presences;
UPDATE presences SET beat = beat + 1 WHERE id % 40 = 0;

-- Mails that wait to be sent: sent ones are deleted, and vacuum does not come by.
CREATE TABLE outbox (id int PRIMARY KEY, recipient text NOT NULL, body text NOT NULL, queued_at timestamptz NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO outbox SELECT g, 'user' || g || '@mail.example', repeat('y', 300), '2024-06-01'::timestamptz + g * interval '1 second' FROM generate_series(1, 90000) g;
DELETE FROM outbox WHERE id % 7500 <> 0;
ANALYZE outbox;

-- Contacts from another system, loaded a moment ago and not analysed yet.
CREATE TABLE import_rows (line int PRIMARY KEY, email text NOT NULL, organization text NOT NULL, state text NOT NULL, problem text) WITH (autovacuum_enabled = off);
INSERT INTO import_rows SELECT g, 'User' || g * 2 || '@org' || g * 2 % 3000 || '.example', 'org' || g % 3000 || '.example', CASE WHEN g % 50 = 0 THEN 'failed' ELSE 'ready' END, NULL FROM generate_series(1, 30000) g;
