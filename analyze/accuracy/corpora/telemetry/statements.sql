-- tuned on
-- missing-index
SELECT * FROM alerts WHERE device_id = 4711;
-- missing-index seq-scan-selective
SELECT count(*) FROM alerts WHERE code = 'E77';
-- missing-index
SELECT a.id, a.message FROM devices d JOIN alerts a ON a.device_id = d.id WHERE d.serial = 'SN-000123';
-- function-on-column partition-no-prune
SELECT device_id, avg(value) FROM readings WHERE date_trunc('day', taken_at) = '2024-03-05' GROUP BY device_id;
-- cast-on-column function-on-column partition-no-prune
SELECT count(*) FROM readings WHERE taken_at::date = '2024-05-05';
-- missing-index seq-scan-selective partition-no-prune
SELECT max(value) FROM readings WHERE quality = 0;
-- missing-index topn-full-scan
SELECT * FROM alerts ORDER BY level DESC, raised_at DESC LIMIT 20;
-- like-leading-wildcard
SELECT id, message FROM alerts WHERE message LIKE '%abcd12%';
-- jsonb-containment
SELECT id FROM devices WHERE config @> '{"channel": 77}';
-- function-on-column jsonb-containment missing-index
SELECT id, serial FROM devices WHERE config ->> 'owner' = 'o55';
-- function-on-column jsonb-containment missing-index
SELECT * FROM commands WHERE payload -> 'args' ->> 'level' = '9';
-- cast-on-column function-on-column
SELECT * FROM commands WHERE id::text = '00000000-0000-0000-0000-000000000001';
-- function-on-column
SELECT * FROM devices WHERE upper(serial) = 'SN-000042';
-- missing-index subplan-correlated seq-scan-loop
SELECT d.id, (SELECT count(*) FROM alerts a WHERE a.device_id = d.id) AS alerts FROM devices d WHERE d.site_id = 3;
-- join-filter materialize-loops nested-loop-inner seq-scan-loop
SELECT count(*) FROM calibrations a JOIN calibrations b ON a.starts < b.ends AND b.starts < a.ends AND a.id < b.id;
-- deep-offset
SELECT id, raised_at, level FROM alerts ORDER BY raised_at DESC LIMIT 50 OFFSET 40000;
-- not-in-null
SELECT id FROM devices WHERE id NOT IN (SELECT device_id FROM exclusions);
-- or-across missing-index
SELECT * FROM alerts WHERE device_id = 9 OR code = 'E9';
-- cartesian
SELECT s.name, d.serial FROM sites s, devices d WHERE d.retired_on IS NOT NULL;
-- cte-materialized
WITH r AS MATERIALIZED (SELECT * FROM alerts) SELECT * FROM r WHERE id = 500;
-- in-list-large
SELECT id, serial FROM devices WHERE id IN (5,12,19,26,33,40,47,54,61,68,75,82,89,96,103,110,117,124,131,138,145,152,159,166,173,180,187,194,201,208,215,222,229,236,243,250,257,264,271,278,285,292,299,306,313,320,327,334,341,348,355,362,369,376,383,390,397,404,411,418,425,432,439,446,453,460,467,474,481,488,495,502,509,516,523,530,537,544,551,558,565,572,579,586,593,600,607,614,621,628,635,642,649,656,663,670,677,684,691,698,705,712,719,726,733,740,747,754,761,768,775,782,789,796,803,810,817,824,831,838,845,852,859,866,873,880,887,894);
-- sort-spill missing-index
SELECT * FROM alerts ORDER BY code, message;
-- missing-index
SELECT * FROM commands WHERE issued > '2024-08-31 00:00+00';
-- fk-unindexed fk-trigger
DELETE FROM devices WHERE id = 77;
-- missing-index
SELECT * FROM alerts WHERE device_id = $1 AND level = $2;
-- missing-index
SELECT * FROM commands WHERE state = 'failed' ORDER BY issued DESC LIMIT 10;
-- missing-index
SELECT id, serial FROM devices WHERE mac = '08:00:2b:00:12:34';
-- fine
SELECT * FROM readings WHERE device_id = 17 AND taken_at >= '2024-05-01 00:00+00' AND taken_at < '2024-06-01 00:00+00';
-- fine
SELECT avg(value) FROM readings WHERE taken_at >= '2024-03-01 00:00+00' AND taken_at < '2024-04-01 00:00+00';
-- fine
SELECT metric, count(*), avg(value) FROM readings GROUP BY metric;
-- fine
SELECT * FROM readings WHERE device_id = 99 ORDER BY taken_at DESC LIMIT 10;
-- fine
SELECT * FROM readings WHERE taken_at >= $1 AND taken_at < $2 AND device_id = $3;
-- fine
SELECT taken_at, last_value(value) OVER (ORDER BY taken_at) FROM readings WHERE device_id = 3 AND taken_at >= '2024-07-01 00:00+00';
-- fine
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FROM readings WHERE taken_at >= '2024-02-01 00:00+00' AND taken_at < '2024-03-01 00:00+00';
-- fine
SELECT * FROM devices WHERE site_id = 12;
-- fine
SELECT * FROM devices WHERE serial = 'SN-000042';
-- fine
SELECT * FROM devices WHERE serial = $1;
-- fine
SELECT * FROM alerts WHERE acknowledged_at IS NULL ORDER BY raised_at LIMIT 50;
-- fine
SELECT count(*) FROM alerts WHERE acknowledged_at IS NULL AND level = 'critical';
-- fine
UPDATE alerts SET acknowledged_at = now() WHERE device_id = 12 AND acknowledged_at IS NULL;
-- fine
SELECT level, count(*) FROM alerts GROUP BY level;
-- fine
SELECT * FROM alerts WHERE raised_at BETWEEN '2024-05-05 10:00+00' AND '2024-05-05 11:00+00';
-- fine
SELECT date_trunc('hour', raised_at), count(*) FROM alerts WHERE raised_at >= '2024-06-01' AND raised_at < '2024-06-08' GROUP BY 1 ORDER BY 1;
-- fine
SELECT * FROM commands WHERE device_id = 44 ORDER BY issued DESC LIMIT 5;
-- fine
SELECT * FROM commands WHERE device_id = $1 AND issued > '2024-05-01';
-- fine
SELECT count(*) FROM commands WHERE state <> 'failed';
-- fine
SELECT d.serial, s.name FROM devices d JOIN sites s ON s.id = d.site_id WHERE s.region = 'r3';
-- fine
SELECT s.region, count(*) FROM sites s JOIN devices d ON d.site_id = s.id GROUP BY s.region;
-- fine
SELECT count(*) FROM devices WHERE retired_on IS NULL;
-- fine
SELECT * FROM sites WHERE lower(name) = 'site 7';
-- fine
SELECT model, count(*) FROM devices GROUP BY model ORDER BY 2 DESC;
-- fine
SELECT DISTINCT model FROM devices;
-- fine
SELECT d.id FROM devices d LEFT JOIN heartbeats h ON h.device_id = d.id WHERE h.device_id IS NULL;
-- fine
SELECT d.id FROM devices d WHERE EXISTS (SELECT FROM heartbeats h WHERE h.device_id = d.id AND h.at > '2024-01-01') LIMIT 10;
-- fine
SELECT id FROM devices WHERE id NOT IN (SELECT device_id FROM heartbeats);
-- fine
INSERT INTO heartbeats VALUES (1, now(), '10.0.0.1') ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, ip = excluded.ip;
-- fine
UPDATE devices SET retired_on = current_date WHERE id = 5;
-- fine
SELECT d.id, l.issued FROM sites s JOIN devices d ON d.site_id = s.id CROSS JOIN LATERAL (SELECT c.issued FROM commands c WHERE c.device_id = d.id ORDER BY c.issued DESC LIMIT 1) l WHERE s.id = 5;
-- fine
SELECT day, m.metric FROM generate_series('2024-01-01'::date, '2024-12-31', interval '1 day') day CROSS JOIN (VALUES (0), (1), (2), (3)) m(metric);
-- fine
SELECT id, code FROM alerts WHERE id IN (5, 6, 7, 8);
-- fine
SELECT count(*), max(raised_at) FROM alerts;
