-- Devices that report readings, which are partitioned by month. Some keys are indexed and some are not, on purpose.
CREATE TYPE severity AS ENUM ('info', 'warning', 'critical');
CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL, region text NOT NULL, tz text NOT NULL);
INSERT INTO sites SELECT g, 'Site ' || g, 'r' || g % 12, 'UTC' FROM generate_series(1, 200) g;
CREATE TABLE devices (id int PRIMARY KEY, serial varchar(20) NOT NULL UNIQUE, site_id int NOT NULL REFERENCES sites, model text NOT NULL, installed_on date NOT NULL, retired_on date, config jsonb NOT NULL, mac macaddr);
INSERT INTO devices SELECT g, 'SN-' || lpad(g::text, 6, '0'), g % 200 + 1, 'M' || g % 9, '2021-01-01'::date + g % 900, CASE WHEN g % 50 = 0 THEN '2024-02-01'::date + g % 90 END,
    jsonb_build_object('channel', g % 700, 'owner', 'o' || g % 800, 'pad', repeat('c', 200)), ('08:00:2b:' || to_char(g / 10000, 'FM00') || ':' || to_char(g / 100 % 100, 'FM00') || ':' || to_char(g % 100, 'FM00'))::macaddr FROM generate_series(1, 6000) g;
CREATE INDEX ON devices (site_id);
CREATE TABLE readings (device_id int NOT NULL, taken_at timestamptz NOT NULL, metric smallint NOT NULL, value double precision NOT NULL, quality smallint NOT NULL, PRIMARY KEY (device_id, taken_at, metric)) PARTITION BY RANGE (taken_at);
CREATE TABLE readings_2024_01 PARTITION OF readings FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
CREATE TABLE readings_2024_02 PARTITION OF readings FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');
CREATE TABLE readings_2024_03 PARTITION OF readings FOR VALUES FROM ('2024-03-01 00:00+00') TO ('2024-04-01 00:00+00');
CREATE TABLE readings_2024_04 PARTITION OF readings FOR VALUES FROM ('2024-04-01 00:00+00') TO ('2024-05-01 00:00+00');
CREATE TABLE readings_2024_05 PARTITION OF readings FOR VALUES FROM ('2024-05-01 00:00+00') TO ('2024-06-01 00:00+00');
CREATE TABLE readings_2024_06 PARTITION OF readings FOR VALUES FROM ('2024-06-01 00:00+00') TO ('2024-07-01 00:00+00');
CREATE TABLE readings_2024_07 PARTITION OF readings FOR VALUES FROM ('2024-07-01 00:00+00') TO ('2024-08-01 00:00+00');
CREATE TABLE readings_2024_08 PARTITION OF readings FOR VALUES FROM ('2024-08-01 00:00+00') TO ('2024-09-01 00:00+00');
INSERT INTO readings SELECT (g * 7919::bigint) % 6000 + 1, '2024-01-01 00:00+00'::timestamptz + g * interval '87 seconds', g % 4, (g * 31 % 1000) / 10.0, CASE WHEN g % 500 = 0 THEN 0 ELSE 1 END FROM generate_series(1, 240000) g;
CREATE INDEX ON readings (taken_at);
CREATE TABLE alerts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device_id int NOT NULL REFERENCES devices, raised_at timestamptz NOT NULL, acknowledged_at timestamptz, level severity NOT NULL, code text NOT NULL, message text NOT NULL);
INSERT INTO alerts (device_id, raised_at, acknowledged_at, level, code, message) SELECT (g * 6007::bigint) % 6000 + 1, '2024-01-01 00:00+00'::timestamptz + g * interval '4 minutes',
    CASE WHEN g % 300 <> 0 THEN '2024-01-01 01:00+00'::timestamptz + g * interval '4 minutes' END, (ARRAY['info', 'warning', 'critical'])[g % 3 + 1]::severity, 'E' || g % 600, 'unit ' || md5(g::text) || ' out of range' FROM generate_series(1, 90000) g;
CREATE INDEX ON alerts (raised_at);
CREATE INDEX alerts_open ON alerts (raised_at) WHERE acknowledged_at IS NULL;
CREATE TABLE commands (id uuid PRIMARY KEY, device_id int NOT NULL REFERENCES devices, issued timestamptz NOT NULL, state text NOT NULL, payload jsonb NOT NULL);
INSERT INTO commands SELECT md5('c' || g)::uuid, g % 6000 + 1, '2024-01-01 00:00+00'::timestamptz + g * interval '5 minutes', CASE WHEN g % 700 = 0 THEN 'failed' ELSE 'done' END,
    jsonb_build_object('op', 'set', 'args', jsonb_build_object('level', g % 900)) FROM generate_series(1, 70000) g;
CREATE INDEX ON commands (device_id, issued DESC);
CREATE TABLE calibrations (id int PRIMARY KEY, device_id int NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL);
INSERT INTO calibrations SELECT g, g % 6000 + 1, '2024-01-01 00:00+00'::timestamptz + g * interval '1 hour', '2024-01-01 00:30+00'::timestamptz + g * interval '1 hour' FROM generate_series(1, 2000) g;
CREATE TABLE exclusions (id int PRIMARY KEY, device_id int);
INSERT INTO exclusions SELECT g, g * 7 FROM generate_series(1, 500) g;
CREATE TABLE heartbeats (device_id int PRIMARY KEY, at timestamptz NOT NULL, ip inet NOT NULL);
INSERT INTO heartbeats SELECT g, '2024-08-30 00:00+00'::timestamptz - g * interval '1 second', ('10.0.' || g / 250 || '.' || g % 250)::inet FROM generate_series(1, 5950) g;
VACUUM ANALYZE;
