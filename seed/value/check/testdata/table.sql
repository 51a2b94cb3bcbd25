CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (
    a int, b int, c bigint, n numeric(10,2), m numeric, f double precision, s text, v varchar(20), ch char(5), d date, e date,
    ts timestamp, tz timestamptz, ti time, iv interval, bo boolean, bp boolean, u uuid, js jsonb, jn json, ia int[], ta text[],
    md mood, ir int4range, tr tstzrange, "Odd Name" int
);
