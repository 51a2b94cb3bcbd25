-- tuned on
-- missing-index topn-full-scan seq-scan-selective
SELECT id, ticket_id, body FROM comments WHERE author_id = 31007 ORDER BY created_at DESC LIMIT 20;
-- fine
SELECT id, subject, status, created_at FROM tickets ORDER BY created_at DESC, id DESC LIMIT 50;
-- fine
SELECT id, subject, status, created_at FROM tickets WHERE (created_at, id) < ('2024-03-01 10:00:00+00', 106350) ORDER BY created_at DESC, id DESC LIMIT 50;
-- deep-offset
SELECT id, subject, status, created_at FROM tickets ORDER BY created_at DESC, id DESC LIMIT 50 OFFSET 60000;
-- fine
SELECT id, email, name FROM requesters WHERE lower(email) = lower('USER4242@Org1242.example');
-- function-on-column
SELECT id, email FROM requesters WHERE upper(name) = upper('Name 0bb4aec1710521c12ee76289d9440817');
-- missing-index seq-scan-selective
SELECT id, status, subject FROM tickets WHERE external_ref = 'JIRA-123456';
-- cast-on-column
SELECT id, subject, channel FROM tickets WHERE created_at::date = '2024-05-03';
-- fine
SELECT id, subject, channel FROM tickets WHERE created_at >= date_trunc('day', '2024-05-03 17:11:00+00'::timestamptz) AND created_at < date_trunc('day', '2024-05-03 17:11:00+00'::timestamptz) + interval '1 day';
-- implicit-cast-param
SELECT id, subject FROM tickets WHERE requester_id = 4242.0;
-- fine
SELECT id, subject FROM tickets WHERE requester_id = '4242'::int;
-- missing-index topn-full-scan seq-scan-selective
SELECT id, endpoint_id, ticket_id, attempts FROM deliveries WHERE next_attempt_at < '2024-06-30' ORDER BY next_attempt_at LIMIT 50 FOR UPDATE SKIP LOCKED;
-- fine
SELECT id, subject, due_at FROM tickets WHERE status IN ('new', 'open', 'pending') AND due_at < '2024-07-10' ORDER BY due_at LIMIT 20 FOR UPDATE SKIP LOCKED;
-- index-filter missing-index
SELECT id, subject, created_at FROM tickets WHERE organization_id = 2 AND status = 'solved' AND priority = 4;
-- fine
SELECT id, name, email FROM agents WHERE lower(name) = 'agent 17';
-- fine
SELECT id, first_reply FROM sla_policies WHERE name LIKE '%old 1%' ORDER BY first_reply;
-- like-leading-wildcard
SELECT id, subject FROM tickets WHERE subject ILIKE '%2cbca44843a864533%';
-- fine
SELECT id, email, phone FROM requesters WHERE phone LIKE '+4900791%';
-- jsonb-containment
SELECT id, subject, custom FROM tickets WHERE custom @> '{"order": "SO4711"}';
-- fine
SELECT id, email FROM requesters WHERE settings @> '{"sso": "legacy"}';
-- array-overlap
SELECT id, title FROM articles WHERE labels && ARRAY['l77', 'm78'];
-- fine
SELECT id, subject, created_at FROM tickets WHERE tags @> ARRAY['v77'];
-- array-overlap
SELECT id, subject, requester_id FROM tickets WHERE 'refund' = ANY (tags) AND subject <> '';
-- fts
SELECT id, slug, title FROM articles WHERE to_tsvector('simple', title) @@ plainto_tsquery('simple', 'router error77');
-- fine
SELECT id, slug, title, ts_rank(search, q) FROM articles, to_tsquery('english', 'router & error77') q WHERE search @@ q ORDER BY ts_rank(search, q) DESC LIMIT 10;
-- not-in-null
SELECT id, title FROM articles WHERE id NOT IN (SELECT article_id FROM article_feedback WHERE NOT helpful);
-- fine
SELECT a.id, a.title FROM articles a WHERE NOT EXISTS (SELECT FROM article_feedback f WHERE f.article_id = a.id AND NOT f.helpful);
-- or-across missing-index
SELECT id, subject, status FROM tickets WHERE requester_id = 777 OR external_ref = 'JIRA-123456';
-- fine
SELECT id, subject, status FROM tickets WHERE requester_id = 777 OR id = 777;
-- or-across join-filter
SELECT t.id, t.subject, r.email FROM tickets t JOIN requesters r ON r.id = t.requester_id WHERE r.email = 'User777@org777.example' OR t.id = 424;
-- subplan-correlated jit-overhead missing-index
SELECT r.id, r.email, (SELECT count(*) FROM tickets t WHERE t.requester_id = r.id AND t.status = 'closed') AS closed FROM requesters r;
-- subplan-correlated missing-index jit-overhead
SELECT o.id, o.name FROM organizations o WHERE (SELECT count(*) FROM tickets t WHERE t.organization_id = o.id AND t.status = 'closed') > 0 AND o.plan <> 'free';
-- or-across subplan-correlated missing-index jit-overhead
SELECT t.id, t.subject FROM tickets t WHERE t.requester_id = 30007 OR EXISTS (SELECT FROM comments c WHERE c.ticket_id = t.id AND c.author_id = 31007);
-- jit-overhead missing-index seq-scan-selective misestimate
SELECT r.id, r.email, (SELECT count(*) FROM tickets t WHERE t.requester_id = r.id AND t.status = 'closed') AS closed, (SELECT max(t.updated_at) FROM tickets t WHERE t.requester_id = r.id) AS latest FROM requesters r WHERE r.created_at > (SELECT last_run FROM sync_state WHERE system = 'crm');
-- fine
SELECT t.id, t.subject, (SELECT count(*) FROM comments c WHERE c.ticket_id = t.id AND c.public) AS comments FROM tickets t WHERE t.requester_id = 4242 ORDER BY t.created_at DESC LIMIT 25;
-- sort-spill missing-index
SELECT author_id, ticket_id, created_at, body FROM comments ORDER BY author_id, created_at;
-- hash-spill
SELECT c.id, c.body, t.subject, t.channel, t.custom FROM comments c JOIN tickets t ON t.id = c.ticket_id WHERE c.public;
-- agg-spill sort-spill
SELECT author_id, ticket_id, count(*), max(created_at) FROM comments GROUP BY author_id, ticket_id;
-- wrong-index-order-by missing-index
SELECT id, subject, created_at FROM tickets WHERE channel = 'fax' ORDER BY created_at DESC LIMIT 20;
-- missing-index topn-full-scan sort-avoidable
SELECT id, subject, updated_at FROM tickets WHERE assignee_id = 1 ORDER BY updated_at DESC LIMIT 20;
-- function-on-column
SELECT id, subject, created_at FROM tickets WHERE created_at + interval '14 days' > '2024-07-10';
-- cte-materialized temp-io
WITH latest AS MATERIALIZED (SELECT id, organization_id, subject, created_at FROM tickets) SELECT id, subject FROM latest WHERE organization_id = 1234;
-- fine
WITH latest AS (SELECT id, organization_id, subject, created_at FROM tickets) SELECT id, subject FROM latest WHERE organization_id = 1234;
-- fine
WITH due AS MATERIALIZED (SELECT id, assignee_id, due_at FROM tickets WHERE status IN ('new', 'open', 'pending') AND due_at < '2024-07-01') SELECT a.name, count(*) FROM due d JOIN agents a ON a.id = d.assignee_id GROUP BY a.name HAVING count(*) > (SELECT count(*) / 220 FROM due);
-- partition-no-prune function-on-column
SELECT kind, count(*) FROM ticket_events WHERE date_trunc('day', at) = '2024-03-10' GROUP BY kind;
-- fine
SELECT kind, count(*) FROM ticket_events WHERE at >= '2024-03-01' AND at < '2024-04-01' GROUP BY kind;
-- fine
SELECT kind, actor_id, at FROM ticket_events WHERE ticket_id = 4242 AND at >= '2024-05-01' AND at < '2024-07-01' ORDER BY at;
-- heap-fetches stale-stats
SELECT count(*) FROM presences WHERE agent_id BETWEEN 20 AND 60;
-- buffers-per-row
SELECT id, recipient, body FROM outbox WHERE queued_at < '2024-07-01' ORDER BY id;
-- stale-stats misestimate misestimate-join nested-loop-inner
SELECT i.line, r.id FROM import_rows i JOIN requesters r ON r.email = i.email WHERE i.state = 'ready';
-- seq-scan-loop subplan-correlated missing-index jit-overhead
SELECT a.id, a.name, (SELECT avg(score) FROM ratings s WHERE s.agent_id = a.id) FROM agents a WHERE a.active;
-- fine
SELECT a.id, a.name, avg(s.score), count(*) FROM agents a LEFT JOIN ratings s ON s.agent_id = a.id GROUP BY a.id, a.name;
-- join-filter materialize-loops like-leading-wildcard
SELECT o.id, r.id, r.email FROM organizations o JOIN requesters r ON r.email LIKE '%@' || o.domain WHERE o.plan = 'enterprise' AND r.organization_id = 1;
-- cartesian
SELECT t.id, a.id FROM tickets t, agents a WHERE t.status IN ('new', 'open', 'pending') AND t.due_at < '2024-07-10' AND a.team_id = 3;
-- fine
SELECT d::date, m.id, m.name FROM generate_series('2024-07-01'::timestamptz, '2024-07-31', '1 day') d CROSS JOIN agents m WHERE m.team_id = 4 ORDER BY 1, 2;
-- in-list-large
SELECT id, status, updated_at FROM tickets WHERE id IN (1000,1037,1074,1111,1148,1185,1222,1259,1296,1333,1370,1407,1444,1481,1518,1555,1592,1629,1666,1703,1740,1777,1814,1851,1888,1925,1962,1999,2036,2073,2110,2147,2184,2221,2258,2295,2332,2369,2406,2443,2480,2517,2554,2591,2628,2665,2702,2739,2776,2813,2850,2887,2924,2961,2998,3035,3072,3109,3146,3183,3220,3257,3294,3331,3368,3405,3442,3479,3516,3553,3590,3627,3664,3701,3738,3775,3812,3849,3886,3923,3960,3997,4034,4071,4108,4145,4182,4219,4256,4293,4330,4367,4404,4441,4478,4515,4552,4589,4626,4663,4700,4737,4774,4811,4848,4885,4922,4959,4996,5033,5070,5107,5144,5181,5218,5255,5292,5329,5366,5403,5440,5477,5514,5551,5588,5625,5662,5699,5736,5773,5810,5847,5884,5921,5958,5995,6032,6069,6106,6143,6180,6217,6254,6291,6328,6365,6402,6439,6476,6513,6550,6587,6624,6661,6698,6735,6772,6809,6846,6883,6920,6957,6994,7031,7068,7105,7142,7179,7216,7253,7290,7327,7364,7401,7438,7475,7512,7549,7586,7623,7660,7697,7734,7771,7808,7845,7882,7919,7956,7993,8030,8067,8104,8141,8178,8215,8252,8289,8326,8363,8400,8437,8474,8511,8548,8585,8622,8659,8696,8733,8770,8807,8844,8881,8918,8955,8992,9029,9066,9103,9140,9177,9214,9251,9288,9325,9362,9399,9436,9473,9510,9547,9584,9621,9658,9695,9732,9769,9806,9843);
-- fine
SELECT id, status, updated_at FROM tickets WHERE id = ANY ('{500,541,582,623,664,705,746,787,828,869,910,951,992,1033,1074,1115,1156,1197,1238,1279,1320,1361,1402,1443,1484,1525,1566,1607,1648,1689,1730,1771,1812,1853,1894,1935,1976,2017,2058,2099,2140,2181,2222,2263,2304,2345,2386,2427,2468,2509,2550,2591,2632,2673,2714,2755,2796,2837,2878,2919}'::bigint[]);
-- temp-io topn-full-scan
SELECT id, subject, count(*) OVER () AS total FROM tickets WHERE status = 'closed' ORDER BY created_at DESC LIMIT 20;
-- missing-index topn-full-scan
SELECT id, subject, updated_at FROM tickets ORDER BY updated_at DESC LIMIT 25;
-- missing-index seq-scan-loop
WITH RECURSIVE merged AS (SELECT id, 1 AS depth FROM tickets WHERE id = 173479 UNION ALL SELECT t.id, m.depth + 1 FROM merged m JOIN tickets t ON t.merged_into = m.id) SELECT * FROM merged;
-- wide-row sort-spill hash-spill
SELECT a.*, f.helpful, f.at, f.reason FROM article_feedback f JOIN articles a ON a.id = f.article_id;
-- fine
SELECT id, created_at, response FROM deliveries WHERE created_at >= '2024-05-01' AND created_at < '2024-05-22';
-- fine
SELECT channel, priority, count(*), avg(solved_at - created_at) FROM tickets GROUP BY channel, priority ORDER BY 1, 2;
-- fine
SELECT o.plan, t.status, count(*) FROM tickets t JOIN organizations o ON o.id = t.organization_id GROUP BY o.plan, t.status;
-- fine
SELECT * FROM comments WHERE public LIMIT 200;
-- fine
SELECT id FROM organizations WHERE domain = 'org1234.example';
-- fine
SELECT o.id, o.name FROM organizations o WHERE o.plan = 'enterprise' AND EXISTS (SELECT FROM tickets t WHERE t.organization_id = o.id AND t.created_at > '2024-06-01');
-- fine
SELECT r.id, r.email, l.id, l.subject FROM requesters r CROSS JOIN LATERAL (SELECT t.id, t.subject FROM tickets t WHERE t.requester_id = r.id ORDER BY t.created_at DESC LIMIT 1) l WHERE r.organization_id = 2500;
-- fine
SELECT DISTINCT ON (ticket_id) ticket_id, created_at, author_id FROM comments WHERE ticket_id BETWEEN 120000 AND 120300 ORDER BY ticket_id, created_at DESC;
-- fine
SELECT id, subject FROM tickets WHERE organization_id = 40 ORDER BY created_at DESC LIMIT 20 OFFSET 40;
-- fine
INSERT INTO ratings (id, ticket_id, agent_id, score) SELECT 100000 + g, g * 4, g % 220 + 1, 5 FROM generate_series(1, 20) g ON CONFLICT (ticket_id, agent_id) DO UPDATE SET score = excluded.score;
-- fine
UPDATE tickets SET status = 'solved', updated_at = now(), solved_at = now() WHERE id = 199321;
-- fine
UPDATE tickets t SET priority = v.priority FROM (VALUES (150001, 2), (150207, 3), (150999, 1)) v (id, priority) WHERE t.id = v.id;
-- fine
INSERT INTO comments SELECT 500000 + g, 150000 + g, 17, true, 'Merged by the nightly job', now() FROM generate_series(1, 200) g;
-- fine
DELETE FROM comments WHERE ticket_id = 4242 AND NOT public;
-- fine
SELECT kind, actor_id, at FROM ticket_events WHERE ticket_id = 4242 ORDER BY at DESC LIMIT 50;
-- fine
SELECT max(created_at) FROM tickets WHERE organization_id = 17;
-- fine
SELECT r.id, r.email FROM requesters r LEFT JOIN tickets t ON t.requester_id = r.id WHERE t.requester_id IS NULL;
-- missing-index seq-scan-selective
UPDATE tickets SET status = 'pending', updated_at = now() WHERE external_ref = 'JIRA-199306';
-- fine
SELECT count(*) FILTER (WHERE due_at < '2024-07-09') AS late, count(*) FROM tickets WHERE status IN ('new', 'open', 'pending') AND due_at IS NOT NULL;
-- fk-trigger fk-unindexed missing-index
DELETE FROM endpoints WHERE NOT enabled AND id > 880;
