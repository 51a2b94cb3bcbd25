-- tuned on
-- missing-index
SELECT * FROM parcels WHERE recipient = 'R abc';
-- missing-index
SELECT tracking, state FROM parcels WHERE postcode = 'P00042' ORDER BY created DESC;
-- missing-index seq-scan-selective
SELECT count(*) FROM parcels WHERE state = 'lost';
-- missing-index
SELECT * FROM parcels WHERE state = 'transit' AND weight > 29;
-- missing-index
SELECT p.tracking, c.status FROM parcels p JOIN claims c ON c.parcel_id = p.id WHERE p.tracking = 'TR00000455';
-- missing-index
SELECT id, description FROM claims WHERE status = 'open' AND opened >= '2024-09-01';
-- missing-index seq-scan-selective partition-no-prune
SELECT * FROM scans WHERE event = 'damaged' AND depot_id = 7;
-- missing-index seq-scan-selective partition-no-prune
SELECT parcel_id, at FROM scans WHERE at >= '2024-03-01 00:00+00' AND at < '2024-03-01 01:00+00';
-- missing-index topn-full-scan
SELECT tracking, weight FROM parcels ORDER BY weight DESC LIMIT 10;
-- missing-index topn-full-scan
SELECT id, km FROM routes ORDER BY km DESC FETCH FIRST 5 ROWS ONLY;
-- missing-index
SELECT day, sum(stops) FROM routes WHERE day = '2024-01-09' GROUP BY day;
-- missing-index
DELETE FROM scans WHERE at < '2024-01-01 01:00+00';
-- fk-unindexed fk-trigger
DELETE FROM parcels WHERE id = 4711;
-- function-on-column
SELECT tracking FROM parcels WHERE created + interval '30 days' > '2024-08-26 12:00+00';
-- function-on-column
SELECT count(*) FROM parcels WHERE extract(hour FROM created) = 3 AND extract(minute FROM created) = 0;
-- cast-on-column function-on-column
SELECT id FROM parcels WHERE created::date = '2024-05-05';
-- cast-on-column like-leading-wildcard
SELECT id FROM parcels WHERE id::text LIKE '9999%';
-- function-on-column
SELECT id FROM drivers d WHERE upper(d.licence) = 'L77';
-- function-on-column
SELECT id, tracking FROM parcels WHERE concat(postcode, '/', depot_id::text) = 'P00042/7';
-- implicit-cast-param
SELECT * FROM parcels WHERE id = 4711.0;
-- like-leading-wildcard
SELECT tracking FROM parcels WHERE street ILIKE '%abcde%';
-- like-leading-wildcard function-on-column
SELECT tracking FROM parcels WHERE lower(street) LIKE '%abcde%';
-- like-leading-wildcard
SELECT id FROM claims WHERE description ~ 'abc[0-9]+def';
-- function-on-column jsonb-containment missing-index
SELECT id FROM parcels WHERE attrs ->> 'size' IN ('s7', 's8');
-- jsonb-containment
SELECT count(*) FROM parcels WHERE attrs @> '{"size": "s77"}';
-- or-across missing-index
SELECT tracking FROM parcels WHERE recipient = 'R x' OR postcode = 'P00001';
-- not-in-null
SELECT code FROM depots WHERE id NOT IN (SELECT depot_id FROM blocked);
-- deep-offset
SELECT tracking, created FROM parcels ORDER BY created OFFSET 60000 ROWS FETCH NEXT 20 ROWS ONLY;
-- cartesian
SELECT d.code, r.name FROM depots d CROSS JOIN drivers r WHERE r.active;
-- join-filter nested-loop-inner materialize-loops
SELECT count(*) FROM routes a JOIN routes b ON b.km > a.km - 0.05 AND b.km < a.km + 0.05 WHERE a.day = '2024-01-03' AND b.day = '2024-01-04';
-- subplan-correlated missing-index seq-scan-loop
SELECT d.id, (SELECT max(r.km) FROM routes r WHERE r.driver_id = d.id) FROM drivers d;
-- subplan-correlated seq-scan-loop missing-index
SELECT p.tracking, (SELECT count(*) FROM claims c WHERE c.parcel_id = p.id) AS claims FROM parcels p WHERE p.depot_id = 7 AND p.created >= '2024-05-01';
-- cte-materialized
WITH recent AS MATERIALIZED (SELECT id, tracking, depot_id FROM parcels) SELECT * FROM recent WHERE tracking = 'TR00000042';
-- sort-spill missing-index
SELECT tracking, recipient, street FROM parcels ORDER BY recipient, street;
-- agg-spill sort-spill
SELECT recipient, street, count(*) FROM parcels GROUP BY recipient, street HAVING count(*) > 1;
-- wide-row
SELECT * FROM manuals;
-- heap-fetches
SELECT count(depot_id) FROM visits WHERE day BETWEEN '2024-02-01' AND '2024-02-28';
-- buffers-per-row
SELECT count(*) FROM queue;
-- stale-stats
SELECT action, count(*) FROM audit_log WHERE actor = 7 GROUP BY action;
-- misestimate missing-index misestimate-join
SELECT count(*) FROM parcels p JOIN scans s ON s.parcel_id = p.id WHERE p.zone = 12 AND p.region = 2 AND p.depot_id IN (13, 73, 133, 193, 253);
-- fine
SELECT * FROM parcels WHERE tracking = 'TR00000042';
-- fine
SELECT * FROM parcels WHERE tracking = $1;
-- fine
SELECT * FROM parcels WHERE id = $1;
-- fine
SELECT id, tracking FROM parcels WHERE depot_id = 7 ORDER BY created DESC LIMIT 20;
-- fine
SELECT id, tracking FROM parcels WHERE depot_id = 7 AND created >= '2024-05-01' AND created < '2024-05-08';
-- fine
SELECT count(*) FROM parcels WHERE created >= '2024-07-01';
-- fine
SELECT state, count(*), avg(weight) FROM parcels GROUP BY state;
-- fine
SELECT date_trunc('month', created) AS month, count(*) FROM parcels GROUP BY 1 ORDER BY 1;
-- fine
SELECT count(*) FROM parcels WHERE delivered_at IS NOT NULL;
-- fine
SELECT * FROM scans WHERE parcel_id = 77 ORDER BY at;
-- fine
SELECT at, event FROM scans WHERE parcel_id = $1 ORDER BY at DESC LIMIT 1;
-- fine
SELECT event, count(*) FROM scans GROUP BY event;
-- fine
SELECT p.tracking, s.at, s.event FROM parcels p JOIN scans s ON s.parcel_id = p.id WHERE p.tracking = 'TR00000042' ORDER BY s.at;
-- fine
SELECT count(*) FROM scans s JOIN parcels p ON p.id = s.parcel_id WHERE p.depot_id = 9 AND p.created < '2024-01-20';
-- fine
SELECT d.city, count(*) FROM depots d JOIN parcels p ON p.depot_id = d.id GROUP BY d.city ORDER BY 2 DESC;
-- fine
SELECT name FROM drivers WHERE depot_id = 12 AND active;
-- fine
SELECT name FROM drivers WHERE licence = 'L77' OR licence = 'L78';
-- fine
SELECT r.day, r.km FROM routes r JOIN drivers d ON d.id = r.driver_id WHERE d.licence = 'L77' ORDER BY r.day;
-- fine
SELECT driver_id, sum(km) FROM routes GROUP BY driver_id ORDER BY 2 DESC LIMIT 10;
-- fine
SELECT driver_id, day, km, avg(km) OVER (PARTITION BY driver_id) FROM routes WHERE driver_id BETWEEN 10 AND 20;
-- fine
SELECT t.price FROM tariffs t WHERE t.zone = 12 AND 15 BETWEEN t.weight_from AND t.weight_to;
-- fine
SELECT count(*), sum(t.price) FROM parcels p JOIN tariffs t ON t.zone = p.zone AND p.weight >= t.weight_from AND p.weight < t.weight_to;
-- fine
SELECT code FROM depots WHERE lower(city) = 'city 7';
-- fine
SELECT code FROM depots WHERE code ILIKE '%77%' ORDER BY code;
-- fine
SELECT code FROM depots d WHERE NOT EXISTS (SELECT FROM blocked b WHERE b.depot_id = d.id);
-- fine
SELECT title FROM manuals WHERE id BETWEEN 10 AND 20;
-- fine
SELECT id FROM parcels WHERE id > 99900 ORDER BY id LIMIT 50;
-- fine
SELECT * FROM parcels ORDER BY id OFFSET 100 LIMIT 20;
-- fine
SELECT id, state FROM parcels WHERE id IN (1, 2, 3, 5, 8, 13, 21);
-- fine
SELECT * FROM claims WHERE id = 7 AND description LIKE '%etc%';
-- fine
SELECT opened, count(*) FROM claims GROUP BY opened ORDER BY opened;
-- fine
SELECT max(id), min(created), max(created) FROM parcels;
-- fine
UPDATE parcels SET state = 'delivered', delivered_at = now() WHERE tracking = 'TR00000066';
-- fine
INSERT INTO claims VALUES (100000, 5, '2024-05-05', 'open', 'new');
-- fine
DELETE FROM claims WHERE id = 7;
-- fine
WITH busy AS (SELECT depot_id, count(*) AS n FROM parcels GROUP BY depot_id) SELECT d.code, b.n FROM busy b JOIN depots d ON d.id = b.depot_id WHERE b.n > 300;
-- fine
SELECT p.id FROM parcels p WHERE p.depot_id = 3 AND EXISTS (SELECT FROM scans s WHERE s.parcel_id = p.id AND s.event = 'damaged');
-- fine
SELECT x.id FROM (VALUES (1), (2), (3)) x(id) LEFT JOIN parcels p ON p.id = x.id WHERE p.id IS NULL;
-- fine
SELECT d.id, w.day FROM depots d CROSS JOIN generate_series('2024-01-01'::date, '2024-02-29', interval '1 day') w(day) LEFT JOIN visits v ON v.depot_id = d.id AND v.day = w.day WHERE d.id < 5 AND v.depot_id IS NULL;
-- fine
SELECT width_bucket(weight, 0, 30, 10), count(*) FROM parcels GROUP BY 1 ORDER BY 1;
